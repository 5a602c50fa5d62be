"""Decay rates of median curves: the median of the noise law is fitted, not the exponential.

The median over tissue of S0 exp(-R2* TE) is the exponential of the median R2*; noise pushes it by the median of the
Rician or noncentral chi law, which is known. Many curves are solved side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ironreport.records import FloatArray, PixelSummary
from ironreport.relaxometry.descent import HALF_WIDTH, descend
from ironreport.relaxometry.models import decays, finite_exp, other_noise_model
from ironreport.relaxometry.noise_law import Moment, median_moment

SIGMA_DOUBT = 0.05
"""Relative SD of a sigma from pixels. Near the limit of an acquisition the floor of the median curve knows better,
and a sigma 5 % low, held fixed, leaves a signal in empty echoes that reads as slow decay."""

N_STARTS = 24
"""Chosen: rates tried at the start, each about 1.4 times the one before in the trains in use."""

LARGEST_DECAY = 10.0
"""Limit of R2* times the shortest echo spacing: the second echo then holds e^-10 of the first, which is nothing."""

SLOWEST_FALL = 1e-4
"""A fall by less than this over the train is none; a rate of zero would have no time."""

FAINTEST_POWER = 0.01
"""Squared amplitude over sigma of a start where the first echo shows none."""

LOG_AMPLITUDES, LOG_SIGMAS = (-12.0, 100.0), (-1.0, 1.0)
"""Of the first echo over the sigma given, and of sigma over the sigma given."""


@dataclass(frozen=True, slots=True, eq=False)
class MedianFits:
    """Curves as decays over noise, one row each.

    Parameters
    ----------
    points : ndarray, shape (n_curves, 3)
        ln(amplitude at the first echo / sigma given), ln(R2* [1/ms]), ln(sigma / sigma given).
    first_te_ms : float
        Echo time of the first echo [ms].
    moment : Moment
        Median of the noise law.
    """

    points: FloatArray
    first_te_ms: float
    moment: Moment

    @property
    def rate_per_ms(self) -> FloatArray:
        """Decay rates [ms^-1], shape (n_curves,)."""
        return np.asarray(np.exp(self.points[:, 1]), dtype=np.float64)

    @property
    def log_s0(self) -> FloatArray:
        """Logarithm of S0 over the sigma given, shape (n_curves,)."""
        return np.asarray(self.points[:, 0] + self.rate_per_ms * self.first_te_ms, dtype=np.float64)

    @property
    def log_sigma(self) -> FloatArray:
        """Logarithm of the noise that the curve asks for over the sigma given, shape (n_curves,)."""
        return self.points[:, 2]

    def amplitude(self, te_ms: FloatArray) -> FloatArray:
        """Amplitudes over the sigma given, shape (n_curves, n_times)."""
        exponent = self.points[:, :1] - np.outer(self.rate_per_ms, te_ms - self.first_te_ms)
        return finite_exp(exponent)

    def medians(self, te_ms: FloatArray, mixture: FloatArray | float = 1.0) -> FloatArray:
        """Median signals over the sigma given, shape (n_curves, n_times)."""
        scale = np.exp(self.points[:, 2:])
        return np.asarray(scale * self.moment.value(mixture * self.amplitude(te_ms) / scale), dtype=np.float64)


def fit_medians(
    te_ms: FloatArray, curves: FloatArray, n_coils: int, n_pixels: int, mixture: FloatArray | float = 1.0
) -> MedianFits:
    """Least squares of median curves from the best of a grid of rates.

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
    mixture : ndarray, shape (n_echoes,), or 1
        Factor of each echo by which fat bends the decay.
    """
    moment = median_moment(n_coils)
    spacing_ms = float(np.diff(te_ms).min())
    rates = math.log(SLOWEST_FALL / (te_ms[-1] - te_ms[0])), math.log(LARGEST_DECAY / spacing_ms)
    limits = np.array([LOG_AMPLITUDES, rates, LOG_SIGMAS], dtype=np.float64).T
    # A median of n normal values has the variance pi / 2n.
    pull = np.array([0.0, 0.0, math.pi / (2.0 * n_pixels * SIGMA_DOUBT**2)])
    origin = _best_start(te_ms, curves, moment, limits, mixture)
    model = other_noise_model(te_ms, moment, mixture)
    points, _ = descend(model, origin, curves, np.ones_like(curves), limits, pull=pull)
    return MedianFits(points, float(te_ms[0]), moment)


def doubts_by_sigma(
    te_ms: FloatArray, curve: FloatArray, summary: PixelSummary, mixture: FloatArray | float = 1.0
) -> FloatArray:
    """Half widths of ln R that the error of sigma makes, by each number of coils that fits the pixels, as they stand.

    Resampled pixels share one sigma. The floor of several coils hangs on it; that of one is low, and nothing is added.

    Parameters
    ----------
    te_ms, curve : ndarray, shape (n_echoes,)
        Echo times [ms] and medians of the echoes used.
    summary : PixelSummary
    """
    n_free = summary.n_kept / max(summary.pixels_per_independent, 1.0) * max(len(summary.curve) - 2, 1)
    doubts = []
    for n_coils, sigma in ((summary.n_coils, summary.sigma), *summary.rivals):
        if n_coils == 1:
            doubts.append(0.0)
            continue
        both = curve / (sigma * np.array([[1.0], [1.0 + 1.0 / math.sqrt(2.0 * n_free)]]))
        rates = fit_medians(te_ms, both, n_coils, summary.n_kept, mixture).rate_per_ms
        doubts.append(HALF_WIDTH * abs(math.log(rates[1] / rates[0])))
    return np.array(doubts)


def _best_start(
    te_ms: FloatArray, curves: FloatArray, moment: Moment, limits: FloatArray, mixture: FloatArray | float
) -> FloatArray:
    """The best rate of a grid, its amplitude from the power above the noise: the misfit may have two valleys."""
    slowest, fastest = np.exp(limits[:, 1])
    rates = np.concatenate([[slowest], np.geomspace(200.0 * slowest, fastest, N_STARTS)])
    shape = np.exp(-2.0 * np.outer(rates, te_ms - te_ms[0])) * np.square(mixture)
    floor = float(moment.value(np.zeros(1))[0])
    power = (curves**2 - floor**2) @ shape.T / np.sum(shape**2, axis=1)
    log_first = 0.5 * np.log(np.maximum(power, FAINTEST_POWER))
    grid = np.stack(np.broadcast_arrays(log_first, np.log(rates), 0.0), axis=-1)
    expected = moment.value(mixture * decays(te_ms, grid.reshape(-1, 3))).reshape(*log_first.shape, len(te_ms))
    misfit = np.sum((expected - curves[:, None]) ** 2, axis=-1)
    return np.asarray(grid[np.arange(len(curves)), misfit.argmin(axis=1)], dtype=np.float64)
