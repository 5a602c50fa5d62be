"""The interval that another report recommends, beside ours: its words, its source, and where it is known from."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.rules import Rule
from ironreport.records import Guidance, QuickCheck, Recommendation
from ironreport.report.content import CitedText


def their_interval(check: QuickCheck, knowledge: Knowledge) -> tuple[CitedText, ...]:
    """Lines on the other report's recommendation; empty where it gives none."""
    theirs = check.recommendation
    if theirs is None:
        return ()
    source = (
        knowledge.line("their-source").format(source=theirs.source)
        if theirs.source
        else knowledge.line("their-source-missing")
    )
    words = f"{theirs.words[:1].upper()}{theirs.words[1:]}."
    compared = _compared(theirs, check.assessment.guidance, knowledge)
    first = CitedText(" ".join(part for part in (words, source, compared) if part))
    return (first, *_known_from(theirs, check, knowledge))


def _compared(theirs: Recommendation, ours: Guidance, knowledge: Knowledge) -> str:
    if ours.months is None:
        return ""
    begin, end = theirs.months, theirs.months_to or theirs.months
    our_end = ours.months_to or ours.months
    if (begin, end) == (ours.months, our_end):
        return knowledge.line("their-interval-same")
    if end > our_end:
        return knowledge.line("their-interval-later")
    return knowledge.line("their-interval-sooner") if begin < ours.months else ""


def _known_from(theirs: Recommendation, check: QuickCheck, knowledge: Knowledge) -> tuple[CitedText, ...]:
    """The printed rules of any disease that give this interval; the patient's own disease first."""
    own = check.assessment.exam.context.disease
    diseases = sorted(knowledge.diseases, key=lambda disease: disease != own)
    found = [
        CitedText(
            knowledge.line("their-interval-known").format(disease=knowledge.diseases[d].name, text=rule.text),
            rule.id, rule.evidence, knowledge.printed_sources(rule.sources),
        )
        for d in diseases
        for rule in knowledge.diseases[d].rule
        if knowledge.printable(rule) and _is_same(rule, theirs)
    ]  # fmt: skip
    return tuple(found) or (CitedText(knowledge.line("their-interval-unknown")),)


def _is_same(rule: Rule, theirs: Recommendation) -> bool:
    """Rules that shorten hold for a condition of their own, so they are not where a routine interval comes from."""
    return rule.role in ("default", "extend") and (rule.months, rule.months_to) == (theirs.months, theirs.months_to)
