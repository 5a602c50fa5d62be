"""What every DICOM object of a report has in common: patient, study, a series of its own, who wrote it and when.

Identifiers and times follow from what is given, so that equal input gives equal bytes. Text from outside is stripped of
what DICOM cannot hold; a patient id or study that would have to be changed for it is refused, because the result would
be stored under another patient.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from ironreport.errors import ReportError
from ironreport.records import DicomOrigin, SourceImage
from ironreport.records.direction_marks import without_direction_marks
from ironreport.report.codes import LOCAL_NAME
from ironreport.report.content import ReportContent

MANUFACTURER = "IronReport"
NO_SERIAL_NUMBER = "none"
LONGEST_LO, LONGEST_SH, LONGEST_PN = 64, 16, 64
SEXES = frozenset("MFO")
DATE_PATTERN = re.compile(r"(\d{4})[-.]?(\d{2})[-.]?(\d{2})", re.ASCII)
TIME_PATTERN = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?", re.ASCII)


class Product(NamedTuple):
    """One kind of object: its class, and the series it makes."""

    name: str
    sop_class_uid: str
    modality: str
    series_number: int
    series_description: str


@dataclass(frozen=True, slots=True)
class DicomStudy:
    """The study that the objects of one report are written into."""

    uid: str = field(repr=False)
    patient: Dataset = field(repr=False)
    report_id: str
    software: str
    knowledge_version: str
    written_at: dt.datetime

    def header(self, product: Product, part: str = "") -> Dataset:
        """Patient, study, series, equipment and times of one object; its instance is named by `file_bytes`.

        ``part`` parts the objects of one kind into several series.
        """
        name, _, version = self.software.rpartition(" ")
        date, time = self.written_at.strftime("%Y%m%d"), self.written_at.strftime("%H%M%S")
        dataset = Dataset()
        dataset.update(self.patient)
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SOPClassUID = product.sop_class_uid
        dataset.Modality = product.modality
        parts = (self.uid, self.report_id, self.written_at.isoformat(), product.name, part)
        dataset.SeriesInstanceUID = derived_uid("series", *parts)
        dataset.SeriesNumber = product.series_number
        dataset.SeriesDescription = product.series_description
        dataset.SeriesDate = dataset.ContentDate = dataset.InstanceCreationDate = date
        dataset.SeriesTime = dataset.ContentTime = dataset.InstanceCreationTime = time
        dataset.Manufacturer = MANUFACTURER
        dataset.ManufacturerModelName = long_string(name)
        dataset.DeviceSerialNumber = NO_SERIAL_NUMBER
        dataset.SoftwareVersions = [long_string(version), long_string(f"knowledge {self.knowledge_version}")]
        dataset.InstanceNumber = 1
        return dataset


def study_of(content: ReportContent, origins: Iterable[DicomOrigin], written_at: dt.datetime) -> DicomStudy:
    """The study of the images behind a report, or a new one under the pseudonym where there are none.

    Parameters
    ----------
    written_at : datetime
        Stands in every object as the time it was made.

    Raises
    ------
    ReportError
        ``DICOM_TWO_STUDIES``, ``DICOM_PATIENT_ID``.
    """
    found = tuple(origins)
    if len({(origin.study_uid, origin.patient_id) for origin in found}) > 1:
        raise ReportError(
            "DICOM_TWO_STUDIES",
            "The report rests on images of more than one study.",
            "Make one report for each study; a DICOM object belongs to one.",
        )
    patient = _patient_of(found[0]) if found else _pseudonym(content)
    return DicomStudy(
        patient.StudyInstanceUID, patient, content.report_id, content.software, content.knowledge_version, written_at
    )


def _patient_of(origin: DicomOrigin) -> Dataset:
    if long_string(origin.patient_id) != origin.patient_id.strip(" "):
        raise ReportError(
            "DICOM_PATIENT_ID",
            "The images have a patient id that is longer than DICOM allows or holds characters it forbids.",
            "Use the PDF; with a changed id the objects would be stored under another patient.",
        )
    dataset = Dataset()
    dataset.PatientID = long_string(origin.patient_id)
    dataset.PatientName = person_name(origin.patient_name)
    dataset.PatientBirthDate = date_of(origin.birth_date)
    dataset.PatientSex = origin.sex if origin.sex in SEXES else ""
    dataset.StudyInstanceUID = origin.study_uid
    dataset.StudyDate = date_of(origin.study_date)
    dataset.StudyTime = origin.study_time if TIME_PATTERN.fullmatch(origin.study_time) else ""
    dataset.StudyID = _held(origin.study_id, LONGEST_SH)
    dataset.AccessionNumber = _held(origin.accession_number, LONGEST_SH)
    dataset.ReferringPhysicianName = person_name(origin.referring_physician)
    return dataset


def _pseudonym(content: ReportContent) -> Dataset:
    """A study that no other system knows: nothing in it names a person or an image."""
    dataset = Dataset()
    dataset.PatientID = long_string(content.pseudonym)
    dataset.PatientName = person_name(content.pseudonym.replace("^", " ").replace("=", " "))
    dataset.PatientBirthDate = dataset.PatientSex = dataset.StudyTime = ""
    dataset.StudyInstanceUID = derived_uid("study", content.pseudonym, content.exam_date, content.report_id)
    dataset.StudyDate = date_of(content.exam_date)
    dataset.StudyID = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    return dataset


# ------------------------------------------------------------------------------------ the file


def derived_uid(*parts: object) -> UID:
    """Unique identifier under 2.25, the same for the same parts.

    >>> derived_uid("study", 1) == derived_uid("study", 1), derived_uid("study", 1)[:5]
    (True, '2.25.')
    """
    return UID(f"2.25.{uuid5(NAMESPACE_OID, repr((LOCAL_NAME, *parts))).int}")


def file_bytes(dataset: Dataset) -> bytes:
    """The object as a file; its instance is named after all it holds, so that no two contents share a name."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = derived_uid("implementation")
    dataset.file_meta.ImplementationVersionName = "IRONREPORT"
    dataset.SOPInstanceUID = dataset.SeriesInstanceUID
    dataset.SOPInstanceUID = derived_uid("instance", hashlib.sha256(_written(dataset)).hexdigest())
    return _written(dataset)


