"""Masks in RT structure sets: closed contours, matched by frame of reference and plane, filled in pixel coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ironreport.errors import IntakeError
from ironreport.intake.grids import SAME_SLICE_MM
from ironreport.intake.masks.dicom_owners import of_this_patient, references, sequence, slices_by_reference
from ironreport.intake.masks.found import BoolArray, FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.placing import on_the_one
from ironreport.intake.regions import region_mask
from ironreport.intake.values import count, number, text, value
from ironreport.records import EchoSeries, Region, SlicePlane

STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
_WORDS = {"POINT": "point", "OPEN_PLANAR": "line", "OPEN_NONPLANAR": "line"}
LEAST_POINTS = 3
ON_LINE = 0.02
"""Of a pixel: contours are written to a hundredth of a mm at best."""
MOST_TURNS = 200
"""A contour that runs up and down a slice more often is no organ, and would take hours to fill."""
Points = npt.NDArray[np.float64]


def structure_masks(dataset: Dataset, file: str, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each structure; where its contours lie inside each other, every second one is a hole.

    Raises
    ------
    IntakeError
        ``MASK_PATIENT``, ``MASK_SERIES``.
    """
    candidates = of_this_patient(dataset, series)
    contours = {count(item, "ReferencedROINumber"): item for item in sequence(dataset, "ROIContourSequence")}
    for structure in sequence(dataset, "StructureSetROISequence"):
        number_ = count(structure, "ROINumber")
        name = text(structure, "ROIName") or f"{file}, structure {number_}"
        try:
            one, mask = _structure(structure, contours.get(number_), candidates)
            source = f"RT structure {number_}, matched by its frame of reference and planes"
            yield found_mask(name, source, one, mask)
        except IntakeError as error:
            yield NotTaken(name, error)


def _structure(
    structure: Dataset, contours: Dataset | None, series: Sequence[EchoSeries]
) -> tuple[EchoSeries, BoolArray]:
    items = sequence(contours, "ContourSequence")
    if not items:
        raise mismatch("MASK_EMPTY")
    lines = [_closed_line(item) for item in items]
    uid = text(structure, "ReferencedFrameOfReferenceUID")
    of_frame = [one for one in series if uid and one.origin is not None and one.origin.frame_of_reference_uid == uid]
    if not of_frame:
        raise mismatch("MASK_FRAME")
    named = {r for item in items for r in references(sequence(item, "ContourImageSequence"))}
    known = [one for one in of_frame if named & slices_by_reference(one).keys()]
    return on_the_one(known or of_frame, lambda one: filled(lines, one))


def _closed_line(item: Dataset) -> Points:
    """Points of a closed contour [mm], shape (n_points, 3)."""
    kind = text(item, "ContourGeometricType").upper()
    if kind not in _CLOSED:
        raise mismatch("MASK_LINE", what=_WORDS.get(kind, "contour of another kind"))
    found = value(item, "ContourData")
    coordinates = [number(one) for one in found] if isinstance(found, Sequence) and not isinstance(found, str) else []
    finite = [one for one in coordinates if one is not None]
    if len(finite) != len(coordinates) or len(finite) < 3 * LEAST_POINTS or len(finite) % 3:
        raise mismatch("MASK_UNREADABLE")
    return np.reshape(np.asarray(finite, dtype=np.float64), (-1, 3))


def filled(lines: Sequence[Points], series: EchoSeries) -> BoolArray:
    """Pixels that an odd number of contours [mm] encloses, shape (n_slices, n_rows, n_columns).

    Pixels whose middle lies on a contour belong to the structure, be it the rim of a piece or of a hole: many programs
    draw through the middles of the outermost pixels.

    Raises
    ------
    IntakeError
        ``MASK_NO_PLACE``, ``MASK_PLANE``, ``MASK_OUTSIDE``, ``MASK_UNREADABLE``.
    """
    if not series.planes or None in series.planes:
        raise mismatch("MASK_NO_PLACE")
    planes = [plane for plane in series.planes if plane is not None]
    n_rows, n_columns = series.images.shape[2:]
    found = np.zeros((series.n_slices, n_rows, n_columns), dtype=np.bool_)
    rim = np.zeros_like(found)
    left_px = float(MOST_TURNS * n_rows * series.n_slices)
    for line in lines:
        index, corners = in_pixels(line, planes)
        left_px -= float(np.abs(np.diff(corners, axis=0)).sum())
        if left_px < 0:
            raise mismatch("MASK_UNREADABLE")
        if corners.min() < -0.5 or (corners.max(axis=0) > (n_rows + 0.5, n_columns + 0.5)).any():
            raise mismatch("MASK_OUTSIDE")
        found[index] ^= _inside(corners, (n_rows, n_columns))
        rim[index] |= _on_line(corners, (n_rows, n_columns))
    return found | rim


def _on_line(corners: Points, shape: tuple[int, int]) -> BoolArray:
    """Pixels whose middle lies on a closed line, found in steps of a pixel along each of its stretches."""
    found = np.zeros(shape, dtype=np.bool_)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = int(np.abs(end - start).argmax())
        low, high = sorted((start[along], end[along]))
        steps = np.arange(np.ceil(low - 0.5 - ON_LINE), np.floor(high - 0.5 + ON_LINE) + 1)
        share = np.clip((steps + 0.5 - start[along]) / (end[along] - start[along] or 1.0), 0.0, 1.0)
        places = np.column_stack([start[axis] + share * (end[axis] - start[axis]) for axis in (0, 1)])
        middles = np.rint(places - 0.5)
        middles[:, along] = steps
        near = np.hypot(*(middles + 0.5 - places).T) <= ON_LINE
        rows, columns = middles[near & (middles >= 0).all(axis=1) & (middles < shape).all(axis=1)].astype(int).T
        found[rows, columns] = True
    return found


def _inside(corners: Points, shape: tuple[int, int]) -> BoolArray:
    """Pixels inside a line; one without extent encloses none."""
    if np.ptp(corners, axis=0).min() == 0.0:
        return np.zeros(shape, dtype=np.bool_)
    return region_mask(Region.polygon([(float(r), float(c)) for r, c in corners]), shape)


def in_pixels(line: Points, planes: Sequence[SlicePlane]) -> tuple[int, Points]:
    """Slice that all points of a contour lie in, and the points as rows and columns, as our polygons count them.

    Raises
    ------
    IntakeError
        ``MASK_PLANE``.
    """
    for index, plane in enumerate(planes):
        to_right, down = np.reshape(plane.cosines, (2, 3))
        beyond = line - np.asarray(plane.position_mm)
        if np.abs(beyond @ np.cross(to_right, down)).max() <= SAME_SLICE_MM:
            rows, columns = beyond @ down / plane.spacing_mm[0], beyond @ to_right / plane.spacing_mm[1]
            return index, np.column_stack([rows, columns]) + 0.5
    raise mismatch("MASK_PLANE")
