"""Least squares of curves a + b exp(-t / T), many at once.

Given T the rest is linear (variable projection; Golub GH, Pereyra V, SIAM J Numer Anal 1973;10:413), so a grid over
T alone finds the best valley and bisection of the slope its floor: no start to guess, no search that ends early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray

Blocks = tuple[tuple[float, float], ...]
"""One or two building blocks c + d exp(-t / T), each (c, d); a curve is their sum with non-negative weights."""

N_GRID_TIMES = 160
"""Steps of 4 to 8 % in T over the ranges in use: well inside one valley."""

N_HALVINGS = 40
"""Halves two grid steps down to 1e-13. Secants are quicker, but crawl where a weight reaches zero."""

ROWS_AT_ONCE = 4096
"""Keeps the working arrays at a few MB, inside the cache."""

AT_THE_EDGE = 1e-9
"""A T this close (in ln T) to an end of its range was not found but stopped."""

TINY = 1e-300
"""Keeps a shape that has died away from dividing by zero."""


@dataclass(frozen=True, slots=True, eq=False)
class SeparableFits:
    """Best curves a + b exp(-t / T) of many signals, each array of shape (n,).

    Parameters
    ----------
    time_ms, constant, amplitude, rss : ndarray
        T [ms], a, b and the residual sum of squares.
    settled : ndarray of bool
        False where the signal is not finite, no exponential is left, or T ran to an end of its range:
        nothing may be reported there.
    """

    time_ms: FloatArray
    constant: FloatArray
    amplitude: FloatArray
    rss: FloatArray
    settled: npt.NDArray[np.bool_]

    def predicted(self, times_ms: FloatArray) -> FloatArray:
        """Curves at the times [ms], shape (n, n_times)."""
        decay = np.exp(-times_ms / self.time_ms[:, None])
        return self.constant[:, None] + self.amplitude[:, None] * decay


def fit_separable(
    times_ms: FloatArray, signals: FloatArray, blocks: Blocks, range_ms: tuple[float, float]
) -> SeparableFits:
    """Best curve of each signal, T inside a range.

    Parameters
    ----------
    times_ms : ndarray, shape (n_times,)
        Echo or inversion times [ms].
    signals : ndarray, shape (n, n_times)
    blocks : tuple of (float, float)
        What the curve is made of; ``((0, 1),)`` is the plain exponential, ``((0, 1), (1, 0))`` has an offset.
    range_ms : (float, float)
        Shortest and longest T [ms].

    Examples
    --------
    >>> te_ms = np.array([5.0, 10.0, 20.0, 40.0])
    >>> fit = fit_separable(te_ms, 3.0 + 100.0 * np.exp(-te_ms[None] / 20.0), ((0, 1), (1, 0)), (1.0, 500.0))
    >>> fit.time_ms.round(6).tolist(), fit.constant.round(6).tolist()
    ([20.0], [3.0])
    """
    parts = [_fit_rows(times_ms, rows, blocks, range_ms) for rows in _row_blocks(signals)]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    time_ms, constant, amplitude, rss, finite = columns
    distance = np.minimum(np.log(time_ms / range_ms[0]), np.log(range_ms[1] / time_ms))
    settled = finite.astype(bool) & (amplitude != 0.0) & (distance > AT_THE_EDGE)
    return SeparableFits(time_ms, constant, amplitude, rss, settled)


def _row_blocks(signals: FloatArray) -> Iterator[FloatArray]:
    for start in range(0, max(len(signals), 1), ROWS_AT_ONCE):
        yield signals[start : start + ROWS_AT_ONCE]


def _fit_rows(
    times_ms: FloatArray, signals: FloatArray, blocks: Blocks, range_ms: tuple[float, float]
) -> tuple[FloatArray, ...]:
    """T, a, b, residual sum of squares and whether the signal is finite, each of shape (n,)."""
    finite = np.all(np.isfinite(signals), axis=1)
    usable = np.where(finite[:, None], signals, 0.0)
    low, middle, high = _bracket(times_ms, usable, blocks, range_ms)
    for _ in range(N_HALVINGS):
        rising = _at(times_ms, usable, blocks, middle)[0] > 0.0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        middle = (low + high) / 2.0
    _, constant, amplitude, rss = _at(times_ms, usable, blocks, middle)
    return np.exp(middle), constant, amplitude, rss, finite.astype(np.float64)


def _bracket(
    times_ms: FloatArray, signals: FloatArray, blocks: Blocks, range_ms: tuple[float, float]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Best grid point in ln T between its two neighbours, each of shape (n,)."""
    log_times = np.linspace(np.log(range_ms[0]), np.log(range_ms[1]), N_GRID_TIMES)
    decays = np.exp(-times_ms / np.exp(log_times)[:, None])
    sums = (decays.sum(axis=1), np.sum(decays**2, axis=1))
    total = signals.sum(axis=1)[:, None]
    explained = _linear(blocks, len(times_ms), sums, total, signals @ decays.T)[2]
    best = np.argmax(explained, axis=1)
    return (
        log_times[np.maximum(best - 1, 0)],
        log_times[best],
        log_times[np.minimum(best + 1, N_GRID_TIMES - 1)],
    )


