"""How well R2* can be known at all: the Cramer-Rao bound of magnitudes, and the largest rate it lets one measure.

No estimator without bias scatters less than the bound (Kay SM, Fundamentals of Statistical Signal Processing 1993,
chapter 3). S0 is unknown here and the noise known; the information of a magnitude about its amplitude is the integral
over the Rician or noncentral chi law (Karlsen OT, Magn Reson Med 1999;41:614).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import ive

from ironreport import units
from ironreport.records import FloatArray

LARGEST_RELATIVE_BOUND = 0.20
"""A rate counts as measurable while its bound stays below a fifth of it: beyond, intervals open at the top."""

TABLE_END = 60.0
N_TABLE, N_NODES, HALF_RANGE = 161, 100, 9.0
"""Equal steps of the root of theta, and Gauss-Legendre nodes over 9 sigma to each side: right to 1e-6."""

SLOWEST_FALL, LARGEST_FALL = 0.01, 40.0
N_RATES = 400
"""Rates searched: from a fall by 1 % over the train to exp(-40) between two echoes."""


def relative_bound(
    te_ms: npt.ArrayLike, rate_per_s: npt.ArrayLike, snr: float, *, n_pixels: int = 1, n_coils: int = 1
) -> FloatArray:
    """Smallest relative standard deviation of R2* that an unbiased estimate can have.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
        Echo times [ms].
    rate_per_s : array_like
        R2* [s^-1], positive.
    snr : float
        S0 / sigma: signal at TE 0 over the SD of one pixel in one real or imaginary channel.
    n_pixels : int
        Pixels that share S0 and R2*.
    n_coils : int
        Number of coils combined by root sum of squares; 1 is the Rician law.

    Returns
    -------
    ndarray
        In the shape of ``rate_per_s``; inf where two echoes hold no signal.

    Examples
    --------
    >>> relative_bound(0.93 + 1.34 * np.arange(12), 200.0, 50.0).round(3).tolist()
    0.033
    """
    te_ms = np.asarray(te_ms, dtype=np.float64)
    rate_per_ms = np.asarray(rate_per_s, dtype=np.float64)[..., None] / units.rate_per_s(1.0)
    theta = snr * np.exp(-rate_per_ms * te_ms)
    weight = theta**2 * _information(theta, n_coils)
    total = np.sum(weight, axis=-1, keepdims=True)
    mean = np.sum(weight * te_ms, axis=-1, keepdims=True) / np.maximum(total, np.finfo(float).tiny)
    spread = np.sum(weight * (te_ms - mean) ** 2, axis=-1) * n_pixels
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / (rate_per_ms[..., 0] * np.sqrt(spread)), dtype=np.float64)


def largest_rate_per_s(te_ms: npt.ArrayLike, snr: float, n_pixels: int = 1, n_coils: int = 1) -> float | None:
    """Largest R2* that the echoes can measure to 20 % [s^-1], or None where the noise leaves no rate to measure.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
        Echo times [ms], ascending.
    snr : float
        S0 / sigma, as in `relative_bound`.
    n_pixels, n_coils : int
        As in `relative_bound`.

    Examples
    --------
    >>> round(largest_rate_per_s(0.93 + 1.34 * np.arange(12), snr=50.0, n_pixels=100) or 0.0, -2)
    2100.0
    """
    te_ms = np.asarray(te_ms, dtype=np.float64)

    def excess(log_rate: npt.ArrayLike) -> FloatArray:
        bound = relative_bound(te_ms, np.exp(log_rate), snr, n_pixels=n_pixels, n_coils=n_coils)
        return np.asarray(np.log(np.minimum(bound, 1e300) / LARGEST_RELATIVE_BOUND), dtype=np.float64)

    slowest, fastest = SLOWEST_FALL / (te_ms[-1] - te_ms[0]), LARGEST_FALL / np.diff(te_ms).min()
    log_rates = np.log(units.rate_per_s(1.0) * np.geomspace(slowest, fastest, N_RATES))
    measurable = np.flatnonzero(excess(log_rates) < 0.0)
    if len(measurable) == 0 or measurable[-1] == N_RATES - 1:
        return None
    last = measurable[-1]
    return float(np.exp(brentq(lambda log_rate: float(excess(log_rate)), log_rates[last], log_rates[last + 1])))


def _information(theta: FloatArray, n_coils: int) -> FloatArray:
    """Fisher information of one magnitude about its amplitude [1 / sigma^2]."""
    within = _information_per_power(n_coils)(np.minimum(theta, TABLE_END)) * np.minimum(theta, TABLE_END) ** 2
    return np.asarray(np.where(theta < TABLE_END, within, 1.0), dtype=np.float64)


@cache
def _information_per_power(n_coils: int) -> CubicSpline:
    """Information divided by theta^2, which is 1 / L at theta = 0, over theta."""
    theta = np.linspace(0.0, np.sqrt(TABLE_END), N_TABLE)[1:, None] ** 2
    node, weight = np.polynomial.legendre.leggauss(N_NODES)
    centre = np.sqrt(theta**2 + 2 * n_coils - 1)
    low, high = np.maximum(centre - HALF_RANGE, 0.0), centre + HALF_RANGE
    magnitude = 0.5 * (high - low) * (node + 1.0) + low
    z = magnitude * theta
    bessel = ive(n_coils - 1, z)
    log_density = n_coils * np.log(magnitude) - (n_coils - 1) * np.log(theta) - 0.5 * (magnitude - theta) ** 2
    score = magnitude * ive(n_coils, z) / bessel - theta
    integral = np.sum(np.exp(log_density) * bessel * score**2 * weight, axis=1) * 0.5 * (high - low)[:, 0]
    return CubicSpline(np.append(0.0, theta[:, 0]), np.append(1.0 / n_coils, integral / theta[:, 0] ** 2))
