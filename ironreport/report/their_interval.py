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
    own, guidance = check.assessment.exam.context.disease, check.assessment.guidance
    said = {line.rule for line in guidance.interval}
    diseases = sorted(knowledge.diseases, key=lambda disease: disease != own)
    found = [
        CitedText(
            _where_it_stands(rule, disease, check, knowledge),
            rule.id, rule.evidence, knowledge.printed_sources(rule.sources),
        )
        for disease in diseases
        for rule in knowledge.diseases[disease].rule
        if knowledge.printable(rule) and _is_same(rule, theirs) and rule.id not in said
    ]  # fmt: skip
    is_ours = any(_is_same(rule, theirs) for rule in knowledge.diseases[own].rule if rule.id in said)
    return tuple(found) or (() if is_ours else (CitedText(knowledge.line("their-interval-unknown")),))


def _where_it_stands(rule: Rule, disease: str, check: QuickCheck, knowledge: Knowledge) -> str:
    """Where the interval is known from; its sentence is not repeated where it could reassure wrongly."""
    name = knowledge.diseases[disease].name
    if disease == check.assessment.exam.context.disease:
        return knowledge.line("their-interval-barred").format(disease=name)
    if rule.role == "extend" or check.assessment.guidance.critical:
        return knowledge.line("their-interval-elsewhere").format(disease=name)
    return knowledge.line("their-interval-known").format(disease=name, text=rule.text)


def _is_same(rule: Rule, theirs: Recommendation) -> bool:
    """Rules that shorten hold for a condition of their own, so they are not where a routine interval comes from."""
    return rule.role in ("default", "extend") and (rule.months, rule.months_to) == (theirs.months, theirs.months_to)
