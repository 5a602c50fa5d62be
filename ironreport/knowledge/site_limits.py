"""The rules with the limits a site has set for itself in place of ours; everything else stays as it was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.rules import Condition, Rule

LIMITING = ("at_least", "above", "below", "up_to", "probability_from")
"""Parts of a condition that hold a number."""


def numbers_equal_to(value: float, condition: Condition) -> tuple[str, ...]:
    """Names of the numbers of a condition that are this value."""
    return tuple(name for name in LIMITING if getattr(condition, name) == value)


def with_site_limits(knowledge: Knowledge, own: Mapping[str, float]) -> Knowledge:
    """The same knowledge with a site's own limits in every rule that asks for them.

    Parameters
    ----------
    knowledge : Knowledge
        As loaded: its conditions hold the published values.
    own : mapping of str to float
        Value of each limit the site has set, by its id.
    """
    set_here = {x.id: own[x.id] for x in knowledge.shared.site_limit if own.get(x.id, x.value) != x.value}
    if not set_here:
        return knowledge
    limits = tuple(x.model_copy(update={"value": set_here.get(x.id, x.value)}) for x in knowledge.shared.site_limit)
    published = {x.id: x.value for x in knowledge.shared.site_limit}

    def changed(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(_rule(rule, published, set_here) for rule in rules)

    return replace(
        knowledge,
        shared=knowledge.shared.model_copy(update={"rule": changed(knowledge.shared.rule), "site_limit": limits}),
        combined=knowledge.combined.model_copy(update={"rule": changed(knowledge.combined.rule)}),
        diseases={k: d.model_copy(update={"rule": changed(d.rule)}) for k, d in knowledge.diseases.items()},
        own_limits=tuple(set_here),
    )


def _rule(rule: Rule, published: Mapping[str, float], own: Mapping[str, float]) -> Rule:
    if not any(condition.site_limit in own for condition in rule.conditions):
        return rule
    every = {key: tuple(_condition(c, published, own) for c in getattr(rule, key)) for key in ("all", "any")}
    return rule.model_copy(update=every)


def _condition(condition: Condition, published: Mapping[str, float], own: Mapping[str, float]) -> Condition:
    limit = condition.site_limit or ""
    if limit not in own:
        return condition
    (name,) = numbers_equal_to(published[limit], condition)
    return condition.model_copy(update={name: own[limit]})
