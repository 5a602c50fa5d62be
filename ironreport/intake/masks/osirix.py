"""Areas exported from OsiriX and Horos by their plug-in Export ROIs, as XML (property list), JSON or CSV.

Each point stands there twice, in mm of the patient and in pixels. Both must name the same place on the images opened:
the files name no frame of reference, and older ones no image.
"""

from __future__ import annotations

import csv
import io
import json
import plistlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.masks.dicom_owners import slices_by_reference
from ironreport.intake.masks.found import BoolArray, FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.placing import SAME_PLACE, on_the_one
from ironreport.intake.masks.structure_sets import filled, in_pixels
from ironreport.records import EchoSeries

CSV_HEAD, XML_KEY = b"ImageNo,RoiNo,", b"<key>NumberOfROIs</key>"
JSON_KEYS, JSON_MM_ONLY = (b'"Images"', b'"ROIs"'), b'"ROI3DPoints"'
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_EXPORT_BYTES = 32 * 2**20
HEAD_BYTES = 2**16
_AREAS = {6, 9, 11, 15}
"""Rectangle, oval, closed polygon, pencil, by the numbers that OsiriX gives its tools."""
_OTHERS = {5: "line", 10: "line", 12: "line", 13: "text", 14: "line", 16: "point", 19: "point", 26: "line", 28: "line"}
_BRUSH = 20
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
QUESTION = (
    "The export names neither patient nor images: the area was placed by its coordinates in mm. Does it lie in the "
    "organ on slice {slices}?"
)
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Area:
    """One area: number of its tool, points in mm (x, y, z) and in pixels (x, y), and what it says of its images.

    ``shape``, ``instance`` and ``series`` are None or empty where the file does not name them.
    """

    name: str
    tool: int
    mm: Points
    px: Points
    shape: tuple[int, int] | None
    instance: str
    series: str = ""


def is_osirix(content: bytes) -> bool:
    """Whether a file starts like an export of areas."""
    head = content[:HEAD_BYTES]
    return content.startswith(CSV_HEAD) or XML_KEY in head or (_is_json(head) and _names_areas(head))


def _is_json(content: bytes) -> bool:
    return content.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[")


def _names_areas(head: bytes) -> bool:
    return JSON_MM_ONLY in head or all(key in head for key in JSON_KEYS)


def osirix_masks(content: bytes, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each area of an export, to be confirmed where the file names no image.

    Raises
    ------
    IntakeError
        ``MASK_UNREADABLE``, ``MASK_EMPTY`` where the export holds no area.
    """
    areas = _areas(content)
    if not areas:
        raise mismatch("MASK_EMPTY")
    for area in areas:
        try:
            yield _mask(area, series)
        except IntakeError as error:
            yield NotTaken(area.name, error)


def _mask(area: _Area, series: Sequence[EchoSeries]) -> FoundMask:
    if area.tool == _BRUSH:
        raise mismatch("MASK_ROUNDED", what="brush area")
    if area.tool not in _AREAS:
        raise mismatch("MASK_LINE", what=_OTHERS.get(area.tool, "mark of another kind"))
    if len(area.mm) < 3:
        raise mismatch("MASK_EMPTY")
    named = _named(area, series)
    one, mask = on_the_one(series if named is None else named, lambda images: _on_slices(area, images))
    slices = ", ".join(str(index + 1) for index in np.flatnonzero(mask.any(axis=(1, 2))))
    question = QUESTION.format(slices=slices) if named is None else ""
    return found_mask(area.name, "Area of OsiriX or Horos, by its coordinates in mm", one, mask, question)


def _named(area: _Area, series: Sequence[EchoSeries]) -> list[EchoSeries] | None:
    """The series that a file names by image or by series; None where it names neither."""
    if area.instance:
        found = [one for one in series if area.instance in {uid for uid, _ in slices_by_reference(one)}]
    elif area.series and all(one.origin is not None for one in series):
        found = [one for one in series if one.origin is not None and one.origin.series_uid == area.series]
    else:
        return None
    if not found:
        raise mismatch("MASK_SERIES")
    return found


def _on_slices(area: _Area, series: EchoSeries) -> BoolArray:
    """Pixels of an area whose two ways to say its place agree on these images."""
    shape = (series.images.shape[2], series.images.shape[3])
    if area.shape is not None and area.shape != shape:
        raise mismatch("MASK_SHAPE", found=f"{area.shape[0]} x {area.shape[1]}", expected=f"{shape[0]} x {shape[1]}")
    if not series.planes or None in series.planes:
        raise mismatch("MASK_NO_PLACE")
    _, corners = in_pixels(area.mm, [plane for plane in series.planes if plane is not None])
    if np.abs(corners - area.px[:, ::-1]).max() > SAME_PLACE:
        raise mismatch("MASK_SHIFTED")
    return filled([area.mm], series)


# ------------------------------------------------------------------------------------ the file


def _areas(content: bytes) -> list[_Area]:
    if len(content) > MAX_EXPORT_BYTES:
        raise mismatch("MASK_UNREADABLE")
    try:
        if content.startswith(CSV_HEAD):
            return list(_of_csv(content))
        if _is_json(content):
            return list(_of_json(content))
        return list(_of_images(plistlib.loads(content, fmt=plistlib.FMT_XML)))
    except IntakeError:
        raise
    except Exception:  # a damaged export raises many kinds of error
        raise mismatch("MASK_UNREADABLE") from None


def _of_json(content: bytes) -> Iterator[_Area]:
    found = json.loads(content.decode("utf-8-sig"))
    if "Images" not in found:
        raise mismatch("MASK_MM_ONLY")
    return _of_images(found)


def _of_images(export: Mapping[str, Any]) -> Iterator[_Area]:
    for image in export["Images"]:
        shape = (int(image["ImageHeight"]), int(image["ImageWidth"])) if "ImageHeight" in image else None
        for roi in image["ROIs"]:
            yield _Area(
                str(roi["Name"]), int(roi["Type"]), _points(roi, "Point_mm", 3), _points(roi, "Point_px", 2), shape,
                str(roi.get("SOPInstanceUID", "")), str(roi.get("SeriesInstanceUID", "")),
            )  # fmt: skip


def _points(roi: Mapping[str, Any], key: str, n: int) -> Points:
    """Points written as text, "(x, y)" or "(x, y, z)"."""
    found = [[float(number) for number in _NUMBER.findall(str(point))] for point in roi[key]]
    return _finite(np.array(found, dtype=np.float64).reshape(-1, n))


def _of_csv(content: bytes) -> Iterator[_Area]:
    rows = csv.reader(io.StringIO(content.decode("utf-8", "replace")))
    place = {name.strip(): index for index, name in enumerate(next(rows))}
    first, name, tool = place["mmX"], place["RoiName"], place["RoiType"]
    instance = place.get("SOPInstanceUID")
    for row in rows:
        if not row:
            continue
        numbers = np.array([float(cell) for cell in row[first:] if cell.strip()], dtype=np.float64)
        points = _finite(numbers.reshape(-1, 5))
        uid = "" if instance is None else row[instance].strip()
        yield _Area(row[name], int(row[tool]), points[:, :3], points[:, 3:], None, uid)


def _finite(points: Points) -> Points:
    if not np.isfinite(points).all():
        raise mismatch("MASK_UNREADABLE")
    return points
