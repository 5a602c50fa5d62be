"""From which misfit on a curve is doubted, one echo blamed, and a first spin echo called low."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ironreport.records import Caution, FloatArray
from ironreport.relaxometry.misfit import low_first_echo, residual_doubts
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.solving import Solution, solve

TE_MS = 1.0 + np.arange(8)
CLEAN = 100.0 * np.exp(-TE_MS / 5.0)
ZIGZAG = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
BENT = np.array([1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0])


def curve(te_ms: FloatArray, values: FloatArray) -> Solution:
    solution = solve(MONO, te_ms, values)
    assert solution is not None
    return solution


def said(result: Solution, values: FloatArray) -> dict[str, Caution]:
    return {c.code: c for c in residual_doubts(result, TE_MS, values, np.arange(len(values)))}


def misfit_of(share: float, values: FloatArray = CLEAN) -> Solution:
    """The curve through the values, its residuals as large as asked: root mean square per first echo."""
    return replace(curve(TE_MS, values), rss=len(values) * (share * values[0]) ** 2)


@pytest.mark.parametrize(
    ("share", "doubted", "withheld"),
    [(0.0196, False, False), (0.0204, True, False), (0.0494, True, False), (0.0506, True, True)],
)
def test_residuals_are_doubted_from_two_percent_and_withhold_the_class_from_five(
    share: float, doubted: bool, withheld: bool
) -> None:
    values = CLEAN + 2.0 * ZIGZAG
    found = said(misfit_of(share, values), values)
    assert ("NOT_EXPONENTIAL" in found) is doubted
    if doubted:
        assert found["NOT_EXPONENTIAL"].blocks_grade is withheld
        assert f"scatters by {100 * share:.1f} % of the first echo" in found["NOT_EXPONENTIAL"].text


def test_a_curve_without_freedom_cannot_be_doubted() -> None:
    two = replace(curve(TE_MS[:2], CLEAN[:2]), rss=1e6)
    assert residual_doubts(two, TE_MS[:2], CLEAN[:2], np.arange(2)) == ()


# ------------------------------------------------------------------------------------------ one echo to blame


def with_one_echo_off(scatter: float, deviation: float, echo: int = 4) -> tuple[FloatArray, Solution]:
    """Values, and the curve through all but one, from which that one deviates as asked."""
    values = CLEAN + scatter * ZIGZAG
    without = curve(np.delete(TE_MS, echo), np.delete(values, echo))
    values[echo] = without.predicted(TE_MS)[echo] + deviation
    return values, without


@pytest.mark.parametrize(("relief", "blamed"), [(9.3, True), (8.7, False)])
def test_one_echo_is_blamed_where_it_takes_two_thirds_of_the_misfit_with_it(relief: float, blamed: bool) -> None:
    values, without = with_one_echo_off(3.0, 25.0)
    found = said(replace(curve(TE_MS, values), rss=relief * without.rss), values)["NOT_EXPONENTIAL"].text
    assert ("Echo 5 (TE 5 ms) lies" in found and "above the curve: leave it out" in found) is blamed
    assert ("It rises and falls" in found) is not blamed


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize(("share", "named"), [(0.0195, False), (0.0205, True)])
def test_a_sure_odd_echo_is_named_from_two_percent_of_the_first_echo_on(side: float, share: float, named: bool) -> None:
    values, _ = with_one_echo_off(0.01, side * share * CLEAN[0])
    values[4] += (values[0] - CLEAN[0]) * side * share
    found = said(curve(TE_MS, values), values)
    assert ("ODD_ECHO" in found) is named
    if named:
        assert not found["ODD_ECHO"].blocks_grade
        assert ("above the curve" if side > 0 else "below the curve") in found["ODD_ECHO"].text


@pytest.mark.parametrize(("chance", "named"), [(0.0011, False), (0.0009, True)])
def test_an_odd_echo_is_named_where_chance_makes_one_in_a_thousand_fits(chance: float, named: bool) -> None:
    # both sides of eight echoes; five degrees of freedom are left without the odd one
    score = float(stats.t.isf(chance / 16.0, 5))
    _, without = with_one_echo_off(0.25, 0.0)
    deviation = score * np.sqrt(without.rss / 5)
    assert deviation > 0.02 * CLEAN[0] * 1.01
    values, _ = with_one_echo_off(0.25, deviation)
    assert ("ODD_ECHO" in said(curve(TE_MS, values), values)) is named


def test_an_echo_that_the_curve_passes_through_by_force_is_not_divided_by_nothing() -> None:
    te_ms = np.array([1.0, 900.0, 900.1])
    values = np.array([100.0, 5.0, 4.0])
    result = curve(te_ms, values)
    assert result.leverage(te_ms)[0] > 1.0 - 1e-6
    assert all(np.isfinite(len(c.text)) for c in residual_doubts(result, te_ms, values, np.arange(3)))


@pytest.mark.parametrize(
    ("signs", "words"), [(BENT, "It bends away"), ([1, 1, -1, -1, 1, 1, -1, -1], "It rises and falls")]
)
def test_three_changes_of_sign_are_a_zigzag_and_two_a_bend(signs: list[float], words: str) -> None:
    values = CLEAN + 3.0 * np.array(signs)
    result = Solution(MONO, 100.0, 200.0, 0.0, 72.0, 8, np.eye(2), settled=True)
    assert words in said(result, values)["NOT_EXPONENTIAL"].text


# ------------------------------------------------------------------------------------------ the first spin echo

SPIN_TE_MS = 10.0 * np.arange(1, 9)
SPIN = 100.0 * np.exp(-SPIN_TE_MS / 60.0)


@pytest.mark.parametrize(("shortfall", "low"), [(0.019, False), (0.021, True)])
def test_a_sure_first_spin_echo_is_low_from_two_percent_on(shortfall: float, low: bool) -> None:
    found = low_first_echo(SPIN_TE_MS, np.array([(1.0 - shortfall) * SPIN[0], *SPIN[1:]]))
    assert (found is not None) is low
    if found is not None:
        assert found.shortfall == pytest.approx(shortfall, rel=1e-6)
        assert found.time_without_ms == pytest.approx(60.0)
        assert found.time_ms > 60.0


def test_the_sentence_on_a_low_first_echo_says_how_much_longer_t2_would_be() -> None:
    found = low_first_echo(SPIN_TE_MS, np.array([0.8 * SPIN[0], *SPIN[1:]]))
    assert found is not None
    change = 100.0 * (found.time_ms / 60.0 - 1.0)
    assert change > 10.0
    assert "The first echo is 20 % below the curve through the others" in found.sentence
    assert f"would read {found.time_ms:.3g} ms ({change:+.0f} %)" in found.sentence


@pytest.mark.parametrize(("chance", "low"), [(0.011, False), (0.009, True)])
def test_a_first_spin_echo_is_low_where_chance_makes_one_in_a_hundred(chance: float, low: bool) -> None:
    values = SPIN + 0.5 * ZIGZAG
    others = curve(SPIN_TE_MS[1:], values[1:])
    amplitude = others.predicted(SPIN_TE_MS)
    # prediction variance of a new echo, by ordinary least squares in the two parameters
    slopes = np.stack([amplitude, -SPIN_TE_MS / others.time_ms * amplitude], axis=1)
    covariance = np.linalg.inv(slopes[1:].T @ slopes[1:])
    spread = np.sqrt(others.rss / 5 * (1.0 + slopes[0] @ covariance @ slopes[0]))
    shortfall = float(stats.t.isf(chance, 5)) * spread / amplitude[0]
    assert shortfall > 0.02
    found = low_first_echo(SPIN_TE_MS, np.array([(1.0 - shortfall) * amplitude[0], *values[1:]]))
    assert (found is not None) is low


@pytest.mark.parametrize(("last", "low"), [(0.099, False), (0.101, True)])
def test_four_echoes_behind_the_first_above_a_tenth_of_the_largest_are_needed(last: float, low: bool) -> None:
    """The fifth echo decides: below a tenth it is taken for noise, and three others are too few."""
    fall = (0.9 * last) ** 0.25
    values = 100.0 * fall ** np.arange(5.0) * np.array([0.9, 1.0, 1.0, 1.0, 1.0])
    assert values[4] / values.max() == pytest.approx(last)
    assert (low_first_echo(SPIN_TE_MS[:5], values) is not None) is low


def test_echoes_behind_the_first_faint_one_say_nothing() -> None:
    values = np.array([0.9 * SPIN[0], *SPIN[1:6], 5.0, 80.0])
    assert low_first_echo(SPIN_TE_MS, values) == low_first_echo(SPIN_TE_MS[:6], values[:6])
    assert low_first_echo(SPIN_TE_MS[:6], values[:6]) is not None
