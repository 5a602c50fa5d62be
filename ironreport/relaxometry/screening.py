"""What stands out before anything is fitted: pixels that are no tissue, and the steps of rounding.

Whole numbers of few counts, or means written with one digit, can repeat at echo after echo. That is no exact knowledge:
each may lie anywhere within its step, and where noise is smaller than the step all of them lie on the same side.
"""

from __future__ import annotations

import functools
import math

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

FAR_SPREADS, FAR_FALL, FAR_DARK = 6.0, 0.25, 0.9
"""A pixel is of another tissue where it falls faster than its region by six spreads and a quarter of the logarithm, or
is darker than 40 % of it at the start: noise brings two such among 6 to 19 pixels in 3 of 1,000 regions."""

SPLIT_SPREADS, FEWEST_OF_A_PART = 10.0, 2
"""Two parts of 9 to 19 pixels whose falls lie ten of their spreads and a quarter of the logarithm apart: noise parts
fewer than one region in a thousand so far. The faster part is at most half: the rest of a larger one are vessels."""

EQUAL_SIGNALS = 1e-3
FEWEST_LEVEL, LEVEL_PER_SCATTER = 3, 0.1
"""First echoes within 0.1 % are equal; so are three or more within a tenth of the scatter of the train: noise brings
three so near each other once in two thousand times, and clipping always does."""

CLEAR_STEP = 0.05
"""Echoes that are equal where the curve falls by 5 % are clipped: the noise of a region mean is below 1 %."""

HARDLY = 0.2
"""Of a train that scatters, the first two or three echoes that fall by less than a fifth of what the curve falls there:
clipping bends the beginning of a decay like this, and what is left of it reads as a slow one."""

SD_PER_STEP = 1.0 / math.sqrt(12.0)
"""Of an error that is anywhere within one step alike."""

SAME = 1e-7
"""Signals closer than this share of the largest are one signal: what is left is arithmetic."""

FINE = 1e-4
MOST_STEPS = 1000.0
"""Chosen: signals of more than a thousand steps do not repeat at three echoes by their noise."""

FEWEST_EQUAL = 3
SHARE_EQUAL = 0.75
"""Chosen: three late echoes, and three of four from the first of them on, make a level. With fewer equal ones noise
exceeds a third of the step, and their mean is known better than each of them."""


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


def n_of_another_tissue(features: FloatArray, kept: BoolArray) -> int:
    """How many pixels no noise explains: they fall much faster than the others, or are dark from the first echo on."""
    if len(features) < 2:
        return 0
    fall, start = features[-1] - features[0], features[0]
    n_far = np.count_nonzero(_far_below(fall, kept, FAR_FALL) | _far_below(start, kept, FAR_DARK))
    return max(int(n_far), _n_in_faster_part(np.sort(fall)))


