"""Weighted least squares of many small curves at once.

Levenberg-Marquardt with the scaling of Marquardt DW, J Soc Ind Appl Math 1963;11:431; curves that have come to rest
drop out of the work.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ironreport.records import FloatArray

Model = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From points, shape (n, p), to the expected curves, shape (n, n_echoes), and their slopes, shape (n, n_echoes, p)."""

MOST_STEPS = 60
SMALLEST_STEP = 1e-8
SMALLEST_DROP = 1e-9
"""Step, and relative fall of chi-square, at which a curve has come to rest."""

LARGEST_STEP = 2.0
FIRST_DAMPING, LARGEST_DAMPING = 1e-3, 1e9
DAMPING_AFTER_SUCCESS, DAMPING_AFTER_FAILURE = 1.0 / 8.0, 6.0

NOT_DETERMINED = 1e-12
"""Curvature, relative to the largest, below which a parameter counts as not determined."""

TINY = 1e-250


def descend(
    model: Model,
    origin: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    free: tuple[int, ...] | None = None,
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
    """
    columns = list(range(origin.shape[1]) if free is None else free)
    points = np.clip(origin, limits[0], limits[1])
    expected, slopes = model(points)
    costs = np.sum(weights * (values - expected) ** 2, axis=1)
    damping = np.full(len(points), FIRST_DAMPING)
    open_rows = np.arange(len(points))
    for _ in range(MOST_STEPS):
        if not len(open_rows):
            break
        wanted = _steps(slopes[open_rows][..., columns], weights[open_rows], (values - expected)[open_rows], damping)
        trial = points[open_rows]
        trial[:, columns] += wanted
        trial = np.clip(trial, limits[0], limits[1])
        moved = np.max(np.abs(trial - points[open_rows]), axis=1)
        trial_expected, trial_slopes = model(trial)
        trial_costs = np.sum(weights[open_rows] * (values[open_rows] - trial_expected) ** 2, axis=1)
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


def _steps(slopes: FloatArray, weights: FloatArray, residuals: FloatArray, damping: FloatArray) -> FloatArray:
    weighted = slopes * weights[..., None]
    curvature = np.swapaxes(weighted, 1, 2) @ slopes
    downhill = np.einsum("nep,ne->np", weighted, residuals)
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
