"""Numbers on paper: as many digits as the interval supports, never across a class limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.records import Estimate
from ironreport.report.numbers import exact, interval, named, number, on_same_side, written


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
    if abs(value - limit) > 1e-3:
        assert (value < limit) == (shown < limit)


def test_9_96_ms_is_not_printed_as_10() -> None:
    assert named(Estimate("t2star_ms", 9.96, 8.6, 11.5), (20.0, 10.0)) == "T2* 9.96 ms"
    assert on_same_side(9.96, 2, (10.0,)) and not on_same_side(9.96, 1, (10.0,))


def test_an_unknown_interval_is_empty_and_an_open_one_is_infinite() -> None:
    assert interval(Estimate("t2star_ms", 3.0)) == ""
    assert interval(Estimate("t2star_ms", 3.0, 2.0, float("inf"))).endswith("∞")


@given(st.floats(1e-3, 1e5))
def test_a_number_in_a_formula_keeps_four_digits(value: float) -> None:
    assert float(exact(value)) == pytest.approx(value, rel=6e-4)
