"""Every way out of an exam: one line each, shown as one button each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ironreport.exam import save_exam
from ironreport.exports import ENDINGS, MIME_TYPES, ExportKind, export
from ironreport.intake import ReadResult
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, Exam
from ironreport.report.content import ReportContent
from ironreport.report.pdf import Form, PageSize, file_name, write_pdf
from ironreport.ui.dicom_export import dicom_archive
from ironreport.ui.newest import Newest


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the page when a button is pressed; ``exam`` is the reader's, before the hospital's defaults."""

    exam: Exam
    assessment: Assessment
    content: ReportContent
    knowledge: Knowledge
    paper: PageSize
    images: ReadResult | None = None
    appendix: bool = False
    for_patient: bool = False
    language: str = "en"

    def pdf(self, form: Form = "full") -> bytes:
        """The printed report."""
        return write_pdf(
            self.content, self.paper, form, appendix=self.appendix, for_patient=self.for_patient, language=self.language
        )

    def file(self, kind: ExportKind) -> bytes:
        """The file for another program."""
        return export(kind, self.assessment, self.content, self.knowledge, self.paper)


@dataclass(frozen=True, slots=True)
class Export:
    """One way out: its button, the end of its file name, its type and how its bytes are made."""

    label: str
    ending: str
    mime: str
    make: Callable[[Printed], bytes]
    help: str


EXPORTS = (
    Export("PDF, full", ".pdf", "application/pdf", Printed.pdf, "Every page."),
    Export("PDF, one page", "_short.pdf", "application/pdf", lambda p: p.pdf("short"), "The answer and signatures."),
    Export(
        "Exam file", ".ironreport.json", "application/json", lambda p: save_exam(p.exam, p.assessment).encode(),
        "Opens again here: numbers, regions and choices, no pixels.",
    ),
    Export(
        "Notebook", ENDINGS["notebook"], MIME_TYPES["notebook"], lambda p: p.file("notebook"),
        "Fits the exam again and asserts every number of the report. No identifiers.",
    ),
    Export(
        "DICOM", ".dicom.zip", "application/zip",
        lambda p: dicom_archive(p.assessment, p.content, p.knowledge, p.pdf(), p.images),
        "Structured report, PDF and, with the images open, R2* map and pictures, for the exam's own study.",
    ),
    Export(
        "FHIR", ENDINGS["fhir"], MIME_TYPES["fhir"], lambda p: p.file("fhir"),
        "R4 bundle: a preliminary report with its observations, the PDF inside.",
    ),
    Export("CSV", ENDINGS["csv"], MIME_TYPES["csv"], lambda p: p.file("csv"), "One row for each organ."),
    Export("XLSX", ENDINGS["xlsx"], MIME_TYPES["xlsx"], lambda p: p.file("xlsx"), "One row for each organ."),
)  # fmt: skip


BUTTON_PX = 160
"""One width for all: the longest label in any language fits."""


def show_exports(newest: Newest[Printed], content: ReportContent) -> None:
    """A button for each way out; bytes are made when it is pressed."""
    stem = file_name(content).removesuffix(".pdf")
    st.markdown("**Exports**")
    with st.container(horizontal=True, key="exports"):
        for way in EXPORTS:
            st.download_button(
                way.label, width=BUTTON_PX, data=partial(newest.make, way.make),
                file_name=f"{stem}{way.ending}", mime=way.mime, on_click="ignore", help=way.help,
                key=f"export{way.ending}",
            )  # fmt: skip
