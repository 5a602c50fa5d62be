"""The course of each organ over the years: earlier results beside this one, joined only where that is honest."""

from __future__ import annotations

from dataclasses import replace

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.comparison import GRADIENT_ECHO, compare, earlier_rate, latest, method_of
from ironreport.assess.grading import graded_estimate
from ironreport.knowledge import Knowledge
from ironreport.records import Course, CoursePoint, Estimate, Exam, Finding, IronEstimate, PreviousResult

UNDATED = "date not stated"


def courses(findings: tuple[Finding, ...], exam: Exam, knowledge: Knowledge) -> tuple[Course, ...]:
    """The course of every organ that has an earlier result, in the order of the findings.

    Earlier results are recomputed with the calibration used now where their R2* is known, so that a change of the
    calibration never looks like a change of the patient.
    """
    found = (_course(f, exam, knowledge) for f in findings)
    return tuple(course for course in found if course is not None)


def _course(finding: Finding, exam: Exam, knowledge: Knowledge) -> Course | None:
    earlier = sorted((p for p in exam.context.previous if p.organ == finding.organ), key=lambda p: p.date)
    last = latest(finding.organ, exam.context.previous)
    if last is None:
        return None
    points = [point for p in earlier if (point := _earlier_point(p, finding, knowledge, exam.exam_date)) is not None]
    now = _value(finding.estimate, finding, knowledge)
    comparison = compare(last, finding, knowledge, exam.exam_date)
    if now is not None:
        how = _how(method_of(finding), finding.measurement.signal.field_tesla, knowledge)
        points.append(CoursePoint(exam.exam_date or UNDATED, now, how, joined=True, now=True))
    return Course(finding.organ, _joined(points), last, comparison)


def _joined(points: list[CoursePoint]) -> tuple[CoursePoint, ...]:
    """Each point joins the one before it where both can be compared with this exam."""
    before = [False, *(p.joined for p in points)]
    return tuple(replace(p, joined=p.joined and b) for p, b in zip(points, before, strict=False))


def _earlier_point(
    previous: PreviousResult, finding: Finding, knowledge: Knowledge, exam_date: str
) -> CoursePoint | None:
    how = _how(previous.method, previous.field_tesla, knowledge)
    date = previous.date or UNDATED
    rate = earlier_rate(previous, knowledge)
    alike = compare(previous, finding, knowledge, exam_date).verdict != "not comparable"
    if rate is not None and previous.method == GRADIENT_ECHO:
        choice = finding.estimate.iron.calibration if finding.estimate and finding.estimate.iron and alike else ""
        value = _value(estimate_iron(finding.organ, rate, previous.field_tesla, knowledge, choice), finding, knowledge)
        return None if value is None else CoursePoint(date, value, how, alike)
    if previous.lic_mg_per_g is not None and _quantity(finding, knowledge) == "lic_mg_per_g":
        printed = Estimate("lic_mg_per_g", previous.lic_mg_per_g)
        named = f"{how}, {previous.calibration or 'calibration not stated'}"
        return CoursePoint(date, printed, named, joined=False)
    return None


def _quantity(finding: Finding, knowledge: Knowledge) -> str:
    if finding.grading is not None:
        return finding.grading.quantity
    return "lic_mg_per_g" if finding.estimate and finding.estimate.iron else "t2star_ms"


def _value(estimate: IronEstimate | None, finding: Finding, knowledge: Knowledge) -> Estimate | None:
    return None if estimate is None else graded_estimate(estimate, _quantity(finding, knowledge))


def _how(method: str, field_tesla: float | None, knowledge: Knowledge) -> str:
    field = knowledge.field_class(field_tesla)
    return f"{method}, {field.label if field else 'field not stated'}"
