"""How alike the noise of neighbouring pixels is: filtered and interpolated images hold fewer pixels than they show."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray

SIDE_PER_LAG = 2.4
"""Pixels per independent one along a row or a column, beyond one, by the correlation of neighbours: between a Hamming
filter and twofold zero filling, whose noise is alike over about as far as the neighbours tell."""

SURE_SD = 2.0
"""Correlation of white noise stays below two of its SD."""

MOST_LEVERAGE = 0.9
"""An echo that the shapes run through nearly freely has no scatter left to look at."""

CLEAR_SIGNAL = 4.0
"""Near the floor noise is no longer that of the filter alone."""

FEWEST_PIXELS = 5
N_TURNS = 3
"""Residuals sum to zero, which lowers their correlation by k / n; after three turns k moves by less than 1 %."""


def pixels_per_independent(te_ms: FloatArray, pixels: FloatArray, places: npt.NDArray[np.intp]) -> float:
    """Number of pixels that together say as much as one with noise of its own; 1 for white noise.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], three or more; fewer give 1, as do fewer than five pixels.
    pixels : ndarray, shape (n_pixels, n_echoes)
        Magnitudes.
    places : ndarray of int, shape (n_pixels, 3)
        Region, row and column of each pixel; neighbours of different regions are none.
    """
    if len(te_ms) < 3 or len(pixels) < FEWEST_PIXELS:
        return 1.0
    residuals, share = _residuals(te_ms, pixels)
    if residuals.shape[1] == 0:
        return 1.0
    lags = [_neighbours(residuals, share, places, axis) for axis in (1, 2)]
    chance = SURE_SD / math.sqrt(max(pixels.shape[0] * residuals.shape[1], 1))
    per_one = 1.0
    for _ in range(N_TURNS):
        lost = per_one / len(pixels)
        sides = [1.0 + SIDE_PER_LAG * max((lag + lost) / (1.0 + lost) - chance, 0.0) for lag in lags]
        per_one = min(math.prod(sides), len(pixels) / 2.0)
    return per_one


def _residuals(te_ms: FloatArray, pixels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What differs between pixels beyond S0 and R2*, in SD, shape (n_pixels, n_clear), and the weight of each echo."""
    mean = pixels.mean(axis=0)
    own, _triangle = np.linalg.qr(np.column_stack([mean, mean * (te_ms - te_ms.mean())]))
    left = pixels - (pixels @ own) @ own.T
    free = 1.0 - np.sum(own**2, axis=1)
    spread = np.sqrt(np.mean(left**2, axis=0))
    sd = spread / np.sqrt(np.maximum(free, 1.0 - MOST_LEVERAGE))
    usable = (free > 1.0 - MOST_LEVERAGE) & (spread > 0.0)
    clear = usable & (mean > CLEAR_SIGNAL * sd)
    seen = clear if np.count_nonzero(clear) > 1 else usable
    weight = free[seen]
    return left[:, seen] / spread[seen], weight / max(float(weight.sum()), np.finfo(float).tiny)


def _neighbours(residuals: FloatArray, share: FloatArray, places: npt.NDArray[np.intp], axis: int) -> float:
    """Correlation of pixels next to each other along one axis of their places; 0 where there are none."""
    at = {tuple(place): i for i, place in enumerate(places.tolist())}
    step = [int(axis == i) for i in range(3)]
    pairs = [(i, at.get(tuple(p + s for p, s in zip(place, step, strict=True)))) for place, i in at.items()]
    found = np.array([(i, j) for i, j in pairs if j is not None], dtype=np.intp)
    if len(found) == 0:
        return 0.0
    return float(np.mean(residuals[found[:, 0]] * residuals[found[:, 1]], axis=0) @ share)
