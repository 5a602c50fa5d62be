"""Where a map's fast interval ends and the profile takes over, and what the profile calls gone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, special

from ironreport.records import FloatArray, PixelFits
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.profile import profile_limits

TE_MS = 0.93 + 1.34 * np.arange(12)
DELAY_MS = TE_MS - TE_MS[0]


def typical(first: float, rate: float = 0.3) -> FloatArray:
    """Magnitudes of one pixel as noise of sigma 1 leaves them in the middle, shape (1, n_echoes)."""
    return np.sqrt((first * np.exp(-rate * DELAY_MS)) ** 2 + 1.0)[None]


def log_error(first: float, rate: float) -> float:
    """Standard error of ln R where each echo tells A^2 / (A^2 + 1) of its amplitude."""
    amplitude = first * np.exp(-rate * DELAY_MS)
    weight = amplitude**4 / (amplitude**2 + 1.0)
    mean = np.sum(weight * DELAY_MS) / np.sum(weight)
    return float(1.0 / (rate * math.sqrt(np.sum(weight * (DELAY_MS - mean) ** 2))))


def error_of(fits: PixelFits) -> float:
    rate = float(fits.r2star_per_s[0]) / 1000.0
    return log_error(float(fits.s0[0]) * math.exp(-rate * TE_MS[0]), rate)


@pytest.mark.parametrize("first", [600.0, 40.0])
def test_the_fast_interval_is_1_96_standard_errors_to_each_side(first: float) -> None:
    fits = fit_map(TE_MS, typical(first), 1.0)
    width = math.log(float(fits.ci_high_per_s[0] / fits.ci_low_per_s[0]))
    assert width / (2.0 * error_of(fits)) == pytest.approx(1.96, rel=0.005)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6])
def test_the_fast_interval_is_that_of_the_profile_within_a_tenth_of_its_width(rate: float) -> None:
    """Where the scale of the interval bends most: just before the profile takes over."""
    first = float(optimize.brentq(lambda a: log_error(a, rate) - 0.125, 2.0, 500.0))
    signal = typical(first, rate)
    fits, limits = fit_map(TE_MS, signal, 1.0), profile_limits(DELAY_MS, signal.T.copy())
    width = math.log(float(limits.high[0] / limits.low[0]))
    for fast, slow in ((fits.ci_low_per_s, limits.low), (fits.ci_high_per_s, limits.high)):
        assert abs(math.log(float(fast[0]) / 1000.0 / float(slow[0]))) < 0.04 * width


@pytest.mark.parametrize(("error", "profile"), [(0.135, False), (0.145, True)])
def test_the_profile_takes_over_at_a_standard_error_of_fourteen_percent(error: float, profile: bool) -> None:
    def found_at(first: float) -> float:
        return error_of(fit_map(TE_MS, typical(first), 1.0)) - error

    first = float(optimize.brentq(found_at, 10.0, 40.0, xtol=1e-3))
    signal = typical(first).astype(np.float32)
    fits, limits = fit_map(TE_MS, signal, 1.0), profile_limits(DELAY_MS, signal.T.copy())
    same = math.isclose(float(fits.ci_high_per_s[0]), 1000.0 * float(limits.high[0]), rel_tol=1e-6)
    assert same is profile


# ------------------------------------------------------------------------------------------ the profile


def deviance(signal: FloatArray, rate: float, best: float) -> float:
    """Twice the fall of the exact log-likelihood from its best rate, the amplitude chosen anew."""

    def height(at: float) -> float:
        decay = np.append(1.0, np.exp(-DELAY_MS[1:] * at))

        def minus(amplitude: float) -> float:
            z = signal * amplitude * decay
            return float(np.sum(0.5 * (amplitude * decay) ** 2 - z - np.log(special.ive(0, z))))

        return -float(optimize.minimize_scalar(minus, bounds=(0.0, 2.0 * signal.max()), method="bounded").fun)

    return 2.0 * (height(best) - height(rate))


@pytest.mark.parametrize("first", [8.0, 11.0, 14.0])
def test_the_deviance_at_the_limits_is_3_84(first: float) -> None:
    signal = typical(first)[0]
    limits = profile_limits(DELAY_MS, signal[:, None])
    for limit in (float(limits.low[0]), float(limits.high[0])):
        assert deviance(signal, limit, float(limits.rate[0])) == pytest.approx(3.841, abs=0.1)


@pytest.mark.parametrize(("gain", "seen"), [(3.6, False), (4.1, True)])
def test_a_signal_is_seen_where_it_gains_3_84_over_noise_alone(gain: float, seen: bool) -> None:
    def gained(first: float) -> float:
        signal = typical(first)[0] * 0.9

        def minus(point: FloatArray) -> float:
            expected = np.exp(point[0] - np.exp(point[1]) * DELAY_MS)
            z = signal * expected
            return float(np.sum(0.5 * expected**2 - z - np.log(special.ive(0, z))))

        return -2.0 * float(optimize.minimize(minus, [math.log(first), math.log(0.3)], method="Nelder-Mead").fun) - gain

    first = float(optimize.brentq(gained, 1.5, 8.0, xtol=1e-4))
    limits = profile_limits(DELAY_MS, 0.9 * typical(first).T)
    assert bool(np.isnan(limits.rate[0])) is not seen


@pytest.mark.parametrize(("fall", "measurable"), [(0.03, True), (0.001, False)])
def test_slow_decays_are_measured_down_to_a_fall_of_two_percent(fall: float, measurable: bool) -> None:
    """With noise of one part in a thousand a fall of 3 % is known, and one of 0.1 % is not told from none."""
    rate = -math.log(1.0 - fall) / float(DELAY_MS[-1])
    fits = fit_map(TE_MS, 1000.0 * np.exp(-rate * DELAY_MS)[None], 1.0)
    assert bool(fits.measurable[0]) is measurable
    if measurable:
        assert fits.r2star_per_s[0] == pytest.approx(1000.0 * rate, rel=0.02)


@pytest.mark.parametrize("second", [0.3, 3.0])
def test_fast_decays_are_measured_while_the_second_echo_holds_signal(second: float) -> None:
    rate = math.log(3e4 / second) / 1.34
    fits = fit_map(TE_MS, np.sqrt((3e4 * np.exp(-rate * DELAY_MS)) ** 2 + 1.0)[None], 1.0)
    assert bool(fits.measurable[0]) is (second > 1.0)
    if second > 1.0:
        assert fits.r2star_per_s[0] == pytest.approx(1000.0 * rate, rel=0.05)
    else:
        assert np.isinf(fits.ci_high_per_s[0])


def test_signals_above_a_hundred_thousand_sigma_keep_their_rate_and_scale() -> None:
    clean = 3e7 * np.exp(-0.2 * TE_MS)[None]
    fits = fit_map(TE_MS, clean, 1.0)
    assert fits.r2star_per_s[0] == pytest.approx(200.0, rel=1e-3)
    assert fits.s0[0] == pytest.approx(3e7, rel=1e-2)


def test_a_map_of_more_pixels_than_are_worked_on_at_once_is_that_of_its_parts() -> None:
    rng = np.random.default_rng(3)
    signals = np.hypot(
        30.0 * np.exp(-TE_MS / 4.0) + rng.standard_normal((20_000, 12)), rng.standard_normal((20_000, 12))
    )
    whole, part = fit_map(TE_MS, signals, 1.0), fit_map(TE_MS, signals[9000:9100], 1.0)
    np.testing.assert_allclose(whole.r2star_per_s[9000:9100], part.r2star_per_s, rtol=2e-4)
    np.testing.assert_allclose(whole.ci_high_per_s[9000:9100], part.ci_high_per_s, rtol=2e-3)
