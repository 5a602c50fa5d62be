"""The ways out of an exam without DICOM: what each writes and what its file is called."""

from __future__ import annotations

from typing import Literal

from ironreport.knowledge import Knowledge
from ironreport.notebook import to_notebook
from ironreport.records import Assessment
from ironreport.report.content import ReportContent
from ironreport.report.fhir import to_fhir
from ironreport.report.pdf import PageSize, file_name, write_pdf
from ironreport.report.rows import to_csv, to_xlsx

ExportKind = Literal["fhir", "csv", "xlsx", "notebook"]
ENDINGS: dict[ExportKind, str] = {"fhir": ".fhir.json", "csv": ".csv", "xlsx": ".xlsx", "notebook": ".ipynb"}
MIME_TYPES: dict[ExportKind, str] = {
    "fhir": "application/fhir+json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "notebook": "application/x-ipynb+json",
}


def export(
    kind: ExportKind,
    assessment: Assessment,
    content: ReportContent,
    knowledge: Knowledge,
    page_size: PageSize = "A4",
) -> bytes:
    """One file of an exam; equal input gives equal bytes.

    Parameters
    ----------
    content : ReportContent
        The description of this very assessment.
    page_size : {"A4", "Letter"}
        Of the printed report inside the FHIR bundle.
    """
    if kind == "fhir":
        return to_fhir(assessment, content, knowledge, write_pdf(content, page_size))
    write = {"csv": to_csv, "xlsx": to_xlsx, "notebook": to_notebook}[kind]
    return write(assessment, content, knowledge)


def export_file_name(kind: ExportKind, content: ReportContent) -> str:
    """The fixed pattern of the printed report's name with another ending: it names nobody."""
    return file_name(content).removesuffix(".pdf") + ENDINGS[kind]
