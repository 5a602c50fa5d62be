"""The drawings as data: what lies where on the decay chart and on the band bar."""

from __future__ import annotations

import math

import numpy as np

from ironreport.knowledge.schema import Ladder
from ironreport.records import CalibratedIron, DecayFit, DecaySignal, Estimate, ModelReading
from ironreport.report.content import BandBar, CurvePoint, DecayFigure, DecayPoint, OtherCurve, Segment
from ironreport.report.numbers import named, written
from ironreport.units import NOTATION

NORMAL_95 = 1.96


def decay_figure(signal: DecaySignal, fit: DecayFit | None, title: str) -> DecayFigure:
    """Points, fitted curve with band and residuals of one signal; points alone without a fit."""
    points = tuple(_point(signal, fit, i) for i in range(signal.n_echoes))
    if fit is None:
        return DecayFigure(title, points, ())
    return DecayFigure(
        title=title,
        points=points,
        curve=tuple(_curve_point(te_ms, drawn, fit) for te_ms, drawn in fit.curve),
        others=tuple(_other(m, signal) for m in fit.bracket if m.curve),
        noise_floor=fit.noise_floor,
        residual_sd=fit.residual_sd,
    )


def _point(signal: DecaySignal, fit: DecayFit | None, i: int) -> DecayPoint:
    residual = fit.residuals[i] if fit else None
    why = fit.left_out_because[i] if fit else ""
    measured = fit.measured if fit and fit.measured else signal.signal
    return DecayPoint(i + 1, signal.te_ms[i], measured[i], residual, why)


def _curve_point(te_ms: float, signal: float, fit: DecayFit) -> CurvePoint:
    if fit.log_covariance is None:
        return CurvePoint(te_ms, signal)
    decay = te_ms / fit.time.value
    var_s0, cov, var_rate = fit.log_covariance
    # ln S = ln S0 - TE R, and d(TE R) / d(ln R) = TE R
    spread = math.exp(NORMAL_95 * math.sqrt(max(var_s0 - 2 * decay * cov + decay**2 * var_rate, 0.0)))
    return CurvePoint(te_ms, signal, signal / spread, signal * spread)


def _other(reading: ModelReading, signal: DecaySignal) -> OtherCurve:
    points = zip(signal.te_ms, reading.curve, strict=True)
    return OtherCurve(reading.model, named(reading.time), tuple(CurvePoint(te, s) for te, s in points))


# ----------------------------------------------------------------------------------- band bar


def band_bar(ladder: Ladder, estimate: Estimate, others: tuple[CalibratedIron, ...]) -> BandBar:
    """The classes of a ladder in equal widths with value, interval and other calibrations on them."""
    ends = None
    if estimate.bound:
        ends = _ordered(ladder, estimate.value, 0.0 if ladder.worse == "lower" else math.inf)
    elif estimate.low is not None and estimate.high is not None:
        ends = _ordered(ladder, estimate.low, estimate.high)
    values = [o.iron.value for o in others if o.iron.quantity == ladder.quantity]
    notation = NOTATION[ladder.quantity]
    return BandBar(
        quantity=notation.symbol,
        unit=notation.unit,
        segments=tuple(Segment(g.label, g.severity, g.short or g.label) for g in ladder.grades),
        limits=tuple(f"{bound:g}" for bound in ladder.bounds),
        value_at=position(ladder, estimate.value),
        value_text=named(estimate, ladder.bounds),
        interval_at=ends,
        others_at=_ordered(ladder, min(values), max(values)) if values else None,
        provisional=ladder.provisional,
    )


def _ordered(ladder: Ladder, a: float, b: float) -> tuple[float, float]:
    first, second = sorted((position(ladder, a), position(ladder, b)))
    return first, second


def position(ladder: Ladder, value: float) -> float:
    """Place of a value from 0 (best end) to 1 (worst end): linear inside each equal-width class.

    The open class at either end is drawn to twice (or half) its limit; what lies beyond sits at the end.
    """
    edges = _edges(ladder)
    if ladder.worse == "lower":
        edges, value = [-e for e in edges], -value
    return float(np.interp(value, edges, np.linspace(0.0, 1.0, len(edges))))


def _edges(ladder: Ladder) -> list[float]:
    bounds = ladder.bounds
    if ladder.worse == "lower":
        return [2 * bounds[0], *bounds, 0.0]
    return [0.0, *bounds, 2 * bounds[-1]]


def limits_text(ladder: Ladder, grade_id: str) -> str:
    """The limits of a grade in words, e.g. ``7 to 15``."""
    i = ladder.index(grade_id)
    best = ladder.grades[i - 1].bound if i else None
    worst = ladder.grades[i].bound
    low, high = (best, worst) if ladder.worse == "higher" else (worst, best)
    if low is None:
        below = "up to" if ladder.grades[i].bound_included else "below"
        return f"{below} {written(high or 0.0, 1)}"
    if high is None:
        above = "above" if ladder.grades[i - 1].bound_included else "from"
        return f"{above} {written(low, 1)}"
    return f"{written(low, 1)} to {written(high, 1)}"
