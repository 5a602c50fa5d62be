"""Mean curves of unknown noise: one exponential, or one that runs into a noise floor, whichever the curve supports.

Never an additive constant: where nothing but noise lies under the tissue it reads R2* up to 55 % too high. A floor is
looked for in quadrature. Where there is one, its bend depends on the number of coils: quadrature is the law of many,
the Rician law that of one. R2* is read by the law of two, which lies between, and its interval holds both ends.

Fat swings the echoes. It is read only where it explains what neither a floor, a slow part, a bend nor a bad echo does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, fdtrc, fdtri, stdtrit

from ironreport.records import FloatArray
from ironreport.relaxometry.descent import FAT_RANGE, HALF_WIDTH, LEVEL, bounds, covariances, descend, grid_rates, start
from ironreport.relaxometry.ladder import FAT_STARTS, FEWEST_VISIBLE_TO_CORRECT
from ironreport.relaxometry.models import (
    Curves,
    decay_model,
    decays,
    fat_phasor,
    other_noise_model,
    quadrature_model,
)
from ironreport.relaxometry.noise_floor import F_TEST_LEVEL, FEWEST_FOR_AICC, LOG_NOISE_RANGE, RELATIVE_RESOLUTION
from ironreport.relaxometry.noise_law import PLAIN, first_moment, noise_law
from ironreport.relaxometry.screening import rounding_scatters

Bools = npt.NDArray[np.bool_]

GRID_LIFTS = np.concatenate([[0.0], np.geomspace(1e-3, 3.0, 14)]) ** 2
LIFT_RANGE = (0.0, 1.5)
"""Squared floors tried, per squared amplitude at the first echo, and allowed, per squared largest signal."""

MIDDLE_COILS = 2
"""Of 1, 2, 4 and many coils, fitted to simulated data of 1, 4 and 8, the law with the smallest worst bias."""

WIDEST_LOG_INTERVAL = 3.0
"""An interval of a factor above 20 either way says that nothing is known."""

WIDEST_FAST_INTERVAL = 0.5
"""Half width of ln R up to which the upper limit of a decay faster than the echo spacing can be trusted."""

FLAT = 1e-3
"""Distance in ln R from the slowest rate tried, within which a curve does not decay."""


@dataclass(frozen=True, slots=True, eq=False)
class FloorFits:
    """Fits of many curves without knowledge of their noise; signals in units of the largest one of each curve.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        ln A at the first echo and ln R [1/ms].
    floor : ndarray, shape (n,)
        Mean of pure noise; 0 where no floor is believed.
    covariance : ndarray, shape (n, 2, 2)
        Of the points.
    expected : ndarray, shape (n, n_echoes)
        Fitted curves.
    low, high : ndarray, shape (n,)
        95 % limits of ln R, with the doubt about the model; -inf and inf where nothing is known.
    gain : ndarray, shape (n,)
        How much the floor lowers n ln(RSS); it is believed where that exceeds ``threshold``.
    threshold : float
    """

    points: FloatArray
    floor: FloatArray
    covariance: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    gain: FloatArray
    threshold: float

    @property
    def has_floor(self) -> Bools:
        """Where a floor is believed."""
        return np.asarray(self.gain > self.threshold, dtype=np.bool_)

    def log_s0(self, te_ms: FloatArray) -> FloatArray:
        """Logarithm of S0, shape (n,)."""
        return np.asarray(self.points[:, 0] + np.exp(self.points[:, 1]) * te_ms[0], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """One model of some curves: points, expected curves, covariance of ln A and ln R, half width for ln R."""

    points: FloatArray
    rss: FloatArray
    expected: FloatArray
    covariance: FloatArray
    half_width: FloatArray


def fit_floor(te_ms: FloatArray, values: FloatArray) -> FloorFits:
    """Fits of curves of unknown noise, choice of model and its doubt included.

    The choice is AICc's between the two (Hurvich CM, Tsai CL, Biometrika 1989;76:297), for few echoes an F test. The
    interval is unconditional: a floor that is not believed shares in it by its Akaike weight (Burnham KP, Anderson
    DR, Model Selection and Multimodel Inference, 2002, section 4.3).

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    values : ndarray, shape (n, n_echoes)
        Curves, each in units of its largest signal.
    """
    n_echoes, ones = len(te_ms), np.ones_like(values)
    mono = _read(decay_model(te_ms, PLAIN), start(te_ms, values, ones), values, ones, bounds(te_ms))
    lifted_start = _floor_start(te_ms, values)
    lifted = _read(quadrature_model(te_ms), lifted_start, values, ones, bounds(te_ms, LIFT_RANGE))
    rounding = n_echoes * (RELATIVE_RESOLUTION * values[:, 0]) ** 2
    gain = n_echoes * np.log(np.maximum((mono.rss + rounding) / (lifted.rss + rounding), 1.0))
    # A curve that does not decay has no floor to decay to.
    gain = np.where(mono.points[:, 1] > bounds(te_ms)[0, 1] + FLAT, gain, 0.0)
    points, expected, covariance = mono.points.copy(), mono.expected.copy(), mono.covariance.copy()
    floor, threshold = np.zeros(len(values)), _threshold(n_echoes)
    low, high = _shared_limits(mono, lifted, gain)
    found = np.flatnonzero(gain > threshold)
    if len(found):
        one, middle = (_with_law(te_ms, values[found], lifted.points[found], n) for n in (1, MIDDLE_COILS))
        points[found], expected[found], covariance[found] = middle.points[:, :2], middle.expected, middle.covariance
        floor[found] = np.exp(middle.points[:, 2]) * float(noise_law(MIDDLE_COILS).mean(np.zeros(1))[0])
        log_rate = middle.points[:, 1]
        low[found] = log_rate - np.hypot(middle.half_width, log_rate - one.points[:, 1])
        high[found] = log_rate + np.hypot(middle.half_width, lifted.points[found, 1] - log_rate)
    low = np.where(points[:, 1] - low < WIDEST_LOG_INTERVAL, low, -np.inf)
    # Towards fast rates chi-square flattens out, and the delta method no longer sees how far.
    fast = points[:, 1] > -np.log(float(np.diff(te_ms).min()))
    high = np.where(high - points[:, 1] < np.where(fast, WIDEST_FAST_INTERVAL, WIDEST_LOG_INTERVAL), high, np.inf)
    return FloorFits(points, floor, covariance, expected, low, high, gain, threshold)


def _shared_limits(mono: _Reading, lifted: _Reading, gain: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Limits of ln R where no floor is believed: the floor that may hide in the noise shares in them."""
    share = expit(0.5 * gain - 1.0)
    apart = HALF_WIDTH * np.abs(lifted.points[:, 1] - mono.points[:, 1])
    doubt = np.where(np.isfinite(lifted.half_width), np.hypot(lifted.half_width, apart), 0.0)
    half_width = (1.0 - share) * mono.half_width + share * np.maximum(doubt, mono.half_width)
    return mono.points[:, 1] - half_width, mono.points[:, 1] + half_width


