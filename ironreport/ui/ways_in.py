"""The one door by which an exam takes the place of this one: read and assessed anew, or refused with a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import streamlit as st

from ironreport.assess.answerable import check_answerable
from ironreport.errors import IronReportError
from ironreport.exam import open_exam, save_exam
from ironreport.records import Context, Exam, ReportDetails
from ironreport.ui import ahead, state
from ironreport.ui.shown import plain

IN_PANEL, ON_PAGE = "open-refused", "copy-refused"
"""Where a refusal is said: beside what was pressed."""
GO_ON = "go-on-to"
SAMPLE = "sample-exam"
FINDINGS = "pages/4_Findings.py"
LEFT, UNDO_S, SELDOM_S = "exam-left", 60.0, 10.0


@dataclass(frozen=True, slots=True)
class Left:
    """The exam that was left, as the text of its file: no images. ``until_s`` is on the clock that never jumps."""

    text: str
    until_s: float


def open_text(text: str | bytes, said_at: str = IN_PANEL) -> bool:
    """Put the exam of an exam file in place of this one; a text that is none changes nothing.

    Returns
    -------
    bool
        Whether it was opened; else `show_refused` says why not.
    """
    try:
        opened = open_exam(text)
        check_answerable(opened, state.knowledge())  # an exam that breaks every page is not let in
    except IronReportError as error:
        st.session_state[said_at] = error.refusal
        return False
    leave_exam()
    state.put(opened)
    return True


def leave_exam() -> None:
    """Forget this exam: its images at once, its numbers and answers after a minute or with the next exam left."""
    exam = state.exam()
    text = save_exam(exam) if would_be_missed(exam) else ""
    state.new_exam()
    if text:
        hold_for_undo(text)


def hold_for_undo(text: str, for_s: float = UNDO_S) -> None:
    """Offer the exam of this text for a minute, or for what is left of it."""
    st.session_state[LEFT] = Left(text, monotonic() + min(for_s, UNDO_S))


def held_for_undo() -> tuple[str, float]:
    """The exam that can be brought back, as text, and for how long still [s]; an empty text where there is none."""
    left: Left | None = st.session_state.get(LEFT)
    left_s = left.until_s - monotonic() if left is not None else 0.0
    return (left.text, left_s) if left is not None and left_s > 0 else ("", 0.0)


def would_be_missed(exam: Exam) -> bool:
    """Whether anything was measured, answered or written in it, or it was only named."""
    named = exam.pseudonym != st.session_state.get(state.GIVEN) or exam.exam_date != ""
    return named or bool(exam.measurements) or (exam.context, exam.details) != (Context(), ReportDetails())


def is_sample(exam: Exam) -> bool:
    """Whether it is the sample exam as it was opened: nobody misses that."""
    return bool(st.session_state.get(SAMPLE) == exam)


def offer_undo() -> None:
    """The way back to the exam that was left; the browser asks again when its minute is over, so it goes unasked."""
    _, left_s = held_for_undo()
    st.fragment(_offer_undo, run_every=max(left_s, SELDOM_S))()  # it goes on asking, until the page is drawn anew


def _offer_undo() -> None:
    if not held_for_undo()[0]:
        st.session_state.pop(LEFT, None)
        return
    st.caption("The exam before can be brought back for a minute: numbers and answers, not its images.")
    if st.button("Undo", key="undo-exam-left", width="stretch"):
        _undo()
        st.rerun()  # what a click calls would draw this part alone


def _undo() -> None:
    text, _ = held_for_undo()
    st.session_state.pop(LEFT, None)
    if text:
        open_text(text)


def open_sample() -> None:
    """Put the sample exam in place of this one; nobody waits for what measures it before it is wanted."""
    ahead.room(ahead.SAMPLE).open_sample()
    st.session_state[SAMPLE] = state.exam()


def go_on_to(page: str) -> None:
    """Open another page with the next run; for what a click calls, which may not do it itself."""
    st.session_state[GO_ON] = page


def follow() -> None:
    """Open the page that a click asked for."""
    if page := st.session_state.pop(GO_ON, None):
        st.switch_page(page)


def show_refused(said_at: str) -> None:
    """Why the last file was not opened, once."""
    refused = st.session_state.pop(said_at, None)
    if refused is not None:
        st.error(f"**{plain(refused.what)}** {plain(refused.cure)}", icon=":material/block:")
