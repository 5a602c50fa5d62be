"""Promises that only many noisy curves can keep: fixed seeds, means of 100 Rician pixels."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.noise_floor import TRUNCATION_FACTOR, longest_time_ms, n_above_floor

LIVER_TE_MS = 0.93 + 1.34 * np.arange(12)
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)
LATE_TE_MS = 4.8 + 1.34 * np.arange(12)
N_PIXELS = 100


def curves(te_ms: npt.NDArray[np.float64], time_ms: float, snr: float, n: int, seed: int) -> list[DecaySignal]:
    rng = np.random.default_rng(seed)
    shape = (n, N_PIXELS, len(te_ms))
    pixels = np.hypot(snr * np.exp(-te_ms / time_ms) + rng.standard_normal(shape), rng.standard_normal(shape))
    return [DecaySignal("liver", tuple(te_ms.tolist()), tuple(curve.tolist())) for curve in pixels.mean(axis=1)]


def attempt(signal: DecaySignal) -> DecayFit | str:
    try:
        return fit_decay(signal)
    except FitError as error:
        return error.refusal.code


def test_intervals_of_clean_curves_hold_the_truth_as_often_as_they_say_and_stay_narrow() -> None:
    held, widths = [], []
    cells = [(te_ms, time_ms) for te_ms in (LIVER_TE_MS, HEART_TE_MS) for time_ms in (3.0, 5.0, 8.0, 12.0, 20.0)]
    for seed, (te_ms, time_ms) in enumerate(cells):
        fits = [fit_decay(signal) for signal in curves(te_ms, time_ms, 50.0, 60, seed)]
        held.append(np.mean([(fit.time.low or 0.0) <= time_ms <= (fit.time.high or 0.0) for fit in fits]))
        widths += [(fit.time.high or math.inf) / (fit.time.low or 0.0) for fit in fits]
    assert np.mean(held) >= 0.95
    assert min(held) > 0.85, "no single protocol or time is let down"
    assert np.median(widths) < 1.08


@pytest.mark.parametrize("time_ms", [0.8, 1.0, 1.2, 1.5, 2.0])
def test_truncation_leaves_little_bias_in_heavy_iron(time_ms: float) -> None:
    fits = [fit_decay(signal) for signal in curves(LIVER_TE_MS, time_ms, 50.0, 75, 11)]
    assert all(fit.noise_floor is not None for fit in fits)
    bias = np.mean([time_ms / fit.time.value for fit in fits]) - 1.0
    assert abs(bias) < 0.025


def test_clean_curves_raise_no_false_alarm() -> None:
    cells = [(LIVER_TE_MS, t) for t in (2.0, 5.0, 10.0, 20.0, 40.0)] + [
        (HEART_TE_MS, t) for t in (4.0, 10.0, 20.0, 40.0)
    ]
    for seed, (te_ms, time_ms) in enumerate(cells):
        for snr in (20.0, 50.0, 100.0):
            for signal in curves(te_ms, time_ms, snr, 12, 100 + seed):
                fit = attempt(signal)
                assert isinstance(fit, DecayFit), f"{fit} at T2* {time_ms} ms, SNR {snr}"
                alarms = {each.code for each in fit.cautions} & {
                    "NOT_EXPONENTIAL",
                    "FLAT_START",
                    "WEAK_DECAY",
                    "HIGH_FLOOR",
                }
                assert not alarms, f"{alarms} at T2* {time_ms} ms, SNR {snr}"


@pytest.mark.parametrize(
    ("te_ms", "time_ms"),
    [(LATE_TE_MS, 0.5), (LATE_TE_MS, 1.5), (HEART_TE_MS, 0.5), (HEART_TE_MS, 1.0), (LIVER_TE_MS, 0.3)],
)
def test_a_signal_that_is_gone_never_becomes_a_long_time_with_a_class(
    te_ms: npt.NDArray[np.float64], time_ms: float
) -> None:
    for signal in curves(te_ms, time_ms, 20.0, 100, 7):
        fit = attempt(signal)
        if isinstance(fit, DecayFit):
            assert any(each.blocks_grade for each in fit.cautions), f"T2* {fit.time.value:.1f} ms for {time_ms} ms"
        else:
            assert fit in {"NO_DECAY", "BEYOND_ACQUISITION"}


def test_the_limit_given_for_a_lost_signal_lies_above_the_truth() -> None:
    limits = [
        longest_time_ms(np.array(signal.te_ms), np.array(signal.signal), 1.2533, N_PIXELS)
        for signal in curves(LATE_TE_MS, 1.5, 50.0, 100, 3)
    ]
    known = [limit for limit in limits if limit is not None]
    assert len(known) > 50
    assert np.mean([limit > 1.5 for limit in known]) > 0.9


def test_four_to_six_echoes_find_their_floor_too() -> None:
    for n_echoes in (4, 5, 6):
        te_ms = 1.2 + 2.0 * np.arange(n_echoes)
        values = tuple(round(math.hypot(1000 * math.exp(-te / 1.5), 20.0), 1) for te in te_ms)
        fit = fit_decay(DecaySignal("liver", tuple(te_ms.tolist()), values))
        assert fit.noise_floor == pytest.approx(20.0, rel=0.015)
        truncated = fit_decay(DecaySignal("liver", tuple(te_ms.tolist()), values), "truncated")
        assert truncated.n_used == n_above_floor(np.array(values), 20.0)


def test_the_threshold_is_two_standard_deviations_above_rayleigh_noise() -> None:
    noise = np.hypot(*np.random.default_rng(0).standard_normal((2, 400_000)))
    assert pytest.approx((noise.mean() + 2 * noise.std()) / noise.mean(), abs=0.01) == TRUNCATION_FACTOR
