"""The exam as DICOM objects: structured report, PDF, R2* maps and colour pictures, in the study of its images."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.errors import Refusal, ReportError
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, DicomOrigin, SourceImage
from ironreport.report.content import Card, ReportContent
from ironreport.report.dicom.captures import Colours, map_capture, region_capture
from ironreport.report.dicom.encapsulated import pdf_object_bytes
from ironreport.report.dicom.image_objects import capture_bytes, map_bytes
from ironreport.report.dicom.measured_in import measured_images, regions_of
from ironreport.report.dicom.study import study_of
from ironreport.report.pictures import on_one_slice

Maps = Mapping[str, npt.NDArray[np.floating]]
Picture = tuple[str, str, Colours]
"""File name, organ id, and the picture."""


@dataclass(frozen=True, slots=True)
class DicomExport:
    """Files by name, none of which names a patient, and why an object that was asked for is not among them."""

    files: dict[str, bytes]
    left_out: tuple[Refusal, ...] = ()

    def as_zip(self) -> bytes:
        """All files in one archive; equal files give equal bytes."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
            for name, body in self.files.items():
                entry = zipfile.ZipInfo(name)  # dated 1980-01-01
                entry.compress_type = zipfile.ZIP_DEFLATED
                written.writestr(entry, body)
        return archive.getvalue()


def to_dicom(
    assessment: Assessment,
    content: ReportContent,
    knowledge: Knowledge,
    pdf: bytes,
    *,
    origins: Mapping[str, DicomOrigin],
    maps: Maps,
    written_at: dt.datetime,
) -> DicomExport:
    """All DICOM objects of one exam; equal input gives equal bytes.

    Typed numbers give the structured report and the PDF, in a study of their own under the pseudonym.

    Parameters
    ----------
    pdf : bytes
        The printed report.
    origins : mapping of organ id to DicomOrigin
        The images an organ was measured in, of those organs that have images.
    maps : mapping of organ id to ndarray, shape (n_slices, n_rows, n_columns)
        R2* [s^-1] of the series an organ was measured in, not finite where nothing can be measured. Each of these
        organs has images; the map of a series that several were measured in is written once.
    written_at : datetime
        Stands in every object as the time it was made.

    Raises
    ------
    ReportError
        ``DICOM_NOTHING_MEASURED``, ``DICOM_TWO_STUDIES``, ``DICOM_PATIENT_ID``.
    """
    # brings a library of 18 MiB that a server needs only where somebody exports DICOM
    from ironreport.report.dicom.structured import sr_bytes  # noqa: PLC0415

    measured_in = {f.organ: origins[f.organ] for f in assessment.findings if f.organ in origins}
    study = study_of(content, measured_in.values(), written_at)
    sources = {f.organ: measured_images(f, measured_in.get(f.organ)) for f in assessment.findings}
    all_sources = dict.fromkeys(image for images in sources.values() for image in images)
    files = {
        "structured_report.dcm": sr_bytes(study, assessment, content, knowledge, measured_in),
        "report_pdf.dcm": pdf_object_bytes(study, pdf, all_sources),
    }
    left_out = []
    for organ, values in maps.items():
        try:
            body = map_bytes(study, values, measured_in[organ])
        except ReportError as error:
            left_out.append(error.refusal)
        else:
            if body not in files.values():
                files[f"r2star_map_{organ}.dcm"] = body
    pictures = [*_region_pictures(content, sources), *_map_pictures(assessment, content, measured_in, maps)]
    for number, (name, organ, picture) in enumerate(pictures, start=1):
        files[name] = capture_bytes(study, picture, sources[organ], number=number)
    return DicomExport(files, tuple(left_out))


def _region_pictures(content: ReportContent, sources: Mapping[str, tuple[SourceImage, ...]]) -> Iterator[Picture]:
    for card in content.cards:
        if card.picture is not None and sources[card.organ]:
            yield f"picture_{card.organ}.dcm", card.organ, region_capture(card.picture, _lines(card, content))


def _map_pictures(
    assessment: Assessment, content: ReportContent, measured_in: Mapping[str, DicomOrigin], maps: Maps
) -> Iterator[Picture]:
    """The slice that an organ's regions were drawn on, where its map fits its images and holds anything."""
    for finding, card in zip(assessment.findings, content.cards, strict=True):
        values, regions = maps.get(card.organ), on_one_slice(regions_of(finding))
        if values is None or not regions or values.shape[1:] != measured_in[card.organ].shape:
            continue
        slice_index = regions[0].slice_index
        if slice_index < len(values) and np.isfinite(values[slice_index]).any():
            plane = measured_in[card.organ].planes[slice_index]
            spacing_mm = plane.spacing_mm if plane else (1.0, 1.0)
            picture = map_capture(values[slice_index], regions, spacing_mm, _lines(card, content))
            yield f"r2star_picture_{card.organ}.dcm", card.organ, picture


def _lines(card: Card, content: ReportContent) -> tuple[str, ...]:
    """What stands below a picture: the answer and its standing, and nobody's name."""
    return f"{card.name}: {card.value}", content.not_a_device
