"""The answer in plain words for the patient: what was found, no advice, every sentence from the knowledge files."""

from __future__ import annotations

from collections.abc import Sequence

from ironreport.knowledge import Knowledge
from ironreport.records import Finding
from ironreport.report.answers import ladder_of
from ironreport.report.content import Card, Change


def plain_words(
    findings: Sequence[Finding], cards: Sequence[Card], changes: Sequence[Change], knowledge: Knowledge
) -> str:
    """One paragraph for the findings of an exam; empty without any.

    Parameters
    ----------
    findings, cards : sequences of Finding and Card
        Of the same organs in the same order.
    changes : sequence of Change
        Of the organs that have an earlier result.
    """
    if not findings:
        return ""
    since = {change.organ: change for change in changes}
    pairs = zip(findings, cards, strict=True)
    said = [part for finding, card in pairs for part in _of_organ(finding, card, since.get(card.organ), knowledge)]
    return " ".join([knowledge.line("plain-about"), *said, knowledge.line("plain-closing")])


def _of_organ(finding: Finding, card: Card, change: Change | None, knowledge: Knowledge) -> list[str]:
    """The class, what makes it uncertain, and what became of it."""
    said = [_class(finding, card, knowledge)]
    grading = finding.grading
    if grading is not None and grading.bound:
        said.append(knowledge.line("plain-or-more"))
    elif grading is not None and (grading.borderline or grading.calibration_sensitive):
        said.append(knowledge.line("plain-near-limit"))
    if change is not None and change.verdict != "not comparable":
        said.append(knowledge.line("plain-change").format(change=change.word))
    return said


def _class(finding: Finding, card: Card, knowledge: Knowledge) -> str:
    if finding.estimate is None:
        return knowledge.line("plain-no-value").format(organ=card.name)
    ladder = ladder_of(finding, knowledge)
    if ladder is None or finding.grading is None:
        return knowledge.line("plain-no-class").format(organ=card.name)
    grade = ladder.grade(finding.grading.grade)
    sentence = knowledge.organ(card.organ).plain.get(grade.severity)
    if sentence is None or not knowledge.printable(sentence):
        return knowledge.line("plain-named").format(organ=card.name)
    return sentence.text.format_map({"class": grade.label})
