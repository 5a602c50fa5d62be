"""Promises of the profile likelihood: limits where the deviance is 3.84, and none where the signal is gone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, ive

from ironreport.relaxometry.profile import DEVIANCE_95, Profile, profile_limits

Array = npt.NDArray[np.float64]

DELAY_MS = 1.34 * np.arange(12)
UNEVEN_DELAY_MS = np.array([0.0, 0.8, 1.5, 3.2, 4.1, 6.8, 8.3, 12.1])


def faded(delay_ms: Array, time_ms: float, amplitude: float, n: int, seed: int, n_coils: int = 1) -> Array:
    """Magnitudes of n pixels, shape (n_echoes, n), with sigma = 1 and their amplitude at the first echo."""
    clean = (amplitude * np.exp(-delay_ms / time_ms))[:, None]
    rng = np.random.default_rng(seed)
    shape = (len(delay_ms), n)
    return np.sqrt((clean + rng.standard_normal(shape)) ** 2 + rng.chisquare(2 * n_coils - 1, shape))


def exact_height(rate: float, delay_ms: Array, signal: Array, n_coils: int) -> float:
    """Log-likelihood above noise alone with the best amplitude, by Bessel functions and a bounded search."""
    decay = np.exp(-delay_ms[1:] * rate)

    def minus(amplitude: float) -> float:
        expected = amplitude * np.concatenate([[1.0], decay])
        z = np.maximum(signal * expected, 1e-9)
        bessel = np.log(ive(n_coils - 1, z)) + (n_coils - 1) * np.log(2.0 / z) + gammaln(n_coils)
        return float(np.sum(0.5 * expected**2 - z - bessel))

    return max(0.0, -minimize_scalar(minus, bounds=(0.0, 2.0 * signal.max()), method="bounded").fun)


@pytest.mark.parametrize("n_coils", [1, 4])
@pytest.mark.parametrize("delay_ms", [DELAY_MS, UNEVEN_DELAY_MS], ids=["even", "uneven"])
def test_at_the_limits_the_exact_deviance_is_that_of_95_percent(delay_ms: Array, n_coils: int) -> None:
    signals = faded(delay_ms, 1.0, 25.0, 25, 1, n_coils)
    limits = profile_limits(delay_ms, signals, n_coils)
    closed = np.flatnonzero(np.isfinite(limits.high) & (limits.low > 0.0))
    assert len(closed) > 10
    for pixel in closed:
        heights = [
            exact_height(rate, delay_ms, signals[:, pixel], n_coils)
            for rate in (limits.rate[pixel], limits.low[pixel], limits.high[pixel])
        ]
        assert 2.0 * (heights[0] - heights[1]) == pytest.approx(DEVIANCE_95, abs=0.15)
        assert 2.0 * (heights[0] - heights[2]) == pytest.approx(DEVIANCE_95, abs=0.15)


@pytest.mark.parametrize("n_coils", [1, 4])
def test_no_rate_of_a_fine_grid_is_better_than_the_best(n_coils: int) -> None:
    rates = np.geomspace(0.005, 8.0, 120)
    for seed, amplitude in enumerate((2.0, 6.0, 20.0)):
        signals = faded(DELAY_MS, 0.8, amplitude, 8, 20 + seed, n_coils)
        limits = profile_limits(DELAY_MS, signals, n_coils)
        for pixel in np.flatnonzero(~np.isnan(limits.rate)):
            best = exact_height(float(limits.rate[pixel]), DELAY_MS, signals[:, pixel], n_coils)
            assert max(exact_height(rate, DELAY_MS, signals[:, pixel], n_coils) for rate in rates) < best + 0.02


def best_amplitudes(signals: Array, decay: Array, n_coils: int) -> Array:
    """Amplitudes at which the slope of the log-likelihood is zero, by halving, shape (n,)."""
    low, high = np.full(signals.shape[1], 1e-6), np.full(signals.shape[1], 1e4)
    for _ in range(60):
        middle = 0.5 * (low + high)
        z = signals * decay * middle
        ratio = ive(n_coils, z) / ive(n_coils - 1, z)
        rises = np.sum(decay * signals * ratio, axis=0) > middle * np.sum(decay * decay, axis=0)
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return 0.5 * (low + high)


@pytest.mark.parametrize(("n_coils", "amplitude", "error"), [(1, 6.0, 1.6e-4), (4, 6.0, 6e-4), (4, 25.0, 1.2e-5)])
def test_two_newton_steps_end_at_the_best_amplitude(n_coils: int, amplitude: float, error: float) -> None:
    signals = faded(DELAY_MS[:8], 1.25, amplitude, 100, 3, n_coils)
    profile = Profile(DELAY_MS[:8], signals, n_coils)
    decay = profile.decay(0.8)
    found = profile.amplitude(decay)
    assert np.all(found > 0.0)
    assert np.abs(found / best_amplitudes(signals, decay, n_coils) - 1.0).max() < error


@pytest.mark.parametrize(("n_coils", "time_ms"), [(1, 1.0), (2, 3.0), (4, 3.0)])
def test_the_best_rate_is_where_the_likelihood_is_level_and_the_limits_lie_at_its_deviance(
    n_coils: int, time_ms: float
) -> None:
    signals = faded(DELAY_MS, time_ms, 25.0, 200, 1, n_coils)
    profile, limits = Profile(DELAY_MS, signals, n_coils), profile_limits(DELAY_MS, signals, n_coils)
    height = profile.at(limits.rate)
    slope, information = profile.slope(limits.rate)
    assert np.abs(slope / np.sqrt(information)).max() < 3e-3
    for limit in (limits.low, limits.high):
        assert np.mean(np.abs(2.0 * (height - profile.at(limit)) - DEVIANCE_95)) < 0.045


@pytest.mark.parametrize("n_coils", [1, 2, 4])
def test_the_slope_is_how_the_likelihood_changes_with_the_rate(n_coils: int) -> None:
    signals = faded(DELAY_MS, 3.0, 25.0, 200, 1, n_coils)
    profile = Profile(DELAY_MS, signals, n_coils)
    rate = 1.15 / 3.0 * np.ones(200)
    change = (profile.at(1.001 * rate) - profile.at(0.999 * rate)) / (0.002 * rate)
    assert profile.slope(rate)[0] == pytest.approx(change, abs=0.004 * np.abs(change).max())


def test_an_interval_is_open_exactly_where_the_first_echo_alone_explains_the_data() -> None:
    signals = faded(DELAY_MS, 0.7, 20.0, 80, 2)
    limits = profile_limits(DELAY_MS, signals)
    for pixel in range(80):
        signal = signals[:, pixel]
        best = exact_height(float(limits.rate[pixel]), DELAY_MS, signal, 1)
        deviance = 2.0 * (best - exact_height(np.inf, DELAY_MS, signal, 1))
        if abs(deviance - DEVIANCE_95) > 0.05:
            assert np.isinf(limits.high[pixel]) == (deviance < DEVIANCE_95)
    assert 0.1 < np.isinf(limits.high).mean() < 0.9


@pytest.mark.parametrize(("time_ms", "amplitude"), [(0.3, 10.0), (0.6, 10.0), (1.0, 20.0), (20.0, 5.0)])
def test_fading_signals_are_covered_as_often_as_the_interval_says(time_ms: float, amplitude: float) -> None:
    limits = profile_limits(DELAY_MS, faded(DELAY_MS, time_ms, amplitude, 3000, 3).astype(np.float32))
    covered = np.mean((limits.low <= 1.0 / time_ms) & (1.0 / time_ms <= limits.high))
    assert 0.935 < covered < 0.985, "an open interval misses on one side only, so that it may hold more than 95 %"


def test_noise_alone_has_no_rate_and_an_interval_of_everything() -> None:
    limits = profile_limits(DELAY_MS, faded(DELAY_MS, 1.0, 0.0, 2000, 4))
    empty = np.isnan(limits.rate)
    assert empty.mean() > 0.8
    assert np.all(limits.low[empty] == 0.0)
    assert np.all(np.isinf(limits.high[empty]))


@settings(max_examples=60)
@given(
    st.lists(st.floats(0.0, 200.0, width=32), min_size=12, max_size=12),
    st.sampled_from([1, 2, 8]),
    st.sampled_from([np.float32, np.float64]),
)
def test_limits_enclose_the_best_rate_whatever_the_signal(signal: list[float], n_coils: int, dtype: type) -> None:
    limits = profile_limits(DELAY_MS, np.array(signal, dtype=dtype)[:, None], n_coils)
    assert limits.rate.dtype == dtype
    if np.isnan(limits.rate[0]):
        assert (limits.low[0], limits.high[0]) == (0.0, np.inf)
    else:
        assert 0.0 <= limits.low[0] <= limits.rate[0] <= limits.high[0]


def test_single_precision_gives_the_same_limits() -> None:
    signals = faded(DELAY_MS, 1.0, 25.0, 300, 5)
    double, single = profile_limits(DELAY_MS, signals), profile_limits(DELAY_MS, signals.astype(np.float32))
    for found, exact in ((single.rate, double.rate), (single.low, double.low), (single.high, double.high)):
        np.testing.assert_allclose(found, exact, rtol=1e-5)
    assert np.isfinite(double.high).mean() > 0.9
