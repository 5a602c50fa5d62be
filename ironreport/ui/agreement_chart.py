"""Draws the differences of pairs over their means, with the limits of agreement (Bland and Altman)."""

from __future__ import annotations

import math

from ironreport.ui.vega import Rows, Spec, layer, layered
from ironreport.validation import Agreement

POINT, LIMIT, MEAN = "#2a9d9d", "#b45f06", "#8a8f94"
HEIGHT_PX = 320


def agreement_chart(found: Agreement, axis: str) -> Spec:
    """Difference of each pair [%] over its geometric mean; bands are the 95 % intervals of the three lines.

    Parameters
    ----------
    axis : str
        Quantity and unit of the values.
    """
    points: Rows = [
        {
            "pair": pair.label,
            "mean": math.sqrt(pair.first * pair.second),
            "difference": 100.0 * (pair.second / pair.first - 1.0),
        }
        for pair in found.pairs
    ]
    three = (("lower limit", found.lower_limit), ("mean", found.bias), ("upper limit", found.upper_limit))
    lines: Rows = [{"name": name, "value": one.value, "low": one.low, "high": one.high} for name, one in three]
    title = "Error [%]" if found.kind == "phantom" else "Second to first [%]"
    colour = {"field": "name", "type": "nominal", "legend": None, "scale": {"range": [LIMIT, MEAN, LIMIT]}}
    band = {"color": colour, "y": {"field": "low", "type": "quantitative", "title": title}, "y2": {"field": "high"}}
    line = {"color": colour, "y": {"field": "value", "type": "quantitative", "title": title}}
    dot = {
        "x": {
            "field": "mean",
            "type": "quantitative",
            "title": f"Mean of the pair, {axis}",
            "scale": {"type": "log", "nice": False, "padding": 24},
        },
        "y": {"field": "difference", "type": "quantitative", "title": title},
        "tooltip": [
            {"field": "pair", "type": "nominal", "title": "Pair"},
            {"field": "mean", "type": "quantitative", "title": "Mean", "format": ".4~g"},
            {"field": "difference", "type": "quantitative", "title": "Difference [%]", "format": "+.1f"},
        ],
    }
    words = {**line, "x": {"value": 0}, "text": {"field": "name"}}
    return layered(
        [
            layer(lines, "rect", {"opacity": 0.15}, band),
            layer(lines, "rule", {"strokeDash": [6, 4]}, line),
            layer(lines, "text", {"align": "left", "dx": 4, "dy": -6}, words),
            layer(points, "circle", {"size": 60, "color": POINT, "opacity": 0.9}, dot),
        ],
        HEIGHT_PX,
    )
