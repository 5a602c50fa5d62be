"""Decays of known truth, the same on every computer."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from ironreport.records import FloatArray
from ironreport.relaxometry import models

TRAINS = {
    "12": 0.93 + 1.34 * np.arange(12),
    "8": 2.0 + 2.1 * np.arange(8),
    "6": np.array([1.2, 2.9, 4.1, 6.6, 9.0, 15.0]),
    "4": np.array([1.5, 4.0, 9.0, 16.0]),
    "3": np.array([1.0, 3.0, 7.0]),
}
RATES_PER_S = np.array([2.0, 25.0, 60.0, 140.0, 330.0, 800.0, 2400.0])


def scatter(*shape: int, seed: int = 1) -> FloatArray:
    """Normal values that every version of every library draws alike: steps of the golden ratio through the law."""
    steps = (np.arange(1, math.prod(shape) + 1) + 1000.0 * seed) * 0.6180339887498949
    return np.asarray(ndtri(np.clip(steps % 1.0, 1e-6, 1.0 - 1e-6)), dtype=np.float64).reshape(shape)


def magnitudes(amplitude: FloatArray, n_coils: int = 1, seed: int = 1) -> FloatArray:
    """Magnitudes of amplitudes over sigma, combined by root sum of squares."""
    real = amplitude / math.sqrt(n_coils) + scatter(n_coils, *amplitude.shape, seed=seed)
    imaginary = scatter(n_coils, *amplitude.shape, seed=seed + 31)
    return np.asarray(np.sqrt(np.sum(real**2 + imaginary**2, axis=0)))


def decays(te_ms: FloatArray, s0: npt.ArrayLike, rate_per_s: npt.ArrayLike) -> FloatArray:
    """Of shape (n, n_echoes)."""
    level, rate = np.broadcast_arrays(np.asarray(s0, dtype=np.float64), np.asarray(rate_per_s, dtype=np.float64))
    found = np.asarray(level.reshape(-1, 1) * np.exp(-np.outer(rate.reshape(-1), te_ms) / 1000.0))
    return found * (1.0 + SHAKEN.get("by", 0.0) * scatter(*found.shape, seed=77))


SHAKEN: dict[str, float] = {}
"""By how much [relative] the decays are moved to find out what rounding decides; nothing in a test."""


def pixels_of(te_ms: FloatArray, n_coils: int) -> FloatArray:
    """Single pixels over sigma, dark and bright, slow and fast, shape (n, n_echoes)."""
    s0, rate = np.meshgrid([0.0, 1.5, 3.0, 7.0, 30.0, 300.0, 3e5], RATES_PER_S)
    return magnitudes(decays(te_ms, s0.ravel(), rate.ravel()), n_coils)


def curves_of(te_ms: FloatArray) -> FloatArray:
    """Mean curves over sigma, clean and odd ones, shape (n, n_echoes)."""
    clean = np.concatenate([decays(te_ms, s0, RATES_PER_S) for s0 in (4.0, 25.0, 120.0)])
    fat = np.stack([models.fat_water(te_ms, 60.0, r, f, b) for r, f, b in FATS])
    odd = decays(te_ms, 60.0, [40.0, 150.0])
    odd[0, 1] *= 0.8
    odd[1, -2] *= 1.15
    vessel = decays(te_ms, 50.0, 300.0) + decays(te_ms, 8.0, 12.0)
    noisy = magnitudes(decays(te_ms, [9.0, 60.0, 25.0], [200.0, 80.0, 500.0]), seed=7)
    lifted = np.sqrt(np.concatenate([clean, fat, odd, vessel]) ** 2 + 1.3**2)
    none = np.stack([40.0 + 0.2 * te_ms, 1.2 + 0.3 * np.abs(scatter(len(te_ms), seed=19)), 9.0 / (1.0 + te_ms)])
    return np.concatenate([lifted + 0.03 * scatter(*lifted.shape, seed=3), noisy, none])


FATS = ((40.0, 0.1, 1.5), (40.0, 0.3, 3.0), (180.0, 0.2, 1.5), (400.0, 0.4, 3.0))


def region_of(
    te_ms: FloatArray, rate_per_s: float, s0: float, n_coils: int = 1, bend: FloatArray | None = None
) -> FloatArray:
    """Pixels of a region over sigma with an uneven rate, a vessel among them, shape (30, n_echoes)."""
    rates = rate_per_s * np.exp(0.1 * scatter(30, seed=5))
    amplitude = decays(te_ms, s0 * (1.0 + 0.05 * scatter(30, seed=9)), rates)
    amplitude[7] = 1.3 * s0 * np.exp(-te_ms / 90.0)
    return magnitudes(amplitude if bend is None else amplitude * bend, n_coils, seed=int(rate_per_s))
