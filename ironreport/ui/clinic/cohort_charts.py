"""Pictures of a cohort as plain Vega-Lite: two organs against each other, classes by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ironreport.report.palette import SEVERITY

Spec = dict[str, Any]
LINE = "#2a9d9d"
MOST_POINTS = 4000
"""More points hide each other and make the browser slow; every n-th is then drawn."""


def pairs_chart(found: Sequence[tuple[str, float, str, float, str]], one: str, other: str) -> Spec:
    """The first organ upwards, the second to the right, both on a logarithmic axis."""
    step = -(-len(found) // MOST_POINTS)
    rows = [{"patient": p, "one": y, "other": x} for p, y, _, x, _ in found[::step]]
    tips = [
        {"field": f, "title": t, "type": "nominal"} for f, t in (("patient", "Patient"), ("one", one), ("other", other))
    ]
    axes = {
        way: {"field": field, "type": "quantitative", "title": title, "scale": {"type": "log", "nice": False}}
        for way, field, title in (("x", "other", other), ("y", "one", one))
    }
    look = {"type": "point", "filled": True, "size": 34, "opacity": 0.75, "color": LINE}
    return {"data": {"values": rows}, "mark": look, "encoding": {**axes, "tooltip": tips}, "height": 300}


def _tips(**titles: str) -> list[Spec]:
    return [{"field": field, "title": title, "type": "nominal"} for field, title in titles.items()]


def classes_chart(counts: Sequence[tuple[str, str, int]], labels: Mapping[str, str]) -> Spec:
    """Shares of the classes in each year, best at the foot."""
    order = [severity for severity in SEVERITY if severity in labels or any(s == severity for _, s, _ in counts)]
    rows: list[Spec] = [
        {"year": year or "undated", "class": labels.get(s, s), "n": n, "rank": order.index(s), "fill": SEVERITY[s]}
        for year, s, n in counts
        if s in SEVERITY
    ]
    shown = list(dict.fromkeys((row["class"], row["fill"]) for row in sorted(rows, key=lambda row: row["rank"])))
    colour = {
        "field": "class", "type": "nominal", "title": None,
        "legend": {"orient": "top", "columns": 1, "labelLimit": 320},
        "scale": {"domain": [c for c, _ in shown], "range": [f for _, f in shown]},
    }  # fmt: skip
    share = {"field": "n", "type": "quantitative", "stack": "normalize", "title": "Share", "axis": {"format": "%"}}
    tips = [
        {"field": f, "title": t, "type": "nominal"} for f, t in (("year", "Year"), ("class", "Class"), ("n", "Exams"))
    ]
    look = {"type": "bar", "stroke": "#6b6b6b", "strokeWidth": 0.5}
    encoding = {
        "x": {"field": "year", "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
        "y": share, "color": colour, "order": {"field": "rank", "type": "quantitative"}, "tooltip": tips,
    }  # fmt: skip
    return {"data": {"values": rows}, "mark": look, "encoding": encoding, "height": 240}
