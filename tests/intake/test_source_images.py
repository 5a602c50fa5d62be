"""Series remember where they came from, exactly, for exports into the same study, and never show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset

from ironreport.exam import save_exam
from ironreport.intake import read_series, region_signal
from ironreport.records import EchoSeries, Exam, Measurement, Region
from ironreport.synthetic.samples import sample_images

TE_MS = (1.2, 2.4, 3.6)
IDENTITY = {
    "PatientID": "SECRET-ID 7", "PatientName": "SECRET^NAME=山田", "PatientBirthDate": "19800102", "PatientSex": "F",
    "StudyInstanceUID": "1.2.9.3", "StudyTime": "101112", "StudyID": "S1", "AccessionNumber": "SECRET-ACC",
    "ReferringPhysicianName": "SECRET^DOCTOR", "SeriesInstanceUID": "1.2.9.4", "FrameOfReferenceUID": "1.2.9.5",
    "SliceThickness": 8.0, "SpecificCharacterSet": "ISO_IR 192",
}  # fmt: skip

MrImage = Callable[..., Dataset]
DicomBytes = Callable[..., bytes]


def series_of(mr_image: MrImage, dicom_bytes: DicomBytes, **changed: Any) -> EchoSeries:
    """Two slices of three echoes, the files in no order."""
    files = [
        (f"{slice_mm}-{te_ms}", dicom_bytes(mr_image(te_ms, slice_mm, **(identity(slice_mm, te_ms) | changed))))
        for te_ms in reversed(TE_MS)
        for slice_mm in (10.0, 0.0)
    ]
    (series,) = read_series(files).series
    return series


def identity(slice_mm: float, te_ms: float) -> dict[str, Any]:
    return IDENTITY | {"SOPInstanceUID": f"1.2.9.4.{int(slice_mm) + 1}.{int(te_ms * 10)}"}


def test_a_classic_series_knows_patient_study_and_every_file(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    series = series_of(mr_image, dicom_bytes)
    origin = series.origin
    assert origin is not None
    assert (origin.patient_id, origin.patient_name, origin.birth_date, origin.sex) == (
        "SECRET-ID 7", "SECRET^NAME=山田", "19800102", "F",
    )  # fmt: skip
    assert (origin.study_uid, origin.study_date, origin.study_time, origin.study_id) == (
        "1.2.9.3", "20240229", "101112", "S1",
    )  # fmt: skip
    assert (origin.accession_number, origin.referring_physician) == ("SECRET-ACC", "SECRET^DOCTOR")
    assert (origin.series_uid, origin.frame_of_reference_uid) == ("1.2.9.4", "1.2.9.5")
    assert origin.shape == series.images.shape[2:]
    uids = [[image.sop_instance_uid for image in row] for row in origin.images]
    assert uids == [[f"1.2.9.4.{s}.{int(te * 10)}" for te in TE_MS] for s in (1, 11)]
    assert {image.frame_number for row in origin.images for image in row} == {None}
    planes = [plane for plane in origin.planes if plane is not None]
    assert [plane.position_mm for plane in planes] == [(0.0, 0.0, 0.0), (0.0, 0.0, 10.0)]
    assert (planes[0].spacing_mm, planes[0].thickness_mm) == ((1.5, 1.25), 8.0)


def test_an_enhanced_series_knows_the_frame_of_every_image() -> None:
    series = read_series([sample_images("pancreas_1t5_philips_enhanced")]).series[0]
    origin = series.origin
    assert origin is not None and None not in origin.planes
    frames = [(image.sop_instance_uid, image.frame_number) for row in origin.images for image in row]
    assert len(set(frames)) == series.n_slices * series.n_echoes
    assert all(number is not None and number >= 1 for _, number in frames)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # of the writer of this file
@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
@pytest.mark.parametrize("found", ["", "1.2.<x>"])
def test_a_series_without_valid_identifiers_is_read_and_has_no_origin(
    keyword: str, found: str, mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    assert series_of(mr_image, dicom_bytes, **{keyword: found}).origin is None


def test_a_series_without_a_place_has_no_planes(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    origin = series_of(mr_image, dicom_bytes, PixelSpacing=None).origin
    assert origin is not None and origin.planes == (None, None)


def test_several_values_in_one_element_stay_apart(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    origin = series_of(mr_image, dicom_bytes, PatientID=["A", "B"]).origin
    assert origin is not None and origin.patient_id == "A\\B"


@pytest.mark.parametrize("name", [b"\xff\xfe^\x00", b"\x1b$B^A", b"^^^^^^^", b"=" * 9, b"A" * 4000])
@pytest.mark.parametrize("characters", ["ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 87", "no such set"])
def test_a_damaged_name_costs_no_image(
    name: bytes, characters: str, mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    files = []
    for te_ms in TE_MS:
        dataset = mr_image(te_ms, **identity(0.0, te_ms))
        body = dicom_bytes(dataset).replace(b"SECRET^NAME=\xe5\xb1\xb1\xe7\x94\xb0", name[:18].ljust(18))
        assert name[:18] in body
        files.append((str(te_ms), body.replace(b"ISO_IR 192", characters.encode()[:10].ljust(10))))
    (series,) = read_series(files).series
    assert series.origin is not None and isinstance(series.origin.patient_name, str)


def test_no_identifier_is_printed_or_saved(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    series = series_of(mr_image, dicom_bytes)
    signal = region_signal(series, Region("rectangle", row=8, column=6, height=6, width=6), "liver")
    written = repr(series) + repr(signal) + str(save_exam(Exam("IR-1", measurements=(Measurement(signal),))))
    assert "SECRET" not in written and "1.2.9." not in written
