"""Mean curves without their pixels: the route of pasted tables, with the noise known or not.

With the noise known the first moment is fitted and the ladder chooses between one exponential, fat and one bad
echo. Without it, one exponential or one on a noise floor in quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ironreport.errors import FitError
from ironreport.records import FloatArray, PixelFits
from ironreport.relaxometry.choice_words import sentences_with_noise, sentences_without_noise
from ironreport.relaxometry.known_noise import KnownFits, fit_known, s0_covariance
from ironreport.relaxometry.ladder import Alternative
from ironreport.relaxometry.models import PER_MS
from ironreport.relaxometry.noise_law import MOST_COILS, first_moment, median_moment
from ironreport.relaxometry.unknown_noise import FloorFits, fit_floor

FEWEST_ECHOES = 2
LARGEST_LOG = 700.0
"""Keeps exponentials finite."""

ModelName = Literal["mono", "fat", "bad echo", "floor"]
NoiseVerdict = Literal["not known", "as given", "larger", "smaller"]


@dataclass(frozen=True, slots=True)
class CurveChoice:
    """The model chosen for one curve, what it reads, and why it was chosen.

    Parameters
    ----------
    model : {"mono", "fat", "bad echo", "floor"}
    r2star_per_s, ci_low_per_s, ci_high_per_s : float
        R2* and its 95 % limits [s^-1]; the upper one is inf where the echoes set none.
    s0 : float
        Signal at TE 0 [unit of the signal].
    log_covariance : tuple of float or None
        var(ln S0), cov(ln S0, ln R), var(ln R) of the chosen model alone; None without degrees of freedom.
    predicted : tuple of float, shape (n_echoes,)
        Expected mean signal at every echo, with noise, used or not.
    left_out : int or None
        The bad echo, from 0.
    fat_fraction, noise_floor : float or None
        What a richer model adds: fat per signal at TE 0, floor in the unit of the signal.
    alternatives : tuple of Alternative
        All richer models tried where the noise is known, the best supported first.
    flagged : bool
        Whether evidence against one exponential was found that must not correct the result.
    reduced_chi_square, misfit_chance : float or None
        Goodness of fit where the noise is known; below 1 % the model does not describe the curve.
    noise : {"not known", "as given", "larger", "smaller"}
        What the curve says of the noise given.
    sentences : tuple of str
        Choice and evidence in words for the reader.
    """

    model: ModelName
    r2star_per_s: float
    ci_low_per_s: float
    ci_high_per_s: float
    s0: float
    log_covariance: tuple[float, float, float] | None
    predicted: tuple[float, ...]
    sentences: tuple[str, ...]
    left_out: int | None = None
    fat_fraction: float | None = None
    noise_floor: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    flagged: bool = False
    reduced_chi_square: float | None = None
    misfit_chance: float | None = None
    noise: NoiseVerdict = "not known"

    @property
    def measurable(self) -> bool:
        """Whether both limits are set by the echoes."""
        return self.ci_low_per_s > 0.0 and bool(np.isfinite(self.ci_high_per_s))


def fit_mean_curves(
    te_ms: FloatArray,
    signals: FloatArray,
    sigma: float | FloatArray | None = None,
    *,
    n_avg: int = 1,
    n_coils: int = 1,
    field_tesla: float | None = None,
) -> PixelFits:
    """R2* of many mean curves with 95 % limits.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    signals : ndarray, shape (n, n_echoes)
        Mean magnitude over the pixels of each region.
    sigma : float or ndarray, shape (n,), optional
        SD of the noise of one pixel in one channel [unit of the signals]; None where it is not known, and then
        the numbers of pixels and coils are not used.
    n_avg : int
        Number of pixels averaged into each curve.
    n_coils : int
        Number of coils combined by root sum of squares; 1 is the Rician law.
    field_tesla : float, optional
        Field strength [T]; fat is tried only where it is known.

    Returns
    -------
    PixelFits
        NaN in rows that are no signal: not finite, negative, or zero throughout.
    """
    te, rows = np.asarray(te_ms, dtype=np.float64), np.atleast_2d(np.asarray(signals, dtype=np.float64))
    _check(te, rows, sigma, n_avg, n_coils)
    valid = np.all(np.isfinite(rows) & (rows >= 0.0), axis=1) & np.any(rows > 0.0, axis=1)
    readings = np.full((4, len(rows)), np.nan)
    if valid.any() and sigma is None:
        scale = rows[valid].max(axis=1)
        floors = fit_floor(te, rows[valid] / scale[:, None])
        log_rates = floors.points[:, 1], floors.low, floors.high
        readings[:, valid] = [*map(_per_s, log_rates), _exp(floors.log_s0(te)) * scale]
    elif valid.any():
        scale = np.broadcast_to(np.asarray(sigma, dtype=np.float64), len(rows))[valid]
        known = fit_known(te, rows[valid] / scale[:, None], n_avg, first_moment(n_coils), field_tesla)
        readings[:, valid] = [*map(_per_s, (known.log_rate, known.low, known.high)), _exp(known.log_s0) * scale]
    rate, low, high, s0 = readings
    return PixelFits(rate, low, high, s0, np.isfinite(high) & (low > 0.0))


def choose_model(
    te_ms: FloatArray,
    signal: FloatArray,
    sigma: float | None = None,
    n_pixels: int = 1,
    n_coils: int = 1,
    field_tesla: float | None = None,
    *,
    of_medians: bool = False,
) -> CurveChoice:
    """The model of one mean curve with its evidence; parameters as in `fit_mean_curves`.

    ``of_medians`` where each signal is the median and not the mean of the pixels, which needs their noise.

    Raises
    ------
    FitError
        With fewer than two echoes, numbers that are no magnitude signal, or a noise that is not positive.
    """
    te, rows = np.asarray(te_ms, dtype=np.float64), np.atleast_2d(np.asarray(signal, dtype=np.float64))
    _check(te, rows, sigma, n_pixels, n_coils)
    if not (np.all(np.isfinite(rows)) and rows.min() >= 0.0 and rows.max() > 0.0):
        what = "The curve holds numbers that are no magnitude signal."
        raise FitError("SIGNAL_NOT_POSITIVE", what, "Use magnitude images, or leave the echo out.")
    if sigma is None:
        scale = float(rows.max())
        return _without_noise(te, fit_floor(te, rows / scale), scale)
    moment = median_moment(n_coils) if of_medians else first_moment(n_coils)
    return _with_noise(fit_known(te, rows / sigma, n_pixels, moment, field_tesla), sigma, field_tesla)


def _with_noise(fits: KnownFits, sigma: float, field_tesla: float | None) -> CurveChoice:
    ladder, alternatives = fits.ladder, fits.ladder.alternatives(0)
    column = int(ladder.corrected[0])
    is_fat = column == ladder.n_echoes
    left_out = column if 0 <= column < ladder.n_echoes else None
    other_noise = next((a.noise_factor for a in alternatives[:1] if a.believed and a.noise_factor is not None), None)
    return CurveChoice(
        model="fat" if is_fat else "mono" if left_out is None else "bad echo",
        r2star_per_s=float(_per_s(fits.log_rate)[0]),
        ci_low_per_s=float(_per_s(fits.low)[0]),
        ci_high_per_s=float(_per_s(fits.high)[0]),
        s0=float(_exp(fits.log_s0)[0]) * sigma,
        log_covariance=_triple(fits.covariance[0]),
        predicted=tuple((fits.expected[0] * sigma).tolist()),
        sentences=sentences_with_noise(fits, field_tesla),
        left_out=left_out,
        fat_fraction=float(fits.fat_fraction[0]) if is_fat else None,
        alternatives=alternatives,
        flagged=bool(ladder.flagged[0]),
        reduced_chi_square=float(ladder.reduced_chi_square[0]),
        misfit_chance=float(ladder.misfit_chance[0]),
        noise="as given" if other_noise is None else "larger" if other_noise > 1.0 else "smaller",
    )


def _without_noise(te_ms: FloatArray, fits: FloorFits, scale: float) -> CurveChoice:
    has_floor = bool(fits.has_floor[0])
    return CurveChoice(
        model="floor" if has_floor else "mono",
        r2star_per_s=float(_per_s(fits.points[:, 1])[0]),
        ci_low_per_s=float(_per_s(fits.low)[0]),
        ci_high_per_s=float(_per_s(fits.high)[0]),
        s0=float(_exp(fits.log_s0(te_ms))[0]) * scale,
        log_covariance=_triple(s0_covariance(te_ms, fits.points, fits.covariance)[0]),
        predicted=tuple((fits.expected[0] * scale).tolist()),
        sentences=sentences_without_noise(fits),
        noise_floor=float(fits.floor[0]) * scale if has_floor else None,
    )


def _triple(covariance: FloatArray) -> tuple[float, float, float] | None:
    if not np.all(np.isfinite(covariance)):
        return None
    return float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1])


def _per_s(log_rate: FloatArray) -> FloatArray:
    return np.where(np.isposinf(log_rate), np.inf, _exp(log_rate) * PER_MS)


def _exp(exponent: FloatArray) -> FloatArray:
    """Exponential that stays finite."""
    return np.asarray(np.exp(np.minimum(exponent, LARGEST_LOG)), dtype=np.float64)


def _check(te_ms: FloatArray, rows: FloatArray, sigma: float | FloatArray | None, n_pixels: int, n_coils: int) -> None:
    if len(te_ms) < FEWEST_ECHOES or rows.shape[1] != len(te_ms):
        what = f"There are {len(te_ms)} echo times and {rows.shape[1]} signals."
        raise FitError("LENGTHS_DIFFER", what, "Give one signal for each of two or more echo times.")
    if not np.all(np.isfinite(te_ms)) or te_ms[0] <= 0.0 or np.any(np.diff(te_ms) <= 0.0):
        raise FitError("TE_ORDER", "The echo times do not ascend from above zero.", "Sort the echoes by echo time.")
    if sigma is not None and not np.all(np.isfinite(sigma) & (np.asarray(sigma) > 0.0)):
        what = "The noise given is not above zero."
        raise FitError("NOISE_NOT_POSITIVE", what, "Give the SD of the noise, or leave it open.")
    if n_pixels < 1 or not 1 <= n_coils <= MOST_COILS:
        what = f"{n_pixels} pixels and {n_coils} coils cannot be."
        raise FitError("COUNTS_INVALID", what, f"Give at least one pixel, and 1 to {MOST_COILS} coils.")
