"""How much evidence a richer model needs, what it may correct, and what known noise leaves open."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize, stats

from ironreport.records import FloatArray
from ironreport.relaxometry.descent import MOST_STEPS, bounds, descend, start
from ironreport.relaxometry.known_noise import fit_known, fit_moment, log_rate_limits
from ironreport.relaxometry.ladder import NOISE_RANGE, ModelLadder, climb
from ironreport.relaxometry.models import fat_water, other_noise_model
from ironreport.relaxometry.noise_law import first_moment

TE_MS = 0.93 + 1.34 * np.arange(12)
SPARSE_MS = 2.0 + 2.6 * np.arange(8)
MEAN = first_moment(1)


def expected(amplitude: FloatArray) -> FloatArray:
    """Mean magnitudes of amplitudes over sigma, one curve."""
    return MEAN.value(amplitude)[None]


def climbed(te_ms: FloatArray, values: FloatArray, n_avg: int, field_tesla: float | None = None) -> ModelLadder:
    origin = start(te_ms, MEAN.amplitude(values), np.ones_like(values))
    return climb(te_ms, values, MEAN, n_avg, field_tesla, origin)


# ------------------------------------------------------------------------------------------ the evidence


@pytest.mark.parametrize(("snr", "time_ms"), [(50.0, 8.0), (50.0, 0.6), (20.0, 25.0)])
def test_a_richer_model_needs_one_percent_and_more_the_less_certain_the_rate_becomes_by_it(
    snr: float, time_ms: float
) -> None:
    """The level is 1 %, or 0.02 per (ratio of variances - 1) where that is less; one echo of many is picked."""
    ladder = climbed(TE_MS, expected(snr * np.exp(-TE_MS / time_ms)), 100)
    mono_error = ladder.log_errors[0, 12]  # fat was not tried: its column holds one exponential
    ratio = (ladder.log_errors[0] / mono_error) ** 2
    level = np.where(ratio > 3.0, 0.02 / np.maximum(ratio - 1.0, 1.0), 0.01)
    share = np.array([1.0 / 12.0] * 12 + [2.0, 1.0])
    assert ladder.thresholds[0] == pytest.approx(stats.chi2.isf(level * share, 1), rel=1e-6)
    assert bool(level[:12].min() < 0.01) is (time_ms == 0.6), "early echoes of a fast decay cannot be spared"


def test_fat_needs_half_the_evidence_as_it_goes_one_way() -> None:
    ladder = climbed(TE_MS, expected(50.0 * np.exp(-TE_MS / 8.0)), 100, 1.5)
    assert ladder.thresholds[0, 12] >= stats.chi2.isf(0.02, 1) - 1e-9
    assert ladder.thresholds[0, 13] >= stats.chi2.isf(0.01, 1) - 1e-9


def test_a_curve_may_differ_from_its_model_by_one_percent_however_many_its_pixels() -> None:
    clean = 100.0 * np.exp(-TE_MS / 9.0)
    values = clean * (1.0 + 0.02 * np.cos(3.0 * np.arange(12)))
    found = float(climbed(TE_MS, values[None], 10**12).mono_chi_square[0])

    def misses(point: FloatArray) -> FloatArray:
        return np.asarray((values - MEAN.value(np.exp(point[0] - np.exp(point[1]) * TE_MS))) / (0.01 * values))

    answer = optimize.least_squares(misses, [math.log(100.0), math.log(1.0 / 9.0)], xtol=1e-12, ftol=1e-12)
    assert found == pytest.approx(2.0 * answer.cost, rel=0.01)


def ladder_of(
    gains: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    mono_chi_square: float = 10.0,
    *,
    flagged: bool = False,
    faint: bool = False,
) -> ModelLadder:
    """What a ladder of eight echoes found, by hand; the best model is the one with the largest excess."""
    gain, threshold = (np.asarray(x, dtype=np.float64)[None] for x in (gains, thresholds))
    excess = gain - threshold
    best = np.where(excess.max(axis=1) > 0.0, np.argmax(excess, axis=1), -1)
    rates = np.linspace(-1.0, 1.0, 10)[None]
    return ModelLadder(
        gain, threshold, rates, np.full((1, 10), 0.1), np.zeros((1, 2)), best, np.array([flagged]),
        np.array([mono_chi_square]), np.array([faint]),
    )  # fmt: skip


@pytest.mark.parametrize(("chance", "misfit"), [(0.0105, False), (0.0095, True)])
def test_a_model_misses_its_curve_where_chance_does_so_in_one_of_a_hundred(chance: float, misfit: bool) -> None:
    plain = ladder_of(np.zeros(10), np.full(10, 9.0), float(stats.chi2.isf(chance, 6)))
    assert bool(plain.misfit[0]) is misfit
    assert plain.misfit_chance[0] == pytest.approx(chance)
    richer = ladder_of([20.0, *[0.0] * 9], np.full(10, 9.0), 20.0 + float(stats.chi2.isf(chance, 5)))
    assert bool(richer.misfit[0]) is misfit
    assert richer.reduced_chi_square[0] == pytest.approx(stats.chi2.isf(chance, 5) / 5)
    flagged = ladder_of([20.0, *[0.0] * 9], np.full(10, 9.0), float(stats.chi2.isf(chance, 6)), flagged=True)
    assert bool(flagged.misfit[0]) is misfit, "what must not correct explains nothing"


@pytest.mark.parametrize(("behind", "alike"), [(6.5, True), (6.8, False)])
def test_models_alike_within_one_percent_of_chi_square_share_in_the_interval(behind: float, alike: bool) -> None:
    gains = np.zeros(10)
    gains[2], gains[5] = 30.0, 30.0 - behind
    ladder = ladder_of(gains, np.full(10, 9.0))
    assert ladder.corrected[0] == 2
    assert np.flatnonzero(ladder.credible[0]).tolist() == ([5] if alike else [])
    low, high = ladder.hull(np.array([-0.6]), np.array([-0.5]))
    rate = float(ladder.log_rates[0, 5])
    assert low[0] == -0.6
    assert high[0] == pytest.approx(rate + 1.959964 * 0.1 if alike else -0.5, rel=1e-5)


def test_an_alternative_on_the_other_side_lowers_the_interval() -> None:
    gains = np.zeros(10)
    gains[8], gains[1] = 30.0, 29.0
    low, high = ladder_of(gains, np.full(10, 9.0)).hull(np.array([0.5]), np.array([0.9]))
    assert low[0] == pytest.approx(-1.0 + 2.0 / 9.0 - 1.959964 * 0.1, rel=1e-5)
    assert high[0] == 0.9


def test_without_freedom_nothing_is_said_of_a_misfit() -> None:
    ladder = climbed(TE_MS[:2], expected(50.0 * np.exp(-TE_MS[:2] / 8.0)), 100)
    assert ladder.misfit_chance[0] == 1.0
    assert ladder.reduced_chi_square[0] == 0.0


@pytest.mark.parametrize(("excess", "believed"), [(-0.4, False), (0.4, True)])
def test_a_bad_echo_is_left_out_from_the_evidence_it_needs_on(excess: float, believed: bool) -> None:
    clean = expected(50.0 * np.exp(-TE_MS / 8.0))

    def off(factor: float) -> ModelLadder:
        values = clean.copy()
        values[0, 3] *= factor
        return climbed(TE_MS, values, 100)

    def over(factor: float) -> float:
        ladder = off(factor)
        return float(ladder.gains[0, 3] - ladder.thresholds[0, 3]) - excess

    ladder = off(float(optimize.brentq(over, 1.01, 1.5)))
    assert int(ladder.best[0]) == (3 if believed else -1)
    assert ladder.alternatives(0)[0].believed is believed


def test_each_alternative_carries_its_own_rate() -> None:
    values = 1.5 * expected(50.0 * np.exp(-TE_MS / 2.0) / 1.5)
    noise = next(a for a in climbed(TE_MS, values, 100, 1.5).alternatives(0) if a.kind == "noise")
    assert noise.rate_per_s == pytest.approx(500.0, rel=1e-4)
    assert noise.noise_factor == pytest.approx(1.5, rel=1e-4)


def test_without_a_better_model_nothing_shares_in_the_interval() -> None:
    ladder = ladder_of(np.full(10, 8.9), np.full(10, 9.0))
    assert not ladder.credible.any()
    assert not any(a.believed for a in ladder.alternatives(0))
    assert [a.believed for a in ladder_of([9.1, *[8.9] * 9], np.full(10, 9.0)).alternatives(0)] == [True] + [False] * 9


@pytest.mark.parametrize(("fifth", "corrects"), [(2.1, True), (1.9, False)])
def test_a_bad_echo_is_corrected_where_five_echoes_stand_above_two_sigma(fifth: float, corrects: bool) -> None:
    rate = math.log(60.0 / fifth) / float(SPARSE_MS[4] - SPARSE_MS[0])
    clean = 60.0 * np.exp(-rate * (SPARSE_MS - SPARSE_MS[0]))
    values = expected(clean)
    values[0, 1] *= 1.3
    ladder = climbed(SPARSE_MS, values, 400)
    assert ladder.best[0] == 1
    assert bool(ladder.flagged[0]) is not corrects


@pytest.mark.parametrize(("n_echoes", "judged"), [(3, False), (4, True)])
def test_four_echoes_are_judged_and_three_are_not(n_echoes: int, judged: bool) -> None:
    te_ms = TE_MS[:n_echoes]
    values = expected(50.0 * np.exp(-te_ms / 8.0)) * np.array([1.0, 0.7, 1.0, 1.0])[:n_echoes]
    ladder = climbed(te_ms, values, 100, 1.5)
    assert bool(np.all(ladder.gains == 0.0)) is not judged
    assert len(ladder.alternatives(0)) == (0 if not judged else np.sum(ladder.gains > 0.0))


def test_fat_is_read_up_to_one_half() -> None:
    """Above one half water and fat trade places."""
    for fraction, read in ((0.45, 0.45), (0.6, 0.5)):
        values = expected(fat_water(TE_MS, 100.0, 60.0, fraction, 1.5))
        assert climbed(TE_MS, values, 100, 1.5).thirds[0, 0] == pytest.approx(read, abs=0.01)


@pytest.mark.parametrize(("factor", "read"), [(25.0, 25.0), (40.0, 30.0), (0.15, 0.15), (0.05, 0.1)])
def test_noise_is_sought_from_a_tenth_to_thirty_times_what_was_given(factor: float, read: float) -> None:
    amplitude = max(50.0, 5.0 * factor) * np.exp(-TE_MS / 1.5)
    values = factor * expected(amplitude / factor)
    assert math.exp(climbed(TE_MS, values, 100).thirds[0, 1]) == pytest.approx(read, rel=0.01)


@pytest.mark.parametrize(("time_ms", "fat", "field_tesla"), [(15.0, 0.4, 1.5), (8.0, 0.4, 1.5), (15.0, 0.1, 1.5)])
def test_a_fit_stopped_by_the_least_noise_comes_to_rest_where_it_is_best(
    time_ms: float, fat: float, field_tesla: float
) -> None:
    """Fat asks for less noise than a tenth: what is left to the others is found in few steps, no grid finds better."""
    values = expected(fat_water(TE_MS, 40.0, 1000.0 / time_ms, fat, field_tesla))
    amplitude = MEAN.amplitude(values)
    weights = 1.0 / (MEAN.variance(amplitude) / 60 + (0.01 * amplitude) ** 2)
    model, limits = other_noise_model(TE_MS, MEAN), bounds(TE_MS, NOISE_RANGE)
    steps: list[int] = []

    def counted(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        steps.append(len(points))
        return model(points)

    origin = np.column_stack([start(TE_MS, amplitude, np.ones_like(values)), np.zeros(1)])
    points, cost = descend(counted, origin, values, weights, limits, hold=True)
    assert len(steps) < MOST_STEPS // 2
    assert points[0, 2] == NOISE_RANGE[0]
    around = np.stack(np.meshgrid(np.linspace(-0.02, 0.02, 81), np.linspace(-0.02, 0.02, 81), [0.0, 0.01]), axis=-1)
    grid = points + around.reshape(-1, 3)
    costs = np.sum(weights * (values - model(grid)[0]) ** 2, axis=1)
    assert cost[0] <= costs.min() * (1.0 + 1e-9)
    assert np.abs(grid[costs.argmin()] - points[0]).max() <= 1e-12


# ------------------------------------------------------------------------------------------ known noise


def read(values: FloatArray, n_avg: int, field_tesla: float | None = None) -> tuple[float, float, float]:
    fits = fit_known(TE_MS, values, n_avg, MEAN, field_tesla)
    return float(fits.log_rate[0]), float(fits.low[0]), float(fits.high[0])


def test_the_interval_of_a_bright_curve_is_1_96_standard_errors_of_its_noise() -> None:
    amplitude = 2000.0 * np.exp(-TE_MS / 8.0)
    rate, low, high = read(expected(amplitude), 100)
    slopes = np.stack([amplitude, -TE_MS / 8.0 * amplitude], axis=1)
    error = math.sqrt(np.linalg.inv(slopes.T @ slopes * 100.0)[1, 1])
    assert (high - rate) / error == pytest.approx(1.959964, rel=1e-3)
    assert (rate - low) / error == pytest.approx(1.959964, rel=1e-3)


@pytest.mark.parametrize(("error", "symmetric"), [(0.065, True), (0.075, False)])
def test_up_to_seven_percent_the_interval_is_symmetric_and_beyond_it_follows_the_profile(
    error: float, symmetric: bool
) -> None:
    def fits_at(snr: float):  # type: ignore[no-untyped-def]
        values = expected(snr * np.exp(-TE_MS / 3.0))
        origin = start(TE_MS, MEAN.amplitude(values), np.ones_like(values))
        return values, fit_moment(TE_MS, values, MEAN, 4, np.ones_like(values), origin)

    snr = optimize.brentq(lambda s: float(fits_at(s)[1].log_error[0]) - error, 1.0, 60.0)
    values, fits = fits_at(float(snr))
    low, high = log_rate_limits(TE_MS, values, MEAN, fits)
    below, above = fits.points[0, 1] - low[0], high[0] - fits.points[0, 1]
    assert bool(abs(above / below - 1.0) < 1e-9) is symmetric
    if not symmetric:
        assert profile_of(values, fits.weights, float(high[0])) == pytest.approx(3.841459, rel=1e-3)
        assert profile_of(values, fits.weights, float(low[0])) == pytest.approx(3.841459, rel=1e-3)


def profile_of(values: FloatArray, weights: FloatArray, log_rate: float) -> float:
    """Chi-square of the best amplitude at a rate, for a curve that one exponential describes exactly."""

    def cost(log_first: float) -> float:
        curve = MEAN.value(np.exp(log_first - math.exp(log_rate) * (TE_MS - TE_MS[0])))
        return float(np.sum(weights[0] * (values[0] - curve) ** 2))

    return float(optimize.minimize_scalar(cost, bracket=(0.0, 3.0), tol=1e-12).fun)


@pytest.mark.parametrize(("fall", "known"), [(9.0, False), (9.4, True)])
def test_a_curve_that_noise_alone_explains_at_one_percent_says_nothing(fall: float, known: bool) -> None:
    """Two parameters must lower chi-square by 9.21."""
    shape, n_avg = np.exp(-TE_MS / 4.0), 100

    def gained(amplitude: float) -> float:
        values = expected(amplitude * shape)
        noise = float(np.sum((values - MEAN.value(np.zeros(1))) ** 2) * n_avg / MEAN.variance(np.zeros(1))[0])
        return noise - float(climbed(TE_MS, values, n_avg).mono_chi_square[0])

    amplitude = float(optimize.brentq(lambda a: gained(a) - fall, 0.1, 2.0))
    _, low, _ = read(expected(amplitude * shape), n_avg)
    assert math.isfinite(low) is known


@pytest.mark.parametrize(("fall", "known"), [(0.7e-3, False), (1.4e-3, True)])
def test_a_rate_is_open_at_the_bottom_where_its_interval_holds_a_fall_of_a_thousandth(fall: float, known: bool) -> None:
    """The lower limit of a slow decay stands where a fall by so much at the last echo just fits the curve."""
    n_avg = 400

    def risen(total: float) -> float:
        """Rise of chi-square of the curve that falls by ``total``, fitted by one that falls by ``fall``."""
        amplitude = 60.0 * np.exp(-total * TE_MS / TE_MS[-1])
        weights = np.asarray(n_avg / MEAN.variance(amplitude))
        shape = np.exp(-fall * TE_MS / TE_MS[-1])
        scale = float(np.sum(weights * amplitude * shape) / np.sum(weights * shape**2))
        return float(np.sum(weights * (amplitude - scale * shape) ** 2)) - 3.841459

    total = float(optimize.brentq(risen, 2.0 * fall, 0.5))
    _, low, high = read(expected(60.0 * np.exp(-total * TE_MS / TE_MS[-1])), n_avg)
    assert math.isfinite(high)
    assert math.isfinite(low) is known
    if known:
        assert math.exp(low) * TE_MS[-1] == pytest.approx(fall, rel=0.1)


def test_a_decay_by_e_to_the_eight_between_echoes_is_read_where_the_noise_lets_it() -> None:
    rate, low, high = read(expected(1e6 * np.exp(-8.0 / 1.34 * (TE_MS - TE_MS[0]))), 100)
    assert math.exp(rate) * 1.34 == pytest.approx(8.0, rel=1e-4)
    assert low < rate < high < rate + 0.1


def test_a_signal_of_a_million_million_sigma_is_read() -> None:
    values = (1e12 * np.exp(-TE_MS / 8.0))[None]
    fits = fit_known(TE_MS, values, 100, MEAN, None)
    assert math.exp(-float(fits.log_rate[0])) == pytest.approx(8.0, rel=1e-6)
    assert fits.log_s0[0] == pytest.approx(math.log(1e12), abs=1e-6)
