"""What stored values show that no magnitude does: cut off at the top, starting anew, or noise that grows."""

from __future__ import annotations

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
"""Parts of the brightest value. Between two echoes a magnitude falls, and noise, pulsation and fat in phase again never
bring it from one to the other: in 16 magnitude series of six vendors no pixel does. Phase that runs past a whole turn
does, and noise alone in one of 3,000."""

RISEN_SHARE, RISEN_PIXELS = 0.02, 2
"""Of the pixels of a region; one may be a spike."""

RISEN_SHARE_OF_SLICE, RISEN_PIXELS_OF_SLICE = 0.001, 10
"""Of all steps from echo to echo in a slice. Phase of air is any angle, and rises so at every fiftieth step; of two
real phase series 1 step in 9 and 1 in 100 to 1,000, of magnitude none."""


DARKEST = 0.15
"""Part of the pixels of a slice, by their mean over the echoes: air, where the slice holds any."""

DARK_IS_AIR, BRIGHTEST = 0.2, 0.999
"""Of the signal that one pixel in a thousand exceeds at the first echo: above may be tissue, which fat may lift."""

FEWEST_DARK, ENOUGH_LOOKED_AT = 400, 10_000
"""Pixels: the mean noise of four hundred is known to 2.6 %, that of the darkest of ten thousand to 1.4 %."""

GROWTH = 1.15
"""Along the train, as its echoes go together: three errors of four hundred pixels of which two share their noise. In
magnitude series of four vendors the darkest part grows by 1 % at most, and mostly fades."""


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
    """Whether pixels of a region, or of the slice around it, rise from dark to bright within one echo, as phase does.

    Parameters
    ----------
    pixels : ndarray, shape (n_pixels, n_echoes)
        Signals of the region [arbitrary units].
    slice_images : ndarray, shape (n_echoes, n_rows, n_columns)
        Signals of its slice [arbitrary units].
    """
    in_region, in_slice = _risen(pixels.T), _risen(slice_images)
    n_steps = slice_images.size - slice_images[0].size
    return in_region >= max(RISEN_SHARE * len(pixels), RISEN_PIXELS) or in_slice >= max(
        RISEN_SHARE_OF_SLICE * n_steps, RISEN_PIXELS_OF_SLICE
    )


def _risen(echoes: npt.NDArray[np.floating]) -> int:
    """Steps from one echo, the first axis, to the next that lead from dark to bright."""
    top = echoes.max()
    return int(np.count_nonzero((echoes[:-1] < DARK * top) & (echoes[1:] > BRIGHT * top)))


def growth_of_noise(slice_images: npt.NDArray[np.float32]) -> float | None:
    """How many times brighter the air of a slice gets from the first echo to the last; None where it does not.

    Noise does not know the echo time. It grows where each image was scaled by itself, to its own brightest pixel for
    example, and tissue then seems to fall more slowly than it does.

    Parameters
    ----------
    slice_images : ndarray, shape (n_echoes, n_rows, n_columns)
        Signals [arbitrary units]; zeros are masks, and not looked at.
    """
    signals = slice_images.reshape(len(slice_images), -1)
    signals = signals[:, :: max(signals.shape[1] // ENOUGH_LOOKED_AT, 1)]
    signals = signals[:, (signals > 0.0).all(axis=0)]
    if signals.shape[1] * DARKEST < FEWEST_DARK:
        return None
    means = signals.mean(axis=0)
    levels = signals[:, means <= np.quantile(means, DARKEST)].mean(axis=1, dtype=np.float64)
    if levels[0] > DARK_IS_AIR * float(np.quantile(signals[0], BRIGHTEST)):
        return None
    echoes = np.arange(len(levels))
    growth = math.exp(float(np.polynomial.Polynomial.fit(echoes, np.log(levels), 1).deriv()(0.0)) * echoes[-1])
    return growth if growth > GROWTH else None
