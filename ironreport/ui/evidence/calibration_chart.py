"""Draws the calibrations of one field together; positions and texts come ready from ``report``."""

from __future__ import annotations

from typing import Any

from ironreport.report.evidence.calibration_curves import CalibrationFigure
from ironreport.report.palette import SEVERITY
from ironreport.ui.charts import LINE
from ironreport.ui.vega import Rows, Spec, at, layer, layered, named, tip

LINES = ("#0b6e6e", "#5b3fa0", "#1f5fbf", "#a0206b", "#3d5a1e", "#444b52", "#7a4a00", "#006d9c")
LINES_DARK = ("#5fd0d0", "#b9a2ff", "#86b6ff", "#ff9ad0", "#b5da8c", "#d5dae0", "#ffc879", "#7fd4ff")
"""Colours of the curves on a light and on a dark page, told apart by dash and order as well."""
DASHES = ([1, 0], [8, 3], [3, 3], [10, 3, 2, 3], [6, 2, 2, 2, 2, 2], [2, 2], [12, 4], [5, 5])
INK, INK_DARK = "#2b2b2b", "#f2f2f2"
HEIGHT_PX = 380
BAND_OPACITY = 0.32


def calibration_chart(figure: CalibrationFigure, *, dark: bool) -> Spec:
    """Curves on logarithmic axes, classes behind, frames where the class hangs on the calibration."""
    rate = f"{figure.rate.symbol} [{figure.rate.unit}]"
    x = _log_axis("rate", rate, figure.rate_range_per_s, n_ticks=6)
    y = _log_axis("iron", f"{figure.iron.symbol} [{figure.iron.unit}]", figure.iron_range_mg_per_g, n_ticks=5)
    layers = [*_bands(figure, x, y, dark=dark), *_flips(figure, x, dark=dark), *_curves(figure, x, y, dark=dark)]
    return layered([*layers, *_measured(figure, x, dark=dark)], HEIGHT_PX)


def _log_axis(field: str, title: str, ends: tuple[float, float], *, n_ticks: int) -> Spec:
    scale = {"type": "log", "domain": list(ends), "nice": False}
    axis = {"grid": False, "format": "~g", "labelOverlap": True, "tickCount": n_ticks}
    return at(field, title=title, scale=scale, axis=axis)


def _moved(axis: Spec, field: str) -> Spec:
    """The same axis for another column."""
    return {**axis, "field": field}


def _bands(figure: CalibrationFigure, x: Spec, y: Spec, *, dark: bool) -> list[Spec]:
    if not figure.bands:
        return []
    bands: Rows = [
        {
            "low": b.low,
            "high": b.high,
            "middle": (b.low * b.high) ** 0.5,
            "class": b.label,
            "fill": SEVERITY[b.severity],
        }
        for b in figure.bands
    ]
    fill = {"color": named("fill", scale=None), "tooltip": named("class")}
    look: Spec = {"fontSize": 12, "color": INK_DARK if dark else INK}
    if figure.bands_by == "iron":
        look |= {"align": "left", "dx": 6}
        across: Spec = {"y": _moved(y, "low"), "y2": {"field": "high"}}
        words = {"x": {"value": 0}, "y": _moved(y, "middle"), "text": named("class")}
    else:
        look |= {"baseline": "top", "dy": 4, "limit": 130}
        across = {"x": _moved(x, "low"), "x2": {"field": "high"}}
        words = {"x": _moved(x, "middle"), "y": {"value": 0}, "text": named("class")}
    return [layer(bands, "rect", {"opacity": BAND_OPACITY}, {**across, **fill}), layer(bands, "text", look, words)]


