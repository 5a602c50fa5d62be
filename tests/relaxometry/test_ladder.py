"""The ladder is silent on clean curves, finds fat and the right echo, and says when it must not correct."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.relaxometry.known_noise import KnownFits, fit_known
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.noise_law import first_moment

Curves = npt.NDArray[np.float64]

LIVER_TE_MS = 0.93 + 1.34 * np.arange(12)
LIVER_3T_TE_MS = 0.80 + 0.90 * np.arange(12)
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)
SPARSE_TE_MS = 2.0 + 2.6 * np.arange(8)
N_PIXELS, N_CURVES = 100, 60


def means(clean: Curves, seed: int, n_curves: int = N_CURVES, noise: float = 1.0) -> Curves:
    rng = np.random.default_rng(seed)
    shape = (n_curves, N_PIXELS, len(clean))
    pixels = np.hypot(clean + noise * rng.standard_normal(shape), noise * rng.standard_normal(shape))
    return pixels.mean(axis=1)


def fitted(te_ms: Curves, clean: Curves, seed: int, field_tesla: float | None = 1.5, noise: float = 1.0) -> KnownFits:
    return fit_known(te_ms, means(clean, seed, noise=noise), N_PIXELS, first_moment(1), field_tesla)


def with_bad_echo(clean: Curves, echo: int, gain: float) -> Curves:
    return np.where(np.arange(len(clean)) == echo, gain * clean, clean)


def test_clean_curves_raise_fewer_than_three_alarms_in_a_hundred() -> None:
    alarms = []
    for seed, te_ms in enumerate((LIVER_TE_MS, LIVER_3T_TE_MS, HEART_TE_MS, SPARSE_TE_MS)):
        for time_ms in (1.5, 3.0, 6.0, 12.0, 25.0):
            for snr in (20.0, 50.0, 100.0):
                found = fitted(te_ms, snr * np.exp(-te_ms / time_ms), 100 + seed)
                alarms += [(found.ladder.best >= 0) | found.ladder.misfit]
    assert len(np.ravel(alarms)) >= 2000
    assert np.mean(alarms) <= 0.03


@pytest.mark.parametrize(("te_ms", "field_tesla"), [(LIVER_TE_MS, 1.5), (LIVER_3T_TE_MS, 3.0), (HEART_TE_MS, 1.5)])
@pytest.mark.parametrize("fraction", [0.1, 0.3])
def test_fat_is_found_and_taken_out(te_ms: Curves, field_tesla: float, fraction: float) -> None:
    found = fitted(te_ms, fat_water(te_ms, 50.0, 125.0, fraction, field_tesla), 5, field_tesla)
    assert np.mean(found.ladder.corrected == len(te_ms)) > 0.95
    assert np.median(found.fat_fraction) == pytest.approx(fraction, abs=0.01)
    assert np.median(np.exp(found.log_rate)) == pytest.approx(0.125, rel=0.01)


def test_fat_is_not_tried_without_the_field() -> None:
    found = fitted(LIVER_TE_MS, fat_water(LIVER_TE_MS, 50.0, 125.0, 0.3, 1.5), 5, field_tesla=None)
    assert np.all(found.ladder.gains[:, len(LIVER_TE_MS)] == 0.0)
    assert np.all(found.ladder.misfit)


@pytest.mark.parametrize(("echo", "gain"), [(0, 0.9), (1, 0.9), (3, 0.8), (5, 1.3), (9, 1.6)])
def test_the_bad_echo_is_named_and_left_out(echo: int, gain: float) -> None:
    found = fitted(LIVER_TE_MS, with_bad_echo(50.0 * np.exp(-LIVER_TE_MS / 8.0), echo, gain), 6)
    assert np.mean(found.ladder.corrected == echo) > 0.95
    assert np.median(np.exp(found.log_rate)) == pytest.approx(0.125, rel=0.01)


@pytest.mark.parametrize(("echo", "gain"), [(0, 0.9), (1, 0.9), (1, 1.15)])
def test_with_few_visible_echoes_nothing_is_corrected_and_the_interval_holds_the_truth(echo: int, gain: float) -> None:
    found = fitted(SPARSE_TE_MS, with_bad_echo(50.0 * np.exp(-SPARSE_TE_MS / 3.0), echo, gain), 7)
    assert np.all(found.ladder.corrected == -1)
    assert np.mean(found.ladder.flagged) > 0.8
    flagged = found.ladder.flagged
    held = (np.exp(found.low) <= 1 / 3.0) & (np.exp(found.high) >= 1 / 3.0)
    assert np.mean(held[flagged]) > 0.85


@pytest.mark.parametrize(("noise", "sign"), [(1.4, 1), (0.7, -1)])
def test_other_noise_than_given_is_said_with_its_direction_and_not_corrected(noise: float, sign: int) -> None:
    found = fitted(LIVER_TE_MS, 50.0 * np.exp(-LIVER_TE_MS / 2.0), 8, noise=noise)
    is_noise = found.ladder.best == len(LIVER_TE_MS) + 1
    assert np.mean(is_noise) > 0.95
    assert np.all(found.ladder.flagged[is_noise])
    assert np.all(np.sign(found.ladder.thirds[is_noise, 1]) == sign)
    assert np.median(np.exp(found.ladder.thirds[:, 1])) == pytest.approx(noise, rel=0.1)


def test_a_curve_no_model_describes_is_a_misfit_with_a_wider_interval() -> None:
    clean = 50.0 * np.exp(-LIVER_TE_MS / 8.0)
    broken = with_bad_echo(with_bad_echo(clean, 2, 0.7), 7, 1.4)
    found, plain = fitted(LIVER_TE_MS, broken, 9), fitted(LIVER_TE_MS, clean, 9)
    assert np.all(found.ladder.misfit)
    assert np.min(found.high - found.low) > 3.0 * np.max(plain.high - plain.low)


def test_richer_models_never_fit_worse_and_the_best_supported_comes_first() -> None:
    found = fitted(LIVER_TE_MS, fat_water(LIVER_TE_MS, 50.0, 125.0, 0.1, 1.5), 10)
    assert found.ladder.gains.min() > -1e-6
    alternatives = found.ladder.alternatives(0)
    margins = [alternative.gain - alternative.threshold for alternative in alternatives]
    assert margins == sorted(margins, reverse=True)
    assert alternatives[0].kind == "fat"
    assert alternatives[0].believed


@pytest.mark.parametrize("n_echoes", [2, 3])
def test_short_trains_are_fitted_and_not_judged(n_echoes: int) -> None:
    te_ms = LIVER_TE_MS[:n_echoes]
    found = fitted(te_ms, with_bad_echo(50.0 * np.exp(-te_ms / 8.0), 1, 0.7), 11)
    assert np.all(found.ladder.best == -1)
    assert np.all(np.isfinite(found.log_rate))
