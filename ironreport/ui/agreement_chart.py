"""Draws the differences of pairs over their means, with the limits of agreement (Bland and Altman)."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from ironreport.validation import Agreement

POINT, LIMIT, MEAN = "#2a9d9d", "#b45f06", "#8a8f94"


def agreement_chart(found: Agreement, axis: str) -> alt.LayerChart | alt.FacetChart:
    """Difference of each pair [%] over its geometric mean; bands are the 95 % intervals of the three lines.

    Parameters
    ----------
    axis : str
        Quantity and unit of the values.
    """
    points = pd.DataFrame(
        {
            "pair": [pair.label for pair in found.pairs],
            "mean": [math.sqrt(pair.first * pair.second) for pair in found.pairs],
            "difference": [100.0 * (pair.second / pair.first - 1.0) for pair in found.pairs],
        }
    )
    lines = pd.DataFrame(
        {
            "name": ["lower limit", "mean", "upper limit"],
            "value": [x.value for x in (found.lower_limit, found.bias, found.upper_limit)],
            "low": [x.low for x in (found.lower_limit, found.bias, found.upper_limit)],
            "high": [x.high for x in (found.lower_limit, found.bias, found.upper_limit)],
        }
    )
    title = "Error [%]" if found.kind == "phantom" else "Second to first [%]"
    y, colour = alt.Y("value:Q", title=title), alt.Scale(range=[LIMIT, MEAN, LIMIT])
    base = alt.Chart(lines).encode(color=alt.Color("name:N", scale=colour, legend=None))
    return alt.layer(
        base.mark_rect(opacity=0.15).encode(y=alt.Y("low:Q", title=title), y2="high:Q"),
        base.mark_rule(strokeDash=[6, 4]).encode(y),
        base.mark_text(align="left", dx=4, dy=-6).encode(y, x=alt.value(0), text="name:N"),
        alt.Chart(points)
        .mark_circle(size=60, color=POINT, opacity=0.9)
        .encode(
            x=alt.X("mean:Q", title=f"Mean of the pair, {axis}", scale=alt.Scale(type="log", nice=False, padding=24)),
            y=alt.Y("difference:Q", title=title),
            tooltip=[
                alt.Tooltip("pair:N", title="Pair"),
                alt.Tooltip("mean:Q", title="Mean", format=".4~g"),
                alt.Tooltip("difference:Q", title="Difference [%]", format="+.1f"),
            ],
        ),
    ).properties(height=320, width="container")
