"""NIfTI images read as the DICOM images that they were converted from, through the same gate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.intake import read_series
from ironreport.intake.masks import Upload, read_upload
from ironreport.records import EchoSeries
from ironreport.synthetic.samples import sample_images

TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
Files = list[tuple[str, bytes]]


@cache
def sample_series() -> EchoSeries:
    (series,) = read_series([sample_images("liver_1t5_siemens")]).series
    return series


@pytest.fixture(scope="module")
def dicom() -> EchoSeries:
    return sample_series()


def affine_of(series: EchoSeries) -> np.ndarray:
    """Column, row and slice index to the coordinates of NIfTI [mm]."""
    first, second = series.planes[0], series.planes[1]
    assert first is not None and second is not None
    affine = np.eye(4)
    affine[:3, 0] = np.array(first.cosines[:3]) * first.spacing_mm[1]
    affine[:3, 1] = np.array(first.cosines[3:]) * first.spacing_mm[0]
    affine[:3, 2] = np.subtract(second.position_mm, first.position_mm)
    affine[:3, 3] = first.position_mm
    return TO_RAS @ affine


def volume(series: EchoSeries, echo: int | None = None) -> nibabel.Nifti1Image:
    """One echo, or all as the fourth axis, with rows upside down as dcm2niix writes them."""
    images = np.rint(series.images).astype(np.int16).transpose(3, 2, 0, 1)
    made = nibabel.Nifti1Image(images if echo is None else images[..., echo], affine_of(series))
    return made.as_reoriented(np.array([[0, 1], [1, -1], [2, 1]]))


def sidecar(te_ms: float | Sequence[float], **more: Any) -> bytes:
    te_s = te_ms / 1000 if isinstance(te_ms, float) else [te / 1000 for te in te_ms]
    said = {
        "EchoTime": te_s, "MagneticFieldStrength": 1.5, "ScanningSequence": "GR", "SeriesNumber": 7,
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"], "SeriesDescription": "T2* liver",
    }  # fmt: skip
    return json.dumps(said | more).encode()


def echoes(series: EchoSeries, name: str = "07_liver_e{}", **more: Any) -> Files:
    files: Files = []
    for echo, te in enumerate(series.te_ms):
        stem = name.format(echo + 1)
        files += [(f"{stem}.nii", volume(series, echo).to_bytes()), (f"{stem}.json", sidecar(te, **more))]
    return files


def same(found: EchoSeries, expected: EchoSeries) -> bool:
    assert found.te_ms == pytest.approx(expected.te_ms, abs=1e-9)
    assert (found.field_tesla, found.contrast) == (expected.field_tesla, expected.contrast)
    for one, other in zip(found.planes, expected.planes, strict=True):
        assert one is not None and other is not None
        assert one.position_mm == pytest.approx(other.position_mm, abs=1e-4)
        assert one.cosines == pytest.approx(other.cosines, abs=1e-6)
        assert one.spacing_mm == pytest.approx(other.spacing_mm, abs=1e-5)
    return np.array_equal(found.images, np.rint(expected.images))


def only(files: Files, **more: Any) -> EchoSeries:
    found = read_upload(files, **more).found
    assert found.left_out == ()
    (series,) = found.series
    return series


def reasons(upload: Upload) -> list[str]:
    assert not upload.found.series
    assert all(one.what.endswith(".") and one.cure.endswith(".") for one in upload.found.left_out)
    return [one.code for one in upload.found.left_out]


def test_one_file_an_echo_reads_as_the_dicom_series(dicom: EchoSeries) -> None:
    found = read_upload(echoes(dicom))
    (series,) = found.found.series
    assert same(series, dicom)
    assert series.label == "7 T2* liver"
    assert series.origin is None
    assert [exam.n_files for exam in found.found.exams] == [dicom.n_echoes]


def test_images_that_name_no_patient_carry_a_doubt_and_others_do_not(dicom: EchoSeries) -> None:
    assert [caution.code for caution in only(echoes(dicom)).cautions] == ["NIFTI_WITHOUT_PATIENT"]
    assert only(echoes(dicom, StudyInstanceUID="1.2.3", PatientID="A")).cautions == ()
    assert dicom.cautions == read_upload([sample_images("liver_1t5_siemens")]).found.series[0].cautions


def test_one_volume_of_all_echoes_reads_as_the_dicom_series(dicom: EchoSeries) -> None:
    assert same(only([("a.nii", volume(dicom).to_bytes()), ("a.json", sidecar(dicom.te_ms))]), dicom)


def test_names_of_bids_tell_gradient_from_spin_echo(dicom: EchoSeries) -> None:
    for suffix, contrast in (("MEGRE", "T2*"), ("MESE", "T2")):
        series = only(echoes(dicom, f"sub-1_echo-{{}}_{suffix}", ScanningSequence=None))
        assert series.contrast == contrast
        assert not any(caution.code == "CONTRAST_UNKNOWN" for caution in series.cautions)


@pytest.mark.parametrize("axes", ["RAS", "LAS", "LPS"])
def test_a_volume_with_other_axes_shows_the_same_image(axes: str, dicom: EchoSeries) -> None:
    made = volume(dicom)
    to = nibabel.orientations.axcodes2ornt(axes)
    turned = made.as_reoriented(nibabel.orientations.ornt_transform(nibabel.io_orientation(made.affine), to))
    assert same(only([("a.nii", turned.to_bytes()), ("a.json", sidecar(dicom.te_ms))]), dicom)


def test_slope_and_intercept_of_the_header_are_applied(dicom: EchoSeries) -> None:
    made = volume(dicom)
    content = bytearray(made.to_bytes())
    content[112:120] = np.array([2.547008514404297, 0.0], dtype="<f4").tobytes()
    series = only([("a.nii", bytes(content)), ("a.json", sidecar(dicom.te_ms))])
    assert np.allclose(series.images, np.rint(dicom.images) * 2.547008514404297, rtol=1e-6)


def test_echo_times_are_asked_for_and_taken_from_the_caller(dicom: EchoSeries) -> None:
    whole = [("a.nii", volume(dicom).to_bytes())]
    assert reasons(read_upload(whole)) == ["NIFTI_TIMES"]
    assert reasons(read_upload(whole, te_ms=dicom.te_ms[:-1])) == ["NIFTI_TIMES"]
    typed = only(whole, te_ms=dicom.te_ms)
    assert typed.te_ms == pytest.approx(dicom.te_ms)
    assert typed.field_tesla is None
    single = [(f"a_e{echo + 1}.nii", volume(dicom, echo).to_bytes()) for echo in range(dicom.n_echoes)]
    assert only(single[::-1], te_ms=dicom.te_ms).te_ms == pytest.approx(dicom.te_ms)


def test_images_of_one_name_in_two_folders_keep_their_own_echo_times(dicom: EchoSeries) -> None:
    slower = tuple(2.0 * te for te in dicom.te_ms)
    moved = replace(dicom, images=dicom.images[:, :, ::-1])
    files = [
        (f"{folder}/liver.{ending}", content)
        for folder, images, te_ms in (("one", dicom, dicom.te_ms), ("two", moved, slower))
        for ending, content in (("nii", volume(images).to_bytes()), ("json", sidecar(te_ms)))
    ]
    for ordered in (files, files[::-1]):
        found = read_upload(ordered).found
        assert {series.te_ms for series in found.series} == {dicom.te_ms, slower}
        assert found.left_out == ()


def test_an_echo_without_its_sidecar_is_no_mask_but_left_out_by_name(dicom: EchoSeries) -> None:
    files = [(name, content) for name, content in echoes(dicom) if name != "07_liver_e3.json"]
    upload = read_upload(files)
    assert upload.found.series[0].te_ms == dicom.te_ms[:2] + dicom.te_ms[3:]
    assert [one.code for one in upload.found.left_out] == ["NIFTI_TIMES"]
    assert upload.masks.masks == ()


def test_sidecars_of_one_name_that_contradict_each_other_are_not_chosen_from(dicom: EchoSeries) -> None:
    files = [("bytes", content) for _, content in echoes(dicom)]
    assert set(reasons(read_upload(files))) == {"NIFTI_TWO_SIDECARS"}


def test_a_sidecar_that_begins_with_a_byte_order_mark_is_read(dicom: EchoSeries) -> None:
    marked = [(name, b"\xef\xbb\xbf" + one if name.endswith("json") else one) for name, one in echoes(dicom)]
    assert same(only(marked), dicom)


def test_an_echo_that_lies_beside_the_others_leaves_the_series_without_a_class(dicom: EchoSeries) -> None:
    files = echoes(dicom)
    image = volume(dicom, 2)
    shift = np.eye(4)
    for step_mm, expected in ((0.01, False), (5.0, True)):
        shift[0, 3] = step_mm
        beside = nibabel.Nifti1Image(np.asarray(image.dataobj), shift @ image.affine)
        moved = [(name, beside.to_bytes() if name == "07_liver_e3.nii" else content) for name, content in files]
        (series,) = read_upload(moved).found.series
        blocking = {caution.code for caution in series.cautions if caution.blocks_grade}
        assert ("ECHOES_SHIFTED" in blocking) is expected


def test_what_cannot_be_the_signal_is_refused_by_name(dicom: EchoSeries) -> None:
    whole, said = volume(dicom).to_bytes(), sidecar(dicom.te_ms)
    no_scale = bytearray(whole)
    no_scale[112:116] = np.float32(0.0).tobytes()
    assert reasons(read_upload([("a.nii", bytes(no_scale)), ("a.json", said)])) == ["NIFTI_SLOPE"]
    assert reasons(read_upload([("a_ph.nii", whole), ("a_ph.json", said)])) == ["NOT_MAGNITUDE"]
    in_ms = sidecar([1000 * te for te in dicom.te_ms])
    assert reasons(read_upload([("a.nii", whole), ("a.json", in_ms)])) == ["NIFTI_TIME_UNIT"]
    assert reasons(read_upload([("a.nii", whole), ("a.json", sidecar(dicom.te_ms[:3]))])) == ["NIFTI_TIMES"]
    assert reasons(read_upload([("a.nii", whole[:-9]), ("a.json", said)])) == ["VOLUME_CUT"]
    broken = bytearray(whole)
    broken[280:284] = np.float32(np.nan).tobytes()
    assert reasons(read_upload([("a.nii", bytes(broken)), ("a.json", said)])) == ["NIFTI_PLACE"]


def test_a_mask_beside_the_images_is_a_mask_and_counted_as_one(dicom: EchoSeries) -> None:
    labels = np.zeros(dicom.images.shape[2:] + (dicom.n_slices,), dtype=np.uint8)  # noqa: RUF005
    labels[36:48, 56:68, 1] = 1
    mask = nibabel.Nifti1Image(labels, affine_of(dicom)).to_bytes()
    found = read_upload([*echoes(dicom), ("liver.nii", mask), ("notes.txt", b"hello")])
    (one,) = found.masks.masks
    assert one.series_key == found.found.series[0].key
    assert np.array_equal(np.argwhere(one.mask).min(axis=0), [1, 56, 36])
    assert [(left.code, left.n_files) for left in found.found.left_out] == [("NOT_DICOM", 1)]
    assert found.masks.left_out == ()


@given(st.data())
def test_cut_and_changed_volumes_end_in_a_sentence(data: st.DataObject) -> None:
    series = sample_series()
    body = bytearray(volume(series).to_bytes()[: data.draw(st.sampled_from([352, 4000, 10**7]))])
    for _ in range(data.draw(st.integers(0, 8))):
        body[data.draw(st.integers(0, 351))] = data.draw(st.integers(0, 255))
    found = read_upload([("a.nii", bytes(body)), ("a.json", sidecar(series.te_ms))])
    assert found.found.series or found.found.left_out


# --------------------------------------------------------------------------- real conversions

GOLDEN = {
    "golden_ukat_nifti_philips_T2star12": (12, "T2*"),
    "golden_ukat_nifti_siemens_T2star12": (12, "T2*"),
    "golden_ukat_nifti_philips_T2_10": (10, "T2"),
}


@pytest.mark.parametrize(("folder", "expected"), GOLDEN.items())
def test_conversions_of_dcm2niix_read_as_nibabel_reads_them(
    folder: str, expected: tuple[int, str], shared_data: Path
) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted((shared_data / folder).iterdir())]
    (series,) = read_upload(files).found.series
    assert (series.n_echoes, series.contrast, series.field_tesla) == (*expected, 3.0)
    by_te = sorted(
        (json.loads(path.with_suffix("").with_suffix(".json").read_text())["EchoTime"], path)
        for path in (shared_data / folder).glob("*.nii.gz")
    )
    assert series.te_ms == pytest.approx([1000 * te for te, _ in by_te])
    plane = series.planes[0]
    said = json.loads(by_te[0][1].with_suffix("").with_suffix(".json").read_text())
    assert plane is not None
    assert plane.cosines == pytest.approx(said["ImageOrientationPatientDICOM"], abs=1e-5)
    for echo, (_, path) in enumerate(by_te):
        voxels = nibabel.load(path).get_fdata()
        assert np.allclose(series.images[:, echo], voxels.transpose(2, 1, 0)[:, ::-1], rtol=1e-6)
