"""Mean curves fitted by what noise makes of a mean: first moment E[M | A], or second moment E[M^2 | A].

A mean over pixels is no longer Rician, but its expectation is known (Feng Y, Magn Reson Med 2013;70:1765). All
curves are fitted at once; a point is ln A at the first echo, ln R [1/ms] and, in richer models, a third parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, ndtri

from ironreport import units
from ironreport.records import FloatArray
from ironreport.relaxometry.descent import Model, covariances, descend
from ironreport.relaxometry.noise_law import TABLE_END, noise_law

PER_MS = units.rate_per_s(1.0)
"""One per ms, in s^-1."""

N_GRID_RATES = 80
SLOWEST_RATE_TIMES_LAST_TE = 1e-3
FASTEST_RATE_TIMES_GAP = 12.0
"""Rates tried: from a fall by 0.1 % over the train to one by e^-12 between two echoes."""

FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE = -12.0, 40.0
LARGEST_EXPONENT = 300.0

N_REWEIGHTINGS = 3

LEVEL = 0.95
HALF_WIDTH = float(ndtri(0.5 + LEVEL / 2))
PROFILE_RISE = float(chdtri(1, 1.0 - LEVEL))
PRECISE_LOG_ERROR = 0.07
"""Up to a standard error of 7 % the delta interval on ln R and the profile agree; beyond it the profile is right."""

N_HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Moment:
    """How an amplitude A shows in a mean of magnitudes, everything in units of sigma.

    ``value`` is the expectation of the mean, ``slope`` its slope by A, ``variance`` that of a single pixel.
    """

    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    variance: Callable[[FloatArray], FloatArray]

    def amplitude(self, values: FloatArray) -> FloatArray:
        """Amplitude whose expectation is the given value; 0 at and below the floor."""
        theta = np.concatenate([np.linspace(0.0, TABLE_END, 3001), np.geomspace(TABLE_END, 1e9, 2000)[1:]])
        return np.asarray(np.interp(values, self.value(theta), theta), dtype=np.float64)


def first_moment(n_coils: int) -> Moment:
    """Mean of magnitudes of ``n_coils`` coils combined by root sum of squares."""
    law = noise_law(n_coils)
    return Moment(law.mean, law.mean_slope, law.variance)


def median_moment(n_coils: int) -> Moment:
    """Median of magnitudes; its variance is that of a median of many normal values, pi / 2 times that of a mean."""
    law = noise_law(n_coils)
    return Moment(law.median, law.median_slope, lambda a: np.pi / 2.0 * law.variance(a))


SECOND_MOMENT = Moment(lambda a: a**2 + 2.0, lambda a: 2.0 * a, lambda a: 4.0 * a**2 + 4.0)
"""Mean of squared magnitudes, in units of half the noise power. More coils divide the variance by their number,
the same at every echo, so weights and estimate do not need it and the interval errs on the wide side."""


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


def decays(te_ms: FloatArray, points: FloatArray) -> FloatArray:
    """A exp(-R (TE - TE1)) of every point, shape (n, n_echoes)."""
    fall = np.exp(points[:, 1:2]) * (te_ms - te_ms[0])
    return np.asarray(np.exp(np.clip(points[:, :1] - fall, -LARGEST_EXPONENT, None)), dtype=np.float64)


def decay_model(te_ms: FloatArray, moment: Moment, phasor: npt.NDArray[np.complex128] | None = None) -> Model:
    """The expected curve of a decay, with fat where its phasor is given."""
    delay = te_ms - te_ms[0]

    def evaluate(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        amplitude = decays(te_ms, points)
        by_rate = -np.exp(points[:, 1:2]) * delay
        columns = [amplitude, by_rate * amplitude]
        if phasor is not None:
            mixture = 1.0 + points[:, 2:3] * (phasor - 1.0)
            size = np.maximum(np.abs(mixture), 1e-12)
            columns = [size * column for column in columns]
            columns.append(amplitude * np.real(np.conj(mixture) * (phasor - 1.0)) / size)
            amplitude = amplitude * size
        slope = moment.slope(amplitude)
        return moment.value(amplitude), np.stack([slope * column for column in columns], axis=-1)

    return evaluate


def other_noise_model(te_ms: FloatArray, moment: Moment) -> Model:
    """The expected curve of a decay whose noise differs from the noise given; the third parameter is ln factor."""
    delay = te_ms - te_ms[0]

    def evaluate(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        amplitude, factor = decays(te_ms, points), np.exp(points[:, 2:3])
        value, slope = factor * moment.value(amplitude / factor), moment.slope(amplitude / factor)
        by_amplitude = slope * amplitude
        columns = [by_amplitude, -np.exp(points[:, 1:2]) * delay * by_amplitude, value - by_amplitude]
        return value, np.stack(columns, axis=-1)

    return evaluate


def start(te_ms: FloatArray, amplitude: FloatArray, used: FloatArray, shape: FloatArray | float = 1.0) -> FloatArray:
    """Best point of a grid of rates, the scale projected out, shape (n, 2).

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    amplitude, used : ndarray, shape (n, n_echoes)
        Amplitudes without the noise floor, and 1 for each echo to be used, else 0.
    shape : ndarray, shape (n_echoes,), or 1
        What multiplies the decay, such as the zig-zag of a fat fraction.
    """
    rates = grid_rates(te_ms)
    basis = np.exp(-rates[:, None] * (te_ms - te_ms[0])) * shape
    overlap, power = (amplitude * used) @ basis.T, np.maximum(used @ (basis**2).T, 1e-300)
    best = np.argmax(overlap**2 / power, axis=1)
    rows = np.arange(len(amplitude))
    scale = np.maximum(overlap[rows, best] / power[rows, best], np.exp(FAINTEST_LOG_AMPLITUDE))
    return np.stack([np.log(scale), np.log(rates[best])], axis=1)


def grid_rates(te_ms: FloatArray) -> FloatArray:
    """Rates [1/ms] that the echo times can tell apart, ascending, shape (N_GRID_RATES,)."""
    slowest = SLOWEST_RATE_TIMES_LAST_TE / float(te_ms[-1])
    return np.geomspace(slowest, FASTEST_RATE_TIMES_GAP / float(np.diff(te_ms).min()), N_GRID_RATES)


def bounds(te_ms: FloatArray, third: tuple[float, float] | None = None) -> FloatArray:
    """Lowest and highest point, shape (2, p)."""
    rates = np.log(grid_rates(te_ms)[[0, -1]])
    limits = [(FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE), (rates[0], rates[1])]
    return np.array([*limits, third] if third else limits, dtype=np.float64).T


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


def fit_second_moment(te_ms: FloatArray, power: FloatArray, noise_power: float, n_avg: int) -> MomentFits:
    """Fits of mean squared magnitudes, for which the number of coils need not be known.

    Feng Y, Magn Reson Med 2013;70:1765, with weights. The mean of the squares is needed: the square of a mean reads
    too low.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    power : ndarray, shape (n, n_echoes)
        Mean of M^2 over the pixels of each region.
    noise_power : float
        Mean of M^2 where there is nothing but noise, 2 L sigma^2.
    n_avg : int
        Number of pixels averaged into each curve.

    Returns
    -------
    MomentFits
        Amplitudes in units of sqrt(noise_power / 2).
    """
    values = np.asarray(power / (noise_power / 2.0), dtype=np.float64)
    used = np.ones_like(values)
    origin = start(te_ms, SECOND_MOMENT.amplitude(values), used)
    return fit_moment(te_ms, values, SECOND_MOMENT, n_avg, used, origin)


FAT_RANGE = (-0.1, 0.5)
"""Fat fractions a fit may try. Below 0 there is no fat; above one half water and fat trade places."""


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
    model: Model,
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