def _flips(figure: CalibrationFigure, x: Spec, *, dark: bool) -> list[Spec]:
    flips: Rows = [
        {"low": f.low_per_s, "high": f.high_per_s, "where": f"class depends on the calibration: {text}"}
        for f, text in zip(figure.flips, figure.flip_words, strict=True)
    ]
    if not flips:
        return []
    colour = "#ffffff" if dark else "#1d2b33"
    look = {"fillOpacity": 0.14, "color": colour, "stroke": colour, "strokeDash": [3, 3], "strokeOpacity": 0.75}
    across = {"x": _moved(x, "low"), "x2": {"field": "high"}, "tooltip": tip("where", "Here")}
    return [layer(flips, "rect", look, across)]


def _curves(figure: CalibrationFigure, x: Spec, y: Spec, *, dark: bool) -> list[Spec]:
    """One line per calibration, told apart by number, colour and dash; times stand in the tooltip."""
    rows: Rows = [
        {"rate": p.rate_per_s, "time": p.time_ms, "iron": p.iron_mg_per_g, "class": p.grade, "calibration": c.label}
        for c in figure.curves
        for p in c.points
    ]
    names = [c.label for c in figure.curves]
    colour = named("calibration", sort=names, legend=None, scale=_one_each(names, LINES_DARK if dark else LINES))
    dash = named("calibration", legend=None, scale=_one_each(names, DASHES))
    tips = [
        tip("calibration", "Calibration"),
        tip("rate", f"{figure.rate.symbol} [{figure.rate.unit}]", type="quantitative", format=".4~g"),
        tip("time", f"{figure.time.symbol} [{figure.time.unit}]", type="quantitative", format=".3~g"),
        tip("iron", f"{figure.iron.symbol} [mg/g]", type="quantitative", format=".3~g"),
        tip("class", "Class"),
    ]
    encoding = {"x": x, "y": y, "tooltip": tips, "color": colour, "strokeDash": dash}
    lines = layer(rows, "line", {"strokeWidth": 2, "clip": True}, encoding)
    return [lines, *_numbers(figure, x, y, colour, dark=dark)]


def _one_each(names: list[str], looks: tuple[Any, ...]) -> Spec:
    """A colour or a dash for each name."""
    return {"domain": names, "range": [looks[i % len(looks)] for i in range(len(names))]}


def _numbers(figure: CalibrationFigure, x: Spec, y: Spec, colour: Spec, *, dark: bool) -> list[Spec]:
    """A number on each curve, each further to the right than the one before, so that none hides another."""
    n = len(figure.curves)
    places = [(c, c.points[round((i + 0.5) / n * (len(c.points) - 1))]) for i, c in enumerate(figure.curves)]
    rows: Rows = [
        {"rate": p.rate_per_s, "iron": p.iron_mg_per_g, "calibration": c.label, "number": str(number)}
        for number, (c, p) in enumerate(places, start=1)
    ]
    base = {"x": x, "y": y, "tooltip": tip("calibration", "Calibration")}
    circle = {"size": 300, "filled": True, "opacity": 1, "clip": True}
    words = {"fontSize": 12, "fontWeight": 700, "color": "#10181c" if dark else "#ffffff", "clip": True}
    return [
        layer(rows, "point", circle, {**base, "color": colour}),
        layer(rows, "text", words, {**base, "text": named("number")}),
    ]


def _measured(figure: CalibrationFigure, x: Spec, *, dark: bool) -> list[Spec]:
    if figure.measured is None:
        return []
    rows: Rows = [{"rate": figure.measured, "text": f"this exam: {figure.measured_text}"}]
    low, high = figure.rate_range_per_s
    right = figure.measured > (low * high) ** 0.5
    look = {
        "align": "right" if right else "left",
        "dx": -5 if right else 5,
        "baseline": "bottom",
        "dy": -6,
        "fontSize": 12,
        "fontWeight": 600,
        "color": INK_DARK if dark else INK,
    }
    return [
        layer(rows, "rule", {"strokeWidth": 3, "color": LINE}, {"x": x, "tooltip": tip("text", "Measured")}),
        layer(rows, "text", look, {"x": x, "y": {"value": 0}, "text": named("text")}),
    ]
