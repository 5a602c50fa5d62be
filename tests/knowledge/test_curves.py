"""Calibration curves: golden numbers of the evidence file, inverses, limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ironreport.knowledge import published_knowledge
from ironreport.knowledge.curves import FORMS
from ironreport.knowledge.schema import Calibration
from ironreport.units import time_ms

KNOWLEDGE = published_knowledge()
ENABLED = [c for c in KNOWLEDGE.organ("liver").calibration if c.usable]


def lic_mg_per_g(calibration: str, field: str, r2star_per_s: float) -> float:
    found = next(c for c in KNOWLEDGE.organ("liver").calibration if (c.id, c.field) == (calibration, field))
    return found.iron_mg_per_g(time_ms(r2star_per_s) if found.input == "t2star_ms" else r2star_per_s)


ORDER = ("wood-2005", "hankins-2009", "garbowski-2014", "henninger-2015", "hernando-2023")
GOLDEN_1T5 = {
    47.0: (1.396, 0.862, 1.438, 1.405, 1.063),
    700.0: (17.982, 19.146, 22.247, 17.077, 18.061),
    63.6: (1.817, 1.327, 1.955, 1.803, 1.496),
    200.6: (5.297, 5.163, 6.265, 5.091, 5.062),
    512.4: (13.217, 13.893, 16.214, 12.575, 13.178),
    776.0: (19.912, 21.274, 24.698, 18.901, 20.039),
    1181.9: (30.222, 32.639, 37.838, 28.643, 30.605),
    67.73: (1.922, 1.442, 2.083, 1.903, 1.603),
    28.72: (0.931, 0.350, 0.873, 0.966, 0.588),
    88.0: (2.437, 2.010, 2.717, 2.389, 2.131),
    263.0: (6.882, 6.910, 8.245, 6.589, 6.686),
    555.0: (14.299, 15.086, 17.581, 13.597, 14.287),
}
GOLDEN_3T = {
    ("hernando-2023", "3.0"): (0.884, 7.000, 15.001),
    ("hernando-2023", "2.89"): (0.918, 7.265, 15.569),
    ("hernando-2021", "3.0"): (0.955, 7.348, 15.710),
    ("garbowski-2014-storey", "3.0"): (1.202, 8.342, 17.825),
}


@pytest.mark.parametrize("r2star_per_s", GOLDEN_1T5)
def test_lic_at_1_5_t_is_the_golden_number(r2star_per_s: float) -> None:
    found = tuple(round(lic_mg_per_g(c, "1.5", r2star_per_s), 3) for c in ORDER)
    assert found == pytest.approx(GOLDEN_1T5[r2star_per_s], abs=6e-4)


@pytest.mark.parametrize("calibration", GOLDEN_3T)
def test_lic_at_3_t_is_the_golden_number(calibration: tuple[str, str]) -> None:
    found = tuple(lic_mg_per_g(*calibration, r) for r in (67.73, 521.1, 1114.2))
    assert found == pytest.approx(GOLDEN_3T[calibration], abs=6e-4)


def test_a_t2star_of_14_76_ms_gives_the_golden_numbers_of_both_routes() -> None:
    assert lic_mg_per_g("garbowski-2014", "1.5", 1000 / 14.76) == pytest.approx(2.084, abs=6e-4)
    assert lic_mg_per_g("hernando-2023", "1.5", 1000 / 14.76) == pytest.approx(1.604, abs=6e-4)


@pytest.mark.parametrize(
    ("calibration", "field", "r2star"),
    [
        ("hernando-2023", "1.5", (75.3, 83.0, 129.1, 198.2, 275.1, 582.4)),
        ("hernando-2023", "2.89", (130.7, 145.0, 230.7, 359.3, 502.1, 1073.6)),
        ("hernando-2023", "3.0", (135.7, 150.5, 239.4, 372.9, 521.1, 1114.2)),
        ("wood-2005", "1.5", (62.9, 70.8, 118.0, 188.9, 267.6, 582.6)),
        ("hankins-2009", "1.5", (80.5, 87.6, 130.5, 194.8, 266.2, 551.9)),
        ("garbowski-2014", "1.5", (58.6, 65.1, 103.4, 160.6, 223.8, 474.6)),
        ("henninger-2015", "1.5", (63.5, 71.8, 121.8, 196.8, 280.1, 613.5)),
        ("hernando-2021", "3.0", (127.7, 141.8, 227.0, 354.6, 496.5, 1063.8)),
        ("garbowski-2014-storey", "3.0", (106.3, 119.1, 195.8, 310.2, 436.6, 938.1)),
    ],
)
def test_inverting_a_calibration_gives_the_published_limits(
    calibration: str, field: str, r2star: tuple[float, ...]
) -> None:
    found = next(c for c in KNOWLEDGE.organ("liver").calibration if (c.id, c.field) == (calibration, field))
    limits = [found.input_for(lic) for lic in (1.8, 2.0, 3.2, 5.0, 7.0, 15.0)]
    rates = [time_ms(x) if found.input == "t2star_ms" else x for x in limits]
    assert rates == pytest.approx(r2star, abs=0.06)


@settings(deadline=None)
@given(st.sampled_from(ENABLED), st.floats(0.7, 40.0))
def test_iron_turned_round_and_back_is_the_same_iron(calibration: Calibration, lic: float) -> None:
    assert calibration.iron_mg_per_g(calibration.input_for(lic)) == pytest.approx(lic, rel=1e-9)


@settings(deadline=None)
@given(st.sampled_from(ENABLED), st.floats(min_value=1e-300, allow_infinity=False))
@example(next(c for c in ENABLED if c.form == "power"), 1e307)
@example(next(c for c in ENABLED if c.form == "sigmoid-r2"), 1e307)
def test_no_number_is_too_large_or_small_for_a_curve(calibration: Calibration, x: float) -> None:
    assert calibration.iron_mg_per_g(x) >= 0.0
    calibration.input_for(x)


@settings(deadline=None)
@given(st.sampled_from(ENABLED), st.floats(1.0, 250.0), st.floats(1.01, 2.0))
def test_faster_decay_is_never_less_iron(calibration: Calibration, r_per_s: float, factor: float) -> None:
    slow, fast = (1000 / r_per_s, 1000 / (r_per_s * factor)) if calibration.input == "t2star_ms" else (
        r_per_s, r_per_s * factor)  # fmt: skip
    assert calibration.iron_mg_per_g(fast) >= calibration.iron_mg_per_g(slow) >= 0.0


@pytest.mark.parametrize(
    ("t2star_ms", "mic"),
    [
        (30, 0.710),
        (25, 0.887),
        (20, 1.164),
        (15, 1.653),
        (14, 1.799),
        (12.6, 2.045),
        (10, 2.712),
        (8, 3.560),
        (6, 5.057),
    ],
)
def test_myocardial_iron_is_the_golden_number(t2star_ms: float, mic: float) -> None:
    assert KNOWLEDGE.calibrations("heart", "1.5")[0].iron_mg_per_g(t2star_ms) == pytest.approx(mic, abs=6e-4)


def test_hankins_is_never_negative() -> None:
    assert lic_mg_per_g("hankins-2009", "1.5", 10.0) == 0.0


def calculated(formula: str) -> float:
    """What a reader with a pocket calculator makes of a printed formula."""
    typed = formula.replace("×", "*").replace("^", "**").replace("√", "sqrt")
    return float(eval(typed, {"__builtins__": {}, "sqrt": math.sqrt}))


@given(st.sampled_from([c for o in KNOWLEDGE.organs.values() for c in o.calibration]), st.floats(15.0, 350.0))
def test_the_printed_formula_gives_the_iron_by_pocket_calculator(calibration: Calibration, x: float) -> None:
    value = FORMS[calibration.form].value(x, calibration.coefficients)
    assert calculated(calibration.formula(repr(x))) == pytest.approx(value, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("intercept", "text"), [(0.2, "+ 0.2"), (-0.2, "- 0.2"), (0.0, "+ 0")])
def test_the_sign_of_an_intercept_is_written_once(intercept: float, text: str) -> None:
    assert FORMS["linear"].text("R2*", {"slope": 0.025, "intercept": intercept}) == f"0.025 × R2* {text}"


FERRISCAN = next(c for c in ENABLED if c.form == "sigmoid-r2")


def test_the_spin_echo_curve_ends_at_its_highest_rate_and_starts_at_no_iron() -> None:
    highest_per_s = FERRISCAN.coefficients["b"] / FERRISCAN.coefficients["c"]
    end = FERRISCAN.iron_mg_per_g(highest_per_s)
    assert FERRISCAN.iron_mg_per_g(highest_per_s + 50.0) == pytest.approx(end)
    assert FERRISCAN.iron_mg_per_g(highest_per_s - 0.1) < end - 0.5
    assert FERRISCAN.iron_mg_per_g(0.0) == 0.0
