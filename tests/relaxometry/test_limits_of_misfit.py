"""From which misfit on a curve is doubted, one echo blamed, and a first spin echo called low."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import stdtrit

from ironreport.records import Caution, DecaySignal, FloatArray
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.misfit import (
    DownwardBend,
    downward_bend,
    downward_bend_of_curve,
    low_first_echo,
    residual_doubts,
)
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.region_doubts import joined_series
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


def fast_train(shortfall: float, n_echoes: int = 8) -> FloatArray:
    """T2 10 ms in steps of 10 ms over a floor: the fourth echo is below a tenth of the second."""
    values = np.hypot(1000.0 * np.exp(-np.arange(1.0, n_echoes + 1.0)), 3.0)
    return np.asarray(values * np.where(np.arange(n_echoes) == 0, 1.0 - shortfall, 1.0))


@pytest.mark.parametrize(("shortfall", "low"), [(0.049, False), (0.051, True)])
def test_over_a_floor_a_first_spin_echo_is_low_from_five_percent_on(shortfall: float, low: bool) -> None:
    found = low_first_echo(10.0 * np.arange(1.0, 9.0), fast_train(shortfall))
    assert (found is not None) is low
    if found is not None:
        assert found.time_without_ms == pytest.approx(10.0, rel=1e-4)


@pytest.mark.parametrize(("n_echoes", "low"), [(5, False), (6, True)])
def test_over_a_floor_six_echoes_are_needed(n_echoes: int, low: bool) -> None:
    found = low_first_echo(10.0 * np.arange(1.0, n_echoes + 1.0), fast_train(0.2, n_echoes))
    assert (found is not None) is low


# ------------------------------------------------------------------------- a decay bent downwards

HEART_MS = 2.0 + 16.0 / 7.0 * np.arange(8)


def resampled(curve: FloatArray, deviations: float) -> FloatArray:
    """The curve and replicates whose bend scatters so that it is so many deviations of their own."""
    weight = np.vander(HEART_MS, 3, increasing=True) * curve[:, None]
    bend = np.linalg.lstsq(weight, np.log(curve) * curve, rcond=None)[0][2]
    shift = np.where(np.arange(200) % 2, 1.0, -1.0) * abs(bend) / deviations
    return np.concatenate([curve[None], curve * np.exp(shift[:, None] * HEART_MS**2)])


GRADIENT = 100.0 * np.exp(-HEART_MS / 22.0) * np.sinc(HEART_MS / 60.0)


@pytest.mark.parametrize(("deviations", "said"), [(3.0, False), (3.2, True)])
def test_a_bend_is_said_where_chance_makes_it_in_one_of_a_thousand(deviations: float, said: bool) -> None:
    assert (downward_bend(HEART_MS, resampled(GRADIENT, deviations)) is not None) is said


def test_a_bend_gives_back_the_rate_before_it() -> None:
    bend = downward_bend(HEART_MS, resampled(GRADIENT, 10.0))
    assert bend is not None
    assert bend.rate_per_s == pytest.approx(1000.0 / 22.0, rel=0.01)


def test_a_decay_that_bends_upwards_is_no_gradient() -> None:
    upward = 80.0 * np.exp(-HEART_MS / 10.0) + 20.0 * np.exp(-HEART_MS / 80.0)
    assert downward_bend(HEART_MS, resampled(upward, 10.0)) is None


@pytest.mark.parametrize(("share", "said"), [(0.018, False), (0.022, True)])
def test_a_bend_that_changes_the_rate_by_less_than_two_percent_is_none(share: float, said: bool) -> None:
    def changed(curvature: float) -> float:
        signal = np.log(straight) - curvature * HEART_MS**2
        weight = straight[:, None] * np.vander(HEART_MS, 3, increasing=True)
        full = np.linalg.lstsq(weight, signal * straight, rcond=None)[0][1]
        line = np.linalg.lstsq(weight[:, :2], signal * straight, rcond=None)[0][1]
        return float((full - line) / abs(line)) - share

    straight = 100.0 * np.exp(-HEART_MS / 22.0)
    curve = straight * np.exp(-optimize.brentq(changed, 0.0, 0.01) * HEART_MS**2)
    assert (downward_bend(HEART_MS, resampled(curve, 50.0)) is not None) is said


@pytest.mark.parametrize(("n_echoes", "said"), [(4, False), (5, True)])
def test_a_bend_needs_five_echoes(n_echoes: int, said: bool) -> None:
    rows = resampled(GRADIENT, 20.0)[:, :n_echoes]
    assert (downward_bend(HEART_MS[:n_echoes], rows) is not None) is said


@pytest.mark.parametrize(("fifth", "said"), [(4.9, False), (5.1, True)])
def test_only_echoes_of_five_sigma_can_bend(fifth: float, said: bool) -> None:
    rows = resampled(GRADIENT, 20.0)
    rows = np.concatenate([rows[:, :5] * fifth / GRADIENT[4], np.full((201, 3), 0.1)], axis=1)
    assert (downward_bend(HEART_MS, rows) is not None) is said


def test_a_bad_echo_that_explains_the_curve_is_no_bend_and_the_other_way_round() -> None:
    low = 100.0 * np.exp(-HEART_MS / 22.0) * np.where(np.arange(8) == 0, 0.9, 1.0)
    assert downward_bend(HEART_MS, resampled(low, 10.0)) is not None
    assert downward_bend(HEART_MS, resampled(low, 10.0), blamed=0) is None
    assert downward_bend(HEART_MS, resampled(GRADIENT, 10.0), blamed=0) is not None


@pytest.mark.parametrize(("left", "withheld"), [(0.48, True), (0.52, False)])
def test_a_bend_that_is_more_than_half_of_the_rate_has_no_class(left: float, withheld: bool) -> None:
    caution = DownwardBend(100.0 * left, 1.0).caution(100.0)
    assert caution.blocks_grade is withheld
    assert ("the bend is most of it" in caution.text) is withheld


def test_the_lower_limit_beside_a_bend_is_that_of_the_rate_before_it_and_at_least_a_tenth() -> None:
    assert DownwardBend(80.0, 5.0).low_per_s(100.0) == pytest.approx(80.0 - 1.96 * 5.0, rel=1e-3)
    assert DownwardBend(20.0, 20.0).low_per_s(100.0) == pytest.approx(10.0)


@pytest.mark.parametrize(("per_limit", "said"), [(0.97, False), (1.03, True)])
def test_the_bend_of_a_curve_alone_is_judged_by_the_scatter_of_its_echoes(per_limit: float, said: bool) -> None:
    weight = GRADIENT[:, None] * np.vander(HEART_MS, 3, increasing=True)
    noise = np.random.default_rng(1).standard_normal(8)
    noise -= weight @ np.linalg.lstsq(weight, noise, rcond=None)[0]
    bend = np.linalg.lstsq(weight, np.log(GRADIENT) * GRADIENT, rcond=None)[0][2]
    clean = weight @ np.linalg.lstsq(weight, np.log(GRADIENT) * GRADIENT, rcond=None)[0]
    error = math.sqrt(np.linalg.inv(weight.T @ weight)[2, 2] * float(noise @ noise) / 5.0)
    size = -bend / error / (per_limit * stdtrit(5, 1.0 - 1e-3))
    # the weights are the signals, so that what is added moves them a little: three turns settle it
    curve = GRADIENT
    for _ in range(3):
        curve = np.exp((clean + size * noise) / GRADIENT)
    assert (downward_bend_of_curve(HEART_MS, curve) is not None) is said


def region(time_ms: float, zero_ms: float, seed: int) -> DecaySignal:
    """A septum of 80 pixels, SNR 50."""
    rng = np.random.default_rng(seed)
    clean = 50.0 * np.exp(-HEART_MS / time_ms) * np.sinc(HEART_MS / zero_ms)
    pixels = np.hypot(clean + rng.standard_normal((80, 8)), rng.standard_normal((80, 8)))
    mean = tuple(pixels.mean(axis=0).tolist())
    return DecaySignal("heart", tuple(HEART_MS.tolist()), mean, pixels=summarise_pixels(HEART_MS, pixels))


@pytest.mark.parametrize("from_pixels", [True, False])
def test_a_gradient_through_the_slice_is_said_and_the_interval_holds_the_truth(from_pixels: bool) -> None:
    for seed in range(8):
        signal = region(22.0, 40.0, seed)
        fit = fit_decay(signal if from_pixels else replace(signal, pixels=None))
        (said,) = [caution for caution in fit.cautions if caution.code == "DECAY_BENDS_DOWN"]
        assert not said.blocks_grade
        assert fit.rate.low is not None and fit.rate.low < 1000.0 / 22.0 < fit.rate.value
        assert not any(caution.code == "ECHO_LEFT_OUT" for caution in fit.cautions)


def test_a_straight_decay_does_not_bend() -> None:
    said = [c.code for seed in range(25) for c in fit_decay(region(22.0, math.inf, seed)).cautions]
    assert "DECAY_BENDS_DOWN" not in said


def test_a_spin_echo_is_not_asked_for_a_gradient() -> None:
    signal = replace(region(22.0, 40.0, 1), contrast="T2")
    assert not any(c.code == "DECAY_BENDS_DOWN" for c in fit_decay(signal).cautions)


# ------------------------------------------------------------------------- two series one after the other

JOINED_TE_MS = np.arange(1.0, 11.0)
WIGGLE = np.array([1.0, -1.0, 0.5, -0.5, 1.0, -1.0, 0.3, 0.7, -1.0, 0.2])
ANYTHING = 1e9
"""Squares of one decay that explains nothing."""


def of_two_series(step: float, scatter: float, first: int = 4) -> FloatArray:
    """A decay of 15 ms whose echoes from ``first`` on are of a brighter series."""
    values = 100.0 * np.exp(-JOINED_TE_MS / 15.0)
    values[first:] *= 1.0 + step
    return np.asarray(values + scatter * WIGGLE)


def squares_of_two_lines(values: FloatArray, first: int) -> float:
    found = 0.0
    for part in (slice(0, first), slice(first, None)):
        te_ms, log, weight = JOINED_TE_MS[part], np.log(values[part]), values[part]
        line = np.polyval(np.polyfit(te_ms, log, 1, w=weight), te_ms)
        found += float(np.sum(((log - line) * weight) ** 2))
    return found


@pytest.mark.parametrize(("step", "is_joined"), [(0.029, False), (0.031, True), (-0.1, False)])
def test_a_step_upwards_of_three_percent_is_another_series(step: float, is_joined: bool) -> None:
    found = joined_series(JOINED_TE_MS, of_two_series(step, 0.01), ANYTHING, ANYTHING)
    assert (found is not None) is is_joined
    if found is not None:
        assert (found.first, found.step) == (4, pytest.approx(step, abs=5e-4))


@pytest.mark.parametrize(("scatter", "is_joined"), [(0.56, True), (0.58, False)])
def test_a_step_of_a_tenth_is_believed_at_one_in_ten_thousand(scatter: float, is_joined: bool) -> None:
    assert (joined_series(JOINED_TE_MS, of_two_series(0.1, scatter), ANYTHING, ANYTHING) is not None) is is_joined


@pytest.mark.parametrize(("chance", "is_joined"), [(0.011, False), (0.009, True)])
def test_a_step_that_one_bad_echo_explains_nearly_as_well_is_none(chance: float, is_joined: bool) -> None:
    values = of_two_series(0.1, 0.2)
    without = squares_of_two_lines(values, 4) * (1.0 + stats.t.isf(chance, 6) ** 2 / 6)
    assert (joined_series(JOINED_TE_MS, values, ANYTHING, without) is not None) is is_joined


@pytest.mark.parametrize(("n", "is_joined"), [(5, False), (6, True)])
def test_two_series_are_told_from_six_echoes_on(n: int, is_joined: bool) -> None:
    values = of_two_series(0.2, 1e-4, first=2)[:n]
    assert (joined_series(JOINED_TE_MS[:n], values, ANYTHING, ANYTHING) is not None) is is_joined


@pytest.mark.parametrize(("first", "is_joined"), [(1, False), (2, True), (7, True), (8, False)])
def test_a_series_has_two_echoes_before_the_step_and_three_behind_it(first: int, is_joined: bool) -> None:
    found = joined_series(JOINED_TE_MS, of_two_series(0.2, 1e-3, first), ANYTHING, ANYTHING)
    assert (found is not None and found.first == first) is is_joined


@given(st.lists(st.floats(1e-12, 1e12), min_size=6, max_size=16))
def test_any_positive_signals_have_a_step_or_none(values: list[float]) -> None:
    """Echoes 10^20 times fainter than the brightest carry no line, and lines that start anywhere lie apart by e^800."""
    found = joined_series(1.0 + 0.1 * np.arange(len(values)), np.array(values), ANYTHING, ANYTHING)
    assert found is None or 0.03 <= found.step <= 999.0001


@pytest.mark.parametrize(("faintness", "step"), [(0.1, 545.0), (0.03, 999.0), (1.5e-5, 999.0), (1e-5, None)])
def test_a_step_of_more_than_a_thousand_times_is_called_so_while_the_fainter_echoes_carry_a_line(
    faintness: float, step: float | None
) -> None:
    values = np.concatenate([faintness * np.exp(-np.arange(4.0)), np.exp(-np.arange(6.0))])
    found = joined_series(JOINED_TE_MS, values, ANYTHING, ANYTHING)
    assert (None if found is None else found.step) == (None if step is None else pytest.approx(step, rel=1e-3))


@pytest.mark.parametrize(
    ("te_ms", "values"),
    [
        # two hearts of 15 and 14 ms whose later echoes are of a slower tissue: 23 ms each, normal
        (1.22 + 1.006 * np.arange(16), 1032.5),
        (1.62 + 2.42 * np.arange(9), 186.5),
    ],
)
@pytest.mark.parametrize("first", [2, 3])
def test_two_series_pasted_as_one_have_no_class(te_ms: FloatArray, values: float, first: int) -> None:
    rng = np.random.default_rng(1)
    signal = values * np.exp(-te_ms / np.where(np.arange(len(te_ms)) < first, 14.5, 26.0))
    fit = fit_decay(DecaySignal("heart", tuple(te_ms), tuple(signal + rng.normal(0.0, 0.002 * values, len(te_ms)))))
    caution = next(caution for caution in fit.cautions if "another series" in caution.text)
    assert caution.blocks_grade
    assert f"From echo {first + 1} on" in caution.text
