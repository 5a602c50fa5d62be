"""What the interval of a curve alone is made of, and from where it is not given."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal, FloatArray
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.bound import largest_rate_per_s
from ironreport.relaxometry.curve_reading import settled
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE, DecayModel
from ironreport.relaxometry.noise_floor import floor_is_better, noise_floor
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.quality import refuse_no_decay, refuse_signal_gone, refuse_too_short
from ironreport.relaxometry.readings import limits_of
from ironreport.relaxometry.solving import Solution, solve, solve_each

TE_MS = 1.0 + np.arange(12)
OFF = np.array([0.9, 0.1, -0.6, -0.4, 0.4, -1.1, 0.7, 0.8, -0.9, 0.3, -0.5, 0.4])
"""Residuals of a curve, in the unit of their scatter."""

HIDDEN = np.array([-1.7, -1.3, -1.4, -0.4, -2.3, -0.2, -1.0, 0.9, 1.0, 1.4, 0.8, 0.0])
"""Residuals that make a slow decay on a high floor look faster than one exponential."""


def pasted(values: FloatArray, te_ms: FloatArray = TE_MS) -> DecaySignal:
    return DecaySignal("liver", tuple(te_ms.tolist()), tuple(np.asarray(values).tolist()))


def half_width(fit: DecayFit) -> float:
    assert fit.rate.low is not None and fit.rate.high is not None
    return math.log(fit.rate.high / fit.rate.low) / 2.0


def plain_half_width(te_ms: FloatArray, values: FloatArray) -> float:
    """Student t times the standard error of ln R of one exponential, by another optimiser."""

    def misses(point: FloatArray) -> FloatArray:
        return np.asarray(np.exp(point[0] - te_ms * np.exp(point[1])) - values)

    answer = optimize.least_squares(misses, [math.log(values[0]), math.log(0.2)], xtol=1e-14, ftol=1e-14)
    freedom = len(values) - 2
    error = math.sqrt(np.linalg.inv(answer.jac.T @ answer.jac)[1, 1] * 2.0 * answer.cost / freedom)
    return float(stats.t.isf(0.025, freedom)) * error


# ------------------------------------------------------------------------------------------ its parts


@pytest.mark.parametrize("scatter", [0.1, 0.5, 2.0])
def test_a_pasted_curve_has_the_interval_of_its_scatter_and_one_and_a_half_percent(scatter: float) -> None:
    values = 100.0 * np.exp(-TE_MS / 6.0) + scatter * OFF
    signal, noise = pasted(values), plain_half_width(TE_MS, values)
    mono, _, quadrature = solve_each(TE_MS, values)
    assert not floor_is_better(values, mono, quadrature)
    assert half_width(fit_decay(signal, "mono")) == pytest.approx(noise, rel=1e-4)
    assert half_width(fit_decay(signal)) == pytest.approx(math.hypot(noise, 0.015), rel=1e-4)


def test_a_pasted_curve_on_its_floor_has_its_own_interval_and_one_and_a_half_percent() -> None:
    values = np.hypot(1000.0 * np.exp(-TE_MS / 1.6), 20.0) + OFF
    fit, choice = fit_decay(pasted(values)), choose_model(TE_MS, values)
    assert choice.model == "floor"
    assert fit.rate.low is not None and fit.rate.high is not None
    above, below = choice.ci_high_per_s / choice.r2star_per_s, choice.r2star_per_s / choice.ci_low_per_s
    assert math.log(fit.rate.high / fit.rate.value) == pytest.approx(math.hypot(math.log(above), 0.015))
    assert math.log(fit.rate.value / fit.rate.low) == pytest.approx(math.hypot(math.log(below), 0.015))


@pytest.mark.parametrize(("scatter", "shifted"), [(3.15, True), (3.27, False)])
def test_a_floor_that_leaves_the_rate_open_by_thirty_percent_shifts_nothing(scatter: float, shifted: bool) -> None:
    """The floor is the better curve but not reached: its reading widens the interval only where it says something."""
    values = 100.0 * np.hypot(np.exp(-TE_MS / 7.0), 0.3) + scatter * HIDDEN
    mono, _, quadrature = solve_each(TE_MS, values)
    assert mono is not None and quadrature is not None and quadrature.log_half_width is not None
    assert floor_is_better(values, mono, quadrature)
    assert noise_floor(TE_MS, values, mono, quadrature) is None
    assert abs(quadrature.log_half_width - 0.3) < 0.01
    assert (quadrature.log_half_width < 0.3) is shifted
    shift = abs(math.log(quadrature.rate_per_s / mono.rate_per_s))
    noise = plain_half_width(TE_MS, values)
    assert shift > 0.1
    assert half_width(fit_decay(pasted(values))) == pytest.approx(
        math.hypot(noise, 0.015) + (shift if shifted else 0.0), rel=1e-4
    )
    assert half_width(fit_decay(pasted(values), "mono")) == pytest.approx(noise + (shift if shifted else 0.0), rel=1e-4)
    assert half_width(fit_decay(pasted(values), "quadrature")) == pytest.approx(quadrature.log_half_width)


def test_an_interval_wider_than_e_to_the_ten_is_none() -> None:
    assert limits_of(100.0, 9.9) == pytest.approx((100.0 * math.exp(-9.9), 100.0 * math.exp(9.9)))
    assert limits_of(100.0, 10.1) == (None, None)
    assert limits_of(100.0, None) == (None, None)


# ------------------------------------------------------------------------------------------ known noise


def mean_curve(values: FloatArray, noise_sd: float, n_pixels: int = 100, te_ms: FloatArray = TE_MS) -> DecaySignal:
    return replace(pasted(values, te_ms), noise_sd=noise_sd, n_pixels=n_pixels)


def test_the_largest_rate_is_that_of_the_noise_up_to_a_million_to_one() -> None:
    clean = 1000.0 * np.exp(-TE_MS / 6.0)
    for noise_sd, snr in ((1000.0 / 0.8e6, 0.8e6), (1000.0 / 1.3e6, 1e6), (1000.0 / 1e8, 1e6)):
        found = fit_decay(mean_curve(clean, noise_sd)).largest_rate_per_s
        assert found == pytest.approx(largest_rate_per_s(TE_MS, snr, 100), rel=1e-6)


@pytest.mark.parametrize(("first", "fall"), [(3.0, None), (60.0, 6.0)])
def test_a_first_echo_is_traced_back_by_the_slowest_rate_and_by_e_to_the_six_at_most(
    first: float, fall: float | None
) -> None:
    """Beyond the acquisition S0 is not known; what the echoes can measure is said for the S0 that is possible."""
    te_ms = 4.0 + np.arange(8)
    at_floor = float(noise_law(1).mean(np.zeros(1))[0])
    values = np.array([first, *[at_floor] * 7])
    fit = fit_decay(mean_curve(values, 1.0, te_ms=te_ms))
    assert fit.rate.bound == "above"
    traced = 4.0 * fit.rate.value / 1000.0
    assert (traced > 6.0) is (fall is not None)
    s0 = first * math.exp(fall or traced)
    assert fit.largest_rate_per_s == pytest.approx(largest_rate_per_s(te_ms, s0, 100), rel=1e-6)


# ------------------------------------------------------------------------------------------ what is refused


def loose(rate_per_s: float, half_width: float, floor: float = 0.0) -> Solution:
    """One exponential through three echoes whose interval is as wide as asked."""
    error = half_width / float(stats.t.isf(0.025, 1))
    return Solution(MONO, 100.0, rate_per_s, floor, 1.0, 3, np.eye(2) * error**2, settled=True)


THREE_MS = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("half_width", "refused"), [(0.99, False), (1.01, True)])
def test_a_signal_whose_interval_reaches_zero_is_no_decay(half_width: float, refused: bool) -> None:
    values = np.array([100.0, 110.0, 60.0])
    if refused:
        with pytest.raises(FitError, match="does not fall clearly") as caught:
            refuse_no_decay("T2*", THREE_MS, values, loose(200.0, half_width))
        assert caught.value.refusal.code == "NO_DECAY"
    else:
        assert refuse_no_decay("T2*", THREE_MS, values, loose(200.0, half_width)).rate_per_s == 200.0


@pytest.mark.parametrize(("fall", "refused"), [(0.19, True), (0.21, False)])
def test_a_signal_that_falls_at_every_step_and_by_a_fifth_is_a_decay_however_wide_its_interval(
    fall: float, refused: bool
) -> None:
    rate = -500.0 * math.log(1.0 - fall)
    falling = np.array([100.0, 95.0, 75.0])
    if refused:
        with pytest.raises(FitError):
            refuse_no_decay("T2*", THREE_MS, falling, loose(rate, 3.0))
    else:
        assert refuse_no_decay("T2*", THREE_MS, falling, loose(rate, 3.0)).rate_per_s == rate
        with pytest.raises(FitError):
            refuse_no_decay("T2*", THREE_MS, falling[[1, 0, 2]], loose(rate, 3.0))


def test_a_floor_that_leaves_the_decay_open_is_refused_by_its_own_name() -> None:
    with pytest.raises(FitError) as caught:
        refuse_no_decay("T2*", THREE_MS, np.array([100.0, 110.0, 60.0]), loose(200.0, 3.0, floor=5.0))
    assert caught.value.refusal.code == "NOT_DETERMINED"


@pytest.mark.parametrize(("last", "clearly"), [(79.0, True), (81.0, False)])
def test_a_refusal_says_clearly_where_the_signal_falls_by_a_fifth(last: float, clearly: bool) -> None:
    with pytest.raises(FitError) as caught:
        refuse_no_decay("T2*", THREE_MS, np.array([100.0, 120.0, last]), None)
    assert ("fall clearly with" in caught.value.refusal.what) is clearly


def test_a_curve_is_gone_with_one_echo_above_the_floor_and_not_with_two() -> None:
    signal, te_ms = pasted(np.array([60.0, 30.0]), np.array([4.8, 7.0])), np.array([4.8, 7.0])
    refuse_signal_gone(signal, te_ms, np.array([60.0, 42.0]), 20.0)
    refuse_signal_gone(signal, te_ms, np.array([60.0, 40.0]), None)
    with pytest.raises(FitError, match="shorter than about") as caught:
        refuse_signal_gone(signal, te_ms, np.array([60.0, 40.0]), 20.0)
    assert caught.value.refusal.code == "BEYOND_ACQUISITION"
    with pytest.raises(FitError, match="too short for these echoes"):
        refuse_signal_gone(signal, te_ms, np.array([21.0, 20.0]), 20.0)


def test_a_time_at_the_shortest_reportable_is_reported_and_below_it_is_not() -> None:
    refuse_too_short("T2*", 2.0, 1.0, 0.5)
    with pytest.raises(FitError, match="shorter than about 1 ms"):
        refuse_too_short("T2*", 2.0, 0.999, 0.5)


@pytest.mark.parametrize(
    ("te_ms", "values"), [((1.0, 2.0, 1.1e6), (3.0, 2.0, 1.0)), ((1.0, 2.0, 3.0), (1.1e30, 9e29, 8e29))]
)
def test_numbers_beyond_any_scanner_are_refused(te_ms: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(FitError, match="a number of ordinary size"):
        fit_decay(DecaySignal("liver", te_ms, values))
    within = DecaySignal("liver", tuple(te / 1.2 for te in te_ms), tuple(value / 1.2 for value in values))
    assert fit_decay(within).time.value > 0.0


# ------------------------------------------------------------------------------------------ the plain models


@pytest.mark.parametrize(("fall", "decays"), [(0.0013, True), (0.0007, False)])
def test_a_signal_that_falls_by_less_than_a_thousandth_by_its_last_echo_has_no_time(fall: float, decays: bool) -> None:
    te_ms = np.linspace(0.001, 10.0, 8)
    solution = solve(MONO, te_ms, 100.0 * np.exp(te_ms / 10.0 * math.log(1.0 - fall)))
    assert (solution is not None) is decays


@pytest.mark.parametrize("model", [CONSTANT, QUADRATURE])
@pytest.mark.parametrize(("share", "floored"), [(0.8e-3, False), (1.25e-3, True)])
def test_a_floor_below_a_thousandth_of_the_lowest_signal_is_none(model: object, share: float, floored: bool) -> None:
    decay = np.exp(-TE_MS / 6.0)
    power = 1 if model is CONSTANT else 2
    floor = share * float(decay[-1])
    solution = solve(model, TE_MS, (decay**power + floor**power) ** (1.0 / power))  # type: ignore[arg-type]
    assert solution is not None
    assert (solution.floor > 0.0) is floored
    assert solution.model is model


@pytest.mark.parametrize(
    ("model", "values", "settles"),
    [
        (CONSTANT, (100, 92, 95, 93, 92, 93, 90, 87), True),  # after 41 to 50 evaluations
        (QUADRATURE, (99, 99, 98, 97, 95, 96, 95, 94), False),  # would after 61 to 80
    ],
)
def test_a_model_that_has_not_come_to_rest_after_sixty_evaluations_is_not_shown_beside_the_others(
    model: DecayModel, values: tuple[float, ...], settles: bool
) -> None:
    te_ms, signal = 1.0 + np.arange(8), np.array(values, dtype=np.float64)
    found = solve(model, te_ms, signal)
    assert found is not None
    assert found.settled is settles
    assert (model in [each.model for each in settled(*solve_each(te_ms, signal))]) is settles
    shown = [reading.model for reading in fit_decay(pasted(signal, te_ms)).bracket]
    assert (model.words in shown) is settles
    assert MONO.words in shown


@pytest.mark.parametrize("slope", [0.0, 3.0])
def test_a_mean_curve_of_known_noise_that_does_not_fall_is_refused(slope: float) -> None:
    with pytest.raises(FitError, match="does not fall clearly") as caught:
        fit_decay(mean_curve(100.0 + slope * TE_MS, 5.0))
    assert caught.value.refusal.code == "NO_DECAY"


def test_the_covariance_of_a_region_is_stretched_to_its_printed_interval() -> None:
    rng = np.random.default_rng(1)
    pixels = np.hypot(1000.0 * np.exp(-TE_MS / 6.0) + 20.0 * rng.standard_normal((100, 12)), 20.0)
    region = replace(pasted(pixels.mean(axis=0)), pixels=summarise_pixels(TE_MS, pixels))
    fit = fit_decay(region)
    assert fit.log_covariance is not None
    assert math.sqrt(fit.log_covariance[2]) * 1.96 == pytest.approx(half_width(fit), rel=1e-6)
    s0, both, rate = fit.log_covariance
    assert -1.0 <= both / math.sqrt(s0 * rate) <= 1.0
    assert fit.r_squared is not None
    assert fit.r_squared > 0.99
