"""Decay rates of median curves: the median of the noise law is fitted, not the exponential.

The median over tissue of S0 exp(-R2* TE) is the exponential of the median R2*; noise pushes it by the median of the
Rician or noncentral chi law, which is known. Many curves are solved side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import NoiseLaw, noise_law

SIGMA_DOUBT = 0.05
"""Relative SD of a sigma from pixels. Near the limit of an acquisition the floor of the median curve knows better,
and a sigma 5 % low, held fixed, leaves a signal in empty echoes that reads as slow decay."""

N_STARTS = 24
MOST_STEPS = 40
SETTLED = 1e-8
LARGEST_STEP = np.array([0.7, 0.7, 0.1])
"""Of log amplitude, of rate times the shortest echo spacing, of log sigma."""

LARGEST_DECAY = 10.0
"""Limit of R2* times the shortest echo spacing: the second echo then holds e^-10 of the first, which is nothing."""

SLOWEST_FALL = 1e-4
"""A fall by less than this over the train is none; a rate of zero would have no time."""

TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class MedianFits:
    """Curves as decays over noise, one row each.

    Parameters
    ----------
    parameters : ndarray, shape (n_curves, 3)
        ln(amplitude at the first echo / sigma given), R2* times the shortest echo spacing, ln(sigma / sigma given).
    delay_ms : ndarray, shape (n_echoes,)
        Echo times after the first [ms].
    spacing_ms : float
        Shortest echo spacing [ms].
    law : NoiseLaw
    """

    parameters: FloatArray
    delay_ms: FloatArray
    spacing_ms: float
    law: NoiseLaw

    @property
    def rate_per_ms(self) -> FloatArray:
        """Decay rates [ms^-1], shape (n_curves,)."""
        return self.parameters[:, 1] / self.spacing_ms

    def amplitude(self, delay_ms: FloatArray) -> FloatArray:
        """Amplitudes over the sigma given, shape (n_curves, n_delays)."""
        exponent = self.parameters[:, :1] - np.outer(self.rate_per_ms, delay_ms)
        return np.asarray(np.exp(np.clip(exponent, -300.0, 300.0)), dtype=np.float64)

    def medians(self, delay_ms: FloatArray) -> FloatArray:
        """Median signals over the sigma given, shape (n_curves, n_delays)."""
        scale = np.exp(self.parameters[:, 2:])
        return scale * self.law.median(self.amplitude(delay_ms) / scale)

    def slopes(self) -> FloatArray:
        """Slopes of the medians by the parameters, shape (n_curves, n_echoes, 3)."""
        scale = np.exp(self.parameters[:, 2:])
        theta = self.amplitude(self.delay_ms) / scale
        by_log_first = scale * self.law.median_slope(theta) * theta
        by_decay = -by_log_first * self.delay_ms / self.spacing_ms
        by_log_sigma = scale * self.law.median(theta) - by_log_first
        return np.stack([by_log_first, by_decay, by_log_sigma], axis=-1)


def fit_medians(te_ms: FloatArray, curves: FloatArray, n_coils: int, n_pixels: int) -> MedianFits:
    """Least squares of median curves by Levenberg-Marquardt from the best of a grid of rates.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    curves : ndarray, shape (n_curves, n_echoes)
        Medians over sigma.
    n_coils : int
        L of the noise law.
    n_pixels : int
        Pixels behind each median; the more, the more the curve itself says about sigma.
    """
    # A median of n normal values has the variance pi / 2n.
    sigma_weight = math.pi / (2.0 * n_pixels * SIGMA_DOUBT**2)
    fits = _best_start(te_ms - te_ms[0], curves, noise_law(n_coils))
    cost = _cost(curves, fits, sigma_weight)
    damping = np.full(len(curves), 1e-4)
    for _ in range(MOST_STEPS):
        tried = _stepped(curves, fits, sigma_weight, damping)
        tried_cost = _cost(curves, tried, sigma_weight)
        better = tried_cost <= cost
        moved = np.abs(tried.parameters - fits.parameters)[:, 1] * better
        fits = replace(fits, parameters=np.where(better[:, np.newaxis], tried.parameters, fits.parameters))
        cost = np.where(better, tried_cost, cost)
        damping = np.where(better, damping / 10.0, damping * 10.0)
        if moved.max() < SETTLED and np.all(better | (damping > 1.0)):
            break
    return fits


def _cost(curves: FloatArray, fits: MedianFits, sigma_weight: float) -> FloatArray:
    misfit = np.sum((fits.medians(fits.delay_ms) - curves) ** 2, axis=1)
    return np.asarray(misfit + sigma_weight * fits.parameters[:, 2] ** 2, dtype=np.float64)


def _best_start(delay_ms: FloatArray, curves: FloatArray, law: NoiseLaw) -> MedianFits:
    """The best rate of a grid, its amplitude from the power above the noise: the misfit may have two valleys."""
    spacing_ms = float(np.diff(delay_ms).min())
    slowest = SLOWEST_FALL * spacing_ms / delay_ms[-1]
    decays = np.concatenate([[slowest], np.geomspace(200.0 * slowest, LARGEST_DECAY, N_STARTS)])
    shape = np.exp(-2.0 * np.outer(decays, delay_ms / spacing_ms))
    floor = float(law.median(np.zeros(1))[0])
    power = (curves**2 - floor**2) @ shape.T / np.sum(shape**2, axis=1)
    log_first = 0.5 * np.log(np.maximum(power, 0.01))
    grid = np.stack(np.broadcast_arrays(log_first, decays, 0.0), axis=-1)
    starts = MedianFits(grid.reshape(-1, 3), delay_ms, spacing_ms, law)
    cost = _cost(np.repeat(curves, len(decays), axis=0), starts, 0.0).reshape(log_first.shape)
    return replace(starts, parameters=grid[np.arange(len(curves)), cost.argmin(axis=1)])


def _stepped(curves: FloatArray, fits: MedianFits, sigma_weight: float, damping: FloatArray) -> MedianFits:
    """One damped Gauss-Newton step of every curve, kept within what can be told apart."""
    slopes = fits.slopes()
    misfit = (curves - fits.medians(fits.delay_ms))[:, :, np.newaxis]
    pull = np.sum(slopes * misfit, axis=1)
    pull[:, 2] -= sigma_weight * fits.parameters[:, 2]
    normal = np.swapaxes(slopes, 1, 2) @ slopes
    normal[:, 2, 2] += sigma_weight
    diagonal = np.arange(3)
    steep = normal[:, diagonal, diagonal]
    normal[:, diagonal, diagonal] += damping[:, np.newaxis] * steep + 1e-12 * steep.max(axis=1, keepdims=True) + TINY
    step = np.linalg.solve(normal, pull[:, :, np.newaxis])[:, :, 0]
    moved = fits.parameters + np.clip(step, -LARGEST_STEP, LARGEST_STEP)
    moved[:, 1] = np.clip(moved[:, 1], SLOWEST_FALL * fits.spacing_ms / fits.delay_ms[-1], LARGEST_DECAY)
    return replace(fits, parameters=moved)
