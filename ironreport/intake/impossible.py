"""What stored values show that no magnitude does: cut off at the top, starting anew, or noise that grows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

PLATEAU_SHARE, PLATEAU_PIXELS = 0.2, 6
PLATEAU_LOW_PERCENT, PLATEAU_DEPTH = 5.0, 3.0
"""A fifth of the pixels, six or more, at the largest value of all echoes while a twentieth lies three steps or more
below it. Rounded noise hardly does both: a top bin that holds a fifth asks for an SD below one step, and the
twentieth then lies within two; by chance 1 in 50 regions of fewer than 40 pixels does, whose noise is one step or two.
Where fewer than a twentieth are left below it, another echo has to scatter as far: a bin that holds nineteen of twenty
asks for an SD below a quarter of a step."""

DARK, BRIGHT = 0.1, 0.8
"""Parts of the brightest value of a region. Between two echoes a magnitude falls, and noise hardly ever brings it from
one to the other; phase that runs past a whole turn does, at one echo in this pixel and at another in the next."""

RISEN_SHARE, RISEN_PIXELS = 0.05, 3
"""Of the pixels of a region: of 100 pixels of pure noise five rise so in one region of a hundred, of tissue none."""

MOST_AT_ONCE = 0.5
"""Where more pixels rise at one echo, fat has come in phase or the echoes before it are lost."""

CORNER_PART, SMALLEST_CORNER = 8, 4
WIDE_CORNER, WIDE_CORNERS = 0.22, 3
"""SD over the brightest signals, in three corners of four. Phase of air is any angle: 0.29. Noise alone has 0.16, and
the air around a body less than 0.1, also where the body moves between two echoes."""

MASKED = 0.1
"""Of the pixels of a slice: where so many are zero at every echo its air is masked, and tells nothing."""

RISEN_OF_MASKED, JUMPS_OF_MASKED = 0.01, 0.005
"""Of the steps of what is not masked: lines along which a turn ends stand in every image of a body, 2 % of its
neighbours, and move. Of bodies that move, hold gas beside fat or a vertebra of half fat none does both."""

DARKEST = 0.15
"""Part of the pixels of a slice, by their mean over the echoes: air, where the slice holds any."""

DARK_IS_AIR, BRIGHTEST = 0.2, 0.999
"""Of the signal that one pixel in a thousand exceeds at the first echo: above may be tissue, which fat may lift."""

FEWEST_DARK, ENOUGH_LOOKED_AT = 400, 10_000
"""Pixels: the mean noise of four hundred is known to 2.6 %, that of the darkest of ten thousand to 1.4 %."""

GROWTH = 1.15
"""Along the train, as its echoes go together: three errors of four hundred pixels of which two share their noise. In
91 slices of magnitude series of six vendors the darkest part grows by 6 % at most, and mostly fades."""


def has_plateau(pixels: npt.NDArray[np.float64]) -> bool:
    """Whether the values of a region are cut off at a largest one, below the top of the range or at it.

    Parameters
    ----------
    pixels : ndarray, shape (n_pixels, n_echoes)
        Signals [arbitrary units]; noise-free and coarsely rounded ones have no plateau, as nothing lies far below it.
    """
    top = pixels.max()
    steps = np.diff(np.unique(pixels))
    if len(steps) == 0:
        return False
    n_at_top = np.count_nonzero(pixels == top, axis=0)
    is_full = n_at_top >= max(PLATEAU_SHARE * len(pixels), PLATEAU_PIXELS)
    low = np.percentile(pixels, PLATEAU_LOW_PERCENT, axis=0)
    is_deep = low <= top - PLATEAU_DEPTH * steps.min()
    scatters = pixels.max(axis=0) - low >= PLATEAU_DEPTH * steps.min()
    is_whole = 100.0 * n_at_top >= (100.0 - PLATEAU_LOW_PERCENT) * len(pixels)  # without the noise that others show
    return bool(np.any(is_full & is_deep) or (np.any(is_whole) and np.any(scatters)))


def wraps_round(pixels: npt.NDArray[np.float64], slice_images: npt.NDArray[np.float32]) -> bool:
    """Whether pixels of a region rise from dark to bright within one echo, or its air is any value, as phase is.

    Parameters
    ----------
    pixels : ndarray, shape (n_pixels, n_echoes)
        Signals of the region [arbitrary units].
    slice_images : ndarray, shape (n_echoes, n_rows, n_columns)
        Signals of its slice [arbitrary units].
    """
    top = pixels.max()
    risen = (pixels[:, :-1] < DARK * top) & (pixels[:, 1:] > BRIGHT * top)
    one_by_one = risen[:, risen.mean(axis=0) <= MOST_AT_ONCE].any(axis=1)
    if np.count_nonzero(one_by_one) >= max(RISEN_SHARE * len(pixels), RISEN_PIXELS):
        return True
    seen, corners = _looked_at(slice_images), corners_of(slice_images, CORNER_PART)
    if not seen.size or not all(np.isfinite(corner).all() for corner in corners):
        return False
    brightest = float(np.quantile(seen, BRIGHTEST))
    n_wide = sum(float(np.median(corner.std(axis=(1, 2)))) > WIDE_CORNER * brightest for corner in corners)
    return n_wide >= WIDE_CORNERS or _turns_end_inside(slice_images, brightest)


def _turns_end_inside(slice_images: npt.NDArray[np.float32], brightest: float) -> bool:
    """Whether bright and dark lie side by side in a masked slice, and pixels go from one to the other."""
    is_body: npt.NDArray[np.bool_] = np.all(slice_images > 0.0, axis=0)
    if not is_body.any() or is_body.mean() > 1.0 - MASKED:
        return False
    inside = slice_images[:, is_body]
    risen = (inside[:-1] < DARK * brightest) & (inside[1:] > BRIGHT * brightest)
    if len(risen) == 0 or risen.mean() < RISEN_OF_MASKED:
        return False
    jumps = np.zeros(len(slice_images))
    for axis in (1, 2):
        apart = np.abs(np.diff(slice_images, axis=axis)) > (BRIGHT - DARK) * brightest
        near = is_body[1:] & is_body[:-1] if axis == 1 else is_body[:, 1:] & is_body[:, :-1]
        jumps += apart[:, near].sum(axis=1) / (2.0 * max(int(near.sum()), 1))
    return float(np.median(jumps)) >= JUMPS_OF_MASKED


def corners_of(images: npt.NDArray[np.floating], part: int) -> list[npt.NDArray[np.floating]]:
    """The four corners of images, their rows and columns last, each as long as one ``part`` of the shorter side."""
    side = max(min(images.shape[-2:]) // part, SMALLEST_CORNER)
    ends = (slice(0, side), slice(-side, None))
    return [images[..., rows, columns] for rows in ends for columns in ends]


def _looked_at(slice_images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Some ten thousand pixels, spread evenly and finite at every echo, shape (n_echoes, n_pixels)."""
    signals = slice_images.reshape(len(slice_images), -1)
    signals = signals[:, :: max(signals.shape[1] // ENOUGH_LOOKED_AT, 1)]
    return signals[:, np.isfinite(signals).all(axis=0)]


def growth_of_noise(slice_images: npt.NDArray[np.float32]) -> float | None:
    """How many times brighter the air of a slice gets from the first echo to the last; None where it does not.

    One echo that is scaled otherwise is no growth: the middle one of the slopes between any two echoes counts.

    Noise does not know the echo time. It grows where each image was scaled by itself, to its own brightest pixel for
    example, and tissue then seems to fall more slowly than it does.

    Parameters
    ----------
    slice_images : ndarray, shape (n_echoes, n_rows, n_columns)
        Signals [arbitrary units]; zeros are masks, and not looked at.
    """
    signals = _looked_at(slice_images)
    signals = signals[:, (signals > 0.0).all(axis=0)]
    if signals.shape[1] * DARKEST < FEWEST_DARK:
        return None
    means = signals.mean(axis=0)
    levels = signals[:, means <= np.quantile(means, DARKEST)].mean(axis=1, dtype=np.float64)
    if levels[0] > DARK_IS_AIR * float(np.quantile(signals[0], BRIGHTEST)):
        return None
    logs = np.log(levels)
    slopes = sorted((logs[j] - logs[i]) / (j - i) for i, j in itertools.combinations(range(len(logs)), 2))
    growth = math.exp(float(slopes[(len(slopes) - 1) // 2]) * (len(logs) - 1)) if slopes else 1.0
    return growth if growth > GROWTH else None
