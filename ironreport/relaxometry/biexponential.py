"""Two exponentials, for suspicion only: a slow part under a fast decay is a vessel, another tissue or the noise floor.

The two times lean on each other too much to be reported (Lanczos C, Applied Analysis, 1956, section IV.23), so what
comes back is evidence: a caution and a reading for the bracket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import fdtri

from ironreport import units
from ironreport.records import Caution, Estimate, FloatArray, ModelReading
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.separable import TINY, two_weights
from ironreport.relaxometry.solving import CONFIDENCE, PlainSolutions, solve, solve_each
from ironreport.units import milliseconds

WORDS = "Two exponentials, the faster part"

N_GRID_TIMES = 40
N_ZOOMS = 12
ZOOM = 0.35
"""Each zoom looks at 35 % of the range before it, around its best point: twelve reach a relative 1e-4 in T."""

SHORTEST_PER_GAP = 0.1
LONGEST_PER_LAST_TE = 20.0
"""A slower part than this is a constant within the train."""

SLOW_PER_LAST_TE = 5.0
"""The slow part that stands for blood under a floor decays by a fifth within the train."""

N_HIDDEN_TIMES = 200
"""Times tried, 0.35 % apart."""

LEAST_RATIO = 2.0
"""Times closer than a factor of two cannot be told from one time with noise (fitted times then drift apart)."""

LEAST_SHARE, MOST_SHARE = 0.05, 0.6
"""Below, nothing is changed; above, the slow part is the tissue itself."""

CLEAR_AICC = 10.0
"""Evidence ratio of 150, the usual word for it being 'essentially no support' for the other model
(Burnham KP, Anderson DR, Model Selection and Multimodel Inference, 2002)."""

HIDDEN_SHARE = 0.1
HIDDEN_RATIO = 5.0
"""A tenth of blood is what a region drawn into the septum or over a portal branch easily holds; it decays five times
slower than a heart with some iron (80 to 100 ms against 16 to 20 ms)."""

HIDDEN_CHANCE = 0.01
"""A slow part counts as excluded where it fits worse than the scatter of the echoes explains in one of a hundred: so
many hearts of 18 ms with a tenth of blood read normal without a word (4 of 100 where it was one of twenty)."""

SLOW_ALIKE = 4.0
SLOW_SURE = 0.5
LEAST_FAST = 0.25
"""Chosen on simulated means of 6 to 12 echoes: where a slow part leaves less than four times the squares that a noise
floor leaves, as chance can make it (F of six and six, one of twenty), the interval holds its reading as well; below
half, which 1 of 100 clean decays comes to, the class is withheld.
A fast part below a quarter of the reading is not looked for."""

FEWEST_ECHOES = 7
"""Four parameters and the noise leave AICc infinite for six."""

RELATIVE_RESOLUTION = 1e-6
"""Misfits below a millionth of the first echo are rounding, not evidence."""


@dataclass(frozen=True, slots=True)
class BiexponentialFit:
    """Two exponentials through one decay, and how much better they explain it.

    Parameters
    ----------
    fast_ms, slow_ms : float
        The two times [ms].
    slow_share : float
        Share of the slow part in the signal at TE 0.
    curve : tuple of float, shape (n_echoes,)
    gain_over_mono, gain_over_floor : float
        By how much AICc falls against one exponential, and against one with a floor (constant or in quadrature,
        whichever explains more). Positive speaks for two exponentials; inf with a rival that has no solution.
    """

    fast_ms: float
    slow_ms: float
    slow_share: float
    curve: tuple[float, ...]
    gain_over_mono: float
    gain_over_floor: float

    @property
    def suspicious(self) -> bool:
        """Whether the slow part is distinct, large enough to bend the result and small enough to be a stranger."""
        distinct = self.slow_ms >= LEAST_RATIO * self.fast_ms
        return distinct and LEAST_SHARE <= self.slow_share <= MOST_SHARE and self.gain_over_mono > CLEAR_AICC

    @property
    def decays(self) -> bool:
        """Whether the slow part itself decays, which a noise floor does not."""
        return self.gain_over_floor > CLEAR_AICC


def fit_biexponential(
    te_ms: FloatArray, signal: FloatArray, solved: PlainSolutions | None = None
) -> BiexponentialFit | None:
    """Two exponentials through one decay; None with fewer than seven echoes or where one exponential is enough.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and positive signals.
    solved : PlainSolutions or None
        The plain models of the same echoes, where they are known already.
    """
    n_echoes = len(te_ms)
    if n_echoes < FEWEST_ECHOES:
        return None
    fast_ms, slow_ms = _best_times(te_ms, signal)
    shapes = np.stack([np.exp(-te_ms / fast_ms), np.exp(-te_ms / slow_ms)], axis=1)
    weights, misfit = nnls(shapes, signal)
    if not np.all(weights > 0.0):
        return None
    rivals = solved or solve_each(te_ms, signal)
    aicc = _aicc(misfit**2, signal, 4)
    plain, *floors = [
        math.inf if rival is None else _aicc(rival.rss, signal, rival.model.n_parameters) for rival in rivals
    ]
    return BiexponentialFit(
        fast_ms=fast_ms,
        slow_ms=slow_ms,
        slow_share=float(weights[1] / weights.sum()),
        curve=tuple((shapes @ weights).tolist()),
        gain_over_mono=plain - aicc,
        gain_over_floor=min(floors) - aicc,
    )


def vessel_suspicion(
    te_ms: FloatArray, signal: FloatArray, solved: PlainSolutions | None = None
) -> tuple[Caution, ModelReading] | None:
    """Caution and bracket reading where a slow part hides under the decay, or None. Parameters as above.

    The reading has no interval and is never the result.
    """
    solved = solved or solve_each(te_ms, signal)
    fit, plain = fit_biexponential(te_ms, signal, solved), solved.mono
    if fit is None or plain is None or not fit.suspicious:
        return None
    reading = ModelReading(
        WORDS,
        Estimate("t2star_ms", fit.fast_ms),
        Estimate("r2star_per_s", units.rate_per_s(fit.fast_ms)),
        fit.curve,
    )
    text = _slow_words(fit.slow_share, fit.fast_ms, plain.time_ms, decays=fit.decays)
    return Caution("SLOW_PART", text, blocks_grade=fit.decays), reading


def _slow_words(share: float, fast_ms: float, plain_ms: float, *, decays: bool) -> str:
    origin = (
        "it decays itself, as blood in vessels or a second tissue does, and no noise floor"
        if decays
        else "without the pixels a vessel cannot be told from the noise floor"
    )
    return (
        f"{100 * share:.0f} % of the signal decays slowly under a fast part of {milliseconds(fast_ms)} "
        f"ms; {origin}. One exponential reads {milliseconds(plain_ms)} ms: redraw the region without vessels."
    )


@dataclass(frozen=True, slots=True)
class SlowUnderFloor:
    """A slow part that explains a curve about as well as the noise floor that was modelled, or better.

    Parameters
    ----------
    time_ms, shortest_ms : float
        T2* of the fast part [ms] and its lower 95 % limit.
    share : float
        Of the slow part in the signal at TE 0.
    per_floor : float
        Squares that it leaves per square that the floor leaves.
    """

    time_ms: float
    shortest_ms: float
    share: float
    per_floor: float

    @property
    def is_sure(self) -> bool:
        """Whether it explains the curve so much better that no class may stand on the floor."""
        return self.per_floor < SLOW_SURE

    def caution(self, plain_ms: float) -> Caution:
        """What the reader is told where it is sure; ``plain_ms`` is what one exponential reads."""
        text = _slow_words(self.share, self.time_ms, plain_ms, decays=False)
        return Caution("SLOW_PART", text, blocks_grade=True)


def slow_under_floor(
    te_ms: FloatArray, signal: FloatArray, time_ms: float, floor_rss: float, constant_rss: float
) -> SlowUnderFloor | None:
    """What a fast part over a slow one reads where it may be what looks like a noise floor, or None.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and positive signals.
    time_ms : float
        T2* read over the floor [ms]; a slow part only makes it shorter.
    floor_rss, constant_rss : float
        Squares that the floor, and a constant in its place, leave.
    """
    freedom = len(te_ms) - 3
    if freedom < 1:
        return None
    times_ms = time_ms * np.geomspace(LEAST_FAST, 1.0, N_HIDDEN_TIMES)
    fast, slow = np.exp(-te_ms / times_ms[:, np.newaxis]), np.exp(-te_ms / (SLOW_PER_LAST_TE * te_ms[-1]))
    norms = [np.sum(fast**2, axis=1), np.full(len(times_ms), float(slow @ slow))]
    shares = [fast @ signal, np.full(len(times_ms), float(slow @ signal))]
    weights = two_weights(shares, norms, fast @ slow)
    misfits = float(signal @ signal) - weights[0] * shares[0] - weights[1] * shares[1]
    rounding = len(te_ms) * (RELATIVE_RESOLUTION * float(signal[0])) ** 2
    best = int(np.argmin(misfits))
    least = max(float(misfits[best]), 0.0) + rounding
    per_floor = (min(least, constant_rss + rounding)) / (floor_rss + rounding)
    if per_floor > SLOW_ALIKE:
        return None
    alike = misfits <= least * (1.0 + float(fdtri(1, freedom, CONFIDENCE)) / freedom)
    total = float(weights[0][best] + weights[1][best])
    return SlowUnderFloor(
        float(times_ms[best]), float(times_ms[np.argmax(alike)]), float(weights[1][best]) / total, per_floor
    )


@dataclass(frozen=True, slots=True)
class HiddenPart:
    """A tenth of slow signal that would not show in a curve.

    Parameters
    ----------
    plain_ms, time_ms : float
        T2* as it reads [ms], and as it would be without the slow part.
    """

    plain_ms: float
    time_ms: float

    @property
    def caution(self) -> Caution:
        """What the reader is told, where it can matter."""
        text = (
            f"{100 * HIDDEN_SHARE:.0f} % of blood in the region would not show in this curve: T2* would then be "
            f"{milliseconds(self.time_ms)} ms and not {milliseconds(self.plain_ms)} ms. See on the images that the "
            "region holds no blood, or load them: pixels of vessels are then left out."
        )
        return Caution("BLOOD_NOT_EXCLUDED", text)

    def without(self, rate: Estimate) -> Estimate:
        """A rate and its limits as they would be without the slow part."""
        times = self.plain_ms / self.time_ms
        low, high = (None if limit is None else limit * times for limit in (rate.low, rate.high))
        return Estimate(rate.quantity, rate.value * times, low, high)


def hidden_slow_part(te_ms: FloatArray, signal: FloatArray, solved: PlainSolutions | None = None) -> HiddenPart | None:
    """A tenth of slow signal where it would not show in the curve, or None. Parameters as in `fit_biexponential`."""
    plain = solve(MONO, te_ms, signal) if solved is None else solved.mono
    if plain is None or plain.dof < 1:
        return None
    times_ms = plain.time_ms * np.geomspace(1.0 / LEAST_RATIO, 1.0, N_HIDDEN_TIMES)
    slow = np.exp(-te_ms / (HIDDEN_RATIO * plain.time_ms))
    shapes = (1.0 - HIDDEN_SHARE) * np.exp(-te_ms / times_ms[:, np.newaxis]) + HIDDEN_SHARE * slow
    misfits = float(signal @ signal) - (shapes @ signal) ** 2 / np.sum(shapes**2, axis=1)
    best = int(np.argmin(misfits))
    time_ms = float(times_ms[best])
    worse = (float(misfits[best]) - plain.rss) * plain.dof
    if worse > float(fdtri(1, plain.dof, 1.0 - HIDDEN_CHANCE)) * plain.rss:
        return None
    return HiddenPart(plain.time_ms, time_ms)


def _best_times(te_ms: FloatArray, signal: FloatArray) -> tuple[float, float]:
    """Fast and slow time [ms] with the least squares: a grid, then zooms into it."""
    span = (math.log(float(np.diff(te_ms).min()) * SHORTEST_PER_GAP), math.log(float(te_ms[-1]) * LONGEST_PER_LAST_TE))
    fast, slow = _best_pair(te_ms, signal, np.linspace(*span, N_GRID_TIMES), np.linspace(*span, N_GRID_TIMES))
    reach = ZOOM * (span[1] - span[0]) / 2.0
    for _ in range(N_ZOOMS):
        near = np.linspace(-reach, reach, N_GRID_TIMES)
        fast, slow = _best_pair(te_ms, signal, np.clip(fast + near, *span), np.clip(slow + near, *span))
        reach *= ZOOM
    return math.exp(fast), math.exp(slow)


def _best_pair(
    te_ms: FloatArray, signal: FloatArray, log_fast: FloatArray, log_slow: FloatArray
) -> tuple[float, float]:
    """Best of all pairs of ln T, the fast one first."""
    fast, slow = (np.exp(-te_ms / np.exp(log_times)[:, None]) for log_times in (log_fast, log_slow))
    ones = np.ones((len(log_fast), len(log_slow)))
    norms = [np.sum(fast**2, axis=1)[:, None] * ones, np.sum(slow**2, axis=1) * ones]
    shares = [(fast @ signal)[:, None] * ones, (slow @ signal) * ones]
    weights = two_weights(shares, [np.maximum(norm, TINY) for norm in norms], fast @ slow.T)
    explained = np.where(log_fast[:, None] < log_slow, weights[0] * shares[0] + weights[1] * shares[1], -math.inf)
    i, j = np.unravel_index(int(np.argmax(explained)), explained.shape)
    return float(log_fast[i]), float(log_slow[j])


def _aicc(rss: float, signal: FloatArray, n_parameters: int) -> float:
    """AICc of a least-squares fit (Hurvich CM, Tsai CL, Biometrika 1989;76:297); the noise is one parameter more."""
    n, k = len(signal), n_parameters + 1
    rounding = n * (RELATIVE_RESOLUTION * float(signal[0])) ** 2
    return n * math.log(rss + rounding) + 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1)