def _written(dataset: Dataset) -> bytes:
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


# ---------------------------------------------------------------------------------- references


def reference(image: SourceImage, **more: object) -> Dataset:
    """Item that points to one image, and to its frame where the file holds several."""
    item = Dataset()
    item.ReferencedSOPClassUID = image.sop_class_uid
    item.ReferencedSOPInstanceUID = image.sop_instance_uid
    if image.frame_number is not None:
        item.ReferencedFrameNumber = image.frame_number
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def files_of(images: Iterable[SourceImage]) -> list[Dataset]:
    """Items that point to the files of images, each once."""
    return [reference(image) for image in dict.fromkeys(replace(image, frame_number=None) for image in images)]


def source_sequence(images: Iterable[SourceImage]) -> list[Dataset]:
    """Items that name the images an object was made from."""
    purpose = code_item("121322", "DCM", "Source image for image processing operation")
    return [reference(image, PurposeOfReferenceCodeSequence=[purpose]) for image in images]


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


# ---------------------------------------------------------------------------- text from outside


def printable(text: str) -> str:
    """The text without what no DICOM element may hold; lines stay."""
    shown = without_direction_marks(text)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") and c != "\n" else c for c in shown)


def long_string(text: str) -> str:
    r"""The text as one value of 64 characters at most.

    >>> long_string("A\\B\x1b" + 80 * "x")[:6]
    'A B xx'
    """
    return _held(text, LONGEST_LO)


def person_name(text: str) -> str:
    """The name with its components; each of its three groups as long as DICOM allows.

    >>> person_name("DOE^<JOHN>=山田^太郎")
    'DOE^<JOHN>=山田^太郎'
    """
    return "=".join(_held(group, LONGEST_PN) for group in text.split("=")[:3])


def date_of(text: str) -> str:
    """YYYYMMDD, or empty where the text is no date.

    >>> date_of("2026-11-21"), date_of("20240230"), date_of("DOE^JOHN")
    ('20261121', '', '')
    """
    match = DATE_PATTERN.fullmatch(text)
    try:
        return dt.date(*map(int, match.groups())).strftime("%Y%m%d") if match else ""
    except ValueError:
        return ""


def _held(text: str, longest: int) -> str:
    return printable(text).replace("\n", " ").replace("\\", " ")[:longest].strip(" ")
