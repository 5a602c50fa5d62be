"""Mean curves of known noise: its first moment is fitted by the ladder's model, and the interval holds every doubt.

A mean over pixels is no longer Rician, but its expectation is known (Feng Y, Magn Reson Med 2013;70:1765). All
curves are fitted at once; a point is ln A at the first echo, ln R [1/ms] and, with fat, the fat fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from ironreport.records import FloatArray
from ironreport.relaxometry.descent import FAT_RANGE, HALF_WIDTH, LEVEL, bounds, covariances, descend, start
from ironreport.relaxometry.ladder import ModelLadder, climb
from ironreport.relaxometry.models import PER_MS, Curves, decay_model, decays, fat_phasor
from ironreport.relaxometry.noise_law import Moment

Bools = npt.NDArray[np.bool_]

N_REWEIGHTINGS = 3
"""After three ln R is within 1e-5 of its standard error of where more would bring it, in simulated mean curves."""

PROFILE_RISE = float(chdtri(1, 1.0 - LEVEL))
PRECISE_LOG_ERROR = 0.07
"""Up to a standard error of 7 % the delta interval on ln R and the profile agree; beyond it the profile is right."""

N_HALVINGS = 30
"""Halves the whole range of rates down to 1e-8 in ln R."""

WORTH_A_SIGNAL = float(chdtri(2, 0.01))
"""Fall of chi-square by which two parameters show that there is a signal at all, at 1 %."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownFits:
    """Fits of many curves by the model that the ladder chose; signals in units of sigma.

    Parameters
    ----------
    log_rate, low, high : ndarray, shape (n,)
        ln R [1/ms] and its 95 % limits; -inf and inf where the echoes set none.
    log_s0 : ndarray, shape (n,)
        ln S0.
    covariance : ndarray, shape (n, 2, 2)
        Of ln S0 and ln R.
    expected : ndarray, shape (n, n_echoes)
        Expected mean signal at every echo, used or not.
    fat_fraction : ndarray, shape (n,)
        Of the signal at TE 0; 0 where fat was not chosen.
    """

    ladder: ModelLadder
    log_rate: FloatArray
    low: FloatArray
    high: FloatArray
    log_s0: FloatArray
    covariance: FloatArray
    expected: FloatArray
    fat_fraction: FloatArray


def fit_known(
    te_ms: FloatArray, values: FloatArray, n_avg: int, moment: Moment, field_tesla: float | None
) -> KnownFits:
    """Fits of mean curves whose noise is known.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    values : ndarray, shape (n, n_echoes)
        Mean (or median) curves in units of sigma.
    moment : Moment
        What noise makes of an averaged magnitude. The rest as in `curves.fit_mean_curves`.
    """
    everything = np.ones_like(values)
    origin = start(te_ms, moment.amplitude(values), everything)
    ladder = climb(te_ms, values, moment, n_avg, field_tesla, origin)
    used = np.where(np.arange(len(te_ms)) == ladder.corrected[:, None], 0.0, 1.0)
    parts = _fitted(te_ms, values, moment, n_avg, used, origin)
    fraction = np.zeros(len(values))
    fat = np.flatnonzero(ladder.corrected == len(te_ms))
    if len(fat) and field_tesla is not None:
        phasor = fat_phasor(te_ms, field_tesla)
        origin = np.column_stack([origin[fat], ladder.thirds[fat, 0]])
        *richer, fraction[fat] = _fitted(te_ms, values[fat], moment, n_avg, everything[fat], origin, phasor)
        for part, replaced in zip(parts, richer, strict=False):
            part[fat] = replaced
    log_rate, low, high, log_s0, covariance, expected, _ = parts
    # Where even the chosen model misses the curve, its misfit says how large the errors really are.
    stretch = np.where(ladder.misfit, np.sqrt(np.maximum(ladder.reduced_chi_square, 1.0)), 1.0)
    low, high = ladder.hull(log_rate - (log_rate - low) * stretch, log_rate + (high - log_rate) * stretch)
    gone = _is_noise(values, moment, n_avg, ladder)
    low, high = np.where(gone, -np.inf, low), np.where(gone, np.inf, high)
    return KnownFits(ladder, log_rate, low, high, log_s0, covariance, expected, fraction)


