"""Stored values to signal: the standard rescale, or Philips' private one where only that makes echoes comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ironreport.intake.headers import Frame

SAME_SCALE_RELATIVE = 1e-3
"""Slopes that agree to a part in a thousand change no relaxation time noticeably."""


class Scales(NamedTuple):
    """Slope and intercept of each frame, and whether they come from Philips' private elements."""

    slopes: list[float]
    intercepts: list[float]
    is_private: bool


def spread(values: Sequence[float]) -> float:
    """Relative difference of the largest and smallest of positive values."""
    return max(values) / min(values) - 1.0


def scales(frames: Sequence[Frame]) -> Scales:
    """Slope and intercept by which the images of one series become comparable.

    Philips scales every image to fill its bits. The standard rescale is made for display and need not undo it; the
    signal is (stored - intercept) / slope of the private elements (2005,100D) and (2005,100E), as in Chenevert et
    al., Transl Oncol 2014;7:65-71. Where both agree up to one factor, the standard rescale is kept. The private
    one is brought to the size of the standard one, so that signals keep their usual numbers.
    """
    standard = Scales([frame.slope for frame in frames], [frame.intercept for frame in frames], False)
    ratios = [frame.slope * frame.philips.slope for frame in frames if frame.philips is not None]
    if len(ratios) < len(frames) or spread(ratios) <= SAME_SCALE_RELATIVE:
        return standard
    size = float(np.median(ratios))
    private = [frame.philips for frame in frames if frame.philips is not None]
    slopes = [size / scale.slope for scale in private]
    return Scales(slopes, [-s * scale.intercept for s, scale in zip(slopes, private, strict=True)], True)
