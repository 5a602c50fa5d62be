"""Where a curve runs into the noise: the floor, the echoes above it, what can still be said below it.

Magnitude images do not fall to zero but to a floor made of noise. Without pixels the floor is read off the
curve itself: it is there when a floor in quadrature explains the signal better than none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri, stdtr

from ironreport.records import FloatArray
from ironreport.relaxometry.biexponential import SLOW_PER_LAST_TE
from ironreport.relaxometry.descent import bounds, covariances, descend
from ironreport.relaxometry.models import PER_MS, other_noise_model
from ironreport.relaxometry.noise_law import first_moment
from ironreport.relaxometry.screening import level_step, rounding_scatter, second_echo_spread
from ironreport.relaxometry.solving import CONFIDENCE, Solution

TRUNCATION_FACTOR = 2.05
"""Echoes below 2.05 times the floor are left out.

Rayleigh noise has mean 1.2533 sigma and SD 0.6551 sigma, so mean + 2 SD is 2.05 times the mean; the last echo
kept is then less than 9 % above the true amplitude.
"""

FEWEST_FOR_AICC = 7
"""With fewer echoes the small-sample term of AICc explodes (at six it asks for a misfit 12 times larger, at
five it is infinite), and an F test takes its place."""

F_TEST_LEVEL = 0.05
"""Level of the F test for four to six echoes; 1 % missed the floor in most simulated four-echo curves."""

TAIL_PER_FLOOR = 1.0
"""The last echo must hold less tissue signal than floor, or the curve never reached what is called its floor."""

HIGH_FLOOR_PER_FIRST_ECHO = 0.4
ENOUGH_R_SQUARED = 0.9
"""A floor above 40 % of the first echo is believed only where a plain exponential explains less than 90 %:
slow, clean decays of five or six echoes otherwise fit a floor by chance (2-3 % of simulated curves)."""

SECOND_ECHO_CHANCE = 3e-4
"""Level at which the second echo must stand out of the later ones where it lies in the floor. Beyond the acquisition a
number then comes by chance in at most 1 of 1,000 curves, milder than the truth in 1 of 2,000 (0.01: 3 in 200); a region
mean with a bound of 5 to 7 % keeps its number in 75 to 92 %."""

LOG_NOISE_RANGE = (-12.0, 1.0)
"""ln sigma per largest signal."""

SLOW_SIZES = np.linspace(0.0, 1.0, 11)
"""A slow part beside the floor makes up from none to all of the darkest echo, in steps that move R2* by some 2 %."""

PRICE_OF_A_PARAMETER = 2.0
"""Fall of n ln(RSS) from which on a slow part is a doubt (Akaike H, IEEE Trans Autom Control 1974;19:716): of 12 echoes
it is one in 1 of 12 clean curves, and in 30 of 30 with 5 % of blood."""

RELATIVE_RESOLUTION = 1e-6
"""Misfits below a millionth of the first echo are rounding, not evidence for a floor."""

RAYLEIGH_SD_PER_MEAN = 0.6551 / 1.2533
USUAL_N_PIXELS = 100
"""Region size assumed for the scatter of the floor where the number of pixels is unknown."""


def floor_is_better(signal: FloatArray, mono: Solution | None, quadrature: Solution | None) -> bool:
    """Whether a floor in quadrature explains the signal better than none, its extra parameter counted.

    AICc between the two models (Hurvich CM, Tsai CL, Biometrika 1989;76:297); an F test for few echoes.

    Parameters
    ----------
    signal : ndarray, shape (n_echoes,)
        Signals that both models were fitted to.
    mono, quadrature : Solution or None
        The two fits; None for a model without a decaying solution.
    """
    n = len(signal)
    if quadrature is None or quadrature.floor <= 0.0 or n <= quadrature.model.n_parameters:
        return False
    rounding = n * (RELATIVE_RESOLUTION * float(signal[0])) ** 2
    misfit_ratio = (_plain_rss(signal, mono) + rounding) / (quadrature.rss + rounding)
    if n >= FEWEST_FOR_AICC:
        # Two and three curve parameters; the variance of the noise counts as one more in both.
        return n * math.log(misfit_ratio) > _aicc_penalty(n, 4) - _aicc_penalty(n, 3)
    return (misfit_ratio - 1.0) * (n - 3) > float(fdtri(1, n - 3, 1.0 - F_TEST_LEVEL))


def noise_floor(
    te_ms: FloatArray, signal: FloatArray, mono: Solution | None, quadrature: Solution | None
) -> float | None:
    """Noise floor that the tail of a curve has reached, or None.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms]; the rest as in `floor_is_better`.

    Returns
    -------
    float or None
        Floor in the unit of the signal.
    """
    if quadrature is None or not floor_is_better(signal, mono, quadrature):
        return None
    floor = quadrature.floor
    tail = math.sqrt(max(float(quadrature.predicted(te_ms)[-1]) ** 2 - floor**2, 0.0))
    if tail >= TAIL_PER_FLOOR * floor:
        return None
    well_explained = _plain_rss(signal, mono) <= (1.0 - ENOUGH_R_SQUARED) * _changes(signal)
    return None if floor > HIGH_FLOOR_PER_FIRST_ECHO * signal[0] and well_explained else floor


def _plain_rss(signal: FloatArray, mono: Solution | None) -> float:
    return _changes(signal) if mono is None else mono.rss


def _changes(signal: FloatArray) -> float:
    return float(np.sum((signal - signal.mean()) ** 2))


def _aicc_penalty(n: int, k: int) -> float:
    return 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1)


def n_above_floor(signal: FloatArray, floor: float) -> int:
    """Count of echoes before the first one that is lost in the floor.

    >>> n_above_floor(np.array([339.0, 125.0, 48.0, 24.0, 20.0, 19.0]), 19.2)
    3
    """
    below = np.flatnonzero(signal < TRUNCATION_FACTOR * floor)
    return int(below[0]) if len(below) else len(signal)


def second_echo_stands_out(signal: FloatArray) -> bool:
    """Whether the second echo is brighter than the later ones by more than they scatter: Student's test of one value.

    Equal later ones scatter as much as the step to which they were rounded, and may all lie half a step higher.

    >>> floor = [20.1, 19.8, 20.3, 19.9, 20.0]
    >>> second_echo_stands_out(np.array([60.0, 24.0, *floor])), second_echo_stands_out(np.array([60.0, 20.6, *floor]))
    (True, False)
    """
    later = signal[2:]
    if len(later) < 2:
        return False
    spread = second_echo_spread(signal) * math.sqrt(1.0 + 1.0 / len(later))
    excess = float(signal[1] - later.mean()) - 0.5 * level_step(signal)
    return excess > 0.0 and spread > 0.0 and float(stdtr(len(later) - 1, -excess / spread)) < SECOND_ECHO_CHANCE


def longest_time_ms(te_ms: FloatArray, signal: FloatArray, floor: float, n_pixels: int | None) -> float | None:
    """Longest relaxation time [ms] with which the second echo could be as low as it is.

    The mean of n pixels at the floor scatters by 52 % / sqrt(n). With the first echo two such scatters lower
    and the second two higher than measured, the amplitudes sqrt(M^2 - c^2) give the slowest decay between them. Where
    equal late signals show a rounding that is coarser than that, the floor and both echoes may be off by it.

    Returns
    -------
    float or None
        None where the bound is longer than the second echo time: the first echo itself does not stand clear
        of the floor, and nothing bounds the time.

    Examples
    --------
    >>> round(longest_time_ms(np.array([4.8, 7.0]), np.array([25.0, 19.0]), 19.0, None), 2)
    5.84
    """
    scatter = 2.0 * RAYLEIGH_SD_PER_MEAN / math.sqrt(n_pixels or USUAL_N_PIXELS) * floor
    rounding = 2.0 * rounding_scatter(signal)
    scatter, floor = max(scatter, rounding), max(floor - max(rounding - scatter, 0.0), 0.0)
    first = max(float(signal[0]) - scatter, 0.0) ** 2 - floor**2
    second = max(float(signal[1]) + scatter, floor + scatter) ** 2 - floor**2
    if first <= second:
        return None
    longest_ms = 2.0 * float(te_ms[1] - te_ms[0]) / math.log(first / second)
    return longest_ms if longest_ms < te_ms[1] else None


@dataclass(frozen=True, slots=True)
class SlowOverFloor:
    """What a curve reads with a slow part of any size over its noise floor.

    Parameters
    ----------
    high_per_s : float
        Highest R2* within 95 % limits over all sizes [s^-1].
    rss : float
        Least squares of all [squared unit of the signal].
    """

    high_per_s: float
    rss: float


def slow_over_floor(
    te_ms: FloatArray, signal: FloatArray, floor: tuple[float, float, float, float], systematic: float
) -> SlowOverFloor | None:
    """R2* where some of what lies under a decay is blood and the rest noise, or None.

    None for few echoes, and where the floor alone explains them as well.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
    floor : tuple of float
        S0, R2* [s^-1] and floor that are read where all of it is noise, by the law whose squares are the fourth.
    systematic : float
        Doubt of ln R that no scatter shows, as the reading of the floor has it.
    """
    s0, rate_per_s, noise, floor_rss = floor
    freedom = len(te_ms) - 4
    if len(te_ms) < FEWEST_FOR_AICC:
        return None
    moment, scale = first_moment(1), float(signal.max())
    slow = np.exp(-te_ms / (SLOW_PER_LAST_TE * te_ms[-1]))
    curves = (signal - np.outer(SLOW_SIZES * float(np.min(signal / slow)), slow)) / scale
    log_first = math.log(s0 / scale) - rate_per_s * float(te_ms[0]) / PER_MS
    log_noise = np.log(noise / scale * np.maximum(1.0 - SLOW_SIZES, 1e-3) / moment.value(np.zeros(1)))
    origin = np.column_stack([np.full((len(curves), 2), [log_first, math.log(rate_per_s / PER_MS)]), log_noise])
    ones, limits = np.ones_like(curves), bounds(te_ms, LOG_NOISE_RANGE)
    model = other_noise_model(te_ms, moment)
    points, misfits = descend(model, origin, curves, ones, limits)
    misfits = misfits + len(te_ms) * RELATIVE_RESOLUTION**2
    plain = min(float(misfits[0]), floor_rss / scale**2 + len(te_ms) * RELATIVE_RESOLUTION**2)
    if len(te_ms) * math.log(plain / misfits.min()) < PRICE_OF_A_PARAMETER:
        return None
    left = misfits.min() * (1.0 + float(fdtri(1, freedom, CONFIDENCE)) / freedom) - misfits
    reach = np.sqrt(np.maximum(left, 0.0) * covariances(model(points)[1], ones)[:, 1, 1])
    highest = float(np.where(left > 0.0, points[:, 1] + np.hypot(reach, systematic), -np.inf).max())
    return SlowOverFloor(PER_MS * math.exp(highest), float(misfits.min()) * scale**2)
