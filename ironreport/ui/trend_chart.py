"""Draws the course of an organ over the years: class bands, points with their intervals, an honest line."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ironreport.report.content import TrendFigure
from ironreport.report.palette import SEVERITY

GREY = "#8a8f94"
LINE = "#2a9d9d"
ROOM = 1.25
"""Room above the highest value, so that the class above it can be seen."""


def trend_chart(figure: TrendFigure) -> alt.LayerChart | alt.FacetChart:
    """Values by date on the class bands; points that cannot be compared stand alone."""
    points = pd.DataFrame(
        {
            "order": range(len(figure.points)),
            "date": [f"{p.date}" for p in figure.points],
            "value": [p.value for p in figure.points],
            "low": [p.low if p.low is not None else p.value for p in figure.points],
            "high": [p.high if p.high is not None else p.value for p in figure.points],
            "text": [p.text for p in figure.points],
            "which": ["only a limit" if p.bound else "this exam" if p.now else "earlier" for p in figure.points],
            "run": _runs(figure),
        }
    )
    top = ROOM * max(points["high"].max(), *figure.limits[:1], points["value"].max())
    y = alt.Y("value:Q", title=_axis_title(figure), scale=alt.Scale(domain=[0, top], nice=False))
    x = alt.X("date:N", title=None, sort=None, axis=alt.Axis(labelAngle=0))
    base = alt.Chart(points).encode(x, tooltip=[alt.Tooltip("date:N", title="Date"), alt.Tooltip("text:N", title=" ")])
    layers = [
        *_bands(figure, top),
        base.mark_rule(color=LINE, strokeWidth=1.5).encode(y=alt.Y("low:Q", title=_axis_title(figure)), y2="high:Q"),
        base.mark_line(color=LINE, strokeWidth=2).encode(y, detail="run:N", order="order:Q"),
        base.mark_point(size=80, filled=True, opacity=1, color=LINE).encode(
            y, shape=alt.Shape("which:N", title=None, legend=alt.Legend(orient="top"))
        ),
    ]
    return alt.layer(*layers).properties(height=260, width="container")


def _axis_title(figure: TrendFigure) -> str:
    """The same on every layer, or the drawing joins them."""
    return f"{figure.quantity} [{figure.unit}]"


def _runs(figure: TrendFigure) -> list[int]:
    """A number for each stretch of points that may be joined."""
    run, found = 0, []
    for point in figure.points:
        run += 0 if point.joined else 1
        found.append(run)
    return found


def _bands(figure: TrendFigure, top: float) -> list[alt.Chart]:
    """One pale band for each class that the axis reaches."""
    if not figure.limits:
        return []
    limits = sorted(figure.limits)
    segments = figure.segments if list(figure.limits) == limits else figure.segments[::-1]
    edges = [0.0, *limits, max(top, limits[-1])]
    bands = pd.DataFrame(
        {
            "low": [min(e, top) for e in edges[:-1]],
            "high": [min(e, top) for e in edges[1:]],
            "label": [s.label for s in segments],
            "colour": [SEVERITY[s.severity] for s in segments],
        }
    )
    bands = bands[bands["high"] > bands["low"]]
    drawn = alt.Chart(bands).encode(y=alt.Y("low:Q", title=_axis_title(figure)), y2="high:Q")
    words = alt.Chart(bands).mark_text(align="left", dx=4, dy=-8, color=GREY, baseline="bottom")
    return [
        drawn.mark_rect(opacity=0.16).encode(color=alt.Color("colour:N", scale=None)),
        words.encode(y=alt.Y("low:Q", title=_axis_title(figure)), x=alt.value(0), text="label:N"),
    ]
