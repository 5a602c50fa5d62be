"""A number of another report is read as it was meant, asked where it is open, and refused with the cure."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.intake.numerals import Objection
from ironreport.intake.printed.printed_number import (
    REACH,
    UNITS,
    PrintedNumber,
    chosen,
    plain_signs,
    read_printed_number,
    settled,
)

READ = [
    ("lic_mg_per_g", "2,1 mg/g", 2.1),
    ("lic_mg_per_g", "2.1", 2.1),
    ("lic_mg_per_g", "2.1 mg Fe/g dw", 2.1),
    ("lic_mg_per_g", "2.1 mg/g dry weight", 2.1),
    ("lic_mg_per_g", "LIC: 2.1 (1.9-2.3)", 2.1),
    ("lic_mg_per_g", "37.6 µmol/g", 2.1),
    ("lic_mg_per_g", "37.6 umol/g dry weight", 2.1),
    ("lic_mg_per_g", "1.476", 1.476),
    ("r2star_per_s", "67.73 Hz", 67.73),
    ("r2star_per_s", "67,73 s⁻¹", 67.73),
    ("r2star_per_s", "67.73 1/s", 67.73),
    ("r2star_per_s", "67.73/s", 67.73),
    ("r2star_per_s", "67.73 sec-1", 67.73),
    ("r2star_per_s", "67.73 s^-1", 67.73),
    ("r2star_per_s", "67.73 ± 3.1 s-1", 67.73),
    ("r2star_per_s", "0.06773 ms-1", 67.73),
    ("r2star_per_s", "67.728", 67.728),
    ("r2star_per_s", "٦٧٫٧٣", 67.73),
    ("r2star_per_s", "۶۷٫۷۳ Hz", 67.73),
    ("r2star_per_s", "６７.７３", 67.73),
    ("r2star_per_s", "6.483,2", 6483.2),
    ("r2star_per_s", "1,500.5 1/s", 1500.5),
    ("t2star_ms", "14.76ms", 14.76),
    ("t2star_ms", "T2* = 14,76 ms", 14.76),
    ("t2star_ms", "~14.76 msec", 14.76),
    ("t2star_ms", "0.01476 s", 14.76),
    ("t2star_ms", "1.476", 1.476),
    ("t2star_ms", "1,476 ms", 1.476),
    ("t2star_ms", "۱۴٫۷۶", 14.76),
    ("t2star_ms", " 14.76 ms. ", 14.76),
]
REFUSED = [
    ("r2star_per_s", "14.76 ms", "UNIT_OF_ANOTHER", "T2*"),
    ("t2star_ms", "67.73 Hz", "UNIT_OF_ANOTHER", "R2*"),
    ("t2star_ms", "2.1 mg/g", "UNIT_OF_ANOTHER", "LIC"),
    ("lic_mg_per_g", "2.1 mg/g wet weight", "WET_WEIGHT", "dry weight"),
    ("lic_mg_per_g", "2.1 mg/mL", "UNKNOWN_UNIT", "mg/g"),
    ("lic_mg_per_g", "> 43 mg/g", "ONLY_A_LIMIT", "limit"),
    ("lic_mg_per_g", "1000", "OUT_OF_REACH", "1000"),
    ("t2star_ms", "4000", "OUT_OF_REACH", "1000 ms"),
    ("r2star_per_s", "0.25", "OUT_OF_REACH", "10000"),
    ("t2star_ms", "0", "NOT_POSITIVE", "above zero"),
    ("t2star_ms", "-14.76", "NOT_POSITIVE", "above zero"),
    ("t2star_ms", "1 476", "TWO_NUMBERS", "one number"),
    ("t2star_ms", "12-14", "TWO_NUMBERS", "one number"),
    ("t2star_ms", "nan", "NOT_FINITE", "missing"),
    ("t2star_ms", "long", "NOT_A_NUMBER", "ms"),
    ("t2star_ms", "十四", "FOREIGN_DIGITS", "0 to 9"),
]


@pytest.mark.parametrize(("quantity", "typed", "value"), READ)
def test_a_number_is_read_as_people_type_it(quantity: str, typed: str, value: float) -> None:
    found = read_printed_number(typed, quantity)
    assert isinstance(found, PrintedNumber), found
    assert found.value == pytest.approx(value, rel=1e-12) and found.other is None


@pytest.mark.parametrize(("quantity", "typed", "code", "says"), REFUSED)
def test_what_is_no_number_of_this_quantity_is_refused_with_the_cure(
    quantity: str, typed: str, code: str, says: str
) -> None:
    found = read_printed_number(typed, quantity)
    assert isinstance(found, Objection) and found.code == code
    assert says in f"{found.what} {found.cure}" and found.cure


def test_a_t2star_with_three_decimals_is_read_and_said() -> None:
    found = read_printed_number("1.476", "t2star_ms")
    assert isinstance(found, PrintedNumber)
    assert found.note == "T2* read as 1.476 ms."


@pytest.mark.parametrize("typed", ["1.476", "1,476"])
def test_an_r2star_that_may_be_a_thousand_times_larger_is_asked(typed: str) -> None:
    found = read_printed_number(typed, "r2star_per_s")
    assert isinstance(found, PrintedNumber)
    assert (found.value, found.other) == (1.476, 1476.0)
    assert chosen(found, grouped=True).value == 1476.0 and chosen(found, grouped=False).value == 1.476
    assert chosen(found, grouped=True).other is None and "as you answered" in chosen(found, grouped=True).note


@pytest.mark.parametrize(("t2star", "meant"), [("0.6775", 1476.0), ("677.5", 1.476)])
def test_the_product_decides_between_two_readings(t2star: str, meant: float) -> None:
    numbers = {q: read_printed_number(t, q) for q, t in (("r2star_per_s", "1,476"), ("t2star_ms", t2star))}
    found = settled({q: n for q, n in numbers.items() if isinstance(n, PrintedNumber)})
    assert found["r2star_per_s"].value == meant and found["r2star_per_s"].other is None


def test_a_product_that_fits_neither_reading_decides_nothing() -> None:
    open_rate = PrintedNumber("r2star_per_s", 1.476, other=1476.0)
    numbers = {"r2star_per_s": open_rate, "t2star_ms": PrintedNumber("t2star_ms", 14.76)}
    assert settled(numbers)["r2star_per_s"] == open_rate


@given(st.sampled_from(sorted(UNITS)), st.floats(0.2, 900.0), st.integers(0, 4))
def test_a_decimal_comma_never_changes_the_number(quantity: str, value: float, decimals: int) -> None:
    typed = f"{value:.{decimals}f}"
    point, comma = (read_printed_number(t, quantity) for t in (typed, typed.replace(".", ",")))
    assert point == comma


@given(st.sampled_from(sorted(UNITS)), st.text(max_size=30))
def test_any_text_is_a_number_within_reach_or_an_objection(quantity: str, typed: str) -> None:
    found = read_printed_number(typed, quantity)
    if isinstance(found, PrintedNumber):
        low, high = REACH[quantity]
        assert low <= found.value < high and found.value > 0.0
    else:
        assert found.what and found.cure


@given(st.floats(1.0, 900.0), st.sampled_from("٠۰０"))
def test_digits_of_other_scripts_read_like_those_of_this_one(value: float, zero: str) -> None:
    typed = f"{value:.2f}"
    other = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in typed)
    assert plain_signs(other) == typed
    assert read_printed_number(other, "r2star_per_s") == read_printed_number(typed, "r2star_per_s")


@given(st.floats(1.0, 900.0))
def test_a_time_in_seconds_is_the_same_time(time_ms: float) -> None:
    typed_ms = float(f"{time_ms:.4g}")
    found = read_printed_number(f"{typed_ms / 1000:.7f} s", "t2star_ms")
    assert isinstance(found, PrintedNumber)
    assert math.isclose(found.value, typed_ms, rel_tol=1e-3)
