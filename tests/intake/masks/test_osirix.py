"""Areas exported by OsiriX and Horos, written as their plug-in's source describes: in mm and in pixels."""

from __future__ import annotations

import json
import plistlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.errors import IntakeError
from ironreport.intake.masks import MasksFound, read_masks

from .conftest import Exam, ExamOf, Mask

POLYGON, PENCIL, LENGTH, POINT, BRUSH = 11, 15, 5, 19, 20
CORNERS = [(1.7, 2.7), (7.3, 2.7), (7.3, 10.3), (1.7, 10.3)]
"""Column and row, counted from the outer corner of the first pixel."""


def mm_of(exam: Exam, slice_index: int = 1) -> list[tuple[float, ...]]:
    return [tuple((exam.affine @ [x - 0.5, y - 0.5, slice_index, 1.0])[:3]) for x, y in CORNERS]


def as_xml(exam: Exam, tool: int = POLYGON, shape: tuple[int, int] = (16, 12), **changed: Any) -> bytes:
    points = {"Point_mm": mm_of(exam), "Point_px": CORNERS} | changed
    written = {key: [f"({', '.join(f'{n:f}' for n in point)})" for point in found] for key, found in points.items()}
    roi = {"Name": "Liver", "Type": tool, "NumberOfPoints": 4, "IndexInImage": 0, **written}
    image = {"ImageHeight": shape[0], "ImageWidth": shape[1], "ImageIndex": 1, "NumberOfROIs": 1, "ROIs": [roi]}
    return plistlib.dumps({"Images": [image]})


def as_json(exam: Exam, **names: str) -> bytes:
    """The same tree as text, with the unique identifiers that newer versions of the plug-in write beside each area."""
    tree = plistlib.loads(as_xml(exam))
    tree["Images"][0]["ROIs"][0] |= names
    return json.dumps(tree, indent=2).encode("utf-8-sig")


def as_csv(exam: Exam, uid: str | None = None) -> bytes:
    uids = "" if uid is None else "SOPInstanceUID,SeriesInstanceUID,StudyInstanceUID,"
    head = f"ImageNo,RoiNo,RoiMean,RoiMin,RoiMax,RoiTotal,RoiDev,RoiName,RoiCenterX,RoiCenterY,RoiCenterZ,LengthCm,\
LengthPix,AreaPix2, AreaCm2,RoiType,{uids}NumOfPoints,mmX,mmY,mmZ,pxX,pxY,..."
    points = [n for mm, px in zip(mm_of(exam), CORNERS, strict=True) for n in (*mm, *px)]
    row = [1, 0, *[0.0] * 5, '"Liver, right"', *[0.0] * 7, PENCIL, *([uid, "1.2", "1.3"] if uid else []), 4, *points]
    return f"{head}\n{','.join(map(str, row))}\n".encode()


@pytest.fixture
def expected(known: Mask) -> Mask:
    mask = np.zeros_like(known)
    mask[1, 3:10, 2:7] = True
    return mask


def test_xml_json_and_csv_select_the_same_pixels_and_ask(exam: Exam, expected: Mask) -> None:
    for content in (as_xml(exam), as_json(exam), as_csv(exam)):
        (found,) = read_masks([("x", content)], [exam.series]).masks
        assert np.array_equal(found.mask, expected)
        assert "Does it lie in the organ on slice 2?" in found.question


def test_an_export_that_names_its_image_is_matched_by_it(exam_of: ExamOf, expected: Mask) -> None:
    exam, other = exam_of(), exam_of(series="1.2.9.44")
    (found,) = read_masks([("x", as_csv(exam, "1.2.9.4.2.1"))], [other.series, exam.series]).masks
    assert (found.series_key, found.name, found.question) == (exam.series.key, "Liver, right", "")
    assert np.array_equal(found.mask, expected)
    assert codes(read_masks([("x", as_csv(exam, "1.2.77"))], [exam.series])) == ["MASK_SERIES"]


def test_an_export_that_names_its_series_asks_nothing_and_fits_no_other(exam_of: ExamOf, expected: Mask) -> None:
    exam, other = exam_of(), exam_of(series="1.2.9.44")
    assert exam.series.origin is not None
    content = as_json(exam, SeriesInstanceUID=exam.series.origin.series_uid, StudyInstanceUID="1.3")
    (found,) = read_masks([("x", content)], [other.series, exam.series]).masks
    assert (found.series_key, found.question) == (exam.series.key, "")
    assert np.array_equal(found.mask, expected)
    assert codes(read_masks([("x", content)], [other.series])) == ["MASK_SERIES"]


def codes(found: MasksFound) -> list[str]:
    assert not found.masks
    return [one.code for one in found.left_out]


def test_what_does_not_fit_is_refused_by_name(exam: Exam) -> None:
    for content, code in (
        (as_xml(exam, shape=(512, 512)), "MASK_SHAPE"),
        (as_xml(exam, Point_px=[(x + 0.5, y) for x, y in CORNERS]), "MASK_SHIFTED"),
        (as_xml(exam, Point_px=[(2 * x, 2 * y) for x, y in CORNERS]), "MASK_SHIFTED"),
        (as_xml(exam, Point_mm=[(x, y, z + 2.0) for x, y, z in mm_of(exam)]), "MASK_PLANE"),
        (as_xml(exam, tool=LENGTH), "MASK_LINE"),
        (as_xml(exam, tool=POINT), "MASK_LINE"),
        (as_xml(exam, tool=BRUSH), "MASK_ROUNDED"),
        (as_xml(exam)[:-40], "MASK_UNREADABLE"),
        (as_xml(exam, Point_mm=[], Point_px=[]), "MASK_EMPTY"),
        (as_csv(exam)[:-30], "MASK_UNREADABLE"),
        (as_json(exam)[:-40], "MASK_UNREADABLE"),
        (json.dumps([{"Name": "Liver", "ROI3DPoints": ["[1, 2, 3]"] * 4}]).encode(), "MASK_MM_ONLY"),
    ):
        assert codes(read_masks([("x", content)], [exam.series])) == [code]


_CORPUS: list[tuple[bytes, Exam]] = []


@pytest.fixture(autouse=True)
def _corpus(exam: Exam) -> None:
    if not _CORPUS:
        _CORPUS.extend([(as_xml(exam), exam), (as_csv(exam), exam), (as_json(exam), exam)])


@given(st.data())
def test_cut_and_changed_exports_end_in_a_sentence(data: st.DataObject) -> None:
    content, exam = data.draw(st.sampled_from(_CORPUS))
    body = bytearray(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    for _ in range(data.draw(st.integers(0, 6))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_masks([("x", bytes(body))], [exam.series])
    except IntakeError as error:
        pytest.fail(f"A stop that is none: {error}")
    assert found.masks or found.left_out
