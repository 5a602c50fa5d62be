"""A slow part under the decay, and a first spin echo that is low: evidence, never a result."""

import numpy as np
import pytest

from ironreport.relaxometry.biexponential import fit_biexponential, vessel_suspicion
from ironreport.relaxometry.misfit import low_first_echo

LIVER_TE_MS = 1.3 + 1.2 * np.arange(10)
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)
SPIN_ECHO_TE_MS = 11.0 * np.arange(1, 18)
VESSELS = np.array([731, 566, 454, 377, 324, 287, 261, 242, 228, 218], dtype=float)
NOISE_FLOOR = np.array([339, 125, 48, 24, 20, 19, 19, 19, 19, 19], dtype=float)
BLOOD = np.array([867, 677, 532, 422, 338, 273, 224, 186], dtype=float)
# fmt: off
MUSCLE = np.array([
    1248.44, 1118.64, 754.52, 595.6, 421.28, 337.84, 244.44, 198.44, 146.6,
    120.52, 91.88, 77.72, 58.44, 52.2, 38.48, 36.84, 26.64,
])
# fmt: on


def test_two_noise_free_exponentials_come_back() -> None:
    signal = 750.0 * np.exp(-LIVER_TE_MS / 3.0) + 250.0 * np.exp(-LIVER_TE_MS / 60.0)
    fit = fit_biexponential(LIVER_TE_MS, signal)
    assert fit is not None
    assert (fit.fast_ms, fit.slow_ms) == pytest.approx((3.0, 60.0), rel=1e-3)
    assert fit.slow_share == pytest.approx(0.25, abs=1e-3)
    assert fit.curve == pytest.approx(signal, abs=0.01)


def test_vessels_in_the_liver_are_suspected_and_the_tissue_stands_in_the_bracket() -> None:
    found = vessel_suspicion(LIVER_TE_MS, VESSELS)
    assert found is not None
    caution, reading = found
    assert caution.code == "SLOW_PART"
    assert caution.blocks_grade
    assert "24 % of the signal decays slowly" in caution.text
    assert "One exponential reads 7.57 ms" in caution.text
    assert reading.time.value == pytest.approx(3.0, rel=0.02)
    assert reading.rate.value == pytest.approx(1000.0 / reading.time.value)
    assert reading.time.low is None


def test_blood_in_the_heart_is_suspected_but_not_told_from_a_floor() -> None:
    found = vessel_suspicion(HEART_TE_MS, BLOOD)
    assert found is not None
    assert not found[0].blocks_grade
    assert "cannot be told from the noise floor" in found[0].text
    assert found[1].time.value == pytest.approx(8.0, rel=0.03)


def test_a_noise_floor_is_not_taken_for_a_vessel() -> None:
    assert vessel_suspicion(LIVER_TE_MS, NOISE_FLOOR) is None
    fit = fit_biexponential(LIVER_TE_MS, NOISE_FLOOR)
    assert fit is not None
    assert not fit.decays


def test_clean_regions_are_rarely_suspected() -> None:
    rng = np.random.default_rng(11)
    suspected = 0
    for time_ms in (2.0, 4.0, 8.0, 20.0):
        amplitude = 1000.0 * np.exp(-LIVER_TE_MS / time_ms)
        for _ in range(25):
            noise = rng.normal(size=(2, 100, 10)) * 30.0
            suspected += (
                vessel_suspicion(LIVER_TE_MS, np.hypot(amplitude + noise[0], noise[1]).mean(axis=0)) is not None
            )
    assert suspected <= 2


def test_too_few_echoes_or_one_exponential_give_no_second() -> None:
    assert fit_biexponential(LIVER_TE_MS[:6], VESSELS[:6]) is None
    assert vessel_suspicion(LIVER_TE_MS, 1000.0 * np.exp(-LIVER_TE_MS / 5.0)) is None
    assert vessel_suspicion(LIVER_TE_MS, 100.0 + 10.0 * LIVER_TE_MS) is None


def test_a_low_first_spin_echo_is_seen_and_the_others_give_t2() -> None:
    found = low_first_echo(SPIN_ECHO_TE_MS, MUSCLE)
    assert found is not None
    assert found.shortfall == pytest.approx(0.15, abs=0.01)
    assert found.time_without_ms < found.time_ms
    assert "The first echo is 15 % below the curve through the others" in found.sentence
    assert "with it T2 would read 41.1 ms (+13 %)" in found.sentence


def test_the_others_alone_give_back_the_truth() -> None:
    signal = 1000.0 * np.exp(-SPIN_ECHO_TE_MS / 45.0)
    signal[0] *= 0.85
    found = low_first_echo(SPIN_ECHO_TE_MS, signal)
    assert found is not None
    assert found.time_without_ms == pytest.approx(45.0, rel=1e-6)
    assert found.shortfall == pytest.approx(0.15, rel=1e-6)


def test_a_first_echo_on_or_above_the_curve_is_not_low() -> None:
    clean = 1000.0 * np.exp(-SPIN_ECHO_TE_MS / 45.0)
    high = clean.copy()
    high[0] *= 1.2
    assert low_first_echo(SPIN_ECHO_TE_MS, clean) is None
    assert low_first_echo(SPIN_ECHO_TE_MS, high) is None
    assert low_first_echo(SPIN_ECHO_TE_MS[:4], clean[:4]) is None


def test_noise_rarely_makes_the_first_echo_look_low() -> None:
    rng = np.random.default_rng(5)
    clean = 1000.0 * np.exp(-SPIN_ECHO_TE_MS / 45.0)
    seen = sum(
        low_first_echo(SPIN_ECHO_TE_MS, np.abs(clean + rng.normal(size=17) * 15.0)) is not None for _ in range(200)
    )
    assert seen <= 6
