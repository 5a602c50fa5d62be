"""The answer for an exam, and every file it can be written to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import get_args

from ironreport.assess import assess
from ironreport.errors import AssessmentError, ReportError
from ironreport.exam import save_exam
from ironreport.exports import ENDINGS, ExportKind, export
from ironreport.hospital.defaults import assess_at_hospital, local_additions
from ironreport.hospital.settings import HospitalSettings, hospital_settings
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.library.arguments import word_given
from ironreport.library.display import card_html, pages_html
from ironreport.library.region_pictures import pictures_of
from ironreport.library.regions_out import NIFTI_ENDING, SEG_ENDING, drawn_in, nifti_file, seg_file
from ironreport.records import Assessment, EchoSeries, Exam
from ironreport.report import describe
from ironreport.report.content import Card, ReportContent
from ironreport.report.dicom import to_dicom
from ironreport.report.pdf import Form, PageSize, write_pdf
from ironreport.writing import write_whole

EXAM_ENDING, DICOM_ENDING, PDF_ENDING = ".ironreport.json", ".dicom.zip", ".pdf"


@dataclass(frozen=True, slots=True, repr=False)
class OrganAnswer:
    """What a report says of one organ."""

    card: Card

    def __repr__(self) -> str:
        return f"{self.card.name}: {self.card.value}{f' · {self.card.interval}' if self.card.interval else ''}"

    def _repr_html_(self) -> str:
        return card_html(self.card)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report:
    """The answer for an exam, and what would be printed of it.

    Parameters
    ----------
    assessment : Assessment
        Findings, guidance and sentences.
    content : ReportContent
        The same in words, as page, print and exports draw it.
    images : tuple of EchoSeries
        Series the organs were measured in.
    """

    assessment: Assessment
    content: ReportContent
    images: tuple[EchoSeries, ...] = ()

    def organ(self, organ: str) -> OrganAnswer:
        """What is said of one organ, by its id.

        Raises
        ------
        AssessmentError
            ``NOT_MEASURED``.
        """
        found = {card.organ: card for card in self.content.cards}
        if organ not in found:
            raise AssessmentError(
                "NOT_MEASURED", f"There is no {organ} in this exam.", f"Measured: {', '.join(found)}."
            )
        return OrganAnswer(found[organ])

    def pdf(
        self, page_size: PageSize = "A4", form: Form = "full", *, appendix: bool = False, for_patient: bool = False
    ) -> bytes:
        """The printed report; equal input gives equal bytes.

        Parameters
        ----------
        form : {"full", "short"}
            Short is one page: the answer with every caution, and the signatures.
        appendix, for_patient : bool
            Adds every calibration with the whole fit; a paragraph in plain words for the patient.
        """
        word_given(page_size, "page size", *get_args(PageSize))
        word_given(form, "form", *get_args(Form))
        return write_pdf(self.content, page_size, form, appendix=appendix, for_patient=for_patient)

    def save(self, path: str | PathLike[str], page_size: PageSize = "A4") -> Path:
        """Write the report to a file whose ending says its kind, and give back where it stands.

        ``.pdf``, ``.csv``, ``.xlsx``, ``.fhir.json``, ``.ipynb``, ``.dicom.zip``, or ``.ironreport.json``, which the
        app opens. The regions alone: ``.seg.dcm`` (DICOM segmentation), ``.nii.gz`` (labels, one for each organ).

        Raises
        ------
        ReportError
            ``NOT_A_PATH``, ``UNKNOWN_WORD``, ``UNKNOWN_ENDING``, ``NOT_WRITTEN``, and of regions as `seg_file` and
            `nifti_file`.
        """
        if not isinstance(path, (str, PathLike)):
            raise ReportError("NOT_A_PATH", f"{type(path).__name__} is no path.", "Give one: 'report.pdf'.")
        place = Path(path).expanduser()
        word_given(page_size, "page size", *get_args(PageSize))
        content = self._bytes(place.name, page_size)
        try:
            write_whole(place, content)
        except (OSError, ValueError):
            raise ReportError(
                "NOT_WRITTEN",
                f"{str(place)[:200]} cannot be written.",
                "Check that the folder is there and may be written to.",
            ) from None
        return place

    def _bytes(self, name: str, page_size: PageSize) -> bytes:
        knowledge = published_knowledge()
        if name.endswith(PDF_ENDING):
            return self.pdf(page_size)
        if name.endswith(EXAM_ENDING):
            return save_exam(self.assessment.exam, self.assessment).encode()
        now = dt.datetime.now().replace(microsecond=0)
        if name.endswith(SEG_ENDING):
            return seg_file(drawn_in(self.assessment.exam), self.content, self.images, now)
        if name.endswith(NIFTI_ENDING):
            return nifti_file(drawn_in(self.assessment.exam), self.images)
        if name.endswith(DICOM_ENDING):
            pdf = self.pdf(page_size)
            made = to_dicom(self.assessment, self.content, knowledge, pdf, origins={}, maps={}, written_at=now)
            return made.as_zip()
        for kind in get_args(ExportKind):
            if name.endswith(ENDINGS[kind]):
                return export(kind, self.assessment, self.content, knowledge, page_size)
        known = ", ".join([PDF_ENDING, *ENDINGS.values(), DICOM_ENDING, EXAM_ENDING, SEG_ENDING, NIFTI_ENDING])
        raise ReportError("UNKNOWN_ENDING", f"The name '{name}' does not say what to write.", f"Let it end in {known}.")

    def __str__(self) -> str:
        cards = [f"{c.name}: {c.value}{f', {c.interval}' if c.interval else ''}" for c in self.content.cards]
        return "\n".join([*cards, *(f"Next scan: {line.text}" for line in self.content.next_scan)])

    def __repr__(self) -> str:
        organs = "; ".join(f"{c.name}: {c.value}" for c in self.content.cards)
        return f"Report({self.content.report_id}, {organs})"[:290]

    def _repr_html_(self) -> str:
        return pages_html(self.pdf())


def answer(
    exam: Exam,
    images: tuple[EchoSeries, ...] = (),
    *,
    settings: bool = True,
) -> Report:
    """The report of an exam, with pictures of the regions on these series, and the hospital's settings where asked."""
    knowledge = published_knowledge()
    if not settings:
        assessment = assess(exam, knowledge)
        return Report(assessment, describe(assessment, knowledge, pictures=pictures_of(exam, images)), images)
    return _at_hospital(exam, images, hospital_settings(knowledge), knowledge)


def _at_hospital(
    exam: Exam, images: tuple[EchoSeries, ...], settings: HospitalSettings, knowledge: Knowledge
) -> Report:
    assessment = assess_at_hospital(exam, settings, knowledge)
    local = local_additions(assessment, settings, knowledge)
    return Report(assessment, describe(assessment, knowledge, local, pictures_of(assessment.exam, images)), images)