def _with_law(te_ms: FloatArray, values: FloatArray, lifted: FloatArray, n_coils: int) -> _Reading:
    """Curves on the floor that noise of so many coils makes, its size fitted; starts from the floor in quadrature."""
    moment = first_moment(n_coils)
    log_noise = 0.5 * np.log(np.maximum(lifted[:, 2:], 1e-20)) - np.log(moment.value(np.zeros(1)))
    origin = np.clip(np.column_stack([lifted[:, :2], log_noise]), *bounds(te_ms, LOG_NOISE_RANGE))
    weights = 1.0 / moment.variance(decays(te_ms, origin) / np.exp(origin[:, 2:]))
    return _read(other_noise_model(te_ms, moment), origin, values, weights, bounds(te_ms, LOG_NOISE_RANGE))


def _read(model: Curves, origin: FloatArray, values: FloatArray, weights: FloatArray, limits: FloatArray) -> _Reading:
    """Best curves of a model; the noise is that of the residuals, at least rounding; infinite doubt without freedom."""
    points, rss = descend(model, origin, values, weights, limits)
    expected, slopes = model(points)
    freedom = values.shape[1] - points.shape[1]
    if freedom < 1:
        doubt = np.full(len(points), np.inf)
        return _Reading(points, rss, expected, np.full((len(points), 2, 2), np.inf), doubt)
    variance = np.maximum(rss / freedom, rounding_scatters(values) ** 2 * weights.mean(axis=1))
    covariance = covariances(slopes, weights)[:, :2, :2] * variance[:, None, None]
    half_width = float(stdtrit(freedom, 0.5 + LEVEL / 2)) * np.sqrt(covariance[:, 1, 1])
    return _Reading(points, rss, expected, covariance, half_width)