def _at(times_ms: FloatArray, signals: FloatArray, blocks: Blocks, log_time: FloatArray) -> tuple[FloatArray, ...]:
    """Slope of half the residual sum of squares by ln T, a, b and that sum, each of shape (n,)."""
    relative = times_ms * np.exp(-log_time)[:, None]
    decay = np.exp(-relative)
    sums = (decay.sum(axis=1), np.sum(decay**2, axis=1))
    constant, amplitude, _ = _linear(
        blocks, signals.shape[1], sums, signals.sum(axis=1), np.sum(signals * decay, axis=1)
    )
    residuals = constant[:, None] + amplitude[:, None] * decay - signals
    # The weights are the best ones for this T, so their own change has no part in the slope.
    slope = amplitude * np.sum(residuals * decay * relative, axis=1)
    return slope, constant, amplitude, np.sum(residuals**2, axis=1)


def _linear(
    blocks: Blocks, n_times: int, sums: tuple[FloatArray, FloatArray], total: FloatArray, decayed: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Best a, b and the sum of squares they explain, from the sums of E, E^2, S and S E with E = exp(-t / T)."""

    def product(one: tuple[float, float], other: tuple[float, float]) -> FloatArray:
        crossed = one[0] * other[1] + one[1] * other[0]
        return np.asarray(one[0] * other[0] * n_times + crossed * sums[0] + one[1] * other[1] * sums[1])

    shares = [c * total + d * decayed for c, d in blocks]
    norms = [np.maximum(product(block, block), TINY) for block in blocks]
    if len(blocks) == 1:
        weights = [np.maximum(shares[0] / norms[0], 0.0)]
    else:
        weights = two_weights(shares, norms, product(blocks[0], blocks[1]))
    constant = sum(weight * c for weight, (c, _) in zip(weights, blocks, strict=True))
    amplitude = sum(weight * d for weight, (_, d) in zip(weights, blocks, strict=True))
    explained = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    return np.asarray(constant + 0.0 * total), np.asarray(amplitude + 0.0 * total), np.asarray(explained)


def two_weights(shares: list[FloatArray], norms: list[FloatArray], overlap: FloatArray) -> list[FloatArray]:
    """Best non-negative weights of two shapes: both where neither is negative, otherwise the better one alone.

    Parameters
    ----------
    shares, norms : list of two ndarray
        Scalar products of each shape with the signal and with itself.
    overlap : ndarray
        Scalar product of the two shapes.
    """
    alone = [np.maximum(share / norm, 0.0) for share, norm in zip(shares, norms, strict=True)]
    determinant = norms[0] * norms[1] - overlap**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first = (norms[1] * shares[0] - overlap * shares[1]) / determinant
        second = (norms[0] * shares[1] - overlap * shares[0]) / determinant
    both = (first >= 0.0) & (second >= 0.0) & np.isfinite(first) & np.isfinite(second)
    first_wins = alone[0] * shares[0] >= alone[1] * shares[1]
    return [
        np.where(both, first, np.where(first_wins, alone[0], 0.0)),
        np.where(both, second, np.where(first_wins, 0.0, alone[1])),
    ]
