"""How far two columns look like the echo times and signals of a decay, and what speaks against it.

Physics of the acquisition, no clinical limits: when trains begin and end, what their spacing is, and that signals fall.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ironreport.intake.echo_times import is_even_train, is_full_train

Times = Literal["T2*", "T2", "TI"]
"""What the times of a table are: gradient echoes, spin echoes, inversion times."""

# Seconds end below this; no train of echoes ends so early, ultra-short ones aside.
LAST_AT_LEAST_MS: dict[Times, float] = {"T2*": 0.2, "T2": 0.2, "TI": 10.0}
# Trains that measure iron begin below 3 ms, older ones below 6; a train ten times too long begins above 7.
FIRST_AT_MOST_MS: dict[Times, float] = {"T2*": 7.0, "T2": 40.0, "TI": math.inf}
LAST_AT_MOST_MS: dict[Times, float] = {"T2*": 100.0, "T2": 400.0, "TI": 30_000.0}
# The logarithm of the largest value that 16 bits hold is 11.1; magnitudes themselves are hardly ever so small.
_LOG_AT_LEAST, _LOG_AT_MOST = 1.0, 12.0
_CLEARLY_EXPONENTIAL, _CLEAR_FALL = 0.995, 0.3
_MIN_ROWS_FOR_SHAPE = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """What two columns look like as times [ms] and signals."""

    too_early: bool
    too_late: bool
    beyond: bool
    uneven: bool
    unordered: bool
    rising: bool
    counted: bool
    like_logarithm: bool
    train_in_signal: bool

    @property
    def cost(self) -> float:
        """How much speaks against it: nothing at 0; more than another reading by 2 or more is no rival of it."""
        return (
            3.0 * (self.too_early + self.too_late + self.beyond)
            + 2.0 * self.uneven
            + 1.0 * self.unordered
            + 4.0 * self.rising
            + 3.0 * self.counted
            + 2.0 * self.train_in_signal
        )


def shape(te_ms: Sequence[float], signal: Sequence[float], times: Times) -> Shape:
    """What a table looks like, read so.

    Parameters
    ----------
    te_ms, signal : sequence of float, shape (n_rows,)
        Times [ms], all different, and signals [arbitrary units] in the order in which they were written.
    """
    in_order = sorted(zip(te_ms, signal, strict=True))
    ordered_te = [te for te, _ in in_order]
    ordered_signal = [value for _, value in in_order]
    is_recovery = times == "TI"
    return Shape(
        too_early=ordered_te[-1] < LAST_AT_LEAST_MS[times],
        too_late=ordered_te[0] > FIRST_AT_MOST_MS[times],
        beyond=ordered_te[-1] > LAST_AT_MOST_MS[times],
        uneven=not is_recovery and len(ordered_te) >= _MIN_ROWS_FOR_SHAPE and not is_even_train(ordered_te),
        unordered=list(te_ms) != ordered_te,
        rising=not is_recovery and _rises(ordered_signal),
        counted=not is_recovery and are_counts(te_ms),
        like_logarithm=not is_recovery and _like_logarithm(ordered_te, ordered_signal),
        train_in_signal=not is_recovery and _is_train(sorted(signal), times) and not is_full_train(ordered_te),
    )


def are_counts(values: Sequence[float]) -> bool:
    """True for 1, 2, 3 and 0, 1, 2, as rows and echoes are counted, in any order and with one left out.

    >>> are_counts([1, 2, 3]), are_counts([5, 4, 2, 1]), are_counts([1.2, 2.4]), are_counts([1, 3, 5, 7])
    (True, True, False, False)
    """
    whole = all(value == int(value) for value in values if math.isfinite(value))
    return len(values) > 1 and whole and min(values) in (0.0, 1.0) and max(values) - min(values) <= len(values)


def _is_train(signal: list[float], times: Times) -> bool:
    """True where signals are evenly spaced as echo times are, and as late."""
    fits = signal[0] <= FIRST_AT_MOST_MS[times] and signal[-1] <= LAST_AT_MOST_MS[times]
    return len(signal) > _MIN_ROWS_FOR_SHAPE and fits and is_full_train(signal)


def _rises(signal: Sequence[float]) -> bool:
    """True where the last third is no lower than the first one."""
    n = max(len(signal) // 3, 1)
    return len(signal) > 1 and sum(signal[:n]) <= sum(signal[-n:])


def _like_logarithm(te_ms: Sequence[float], signal: Sequence[float]) -> bool:
    """True for small numbers that do not fall like a decay to zero: their logarithm is no straight line."""
    if len(te_ms) < _MIN_ROWS_FOR_SHAPE or not _LOG_AT_LEAST < max(signal) <= _LOG_AT_MOST or min(signal) <= 0:
        return False
    return (
        _straightness(te_ms, np.log(np.asarray(signal, dtype=float))) < _CLEARLY_EXPONENTIAL
        or signal[-1] > _CLEAR_FALL * signal[0]
    )


def _straightness(te_ms: Sequence[float], values: npt.NDArray[np.float64]) -> float:
    """Share of the variance that a straight line explains."""
    spread = float(np.var(values))
    if spread == 0.0:
        return 0.0
    slope, start = np.polyfit(te_ms, values, 1)
    return 1.0 - float(np.var(values - slope * np.asarray(te_ms) - start)) / spread
