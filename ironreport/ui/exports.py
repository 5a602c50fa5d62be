"""Every way out of an exam: one line each, shown as one button each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ironreport.exam import save_exam
from ironreport.intake import ReadResult
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, Exam
from ironreport.report.content import ReportContent
from ironreport.report.pdf import Form, PageSize, file_name, write_pdf


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the page when a button is pressed; ``exam`` is the reader's, before the site's defaults."""

    exam: Exam
    assessment: Assessment
    content: ReportContent
    knowledge: Knowledge
    paper: PageSize
    images: ReadResult | None = None

    def pdf(self, form: Form = "full") -> bytes:
        """The printed report."""
        return write_pdf(self.content, self.paper, form)


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
        "Exam file", ".ironreport.json", "application/json", lambda p: save_exam(p.exam).encode(),
        "Opens again here: numbers, regions and choices, no pixels.",
    ),
)  # fmt: skip


def show_exports(printed: Printed) -> None:
    """A button for each way out; bytes are made when it is pressed."""
    stem = file_name(printed.content).removesuffix(".pdf")
    st.markdown("**Exports**")
    with st.container(horizontal=True, key="exports"):
        for export in EXPORTS:
            st.download_button(
                export.label, data=partial(export.make, printed), file_name=f"{stem}{export.ending}",
                mime=export.mime, on_click="ignore", help=export.help, key=f"export{export.ending}",
            )  # fmt: skip
