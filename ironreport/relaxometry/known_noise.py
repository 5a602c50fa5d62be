"""Mean curves of known noise: first moment, the ladder's model, an interval that holds the doubt of the choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from ironreport.records import FloatArray
from ironreport.relaxometry.fat import fat_phasor
from ironreport.relaxometry.ladder import ModelLadder, climb
from ironreport.relaxometry.moments import Moment, fit_moment, log_rate_limits, start

Bools = npt.NDArray[np.bool_]

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
