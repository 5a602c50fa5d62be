"""Every way out of the sample exam, written and read back: each must say the number of the report."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from functools import cached_property

import nbformat
from openpyxl import load_workbook

from ironreport.assess import assess
from ironreport.exam import open_exam, save_exam
from ironreport.exports import export
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.notebook import reported
from ironreport.records import Assessment
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.dicom import to_dicom
from ironreport.report.dicom.read_back import structured_texts
from ironreport.report.pdf import write_pdf
from ironreport.report.pdf.page_pictures import n_pages, page_text
from ironreport.selfcheck.check_record import must
from ironreport.synthetic.samples import sample_exam

PRINTED = 0.02
"""Share that rounding for print may take."""
WRITTEN_AT = dt.datetime(2026, 11, 1)


class SampleReport:
    """The report of the sample exam, made once when the first row asks for it."""

    @cached_property
    def knowledge(self) -> Knowledge:
        """The knowledge that ships."""
        return published_knowledge()

    @cached_property
    def assessment(self) -> Assessment:
        """What is found."""
        return assess(sample_exam(), self.knowledge)

    @cached_property
    def content(self) -> ReportContent:
        """What is said."""
        return describe(self.assessment, self.knowledge)

    @cached_property
    def pdf(self) -> bytes:
        """What is printed."""
        return write_pdf(self.content)

    @property
    def answers(self) -> tuple[str, ...]:
        """The class of each organ as printed, without line breaks."""
        return tuple(card.class_word for card in self.content.cards)

    def pdf_reads_back(self) -> str:
        """The printed report opens and says every class."""
        text = " ".join(" ".join(page_text(self.pdf, page) for page in range(n_pages(self.pdf))).split())
        must(len(self.answers) > 0 and all(answer in text for answer in self.answers), "The PDF lacks a class.")
        must(self.content.report_id in text, "The PDF lacks its id.")
        return f"{n_pages(self.pdf)} pages with every class."

    def exam_file_reads_back(self) -> str:
        """A saved exam opens as the same exam, with the same findings."""
        again = open_exam(save_exam(self.assessment.exam, self.assessment))
        same = [m.signal for m in again.measurements] == [m.signal for m in self.assessment.exam.measurements]
        must(same, "The saved exam opens as another one.")
        must(reported(assess(again, self.knowledge)) == reported(self.assessment), "The saved exam is read otherwise.")
        return "Saved, opened and assessed again: the same findings."

    def csv_reads_back(self) -> str:
        """Each line of the table has the values that were found."""
        text = export("csv", self.assessment, self.content, self.knowledge).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        self._same_times([float(row["t2star_ms"] or "nan") for row in rows], "table")
        return f"{len(rows)} rows with the values found."

    def xlsx_reads_back(self) -> str:
        """Each row of the workbook has the values that were found."""
        file = io.BytesIO(export("xlsx", self.assessment, self.content, self.knowledge))
        head, *rows = load_workbook(file, read_only=True).active.iter_rows(values_only=True)  # type: ignore[union-attr]
        column = list(head).index("t2star_ms")
        self._same_times([float(str(row[column])) for row in rows], "workbook")
        return f"{len(rows)} rows with the values found."

    def fhir_reads_back(self) -> str:
        """The bundle has a report, and observations with every class and value."""
        bundle = json.loads(export("fhir", self.assessment, self.content, self.knowledge))
        found = [entry["resource"] for entry in bundle["entry"]]
        must(sum(x["resourceType"] == "DiagnosticReport" for x in found) == 1, "The bundle has no report.")
        observed = [x for x in found if x["resourceType"] == "Observation"]
        classes = [said["text"] for x in observed for said in x.get("interpretation", [])]
        graded = all(any(said.startswith(answer) for said in classes) for answer in self.answers)
        must(graded, "An observation lacks its class.")
        values = [x["valueQuantity"]["value"] for x in observed if "valueQuantity" in x]
        near = all(any(abs(v / time - 1.0) < PRINTED for v in values) for time in self._times)
        must(near, "The bundle holds other values.")
        return f"{len(observed)} observations and the report, with the classes and values found."

    def sr_reads_back(self) -> str:
        """The structured report among the DICOM objects says every class."""
        made = to_dicom(
            self.assessment, self.content, self.knowledge, self.pdf, origins={}, maps={}, written_at=WRITTEN_AT
        )
        texts = structured_texts(made.files.values())
        said = all(any(answer in text for text in texts) for answer in self.answers)
        must(said, "The structured report lacks a class.")
        return f"{len(made.files)} objects; the structured report says every class."

    def notebook_reads_back(self) -> str:
        """The notebook is valid, and the exam in it gives the values that it states."""
        text = export("notebook", self.assessment, self.content, self.knowledge).decode()
        book = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(book)
        held = next(c.source for c in book.cells if c.source.startswith("EXAM = "))
        again = assess(open_exam(held.partition('r"""')[2].removesuffix('"""')), self.knowledge)
        must(reported(again) == reported(self.assessment), "The notebook holds another exam.")
        return f"{len(book.cells)} cells; its exam gives the values found."

    @property
    def _times(self) -> list[float]:
        estimates = [f.estimate for f in self.assessment.findings]
        return [one.time.value for one in estimates if one is not None and one.time is not None]

    def _same_times(self, read: list[float], where: str) -> None:
        must(read == self._times, f"The {where} holds other values.")