def _n_in_faster_part(falls: FloatArray) -> int:
    """Pixels in the faster of two parts into which ascending falls divide; 0 where they do not."""
    n = len(falls)
    for k in range(FEWEST_OF_A_PART, n // 2 + 1):
        faster, slower = falls[:k], falls[k:]
        apart = float(slower.mean() - faster.mean())
        spread = math.sqrt((k * float(faster.var()) + (n - k) * float(slower.var())) / (n - 2))
        if apart > max(SPLIT_SPREADS * spread, FAR_FALL):
            return k
    return 0


def _far_below(feature: FloatArray, kept: BoolArray, least: float) -> BoolArray:
    middle = np.median(feature[kept])
    spread = SD_PER_MAD * np.median(np.abs(feature[kept] - middle))
    return np.asarray(~kept & (feature < middle - max(FAR_SPREADS * spread, least)))


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


# ---------------------------------------------------------------------------- the steps of a curve


def visible_step(signal: FloatArray) -> float:
    """Step to which the signals were rounded; 0 where none of them repeats.

    It is the largest one that all signals are multiples of. Signals of more digits than that shows have been scaled:
    then the least difference of unequal ones stands for it, which is never less.

    Parameters
    ----------
    signal : ndarray, shape (n_echoes,)

    Examples
    --------
    >>> visible_step(np.array([100.0, 23.0, 20.0, 20.0])), visible_step(np.array([100.0, 50.0, 25.0]))
    (1.0, 0.0)
    >>> round(visible_step(np.array([98.123, 23.456, 20.372, 20.372])), 3)
    3.084
    """
    largest = float(np.max(signal))
    unequal = np.sort(signal)
    unequal = unequal[np.append(True, np.diff(unequal) > SAME * largest)]
    if len(unequal) < 2 or len(unequal) == len(signal):
        return 0.0
    step = functools.reduce(lambda a, b: _common_measure(a, b, FINE * largest), unequal.tolist())
    return step if step > largest / MOST_STEPS else float(np.diff(unequal).min())


def _common_measure(a: float, b: float, fine: float) -> float:
    """Euclid's largest common measure of two numbers that are known up to ``fine``."""
    while b > fine:
        a, b = b, abs(a - round(a / b) * b)
    return a


def second_echo_spread(signal: FloatArray) -> float:
    """SD of the echoes after the second, not below what the step leaves where signals repeat.

    Examples
    --------
    >>> round(second_echo_spread(np.array([100.0, 23.0, 20.0, 20.0, 20.0])), 2)
    0.29
    """
    return max(float(signal[2:].std(ddof=1)), SD_PER_STEP * visible_step(signal))


def level_step(signal: FloatArray) -> float:
    """Step of a curve, shape (n_echoes,), that ends in a level of equal echoes; 0 without such a level."""
    return visible_step(signal) if np.any(_level(signal)) else 0.0


def rounding_scatter(signal: FloatArray) -> float:
    """SD of the error that rounding leaves in each signal of a curve with a level, shape (n_echoes,); else 0."""
    return SD_PER_STEP * level_step(signal)


def rounding_scatters(curves: FloatArray) -> FloatArray:
    """As `rounding_scatter`, of many curves of shape (n, n_echoes)."""
    gaps = np.diff(np.sort(curves, axis=1), axis=1)
    repeats = np.any(gaps <= SAME * np.max(curves, axis=1, keepdims=True), axis=1)
    found = np.zeros(len(curves))
    found[repeats] = [rounding_scatter(curve) for curve in curves[repeats]]
    return found


def moved_levels(signal: FloatArray) -> tuple[FloatArray, ...]:
    """The signal with its level of equal late echoes half a step lower, and higher; none without such a level.

    Parameters
    ----------
    signal : ndarray, shape (n_echoes,)
    """
    level = _level(signal)
    if not np.any(level):
        return ()
    half = 0.5 * visible_step(signal)
    return tuple(np.asarray(signal + shift * level, dtype=np.float64) for shift in (-half, half))


def _level(signal: FloatArray) -> BoolArray:
    """Late echoes that are equal, shape (n_echoes,); none where they are few among others."""
    equal = np.abs(signal - np.median(signal[len(signal) // 2 :])) <= SAME * float(np.max(signal))
    enough = np.sum(equal) >= FEWEST_EQUAL and np.mean(equal[np.argmax(equal) :]) >= SHARE_EQUAL
    return np.asarray(equal & enough & bool(visible_step(signal)), dtype=np.bool_)


def level_start(values: FloatArray, rss: float) -> tuple[int, float]:
    """How many first echoes are equal, and within which part of the first one; ``rss`` as the curve left it."""
    scatter = math.sqrt(rss / len(values)) / float(values[0])
    wide = LEVEL_PER_SCATTER * scatter
    n_alike, n_equal = (_n_within(values, part) for part in (wide, EQUAL_SIGNALS))
    return (n_alike, wide) if wide > EQUAL_SIGNALS and n_alike >= FEWEST_LEVEL else (n_equal, EQUAL_SIGNALS)


def last_that_hardly_falls(values: FloatArray, falls: FloatArray) -> int:
    """Which of the third and second echo (2, 1) has hardly fallen; 0 where both have.

    ``falls`` is what the curve has fallen by at each echo, per its first one.
    """
    hardly = (falls >= CLEAR_STEP) & (1.0 - values / float(values[0]) < HARDLY * falls)
    return next((last for last in (2, 1) if hardly[last : last + 1].any()), 0)


def _n_within(values: FloatArray, part: float) -> int:
    unlike = np.flatnonzero(np.abs(values / values[0] - 1.0) > part)
    return int(unlike[0]) if len(unlike) else len(values)
