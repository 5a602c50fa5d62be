"""An organ against its earlier results: the verdict in words and the course as a drawing to be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Ladder
from ironreport.records import Assessment, Course, CoursePoint, Estimate, Finding, PreviousResult
from ironreport.report.answers import bounds_near, ladder_of
from ironreport.report.content import Change, Segment, TrendFigure, TrendPoint
from ironreport.report.numbers import (
    as_reported,
    column_decimals,
    decimals_for,
    in_column,
    number,
    with_interval,
    written,
)
from ironreport.units import NOTATION

BROKEN = "The line is broken where method, field strength or calibration differ: those values are not comparable."
NOTHING: Mapping[str, Estimate] = MappingProxyType({})
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
        before=earlier_words(course.earlier, {e.quantity: e for e in now}),
        now=" · ".join(with_interval(e, bounds_near(ladder, e.quantity)) for e in now) or "not measured",
        verdict=course.comparison.verdict,
        reason=course.comparison.reason,
        word=DIRECTION.get(course.comparison.change, course.comparison.verdict),
        since=course.earlier.date or UNDATED,
    )


def _finding(course: Course, assessment: Assessment) -> Finding:
    return next(f for f in assessment.findings if f.organ == course.organ)


def earlier_words(earlier: PreviousResult, now: Mapping[str, Estimate] = NOTHING) -> str:
    """An earlier result in a line: when, what, how; its digits are those of the result now, where there is one.

    Parameters
    ----------
    now : mapping of str to Estimate
        What is measured now, by quantity.
    """
    rate = earlier.r2star_per_s
    limits = earlier.r2star_low_per_s, earlier.r2star_high_per_s
    values = (
        "" if rate is None else _earlier_number(Estimate("r2star_per_s", rate, *limits), now, own=None not in limits),
        "" if (lic := earlier.lic_mg_per_g) is None
        else _earlier_number(Estimate("lic_mg_per_g", lic), now, own=None not in limits),
    )  # fmt: skip
    field = f"{earlier.field_tesla:g} T" if earlier.field_tesla else "field not stated"
    scanner = "another scanner" if earlier.other_scanner else ""
    said = (earlier.date or UNDATED, *values, earlier.method, field, earlier.calibration, scanner)
    return " · ".join(part for part in said if part)


def _earlier_number(earlier: Estimate, now: Mapping[str, Estimate], *, own: bool) -> str:
    """A result of our own exam file with the digits of the result beside it; one of another report as reported."""
    notation = NOTATION[earlier.quantity]
    if earlier.low is not None:
        return with_interval(earlier)
    like = now.get(earlier.quantity, earlier) if own else earlier
    typed = "" if own else as_reported(earlier.value)
    return f"{notation.symbol} {typed or written(earlier.value, decimals_for(like))} {notation.unit}"


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
        points=_points(course.points, ladder if fits else None),
        limits=tuple(ladder.bounds) if ladder is not None and fits else (),
        segments=tuple(Segment(g.label, g.severity, g.short or g.label) for g in ladder.grades)
        if ladder is not None and fits
        else (),
        note=BROKEN if broken else "",
    )


def _points(points: tuple[CoursePoint, ...], ladder: Ladder | None) -> tuple[TrendPoint, ...]:
    """The results of an organ as a column of numbers, all with the same decimals."""
    decimals = column_decimals((p.value for p in points if not _as_it_came(p)), _class_of(ladder))
    return tuple(_point(p, _as_it_came(p) or _numbers(p.value, decimals, ladder)) for p in points)


def _class_of(ladder: Ladder | None) -> Callable[[float], str]:
    return (lambda value: ladder.grade_of(value).id) if ladder else (lambda _: "")


def _as_it_came(point: CoursePoint) -> str:
    """A limit with its sign, or what another report printed; empty for a number that takes the digits of its column."""
    unit = NOTATION[point.value.quantity].unit
    if point.value.bound:
        return f"{number(point.value)} {unit}"
    typed = as_reported(point.value.value) if point.value.low is None and not point.now else ""
    return typed and f"{typed} {unit}"


def _numbers(value: Estimate, decimals: int, ladder: Ladder | None) -> str:
    """Value, unit and interval."""
    bounds, class_of = ladder.bounds if ladder else (), _class_of(ladder)
    at = [in_column(x, decimals, class_of, bounds) for x in (value.value, value.low, value.high) if x is not None]
    said = f"{at[0]} {NOTATION[value.quantity].unit}"
    return f"{said} ({at[1]} to {at[2]})" if value.low is not None and value.high is not None else said


def _point(point: CoursePoint, said: str) -> TrendPoint:
    return TrendPoint(
        date=point.date,
        value=point.value.value,
        low=point.value.low,
        high=point.value.high,
        text=f"{said}; {point.how}",
        now=point.now,
        joined=point.joined,
        bound=point.value.bound,
    )
