"""Draws the course of an organ over the years: class bands, points with their intervals, an honest line."""

from __future__ import annotations

from ironreport.report.content import TrendFigure
from ironreport.report.palette import SEVERITY
from ironreport.ui.charts import LINE
from ironreport.ui.vega import Rows, Spec, at, layer, layered, named, tip

ROOM = 1.25
"""Room above the highest value, so that the class above it can be seen."""


BAND_OPACITY, BAND_OPACITY_DARK = 0.16, 0.26
"""On a dark page pale bands look alike; stronger ones leave their words less contrast than 4.5."""


def trend_chart(figure: TrendFigure, *, dark: bool = False) -> Spec:
    """Values by date on the class bands; points that cannot be compared stand alone."""
    points: Rows = [
        {
            "order": order,
            "date": f"{p.date}",
            "value": p.value,
            "low": p.low if p.low is not None else p.value,
            "high": p.high if p.high is not None else p.value,
            "text": p.text,
            "which": "only a limit" if p.bound else "this exam" if p.now else "earlier",
            "run": run,
        }
        for order, (p, run) in enumerate(zip(figure.points, _runs(figure), strict=True))
    ]
    top = ROOM * max(*(max(p["high"], p["value"]) for p in points), *figure.limits[:1], 0.0)
    y = at("value", title=_axis_title(figure), scale={"domain": [0, top], "nice": False})
    x = named("date", title=None, sort=None, axis={"labelAngle": 0})
    base = {"x": x, "tooltip": [tip("date", "Date"), tip("text", " ")]}
    ends = {**base, "y": at("low", title=_axis_title(figure)), "y2": {"field": "high"}}
    joined = {**base, "y": y, "detail": named("run"), "order": at("order")}
    shape = named("which", title=None, legend={"orient": "top"})
    layers = [
        *_bands(figure, top, BAND_OPACITY_DARK if dark else BAND_OPACITY),
        layer(points, "rule", {"color": LINE, "strokeWidth": 1.5}, ends),
        layer(points, "line", {"color": LINE, "strokeWidth": 2}, joined),
        layer(
            points, "point", {"size": 80, "filled": True, "opacity": 1, "color": LINE}, {**base, "y": y, "shape": shape}
        ),
    ]
    return layered(layers, 260)


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


def _bands(figure: TrendFigure, top: float, opacity: float) -> list[Spec]:
    """One pale band for each class that the axis reaches."""
    if not figure.limits:
        return []
    limits = sorted(figure.limits)
    segments = figure.segments if list(figure.limits) == limits else figure.segments[::-1]
    edges = [0.0, *limits, max(top, limits[-1])]
    bands: Rows = [
        {"low": min(low, top), "high": min(high, top), "label": s.label, "colour": SEVERITY[s.severity]}
        for low, high, s in zip(edges[:-1], edges[1:], segments, strict=True)
        if min(high, top) > min(low, top)
    ]
    ends = {"y": at("low", title=_axis_title(figure)), "y2": {"field": "high"}}
    words = {"y": ends["y"], "x": {"value": 0}, "text": named("label")}
    look = {"align": "left", "dx": 4, "dy": -8, "baseline": "bottom"}
    return [
        layer(bands, "rect", {"opacity": opacity}, {**ends, "color": named("colour", scale=None)}),
        layer(bands, "text", look, words),
    ]
