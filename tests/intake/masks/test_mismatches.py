"""What does not fit is refused by name, with its cure, and never shifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.uid import JPEG2000, RLELossless
from roifile import ROI_TYPE, ImagejRoi

from ironreport.errors import IntakeError
from ironreport.intake.masks import read_masks
from ironreport.records import EchoSeries

from .conftest import (
    TO_RAS,
    Exam,
    ExamOf,
    Mask,
    as_imagej,
    as_nifti,
    as_nrrd,
    as_seg,
    as_structures,
    contours_of,
    written,
)


def reasons(content: bytes, *series: EchoSeries, **more: Any) -> list[str]:
    found = read_masks([("liver.x", content)], series, **more)
    assert not found.masks
    assert all(one.what.endswith(".") and one.cure.endswith(".") for one in found.left_out)
    return [one.code for one in found.left_out]


Changed = Callable[[np.ndarray], np.ndarray]


def scaled(affine: np.ndarray, *factors: float) -> np.ndarray:
    return affine @ np.diag([*factors, 1.0])


def moved(affine: np.ndarray, *steps: float) -> np.ndarray:
    return affine @ np.block([[np.eye(3), np.array(steps)[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])


def turned(affine: np.ndarray, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ affine


GRIDS: dict[str, tuple[Changed, str]] = {
    "larger pixels": (lambda a: scaled(a, 1.2, 1.0, 1.0), "MASK_SPACING"),
    "pixels exchanged": (lambda a: scaled(a, 1.5 / 1.25, 1.25 / 1.5, 1.0), "MASK_SPACING"),
    "other slice distance": (lambda a: scaled(a, 1.0, 1.0, 0.8), "MASK_SHIFTED"),
    "layers twice as close": (lambda a: scaled(a, 1.0, 1.0, 0.5), "MASK_SPACING"),
    "half a pixel beside": (lambda a: moved(a, 0.5, 0.0, 0.0), "MASK_SHIFTED"),
    "a tenth of a pixel beside": (lambda a: moved(a, 0.0, 0.1, 0.0), "MASK_SHIFTED"),
    "a whole pixel beside": (lambda a: moved(a, 1.0, 0.0, 0.0), "MASK_SHIFTED"),
    "half a slice beside": (lambda a: moved(a, 0.0, 0.0, 0.5), "MASK_SHIFTED"),
    "a whole slice beside": (lambda a: moved(a, 0.0, 0.0, 1.0), "MASK_OUTSIDE"),
    "far away": (lambda a: moved(a, 0.0, 0.0, 90.0), "MASK_ELSEWHERE"),
    "turned by three degrees": (lambda a: turned(a, 0.05), "MASK_TILTED"),
    "an axis flipped": (lambda a: a @ np.diag([-1.0, 1.0, 1.0, 1.0]), "MASK_ELSEWHERE"),
    "space confused": (lambda a: TO_RAS @ a, "MASK_TILTED"),
    "no number": (lambda a: np.where(np.eye(4) > 0, np.nan, a), "MASK_AFFINE"),
    "flat": (lambda a: scaled(a, 1.0, 1.0, 0.0), "MASK_AFFINE"),
}


@pytest.mark.parametrize(("change", "code"), GRIDS.values(), ids=GRIDS)
def test_another_grid_is_refused_by_name(change: Changed, code: str, exam: Exam, known: Mask, tmp_path: Path) -> None:
    assert reasons(as_nrrd(known, change(exam.affine), tmp_path), exam.series) == [code]


def test_another_grid_of_nifti_is_refused_by_name(exam: Exam, known: Mask) -> None:
    assert reasons(as_nifti(known, moved(exam.affine, 0.5, 0.0, 0.0)), exam.series) == ["MASK_SHIFTED"]
    broken = nibabel.Nifti1Image(known.transpose(2, 1, 0).astype(np.uint8), TO_RAS @ exam.affine)
    broken.header["srow_x"] = np.nan
    content = bytearray(broken.to_bytes())
    content[280:284] = np.float32(np.nan).tobytes()
    assert reasons(bytes(content), exam.series) == ["MASK_AFFINE"]


def test_a_volume_that_says_its_place_twice_and_unlike_is_refused(exam: Exam, known: Mask) -> None:
    made = nibabel.Nifti1Image(known.transpose(2, 1, 0).astype(np.uint8), TO_RAS @ exam.affine)
    made.set_qform(TO_RAS @ moved(exam.affine, 1.0, 0.0, 0.0), code=1)
    assert reasons(made.to_bytes(), exam.series) == ["NIFTI_TWO_PLACES"]
    made.set_qform(None, code=0)
    made.set_sform(None, code=0)
    assert reasons(made.to_bytes(), exam.series) == ["NIFTI_NO_PLACE"]


def test_what_is_no_mask_is_refused_by_name(exam: Exam, known: Mask, tmp_path: Path) -> None:
    affine = exam.affine
    assert reasons(as_nifti(known & False, affine), exam.series) == ["MASK_EMPTY"]
    assert reasons(as_nifti(known * 0.4, affine, dtype=np.float32), exam.series) == ["MASK_FRACTIONAL"]
    grey = np.arange(known.size).reshape(known.shape)
    assert reasons(as_nifti(grey, affine, dtype=np.int16), exam.series) == ["MASK_TOO_MANY_LABELS"]
    assert reasons(as_nrrd(known, affine, tmp_path, space="scanner-xyz"), exam.series) == ["NRRD_SPACE"]
    assert reasons(b"hello", exam.series) == ["NOT_A_MASK"]
    assert reasons(b"", exam.series) == ["NOT_A_MASK"]


def test_a_mask_of_two_slices_does_not_fit_a_series_of_one(exam: Exam, known: Mask) -> None:
    series = exam.series
    single = replace(series, images=series.images[1:2], planes=series.planes[1:2])
    assert reasons(as_nifti(known, exam.affine), single) == ["MASK_OUTSIDE"]


# --------------------------------------------------------------------------- DICOM


def test_a_mask_of_another_patient_stops_everything(exam_of: ExamOf, known: Mask) -> None:
    mine, other = exam_of(), exam_of(PatientID="B2", PatientName="ROE^RICHARD", PatientBirthDate="19500101")
    for content in (
        as_seg(known, other),
        as_structures(contours_of(known, mine), PatientID="B2", PatientName="ROE^RICHARD"),
    ):
        with pytest.raises(IntakeError, match="another patient") as refused:
            read_masks([("x", content), ("y", as_nifti(known, mine.affine))], [mine.series])
        assert "DOE" not in str(refused.value) and "ROE" not in str(refused.value)


def test_a_seg_of_another_series_is_refused(exam_of: ExamOf, known: Mask) -> None:
    assert reasons(as_seg(known, exam_of(series="1.2.9.77")), exam_of().series) == ["MASK_SERIES"]


def test_a_seg_behind_lossy_compression_is_refused(exam: Exam, known: Mask) -> None:
    made = dcmread(BytesIO(as_seg(known, exam, kind="FRACTIONAL", syntax=RLELossless)))
    made.file_meta.TransferSyntaxUID = JPEG2000
    assert reasons(written(made), exam.series) == ["MASK_ENCODING"]


def test_another_frame_of_reference_is_refused(exam: Exam, known: Mask) -> None:
    assert reasons(as_structures(contours_of(known, exam), frame="1.2.3.4"), exam.series) == ["MASK_FRAME"]
    assert reasons(as_structures(contours_of(known, exam), frame=""), exam.series) == ["MASK_FRAME"]


def test_contours_between_the_slices_or_beside_the_image_are_refused(exam: Exam, known: Mask) -> None:
    between = replace(exam, series=exam.series)
    shifted = [[(np.array(p) + np.array([0, 0, 1.0])).tolist() for p in line] for line in contours_of(known, between)]
    assert reasons(as_structures(shifted), exam.series) == ["MASK_PLANE"]
    beside = [[(exam.affine @ [c, r, 1, 1])[:3].tolist() for c, r in ((8, 2), (14, 2), (14, 9), (8, 9))]]
    assert reasons(as_structures(beside), exam.series) == ["MASK_OUTSIDE"]


def test_a_contour_without_end_is_refused_before_it_is_filled(exam: Exam) -> None:
    up_and_down = [(exam.affine @ [3 + n % 5, 15 * (n % 2), 1, 1])[:3].tolist() for n in range(400)]
    assert reasons(as_structures([up_and_down] * 10), exam.series) == ["MASK_UNREADABLE"]


@pytest.mark.parametrize(("kind", "word"), [("POINT", "point"), ("OPEN_PLANAR", "line"), ("OPEN_NONPLANAR", "line")])
def test_points_and_lines_of_a_structure_set_are_refused(kind: str, word: str, exam: Exam, known: Mask) -> None:
    found = read_masks([("x", as_structures(contours_of(known, exam), kind=kind))], [exam.series])
    assert [one.code for one in found.left_out] == ["MASK_LINE"]
    assert word in found.left_out[0].what


def test_a_mask_that_fits_two_series_asks_for_the_one(exam_of: ExamOf, known: Mask) -> None:
    one, other = exam_of(), exam_of(series="1.2.9.44")
    assert reasons(as_nifti(known, one.affine), one.series, other.series) == ["MASK_SEVERAL_SERIES"]
    assert reasons(as_structures(contours_of(known, one)), one.series, other.series) == ["MASK_SEVERAL_SERIES"]


def test_images_without_a_place_take_no_mask_by_place(exam: Exam, known: Mask) -> None:
    assert reasons(as_nifti(known, exam.affine), replace(exam.series, planes=())) == ["MASK_NO_PLACE"]


# --------------------------------------------------------------------------- ImageJ


@pytest.mark.parametrize("kind", [ROI_TYPE.LINE, ROI_TYPE.POINT, ROI_TYPE.POLYLINE, ROI_TYPE.FREELINE, ROI_TYPE.ANGLE])
def test_lines_and_points_of_imagej_are_refused(kind: ROI_TYPE, exam: Exam) -> None:
    roi = ImagejRoi.frompoints([[2, 2], [5, 5], [6, 3]])
    roi.roitype, roi.position = kind, 1
    assert reasons(roi.tobytes(), exam.series) == ["MASK_LINE"]


def test_an_area_of_imagej_without_slice_or_beside_the_image_is_refused(exam: Exam) -> None:
    roi = ImagejRoi.frompoints([[2, 2], [8, 2], [8, 8]])
    assert reasons(roi.tobytes(), exam.series) == ["MASK_SLICE"]
    roi.position = 9
    assert reasons(roi.tobytes(), exam.series) == ["MASK_SLICE"]
    assert reasons(roi.tobytes(), exam.series, slice_index=7) == ["MASK_SLICE"]
    beside = ImagejRoi.frompoints([[2, 2], [80, 2], [80, 80]])
    beside.position = 1
    assert reasons(beside.tobytes(), exam.series) == ["MASK_OUTSIDE"]


# --------------------------------------------------------------------------- hostile bytes

_CORPUS: list[tuple[bytes, EchoSeries]] = []


@pytest.fixture(autouse=True)
def _corpus(exam: Exam, known: Mask, tmp_path: Path) -> None:
    if not _CORPUS:
        contents = [
            as_seg(known, exam), as_structures(contours_of(known, exam)), as_nifti(known, exam.affine),
            as_nrrd(known, exam.affine, tmp_path), as_nrrd(known, exam.affine, tmp_path, encoding="raw"),
            *as_imagej(known).values(),
        ]  # fmt: skip
        _CORPUS.extend((content, exam.series) for content in contents)


@given(st.data())
def test_cut_and_changed_files_end_in_a_sentence(data: st.DataObject) -> None:
    content, series = data.draw(st.sampled_from(_CORPUS))
    body = bytearray(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    for _ in range(data.draw(st.integers(0, 6))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_masks([("x", bytes(body))], [series])
    except IntakeError as error:
        assert error.refusal.code == "MASK_PATIENT"
        return
    assert found.masks or found.left_out
    assert all(one.what.endswith(".") and one.cure.endswith(".") for one in found.left_out)
