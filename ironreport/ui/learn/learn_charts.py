"""Charts of the lessons as plain Vega-Lite: echoes with curves, points with words, bands of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ironreport.teaching.case_file import CasePicture
from ironreport.ui.charts import GREY, LINE
from ironreport.ui.vega import Rows, Spec

COLOURS = (LINE, "#d95f0e", "#7a5aa6", "#8a8f94", "#b8860b")
"""Curves are told apart by dash and legend too."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3])
HEIGHT_PX, LEGEND_PX, POINT_PX = 260, 22, 14
WRAPPED = r"split(trim(replace(datum.label, /(.{1,44})(\s+|$)/g, '$1\n')), '\n')"
"""A name in the legend on as many lines as a phone needs."""
Curve = tuple[str, Sequence[tuple[float, float]]]


def layer(rows: Rows, mark: str, look: Spec, encoding: Spec) -> Spec:
    """One layer of a chart."""
    return {"data": {"values": rows}, "mark": {"type": mark, **look}, "encoding": encoding}


def layered(layers: Sequence[Spec], height: int = HEIGHT_PX) -> Spec:
    """Layers one over the other, as wide as the page allows, with the legend below."""
    legend = {"orient": "bottom", "columns": 1, "labelLimit": 400, "labelExpr": WRAPPED, "title": None}
    return {"layer": list(layers), "height": height, "width": "container", "config": {"legend": legend}}


def quantity(field: str, **more: Any) -> Spec:
    """A numeric channel."""
    return {"field": field, "type": "quantitative", **more}


def echoes_chart(
    te_ms: Sequence[float],
    signal: Sequence[float],
    left_out: Sequence[int],
    curves: Sequence[Curve],
    *,
    log: bool,
) -> Spec:
    """Echoes (hollow where left out, counted from 1) with curves by name."""
    lowest = max(min(signal) / 2, 1e-6) if log else 0.0
    scale = {"type": "log", "domainMin": lowest} if log else {"domainMin": 0}
    scale["padding"] = POINT_PX  # the largest echo is drawn whole
    x = quantity("TE", title="TE [ms]", scale={"domain": [0, te_ms[-1] * 1.05], "nice": False})
    y = quantity("signal", title="Signal", scale=scale)
    points = [
        {"TE": te, "signal": s, "echo": i, "kept": i not in left_out}
        for i, (te, s) in enumerate(zip(te_ms, signal, strict=True), start=1)
    ]
    layers = []
    lines = [
        {"TE": te, "signal": s, "curve": name} for name, curve in curves for te, s in curve if not log or s > lowest
    ]
    if lines:
        layers.append(layer(lines, "line", {"strokeWidth": 2, "clip": True}, by_name([c[0] for c in curves], x, y)))
    filled = {"size": 70, "filled": True, "color": LINE, "stroke": "white", "strokeWidth": 0.8, "opacity": 1}
    hollow = {"size": 70, "filled": False, "color": GREY, "strokeWidth": 1.6, "opacity": 1}
    tips = [quantity(name, title=title) for name, title in (("echo", "Echo"), ("TE", "TE [ms]"), ("signal", "Signal"))]
    for kept, look in ((True, filled), (False, hollow)):
        rows = [p for p in points if p["kept"] is kept]
        if rows:
            layers.append(layer(rows, "point", look, {"x": x, "y": y, "tooltip": tips}))
    return layered(layers, HEIGHT_PX + LEGEND_PX * len(curves))


def by_name(names: Sequence[str], x: Spec, y: Spec) -> Spec:
    """Channels of curves told apart by colour and dash."""
    domain = list(names)
    colours, dashes = [COLOURS[i % 5] for i in range(len(domain))], [DASHES[i % 5] for i in range(len(domain))]
    legend: Spec | None = {}
    colour = {"field": "curve", "type": "nominal", "scale": {"domain": domain, "range": colours}, "legend": legend}
    dash = {"field": "curve", "type": "nominal", "scale": {"domain": domain, "range": dashes}, "legend": legend}
    return {"x": x, "y": y, "color": colour, "strokeDash": dash}


def points_chart(picture: CasePicture) -> Spec:
    """A few points with the word beside each."""
    rows = [{"x": p.x, "y": p.y, "say": p.say} for p in picture.point]
    most = max(p.x for p in picture.point)
    x = quantity("x", title=picture.x_title, scale={"domain": [0, most * 1.6]})
    y = quantity("y", title=picture.y_title, scale={"domainMin": 0})
    place = {"x": x, "y": y}
    words = {"align": "left", "dx": 10, "fontSize": 12}
    return layered(
        [
            layer(rows, "point", {"size": 90, "filled": True, "color": LINE, "opacity": 1}, place),
            layer(rows, "text", words, {**place, "text": {"field": "say"}}),
        ]
    )


def shares_chart(rows: Sequence[tuple[str, float, int]]) -> Spec:
    """Bars of the share of wrong answers by name, the largest first, with how many answers there were."""
    data = [{"name": name, "share": 100 * share, "n": n} for name, share, n in rows]
    x = quantity("share", title="%", scale={"domain": [0, 100]})
    y = {"field": "name", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 220}}
    tips = [{"field": "name", "type": "nominal"}, quantity("share"), quantity("n")]
    bars = layer(data, "bar", {"size": 14, "color": LINE, "opacity": 0.8}, {"x": x, "y": y, "tooltip": tips})
    return layered([bars], 34 * len(rows) + 70)
