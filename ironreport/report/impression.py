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
    organ = f"{card.name[0].lower()}{card.name[1:]}"
    if finding.estimate is None:
        why = card.absence[0] if card.absence else card.headline
        return f"In the {organ} no value can be given: {why}"
    symbol, _, value = card.headline.partition(" ")
    by = card.calibration.partition(" (")[0] if symbol == "LIC" else ""
    beside = "; ".join(part for part in (card.interval, by) if part)
    measured = f"In the {organ} {symbol} is {value}{f' ({beside})' if beside else ''}"
    clauses = [f"{measured}, {_class(card)}" if finding.grading else measured, *_beside(finding), *_since(change)]
    return f"{'; '.join(clauses)}."


def _class(card: Card) -> str:
    """The class, and what it reaches."""
    word, *others = card.class_word.split(" / ")
    provisional, reached = card.provisional and "provisional" not in word, " and ".join(others)
    named = f"{word} (provisional class)" if provisional else word
    return f"{named}, the interval reaching {reached}" if others else named


def _beside(finding: Finding) -> list[str]:
    """Why there is no class, or what could make it another one: a clause of its own."""
    if finding.grading is None:
        return ["no class is given"]
    return ["another published calibration gives another class"] if finding.grading.calibration_sensitive else []


def _since(change: Change | None) -> list[str]:
    """What became of the organ since its latest earlier result."""
    if change is None:
        return []
    undated = change.since == UNDATED
    if change.verdict == "changed":
        return [
            f"{change.word} than in an earlier result without a date"
            if undated
            else f"{change.word} than on {change.since}"
        ]
    if change.verdict == "not comparable":
        return [
            f"{change.word} with an earlier result without a date" if undated else f"{change.word} with {change.since}"
        ]
    return [
        f"{change.word} since an earlier result without a date" if undated else f"{change.word} since {change.since}"
    ]