def _is_noise(values: FloatArray, moment: Moment, n_avg: int, ladder: ModelLadder) -> Bools:
    """Where a curve without any signal fits nearly as well: then the echoes say nothing about R2*."""
    nothing = np.zeros(1)
    cost = np.sum((values - moment.value(nothing)) ** 2, axis=1) * n_avg / moment.variance(nothing)
    return np.asarray(cost - ladder.mono_chi_square < WORTH_A_SIGNAL, dtype=np.bool_)


def _fitted(
    te_ms: FloatArray,
    values: FloatArray,
    moment: Moment,
    n_avg: int,
    used: FloatArray,
    origin: FloatArray,
    phasor: npt.NDArray[np.complex128] | None = None,
) -> tuple[FloatArray, ...]:
    """Ln R, its limits, ln S0, covariance of ln S0 and ln R, expected curves, and the last parameter of each fit."""
    fits = fit_moment(te_ms, values, moment, n_avg, used, origin, phasor)
    low, high = log_rate_limits(te_ms, values, moment, fits, phasor)
    return (
        fits.points[:, 1].copy(),
        low,
        high,
        fits.log_s0(te_ms),
        fits.covariance_at_te_zero(te_ms),
        fits.expected,
        fits.points[:, -1].copy(),
    )


# ------------------------------------------------------------------------------- one model, fitted


@dataclass(frozen=True, slots=True, eq=False)
class MomentFits:
    """Fits of many curves.

    Parameters
    ----------
    points : ndarray, shape (n, 2) or (n, 3)
        ln A at the first echo [sigma], ln R [1/ms] and, with fat, the fat fraction.
    covariance : ndarray, shape (n, p, p)
        Of the points.
    expected : ndarray, shape (n, n_echoes)
        Expected mean signal at every echo [sigma], fitted or not.
    weights : ndarray, shape (n, n_echoes)
        Inverse variances used; 0 for an echo left out.
    chi_square : ndarray, shape (n,)
        Weighted sum of squared residuals.
    """

    points: FloatArray
    covariance: FloatArray
    expected: FloatArray
    weights: FloatArray
    chi_square: FloatArray

    @property
    def rate_per_s(self) -> FloatArray:
        """R2* [s^-1], shape (n,)."""
        return np.asarray(np.exp(self.points[:, 1]) * PER_MS, dtype=np.float64)

    @property
    def log_error(self) -> FloatArray:
        """Standard error of ln R, shape (n,)."""
        return np.asarray(np.sqrt(self.covariance[:, 1, 1]), dtype=np.float64)

    def log_s0(self, te_ms: FloatArray) -> FloatArray:
        """Logarithm of S0 [sigma], shape (n,)."""
        return np.asarray(self.points[:, 0] + np.exp(self.points[:, 1]) * te_ms[0], dtype=np.float64)

    def covariance_at_te_zero(self, te_ms: FloatArray) -> FloatArray:
        """Covariance of ln S0 and ln R, shape (n, 2, 2)."""
        return s0_covariance(te_ms, self.points, self.covariance)


def s0_covariance(te_ms: FloatArray, points: FloatArray, covariance: FloatArray) -> FloatArray:
    """Covariance of ln S0 and ln R from that of ln A at the first echo and ln R, shape (n, 2, 2).

    ln S0 = ln A + R TE1, whose slope by ln R is R TE1. What is not known stays infinite.
    """
    carry = np.tile(np.eye(2), (len(points), 1, 1))
    carry[:, 0, 1] = np.exp(points[:, 1]) * te_ms[0]
    known = np.all(np.isfinite(covariance[:, :2, :2]), axis=(1, 2))[:, None, None]
    moved = carry @ np.where(known, covariance[:, :2, :2], 0.0) @ np.swapaxes(carry, 1, 2)
    return np.asarray(np.where(known, moved, np.inf), dtype=np.float64)


