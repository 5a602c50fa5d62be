"""Which pixels of a region are tissue: vessels, bile ducts and artefacts stand out before anything is fitted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray

BoolArray = npt.NDArray[np.bool_]

FARTHEST = 3.0
"""Robust distance from the region's median beyond which a pixel is not its tissue."""

SD_PER_MAD = 1.4826
"""SD of normal values over their median absolute deviation."""

N_PASSES = 2
"""The second pass sees the spread without the pixels that widened the first."""

RELATIVE_RESOLUTION = 1e-6
"""Smaller signals, and spreads of the logarithm, are rounding."""

FEWEST_STEPS = 10.0
"""Whole numbers are coarse where half of an echo's pixels lie within ten of them: medians then step by a tenth of the
noise or more, and a step that all pixels share passes for a bad echo (class withheld in all regions of 0 to 20)."""

STEP_TOLERANCE = 0.01
"""Signals are whole numbers of steps within a hundredth of one; others are not rounded."""

MOST_IN_TWO_BYTES = 2**16

SEED = 21


def brightness(pixels: FloatArray) -> FloatArray:
    """Logarithm of the early, the middle and the late signal of each pixel.

    A vessel is bright where iron-loaded tissue has gone dark, an artefact is odd anywhere; no model is needed.

    Parameters
    ----------
    pixels : ndarray, shape (n_echoes, n_pixels)
        Magnitudes.

    Returns
    -------
    ndarray, shape (n_features, n_pixels)
        ln of the root mean square of the first two echoes, of the echoes from there to the middle, and of the
        later half; a part without echoes is left out.
    """
    n_echoes = len(pixels)
    half = max(n_echoes // 2, 1)
    parts = [pixels[: min(2, half)], pixels[2:half], pixels[half:]]
    smallest = RELATIVE_RESOLUTION * max(float(pixels.max(initial=0.0)), np.finfo(float).tiny / RELATIVE_RESOLUTION)
    return np.array([np.log(np.maximum(np.sqrt(np.mean(part**2, axis=0)), smallest)) for part in parts if len(part)])


def masked_median(values: FloatArray, kept: BoolArray) -> FloatArray:
    """Median over the last axis of the kept values, shape of ``values`` without that axis.

    Parameters
    ----------
    values : ndarray, shape (..., n)
    kept : ndarray of bool
        Broadcasts against ``values``; at least one kept in each row.
    """
    ordered = np.sort(np.where(kept, values, np.inf), axis=-1)
    n_kept = np.broadcast_to(kept, values.shape).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, (n_kept - 1) // 2, axis=-1)
    high = np.take_along_axis(ordered, n_kept // 2, axis=-1)
    return np.asarray((low + high)[..., 0] / 2.0, dtype=np.float64)


def drawn_medians(values: FloatArray, drawn: npt.NDArray[np.intp], kept: BoolArray) -> FloatArray:
    """Medians of pixels drawn anew, shape (n_draws, n_echoes).

    Parameters
    ----------
    values : ndarray, shape (n_echoes, n_pixels)
    drawn : ndarray of int, shape (n_draws, n_drawn)
        Which pixels each draw holds.
    kept : ndarray of bool, shape (n_draws, n_drawn)
        Which of them count; at least one in each draw.
    """
    n_pixels = values.shape[1]
    # Whole numbers of two bytes sort several times faster than the values whose order they are.
    ranks = np.empty(values.shape, dtype=np.uint16 if n_pixels < MOST_IN_TWO_BYTES else np.uint32)
    order = np.argsort(values, axis=1)
    np.put_along_axis(ranks, order, np.arange(n_pixels, dtype=ranks.dtype)[np.newaxis], axis=1)
    places = np.maximum(ranks[:, drawn], np.where(kept, 0, n_pixels).astype(ranks.dtype))
    places.sort(axis=-1)
    n_kept, rows = kept.sum(axis=-1), np.arange(len(drawn))
    in_order = np.take_along_axis(values, order, axis=1)
    low, high = (
        np.take_along_axis(in_order, places[:, rows, middle].astype(np.intp), axis=1)
        for middle in ((n_kept - 1) // 2, n_kept // 2)
    )
    return np.asarray((low + high).T / 2.0, dtype=np.float64)


def tissue(features: FloatArray) -> BoolArray:
    """Pixels that are like the others in every feature.

    Parameters
    ----------
    features : ndarray, shape (n_features, ..., n_pixels)
        From `brightness`; axes between are regions screened side by side.

    Returns
    -------
    ndarray of bool, shape (..., n_pixels)
    """
    kept = np.ones(features.shape[1:], dtype=np.bool_)
    for _ in range(N_PASSES):
        distance = np.abs(features - masked_median(features, kept)[..., np.newaxis])
        spread = np.maximum(SD_PER_MAD * masked_median(distance, kept), RELATIVE_RESOLUTION)
        alike = np.all(distance <= FARTHEST * spread[..., np.newaxis], axis=0)
        # Where fewer than half are alike, as among few pixels drawn repeatedly, there is no tissue to compare with.
        kept = np.where(2 * alike.sum(axis=-1, keepdims=True) >= alike.shape[-1], alike, kept)
    return kept


def n_falling_faster(features: FloatArray, kept: BoolArray) -> int:
    """How many of the pixels left out fall faster than half of those kept, which blood and bile never do.

    Parameters
    ----------
    features : ndarray, shape (n_features, n_pixels)
        From `brightness`.
    kept : ndarray of bool, shape (n_pixels,)
    """
    fall = features[-1] - features[0]
    return int(np.count_nonzero(fall[~kept] < np.median(fall[kept]))) if len(features) > 1 else 0


def unrounded(signals: FloatArray) -> FloatArray:
    """Signals with what coarse rounding took from them drawn anew, half a step to each side; others as they are.

    The draw is the same for the same signals. It gives back the law of the values before they were rounded, which
    medians and noise laws stand on.

    Parameters
    ----------
    signals : ndarray, shape (n_echoes, n_pixels)
        Magnitudes.
    """
    steps = np.array([_coarse_step(echo) for echo in signals])
    if not steps.any():
        return signals
    drawn = np.random.default_rng(SEED).uniform(-0.5, 0.5, signals.shape)
    return np.asarray(np.abs(signals + steps[:, np.newaxis] * drawn), dtype=np.float64)


def _coarse_step(echo: FloatArray) -> float:
    """Step between the values of one echo; 0 where it is fine, or where they are not whole numbers of it."""
    values = np.unique(echo)
    if len(values) < 2 or len(values) == len(echo):
        return 0.0
    step = float(np.diff(values).min())
    spread = float(np.subtract(*np.percentile(echo, [75.0, 25.0])))
    in_steps = values / step
    whole = bool(np.all(np.abs(in_steps - np.rint(in_steps)) < STEP_TOLERANCE))
    return step if whole and spread < FEWEST_STEPS * step else 0.0
