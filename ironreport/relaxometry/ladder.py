"""Which model a mean curve asks for: one exponential, fat, or one bad echo, by likelihood ratios.

A richer model must earn its place: the fall of chi-square must exceed a threshold of 1 %, divided by the number of
echoes tried, and the stricter, the less certain R2* becomes by it. A curve may differ from its model by 1 % of the
signal, so that small imperfections of the images are not read as fat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

from ironreport.records import FloatArray
from ironreport.relaxometry.descent import FAT_RANGE, HALF_WIDTH, bounds, covariances, descend, start
from ironreport.relaxometry.models import PER_MS, decay_model, decays, fat_phasor, other_noise_model
from ironreport.relaxometry.noise_law import Moment

FALSE_ALARM = 0.01
INFLATION_PRICE = 0.02
"""Chosen: one clean curve in a hundred may be corrected without need. The level is at most 0.02 / (ratio^2 - 1), ratio
of the standard errors of ln R: false alarms then raise the root mean square error of R2* by about 10 % at most."""

MODEL_ERROR = 0.01
"""How far the expected curve may be from a real one, per signal."""

MISFIT_LEVEL = 0.01
"""Chosen as the false alarms above: one clean curve in a hundred may be said to miss its model."""

FAT_STARTS = (0.05, 0.2, 0.4)
"""Little, some and much: from one of them fractions of 3 to 40 % come back."""

VISIBLE_SIGMA = 2.0
FEWEST_VISIBLE_TO_CORRECT = 5
"""At two sigma noise lifts the mean of a magnitude by 14 %, below by more. With fewer echoes above it a bad echo can
pass for fat and the other way round: flagged, not corrected."""

FEW_VISIBLE_ALARM = 0.05
FEWEST_VISIBLE_TO_DOUBT = 3
"""Chosen: where fat can only be flagged, and no wrong correction is to be feared, one clean curve in twenty loses its
class rather than that 20 to 40 % of fat read R2* too high by a fifth to two thirds (T2* 1 ms at 1.5 T)."""

FEWEST_ECHOES = 4
"""A third parameter needs one echo more than it has company."""

RIVAL_GAIN = float(chdtri(1, FALSE_ALARM))
"""Alternatives whose chi-squares differ by less than this explain the curve alike; the interval holds them all."""

NOISE_RANGE = (-2.3, 3.4)
"""Logarithm of the factor by which the noise may differ from the noise given: a tenth to thirty. A factor above two
or three is rarely noise: a vessel lifts the late echoes as well."""

Bools = npt.NDArray[np.bool_]
Kind = Literal["bad echo", "fat", "noise"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A richer model than one exponential and what it would change.

    Parameters
    ----------
    kind : {"bad echo", "fat", "noise"}
        ``noise``: other noise than given, which is said and never corrected.
    left_out : int or None
        Echo left out, from 0.
    gain, threshold : float
        Fall of chi-square, and the fall it takes to be believed.
    rate_per_s : float
        R2* by this model [s^-1].
    fat_fraction : float or None
        Of the signal at TE 0, from 0 to 1.
    noise_factor : float or None
        Noise by this model per noise given.
    """

    kind: Kind
    left_out: int | None
    gain: float
    threshold: float
    rate_per_s: float
    fat_fraction: float | None = None
    noise_factor: float | None = None

    @property
    def believed(self) -> bool:
        """Whether the evidence suffices."""
        return self.gain > self.threshold


