"""Draws the described figures with Altair; positions and texts come ready from ``report``."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ironreport.report.content import BandBar, DecayFigure
from ironreport.report.palette import SEVERITY, text_on

Layers = alt.LayerChart | alt.FacetChart

GREY = "#8a8f94"
LINE = "#2a9d9d"
Y_AXIS_PX = 56
WORDS_FIT_UP_TO = 0.6


def _points(figure: DecayFigure) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "echo": [p.echo for p in figure.points],
            "TE": [p.te_ms for p in figure.points],
            "signal": [p.signal for p in figure.points],
            "residual": [p.residual for p in figure.points],
            "use": ["left out" if p.left_out_because else "used" for p in figure.points],
            "why": [p.left_out_because or "used" for p in figure.points],
        }
    )


def _te_axis(figure: DecayFigure, title: str | None) -> alt.X:
    """The same time axis for decay and residuals, so that echoes stand above each other."""
    last = figure.points[-1].te_ms * 1.05
    return alt.X("TE:Q", title=title, scale=alt.Scale(domain=[0, last], nice=False))


CLICKED = "echo"
"""Name of the chart's selection: the echo that was clicked."""


def decay_chart(figure: DecayFigure, *, log: bool = False, clickable: bool = False) -> Layers:
    """Points (hollow where left out), curve with its 95 % band, other models thin, noise floor dashed."""
    points = _points(figure)
    lowest = max(min(p.signal for p in figure.points) / 2, 1e-6) if log else 0.0
    scale = alt.Scale(type="log", domainMin=lowest) if log else alt.Scale(domainMin=0)
    y = alt.Y("signal:Q", title="Signal", scale=scale, axis=alt.Axis(minExtent=Y_AXIS_PX))
    x = _te_axis(figure, None if figure.curve else "TE [ms]")
    layers: list[alt.Chart | Layers] = []
    if figure.curve:
        curve = pd.DataFrame(
            {
                "TE": [c.te_ms for c in figure.curve],
                "signal": [max(c.signal, lowest) for c in figure.curve],
                "low": [max(c.low if c.low is not None else c.signal, lowest) for c in figure.curve],
                "high": [c.high if c.high is not None else c.signal for c in figure.curve],
            }
        )
        layers.append(
            alt.Chart(curve)
            .mark_area(opacity=0.22, color=LINE, clip=True)
            .encode(x, y2="high:Q", y=alt.Y("low:Q", title="Signal", scale=scale, axis=alt.Axis(minExtent=Y_AXIS_PX)))
        )
        layers.extend(_others(figure, x, y, lowest))
        layers.append(alt.Chart(curve).mark_line(color=LINE, strokeWidth=2, clip=True).encode(x, y))
    if figure.noise_floor is not None:
        floor = pd.DataFrame({"signal": [figure.noise_floor], "text": ["noise floor"]})
        layers.append(alt.Chart(floor).mark_rule(strokeDash=[5, 4], color=GREY).encode(y=y))
        layers.append(
            alt.Chart(floor).mark_text(align="left", dx=4, dy=-7, color=GREY).encode(y=y, x=alt.value(0), text="text")
        )
    layers.append(_marks(points, x, y))
    if clickable:
        target = alt.Chart(points).mark_point(size=500, filled=True, opacity=0, cursor="pointer")
        clicked = alt.selection_point(name=CLICKED, fields=["echo"], toggle=False)
        layers.append(target.encode(x, y, tooltip=_tips("click to leave out or take back")).add_params(clicked))
    return alt.layer(*layers).properties(height=290, width="container")


def _marks(points: pd.DataFrame, x: alt.X, y: alt.Y) -> Layers:
    base = alt.Chart(points).encode(x, y, tooltip=_tips("Echo"))
    used = base.transform_filter("datum.use == 'used'").mark_point(
        size=60, filled=True, color=LINE, stroke="white", strokeWidth=0.8, opacity=1
    )
    hollow = base.transform_filter("datum.use == 'left out'").mark_point(
        size=60, filled=False, color=GREY, strokeWidth=1.6, opacity=1
    )
    return alt.layer(used, hollow)


def _tips(state: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("echo:O", title="Echo"),
        alt.Tooltip("TE:Q", title="TE [ms]"),
        alt.Tooltip("signal:Q", title="Signal", format=".5~g"),
        alt.Tooltip("why:N", title=state),
    ]


def _others(figure: DecayFigure, x: alt.X, y: alt.Y, lowest: float) -> list[alt.Chart]:
    drawn = []
    for other in figure.others:
        data = pd.DataFrame(
            {
                "TE": [p.te_ms for p in other.points],
                "signal": [max(p.signal, lowest) for p in other.points],
                "model": f"{other.model}: {other.reading}",
            }
        )
        tip = [alt.Tooltip("model:N", title="Beside it")]
        drawn.append(
            alt.Chart(data).mark_line(color=GREY, strokeWidth=1, opacity=0.7, clip=True).encode(x, y, tooltip=tip)
        )
    return drawn


