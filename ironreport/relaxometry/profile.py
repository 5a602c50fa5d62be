"""Limits of R2* by profile likelihood: right where the signal fades, and open at the top where it is gone.

For every rate the amplitude is chosen anew (zero allowed), and the 95 % interval holds the rates whose deviance from
the best one stays below 3.84 (Venzon DJ, Moolgavkar SH, J R Stat Soc C 1988;37:87). As R grows without end only the
first echo is left; where even that explains the data, no upper limit exists. All pixels are solved at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ive

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import Floats, ratio_denominator

DEVIANCE_95 = 3.841
"""95 % quantile of chi-squared with one degree of freedom."""

SLOWEST_FALL = 0.02
"""The slowest rate tried: the signal falls by 2 % from the first to the last echo."""

GONE = 0.05
"""The fastest rate tried leaves 0.05 sigma of the brightest pixel at the second echo: no information any more."""

LOG_RATE_STEP = 0.5
"""Two optima of one likelihood lie further apart than 50 % in R, so that none hides between the grid points."""

BELOW_GRID = 1e-2
"""A lower limit below the grid is sought down to a hundredth of its first rate."""

NEWTON_STEPS = 2
"""Steps for the amplitude: the log-likelihood is then within 0.02 of its maximum, mostly within 1e-4."""

PEAK_STEPS, LIMIT_STEPS = 5, 4
"""Steps between two grid points: the deviance at the limits is then within 0.1 of 3.84."""

TABLE_STEP = 1.0 / 128.0
"""Step of the Bessel table in ln(1 + z); linear interpolation is then right to 1e-5."""

LARGEST_LOG_ARGUMENT = 40.0
ASYMPTOTIC = 1e8
"""Beyond it ln I(z) - z is -ln(2 pi z) / 2 to the last digit."""

BLOCK_SIZE = 48_000
"""Values worked on at once: all arrays of a block fit the cache."""

LARGEST_REACH = 3.0
"""First tries of a limit stay within a factor of 20 of the best rate."""

TINY = 1e-12
"""Keeps pixels without information from dividing by zero."""

Bools = npt.NDArray[np.bool_]


class ProfileLimits(NamedTuple):
    """Best rate and 95 % limits, in the inverse unit of the times given, and the amplitude at the first time.

    ``low`` is 0 where the data are compatible with no decay, ``high`` inf where they are with a signal that is gone.
    """

    rate: Floats
    low: Floats
    high: Floats
    amplitude: Floats


def profile_limits(times: FloatArray, signals: Floats, n_coils: int = 1) -> ProfileLimits:
    """Best rate and its 95 % limits for many pixels, from a grid over all rates so that the start cannot be wrong.

    Parameters
    ----------
    times : ndarray, shape (n_echoes,)
        Echo times after the first one, ascending from 0, in any unit.
    signals : ndarray, shape (n_echoes, n)
        Magnitudes in units of sigma, finite and not negative; their dtype (float32 or float64) is kept.
    n_coils : int
        L of the noncentral chi law; 1 is the Rician law.

    Returns
    -------
    ProfileLimits
        Each of shape (n,). The rate is inf where the signal of the first echo alone explains the data best, and nan,
        with limits 0 and inf, where noise alone does.
    """
    n, dtype = signals.shape[1], signals.dtype
    found = ProfileLimits(np.full(n, np.nan, dtype), np.zeros(n, dtype), np.full(n, np.inf, dtype), np.zeros(n, dtype))
    rates = _grid(times, float(signals.max(initial=1.0))).astype(dtype)
    width = max(BLOCK_SIZE // len(times), 1)
    for begin in range(0, n, width):
        block = slice(begin, begin + width)
        profile = Profile(times.astype(dtype), np.ascontiguousarray(signals[:, block]), n_coils)
        heights = np.stack([profile.at(rate) for rate in rates])
        signal = 2.0 * (heights.max(axis=0) - profile.noise_alone) > DEVIANCE_95
        if signal.any():
            parts = _limits(rates, profile.subset(signal), heights[:, signal])
            for whole, part in zip(found, parts, strict=True):
                whole[block][signal] = part
    return found


class Profile:
    """Log-likelihood of decaying magnitudes over R, the amplitude chosen anew for each R.

    Parameters
    ----------
    times : ndarray, shape (n_echoes,)
        Echo times after the first one, so that ``times[0]`` is 0.
    signals : ndarray, shape (n_echoes, n)
        Magnitudes in units of sigma.
    n_coils : int
        L of the noncentral chi law.
    """

    def __init__(self, times: Floats, signals: Floats, n_coils: int) -> None:
        self.times, self.signals, self.n_coils = times, signals, n_coils
        self.power = signals * signals
        # Fresh memory for every product costs as much as the products.
        self.buffers = np.empty((5, *signals.shape), dtype=signals.dtype)
        self.index = np.empty(signals.shape, dtype=np.intp)

    @property
    def noise_alone(self) -> Floats:
        """Log-likelihood of no signal at all, shape (n,)."""
        return np.asarray(-0.5 * np.sum(self.power, axis=0))

    def subset(self, which: Bools) -> Profile:
        """The same for some of the pixels."""
        return Profile(self.times, self.signals[:, which], self.n_coils)

    def in_double(self) -> Profile:
        """The same in double precision, which a deviance of 4 needs where the log-likelihood is 100 000."""
        return Profile(self.times.astype(np.float64), self.signals.astype(np.float64), self.n_coils)

    def decay(self, rate: Floats | float) -> Floats:
        """exp(-R t), shape (n_echoes, n) or (n_echoes, 1); for R = inf only the first echo is left."""
        fall = np.ones((len(self.times), np.size(rate)), dtype=self.times.dtype)
        later = np.multiply(-self.times[1:, None], rate, out=fall[1:])
        np.exp(later, out=later)
        return fall

    def amplitude(self, decay: Floats) -> Floats:
        """Best amplitude at the first echo for a given decay, shape (n,); 0 where noise alone explains the data.

        With G(a) = sum p^2 M^2 h(M A) / sum p^2 and h(z) = r(z) / z the optimum is G = 1, or 0 where G(0) < 1. The
        log-likelihood is concave in a^2, and 1 / G is nearly linear in a, so that Newton on 1 / G needs few steps.
        """
        weight, signals, z, square, denominator = self.buffers
        share = decay / np.sum(decay * decay, axis=0)
        np.multiply(share * decay, self.power, out=weight)
        np.multiply(decay, self.signals, out=signals)
        amplitude = np.sum(np.multiply(share, self.signals, out=z), axis=0)
        for _ in range(NEWTON_STEPS):
            np.multiply(signals, amplitude, out=z)
            np.multiply(z, z, out=square)
            ratio_denominator(z, square, self.n_coils, out=denominator)
            part = np.divide(weight, denominator, out=z)
            total = np.sum(part, axis=0)
            part *= square
            steepness = np.subtract(denominator, self.n_coils - 0.5, out=square)
            steepness *= denominator
            part /= steepness
            slope = np.sum(part, axis=0)
            amplitude *= np.clip(1.0 - (1.0 - total) * total / np.maximum(slope, TINY), 0.3, 3.0)
        return np.where(np.sum(weight, axis=0) > 2.0 * self.n_coils, amplitude, 0.0).astype(amplitude.dtype)

    def at(self, rate: Floats | float) -> Floats:
        """Profile log-likelihood at a rate, up to a constant of the data, shape (n,)."""
        decay = self.decay(rate)
        return self.height(decay, self.amplitude(decay))

    def height(self, decay: Floats, amplitude: Floats) -> Floats:
        """Log-likelihood of some amplitudes at the first echo and a decay, shape (n,)."""
        expected, place, whole = self.buffers[:3]
        np.multiply(decay, amplitude, out=expected)
        np.multiply(self.signals, expected, out=place)
        place += 1.0
        np.log(place, out=place)
        place *= 1.0 / TABLE_STEP
        np.floor(place, out=whole)
        place -= whole
        np.copyto(self.index, whole, casting="unsafe")
        table, rise = _log_bessel_table(self.n_coils, self.signals.dtype)
        place *= rise.take(self.index, out=whole, mode="clip")
        place += table.take(self.index, out=whole, mode="clip")
        expected -= self.signals
        expected *= expected
        expected *= 0.5
        place -= expected
        return np.asarray(np.sum(place, axis=0))

    def slope(self, rate: Floats) -> tuple[Floats, Floats]:
        """Slope of the profile log-likelihood by R, and the information about R left after the amplitude."""
        decay = self.decay(rate)
        amplitude = self.amplitude(decay)
        power, z, square, denominator, distance = self.buffers
        np.multiply(decay, amplitude, out=power)
        np.multiply(self.signals, power, out=z)
        power *= power
        np.multiply(z, z, out=square)
        ratio_denominator(z, square, self.n_coils, out=denominator)
        residual = np.divide(square, denominator, out=square)
        residual -= power
        np.multiply(power, power, out=z)
        power += self.n_coils
        weight = np.divide(z, power, out=z)
        mean = (self.times @ weight) / np.maximum(np.sum(weight, axis=0), TINY)
        np.subtract(self.times[:, None], mean, out=distance)
        distance *= distance
        distance *= weight
        return -(self.times @ residual), np.sum(distance, axis=0)


@cache
def _log_bessel_table(n_coils: int, dtype: np.dtype[np.floating]) -> tuple[Floats, Floats]:
    """ln[I_(L-1)(z) (2/z)^(L-1) (L-1)!] - z at equal steps of ln(1 + z), and its rise from step to step.

    Numbers of single precision, in the dtype of those that they meet.
    """
    z = np.expm1(np.arange(1, round(LARGEST_LOG_ARGUMENT / TABLE_STEP) + 2) * TABLE_STEP)
    near = np.log(ive(n_coils - 1, np.minimum(z, ASYMPTOTIC)))
    far = -0.5 * np.log(np.maximum(z, ASYMPTOTIC) / ASYMPTOTIC)
    table = np.concatenate([[0.0], near + far + (n_coils - 1) * np.log(2.0 / z) + gammaln(n_coils)])
    table, rise = table.astype(np.float32), np.diff(table, append=table[-1]).astype(np.float32)
    return table.astype(dtype), rise.astype(dtype)


def _grid(times: FloatArray, brightest: float) -> FloatArray:
    """Rates tried, ascending: 0, equal steps of ln R, inf."""
    slowest, fastest = SLOWEST_FALL / times[-1], np.log(brightest / GONE) / times[1]
    n = int(np.ceil(np.log(fastest / slowest) / LOG_RATE_STEP)) + 1
    return np.concatenate([[0.0], np.geomspace(slowest, fastest, n), [np.inf]])


def _limits(rates: Floats, profile: Profile, heights: Floats) -> ProfileLimits:
    """Limits around the best rate, each between the two grid points, or grid point and best rate, that hold it.

    Where the likelihood has two optima the interval is the hull of both.
    """
    top = len(rates) - 1
    best = heights[:top].argmax(axis=0)
    rate, error = _peak(profile, rates[np.maximum(best - 1, 0)], rates[np.minimum(best + 1, top - 1)])
    decay = profile.decay(rate)
    amplitude = profile.amplitude(decay)
    peak = profile.height(decay, amplitude)
    highest = np.maximum(peak, heights.max(axis=0))
    inside = heights >= highest - 0.5 * DEVIANCE_95
    first, last = inside.argmax(axis=0), top - inside[::-1].argmax(axis=0)
    first, last = np.where(inside.any(axis=0), (first, last), ((top,), (0,)))
    before = np.maximum(np.minimum(first, np.searchsorted(rates, rate)) - 1, 0)
    after = np.minimum(np.maximum(last, np.searchsorted(rates, rate, side="right") - 1) + 1, top - 1)
    first, last = np.where(rates[first] < rate, first, -1), np.where((rates[last] > rate) & (last < top), last, -1)

    pixels = np.arange(heights.shape[1])
    reach = np.exp(np.minimum(np.sqrt(DEVIANCE_95) * error / np.maximum(rate, TINY), LARGEST_REACH))
    limits, precise = [], profile.in_double()

    def height_at(rate: Floats) -> Floats:
        return precise.height(precise.decay(rate), profile.amplitude(profile.decay(rate)))

    for outer, inner, guess in ((before, first, rate / reach), (after, last, rate * reach)):
        outside = np.maximum(rates[outer], rates[1] * BELOW_GRID), heights[outer, pixels]
        within = np.where(inner < 0, rate, rates[inner]), np.where(inner < 0, peak, heights[inner, pixels])
        limits.append(_crossing(height_at, highest, outside, within, guess))
    return ProfileLimits(
        rate=np.where(heights[top] > peak, np.inf, rate),
        low=np.where(inside[0], 0.0, np.minimum(limits[0], rate)),
        high=np.where(inside[top], np.inf, np.maximum(limits[1], rate)),
        amplitude=amplitude,
    )


def _peak(profile: Profile, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Best rate between two grid points, by Fisher scoring halved where it leaves the bracket, and its error."""
    rate = np.sqrt(np.maximum(low, BELOW_GRID * high) * high)
    for _ in range(PEAK_STEPS):
        slope, information = profile.slope(rate)
        low, high = np.where(slope > 0.0, rate, low), np.where(slope > 0.0, high, rate)
        step = rate + slope / np.maximum(information, TINY)
        rate = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
    return rate, 1.0 / np.sqrt(np.maximum(information, TINY))


