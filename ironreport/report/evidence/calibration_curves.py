"""All calibrations of one organ and field beside each other: curves, classes, flips and cut-offs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.records import Estimate, Finding
from ironreport.report.answers import bounds_near
from ironreport.report.evidence.entry_words import status_words
from ironreport.report.numbers import with_interval
from ironreport.units import NOTATION, RATE_OF_TIME, TIME_OF_RATE, Notation, rate_per_s, time_ms

MARGIN = 2.0
"""How far the drawing reaches beyond the outermost class limits: one doubling of the rate."""
WIDE = 8.0
"""How far it reaches around a worked example where there are no limits: three doublings."""
N_POINTS = 96
"""Points of a curve: on a logarithmic axis a straight line between two of them is not seen to differ."""


@dataclass(frozen=True, slots=True)
class CalibrationChoice:
    """What can be drawn in one figure: a field and a kind of rate."""

    field: str
    rate: str
    label: str


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """Iron [mg/g dry weight] at one rate [s^-1], with its time [ms] and its class in words."""

    rate_per_s: float
    time_ms: float
    iron_mg_per_g: float
    grade: str


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """One calibration drawn; ``used`` is false for what is shown but never used."""

    id: str
    label: str
    formula: str
    used: bool
    points: tuple[CalibrationPoint, ...]


@dataclass(frozen=True, slots=True)
class ClassBand:
    """One class behind the curves, in mg/g, or in s^-1 where the class is given by time."""

    label: str
    severity: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Flip:
    """Rates [s^-1] between which two calibrations put the same signal on either side of a class limit."""

    limit: str
    low_per_s: float
    high_per_s: float


@dataclass(frozen=True, slots=True)
class CutOff:
    """What one class limit is in rate [s^-1] and time [ms] by one calibration."""

    bound: float
    rate_per_s: float
    time_ms: float


@dataclass(frozen=True, slots=True)
class CutOffRow:
    """The cut-offs of one calibration, best to worst."""

    id: str
    label: str
    limits: tuple[CutOff, ...]


@dataclass(frozen=True, slots=True)
class CalibrationFigure:
    """The figure of one organ, field and kind of rate; ``bands_by`` is ``iron``, ``rate`` or empty."""

    organ: str
    title: str
    rate: Notation
    time: Notation
    iron: Notation
    ladder: str
    rate_range_per_s: tuple[float, float]
    iron_range_mg_per_g: tuple[float, float]
    curves: tuple[CalibrationCurve, ...]
    bands_by: str
    bands: tuple[ClassBand, ...]
    flips: tuple[Flip, ...]
    cut_offs: tuple[CutOffRow, ...]
    measured: float | None = None
    measured_text: str = ""

    @property
    def flip_words(self) -> tuple[str, ...]:
        """Where the class hangs on the calibration, as times, one text per limit."""
        ends = [(f.limit, time_ms(f.high_per_s), time_ms(f.low_per_s)) for f in self.flips]
        return tuple(f"{self.time.symbol} {a:.1f} to {b:.1f} {self.time.unit} (around {limit})" for limit, a, b in ends)


def curve_choices(organ: str, knowledge: Knowledge) -> tuple[CalibrationChoice, ...]:
    """The figures that can be drawn for an organ: one per field and kind of rate, fields ascending."""
    found: dict[tuple[str, str], CalibrationChoice] = {}
    labels = {f.id: f.label for f in knowledge.shared.field}
    for field in labels:
        for c in knowledge.calibrations(organ, field):
            rate = _rate_of(c)
            label = labels[field] if rate == "r2star_per_s" else f"{labels[field]}, {NOTATION[rate].symbol}"
            found.setdefault((field, rate), CalibrationChoice(field, rate, label))
    return tuple(sorted(found.values(), key=lambda x: x.rate != "r2star_per_s"))


def _rate_of(c: Calibration) -> str:
    return RATE_OF_TIME.get(c.input, c.input)


def _input(c: Calibration, rate: float) -> float:
    return time_ms(rate) if c.input in RATE_OF_TIME else rate


def calibration_figure(
    organ: str,
    choice: CalibrationChoice,
    knowledge: Knowledge,
    ladder_id: str = "",
    finding: Finding | None = None,
    *,
    with_unused: bool = False,
) -> CalibrationFigure:
    """All calibrations of one organ, field and kind of rate, with the classes of a ladder behind.

    Parameters
    ----------
    ladder_id : str
        Empty for the published default of the field.
    finding : Finding or None
        The organ in the exam at hand; drawn only if it was measured at this field.
    with_unused : bool
        Also draw what is not confirmed, switched off or rejected.
    """
    used, unused = _calibrations(organ, choice, knowledge)
    ladder = _ladder(organ, choice, ladder_id, knowledge)
    of_iron = ladder if _bands_by(ladder, used[0]) == "iron" else None
    measured = _measured(finding, choice)
    rates = _rate_range(used, ladder, measured)
    curves = tuple(_curve(c, ladder, rates) for c in (*used, *(unused if with_unused else ())))
    irons = _iron_range(curves, of_iron)
    cut_offs = _cut_off_rows(used, of_iron)
    return CalibrationFigure(
        organ=organ,
        title=f"{knowledge.organ(organ).name}, {choice.label}",
        rate=NOTATION[choice.rate],
        time=NOTATION[TIME_OF_RATE[choice.rate]],
        iron=NOTATION[used[0].output],
        ladder=ladder.label if ladder else "",
        rate_range_per_s=rates,
        iron_range_mg_per_g=irons,
        curves=curves,
        bands_by=_bands_by(ladder, used[0]),
        bands=_bands(ladder, irons if of_iron else rates),
        flips=_flips(cut_offs, NOTATION[used[0].output]),
        cut_offs=cut_offs,
        measured=measured.value if measured else None,
        measured_text=with_interval(measured, bounds_near(ladder, measured.quantity)) if measured else "",
    )


def _calibrations(
    organ: str, choice: CalibrationChoice, knowledge: Knowledge
) -> tuple[list[Calibration], list[Calibration]]:
    """Calibrations of the field and kind of rate: those that may be used, default first, and those that may not."""
    drawn = [c for c in knowledge.organ(organ).calibration if c.field == choice.field and _rate_of(c) == choice.rate]
    used = [c for c in knowledge.calibrations(organ, choice.field) if c in drawn]
    return used, [c for c in drawn if not c.usable]


def _ladder(organ: str, choice: CalibrationChoice, ladder_id: str, knowledge: Knowledge) -> Ladder | None:
    """The ladder asked for, the published default where none is; None where the field has no such ladder."""
    return next((x for x in knowledge.ladders(organ, choice.field) if x.id == ladder_id or not ladder_id), None)


def _measured(finding: Finding | None, choice: CalibrationChoice) -> Estimate | None:
    estimate = finding.estimate if finding else None
    if estimate is None or estimate.field != choice.field or estimate.rate is None:
        return None
    return estimate.rate if estimate.rate.quantity == choice.rate else None


def _rate_range(used: list[Calibration], ladder: Ladder | None, measured: Estimate | None) -> tuple[float, float]:
    limits = [x.rate_per_s for row in _cut_off_rows(used, ladder) for x in row.limits]
    low, high = (min(limits) / MARGIN, max(limits) * MARGIN) if limits else _around_example(used[0])
    if measured is not None and measured.value > 0:
        low, high = min(low, measured.value / MARGIN), max(high, measured.value * MARGIN)
    return low, high


def _around_example(c: Calibration) -> tuple[float, float]:
    x = c.worked_example.input
    rate = rate_per_s(x) if c.input in RATE_OF_TIME else x
    return rate / WIDE, rate * WIDE


def _iron_range(curves: tuple[CalibrationCurve, ...], ladder: Ladder | None) -> tuple[float, float]:
    """Range of iron [mg/g] of the curves used; ``ladder`` is one of iron."""
    irons = [p.iron_mg_per_g for c in curves if c.used for p in c.points]
    low, high = min(irons), max(irons)
    # a line that nears zero would take the whole logarithmic axis
    return (max(low, ladder.bounds[0] / WIDE), high) if ladder else (low, high)


def _curve(c: Calibration, ladder: Ladder | None, rates: tuple[float, float]) -> CalibrationCurve:
    label = f"{c.label}{', default' if c.default else ''}" if c.usable else f"{c.label} ({status_words(c)}; not used)"
    points = [_point(c, ladder, float(rate)) for rate in np.geomspace(*rates, N_POINTS)]
    above_zero = tuple(p for p in points if p.iron_mg_per_g > 0)
    return CalibrationCurve(c.id, label, c.formula(NOTATION[c.input].symbol), c.usable, above_zero)


def _point(c: Calibration, ladder: Ladder | None, rate: float) -> CalibrationPoint:
    iron, time = c.iron_mg_per_g(_input(c, rate)), time_ms(rate)
    grade = ""
    if ladder is not None:
        graded = {c.output: iron, TIME_OF_RATE[_rate_of(c)]: time, _rate_of(c): rate}.get(ladder.quantity)
        grade = ladder.grade_of(graded).label if graded is not None else ""
    if c.range_high is not None and iron > c.range_high:
        grade = f"{grade} (above the calibrated {c.range_high:g} mg/g)".strip()
    return CalibrationPoint(rate, time, iron, grade)


# ------------------------------------------------------------------------- classes and cut-offs


def _bands_by(ladder: Ladder | None, c: Calibration) -> str:
    if ladder is None:
        return ""
    return "iron" if ladder.quantity == c.output else "rate"


def _bands(ladder: Ladder | None, drawn: tuple[float, float]) -> tuple[ClassBand, ...]:
    """Classes clipped to what is drawn; a ladder of times becomes one of rates."""
    if ladder is None:
        return ()
    bounds = [rate_per_s(b) for b in ladder.bounds] if ladder.quantity in RATE_OF_TIME else list(ladder.bounds)
    edges = [-math.inf, *bounds, math.inf]
    low, high = drawn
    pairs = zip(ladder.grades, edges, edges[1:], strict=False)
    bands = [ClassBand(g.label, g.severity, max(a, low), min(b, high)) for g, a, b in pairs]
    return tuple(b for b in bands if b.low < b.high)


def _cut_off_rows(used: list[Calibration], ladder: Ladder | None) -> tuple[CutOffRow, ...]:
    """Where each calibration puts the limits of a ladder; none without one."""
    return tuple(_cut_off_row(c, ladder) for c in used) if ladder else ()


def _cut_off_row(c: Calibration, ladder: Ladder) -> CutOffRow:
    return CutOffRow(c.id, c.label, tuple(_cut_off(c, bound, ladder.quantity) for bound in ladder.bounds))


def _cut_off(c: Calibration, bound: float, quantity: str) -> CutOff:
    if quantity in RATE_OF_TIME:
        return CutOff(bound, rate_per_s(bound), bound)
    given = c.input_for(bound) if quantity == c.output else bound
    rate = rate_per_s(given) if c.input in RATE_OF_TIME and quantity == c.output else given
    return CutOff(bound, rate, time_ms(rate))


def _flips(rows: tuple[CutOffRow, ...], iron: Notation) -> tuple[Flip, ...]:
    if len(rows) < 2:
        return ()
    flips = []
    for same_limit in zip(*(row.limits for row in rows), strict=True):
        rates = [x.rate_per_s for x in same_limit]
        flips.append(Flip(f"{iron.symbol} {same_limit[0].bound:g} mg/g", min(rates), max(rates)))
    return tuple(flips)
