"""The charts of the simulator: what is drawn never changes, only its numbers do.

A browser compiles a chart anew where its description differs, which takes longer than all that is computed for a move
of a slider. So axes and layers are the same for every scan, and the numbers of each layer travel beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ironreport.ui.charts import GREY, LINE
from ironreport.ui.learn.learn_charts import HEIGHT_PX, LEGEND_PX, Curve, by_name, layered, quantity
from ironreport.ui.vega import Spec

Numbers = dict[str, pd.DataFrame]
"""By layer; given to Streamlit as ``datasets`` of the description, it sends them apart."""
MOST_PERCENT = 100.0
"""What a protocol cannot measure is not drawn."""


def echoes_spec(names: Sequence[str], *, log: bool) -> Spec:
    """Echoes, curves of these names and the noise floor."""
    x = quantity("x", title="TE [ms]", scale={"nice": False})
    y = quantity("y", title="Signal", scale={"type": "log", "nice": False} if log else {"domainMin": 0})
    filled = {"size": 70, "filled": True, "color": LINE, "stroke": "white", "strokeWidth": 0.8, "opacity": 1}
    tips = [quantity(name, title=title) for name, title in (("echo", "Echo"), ("x", "TE [ms]"), ("y", "Signal"))]
    layers = [
        _layer("floor", {"type": "rule", "strokeDash": [5, 4], "color": GREY}, {"y": y}),
        _layer("curve", {"type": "line", "strokeWidth": 2, "clip": True}, by_name(names, x, y)),
        _layer("echo", {"type": "point", **filled}, {"x": x, "y": y, "tooltip": tips}),
    ]
    return layered(layers, HEIGHT_PX + LEGEND_PX * len(names))


def echoes_numbers(
    te_ms: Sequence[float], signal: Sequence[float], curves: Sequence[Curve], floor: float, *, log: bool
) -> Numbers:
    """The numbers of `echoes_spec`; in ``log`` nothing below half of the lowest echo."""
    lowest = min(signal) / 2.0 if log else 0.0
    echoes = pd.DataFrame({"x": te_ms, "y": signal, "echo": range(1, len(te_ms) + 1)})
    lines = _lines(curves)
    return {"floor": pd.DataFrame({"y": [floor]}), "curve": lines[lines["y"] >= lowest], "echo": echoes}


def power_spec(names: Sequence[str], x_title: str, y_title: str) -> Spec:
    """Percent against the true T2* on a logarithmic axis, with a line at the T2* of now."""
    x = quantity("x", title=x_title, scale={"type": "log", "nice": False})
    y = quantity("y", title=y_title)
    mark = _layer("now", {"type": "rule", "strokeDash": [2, 3], "color": GREY}, {"x": x})
    lines = _layer("curve", {"type": "line", "strokeWidth": 2}, by_name(names, x, y))
    return layered([mark, lines], HEIGHT_PX + LEGEND_PX)


def power_numbers(curves: Sequence[Curve], at: float) -> Numbers:
    """The numbers of `power_spec`; ``at`` is the T2* [ms] of now."""
    lines = _lines(curves)
    return {"now": pd.DataFrame({"x": [at]}), "curve": lines[lines["y"].abs() <= MOST_PERCENT]}


def _layer(part: str, mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"name": part}, "mark": mark, "encoding": encoding}


def _lines(curves: Sequence[Curve]) -> pd.DataFrame:
    rows = [(x, y, name) for name, points in curves for x, y in points]
    return pd.DataFrame(rows, columns=["x", "y", "curve"])
