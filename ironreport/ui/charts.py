"""The described figures as plain Vega-Lite; positions and texts come ready from ``report``.

A layer without a point is left out, so that every mark has something to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ironreport.relaxometry.models import inversion_recovery
from ironreport.relaxometry.recovery_doubts import RecoveryFit
from ironreport.report.balance_content import BalanceBar
from ironreport.report.content import BandBar, DecayFigure
from ironreport.report.palette import SEVERITY, text_on
from ironreport.ui.vega import Rows, Spec, at, layer, layered, tip

GREY = "#8a8f94"
LINE = "#2a9d9d"
Y_AXIS_PX = 56
WORDS_FIT_UP_TO = 0.6
N_CURVE = 121
CLICKED = "echo"
"""Name of the chart's selection: the echo that was clicked."""


# ------------------------------------------------------------------------------------- decay


def decay_chart(figure: DecayFigure, *, log: bool = False, clickable: bool = False) -> Spec:
    """Points (hollow where left out), curve with its 95 % band, other models thin, noise floor dashed."""
    points = _points(figure)
    lowest = max(min(p.signal for p in figure.points) / 2, 1e-6) if log else 0.0
    scale = {"type": "log", "domainMin": lowest} if log else {"domainMin": 0}
    y = at("signal", title="Signal", scale=scale, axis={"minExtent": Y_AXIS_PX})
    x = _te_axis(figure, None if figure.curve else "TE [ms]")
    layers: list[Spec] = []
    if figure.curve:
        curve = [
            {
                "TE": c.te_ms,
                "signal": max(c.signal, lowest),
                "low": max(c.low if c.low is not None else c.signal, lowest),
                "high": c.high if c.high is not None else c.signal,
            }
            for c in figure.curve
        ]
        band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.append(layer(curve, "area", {"opacity": 0.22, "color": LINE, "clip": True}, band))
        layers.extend(_others(figure, x, y, lowest))
        layers.append(layer(curve, "line", {"color": LINE, "strokeWidth": 2, "clip": True}, {"x": x, "y": y}))
    if figure.noise_floor is not None:
        floor = [{"signal": figure.noise_floor, "text": "noise floor"}]
        layers.append(layer(floor, "rule", {"strokeDash": [5, 4], "color": GREY}, {"y": y}))
        text = {"y": y, "x": {"value": 0}, "text": {"field": "text"}}
        layers.append(layer(floor, "text", {"align": "left", "dx": 4, "dy": -7}, text))
    layers.extend(_marks(points, x, y))
    if clickable:
        look = {"size": 500, "filled": True, "opacity": 0, "cursor": "pointer"}
        target = layer(points, "point", look, {"x": x, "y": y, "tooltip": _tips("click to leave out or take back")})
        select = {"type": "point", "fields": ["echo"], "toggle": False}
        layers.append({**target, "params": [{"name": CLICKED, "select": select}]})
    return layered(layers, 290)


def _points(figure: DecayFigure) -> Rows:
    return [
        {
            "echo": p.echo,
            "TE": p.te_ms,
            "signal": p.signal,
            "residual": p.residual,
            "is_used": not p.left_out_because,
            "why": p.left_out_because or "used",
        }
        for p in figure.points
    ]


def _te_axis(figure: DecayFigure, title: str | None) -> Spec:
    """The same time axis for decay and residuals, so that echoes stand above each other."""
    return at("TE", title=title, scale={"domain": [0, figure.points[-1].te_ms * 1.05], "nice": False})


def _marks(points: Rows, x: Spec, y: Spec) -> list[Spec]:
    encoding = {"x": x, "y": y, "tooltip": _tips("Echo")}
    used, hollow = [p for p in points if p["is_used"]], [p for p in points if not p["is_used"]]
    filled = {"size": 60, "filled": True, "color": LINE, "stroke": "white", "strokeWidth": 0.8, "opacity": 1}
    empty = {"size": 60, "filled": False, "color": GREY, "strokeWidth": 1.6, "opacity": 1}
    return [layer(rows, "point", look, encoding) for rows, look in ((used, filled), (hollow, empty)) if rows]


