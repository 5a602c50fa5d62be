"""Weighted least squares of many small curves at once: where to start, how far to go, and the way down.

Levenberg-Marquardt with the scaling of Marquardt DW, J Soc Ind Appl Math 1963;11:431; curves that have come to rest
drop out of the work.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from ironreport.records import FloatArray
from ironreport.relaxometry.models import Curves

MOST_STEPS = 60
SMALLEST_STEP = 1e-8
SMALLEST_DROP = 1e-9
"""Step, and relative fall of chi-square, at which a curve has come to rest."""

LARGEST_STEP = 2.0
FIRST_DAMPING, LARGEST_DAMPING = 1e-3, 1e9
DAMPING_AFTER_SUCCESS, DAMPING_AFTER_FAILURE = 1.0 / 8.0, 6.0
"""Chosen for speed: a step stays below a factor of e^2, and damping falls faster than it rises. They
change the way to the lowest point, not the point."""

NOT_DETERMINED = 1e-12
"""Curvature, relative to the largest, below which a parameter counts as not determined."""

TINY = 1e-250
"""Keeps curves without any weight from dividing by zero."""

N_GRID_RATES = 80
SLOWEST_RATE_TIMES_LAST_TE = 1e-3
FASTEST_RATE_TIMES_GAP = 12.0
"""Rates tried: from a fall by 0.1 % over the train to one by e^-12 between two echoes."""

FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE = -12.0, 40.0
"""Of the first echo in units of the curve: six millionths of sigma are no signal, and no image holds e^40 of it."""

FAT_RANGE = (-0.1, 0.5)
"""Fat fractions a fit may try. Below 0 there is no fat; above one half water and fat trade places."""

LEVEL = 0.95
HALF_WIDTH = float(ndtri(0.5 + LEVEL / 2))
"""Confidence of every interval, and the half width of a normal one in standard errors."""


def descend(
    model: Curves,
    origin: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    free: tuple[int, ...] | None = None,
    pull: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Points of least weighted squares and their chi-square, by Levenberg-Marquardt on all curves at once.

    Parameters
    ----------
    origin : ndarray, shape (n, p)
        Where to start.
    values, weights : ndarray, shape (n, n_echoes)
        Curves and inverse variances.
    limits : ndarray, shape (2, p)
        Lowest and highest point.
    free : tuple of int, optional
        Parameters to fit; all without it.
    pull : ndarray, shape (p,), optional
        Inverse variances with which the parameters are held at zero: what is known of them beforehand.
    """
    held = np.zeros(origin.shape[1]) if pull is None else pull
    columns = list(range(origin.shape[1]) if free is None else free)
    points = np.clip(origin, limits[0], limits[1])
    expected, slopes = model(points)
    costs = np.sum(weights * (values - expected) ** 2, axis=1) + points**2 @ held
    damping = np.full(len(points), FIRST_DAMPING)
    open_rows = np.arange(len(points))
    for _ in range(MOST_STEPS):
        if not len(open_rows):
            break
        wanted = _steps(
            slopes[open_rows][..., columns], weights[open_rows], (values - expected)[open_rows], damping,
            held[columns], points[open_rows][:, columns],
        )  # fmt: skip
        trial = points[open_rows]
        trial[:, columns] += wanted
        trial = np.clip(trial, limits[0], limits[1])
        moved = np.max(np.abs(trial - points[open_rows]), axis=1)
        trial_expected, trial_slopes = model(trial)
        misfit = np.sum(weights[open_rows] * (values[open_rows] - trial_expected) ** 2, axis=1)
        trial_costs = misfit + trial**2 @ held
        drop = costs[open_rows] - trial_costs
        better = drop >= 0.0
        rows = open_rows[better]
        points[rows], expected[rows], slopes[rows] = trial[better], trial_expected[better], trial_slopes[better]
        costs[rows] = trial_costs[better]
        damping = np.where(better, damping * DAMPING_AFTER_SUCCESS, damping * DAMPING_AFTER_FAILURE)
        crawling = better & (drop <= SMALLEST_DROP * costs[open_rows])
        going = (moved > SMALLEST_STEP) & (damping < LARGEST_DAMPING) & ~crawling
        open_rows, damping = open_rows[going], damping[going]
    return points, costs


def _steps(
    slopes: FloatArray, weights: FloatArray, residuals: FloatArray, damping: FloatArray, held: FloatArray,
    points: FloatArray,
) -> FloatArray:  # fmt: skip
    weighted = slopes * weights[..., None]
    curvature = np.swapaxes(weighted, 1, 2) @ slopes + np.diag(held)
    downhill = np.einsum("nep,ne->np", weighted, residuals) - held * points
    scale = np.einsum("npp->np", curvature)
    scale = scale + NOT_DETERMINED * scale.max(axis=1, keepdims=True) + TINY
    damped = curvature + scale[:, :, None] * np.eye(slopes.shape[-1]) * (damping + NOT_DETERMINED)[:, None, None]
    steps = np.linalg.solve(damped, downhill[..., None])[..., 0]
    return np.asarray(np.clip(steps, -LARGEST_STEP, LARGEST_STEP), dtype=np.float64)


def covariances(slopes: FloatArray, weights: FloatArray) -> FloatArray:
    """Inverse of the Fisher information of each point, shape (n, p, p); huge where a parameter is not determined."""
    curvature = np.swapaxes(slopes * weights[..., None], 1, 2) @ slopes
    spread = np.sqrt(np.einsum("npp->np", curvature) + TINY)
    both = spread[:, :, None] * spread[:, None, :]
    inverse = np.linalg.inv(curvature / both + NOT_DETERMINED * np.eye(slopes.shape[-1]))
    return np.asarray(inverse / both, dtype=np.float64)


# --------------------------------------------------------------------------- where to start, and how far


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
