"""Which side of the patient lies at which edge of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ironreport.records import EchoSeries

LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))
"""Ends of the axes of DICOM's patient system, from its negative to its positive side."""
LEAST_TILT = 0.3
"""A direction that leans by less than 17 degrees to an axis does not get its letter."""


def patient_sides(series: EchoSeries) -> dict[str, str] | None:
    """Letters at the ``left``, ``right``, ``top`` and ``bottom`` of all slices; None where the header does not tell.

    An oblique image has two or three letters at an edge, the one it leans to most first.
    """
    cosines = {plane.cosines if plane is not None else () for plane in series.planes}
    if len(cosines) != 1 or () in cosines:
        return None
    [directions] = cosines
    row, column = directions[:3], directions[3:]
    ends = {"left": _ends(row, -1), "right": _ends(row, 1), "top": _ends(column, -1), "bottom": _ends(column, 1)}
    return ends if all(ends.values()) else None


def _ends(direction: Sequence[float], sign: int) -> str:
    """Letters of the patient's side towards which a direction points."""
    towards = sign * np.asarray(direction, dtype=np.float64)
    axes = [axis for axis in np.argsort(-np.abs(towards)) if abs(towards[axis]) >= LEAST_TILT]
    return "".join(LETTERS[axis][int(towards[axis] > 0.0)] for axis in axes)