def _tips(state: str) -> list[Spec]:
    return [
        tip("echo", "Echo"),
        tip("TE", "TE [ms]", type="quantitative"),
        tip("signal", "Signal", type="quantitative", format=".5~g"),
        tip("why", state),
    ]


def _others(figure: DecayFigure, x: Spec, y: Spec, lowest: float) -> list[Spec]:
    look = {"color": GREY, "strokeWidth": 1, "opacity": 0.7, "clip": True}
    encoding = {"x": x, "y": y, "tooltip": [tip("model", "Beside it")]}
    return [
        layer(
            [
                {"TE": p.te_ms, "signal": max(p.signal, lowest), "model": f"{other.model}: {other.reading}"}
                for p in other.points
            ],
            "line",
            look,
            encoding,
        )
        for other in figure.others
    ]


def residual_chart(figure: DecayFigure) -> Spec:
    """Measured minus model at each echo, with two residual SD on either side as a band."""
    x = _te_axis(figure, "TE [ms]")
    y = at("residual", title="Residual", axis={"tickCount": 3, "minExtent": Y_AXIS_PX})
    layers: list[Spec] = []
    if figure.residual_sd:
        band = [{"low": -2 * figure.residual_sd, "high": 2 * figure.residual_sd}]
        ends = {"y": at("low", title="Residual"), "y2": {"field": "high"}}
        layers.append(layer(band, "rect", {"opacity": 0.15, "color": LINE}, ends))
    layers.append(layer([{"residual": 0.0}], "rule", {"color": GREY}, {"y": y}))
    return layered([*layers, *_marks(_points(figure), x, y)], 130)


# ------------------------------------------------------------------------------------- recovery


def recovery_chart(fit: RecoveryFit) -> Spec:
    """Signals and fitted curve after inversion; below zero where the best fit takes them as negative."""
    turned = fit.n_negative or 0
    signs = [-1.0 if i < turned else 1.0 for i in range(len(fit.ti_ms))]
    points = [
        {"TI": ti, "signal": sign * s, "measured": s} for ti, sign, s in zip(fit.ti_ms, signs, fit.signal, strict=True)
    ]
    x = at("TI", title="TI [ms]", scale={"domainMin": 0})
    y = at("signal", title="Signal", axis={"minExtent": Y_AXIS_PX})
    drawn_ms = np.linspace(0.0, fit.ti_ms[-1] * 1.05, N_CURVE)
    fitted = inversion_recovery(drawn_ms, fit.resting, fit.apparent_ms, fit.inversion)
    curve = [{"TI": ti, "signal": s} for ti, s in zip(drawn_ms.tolist(), fitted.tolist(), strict=True)]
    tips = [tip("TI", "TI [ms]", type="quantitative"), tip("measured", "Signal", type="quantitative", format=".5~g")]
    filled = {"size": 60, "filled": True, "color": LINE, "stroke": "white", "strokeWidth": 0.8, "opacity": 1}
    layers = [
        layer([{"signal": 0.0}], "rule", {"color": GREY}, {"y": y}),
        layer(curve, "line", {"color": LINE, "strokeWidth": 2}, {"x": x, "y": y}),
        layer(points, "point", filled, {"x": x, "y": y, "tooltip": tips}),
    ]
    return layered(layers, 290)


# ------------------------------------------------------------------------------------- classes


