"""What the air around the body says of the coils: the same noise floor, seen where there is no tissue.

Where no echo of a region comes near its floor, the pixels do not tell how many coils were combined by sum of squares,
and R2* hangs on it. Noise alone tells: M^2 of L coils follows the gamma law of shape L (Constantinides CD, Magn Reson
Med 1997;38:852), whatever its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.measure.map_noise import quiet_corners
from ironreport.records import PixelSummary

FEWEST_IN_AIR = 200
"""Samples of air, which tell the shape to 10 %."""

ALIKE = 1.6
"""Numbers of coils go by powers of two, so that any other lies within a factor of 1.41 of one of them; the rest is
chance, and what the sigma of the pixels is not known to."""


@dataclass(frozen=True, slots=True)
class Air:
    """Noise without tissue.

    Parameters
    ----------
    power : float
        Mean of M^2 [squared unit of the images], 2 L sigma^2.
    n_coils : float
        L by the scatter of M^2 alone.
    """

    power: float
    n_coils: float

    def agrees(self, n_coils: int, sigma: float) -> bool:
        """Whether both its scatter and its power are those of so many coils with the noise of the region's pixels."""
        by_power = self.power / (2.0 * sigma**2)
        return all(abs(math.log(seen / n_coils)) < math.log(ALIKE) for seen in (self.n_coils, by_power))


def air_of(images: npt.NDArray[np.floating]) -> Air | None:
    """The air in the corners of images, shape (n_slices, n_echoes, n_rows, n_columns); None where there is none."""
    corners = quiet_corners(images)
    squares = np.concatenate([np.square(corner, dtype=np.float64).reshape(-1) for corner in corners] or [np.empty(0)])
    if squares.size < FEWEST_IN_AIR or not squares.var() > 0.0:
        return None
    power = float(squares.mean())
    return Air(power, power**2 / float(squares.var()))


def told_by_air(summary: PixelSummary, images: npt.NDArray[np.floating], slices: Sequence[int]) -> PixelSummary:
    """The summary without the numbers of coils that the air of its slices denies; as it was where air tells nothing.

    The pixels come first: only numbers that they do not tell apart are asked. A number counts where the scatter of the
    air and its power both agree with it: noise that differs over the image, masks, ghosts and filters agree with none.
    """
    numbers = [(summary.n_coils, summary.sigma), *summary.rivals]
    if len(numbers) < 2:
        return summary
    air = air_of(images[sorted(set(slices))])
    told = [one for one in numbers if air is not None and air.agrees(*one)]
    if not told:
        return summary
    (n_coils, sigma), *rivals = told
    return replace(summary, n_coils=n_coils, sigma=sigma, rivals=tuple(rivals))
