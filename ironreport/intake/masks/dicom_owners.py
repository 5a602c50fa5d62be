"""Whether a DICOM mask is of the patient of the images, and which image its references name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom.dataset import Dataset

from ironreport.intake.exams import person_of
from ironreport.intake.masks.mismatches import mismatch
from ironreport.intake.values import text, value, whole
from ironreport.records import DicomOrigin, EchoSeries

Reference = tuple[str, int | None]
"""Instance, and frame where one is named."""


def of_this_patient(dataset: Dataset, series: Sequence[EchoSeries]) -> list[EchoSeries]:
    """The series that may be of the patient a mask names.

    Raises
    ------
    IntakeError
        ``MASK_PATIENT`` where none is; ``MASK_SERIES`` where no series says whose it is.
    """
    person = person_of((text(dataset, "PatientID"), text(dataset, "PatientName"), text(dataset, "PatientBirthDate")))
    owned = [(one, one.origin) for one in series if one.origin is not None]
    if not owned:
        raise mismatch("MASK_SERIES")
    fitting = [one for one, origin in owned if person.may_be(person_of(_words(origin)))]
    if not fitting:
        raise mismatch("MASK_PATIENT")
    return fitting


def _words(origin: DicomOrigin) -> tuple[str, str, str]:
    return origin.patient_id, origin.patient_name, origin.birth_date


def slices_by_reference(series: EchoSeries) -> dict[Reference, int]:
    """Slice of each image of a series, by what a reference to it says."""
    if series.origin is None:
        return {}
    rows = enumerate(series.origin.images)
    return {(image.sop_instance_uid, image.frame_number): index for index, row in rows for image in row}


def references(items: Iterable[Dataset]) -> list[Reference]:
    """What items of a sequence of images refer to."""
    found: list[Reference] = []
    for item in items:
        uid = str(value(item, "ReferencedSOPInstanceUID") or "")
        frames = value(item, "ReferencedFrameNumber")
        if frames is None or isinstance(frames, str):
            found.append((uid, whole(frames)))
        else:
            found += [(uid, whole(one)) for one in (frames if isinstance(frames, Sequence) else [frames])]
    return found


def sequence(dataset: Dataset | None, keyword: str) -> list[Dataset]:
    """Items of a sequence; none where it is absent or damaged."""
    found = None if dataset is None else value(dataset, keyword)
    return [item for item in found if isinstance(item, Dataset)] if isinstance(found, Sequence) else []


def first_item(dataset: Dataset | None, keyword: str) -> Dataset | None:
    """First item of a sequence, or None."""
    items = sequence(dataset, keyword)
    return items[0] if items else None