def fit_moment(
    te_ms: FloatArray,
    values: FloatArray,
    moment: Moment,
    n_avg: int,
    used: FloatArray,
    origin: FloatArray,
    phasor: npt.NDArray[np.complex128] | None = None,
) -> MomentFits:
    """Fits with weights n / Var(M) taken from the fit itself.

    Parameters
    ----------
    values : ndarray, shape (n, n_echoes)
        Mean curves in units of sigma.
    n_avg : int
        Number of pixels averaged into each curve.
    used : ndarray, shape (n, n_echoes)
        1 for each echo to be fitted, 0 for one left out.
    origin : ndarray, shape (n, 2) or (n, 3)
        Points to start from; three columns fit fat.
    """
    model = decay_model(te_ms, moment, phasor)
    limits = bounds(te_ms, FAT_RANGE if phasor is not None else None)
    points = origin
    for _ in range(N_REWEIGHTINGS):
        weights = used * _weights(moment, decays(te_ms, points) * _mixture(points, phasor), n_avg)
        points, chi_square = descend(model, points, values, weights, limits)
    expected, slopes = model(points)
    return MomentFits(points, covariances(slopes, weights), expected, weights, chi_square)


def _weights(moment: Moment, amplitude: FloatArray, n_avg: int) -> FloatArray:
    return np.asarray(n_avg / moment.variance(amplitude), dtype=np.float64)


def _mixture(points: FloatArray, phasor: npt.NDArray[np.complex128] | None) -> FloatArray | float:
    return 1.0 if phasor is None else np.abs(1.0 + points[:, 2:3] * (phasor - 1.0))


def log_rate_limits(
    te_ms: FloatArray,
    values: FloatArray,
    moment: Moment,
    fits: MomentFits,
    phasor: npt.NDArray[np.complex128] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """95 % limits of ln R [1/ms], each of shape (n,); -inf and inf where the echoes set none.

    By the delta method on ln R where that is precise, else by the profile of chi-square: the limit is where it has
    risen by 3.84 with everything else fitted anew.
    """
    centre, error = fits.points[:, 1], fits.log_error
    low, high = centre - HALF_WIDTH * error, centre + HALF_WIDTH * error
    wide = np.flatnonzero(error > PRECISE_LOG_ERROR)
    if len(wide):
        model = decay_model(te_ms, moment, phasor)
        limits = bounds(te_ms, FAT_RANGE if phasor is not None else None)
        free = (0,) if phasor is None else (0, 2)
        held = (model, fits.points[wide], values[wide], fits.weights[wide], limits, free)
        ceiling = fits.chi_square[wide] + PROFILE_RISE
        low[wide] = _crossing(*held, ceiling, float(limits[0, 1]), -np.inf)
        high[wide] = _crossing(*held, ceiling, float(limits[1, 1]), np.inf)
    return low, high


def _crossing(
    model: Curves,
    points: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    free: tuple[int, ...],
    ceiling: FloatArray,
    end: float,
    beyond: float,
) -> FloatArray:
    """Value of ln R where the profile crosses the ceiling on the way to ``end``; ``beyond`` where it does not."""

    def profile(log_rates: FloatArray) -> FloatArray:
        at = points.copy()
        at[:, 1] = log_rates
        return descend(model, at, values, weights, limits, free)[1]

    inside, outside = points[:, 1].copy(), np.full(len(points), end)
    never = profile(outside) <= ceiling
    for _ in range(N_HALVINGS):
        middle = 0.5 * (inside + outside)
        above = profile(middle) > ceiling
        inside, outside = np.where(above, inside, middle), np.where(above, middle, outside)
    return np.where(never, beyond, 0.5 * (inside + outside))
