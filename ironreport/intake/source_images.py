"""Where images came from, out of their headers: what an export needs to stand in the same study."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID

from ironreport.intake.grids import EchoImage
from ironreport.intake.headers import Frame, pixel_spacing_mm
from ironreport.intake.values import number, numbers, value
from ironreport.records import DicomOrigin, SlicePlane, SourceImage


def origin_of(rows: Sequence[Sequence[EchoImage]]) -> DicomOrigin | None:
    """Origin of images by slice and echo, or None where study, series or an image has no valid identifier."""
    first = rows[0][0]
    dataset = first.frame.view.dataset
    study_uid, series_uid = _uid(dataset, "StudyInstanceUID"), _uid(dataset, "SeriesInstanceUID")
    images = tuple(tuple(_source(image.frame) for image in row) for row in rows)
    if not (study_uid and series_uid and all(i.sop_class_uid and i.sop_instance_uid for row in images for i in row)):
        return None
    return DicomOrigin(
        patient_id=_as_written(dataset, "PatientID"),
        patient_name=_as_written(dataset, "PatientName"),
        birth_date=_as_written(dataset, "PatientBirthDate"),
        sex=_as_written(dataset, "PatientSex"),
        study_uid=study_uid,
        study_date=_as_written(dataset, "StudyDate"),
        study_time=_as_written(dataset, "StudyTime"),
        study_id=_as_written(dataset, "StudyID"),
        accession_number=_as_written(dataset, "AccessionNumber"),
        referring_physician=_as_written(dataset, "ReferringPhysicianName"),
        series_uid=series_uid,
        frame_of_reference_uid=_uid(dataset, "FrameOfReferenceUID"),
        shape=(first.stored.shape[0], first.stored.shape[1]),
        planes=tuple(_plane(row[0].frame) for row in rows),
        images=images,
    )


def _source(frame: Frame) -> SourceImage:
    dataset = frame.view.dataset
    number_in_file = frame.index + 1 if frame.view.own is not None else None
    return SourceImage(_uid(dataset, "SOPClassUID"), _uid(dataset, "SOPInstanceUID"), number_in_file)


def _plane(frame: Frame) -> SlicePlane | None:
    view = frame.view
    position_mm = numbers(view.look("ImagePositionPatient", "PlanePositionSequence"), 3)
    cosines = numbers(view.look("ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    spacing_mm = pixel_spacing_mm(view)
    if position_mm is None or cosines is None or spacing_mm is None:
        return None
    thickness_mm = number(view.look("SliceThickness", "PixelMeasuresSequence"))
    return SlicePlane(position_mm, cosines, spacing_mm, thickness_mm)


def _uid(dataset: Dataset, keyword: str) -> str:
    """Unique identifier of an element, empty where it is not a valid one."""
    found = UID(_as_written(dataset, keyword), validation_mode=0)
    return str(found) if found.is_valid else ""


def _as_written(dataset: Dataset, keyword: str) -> str:
    """Text of an element as the scanner wrote it, several values apart as in the file; empty where damaged."""
    found = value(dataset, keyword)
    try:
        return "\\".join(map(str, found)) if isinstance(found, MultiValue) else str("" if found is None else found)
    except Exception:  # decoding a damaged name raises many kinds of error
        return ""
