"""The charts are valid Vega-Lite, and every mark on them has something to say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import altair as alt
import pytest
from jsonschema import ValidationError

from ironreport.knowledge import published_knowledge
from ironreport.relaxometry import fit_recovery
from ironreport.report.balance_content import BalanceBar
from ironreport.report.content import Card, Segment, TrendFigure, TrendPoint
from ironreport.report.evidence.calibration_curves import calibration_figure, curve_choices
from ironreport.synthetic.samples import sample_exam
from ironreport.ui import state
from ironreport.ui.chart_ink import INK, INK_DARK
from ironreport.ui.charts import CLICKED, balance_chart, band_chart, decay_chart, recovery_chart, residual_chart
from ironreport.ui.evidence.calibration_chart import calibration_chart
from ironreport.ui.trend_chart import trend_chart
from ironreport.ui.vega import Spec

TI_MS = (100.0, 180.0, 260.0, 1000.0, 1900.0, 2800.0, 3700.0)

BARS = (
    BalanceBar("in", "in", 0.31, 0.27, 0.34, "0.31 (0.27 to 0.34)"),
    BalanceBar("out", "out", -0.13, -0.21, -0.06, "0.13 (0.06 to 0.21)"),
    BalanceBar("change", "change", 0.17, 0.11, 0.24, "+0.17 (0.11 to 0.24)"),
)


@pytest.fixture(scope="module")
def card() -> Card:
    return state.described(state.assess_exam(sample_exam())).cards[0]


def marked(spec: Spec, mark: str) -> list[dict[str, Any]]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def recovery() -> Spec:
    return recovery_chart(fit_recovery(TI_MS, [abs(1000 - 2000 * math.exp(-ti / 950)) for ti in TI_MS]))


def test_every_chart_is_valid_and_has_no_empty_layer(card: Card) -> None:
    assert card.decay is not None and card.band is not None
    charts = [
        decay_chart(card.decay), decay_chart(card.decay, log=True, clickable=True),
        decay_chart(replace(card.decay, curve=(), noise_floor=None)), residual_chart(card.decay),
        band_chart(card.band), band_chart(replace(card.band, interval_at=None, others_at=None, limits=())), recovery(),
        balance_chart(BARS), balance_chart((replace(BARS[0], low=None, high=None),)),
    ]  # fmt: skip
    for spec in charts:
        alt.LayerChart.from_dict({**spec, "$schema": alt.SCHEMA_URL}, validate=True)
        assert all(layer["data"]["values"] for layer in spec["layer"])


def test_the_schema_would_refuse_a_mark_that_does_not_exist(card: Card) -> None:
    assert card.decay is not None
    spec = residual_chart(card.decay)
    spec["layer"][0]["mark"]["type"] = "blob"
    with pytest.raises(ValidationError):
        alt.LayerChart.from_dict(spec, validate=True)


def test_an_echo_left_out_is_hollow_and_says_why(card: Card) -> None:
    assert card.decay is not None
    first, *others = card.decay.points
    figure = replace(card.decay, points=(replace(first, left_out_because="by hand"), *others))
    hollow = [layer for layer in marked(decay_chart(figure), "point") if not layer["mark"]["filled"]]
    assert [row["why"] for layer in hollow for row in layer["data"]["values"]] == ["by hand"]


def test_only_a_clickable_chart_can_be_clicked(card: Card) -> None:
    assert card.decay is not None
    names = [p["name"] for layer in decay_chart(card.decay, clickable=True)["layer"] for p in layer.get("params", [])]
    assert names == [CLICKED]
    assert not [layer for layer in decay_chart(card.decay)["layer"] if "params" in layer]


def test_magnitudes_taken_as_negative_lie_below_zero() -> None:
    [points] = marked(recovery(), "point")
    assert [row["signal"] < 0 for row in points["data"]["values"]] == [ti < 950 * math.log(2) for ti in TI_MS]
    assert all(row["measured"] > 0 for row in points["data"]["values"])


def test_iron_that_left_lies_below_zero_and_a_bar_without_an_interval_has_no_whisker() -> None:
    (bars,) = marked(balance_chart(BARS), "bar")
    assert [row["value"] < 0 for row in bars["data"]["values"]] == [False, True, False]
    known = [row["label"] for layer in marked(balance_chart((replace(BARS[0], low=None), *BARS[1:])), "rule")
             for row in layer["data"]["values"] if "label" in row]  # fmt: skip
    assert set(known) == {"out", "change"}


# --------------------------------------------------------------------------- course and calibrations

COURSE = TrendFigure(
    organ="liver",
    title="Liver: LIC",
    quantity="LIC",
    unit="mg/g",
    points=(
        TrendPoint("2023-01-01", 9.0, 8.0, 10.0, "9.0 (8.0 to 10.0)", now=False, joined=False),
        TrendPoint("2024-01-01", 7.0, None, None, "7.0", now=False, joined=True),
        TrendPoint("2025-01-01", 16.0, None, None, "> 16", now=True, joined=False, bound="above"),
    ),
    limits=(1.8, 7.0, 15.0),
    segments=tuple(Segment(name, name) for name in ("normal", "mild", "moderate", "severe")),
)


def test_the_course_joins_only_what_may_be_joined_and_says_what_is_a_limit() -> None:
    spec = trend_chart(COURSE)
    alt.LayerChart.from_dict({**spec, "$schema": alt.SCHEMA_URL}, validate=True)
    assert all(layer["data"]["values"] for layer in spec["layer"])
    (line,) = marked(spec, "line")
    assert [row["run"] for row in line["data"]["values"]] == [1, 1, 2]
    (points,) = marked(spec, "point")
    assert [row["which"] for row in points["data"]["values"]] == ["earlier", "earlier", "only a limit"]
    (bands,) = marked(spec, "rect")
    assert [(row["low"], row["high"]) for row in bands["data"]["values"]] == [(0, 1.8), (1.8, 7), (7, 15), (15, 20)]
    assert marked(trend_chart(replace(COURSE, limits=(), segments=())), "rect") == []


def luminance(colour: list[float]) -> float:
    linear = [(c / 255 + 0.055) ** 2.4 / 1.055**2.4 if c > 10 else c / 255 / 12.92 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize(("dark", "page", "ink"), [(False, "#ffffff", INK), (True, "#181714", INK_DARK)])
def test_class_names_can_be_read_on_their_bands_by_day_and_night(dark: bool, page: str, ink: str) -> None:
    (bands,) = marked(trend_chart(COURSE, dark=dark), "rect")
    share = bands["mark"]["opacity"]
    for row in bands["data"]["values"]:
        both = zip(channels(row["colour"]), channels(page), strict=True)
        levels = sorted((luminance([share * a + (1 - share) * b for a, b in both]), luminance(channels(ink))))
        assert (levels[1] + 0.05) / (levels[0] + 0.05) >= 4.5


@pytest.mark.parametrize("organ", ["heart", "liver"])
@pytest.mark.parametrize("dark", [False, True])
def test_every_calibration_has_its_line_and_its_number(organ: str, dark: bool) -> None:
    known, found = published_knowledge(), state.assess_exam(sample_exam()).finding(organ)
    for choice in curve_choices(organ, known):
        figure = calibration_figure(organ, choice, known, "", found, with_unused=True)
        spec = calibration_chart(figure, dark=dark)
        alt.LayerChart.from_dict({**spec, "$schema": alt.SCHEMA_URL}, validate=True)
        assert all(layer["data"]["values"] for layer in spec["layer"])
        (lines,) = marked(spec, "line")
        names = [curve.label for curve in figure.curves]
        assert list(dict.fromkeys(row["calibration"] for row in lines["data"]["values"])) == names
        assert lines["encoding"]["color"]["scale"]["domain"] == names
        numbers = next(layer for layer in marked(spec, "text") if "number" in layer["data"]["values"][0])
        assert [row["number"] for row in numbers["data"]["values"]] == [str(i) for i in range(1, len(names) + 1)]
        assert bool(marked(spec, "rule")) == (figure.measured is not None)
