"""A voxel grid put onto the pixels of a series, where the one is an exact re-ordering of the other.

Axes may be flipped and exchanged, as programs do when they write a volume; nothing is interpolated. Coordinates are
those of DICOM patients: towards the left, the back and the head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.masks.mismatches import mismatch
from ironreport.records import EchoSeries, SlicePlane

SAME_PLACE = 0.05
"""Of a pixel or a slice distance. Rounding in affines is far smaller; mistakes of convention are a half or more."""
Values = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Fitted = TypeVar("Fitted")


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Where the voxels of a volume lie: index to place [mm] in patient coordinates.

    Parameters
    ----------
    affine : ndarray, shape (4, 4)
    """

    affine: Floats

    def __post_init__(self) -> None:
        if not np.isfinite(self.affine).all() or abs(np.linalg.det(self.affine[:3, :3])) < np.finfo(np.float32).tiny:
            raise mismatch("MASK_AFFINE")


class _Step(NamedTuple):
    """Voxel index of the top left pixel of a slice, and its changes by a row and by a column."""

    corner: Whole
    row: Whole
    column: Whole


def on_series(series: EchoSeries, lattice: Lattice, values: Values) -> Values:
    """Values of a volume at the pixels of a series, 0 where the volume does not reach.

    Parameters
    ----------
    values : ndarray, shape (n_0, n_1, n_2)

    Returns
    -------
    ndarray, shape (n_slices, n_rows, n_columns)

    Raises
    ------
    IntakeError
        ``MASK_NO_PLACE``, ``MASK_SPACING``, ``MASK_TILTED``, ``MASK_SHIFTED``, ``MASK_ELSEWHERE``, ``MASK_OUTSIDE``.
    """
    n_slices, _, n_rows, n_columns = series.images.shape
    if not series.planes or None in series.planes:
        raise mismatch("MASK_NO_PLACE")
    steps = [_step(lattice, plane, (n_rows, n_columns), values.shape) for plane in series.planes if plane is not None]
    if all(step is None for step in steps):
        raise mismatch("MASK_ELSEWHERE")
    _check_layers([step for step in steps if step is not None])
    found = np.zeros((n_slices, n_rows, n_columns), dtype=values.dtype)
    for index, step in enumerate(steps):
        if step is not None:
            found[index] = _slice_values(step, values, (n_rows, n_columns))
    if np.count_nonzero(found) != np.count_nonzero(values):
        raise mismatch("MASK_OUTSIDE")
    return found


def _step(lattice: Lattice, plane: SlicePlane, shape: tuple[int, int], volume: tuple[int, ...]) -> _Step | None:
    """How a slice runs through the volume, or None where it lies beyond its first or last layer."""
    inverse = np.linalg.inv(lattice.affine)
    to_right, down = np.reshape(plane.cosines, (2, 3))
    corner = inverse[:3, :3] @ plane.position_mm + inverse[:3, 3]
    row = inverse[:3, :3] @ (down * plane.spacing_mm[0])
    column = inverse[:3, :3] @ (to_right * plane.spacing_mm[1])
    _check_steps(lattice, (row, column), shape, plane)
    whole = _Step(*(np.rint(one).astype(np.int64) for one in (np.clip(corner, -1e9, 1e9), row, column)))
    through = int(np.flatnonzero((whole.row == 0) & (whole.column == 0))[0])
    if not -0.5 <= corner[through] <= volume[through] - 0.5:
        return None
    if np.abs(corner - whole.corner).max() > SAME_PLACE:
        raise mismatch("MASK_SHIFTED")
    _check_extent(whole, shape, volume)
    return whole


def _check_steps(lattice: Lattice, steps: tuple[Floats, Floats], shape: tuple[int, int], plane: SlicePlane) -> None:
    """Refuse a grid in which a step along the image is no step along one axis."""
    drift = max(float(np.abs(one - np.rint(one)).max()) * n for one, n in zip(steps, shape, strict=True))
    units = [np.flatnonzero(np.rint(one)) for one in steps]
    is_reordering = all(len(axes) == 1 for axes in units) and units[0][0] != units[1][0]
    is_unit = all(np.abs(np.rint(one)).max() == 1 for one in steps)
    if drift <= SAME_PLACE and is_reordering and is_unit:
        return
    cosines = lattice.affine[:3, :3] / np.linalg.norm(lattice.affine[:3, :3], axis=0)
    tilts = [
        min(np.linalg.norm(np.cross(side, axis)) for axis in cosines.T) for side in np.reshape(plane.cosines, (2, 3))
    ]
    raise mismatch("MASK_TILTED" if max(tilts) * max(shape) > SAME_PLACE else "MASK_SPACING")


def _check_extent(step: _Step, shape: tuple[int, int], volume: tuple[int, ...]) -> None:
    """Refuse a grid as large as the image that lies a whole pixel or more beside it: no crop, but a mistake."""
    for direction, n in ((step.row, shape[0]), (step.column, shape[1])):
        axis = int(np.flatnonzero(direction)[0])
        first = int(step.corner[axis]) if direction[axis] > 0 else int(step.corner[axis]) - (n - 1)
        if first + n <= 0 or first >= volume[axis] or (volume[axis] == n and abs(first) >= n / 2):
            raise mismatch("MASK_ELSEWHERE")
        if volume[axis] == n and first != 0:
            raise mismatch("MASK_SHIFTED")


def _check_layers(steps: Sequence[_Step]) -> None:
    """Refuse a volume whose layers lie closer than the slices, or one layer that serves two slices."""
    apart = [int(np.abs(b.corner - a.corner).max()) for a, b in pairwise(steps)]
    if apart and min(apart) != 1:
        raise mismatch("MASK_SPACING")


def _slice_values(step: _Step, values: Values, shape: tuple[int, int]) -> Values:
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    indices = [step.corner[a] + step.row[a] * rows + step.column[a] * columns for a in range(3)]
    inside = np.logical_and.reduce([(i >= 0) & (i < n) for i, n in zip(indices, values.shape, strict=True)])
    clipped = tuple(np.clip(i, 0, n - 1) for i, n in zip(indices, values.shape, strict=True))
    return np.where(inside, values[clipped], values.dtype.type(0))


def on_the_one(series: Sequence[EchoSeries], place: Callable[[EchoSeries], Fitted]) -> tuple[EchoSeries, Fitted]:
    """The one series that something can be placed on, and what comes of it.

    Raises
    ------
    IntakeError
        ``MASK_SEVERAL_SERIES`` where several fit; where none does, why the first does not; ``MASK_SERIES`` without any.
    """
    fitting: list[tuple[EchoSeries, Fitted]] = []
    errors: list[IntakeError] = []
    for one in series:
        try:
            fitting.append((one, place(one)))
        except IntakeError as error:
            errors.append(error)
    if len(fitting) > 1:
        raise mismatch("MASK_SEVERAL_SERIES", n=len(fitting))
    if not fitting:
        raise errors[0] if errors else mismatch("MASK_SERIES")
    return fitting[0]
