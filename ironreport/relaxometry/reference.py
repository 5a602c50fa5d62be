"""Methods of other software under their own names, to reproduce published maps and to compare with.

None of them is used for a reported number: each is biased where iron is heavy, which is what the comparison shows.
They return NaN where they fail; published statistics often count such a pixel as 0 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import curve_fit

from ironreport.records import FloatArray
from ironreport.relaxometry.separable import SeparableFits, fit_separable

SHORTEST_MS = 0.05

NEAR_THE_LIMIT = 0.999
"""A time within 0.1 % of the longest one allowed was stopped by the limit, not found."""

SMALLEST_SIGNAL = 1e-4
"""Signal, relative to the largest of the image, that an echo below the spread is compared with."""

SMALLEST_SPREAD = 1e-10


def weighted_log_linear(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] by a weighted straight line through ln S, shape (n,).

    The convention of the kidney toolkit ukat: the signals are divided by the largest of the image, the weight is
    1 / ln(S / (S - v))^2 where v is the variance over the echoes (not a noise), and 1 / ln(S / 0.0001)^2 for echoes
    below v. It depends on the other pixels of the image and reads T2* of heavy iron several times too long.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    signals : ndarray, shape (n, n_echoes)
    longest_ms : float
        Longer times [ms], and negative ones, are failures.
    """
    relative = signals / np.nanmax(signals)
    variance = np.var(relative, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where(relative > variance, relative - variance, SMALLEST_SIGNAL)
        weight = np.where(relative > 0.0, np.log(relative / near) ** -2.0, 0.0)
        height = np.where(relative > 0.0, np.log(relative), 0.0)
        total, by_te, by_height = weight.sum(axis=1), weight @ te_ms, np.sum(weight * height, axis=1)
        spread = total * (weight @ te_ms**2) - by_te**2
        time_ms = -spread / (total * ((weight * height) @ te_ms) - by_te * by_height)
    good = (time_ms > 0.0) & (time_ms <= longest_ms) & (variance[:, 0] > SMALLEST_SPREAD)
    return np.where(good, time_ms, np.nan)


def exponential(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] of S0 exp(-TE / T) with S0 >= 0, least squares, shape (n,); NaN where the longest T fits best.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    signals : ndarray, shape (n, n_echoes)
    longest_ms : float
    """
    return _times(fit_separable(te_ms, signals, ((0.0, 1.0),), (SHORTEST_MS, longest_ms)), longest_ms)


def exponential_with_offset(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] of S0 exp(-TE / T) + C with S0, C >= 0, least squares, shape (n,). Parameters as in `exponential`."""
    blocks = ((0.0, 1.0), (1.0, 0.0))
    return _times(fit_separable(te_ms, signals, blocks, (SHORTEST_MS, longest_ms)), longest_ms)


def _times(fits: SeparableFits, longest_ms: float) -> FloatArray:
    return np.where(fits.settled & (fits.time_ms <= NEAR_THE_LIMIT * longest_ms), fits.time_ms, np.nan)


def search_from_one_start(
    model: Callable[..., FloatArray],
    times_ms: FloatArray,
    signals: FloatArray,
    start: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
) -> FloatArray:
    """Parameters of a bounded trust-region search from one start, pixel by pixel, shape (n, n_parameters).

    What most published maps are made with: `scipy.optimize.curve_fit` with bounds. It stops in the first valley,
    which for magnitude inversion recovery is often not the deepest, and in flat valleys before the bottom. A row is
    NaN where the search fails or ends within 0.1 % of the upper bound of the first two parameters.

    Parameters
    ----------
    model : callable
        ``model(times_ms, *parameters)``, the time [ms] first, then the scale.
    times_ms : ndarray, shape (n_times,)
    signals : ndarray, shape (n, n_times)
    start, upper, lower : sequence of float, length n_parameters
        ``lower`` is zero where it is not given.
    """
    bounds = (np.zeros(len(start)) if lower is None else np.asarray(lower), np.asarray(upper))
    found = np.full((len(signals), len(start)), np.nan)
    for row, signal in zip(found, signals, strict=True):
        try:
            parameters, _ = curve_fit(model, times_ms, signal, p0=np.asarray(start), bounds=bounds)
        except RuntimeError:
            continue
        if np.all(parameters[:2] <= NEAR_THE_LIMIT * bounds[1][:2]):
            row[:] = parameters
    return found
