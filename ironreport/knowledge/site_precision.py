"""The repeatability that a site has measured itself, in place of the published one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.schema import Precision, Source
from ironreport.records import OwnPrecision


def with_site_precision(knowledge: Knowledge, own: Iterable[OwnPrecision]) -> Knowledge:
    """The same knowledge, in which a site's own repeatability is the one that intervals and changes rest on.

    The published entries stay and can be looked up; the site's own stands before them, with a source of its own.
    """
    for one in own:
        if one not in knowledge.own_precision:
            knowledge = _with(knowledge, one)
    return knowledge


def _with(knowledge: Knowledge, one: OwnPrecision) -> Knowledge:
    kind = (
        f"measured at this site between {'scanners' if one.other_scanner else 'scan and rescan'}, {one.n_pairs} pairs"
    )
    entry = Precision(
        id=one.id,
        cov_percent=one.cov_percent,
        kind=kind,
        default=not one.other_scanner,
        other_scanner=one.other_scanner,
        evidence="A",
        sources=(one.id,),
    )
    source = Source(kind="site", citation=f"This site's own measurement. {one.source}", read="not published")
    organ = knowledge.organ(one.organ)
    mine = organ.model_copy(update={"precision": (entry, *(_second(p, entry) for p in organ.precision))})
    return replace(
        knowledge,
        organs={**knowledge.organs, one.organ: mine},
        sources={**knowledge.sources, one.id: source},
        own_precision=(*knowledge.own_precision, one),
    )


def _second(published: Precision, own: Precision) -> Precision:
    """The published entry, no longer the one that is taken."""
    given_up = {"default": False} if own.default else {"other_scanner": False}
    return published.model_copy(update=given_up)
