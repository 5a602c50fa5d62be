"""Stored values to signal: by the scale that makes the images of a series comparable, and a doubt where two claim it.

Three elements may say what a stored value means: the standard rescale, the real world value mapping, and Philips'
private scale. Times depend only on how images of one series compare, so a factor common to all of them is no matter.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from ironreport.intake.reasons import refusal
from ironreport.intake.values import FrameView, number, value

SAME_SCALE_RELATIVE = 1e-3
"""Slopes that agree to a part in a thousand change no relaxation time noticeably."""
SAME_ZERO_STORED = 0.5
"""Zero of two scales, in stored values: rounding of intercepts stays below."""

_PHILIPS_INTERCEPT, _PHILIPS_SLOPE = 0x2005100D, 0x2005100E
_PHILIPS_FRAME = 0x2005140F

Source = Literal["standard", "real world", "private"]


class LinearScale(NamedTuple):
    """Signal = slope times stored value + intercept."""

    slope: float
    intercept: float


class StatedScale(NamedTuple):
    """What the header of one frame says about its scale.

    Parameters
    ----------
    rescale, philips : LinearScale or None
        None where not stated.
    real_world : tuple of LinearScale
        Of each item of the real world value mapping.
    is_unread : bool
        Whether a real world value mapping is stated that is no straight line.
    """

    rescale: LinearScale | None
    real_world: tuple[LinearScale, ...]
    philips: LinearScale | None
    is_unread: bool = False


class Scales(NamedTuple):
    """Slope and intercept of each frame, where they come from, and whether another element says otherwise."""

    lines: list[LinearScale]
    source: Source
    is_disputed: bool


def stated_scale(view: FrameView) -> StatedScale:
    """Scale of one frame as its header states it.

    Raises
    ------
    IntakeError
        ``BAD_RESCALE``.
    """
    items = view.items("RealWorldValueMappingSequence")
    lines = [_real_world(item) for item in items or []]
    known = tuple(line for line in lines if line is not None)
    return StatedScale(_rescale(view), known, _philips_scale(view), items is None or len(known) < len(lines))


def _rescale(view: FrameView) -> LinearScale | None:
    """Modality lookup, None where it is not stated."""
    macro = "PixelValueTransformationSequence"
    slope, intercept = view.look("RescaleSlope", macro), view.look("RescaleIntercept", macro)
    if slope is None and intercept is None:
        return None
    slope_number = 1.0 if slope is None else number(slope)
    intercept_number = 0.0 if intercept is None else number(intercept)
    if slope_number is None or intercept_number is None or slope_number <= 0:
        raise refusal("BAD_RESCALE")
    return LinearScale(slope_number, intercept_number)


def _real_world(item: Dataset) -> LinearScale | None:
    """LinearScale of one item of a real world value mapping, None where it is a table or no line."""
    slope, intercept = number(value(item, "RealWorldValueSlope")), number(value(item, "RealWorldValueIntercept"))
    return LinearScale(slope, intercept or 0.0) if slope is not None and slope > 0 else None


def _philips_scale(view: FrameView) -> LinearScale | None:
    """Philips' private scale, where it is stated and can be one: signal = (stored - intercept) / slope."""
    group = view.own if view.own is not None else view.dataset
    try:
        holder = group[_PHILIPS_FRAME].value[0] if _PHILIPS_FRAME in group else group
        slope = _float_of(holder, _PHILIPS_SLOPE)
        intercept = _float_of(holder, _PHILIPS_INTERCEPT) or 0.0
    except Exception:  # damaged private elements are as good as none
        return None
    return LinearScale(1.0 / slope, -intercept / slope) if slope is not None and slope > 0 else None


def _float_of(holder: Dataset, tag: int) -> float | None:
    """Number of a private element, also where implicit VR left it as four bytes."""
    found = holder[tag].value if tag in holder else None
    if isinstance(found, bytes) and len(found) == 4:
        found = struct.unpack("<f", found)[0]
    return number(found)


def spread(values: Sequence[float]) -> float:
    """Relative difference of the largest and smallest of positive values."""
    return max(values) / min(values) - 1.0


def scales(stated: Sequence[StatedScale]) -> Scales:
    """Slope and intercept by which the images of one series become comparable.

    Philips scales every image to fill its bits. The standard rescale is made for display and need not undo it; the
    signal is (stored - intercept) / slope of the private elements (2005,100D) and (2005,100E), as in Chenevert et
    al., Transl Oncol 2014;7:65-71. Where both agree up to one factor, the standard rescale is kept. The private
    one is brought to the size of the standard one, so that signals keep their usual numbers. The real world value
    mapping is used where it is the only scale; where it contradicts the scale used, nobody can know which is right.
    """
    real_world = _real_world_lines(stated)
    source: Source = "real world" if real_world and not any(one.rescale for one in stated) else "standard"
    used = real_world[0] if source == "real world" else [one.rescale or LinearScale(1.0, 0.0) for one in stated]
    private = [one.philips for one in stated if one.philips is not None]
    if len(private) == len(stated):
        ratios = [line.slope / own.slope for line, own in zip(used, private, strict=True)]
        if spread(ratios) > SAME_SCALE_RELATIVE:
            size = float(np.median(ratios))
            return Scales([LinearScale(size * own.slope, size * own.intercept) for own in private], "private", False)
    return Scales(used, source, _is_disputed(stated, used, real_world))


def _real_world_lines(stated: Sequence[StatedScale]) -> list[list[LinearScale]]:
    """Lines of all frames by the place of their item; nothing where frames have different numbers of items."""
    counts = {len(one.real_world) for one in stated}
    return [list(lines) for lines in zip(*(one.real_world for one in stated), strict=True)] if len(counts) == 1 else []


def _is_disputed(stated: Sequence[StatedScale], used: list[LinearScale], real_world: list[list[LinearScale]]) -> bool:
    """Whether something in the headers makes the images compare otherwise than the scale used does."""
    rescaled = {one.rescale is not None for one in stated}
    if any(one.is_unread for one in stated) or (len(rescaled) == 2 and not _agree(used, used[:1] * len(used))):
        return True
    if any(one.real_world for one in stated) and not real_world:
        firsts = [one.real_world[0] if one.real_world else line for one, line in zip(stated, used, strict=True)]
        return not _agree(used, firsts)
    return not all(_agree(used, lines) for lines in real_world)


def _agree(lines: Sequence[LinearScale], others: Sequence[LinearScale]) -> bool:
    """Whether two scales differ by one factor common to all images."""
    pairs = list(zip(lines, others, strict=True))
    zeros = (abs(a.intercept / a.slope - b.intercept / b.slope) for a, b in pairs)
    return spread([a.slope / b.slope for a, b in pairs]) <= SAME_SCALE_RELATIVE and max(zeros) <= SAME_ZERO_STORED