def band_chart(bar: BandBar) -> Spec:
    """Classes light to dark with value (dot), 95 % interval and other calibrations (whiskers)."""
    n = len(bar.segments)
    classes = [
        {
            "left": i / n,
            "right": (i + 1) / n,
            "middle": (i + 0.5) / n,
            "class": s.label,
            "short": s.short or s.label,
            "fill": SEVERITY[s.severity],
            "ink": text_on(s.severity),
        }
        for i, s in enumerate(bar.segments)
    ]
    x = at("left", axis=None, scale={"domain": [0, 1], "nice": False})
    edge = {"stroke": "#6b6b6b", "strokeWidth": 0.8, "strokeDash": [2, 2] if bar.provisional else [0]}
    fills = {
        "x": x, "x2": {"field": "right"}, "y": {"value": 18}, "y2": {"value": 42},
        "color": {"field": "fill", "type": "nominal", "scale": None}, "tooltip": tip("class", "Class"),
    }  # fmt: skip
    words = {
        "x": at("middle", axis=None), "y": {"value": 30}, "text": {"field": "short"},
        "color": {"field": "ink", "type": "nominal", "scale": None},
    }  # fmt: skip
    layers = [
        layer(classes, "rect", edge, fills),
        layer(classes, "text", {"fontSize": 12, "fontWeight": 600, "limit": 150}, words),
    ]
    limits = [{"at": (i + 1) / n, "text": text} for i, text in enumerate(bar.limits)]
    if limits:
        text = {"x": at("at", axis=None), "y": {"value": 15}, "text": {"field": "text"}}
        layers.append(layer(limits, "text", {"fontSize": 11, "baseline": "bottom"}, text))
    layers += [*_whiskers(bar), *_value(bar)]
    return {**layered(layers, 88), "config": {"view": {"stroke": None}}}


def _value(bar: BandBar) -> list[Spec]:
    rows = [{"at": bar.value_at, "text": bar.value_text}]
    place = {"x": at("at", axis=None), "tooltip": tip("text", "Value")}
    stem = {**place, "y": {"value": 18}, "y2": {"value": 54}}
    dot = {**place, "y": {"value": 54}}
    return [
        layer(rows, "rule", {"color": LINE, "strokeWidth": 2}, stem),
        layer(rows, "point", {"size": 210, "filled": True, "color": "#ffffff", "opacity": 1}, dot),
        layer(rows, "point", {"size": 110, "filled": True, "color": LINE, "opacity": 1}, dot),
    ]


def _whiskers(bar: BandBar) -> list[Spec]:
    drawn: list[Spec] = []
    for ends, height, colour, text in (
        (bar.interval_at, 54, LINE, "95 % of this measurement"),
        (bar.others_at, 74, GREY, "other calibrations"),
    ):
        if ends is None:
            continue
        rows = [{"low": ends[0], "high": ends[1], "text": text}]
        place = {"y": {"value": height}, "tooltip": tip("text", "Whisker")}
        line = {**place, "x": at("low", axis=None), "x2": {"field": "high"}}
        drawn.append(layer(rows, "rule", {"color": colour, "strokeWidth": 3}, line))
        fits_right = ends[1] <= WORDS_FIT_UP_TO
        look = {"align": "left" if fits_right else "right", "dx": 10 if fits_right else -10}
        words = {**place, "x": at("high" if fits_right else "low", axis=None), "text": {"field": "text"}}
        drawn.append(layer(rows, "text", {**look, "fontSize": 11}, words))
        tick = {"color": colour, "thickness": 2, "orient": "vertical", "size": 12}
        drawn.extend(layer(rows, "tick", tick, {**place, "x": at(end, axis=None)}) for end in ("low", "high"))
    return drawn


# ------------------------------------------------------------------------------------- iron balance

BALANCE = {"in": "#5f8f8f", "out": LINE, "change": GREY}
"""Seen on a light and on a dark page; bars are told apart by their names too."""


def balance_chart(bars: Sequence[BalanceBar]) -> Spec:
    """Iron each day as bars from zero, what left the body to the left, with 95 % whiskers."""
    rows = [
        {"label": b.label, "value": b.value, "low": b.low, "high": b.high, "text": b.text, "fill": BALANCE[b.kind]}
        for b in bars
    ]
    x = at("value", title="Iron each day [mg/kg/day]", axis={"tickCount": 6})
    y = {"field": "label", "type": "nominal", "title": None, "sort": None}
    said = tip("text", "mg/kg/day (95 %)")
    fill = {"field": "fill", "type": "nominal", "scale": None}
    layers = [layer(rows, "bar", {"size": 16, "opacity": 0.45}, {"x": x, "y": y, "color": fill, "tooltip": said})]
    known = [row for row in rows if row["low"] is not None]
    if known:
        ends = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": fill, "tooltip": said}
        layers.append(layer(known, "rule", {"strokeWidth": 3}, ends))
    layers.append(layer([{"value": 0.0}], "rule", {"color": GREY}, {"x": x}))
    return layered(layers, 190)