def _floor_start(te_ms: FloatArray, values: FloatArray) -> FloatArray:
    """Best point of a grid of rates and floors, the scale projected out, shape (n, 3)."""
    rates = grid_rates(te_ms)
    powers = np.exp(-2.0 * rates[:, None] * (te_ms - te_ms[0]))
    basis = np.sqrt(powers[:, None, :] + GRID_LIFTS[None, :, None]).reshape(-1, len(te_ms))
    overlap, size = values @ basis.T, np.sum(basis**2, axis=1)
    best = np.argmax(overlap**2 / size, axis=1)
    scale = overlap[np.arange(len(values)), best] / size[best]
    rate, lift = rates[best // len(GRID_LIFTS)], GRID_LIFTS[best % len(GRID_LIFTS)]
    return np.stack([np.log(np.maximum(scale, 1e-6)), np.log(rate), lift * scale**2], axis=1)


def _threshold(n_echoes: int) -> float:
    """What n ln(RSS) must fall by for a floor to be believed; inf where there is no echo to spare."""
    if n_echoes >= FEWEST_FOR_AICC:
        # Two and three curve parameters; the variance of the noise counts as one more in both.
        return 2.0 + 40.0 / (n_echoes - 5) - 24.0 / (n_echoes - 4)
    if n_echoes <= 3:
        return float(np.inf)
    worth = float(fdtri(1, n_echoes - 3, 1.0 - F_TEST_LEVEL)) / (n_echoes - 3)
    return float(n_echoes * np.log1p(worth))


# ------------------------------------------------------------------------------------------------- fat

FAT_PARAMETERS, FEWEST_FOR_FAT, FEWEST_FOR_FAT_AND_FLOOR = 3, 6, 7
"""Echoes that leave three to the noise, which is not known otherwise."""

FLOOR_BELOW_FAT = 10.0
"""F of a floor below fat from which on it is fitted: less moves R2* by less than its interval says."""

FAT_CHANCE, FAT_RIVAL = 1e-3, 4.0
FAT_SUSPECTED, SUSPECT_RIVAL = 0.05, 2.0
"""Level of the F test, and how many times the squares that fat leaves every other reason must leave. In 3,200 clean
curves of T2* 1.2 to 15 ms, in curves with a vessel, a low echo, a bend, clipped, or of two series, fat was never
believed. What passes the weaker test only is said and not corrected."""

LARGEST_BEND = 50.0
"""Chosen: a logarithm that no signal reaches."""

LEAST_FAT = 0.02
"""Less fat moves R2* by less than its interval says."""


@dataclass(frozen=True, slots=True, eq=False)
class FatInCurve:
    """Fat that swings a curve of unknown noise; signals in units of its largest one.

    Parameters
    ----------
    points : ndarray, shape (1, 2)
        ln A at the first echo and ln R [1/ms].
    covariance : ndarray, shape (1, 2, 2)
    fraction : float
        Of the signal at TE 0.
    floor : float
        Floor in quadrature; 0 where none is fitted.
    half_width : float
        Of the 95 % interval of ln R.
    rss, rival : float
        Squares that fat leaves, and those that the best other reason leaves, per square of it.
    believed : bool
        Whether it corrects the reading; else it is only suspected.
    """

    points: FloatArray
    covariance: FloatArray
    fraction: float
    floor: float
    half_width: float
    rss: float
    rival: float
    believed: bool


def fat_in_curve(
    te_ms: FloatArray, values: FloatArray, field_tesla: float, plain_rss: dict[str, float]
) -> FatInCurve | None:
    """Fat in one curve of unknown noise, believed or suspected; None where nothing speaks for it.

    Parameters
    ----------
    te_ms, values : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and signals in units of the largest.
    plain_rss : dict
        Squares that one exponential ("mono") and one with a constant ("constant") leave.
    """
    n_echoes = len(te_ms)
    if n_echoes < FEWEST_FOR_FAT:
        return None
    bare, over_floor = _fat_readings(te_ms, values, field_tesla)
    rivals = dict(plain_rss)
    found, plain, doubt = bare, rivals["mono"], 0.0
    if over_floor is not None:
        doubt = abs(float(over_floor.points[0, 1] - bare.points[0, 1]))
        if float(bare.rss[0] / over_floor.rss[0] - 1.0) * (n_echoes - 4) > FLOOR_BELOW_FAT:
            rivals["floor"] = _rss_over_a_floor(te_ms, values)
            found, plain, doubt = over_floor, min(plain, rivals["floor"]), 0.0
    fraction, rss = float(found.points[0, 2]), float(found.rss[0])
    freedom = n_echoes - found.points.shape[1]
    chance = float(fdtrc(1, freedom, max((plain / rss - 1.0) * freedom, 0.0)))
    if fraction < LEAST_FAT or chance > FAT_SUSPECTED:
        return None
    if "floor" not in rivals:
        rivals["floor"] = _rss_over_a_floor(te_ms, values)
    rival = min(*rivals.values(), _rss_of_a_bend(te_ms, values), _without_one_echo(te_ms, values)) / rss
    if rival < SUSPECT_RIVAL:
        return None
    return FatInCurve(
        points=found.points[:, :2],
        covariance=found.covariance,
        fraction=fraction,
        floor=float(np.sqrt(found.points[0, 3])) if found is over_floor else 0.0,
        half_width=float(np.hypot(found.half_width[0], doubt)),
        rss=rss,
        rival=rival,
        believed=chance < FAT_CHANCE and rival > FAT_RIVAL and _stands_out(te_ms, found),
    )


def _stands_out(te_ms: FloatArray, found: _Reading) -> bool:
    """Whether enough echoes stand above the floor to tell fat from a bad echo."""
    lift = float(found.points[0, 3]) if found.points.shape[1] > FAT_PARAMETERS else 0.0
    return int(np.sum(decays(te_ms, found.points)[0] ** 2 > lift)) >= FEWEST_VISIBLE_TO_CORRECT


def _fat_readings(te_ms: FloatArray, values: FloatArray, field_tesla: float) -> tuple[_Reading, _Reading | None]:
    """The best curves with fat, without a floor and, of enough echoes, over one; rounding is never nothing."""
    phasor, n = fat_phasor(te_ms, field_tesla), len(FAT_STARTS)
    curves, ones = np.tile(values, (n, 1)), np.ones((n, len(te_ms)))
    origin = np.concatenate(
        [
            np.column_stack([start(te_ms, curves[:1], ones[:1], np.abs(1.0 + f * (phasor - 1.0))), [f]])
            for f in FAT_STARTS
        ]
    )
    limits, rounding = bounds(te_ms, FAT_RANGE), len(te_ms) * RELATIVE_RESOLUTION**2
    bare = _best(_read(decay_model(te_ms, PLAIN, phasor), origin, curves, ones, limits), rounding)
    if len(te_ms) < FEWEST_FOR_FAT_AND_FLOOR:
        return bare, None
    lifted = np.column_stack([origin, np.full(n, 0.25 * float(values.min()) ** 2)])
    limits = np.column_stack([limits, LIFT_RANGE])
    over_floor = _best(_read(quadrature_model(te_ms, phasor), lifted, curves, ones, limits), rounding)
    return bare, over_floor if over_floor.points[0, 3] > 0.0 else None


def _best(readings: _Reading, rounding: float) -> _Reading:
    """The one of several readings of a curve that leaves the least, and not less than rounding does."""
    best = [int(np.argmin(readings.rss))]
    return _Reading(
        readings.points[best], np.maximum(readings.rss[best], rounding), readings.expected[best],
        readings.covariance[best], readings.half_width[best],
    )  # fmt: skip


def _rss_over_a_floor(te_ms: FloatArray, values: FloatArray) -> float:
    """Squares that one exponential on a floor leaves."""
    one = values[np.newaxis]
    lifted = _read(quadrature_model(te_ms), _floor_start(te_ms, one), one, np.ones_like(one), bounds(te_ms, LIFT_RANGE))
    return float(lifted.rss[0])


def _rss_of_a_bend(te_ms: FloatArray, values: FloatArray) -> float:
    """Squares that a decay with a smooth bend leaves."""
    powers = np.vander(te_ms, 3)
    log_values = np.log(np.maximum(values, RELATIVE_RESOLUTION))
    bend = np.linalg.lstsq(powers * values[:, np.newaxis], log_values * values, rcond=None)[0]
    return float(np.sum((np.exp(np.clip(powers @ bend, -LARGEST_BEND, LARGEST_BEND)) - values) ** 2))


def _without_one_echo(te_ms: FloatArray, values: FloatArray) -> float:
    """Squares that one exponential leaves without the echo that it describes worst."""
    used, curves = 1.0 - np.eye(len(te_ms)), np.tile(values, (len(te_ms), 1))
    origin = start(te_ms, curves, used)
    return float(descend(decay_model(te_ms, PLAIN), origin, curves, used, bounds(te_ms))[1].min())
