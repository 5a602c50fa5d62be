"""The side panel on every page: whose exam, which organs, what is missing, the next step."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ironreport.exam import LARGEST_FILE_BYTES, exam_file_name, save_exam
from ironreport.records import Assessment, Exam, Finding
from ironreport.ui import ahead, browser_copy, state, ways_in
from ironreport.ui.keeping import offer_copy
from ironreport.ui.kept import kept
from ironreport.ui.language_choice import show_choice
from ironreport.ui.self_check_page import show_link
from ironreport.ui.served import served_by
from ironreport.ui.shown import plain


def show_panel(page: str = "") -> DeltaGenerator | None:
    """Draw the side panel of a page from the exam; where a copy is kept, the place to say so comes back."""
    with st.sidebar:
        show_choice()
        assessment = state.assessment()
        if state.clinic_is_open():
            ahead.room("clinic_exam").show_in_panel()
        _whose(assessment.exam)
        st.markdown("**Organs**")
        measured = {f.organ: f for f in assessment.findings}
        organs = state.knowledge().organs.values()
        st.markdown("  \n".join(_organ_line(plain(organ.name), measured.get(organ.id)) for organ in organs))
        _next_step(assessment, page)
        st.divider()
        if not assessment.findings:
            st.button("Load a sample exam", on_click=ways_in.open_sample, width="stretch", type="primary")
        copy_said = _save_and_open(assessment.exam)
        st.button(
            "New exam", on_click=ways_in.leave_exam, width="stretch", help="Clears all numbers, images and answers."
        )
        if ways_in.LEFT in st.session_state:
            ways_in.offer_undo()
        st.caption(
            f"Not validated as a medical device. Everything stays on {served_by()}. "
            f"Knowledge {plain(state.knowledge().version)}, reviewed {plain(state.knowledge().reviewed)}."
        )
        show_link()
    return copy_said


def _whose(exam: Exam) -> None:
    name = st.text_input(
        "Whose exam (pseudonym)", exam.pseudonym, max_chars=40, key=f"pseudonym-{state.token()}",
        help="Printed on every page of the report. A name is not needed.",
    )  # fmt: skip
    date = st.text_input(
        "Exam date",
        exam.exam_date,
        max_chars=20,
        placeholder="YYYY-MM-DD",
        key=f"date-{state.token()}-{exam.exam_date}",
    )
    if (name or exam.pseudonym, date) != (exam.pseudonym, exam.exam_date):
        state.put(replace(exam, pseudonym=name or exam.pseudonym, exam_date=date or ""))


def _organ_line(name: str, finding: Finding | None) -> str:
    if finding is None:
        return f"○ {name}: not assessed"
    if finding.grading is None:
        return f"⚠ {name}: measured, no class"
    sign = "⚠" if finding.grading.flags or finding.cautions else "✓"
    return f"{sign} {name}: done"


def _next_step(assessment: Assessment, here: str) -> None:
    """Why, and the way there; on the page itself no way is needed."""
    page, label, why = next_step(assessment)
    st.caption(plain(why))
    if label != here:
        st.page_link(page, label=f"Next: {label}")


def next_step(assessment: Assessment) -> tuple[str, str, str]:
    """Page, label and reason of the next step."""
    if not assessment.findings:
        return (
            "pages/2_Signals.py",
            "Signals",
            "Nothing is measured yet. Paste numbers, open images, or load the sample.",
        )
    if assessment.exam.context.disease == "unknown":
        return (
            "pages/4_Findings.py",
            "Findings",
            "The disease is not stated: without it no follow-up interval is given.",
        )
    return "pages/5_Report.py", "Report", "Ready for the report."


def _save_and_open(exam: Exam) -> DeltaGenerator | None:
    copy_said = None
    if exam.measurements:
        st.download_button(
            "Save exam", data=partial(state.newest().make, _as_file),
            file_name=kept("exam-file-name", (exam,), partial(exam_file_name, exam)),
            mime="application/json", on_click="ignore", width="stretch", key="save-exam",
            help="Numbers, choices and answers as one readable file; no pixels.",
        )  # fmt: skip
        copy_said = offer_copy(exam)
    if ways_in.would_be_missed(exam):
        browser_copy.offer()
    with st.expander("Open a saved exam"):
        key = f"open-{state.token()}"
        st.file_uploader(
            "Exam file", key=key, on_change=_open, args=(key,), max_upload_size=LARGEST_FILE_BYTES // 1024**2
        )
        ways_in.show_refused(ways_in.IN_PANEL)
    return copy_said


def _as_file(exam: Exam) -> bytes:
    return save_exam(exam, state.assess_exam(exam)).encode()


def _open(key: str) -> None:
    """Put the exam of the uploaded file in place of this one; a file that is none changes nothing."""
    file = st.session_state.get(key)
    if file is not None:
        ways_in.open_text(file.getvalue())
