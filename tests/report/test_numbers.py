"""Numbers on paper: as many digits as the interval supports, never across a class limit."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.schema import Ladder
from ironreport.records import DecaySignal, Estimate, Exam, Measurement
from ironreport.report import describe
from ironreport.report.numbers import (
    as_reported,
    column_decimals,
    ends,
    exact,
    in_column,
    interval,
    named,
    number,
    on_same_side,
    with_interval,
    written,
)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate("lic_mg_per_g", 8.516, 7.78, 9.34), "8.5"),
        (Estimate("lic_mg_per_g", 1.603, 1.451, 1.769), "1.60"),
        (Estimate("r2star_per_s", 333.33, 304.6, 364.8), "333"),
        (Estimate("t2star_ms", 3.0021, 2.74, 3.28), "3.0"),
        (Estimate("t2star_ms", 37.19, 32.2, 43.0), "37"),
        (Estimate("t2star_ms", 14.76), "14.8"),
        (Estimate("t2star_ms", 250.0), "250"),
    ],
)
def test_a_number_has_the_digits_its_interval_supports(estimate: Estimate, text: str) -> None:
    assert number(estimate) == text


@given(st.floats(0.05, 60.0), st.integers(0, 2), st.sampled_from([1.8, 3.2, 7.0, 10.0, 15.0, 20.0]))
def test_a_printed_number_never_lies_on_the_other_side_of_a_limit(value: float, decimals: int, limit: float) -> None:
    shown = float(written(value, decimals, (limit,)))
    assert (value < limit, value > limit) == (shown < limit, shown > limit)


def test_9_96_ms_is_not_printed_as_10() -> None:
    assert named(Estimate("t2star_ms", 9.96, 8.6, 11.5), (20.0, 10.0)) == "T2* 9.96 ms"
    assert on_same_side(9.96, 2, (10.0,)) and not on_same_side(9.96, 1, (10.0,))


HEART = next(x for x in published_knowledge().ladders("heart", "1.5") if x.quantity == "t2star_ms")


@given(st.lists(st.floats(1.0, 60.0), min_size=1, max_size=6), st.floats(1.02, 1.6))
@example([9.96, 12.0, 31.0], 1.2)
def test_of_a_column_every_number_has_the_same_decimals_and_its_own_class(column: list[float], spread: float) -> None:
    decimals = column_decimals((Estimate("t2star_ms", x, x / spread, x * spread) for x in column), HEART.grade_of)
    shown = [in_column(x, decimals, HEART.grade_of, HEART.bounds) for x in column]
    assert [HEART.grade_of(float(x)).id for x in shown] == [HEART.grade_of(x).id for x in column]
    if all(HEART.grade_of(round(x, decimals)) == HEART.grade_of(x) for x in column):
        assert len({len(x.partition(".")[2]) for x in shown}) == 1


@given(st.integers(1, 99999), st.integers(0, 3))
def test_a_number_of_another_report_keeps_the_digits_it_was_typed_with(digits: int, decimals: int) -> None:
    assert float(as_reported(digits / 10**decimals)) == digits / 10**decimals
    assert as_reported(digits / 10**decimals).rstrip("0").rstrip(".") in f"{digits / 10**decimals:.{decimals}f}"


def test_a_value_on_a_limit_is_printed_as_the_limit_without_more_digits() -> None:
    assert written(10.0, 0, (10.0,)) == "10"


def test_a_value_nearer_to_a_limit_than_any_scanner_measures_stops_at_the_fourth_decimal_of_its_side() -> None:
    assert written(9.99996, 0, (10.0,)) == "9.9999"
    assert written(9.99994, 0, (10.0,)) == "9.9999"


@pytest.mark.parametrize(
    ("half_width", "text"),
    [
        (0.90e-4, "300"),  # narrower than any scanner measures: a made-up signal, three digits
        (1.10e-4, "300.00"),
    ],
)
def test_an_interval_below_one_part_in_ten_thousand_supports_no_digits(half_width: float, text: str) -> None:
    assert number(Estimate("r2star_per_s", 300.0, 300.0 * (1 - half_width), 300.0 * (1 + half_width))) == text


def test_one_part_in_ten_thousand_itself_still_counts_as_made_up() -> None:
    assert number(Estimate("r2star_per_s", 10000.0, 9999.0, 10001.0)) == "10000"


def test_zero_is_written_with_one_decimal() -> None:
    assert number(Estimate("lic_mg_per_g", 0.0)) == "0.0"


@pytest.mark.parametrize("one_sided", [Estimate("t2star_ms", 14.76, low=12.0), Estimate("t2star_ms", 14.76, high=19.0)])
def test_an_interval_with_one_end_is_no_interval(one_sided: Estimate) -> None:
    assert number(one_sided) == "14.8"
    assert interval(one_sided) == ""


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate("r2star_per_s", 333.3, 305.0, 364.0), "R2* 333 s⁻¹ (305 to 364)"),
        (Estimate("r2star_per_s", 333.3), "R2* 333 s⁻¹ (no interval)"),
        (Estimate("r2star_per_s", 2083.4, bound="above"), "R2* > 2083 s⁻¹ (95 % limit)"),
    ],
)
def test_a_value_never_stands_without_its_interval_or_the_words_that_there_is_none(
    estimate: Estimate, text: str
) -> None:
    assert with_interval(estimate) == text


def test_an_unknown_interval_is_empty_and_an_open_one_is_infinite() -> None:
    assert interval(Estimate("t2star_ms", 3.0)) == ""
    assert interval(Estimate("t2star_ms", 3.0, 2.0, float("inf"))).endswith("∞")


LADDERS = [ladder for organ in published_knowledge().organs.values() for ladder in organ.ladder]


@st.composite
def graded(draw: st.DrawFn) -> tuple[Estimate, Ladder]:
    """A value near or far from the limits of a published ladder, with an interval of any width, also skewed."""
    ladder = draw(st.sampled_from(LADDERS))
    near = st.sampled_from(ladder.bounds).flatmap(lambda x: st.floats(-0.02, 0.02).map(lambda by: x * (1.0 + by)))
    value = draw(st.one_of(near, st.floats(0.05, 60.0)))
    below, above = draw(st.floats(1.0005, 4.0)), draw(st.floats(1.0005, 4.0))
    return Estimate(ladder.quantity, value, value / below, value * above), ladder


@given(graded())
def test_both_limits_of_an_interval_have_the_same_decimals_and_no_fewer_than_the_value(
    case: tuple[Estimate, Ladder],
) -> None:
    estimate, ladder = case
    low, high = ends(estimate, ladder.bounds) or ("", "")
    value, n_low, n_high = (len(text.partition(".")[2]) for text in (number(estimate, ladder.bounds), low, high))
    assert n_low == n_high >= value
    assert interval(estimate, ladder.bounds) == f"{low} to {high}"
    assert interval(estimate, ladder.bounds) in with_interval(estimate, ladder.bounds)


@given(graded())
def test_the_class_of_a_printed_number_and_of_its_limits_is_the_class_shown(case: tuple[Estimate, Ladder]) -> None:
    estimate, ladder = case
    low, high = ends(estimate, ladder.bounds) or ("", "")
    shown = (number(estimate, ladder.bounds), low, high)
    for text, exactly in zip(shown, (estimate.value, estimate.low, estimate.high), strict=True):
        assert exactly is not None
        assert ladder.grade_of(float(text)) == ladder.grade_of(exactly)


@given(graded())
@example((Estimate("lic_mg_per_g", 8.44, 8.41, 14.6), published_knowledge().ladders("liver", "1.5")[0]))
def test_a_printed_interval_holds_the_printed_value(case: tuple[Estimate, Ladder]) -> None:
    estimate, ladder = case
    low, high = ends(estimate, ladder.bounds) or ("", "")
    assert float(low) <= float(number(estimate, ladder.bounds)) <= float(high)


@given(st.floats(1e-3, 1e5))
def test_a_number_in_a_formula_keeps_four_digits(value: float) -> None:
    assert float(exact(value)) == pytest.approx(value, rel=6e-4)


def test_a_large_number_in_a_formula_has_no_decimals() -> None:
    assert (exact(5678.9), exact(12345.6)) == ("5679", "12346")


def test_zero_and_infinity_in_a_formula_are_written_as_such() -> None:
    assert (exact(0.0), exact(float("inf"))) == ("0", "inf")


@given(st.floats(1.0, 40.0), st.floats(2.0, 200.0), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_one_card_shows_one_interval_for_one_number(t2star_ms: float, snr: float, seed: int) -> None:
    te_ms = tuple(1.0 + 1.6 * i for i in range(8))
    clean = np.array([1000.0 * math.exp(-te / t2star_ms) for te in te_ms])
    noisy = np.abs(clean + np.random.default_rng(seed).normal(0.0, 1000.0 / snr, len(te_ms)))
    signal = DecaySignal("heart", te_ms, tuple(noisy.tolist()), field_tesla=1.5)
    knowledge = published_knowledge()
    [card] = describe(assess(Exam("Exam 1A2B", measurements=(Measurement(signal),)), knowledge), knowledge).cards
    about_others = ("Beside it", "Fastest")
    said = [card.headline, card.measured, *card.cautions, *card.flags, *card.absence]
    said += [f"{row.label} {row.value}" for row in card.fit_rows if not row.label.startswith(about_others)]
    said += [line for step in card.steps for line in (*step.given, *step.result, *step.cautions)]
    for symbol in ("T2*", "R2*"):
        found = re.findall(rf"{re.escape(symbol)} ([\d.]+) \S+ \(([\d.]+ to [\d.]+)\)", " | ".join(said))
        assert len(set(found)) <= 1
        assert symbol != "T2*" or all(f"95 % {limits}" == card.interval for _, limits in found)
    assert not any("interval" in doubt and " from " in doubt for doubt in card.cautions)
