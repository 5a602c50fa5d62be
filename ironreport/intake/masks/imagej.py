"""Areas drawn in ImageJ or Fiji: slice and pixel, and nothing that says on which images.

ImageJ counts from the outer corner of the top left pixel, as our polygons do. Of a pixel whose middle lies exactly on a
line it takes the one left of the line (docs of its polygon filler), which moving the line by a trifle does too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from ironreport.intake.masks.found import BoolArray, FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.placing import on_the_one
from ironreport.intake.regions import region_mask
from ironreport.records import EchoSeries, Region

MAGIC = b"Iout"
MAX_ROI_BYTES = 8 * 2**20
ON_THE_LINE = 1e-8
QUESTION = (
    "ImageJ names neither patient nor series: this area was put on slice {slice} by its number and on the pixels by "
    "their rows and columns. Does it lie in the organ on that slice?"
)
_LINES = {
    ROI_TYPE.LINE: "line", ROI_TYPE.FREELINE: "line", ROI_TYPE.POLYLINE: "line", ROI_TYPE.ANGLE: "line",
    ROI_TYPE.POINT: "point", ROI_TYPE.NOROI: "mark without an area",
}  # fmt: skip
_AREAS = {ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED}
_NO_AREAS = {ROI_SUBTYPE.TEXT: "text", ROI_SUBTYPE.ARROW: "line", ROI_SUBTYPE.IMAGE: "picture"}
Points = npt.NDArray[np.float64]


def imagej_masks(
    content: bytes, file: str, series: Sequence[EchoSeries], slice_index: int | None
) -> Iterator[FoundMask | NotTaken]:
    """The area of one ROI file, to be confirmed by who looks at it.

    Parameters
    ----------
    slice_index : int or None
        Slice that the caller names, counted from 0; else that of the file.

    Raises
    ------
    IntakeError
        ``MASK_UNREADABLE``, ``MASK_LINE``, ``MASK_ROUNDED``, ``MASK_SLICE``, ``MASK_OUTSIDE``, ``MASK_SEVERAL_SERIES``.
    """
    roi = _opened(content)
    one, mask = on_the_one(series, lambda images: _on_slice(roi, images, slice_index))
    on = int(np.flatnonzero(mask.any(axis=(1, 2)))[0]) if mask.any() else 0
    question = QUESTION.format(slice=on + 1)
    yield found_mask(roi.name or file.removesuffix(".roi"), "ImageJ area, by slice and pixel", one, mask, question)


def _opened(content: bytes) -> ImagejRoi:
    if len(content) > MAX_ROI_BYTES:
        raise mismatch("MASK_UNREADABLE")
    try:
        return ImagejRoi.frombytes(content)
    except Exception:  # roifile raises many kinds of error on damaged files
        raise mismatch("MASK_UNREADABLE") from None


def _on_slice(roi: ImagejRoi, series: EchoSeries, slice_index: int | None) -> BoolArray:
    n_slices, _, n_rows, n_columns = series.images.shape
    index = _slice_of(roi, n_slices) if slice_index is None else slice_index
    if not 0 <= index < n_slices:
        raise mismatch("MASK_SLICE")
    found = np.zeros((n_slices, n_rows, n_columns), dtype=np.bool_)
    found[index] = _area(roi, (n_rows, n_columns))
    return found


def _slice_of(roi: ImagejRoi, n_slices: int) -> int:
    """Slice counted from 0: of a hyperstack its z, of a stack its place; the only one where none is named."""
    named = max(int(roi.z_position), 0) or max(int(roi.position), 0)
    if not named and n_slices > 1:
        raise mismatch("MASK_SLICE")
    return max(named - 1, 0) if n_slices > 1 or named <= 1 else -1


def _area(roi: ImagejRoi, shape: tuple[int, int]) -> BoolArray:
    """Pixels of an area as ImageJ selects them."""
    if roi.roitype in _LINES or roi.subtype in _NO_AREAS:
        raise mismatch("MASK_LINE", what=_LINES.get(roi.roitype) or _NO_AREAS[roi.subtype])
    if roi.multi_coordinates is not None:
        return _odd([np.asarray(line, dtype=np.float64) for line in roi.coordinates(multi=True)], shape)
    if roi.roitype in _AREAS:
        return _odd([np.asarray(roi.coordinates(), dtype=np.float64)], shape)
    if roi.rounded_rect_arc_size and roi.roitype == ROI_TYPE.RECT:
        raise mismatch("MASK_ROUNDED", what="rectangle with rounded corners")
    if roi.roitype not in (ROI_TYPE.RECT, ROI_TYPE.OVAL):
        raise mismatch("MASK_UNREADABLE")
    top, left, height, width = _box(roi)
    _check_within(np.array([[left, top], [left + width, top + height]]), shape)
    kind = "ellipse" if roi.roitype == ROI_TYPE.OVAL else "rectangle"
    return region_mask(Region(kind, top + height / 2 - 0.5, left + width / 2 - 0.5, height, width), shape)  # type: ignore[arg-type]


def _box(roi: ImagejRoi) -> tuple[float, float, float, float]:
    """Top, left, height and width in pixels."""
    if not roi.subpixelrect:
        return float(roi.top), float(roi.left), float(roi.bottom - roi.top), float(roi.right - roi.left)
    box = (float(roi.yd), float(roi.xd), float(roi.heightd), float(roi.widthd))
    if any(not math.isfinite(n) or n != round(n) for n in box):
        raise mismatch("MASK_ROUNDED", what="rectangle or ellipse of broken pixels")
    return box


def _odd(lines: Sequence[Points], shape: tuple[int, int]) -> BoolArray:
    """Pixels that an odd number of closed lines (column, row) encloses."""
    found = np.zeros(shape, dtype=np.bool_)
    for line in lines:
        if len(line) >= 3 and np.ptp(line, axis=0).min() > 0.0:
            _check_within(line, shape)
            found ^= region_mask(Region.polygon([(float(y), float(x) + ON_THE_LINE) for x, y in line]), shape)
    return found


def _check_within(corners: Points, shape: tuple[int, int]) -> None:
    if not np.isfinite(corners).all():
        raise mismatch("MASK_UNREADABLE")
    if corners.min() < 0.0 or (corners.max(axis=0) > (shape[1], shape[0])).any():
        raise mismatch("MASK_OUTSIDE")
