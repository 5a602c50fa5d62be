"""Whether the first spin echo is low against the others, as stimulated echoes make it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from ironreport.records import FloatArray
from ironreport.relaxometry.models import MONO, mono_exponential
from ironreport.relaxometry.solving import Solution, solve

FEWEST_OTHERS = 4
"""Echoes behind the first that a curve with its own scatter needs."""

CLEAR_OF_NOISE = 0.1
"""Echoes below a tenth of the largest bend at the noise floor and say little about the first."""

CHANCE = 0.01
SMALLEST_SHORTFALL = 0.02
"""One false alarm in a hundred clean curves, and at least 2 %."""


@dataclass(frozen=True, slots=True)
class LowFirstEcho:
    """The first echo lies below the curve through the others.

    Later echoes of a train with imperfect refocusing pulses hold stimulated echoes, the first holds none
    (Hennig J, J Magn Reson 1988;78:397); left in, it makes T2 too long.

    Parameters
    ----------
    shortfall : float
        How far it is below the curve through the others, as a share of that curve.
    time_ms, time_without_ms : float
        T2 [ms] of the echoes compared, with and without the first.
    """

    shortfall: float
    time_ms: float
    time_without_ms: float

    @property
    def sentence(self) -> str:
        """The evidence in words."""
        change = 100.0 * (self.time_ms / self.time_without_ms - 1.0)
        return (
            f"The first echo is {100 * self.shortfall:.0f} % below the curve through the others, as stimulated echoes "
            f"make it; with it T2 reads {change:.0f} % longer. Leave it out."
        )


def low_first_echo(te_ms: FloatArray, signal: FloatArray) -> LowFirstEcho | None:
    """Evidence that the first spin echo is low, or None.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and positive signals.
    """
    clear = signal >= CLEAR_OF_NOISE * signal.max()
    n_clear = len(signal) if np.all(clear) else int(np.argmin(clear))
    te_ms, signal = te_ms[:n_clear], signal[:n_clear]
    if n_clear <= FEWEST_OTHERS:
        return None
    others, everything = solve(MONO, te_ms[1:], signal[1:]), solve(MONO, te_ms, signal)
    if others is None or everything is None or others.covariance is None or others.dof < 1:
        return None
    expected = float(mono_exponential(te_ms[:1], others.s0, others.rate_per_s)[0])
    shortfall = 1.0 - float(signal[0]) / expected
    if shortfall < SMALLEST_SHORTFALL:
        return None
    spread = _spread(others, float(te_ms[0]), expected)
    chance = float(stdtr(others.dof, -shortfall * expected / spread)) if spread > 0.0 else 0.0
    return LowFirstEcho(shortfall, everything.time_ms, others.time_ms) if chance < CHANCE else None


def _spread(others: Solution, te_ms: float, expected: float) -> float:
    """SD of a new echo around the curve carried on to its time."""
    if others.covariance is None:
        return math.inf
    # ln A = ln S0 - R TE, so its slope by ln R is -R TE.
    slopes = np.array([1.0, -te_ms / others.time_ms])
    return math.sqrt(others.rss / others.dof + float(slopes @ others.covariance @ slopes) * expected**2)
