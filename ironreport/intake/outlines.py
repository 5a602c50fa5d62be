"""From a mask to a region with a line around it, so that a region drawn elsewhere is one of ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.records import Region

Corner = tuple[int, int]
Line = list[Corner]


def region_of_mask(mask: npt.ArrayLike, slice_index: int = 0) -> Region:
    """The polygon that selects exactly the pixels of a mask.

    Holes and separate pieces are reached along lines walked to and fro, which select nothing: `region_mask` gives the
    mask back, pixel by pixel.

    Parameters
    ----------
    mask : array_like of bool, shape (n_rows, n_columns)
        What is not zero belongs to the region.
    slice_index : int
        Counted from 0.

    Raises
    ------
    IntakeError
        ``MASK_SHAPE`` where it has not two axes, ``MASK_EMPTY`` where it selects nothing.

    Examples
    --------
    >>> region_of_mask([[0, 0, 0], [0, 1, 1], [0, 0, 0]]).points
    ((1.0, 1.0), (1.0, 3.0), (2.0, 3.0), (2.0, 1.0))
    """
    inside = np.asarray(mask) != 0
    if inside.ndim != 2:
        raise IntakeError(
            "MASK_SHAPE", f"The mask has the shape {inside.shape}.", "Give the mask of one slice: rows and columns."
        )
    if not inside.any():
        raise IntakeError("MASK_EMPTY", "The mask selects no pixel.", "Give one that is not zero inside the organ.")
    return Region.polygon([(float(r), float(c)) for r, c in _joined(_outlines(inside))], slice_index)


def _outlines(inside: npt.NDArray[np.bool_]) -> list[Line]:
    """Closed lines between pixels inside and outside, along the sides of the pixels, as their corners."""
    padded = np.pad(inside, 1)
    onward: dict[Corner, list[Corner]] = defaultdict(list)
    for d_row, d_column, start, end in (
        (-1, 0, (0, 0), (0, 1)), (0, 1, (0, 1), (1, 1)), (1, 0, (1, 1), (1, 0)), (0, -1, (1, 0), (0, 0)),
    ):  # fmt: skip
        beside = np.roll(padded, (-d_row, -d_column), axis=(0, 1))
        for row, column in np.argwhere(padded & ~beside) - 1:
            onward[int(row) + start[0], int(column) + start[1]].append((int(row) + end[0], int(column) + end[1]))
    lines = []
    while onward:
        lines.append(_without_straight_corners(_walked(onward)))
    return lines


def _walked(onward: dict[Corner, list[Corner]]) -> Line:
    """One closed line, whose sides are taken out of ``onward``."""
    start = min(onward)
    line, here = [start], _step(onward, start)
    while here != start:
        line.append(here)
        here = _step(onward, here)
    return line


def _step(onward: dict[Corner, list[Corner]], here: Corner) -> Corner:
    there = onward[here].pop()
    if not onward[here]:
        del onward[here]
    return there


def _without_straight_corners(line: Line) -> Line:
    """The line without corners at which it goes straight on."""
    around = zip([line[-1], *line[:-1]], line, [*line[1:], line[0]], strict=True)
    return [here for before, here, after in around if not _is_straight(before, here, after)]


def _is_straight(before: Corner, here: Corner, after: Corner) -> bool:
    return before[0] == here[0] == after[0] or before[1] == here[1] == after[1]


def _joined(lines: Iterable[Line]) -> Line:
    """All lines as one: from the first corner of the first to each other one and back the same way.

    The ways run along rows and columns, so that going and coming cross the same pixels to the last bit.
    """
    first, *others = lines
    joined = [*first]
    home = first[0]
    for line in others:
        bend = (line[0][0], home[1])
        joined += [home, bend, *line, line[0], bend]
    return joined