def residual_chart(figure: DecayFigure) -> Layers:
    """Measured minus model at each echo, with two residual SD on either side as a band."""
    points = _points(figure)
    x = _te_axis(figure, "TE [ms]")
    y = alt.Y("residual:Q", title="Residual", axis=alt.Axis(tickCount=3, minExtent=Y_AXIS_PX))
    layers: list[alt.Chart | Layers] = []
    if figure.residual_sd:
        band = pd.DataFrame({"low": [-2 * figure.residual_sd], "high": [2 * figure.residual_sd]})
        layers.append(
            alt.Chart(band).mark_rect(opacity=0.15, color=LINE).encode(y=alt.Y("low:Q", title="Residual"), y2="high:Q")
        )
    layers.append(alt.Chart(pd.DataFrame({"residual": [0.0]})).mark_rule(color=GREY).encode(y=y))
    layers.append(_marks(points, x, y))
    return alt.layer(*layers).properties(height=130, width="container")


def band_chart(bar: BandBar) -> Layers:
    """Classes light to dark with value (dot), 95 % interval and other calibrations (whiskers)."""
    n = len(bar.segments)
    classes = pd.DataFrame(
        {
            "left": [i / n for i in range(n)],
            "right": [(i + 1) / n for i in range(n)],
            "middle": [(i + 0.5) / n for i in range(n)],
            "class": [s.label for s in bar.segments],
            "short": [s.short or s.label for s in bar.segments],
            "fill": [SEVERITY[s.severity] for s in bar.segments],
            "ink": [text_on(s.severity) for s in bar.segments],
        }
    )
    x = alt.X("left:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    fills = (
        alt.Chart(classes)
        .mark_rect(stroke="#6b6b6b", strokeWidth=0.8, strokeDash=[2, 2] if bar.provisional else [0])
        .encode(
            x, x2="right:Q", y=alt.value(18), y2=alt.value(42), color=alt.Color("fill:N", scale=None), tooltip="class:N"
        )
    )
    words = (
        alt.Chart(classes)
        .mark_text(fontSize=12, fontWeight=600, limit=150)
        .encode(alt.X("middle:Q", axis=None), y=alt.value(30), text="short:N", color=alt.Color("ink:N", scale=None))
    )
    limits = pd.DataFrame({"at": [(i + 1) / n for i in range(n - 1)], "text": list(bar.limits)})
    borders = (
        alt.Chart(limits)
        .mark_text(fontSize=11, baseline="bottom", color=GREY)
        .encode(alt.X("at:Q", axis=None), y=alt.value(15), text="text:N")
    )
    layers = [fills, words, borders, *_whiskers(bar), _value(bar)]
    chart: Layers = alt.layer(*layers).properties(height=88, width="container").configure_view(stroke=None)
    return chart


def _value(bar: BandBar) -> Layers:
    data = pd.DataFrame({"at": [bar.value_at], "text": [bar.value_text]})
    base = alt.Chart(data).encode(alt.X("at:Q", axis=None), tooltip=alt.Tooltip("text:N", title="Value"))
    halo = base.mark_point(size=210, filled=True, color="#ffffff", opacity=1).encode(y=alt.value(54))
    dot = base.mark_point(size=110, filled=True, color=LINE, opacity=1).encode(y=alt.value(54))
    stem = base.mark_rule(color=LINE, strokeWidth=2).encode(y=alt.value(18), y2=alt.value(54))
    return alt.layer(stem, halo, dot)


def _whiskers(bar: BandBar) -> list[alt.Chart]:
    drawn = []
    for ends, height, colour, text in (
        (bar.interval_at, 54, LINE, "95 % of this measurement"),
        (bar.others_at, 74, GREY, "other calibrations"),
    ):
        if ends is None:
            continue
        data = pd.DataFrame({"low": [ends[0]], "high": [ends[1]], "text": [text]})
        base = alt.Chart(data).encode(tooltip=alt.Tooltip("text:N", title="Whisker"))
        drawn.append(
            base.mark_rule(color=colour, strokeWidth=3).encode(
                alt.X("low:Q", axis=None), x2="high:Q", y=alt.value(height)
            )
        )
        words = base.mark_text(align="left", dx=10, fontSize=11, color=GREY)
        if ends[1] > WORDS_FIT_UP_TO:
            words = base.mark_text(align="right", dx=-10, fontSize=11, color=GREY)
        side = "high" if ends[1] <= WORDS_FIT_UP_TO else "low"
        drawn.append(words.encode(alt.X(f"{side}:Q", axis=None), y=alt.value(height), text="text:N"))
        drawn.extend(
            base.mark_tick(color=colour, thickness=2, orient="vertical", size=12).encode(
                alt.X(f"{end}:Q", axis=None), y=alt.value(height)
            )
            for end in ("low", "high")
        )
    return drawn
