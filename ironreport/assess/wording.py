"""Which published sentences belong to an exam; filling in numbers is the report's business."""

from __future__ import annotations

from ironreport.assess.conditions import Situation, all_hold
from ironreport.knowledge.rules import Phrase
from ironreport.knowledge.schema import Cited, Ladder
from ironreport.records import Finding, Grading, GuidanceLine


def sentences(situation: Situation) -> tuple[GuidanceLine, ...]:
    """Sentences of interpretation, organ by organ, then those that need two organs."""
    graded = [f for f in situation.findings if f.grading is not None]
    own = [line for f in graded for line in _of_organ(f, situation)]
    patterns = {p: situation.knowledge.phrases(p) for p in situation.knowledge.shared.phrase}
    return (*own, *(line for p, phrases in patterns.items() for line in _pattern(p, phrases, None, situation)))


def _of_organ(finding: Finding, situation: Situation) -> list[GuidanceLine]:
    grading = finding.grading
    assert grading is not None  # noqa: S101 - sentences() passes graded findings only
    ladder = situation.ladder(finding)
    organ = situation.knowledge.organ(finding.organ)
    own = ladder.grade(grading.grade)
    borderline = organ.phrases("word-borderline")
    if borderline and "borderline" in _severities(grading, ladder):
        return _pattern("word-borderline", borderline, finding.organ, situation)
    sentence = organ.sentence[own.sentence]
    return [_line(f"{organ.id}-{own.sentence}", sentence.text, sentence, finding.organ)]


def _severities(grading: Grading, ladder: Ladder) -> set[str]:
    ids = {*grading.grades_in_interval, *(grade for _, grade in grading.grades_by_calibration)}
    return {ladder.grade(i).severity for i in ids}


def _pattern(pattern: str, phrases: tuple[Phrase, ...], organ: str | None, situation: Situation) -> list[GuidanceLine]:
    return [_line(pattern, p.text, p, organ) for p in phrases if all_hold(p.all, situation).holds]


def _line(rule: str, text: str, cited: Cited, organ: str | None) -> GuidanceLine:
    return GuidanceLine(rule, "sentence", text, cited.evidence, cited.sources, organ)
