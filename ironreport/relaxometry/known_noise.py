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
from ironreport.relaxometry.descent import (
    FAT_RANGE,
    HALF_WIDTH,
    LEVEL,
    bounds,
    covariances,
    crossing,
    descend,
    s0_covariance,
    start,
)
from ironreport.relaxometry.ladder import ModelLadder, climb, weights_of
from ironreport.relaxometry.median_curves import SIGMA_DOUBT
from ironreport.relaxometry.models import PER_MS, decay_model, decays, fat_phasor
from ironreport.relaxometry.noise_law import Moment

Bools = npt.NDArray[np.bool_]

N_REWEIGHTINGS = 3
"""After three ln R is within 1e-5 of its standard error of where more would bring it, in simulated mean curves."""

PROFILE_RISE = float(chdtri(1, 1.0 - LEVEL))
PRECISE_LOG_ERROR = 0.07
"""Up to a standard error of 7 % the delta interval on ln R and the profile agree; beyond it the profile is right."""

FRACTIONS_TRIED = np.linspace(0.0, FAT_RANGE[1], 11)
SIGMAS_TRIED = SIGMA_DOUBT * np.linspace(-2.0, 2.0, 5)
"""Where fat and iron cannot be told apart, R2* is read with every fat fraction from none to half in steps of a
twentieth, between which it moves by less than its error, and with a noise up to two deviations off."""

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
    fat : OpenFat or None
        Where the fraction is open in any curve.
    """

    ladder: ModelLadder
    log_rate: FloatArray
    low: FloatArray
    high: FloatArray
    log_s0: FloatArray
    covariance: FloatArray
    expected: FloatArray
    fat_fraction: FloatArray
    fat: OpenFat | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OpenFat:
    """What fat would make of curves whose fat fraction is open.

    Parameters
    ----------
    row : ndarray of int, shape (m,)
        Which curves they are.
    low, high : ndarray, shape (m,)
        Lowest and highest ln R [1/ms] within 3.84 of the least chi-square, over all fractions.
    fraction, log_rate : ndarray, shape (m,)
        Of the allowed fractions the one that moves R2* farthest, and what it reads.
    """

    row: npt.NDArray[np.intp]
    low: FloatArray
    high: FloatArray
    fraction: FloatArray
    log_rate: FloatArray

    def hull(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Limits of ln R of all curves, widened where they are closed: an open one holds no fraction's limit."""
        row, closed = self.row, np.isfinite(low[self.row]) & np.isfinite(high[self.row])
        low, high = low.copy(), high.copy()
        low[row] = np.where(closed, np.minimum(low[row], self.low), low[row])
        high[row] = np.where(closed, np.maximum(high[row], self.high), high[row])
        return low, high


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
    rows = np.flatnonzero(ladder.fat_open)
    open_fat = None
    if len(rows) and field_tesla is not None:
        open_fat = _open_fat(te_ms, values, moment, n_avg, fat_phasor(te_ms, field_tesla), rows)
        low, high = open_fat.hull(low, high)
    gone = _is_noise(values, moment, n_avg, ladder)
    low, high = np.where(gone, -np.inf, low), np.where(gone, np.inf, high)
    return KnownFits(ladder, log_rate, low, high, log_s0, covariance, expected, fraction, open_fat)


def _open_fat(
    te_ms: FloatArray, values: FloatArray, moment: Moment, n_avg: int, phasor: npt.NDArray[np.complex128],
    rows: npt.NDArray[np.intp],
) -> OpenFat:  # fmt: skip
    """R2* of some curves with every fat fraction and noise tried, its limits by the profile of chi-square."""
    amplitude = moment.amplitude(values[rows])
    n_tried = len(FRACTIONS_TRIED) * len(SIGMAS_TRIED)
    fraction, log_sigma = (each.ravel() for each in np.meshgrid(FRACTIONS_TRIED, SIGMAS_TRIED, indexing="ij"))
    mixtures = np.abs(1.0 + FRACTIONS_TRIED[:, None] * (phasor - 1.0))
    starts = [start(te_ms, amplitude, np.ones_like(amplitude), mixture) for mixture in mixtures]
    origin = np.repeat(np.stack(starts), len(SIGMAS_TRIED), axis=0).reshape(-1, 2)
    sigma = np.repeat(np.exp(log_sigma), len(rows))[:, None]
    origin = np.column_stack([origin, np.repeat(fraction, len(rows))])
    curves = np.tile(values[rows], (n_tried, 1)) / sigma
    weights = np.tile(weights_of(amplitude, moment, n_avg), (n_tried, 1)) * sigma**2
    model = decay_model(te_ms, moment, phasor)
    points, cost = descend(model, origin, curves, weights, bounds(te_ms, FAT_RANGE), (0, 1))
    error = np.sqrt(covariances(model(points)[1][..., :2], weights)[:, 1, 1]).reshape(n_tried, -1)
    log_rates = points[:, 1].reshape(n_tried, -1)
    cost = cost.reshape(n_tried, -1) + (log_sigma[:, None] / SIGMA_DOUBT) ** 2
    left = PROFILE_RISE - (cost - cost.min(axis=0))
    reach = np.sqrt(np.maximum(left, 0.0)) * error
    apart = np.where(left > 0.0, np.abs(log_rates - log_rates[len(SIGMAS_TRIED) // 2]), -1.0)
    farthest, each = np.argmax(apart, axis=0), np.arange(len(rows))
    return OpenFat(
        rows,
        np.where(left > 0.0, log_rates - reach, np.inf).min(axis=0),
        np.where(left > 0.0, log_rates + reach, -np.inf).max(axis=0),
        fraction[farthest],
        log_rates[farthest, each],
    )


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
        lowest = fits.chi_square[wide]
        low[wide] = crossing(*held, lowest, PROFILE_RISE, low[wide], float(limits[0, 1]), -np.inf)
        high[wide] = crossing(*held, lowest, PROFILE_RISE, high[wide], float(limits[1, 1]), np.inf)
    return low, high
