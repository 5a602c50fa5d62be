"""Promises of masks in the library: found, named, measured, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import numpy.typing as npt
import pytest
from roifile import ROI_TYPE, ImagejRoi

import ironreport as ir
from ironreport.errors import IronReportError
from ironreport.synthetic.samples import samples_folder

LIVER = samples_folder() / "liver_1t5_siemens"


@pytest.fixture(scope="module")
def exam() -> ir.OpenedExam:
    return ir.read(LIVER)


@pytest.fixture
def mask(exam: ir.OpenedExam) -> npt.NDArray[np.bool_]:
    found = np.zeros((exam.series[0].images.n_slices, *exam.series[0].signals.shape[2:]), dtype=np.bool_)
    found[1, 56:68, 36:48] = True
    return found


def volume(exam: ir.OpenedExam, mask: npt.NDArray[np.generic]) -> bytes:
    first, second = exam.series[0].images.planes[:2]
    assert first is not None and second is not None
    affine = np.eye(4)
    affine[:3, 0] = np.array(first.cosines[:3]) * first.spacing_mm[1]
    affine[:3, 1] = np.array(first.cosines[3:]) * first.spacing_mm[0]
    affine[:3, 2] = np.subtract(second.position_mm, first.position_mm)
    affine[:3, 3] = first.position_mm
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    made = nibabel.Nifti1Image(mask.transpose(2, 1, 0).astype(np.uint8), lps_to_ras @ affine)
    return bytes(made.to_bytes())


def area(position: int) -> bytes:
    roi = ImagejRoi.frompoints([[36, 56], [48, 56], [48, 68], [36, 68]])
    roi.roitype, roi.position, roi.name = ROI_TYPE.POLYGON, position, "foie 1"
    return bytes(roi.tobytes())


def test_a_mask_is_found_named_and_measured_as_the_array_is(
    exam: ir.OpenedExam, mask: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    (tmp_path / "Leber_seg.nii").write_bytes(volume(exam, mask))
    (found,) = exam.masks(tmp_path)
    assert (found.name, found.organ) == ("Leber_seg", "liver")
    series = exam.series[0]
    assert series.region(found, organ="liver").signal == series.region(mask, organ="liver").signal


def test_a_mask_named_for_one_organ_and_measured_as_another_has_no_class(
    exam: ir.OpenedExam, mask: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    (tmp_path / "Leber_seg.nii").write_bytes(volume(exam, mask))
    (found,) = exam.masks(tmp_path)
    heart = exam.series[0].region(found, organ="heart").finding
    assert heart.grading is None and heart.absence is not None and heart.absence.code == "NAME_SAYS_OTHER_ORGAN"
    assert "says liver, and it is measured as heart" in heart.absence.what


def test_an_area_of_imagej_is_measured_only_once_it_was_looked_at(
    exam: ir.OpenedExam, mask: npt.NDArray[np.bool_]
) -> None:
    series = exam.series[0]
    (found,) = series.masks(area(2))
    assert found.organ == "liver"
    with pytest.raises(IronReportError, match="Does it lie in the organ") as refused:
        series.region(found, organ="liver")
    assert refused.value.refusal.code == "MASK_UNCONFIRMED"
    measured = series.region(found.confirmed(), organ="liver")
    assert measured.signal == series.region(mask, organ="liver").signal


def test_a_mask_of_one_series_is_not_measured_on_another(exam: ir.OpenedExam, mask: npt.NDArray[np.bool_]) -> None:
    (found,) = exam.masks(volume(exam, mask))
    other = ir.read(samples_folder() / "phantom_1t5_dicom").series[0]
    with pytest.raises(IronReportError, match="another series"):
        other.region(found, organ="liver")


def test_masks_show_themselves_in_few_words(exam: ir.OpenedExam, mask: npt.NDArray[np.bool_]) -> None:
    found = exam.masks([volume(exam, mask), b"no mask at all"])
    assert len(repr(found)) < 300
    assert "144 pixels on slice 2; suggests no organ" in found._repr_html_()
    assert [one.code for one in found.left_out] == ["NOT_A_MASK"]
    assert found.named(found[0].name) is found[0]


def test_where_no_mask_fits_the_reason_is_said(exam: ir.OpenedExam, mask: npt.NDArray[np.bool_]) -> None:
    for source, code in (
        (volume(exam, mask & False), "MASK_EMPTY"), (b"nothing", "NOT_A_MASK"), (area(7), "MASK_SLICE"),
    ):  # fmt: skip
        with pytest.raises(IronReportError) as refused:
            exam.masks(source)
        assert refused.value.refusal.code == code


def test_masks_beside_the_images_are_counted_and_said(
    exam: ir.OpenedExam, mask: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    (packed,) = LIVER.glob("*.zip")
    (tmp_path / "liver.nii").write_bytes(volume(exam, mask))
    (tmp_path / "empty.nii").write_bytes(volume(exam, mask & False))
    (tmp_path / "notes.txt").write_text("hello")
    found = ir.read([packed, tmp_path])
    assert repr(found) == "OpenedExam(1 series, 1 exams, 1 mask, 2 files left out)"
    assert [one.code for one in found.left_out] == ["NOT_DICOM", "MASK_EMPTY"]
    assert "Mask liver: 144 pixels on slice 2; suggests liver." in str(found)
    assert "1 x MASK_EMPTY: The mask selects no pixel." in str(found)
    assert "144 pixels" in found._repr_html_()
    assert found.masks().named("liver").organ == "liver"
    assert len(found.of_exam(0).masks()) == 1
