"""One known region, written by other programs' libraries in five formats, selects the same pixels."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from pydicom.uid import JPEGLSLossless, RLELossless
from roifile import ROI_TYPE, ImagejRoi

from ironreport.exam import save_exam
from ironreport.intake import region_mask
from ironreport.intake.masks import FoundMask, MasksFound, read_masks
from ironreport.measure import measure
from ironreport.records import EchoSeries, Measurement, Region
from ironreport.records import Exam as SavedExam

from .conftest import TO_RAS, Exam, ExamOf, Mask, as_imagej, as_nifti, as_nrrd, as_seg, as_structures, contours_of


def only(content: bytes, *series: EchoSeries, name: str = "liver.nii") -> FoundMask:
    (found,) = read_masks([(name, content)], series).masks
    return found


def test_a_seg_selects_the_known_pixels(exam: Exam, known: Mask) -> None:
    found = only(as_seg(known, exam), exam.series)
    assert np.array_equal(found.mask, known)
    assert (found.name, found.slices, found.needs_confirmation) == ("Liver", (1, 2), False)
    assert "the images it names" in found.source


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_a_compressed_seg_selects_the_known_pixels(kind: str, syntax: str, exam: Exam, known: Mask) -> None:
    assert np.array_equal(only(as_seg(known, exam, kind=kind, syntax=syntax), exam.series).mask, known)


def test_contours_select_the_known_pixels_and_keep_the_hole(exam: Exam, known: Mask) -> None:
    found = only(as_structures(contours_of(known, exam)), exam.series)
    assert np.array_equal(found.mask, known)
    assert found.name == "liver"


def test_contours_through_the_middles_of_the_outermost_pixels_select_them_all(exam: Exam, known: Mask) -> None:
    rims = {1: [(3, 2, 10, 7), (4, 3, 7, 6), (12, 9, 13, 10)], 2: [(4, 3, 6, 4)]}
    contours = [
        [(exam.affine @ [c, r, index, 1.0])[:3].round(2).tolist() for r, c in ((t, lt), (t, rt), (b, rt), (b, lt))]
        for index, boxes in rims.items()
        for t, lt, b, rt in boxes
    ]
    assert np.array_equal(only(as_structures(contours), exam.series).mask, known)


def test_a_nifti_volume_selects_the_known_pixels(exam: Exam, known: Mask) -> None:
    found = only(as_nifti(known, exam.affine), exam.series, name="Leber.nii.gz")
    assert np.array_equal(found.mask, known)
    assert found.name == "Leber"


def test_an_nrrd_volume_selects_the_known_pixels(exam: Exam, known: Mask, tmp_path: Path) -> None:
    for encoding in ("raw", "gzip"):
        assert np.array_equal(only(as_nrrd(known, exam.affine, tmp_path, encoding=encoding), exam.series).mask, known)


def test_imagej_areas_select_the_known_pixels_and_ask(exam: Exam, known: Mask) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in as_imagej(known).items():
            archive.writestr(name, content)
    found = read_masks([("RoiSet.zip", packed.getvalue())], [exam.series]).masks
    assert np.array_equal(np.logical_or.reduce([one.mask for one in found]), known)
    assert all(one.needs_confirmation and "ImageJ names neither" in one.question for one in found)
    assert not any(one.confirmed().needs_confirmation for one in found)


def test_an_exam_file_gives_its_regions_back(exam: Exam) -> None:
    drawn = Region("ellipse", 8, 6, 7, 5, slice_index=1)
    signal = measure(exam.series, drawn, "liver", "segment VI")
    found = only(save_exam(SavedExam("x", measurements=(Measurement(signal),))).encode(), exam.series)
    assert np.array_equal(found.mask[1], region_mask(drawn, (16, 12)))
    assert found.name == "liver, segment VI"


# --------------------------------------------------------------------------- axes in another order

ORDERS = [
    (order, flips) for order in itertools.permutations(range(3)) for flips in itertools.product((False, True), repeat=3)
]


@pytest.mark.parametrize(("order", "flips"), ORDERS)
def test_flipped_and_exchanged_axes_are_followed(
    order: tuple[int, ...], flips: Sequence[bool], exam: Exam, known: Mask
) -> None:
    volume = known.transpose(2, 1, 0)
    change = nibabel.orientations.ornt_transform(
        [[0, 1], [1, 1], [2, 1]], [[axis, -1 if flip else 1] for axis, flip in zip(order, flips, strict=True)]
    )
    turned = nibabel.orientations.apply_orientation(volume, change)
    affine = exam.affine @ nibabel.orientations.inv_ornt_aff(change, volume.shape)
    found = only(nibabel.Nifti1Image(turned.astype(np.int16), TO_RAS @ affine).to_bytes(), exam.series)
    assert np.array_equal(found.mask, known)


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PSR", "SAL"])
def test_a_volume_turned_by_nibabel_is_followed_to_the_same_pixels(axes: str, exam: Exam, known: Mask) -> None:
    made = nibabel.Nifti1Image(known.transpose(2, 1, 0).astype(np.uint8), TO_RAS @ exam.affine)
    to = nibabel.orientations.axcodes2ornt(axes)
    turned = made.as_reoriented(nibabel.orientations.ornt_transform(nibabel.io_orientation(made.affine), to))
    assert np.array_equal(only(turned.to_bytes(), exam.series).mask, known)


def test_spaces_of_an_nrrd_file_are_followed(exam: Exam, known: Mask, tmp_path: Path) -> None:
    for space, signs in {"right-anterior-superior": (-1, -1, 1), "left-anterior-superior": (1, -1, 1)}.items():
        affine = np.diag([*signs, 1.0]) @ exam.affine
        assert np.array_equal(only(as_nrrd(known, affine, tmp_path, space=space), exam.series).mask, known)


def test_a_crop_on_the_same_grid_is_put_where_it_was_cut_out(exam: Exam, known: Mask) -> None:
    affine = exam.affine.copy()
    affine[:3, 3] = (exam.affine @ [1, 2, 1, 1])[:3]
    assert np.array_equal(only(as_nifti(known[1:, 2:15, 1:], affine), exam.series).mask, known)


@given(mask=arrays(np.bool_, (3, 16, 12)))
def test_any_mask_comes_back_from_nifti_pixel_by_pixel(mask: Mask) -> None:
    exam = _shared_exam()
    if mask.any():
        found = only(as_nifti(mask, exam.affine), exam.series)
        assert np.array_equal(found.mask, mask)
        drawn = [region_mask(region, (16, 12)) for region in found.regions]
        assert np.array_equal(np.stack(drawn), mask[list(found.slices)])


_EXAM: list[Exam] = []


@pytest.fixture(autouse=True)
def _keep(exam: Exam) -> None:
    _EXAM[:] = [exam]


def _shared_exam() -> Exam:
    return _EXAM[0]


# --------------------------------------------------------------------------- names and labels


def test_each_label_is_a_mask_of_its_own(exam: Exam) -> None:
    labels = np.zeros((3, 16, 12), dtype=np.uint8)
    labels[:2].reshape(-1)[:256] = np.arange(256)
    found = read_masks([("organs.nii", as_nifti(labels, exam.affine))], [exam.series]).masks
    assert len(found) == 255
    assert (found[0].name, found[254].name) == ("organs, label 1", "organs, label 255")
    assert all(np.array_equal(one.mask, labels == label) for label, one in enumerate(found, start=1))


def test_segments_of_slicer_keep_their_names(exam: Exam, known: Mask, tmp_path: Path) -> None:
    named = {"Segment0_Name": "Leber", "Segment0_LabelValue": "1", "Segment0_Layer": "0"}
    assert only(as_nrrd(known, exam.affine, tmp_path, **named), exam.series).name == "Leber"


def test_a_seg_without_image_references_is_matched_by_frame_and_planes(exam: Exam, known: Mask) -> None:
    found = only(_without_references(as_seg(known, exam)), exam.series)
    assert np.array_equal(found.mask, known)
    assert "frame of reference" in found.source


def _without_references(content: bytes) -> bytes:
    from pydicom import dcmread

    from .conftest import written

    dataset = dcmread(BytesIO(content))
    for group in dataset.PerFrameFunctionalGroupsSequence:
        del group.DerivationImageSequence
    return written(dataset)


# --------------------------------------------------------------------------- areas of ImageJ


@pytest.mark.parametrize("kind", [ROI_TYPE.RECT, ROI_TYPE.OVAL])
def test_boxes_of_imagej_select_what_imagej_selects(kind: ROI_TYPE, exam: Exam) -> None:
    roi = ImagejRoi.frompoints([[0, 0], [1, 1]])
    roi.roitype, roi.position, roi.integer_coordinates, roi.n_coordinates = kind, 2, None, 0
    roi.subpixel_coordinates = None
    roi.top, roi.left, roi.bottom, roi.right = 2, 3, 11, 9
    rows, columns = np.mgrid[2:11, 3:9] + 0.5
    inside = ((rows - 6.5) / 4.5) ** 2 + ((columns - 6.0) / 3.0) ** 2 <= 1.0
    expected = np.zeros((16, 12), dtype=np.bool_)
    expected[2:11, 3:9] = inside if kind == ROI_TYPE.OVAL else True
    assert np.array_equal(only(roi.tobytes(), exam.series).mask[1], expected)


def test_of_pixels_whose_middle_lies_on_the_line_the_right_ones_belong_to_an_area_of_imagej(exam: Exam) -> None:
    triangle = ImagejRoi.frompoints([[2, 2], [8, 8], [2, 8]])
    triangle.roitype, triangle.position = ROI_TYPE.POLYGON, 1
    mask = only(triangle.tobytes(), exam.series).mask[0]
    assert [int(mask[row].sum()) for row in range(2, 8)] == [1, 2, 3, 4, 5, 6]


def test_the_slice_that_a_caller_names_goes_before_that_of_the_file(exam: Exam, known: Mask) -> None:
    (content,) = as_imagej(np.concatenate([known[:2], known[:1]])).values()
    (found,) = read_masks([("x.roi", content)], [exam.series], slice_index=2).masks
    assert found.slices == (2,)


def test_what_was_found_is_one_series_of_several(exam_of: ExamOf, known: Mask) -> None:
    one, other = exam_of(), exam_of(series="1.2.9.44", SeriesNumber=8)
    found: MasksFound = read_masks([("x", as_seg(known, one))], [other.series, one.series])
    assert [mask.series_key for mask in found.masks] == [one.series.key]
    assert replace(one.series, key="x").key != found.masks[0].series_key
