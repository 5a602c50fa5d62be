"""What the air around the body says of the coils: the same noise floor, seen where there is no tissue.

Where no echo of a region comes near its floor, the pixels do not tell how many coils were combined by sum of squares,
and R2* hangs on it. Noise alone tells: M^2 of L coils follows the gamma law of shape L (Constantinides CD, Magn Reson
Med 1997;38:852), whatever its size.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ironreport.measure.map_noise import quiet_corners
from ironreport.records import PixelSummary
from ironreport.relaxometry.pixel_noise import Air

FEWEST_IN_AIR = 200
"""Samples of air, which tell the shape to 10 %."""


def air_of(images: npt.NDArray[np.floating]) -> Air | None:
    """The air in the corners of images, shape (n_slices, n_echoes, n_rows, n_columns); None where there is none."""
    corners = quiet_corners(images)
    squares = np.concatenate([np.square(corner, dtype=np.float64).reshape(-1) for corner in corners] or [np.empty(0)])
    if squares.size < FEWEST_IN_AIR or not squares.var() > 0.0:
        return None
    power = float(squares.mean())
    return Air(power, power**2 / float(squares.var()))


def told_by_air(summary: PixelSummary, air: Air | None) -> PixelSummary:
    """The summary without the numbers of coils that the air denies; as it was where air tells nothing.

    The pixels come first: only numbers that they do not tell apart are asked, or that they deny no more than chance
    does in small regions (`pixel_noise`). A number counts where the scatter of the air and its power both agree with
    it: noise that differs over the image, masks, ghosts and filters agree with none.
    """
    numbers = [(summary.n_coils, summary.sigma), *summary.rivals]
    told = [one for one in numbers if air is not None and air.agrees(*one)]
    if len(numbers) < 2 or not told:
        return summary
    (n_coils, sigma), *rivals = told
    return replace(summary, n_coils=n_coils, sigma=sigma, rivals=tuple(rivals))
