"""What the index says of an exam, out of its two files alone, so that it can be made anew and equal."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from ironreport.assess.answerable import UNKNOWN_DISEASE, check_answerable
from ironreport.assess.grading import graded_estimate
from ironreport.clinic.visits import Visit
from ironreport.errors import IronReportError
from ironreport.exam import open_exam
from ironreport.hospital.defaults import assess_at_hospital
from ironreport.hospital.settings import HospitalSettings
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, Exam, Finding
from ironreport.report.answers import ladder_of

LONGEST_WHY = 300
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Assess = Callable[[Exam], Assessment]


@dataclass(frozen=True, slots=True)
class IndexedResult:
    """What was found of one organ: the graded number with its limits, its class, or why there is none."""

    organ: str
    quantity: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: str = ""
    field: str = ""
    grade: str = ""
    severity: str = ""
    ladder: str = ""
    absence: str = ""


@dataclass(frozen=True, slots=True)
class IndexedExam:
    """An exam as the index holds it: ``problem`` is the code of the refusal where its file cannot be read."""

    visit: Visit
    exam_date: str = ""
    disease: str = ""
    months: int | None = None
    months_to: int | None = None
    rule: str = ""
    why: str = ""
    is_critical: bool = False
    n_doubts: int = 0
    problem: str = ""
    file_print: str = ""
    results: tuple[IndexedResult, ...] = ()


def indexed(
    visit: Visit, content: bytes | None, assess: Assess, knowledge: Knowledge, before: IndexedExam | None = None
) -> IndexedExam:
    """The row of an exam and those of its results.

    Parameters
    ----------
    content : bytes or None
        The exam file; None where nothing was measured yet.
    assess : callable
        The assessment of an exam, with the settings of this site.
    before : IndexedExam, optional
        What was found a moment ago: it is taken where neither file has changed.
    """
    if before is not None and (before.visit, before.file_print) == (visit, file_print(content or b"")):
        return before
    waiting = IndexedExam(visit, date_or_empty(visit.exam_date), n_doubts=len(visit.doubts))
    if content is None:
        return waiting
    found = file_print(content)
    try:
        exam = open_exam(content)
        check_answerable(exam, knowledge)
        assessment = assess(exam)
    except IronReportError as error:
        return IndexedExam(
            visit, waiting.exam_date, n_doubts=len(visit.doubts) + 1, problem=error.refusal.code, file_print=found
        )
    guidance = assessment.guidance
    lines = guidance.interval or guidance.withheld
    return IndexedExam(
        visit=visit,
        exam_date=date_or_empty(exam.exam_date) or waiting.exam_date,
        disease=exam.context.disease,
        months=guidance.months,
        months_to=guidance.months_to,
        rule=lines[0].rule if lines else "",
        why=" ".join(line.text for line in lines)[:LONGEST_WHY] or _why_none(assessment, knowledge),
        is_critical=bool(guidance.critical),
        n_doubts=len(visit.doubts) + sum(len(f.cautions) for f in assessment.findings),
        file_print=found,
        results=tuple(_result(f, knowledge) for f in assessment.findings),
    )


def file_print(content: bytes) -> str:
    """Twenty digits by which a changed exam file is told."""
    return hashlib.sha256(content).hexdigest()[:20] if content else ""


def assessor(settings: HospitalSettings, knowledge: Knowledge) -> Assess:
    """How exams are assessed at this site."""
    return lambda exam: assess_at_hospital(exam, settings, knowledge)


def _why_none(assessment: Assessment, knowledge: Knowledge) -> str:
    """Why the guidance says no interval."""
    if assessment.exam.context.disease == UNKNOWN_DISEASE:
        return "No interval: the disease is not stated."
    if missing := assessment.guidance.missing:
        names = {fact.id: fact.label for fact in knowledge.shared.fact}
        return f"No interval: not known: {'; '.join(names.get(name, name) for name in missing)}."[:LONGEST_WHY]
    return "No interval rests on what was found."


def _result(finding: Finding, knowledge: Knowledge) -> IndexedResult:
    estimate, grading = finding.estimate, finding.grading
    absence = finding.absence.code if finding.absence else ""
    if estimate is None:
        return IndexedResult(finding.organ, absence=absence)
    iron = estimate.iron.iron if estimate.iron else None
    ladder = ladder_of(finding, knowledge)
    said = (graded_estimate(estimate, grading.quantity) if grading else None) or estimate.time or iron
    return IndexedResult(
        organ=finding.organ,
        quantity=said.quantity if said else "",
        value=said.value if said else None,
        low=said.low if said else None,
        high=said.high if said else None,
        bound=said.bound if said else "",
        field=estimate.field or "",
        grade=grading.grade if grading else "",
        severity=ladder.grade(grading.grade).severity if ladder and grading else "",
        ladder=grading.ladder if grading else "",
        absence=absence,
    )


def date_or_empty(text: str) -> str:
    """A date that is one, else nothing."""
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            return ""
    return ""


def months_later(date: str, months: int) -> str:
    """The same day some months later, or the last of that month.

    >>> months_later("2026-08-31", 6), months_later("2023-08-31", 6)
    ('2027-02-28', '2024-02-29')
    """
    day = dt.date.fromisoformat(date)
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return dt.date(day.year + year, month + 1, min(day.day, last)).isoformat()
