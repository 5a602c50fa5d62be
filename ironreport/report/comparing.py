"""An organ against its earlier results: the verdict in words and the course as a drawing to be made."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Ladder
from ironreport.records import Assessment, Course, CoursePoint, Estimate, Finding, PreviousResult
from ironreport.report.answers import bounds_near, ladder_of
from ironreport.report.content import Change, Segment, TrendFigure, TrendPoint
from ironreport.report.numbers import interval, named, number, with_interval
from ironreport.units import NOTATION

BROKEN = "The line is broken where method, field strength or calibration differ: those values are not comparable."
UNDATED = "date not stated"
DIRECTION = {"more-iron": "more iron", "less-iron": "less iron"}


def changes(assessment: Assessment, knowledge: Knowledge) -> tuple[Change, ...]:
    """Each organ with an earlier result: both values, the verdict and its reason."""
    return tuple(_change(course, assessment, knowledge) for course in assessment.courses)


def _change(course: Course, assessment: Assessment, knowledge: Knowledge) -> Change:
    finding = _finding(course, assessment)
    estimate, ladder = finding.estimate, ladder_of(finding, knowledge)
    now = [e for e in (estimate.rate, estimate.iron.iron if estimate.iron else None) if e] if estimate else []
    return Change(
        organ=course.organ,
        name=knowledge.organ(course.organ).name,
        before=_earlier_words(course.earlier),
        now=" · ".join(with_interval(e, bounds_near(ladder, e.quantity)) for e in now) or "not measured",
        verdict=course.comparison.verdict,
        reason=course.comparison.reason,
        word=DIRECTION.get(course.comparison.change, course.comparison.verdict),
        since=course.earlier.date or UNDATED,
    )


def _finding(course: Course, assessment: Assessment) -> Finding:
    return next(f for f in assessment.findings if f.organ == course.organ)


def _earlier_words(earlier: PreviousResult) -> str:
    values = [
        named(Estimate(quantity, value))
        for quantity, value in (("r2star_per_s", earlier.r2star_per_s), ("lic_mg_per_g", earlier.lic_mg_per_g))
        if value is not None
    ]
    field = f"{earlier.field_tesla:g} T" if earlier.field_tesla else "field not stated"
    scanner = "another scanner" if earlier.other_scanner else ""
    said = (earlier.date or UNDATED, *values, earlier.method, field, earlier.calibration, scanner)
    return " · ".join(part for part in said if part)


def trends(assessment: Assessment, knowledge: Knowledge) -> tuple[TrendFigure, ...]:
    """The course of each organ with two results or more."""
    found = (c for c in assessment.courses if len(c.points) > 1)
    return tuple(_trend(course, _finding(course, assessment), knowledge) for course in found)


def _trend(course: Course, finding: Finding, knowledge: Knowledge) -> TrendFigure:
    ladder = ladder_of(finding, knowledge)
    quantity = course.points[-1].value.quantity
    fits = ladder is not None and ladder.quantity == quantity
    notation = NOTATION[quantity]
    broken = any(not p.joined for p in course.points[1:])
    return TrendFigure(
        organ=course.organ,
        title=f"{knowledge.organ(course.organ).name}: {notation.symbol}",
        quantity=notation.symbol,
        unit=notation.unit,
        points=tuple(_point(p, ladder if fits else None) for p in course.points),
        limits=tuple(ladder.bounds) if ladder is not None and fits else (),
        segments=tuple(Segment(g.label, g.severity, g.short or g.label) for g in ladder.grades)
        if ladder is not None and fits
        else (),
        note=BROKEN if broken else "",
    )


def _point(point: CoursePoint, ladder: Ladder | None) -> TrendPoint:
    bounds = ladder.bounds if ladder else ()
    limits = interval(point.value, bounds)
    text = f"{number(point.value, bounds)} {NOTATION[point.value.quantity].unit}"
    return TrendPoint(
        date=point.date,
        value=point.value.value,
        low=point.value.low,
        high=point.value.high,
        text=f"{text} ({limits}); {point.how}" if limits else f"{text}; {point.how}",
        now=point.now,
        joined=point.joined,
        bound=point.value.bound,
    )
