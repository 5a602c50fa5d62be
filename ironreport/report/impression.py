"""The impression as a reader would write it: one paragraph of organ, value, class and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from ironreport.records import Finding
from ironreport.report.comparing import UNDATED
from ironreport.report.content import Card, Change


def impression(findings: Sequence[Finding], cards: Sequence[Card], changes: Sequence[Change]) -> str:
    """A sentence for each organ, in the order in which the organs are read; empty without an organ.

    Parameters
    ----------
    findings, cards : sequences of Finding and Card
        Of the same organs in the same order.
    changes : sequence of Change
        Of the organs that have an earlier result.
    """
    since = {change.organ: change for change in changes}
    pairs = zip(findings, cards, strict=True)
    return " ".join(_sentence(finding, card, since.get(card.organ)) for finding, card in pairs)


def _sentence(finding: Finding, card: Card, change: Change | None) -> str:
    where = f"In the {card.name[0].lower()}{card.name[1:]}"
    if finding.estimate is None:
        return f"{where} no value can be given: {card.absence[0] if card.absence else card.headline}"
    symbol, _, value = card.headline.partition(" ")
    by = card.calibration.partition(" (")[0] if symbol == "LIC" else ""
    beside = "; ".join(part for part in (card.interval, by) if part)
    limits = f" ({beside})" if beside else ""
    return f"{where} {symbol} is {value}{limits}{_class(finding, card)}{_since(change)}."


def _class(finding: Finding, card: Card) -> str:
    """The class, and what could make it another one."""
    if finding.grading is None:
        return "; no class is given"
    word, *others = card.class_word.split(" / ")
    provisional = " (provisional class)" if card.provisional and "provisional" not in word else ""
    reaches = f", the interval reaching {' and '.join(others)}" if others else ""
    by_others = "; another published calibration gives another class" if finding.grading.calibration_sensitive else ""
    return f", {word}{provisional}{reaches}{by_others}"


def _since(change: Change | None) -> str:
    """What became of the organ since its latest earlier result."""
    if change is None:
        return ""
    when = "an earlier result without a date" if change.since == UNDATED else change.since
    if change.verdict == "changed":
        return f"; {change.word} than {'in' if change.since == UNDATED else 'on'} {when}"
    return f"; {change.word} {'with' if change.verdict == 'not comparable' else 'since'} {when}"
