"""Measured regions written for other programs come back, by other programs' libraries, as the same pixels."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import NoReturn

import highdicom
import nibabel
import numpy as np
import numpy.typing as npt
import pytest

import ironreport as ir
from ironreport.errors import IronReportError
from ironreport.intake import region_mask
from ironreport.library.regions_out import drawn_in
from ironreport.records import Exam, Region
from ironreport.synthetic.samples import samples_folder

SAMPLES = ("liver_1t5_siemens", "heart_1t5_ge", "pancreas_1t5_philips_enhanced")
Mask = npt.NDArray[np.bool_]


@pytest.fixture(scope="module", params=SAMPLES)
def exam(request: pytest.FixtureRequest) -> ir.OpenedExam:
    return ir.read(samples_folder() / request.param)


@pytest.fixture
def mask(exam: ir.OpenedExam) -> Mask:
    """A ring on the first slice and a block on the last."""
    found = np.zeros((exam.series[0].images.n_slices, *exam.series[0].signals.shape[2:]), dtype=np.bool_)
    found[0, 40:60, 30:55] = True
    found[0, 47:52, 38:44] = False
    found[-1, 62:70, 40:52] = True
    return found


def test_highdicom_reads_the_same_pixels_from_the_segmentation(exam: ir.OpenedExam, mask: Mask, tmp_path: Path) -> None:
    series = exam.series[0]
    series.region(mask, organ="liver").report(tmp_path / "liver.seg.dcm")
    found = highdicom.seg.segread(tmp_path / "liver.seg.dcm")
    origin = series.images.origin
    assert origin is not None
    assert found.StudyInstanceUID == origin.study_uid
    assert found.FrameOfReferenceUID == origin.frame_of_reference_uid
    assert found.get_segment_description(1).segment_label == "Liver"
    held = np.flatnonzero(mask.any(axis=(1, 2)))
    if origin.images[0][0].frame_number is None:
        uids = [origin.images[index][0].sop_instance_uid for index in held]
        pixels = found.get_pixels_by_source_instance(uids, segment_numbers=[1], combine_segments=False)[..., 0]
    else:
        frames = [origin.images[index][0].frame_number for index in held]
        uid = origin.images[0][0].sop_instance_uid
        pixels = found.get_pixels_by_source_frame(uid, frames, segment_numbers=[1], combine_segments=False)[..., 0]
    assert np.array_equal(pixels.astype(bool), mask[held])


def test_nibabel_reads_the_same_pixels_from_the_volume(exam: ir.OpenedExam, mask: Mask, tmp_path: Path) -> None:
    exam.series[0].region(mask, organ="liver").report(tmp_path / "liver.nii.gz")
    found = nibabel.load(tmp_path / "liver.nii.gz")
    assert np.array_equal(np.asarray(found.dataobj).transpose(2, 1, 0) == 1, mask)
    plane = exam.series[0].images.planes[0]
    assert plane is not None
    assert (found.affine @ [0, 0, 0, 1])[:3] == pytest.approx(np.array(plane.position_mm) * (-1, -1, 1), abs=1e-3)
    assert found.header["descrip"].item() == b"1 liver"


@pytest.mark.parametrize("ending", [".seg.dcm", ".nii.gz"])
def test_what_was_written_is_found_again_on_the_same_images(
    ending: str, exam: ir.OpenedExam, mask: Mask, tmp_path: Path
) -> None:
    series = exam.series[0]
    series.region(mask, organ="liver").report(tmp_path / f"liver{ending}")
    (found,) = exam.masks(tmp_path / f"liver{ending}")
    assert np.array_equal(found.mask, mask)
    assert found.organ == "liver"


def test_two_organs_are_two_segments_and_two_labels(tmp_path: Path) -> None:
    exam = ir.read(samples_folder() / "phantom_1t5_dicom")
    series = exam.series[0]
    one, other = Region("ellipse", 40, 40, 12, 9), Region("rectangle", 70, 60, 8, 8)
    made = ir.assess([series.region(one, organ="liver"), series.region(other, organ="spleen")])
    for ending in (".seg.dcm", ".nii.gz"):
        found = exam.masks(made.save(tmp_path / f"both{ending}"))
        expected = [region_mask(region, series.signals.shape[2:]) for region in (one, other)]
        assert all(np.array_equal(m.mask[0], e) for m, e in zip(found, expected, strict=True))
    again = ir.assess(made.assessment.exam)
    with pytest.raises(IronReportError, match="images that are open"):
        again.save(tmp_path / "none.nii.gz")


def test_regions_that_cannot_be_written_are_refused_by_name(tmp_path: Path) -> None:
    series = ir.read(samples_folder() / "phantom_1t5_dicom").series[0]
    same = Region("ellipse", 40, 40, 12, 9)
    both = ir.assess([series.region(same, organ="liver"), series.region(same, organ="spleen")])
    with pytest.raises(IronReportError, match="share pixels"):
        both.save(tmp_path / "both.nii.gz")
    other = ir.read(samples_folder() / "liver_1t5_siemens").series[0]
    typed = ir.signal("liver", [1, 2, 3, 4, 5], [90, 70, 50, 40, 30], field_tesla=1.5)
    for measured, words in ((typed, "images that are open"), (typed.with_choices(), "images that are open")):
        with pytest.raises(IronReportError, match=words):
            measured.report(tmp_path / "x.seg.dcm")
    held = other.region(same, organ="liver").signal
    assert isinstance(held, ir.DecaySignal)
    assert (held.drawn, held.series_key) == ((same,), other.images.key)


def test_an_independent_reader_finds_no_error_in_the_segmentation(
    exam: ir.OpenedExam, mask: Mask, tmp_path: Path, not_here: Callable[[str], NoReturn]
) -> None:
    program = which("dciodvfy")
    if program is None:
        not_here("dciodvfy is not installed (Debian package dicom3tools).")
    exam.series[0].region(mask, organ="liver").report(tmp_path / "liver.seg.dcm")
    run = subprocess.run([program, "-new", tmp_path / "liver.seg.dcm"], capture_output=True, text=True, check=False)
    assert [line for line in run.stderr.splitlines() if "error" in line.lower()] == []


def test_all_regions_that_were_pooled_are_those_of_the_exam() -> None:
    series = ir.read(samples_folder() / "liver_1t5_siemens").series[0]
    regions = [Region("ellipse", 60.0, 40.0, 9.0, 9.0, index) for index in range(2)]
    organ = series.region(regions, organ="liver")
    [found] = drawn_in(Exam("Exam 1A2B", measurements=(organ.measurement,)))
    assert found.regions == tuple(regions) and found.organ == "liver"
