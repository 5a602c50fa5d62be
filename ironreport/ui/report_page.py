"""The Report page: what the reader adds, what is missing, what will be printed, the PDF."""

from __future__ import annotations

from dataclasses import fields

import streamlit as st

from ironreport.records import ReportDetails
from ironreport.report.content import ReportContent
from ironreport.report.pdf import file_name, write_pdf
from ironreport.ui import parts, state
from ironreport.ui.shown import plain

PAPERS = ["A4", "Letter"]
LINES = {
    "hospital": "Hospital",
    "patient_id": "Patient id",
    "birth_date": "Birth date or age",
    "sex": "Sex",
    "referring_physician": "Referring physician",
    "question": "Clinical question",
    "scanner": "Scanner",
    "technique": "Sequence and technique",
}


def show() -> None:
    """Draw the page."""
    if not state.exam().measurements:
        parts.show_empty("The report of the exam is written here.")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _details_form()
    content = state.content()
    with right:
        _download(content)
        _preview(content)


def _details_form() -> None:
    details = state.exam().details
    st.markdown("**What the reader adds**")
    st.caption("A name is not needed: the pseudonym of the side panel is printed on every page.")
    typed = {
        name: st.text_input(label, getattr(details, name), max_chars=200, key=f"detail-{name}-{state.token()}")
        for name, label in LINES.items()
    }
    typed["impression"] = st.text_area(
        "Impression (yours; without it the findings are listed)", details.impression, max_chars=2000,
        key=f"detail-impression-{state.token()}",
    )  # fmt: skip
    typed["notes"] = st.text_area(
        "Notes for the report", details.notes, max_chars=4000, key=f"detail-notes-{state.token()}"
    )
    names = [f.name for f in fields(ReportDetails)]
    state.put_details(ReportDetails(**{name: typed.get(name) or "" for name in names}))


def _download(content: ReportContent) -> None:
    if content.missing:
        with st.expander(f"{len(content.missing)} items of a full report are missing; nothing is blocked"):
            for item in content.missing:
                st.markdown(f"- {plain(item)}")
    at = PAPERS.index(state.settings().file.paper)
    letter = st.radio("Paper", PAPERS, index=at, horizontal=True, key="paper") == "Letter"
    st.download_button(
        "Download PDF", data=lambda: write_pdf(content, "Letter" if letter else "A4"), file_name=file_name(content),
        mime="application/pdf", on_click="ignore", type="primary", key="download-pdf",
    )  # fmt: skip
    st.caption(plain(f"Report {content.report_id} · {content.software} · knowledge {content.knowledge_version}"))


def _preview(content: ReportContent) -> None:
    with st.container(border=True, key="preview"):
        st.markdown("**What the first page says**")
        if content.critical:
            st.error("**Critical result**", icon=":material/emergency_home:")
            parts.show_cited(content.critical)
        for line in content.impression:
            st.markdown(plain(line, 600))
        st.markdown("**Next scan**")
        parts.show_cited(content.next_scan)
        st.caption(plain(content.physician_decides))
        if content.prompts:
            st.markdown("**Guidance**")
            parts.show_cited(content.prompts)
        st.caption(plain(content.disclaimer, 900))
