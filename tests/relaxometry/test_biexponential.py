"""A slow part under the decay, and a first spin echo that is low: evidence, never a result."""

import numpy as np
import pytest

from ironreport.records import DecayFit, DecaySignal
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.biexponential import fit_biexponential, slow_under_floor, vessel_suspicion
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


# ------------------------------------------------------------------- a slow part that passes for a noise floor


def means_of_pixels(time_ms: float, blood: float, snr: float, seed: int) -> DecayFit:
    """Fit of the mean of 100 pixels of a heart, a share of which is blood of 80 ms."""
    rng = np.random.default_rng(seed)
    clean = snr * ((1.0 - blood) * np.exp(-HEART_TE_MS / time_ms) + blood * np.exp(-HEART_TE_MS / 80.0))
    shape = (100, len(HEART_TE_MS))
    mean = np.hypot(clean + rng.standard_normal(shape), rng.standard_normal(shape)).mean(axis=0)
    return fit_decay(DecaySignal("heart", tuple(HEART_TE_MS.tolist()), tuple(mean.tolist()), "T2*", 1.5))


@pytest.mark.parametrize("time_ms", [2.0, 3.0, 4.0])
@pytest.mark.parametrize("snr", [30.0, 60.0])
def test_a_little_blood_that_passes_for_a_floor_is_held_by_the_interval(time_ms: float, snr: float) -> None:
    """The floor alone reads it a seventh to a quarter too long."""
    fits = [means_of_pixels(time_ms, 0.05, snr, seed) for seed in range(6)]
    assert all("FLOOR_MODELLED" in {c.code for c in fit.cautions} for fit in fits)
    held = [(fit.time.low or np.inf) <= time_ms <= (fit.time.high or 0.0) for fit in fits]
    assert sum(held) >= 5
    if snr == 60.0:
        assert all(any(c.code == "SLOW_PART" and c.blocks_grade for c in fit.cautions) for fit in fits)


@pytest.mark.parametrize("time_ms", [2.0, 3.0])
def test_a_real_floor_keeps_its_class_and_its_interval(time_ms: float) -> None:
    for seed in range(6):
        fit = means_of_pixels(time_ms, 0.0, 60.0, seed)
        assert not any(c.blocks_grade for c in fit.cautions)
        assert fit.time.low is not None
        assert fit.time.value < 1.2 * fit.time.low


def test_a_slow_part_is_weighed_against_the_floor_by_the_squares_both_leave() -> None:
    signal = 950.0 * np.exp(-HEART_TE_MS / 3.0) + 50.0 * np.exp(-HEART_TE_MS / 80.0)
    left = slow_under_floor(HEART_TE_MS, signal, 3.6, 1.0, np.inf)
    assert left is not None
    assert slow_under_floor(HEART_TE_MS, signal, 3.6, left.per_floor / 4.1, np.inf) is None
    for per_floor, sure in ((3.8, False), (0.51, False), (0.49, True)):
        found = slow_under_floor(HEART_TE_MS, signal, 3.6, left.per_floor / per_floor, np.inf)
        assert found is not None
        assert found.is_sure is sure
        assert found.shortest_ms <= found.time_ms == pytest.approx(3.0, rel=0.02)
        assert found.share == pytest.approx(0.05, abs=0.005)
    assert slow_under_floor(HEART_TE_MS, np.hypot(950.0 * np.exp(-HEART_TE_MS / 3.0), 20.0), 3.0, 1e-3, 50.0) is None
    assert slow_under_floor(HEART_TE_MS[:3], signal[:3], 3.6, 1.0, 1.0) is None, "no echo to spare"