def _crossing(
    height_at: Callable[[Floats], Floats], highest: Floats, outside: tuple[Floats, Floats],
    inside: tuple[Floats, Floats], guess: Floats,
) -> Floats:  # fmt: skip
    """Rate at which the deviance reaches 3.84, between (rate, height) outside and inside.

    Regula falsi (Illinois) on the root of the deviance, which is nearly linear in ln R; the first try is the limit
    that the standard error gives.
    """
    level = np.sqrt(DEVIANCE_95)

    def excess(height: Floats) -> Floats:
        return np.asarray(np.sqrt(np.maximum(2.0 * (highest - height), 0.0)) - level)

    far, near = np.log(outside[0]), np.log(np.maximum(inside[0], TINY))
    above, below = np.maximum(excess(outside[1]), TINY), np.minimum(excess(inside[1]), -TINY)
    middle, line = np.log(np.maximum(guess, TINY)), far + (near - far) * above / (above - below)
    middle = np.where((middle - far) * (middle - near) < 0.0, middle, line)
    for _ in range(LIMIT_STEPS):
        value = excess(height_at(np.exp(middle)))
        beyond = value > 0.0
        far, near = np.where(beyond, middle, far), np.where(beyond, near, middle)
        above, below = np.where(beyond, value, 0.5 * above), np.where(beyond, 0.5 * below, value)
        middle = far + (near - far) * above / np.maximum(above - below, TINY)
    return np.asarray(np.exp(middle))