@dataclass(frozen=True, slots=True, eq=False)
class ModelLadder:
    """What the ladder found for many curves.

    The columns are one per echo left out, then fat, then other noise; a model that could not be tried has gain 0.

    Parameters
    ----------
    gains, thresholds, log_rates, log_errors : ndarray, shape (n, n_echoes + 2)
        Fall of chi-square, what it must exceed, ln R [1/ms] and its standard error.
    thirds : ndarray, shape (n, 2)
        Fat fraction of the fit with fat and ln noise factor of the fit with other noise.
    best : ndarray of int, shape (n,)
        Column with the largest excess over its threshold; -1 where none exceeds it.
    flagged : ndarray of bool, shape (n,)
        Where the best alternative is believed but must not correct: other noise, or too few visible echoes.
    mono_chi_square : ndarray, shape (n,)
        Of one exponential through all echoes, with the model error.
    faint : ndarray of bool, shape (n,)
        Where fat was tried and too few echoes are visible to correct for it.
    """

    gains: FloatArray
    thresholds: FloatArray
    log_rates: FloatArray
    log_errors: FloatArray
    thirds: FloatArray
    best: npt.NDArray[np.intp]
    flagged: Bools
    mono_chi_square: FloatArray
    faint: Bools

    @property
    def n_echoes(self) -> int:
        """Number of echoes."""
        return int(self.gains.shape[1]) - 2

    @property
    def corrected(self) -> npt.NDArray[np.intp]:
        """Column of the alternative that the result rests on, -1 for one exponential through all echoes."""
        return np.where(self.flagged, -1, self.best)

    @property
    def fat_open(self) -> Bools:
        """Where any fat fraction that the curve allows may be the true one, and none of them is corrected for."""
        return np.asarray(self.faint & (self.corrected < 0), dtype=np.bool_)

    @property
    def reduced_chi_square(self) -> FloatArray:
        """Chi-square per degree of freedom of the model the result rests on, shape (n,); 0 without freedom."""
        cost, freedom = self._cost_and_freedom()
        return np.asarray(np.where(freedom > 0, cost / np.maximum(freedom, 1), 0.0), dtype=np.float64)

    @property
    def misfit_chance(self) -> FloatArray:
        """Probability of a larger chi-square if that model holds, shape (n,); 1 without degrees of freedom."""
        cost, freedom = self._cost_and_freedom()
        return np.asarray(np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), cost), 1.0), dtype=np.float64)

    @property
    def misfit(self) -> Bools:
        """Where even that model does not describe the curve."""
        return np.asarray(self.misfit_chance < MISFIT_LEVEL, dtype=np.bool_)

    def _cost_and_freedom(self) -> tuple[FloatArray, FloatArray]:
        richer = self.corrected >= 0
        gain = np.where(richer, self.gains[np.arange(len(richer)), self.corrected], 0.0)
        cost = np.asarray(np.maximum(self.mono_chi_square - gain, 0.0), dtype=np.float64)
        return cost, np.asarray(self.n_echoes - 2.0 - richer, dtype=np.float64)

    @property
    def credible(self) -> Bools:
        """Alternatives not corrected for that explain the curve as well as the best one, shape (n, n_echoes + 2).

        Not fat where its fraction is open: there the standard error of a single fraction says nothing.
        """
        best_gain = np.where(self.best >= 0, self.gains[np.arange(len(self.best)), self.best], np.inf)
        alike = (self.gains > best_gain[:, None] - RIVAL_GAIN) & (self.gains > 0.0)
        columns = np.arange(self.gains.shape[1])
        others = columns != self.corrected[:, None]
        by_fraction = self.fat_open[:, None] & (columns == self.n_echoes)
        return np.asarray(alike & others & ~by_fraction, dtype=np.bool_)

    def hull(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Limits of ln R [1/ms] widened until they hold those of every credible alternative, each of shape (n,)."""
        half_width = HALF_WIDTH * self.log_errors
        lows = np.where(self.credible, self.log_rates - half_width, np.inf).min(axis=1)
        highs = np.where(self.credible, self.log_rates + half_width, -np.inf).max(axis=1)
        return np.minimum(low, lows), np.maximum(high, highs)

    def alternatives(self, row: int) -> tuple[Alternative, ...]:
        """All models tried on one curve, the best supported first."""
        order = np.argsort(self.thresholds[row] - self.gains[row])
        return tuple(self._alternative(row, int(j)) for j in order if self.gains[row, j] > 0.0)

    def _alternative(self, row: int, column: int) -> Alternative:
        gain, threshold = float(self.gains[row, column]), float(self.thresholds[row, column])
        rate_per_s = float(np.exp(self.log_rates[row, column]) * PER_MS)
        if column < self.n_echoes:
            return Alternative("bad echo", column, gain, threshold, rate_per_s)
        if column == self.n_echoes:
            return Alternative("fat", None, gain, threshold, rate_per_s, fat_fraction=float(self.thirds[row, 0]))
        factor = float(np.exp(self.thirds[row, 1]))
        return Alternative("noise", None, gain, threshold, rate_per_s, noise_factor=factor)


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """One family of alternatives: points, fall of chi-square and standard error of ln R, each with n rows."""

    points: FloatArray
    gain: FloatArray
    log_error: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """What every rung is weighed on: curves, amplitudes, weights, and one exponential through them."""

    te_ms: FloatArray
    values: FloatArray
    amplitude: FloatArray
    weights: FloatArray
    moment: Moment
    mono: FloatArray
    mono_cost: FloatArray


def climb(
    te_ms: FloatArray, values: FloatArray, moment: Moment, n_avg: int, field_tesla: float | None, origin: FloatArray
) -> ModelLadder:
    """Evidence for fat, for one bad echo and for other noise than given, in many mean curves.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    values : ndarray, shape (n, n_echoes)
        Mean curves in units of sigma.
    n_avg : int
        Number of pixels averaged into each curve.
    field_tesla : float or None
        Field strength [T]; fat is tried only where it is known.
    origin : ndarray, shape (n, 2)
        Points to start from.
    """
    amplitude = moment.amplitude(values)
    # The same weights for every model: a fall of chi-square between nested models is then never negative.
    weights = weights_of(amplitude, moment, n_avg)
    model = decay_model(te_ms, moment)
    mono, mono_cost = descend(model, origin, values, weights, bounds(te_ms))
    mono_error = _log_error(model(mono)[1], weights)
    on = _Evidence(te_ms, values, amplitude, weights, moment, mono, mono_cost)
    untried = _Tried(np.column_stack([mono, np.zeros(len(mono))]), np.zeros(len(mono)), mono_error)
    enough = len(te_ms) >= FEWEST_ECHOES
    fat = _with_fat(on, field_tesla) if enough and field_tesla is not None else untried
    noise = _with_other_noise(on) if enough else untried
    out = _without_each_echo(on) if enough else _repeated(untried, len(te_ms))
    gains = np.column_stack([out.gain, fat.gain, noise.gain])
    log_rates = np.column_stack([out.points[..., 1], fat.points[:, 1], noise.points[:, 1]])
    log_errors = np.column_stack([out.log_error, fat.log_error, noise.log_error])
    thresholds = _thresholds(log_errors, mono_error)
    visible = np.column_stack([_n_visible(te_ms, out.points), _n_visible(te_ms, fat.points[:, None])])
    doubted = (visible[:, -1] >= FEWEST_VISIBLE_TO_DOUBT) & (visible[:, -1] < FEWEST_VISIBLE_TO_CORRECT)
    thresholds[doubted, -2] = np.minimum(thresholds[doubted, -2], float(chdtri(1, 2.0 * FEW_VISIBLE_ALARM)))
    excess = gains - thresholds
    best = np.where(excess.max(axis=1) > 0.0, np.argmax(excess, axis=1), -1)
    flagged = _must_not_correct(best, visible)
    thirds = np.column_stack([fat.points[:, 2], noise.points[:, 2]])
    faint = (visible[:, -1] < FEWEST_VISIBLE_TO_CORRECT) & (enough and field_tesla is not None)
    return ModelLadder(gains, thresholds, log_rates, log_errors, thirds, best, flagged, mono_cost, faint)


def weights_of(amplitude: FloatArray, moment: Moment, n_avg: int) -> FloatArray:
    """Inverse variances of mean curves by which models are compared: their noise and the model error."""
    return np.asarray(1.0 / (moment.variance(amplitude) / n_avg + (MODEL_ERROR * amplitude) ** 2), dtype=np.float64)


def _must_not_correct(best: npt.NDArray[np.intp], visible: npt.NDArray[np.intp]) -> Bools:
    """Where the best alternative is other noise or rests on too few visible echoes, shape (n,)."""
    n_columns = visible.shape[1]
    few = visible[np.arange(len(best)), np.clip(best, 0, n_columns - 1)] < FEWEST_VISIBLE_TO_CORRECT
    return np.asarray((best >= 0) & (few | (best == n_columns)), dtype=np.bool_)


def _n_visible(te_ms: FloatArray, points: FloatArray) -> npt.NDArray[np.intp]:
    """Number of echoes whose decay stands above two sigma, shape (n, m) for points of shape (n, m, p)."""
    n, m, p = points.shape
    above = decays(te_ms, points.reshape(n * m, p)) > VISIBLE_SIGMA
    return np.asarray(np.sum(above, axis=1).reshape(n, m), dtype=np.intp)


def _repeated(tried: _Tried, n: int) -> _Tried:
    return _Tried(
        np.repeat(tried.points[:, None, :2], n, axis=1),
        *(np.tile(a[:, None], n) for a in (tried.gain, tried.log_error)),
    )


def _log_error(slopes: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(covariances(slopes, weights)[:, 1, 1]), dtype=np.float64)


def _thresholds(log_errors: FloatArray, mono_error: FloatArray) -> FloatArray:
    """Fall of chi-square that each column must exceed, shape (n, n_echoes + 2)."""
    inflation = np.maximum((log_errors / mono_error[:, None]) ** 2 - 1.0, 1e-9)
    level = np.minimum(FALSE_ALARM, INFLATION_PRICE / inflation)
    n_echoes = log_errors.shape[1] - 2
    # One of several echoes is picked; fat can only be positive; noise goes both ways.
    share = np.array([1.0 / n_echoes] * n_echoes + [2.0, 1.0])
    return np.asarray(chdtri(1, np.maximum(level * share, 1e-300)), dtype=np.float64)


def _without_each_echo(on: _Evidence) -> _Tried:
    """Each echo left out in turn: points (n, n_echoes, 2), the rest (n, n_echoes)."""
    n, n_echoes = on.values.shape
    used = np.tile(1.0 - np.eye(n_echoes), (n, 1))
    values, amplitude, weights = (np.repeat(part, n_echoes, axis=0) for part in (on.values, on.amplitude, on.weights))
    model = decay_model(on.te_ms, on.moment)
    points, cost = descend(model, start(on.te_ms, amplitude, used), values, weights * used, bounds(on.te_ms))
    error = _log_error(model(points)[1], weights * used)
    gain = on.mono_cost[:, None] - cost.reshape(n, n_echoes)
    return _Tried(points.reshape(n, n_echoes, 2), gain, error.reshape(n, n_echoes))


def _with_fat(on: _Evidence, field_tesla: float) -> _Tried:
    """Fat, the best of several starts; no gain where the best fat fraction is not positive."""
    phasor = fat_phasor(on.te_ms, field_tesla)
    model, limits = decay_model(on.te_ms, on.moment, phasor), bounds(on.te_ms, FAT_RANGE)
    everything, n = np.ones_like(on.values), len(on.values)
    origins = [
        np.column_stack([start(on.te_ms, on.amplitude, everything, np.abs(1.0 + f * (phasor - 1.0))), np.full(n, f)])
        for f in FAT_STARTS
    ]
    values, weights = (np.tile(part, (len(FAT_STARTS), 1)) for part in (on.values, on.weights))
    found, cost = descend(model, np.concatenate(origins), values, weights, limits)
    best, rows = np.argmin(cost.reshape(-1, n), axis=0), np.arange(n)
    points = found.reshape(-1, n, 3)[best, rows]
    gain = on.mono_cost - cost.reshape(-1, n)[best, rows]
    error = _log_error(model(points)[1], on.weights)
    return _Tried(points, np.where(points[:, 2] > 0.0, gain, 0.0), error)


def _with_other_noise(on: _Evidence) -> _Tried:
    """The size of the noise read off the curve itself."""
    model = other_noise_model(on.te_ms, on.moment)
    origin = np.column_stack([on.mono, np.zeros(len(on.mono))])
    points, cost = descend(model, origin, on.values, on.weights, bounds(on.te_ms, NOISE_RANGE), hold=True)
    return _Tried(points, on.mono_cost - cost, _log_error(model(points)[1], on.weights))
