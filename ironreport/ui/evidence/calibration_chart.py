"""Draws the calibrations of one field together; positions and texts come ready from ``report``."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ironreport.report.evidence.calibration_curves import CalibrationFigure
from ironreport.report.palette import SEVERITY
from ironreport.ui.charts import LINE

LINES = ("#0b6e6e", "#5b3fa0", "#1f5fbf", "#a0206b", "#3d5a1e", "#444b52", "#7a4a00", "#006d9c")
LINES_DARK = ("#5fd0d0", "#b9a2ff", "#86b6ff", "#ff9ad0", "#b5da8c", "#d5dae0", "#ffc879", "#7fd4ff")
"""Colours of the curves on a light and on a dark page, told apart by dash and order as well."""
DASHES = ([1, 0], [8, 3], [3, 3], [10, 3, 2, 3], [6, 2, 2, 2, 2, 2], [2, 2], [12, 4], [5, 5])
INK, INK_DARK = "#2b2b2b", "#f2f2f2"
HEIGHT_PX = 380
BAND_OPACITY = 0.32

Layers = alt.LayerChart | alt.FacetChart


def calibration_chart(figure: CalibrationFigure, *, dark: bool) -> Layers:
    """Curves on logarithmic axes, classes behind, frames where the class hangs on the calibration."""
    x = alt.X(
        "rate:Q",
        title=f"{figure.rate.symbol} [{figure.rate.unit}]",
        scale=alt.Scale(type="log", domain=list(figure.rate_range_per_s), nice=False),
        axis=alt.Axis(grid=False, format="~g", labelOverlap=True, tickCount=6),
    )
    y = alt.Y(
        "iron:Q",
        title=f"{figure.iron.symbol} [{figure.iron.unit}]",
        scale=alt.Scale(type="log", domain=list(figure.iron_range_mg_per_g), nice=False),
        axis=alt.Axis(grid=False, format="~g", labelOverlap=True, tickCount=5),
    )
    layers = [*_bands(figure, x, y, dark=dark), *_flips(figure, x, dark=dark), _curves(figure, x, y, dark=dark)]
    layers += _measured(figure, x, dark=dark)
    chart: Layers = alt.layer(*layers).properties(height=HEIGHT_PX, width="container")
    return chart


def _bands(figure: CalibrationFigure, x: alt.X, y: alt.Y, *, dark: bool) -> list[alt.Chart]:
    if not figure.bands:
        return []
    bands = pd.DataFrame(
        {
            "low": [b.low for b in figure.bands],
            "high": [b.high for b in figure.bands],
            "middle": [(b.low * b.high) ** 0.5 for b in figure.bands],
            "class": [b.label for b in figure.bands],
            "fill": [SEVERITY[b.severity] for b in figure.bands],
        }
    )
    base = alt.Chart(bands)
    fill = alt.Color("fill:N", scale=None)
    ink = INK_DARK if dark else INK
    if figure.bands_by == "iron":
        at_low, at_middle = _moved(y, "low"), _moved(y, "middle")
        rect = base.mark_rect(opacity=BAND_OPACITY).encode(y=at_low, y2="high:Q", color=fill, tooltip="class:N")
        words = base.mark_text(align="left", dx=6, fontSize=12, color=ink).encode(
            x=alt.value(0), y=at_middle, text="class:N"
        )
    else:
        at_low, at_middle = _moved(x, "low"), _moved(x, "middle")
        rect = base.mark_rect(opacity=BAND_OPACITY).encode(x=at_low, x2="high:Q", color=fill, tooltip="class:N")
        words = base.mark_text(baseline="top", dy=4, fontSize=12, color=ink, limit=130).encode(
            x=at_middle, y=alt.value(0), text="class:N"
        )
    return [rect, words]


def _moved(axis: alt.X | alt.Y, column: str) -> alt.X | alt.Y:
    """The same axis for another column."""
    moved = axis.copy()
    moved.shorthand = f"{column}:Q"
    return moved


def _flips(figure: CalibrationFigure, x: alt.X, *, dark: bool) -> list[alt.Chart]:
    if not figure.flips:
        return []
    flips = pd.DataFrame(
        {
            "low": [f.low_per_s for f in figure.flips],
            "high": [f.high_per_s for f in figure.flips],
            "where": [f"class depends on the calibration: {text}" for text in figure.flip_words],
        }
    )
    colour = "#ffffff" if dark else "#1d2b33"
    return [
        alt.Chart(flips)
        .mark_rect(fillOpacity=0.14, color=colour, stroke=colour, strokeDash=[3, 3], strokeOpacity=0.75)
        .encode(_moved(x, "low"), x2="high:Q", tooltip=alt.Tooltip("where:N", title="Here"))
    ]


def _curves(figure: CalibrationFigure, x: alt.X, y: alt.Y, *, dark: bool) -> Layers:
    """One line per calibration, told apart by number, colour and dash; times stand in the tooltip."""
    rows = [
        {"rate": p.rate_per_s, "time": p.time_ms, "iron": p.iron_mg_per_g, "class": p.grade, "calibration": c.label}
        for c in figure.curves
        for p in c.points
    ]
    names = [c.label for c in figure.curves]
    colours = LINES_DARK if dark else LINES
    scale = alt.Scale(domain=names, range=[colours[i % len(colours)] for i in range(len(names))])
    dash = alt.Scale(domain=names, range=[DASHES[i % len(DASHES)] for i in range(len(names))])
    tips = [
        alt.Tooltip("calibration:N", title="Calibration"),
        alt.Tooltip("rate:Q", title=f"{figure.rate.symbol} [{figure.rate.unit}]", format=".4~g"),
        alt.Tooltip("time:Q", title=f"{figure.time.symbol} [{figure.time.unit}]", format=".3~g"),
        alt.Tooltip("iron:Q", title=f"{figure.iron.symbol} [mg/g]", format=".3~g"),
        alt.Tooltip("class:N", title="Class"),
    ]
    colour = alt.Color("calibration:N", sort=names, legend=None, scale=scale)
    lines = alt.Chart(pd.DataFrame(rows)).encode(
        x, y, tooltip=tips, color=colour, strokeDash=alt.StrokeDash("calibration:N", legend=None, scale=dash)
    )
    return alt.layer(lines.mark_line(strokeWidth=2, clip=True), *_numbers(figure, x, y, colour, dark=dark))


def _numbers(figure: CalibrationFigure, x: alt.X, y: alt.Y, colour: alt.Color, *, dark: bool) -> list[alt.Chart]:
    """A number on each curve, each further to the right than the one before, so that none hides another."""
    n = len(figure.curves)
    places = [(i, c, c.points[round((i + 0.5) / n * (len(c.points) - 1))]) for i, c in enumerate(figure.curves)]
    data = pd.DataFrame(
        {
            "rate": [p.rate_per_s for _, _, p in places],
            "iron": [p.iron_mg_per_g for _, _, p in places],
            "calibration": [c.label for _, c, _ in places],
            "number": [str(i + 1) for i, _, _ in places],
        }
    )
    base = alt.Chart(data).encode(x, y, tooltip=alt.Tooltip("calibration:N", title="Calibration"))
    circle = base.mark_point(size=300, filled=True, opacity=1, clip=True).encode(color=colour)
    words = base.mark_text(fontSize=12, fontWeight=700, color="#10181c" if dark else "#ffffff", clip=True)
    return [circle, words.encode(text="number:N")]


def _measured(figure: CalibrationFigure, x: alt.X, *, dark: bool) -> list[alt.Chart]:
    if figure.measured is None:
        return []
    data = pd.DataFrame({"rate": [figure.measured], "text": [f"this exam: {figure.measured_text}"]})
    base = alt.Chart(data)
    ink = INK_DARK if dark else INK
    low, high = figure.rate_range_per_s
    right = figure.measured > (low * high) ** 0.5
    words = base.mark_text(
        align="right" if right else "left",
        dx=-5 if right else 5,
        baseline="bottom",
        dy=-6,
        fontSize=12,
        fontWeight=600,
        color=ink,
    )
    return [
        base.mark_rule(strokeWidth=3, color=LINE).encode(x, tooltip=alt.Tooltip("text:N", title="Measured")),
        words.encode(x, y=alt.value(0), text="text:N"),
    ]
