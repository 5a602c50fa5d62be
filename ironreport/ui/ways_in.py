"""The one door by which an exam takes the place of this one: read and assessed anew, or refused with a sentence."""

from __future__ import annotations

import streamlit as st

from ironreport.assess.answerable import check_answerable
from ironreport.errors import IronReportError
from ironreport.exam import open_exam
from ironreport.ui import state
from ironreport.ui.shown import plain

IN_PANEL, ON_PAGE = "open-refused", "copy-refused"
"""Where a refusal is said: beside what was pressed."""
GO_ON = "go-on-to"
FINDINGS = "pages/4_Findings.py"


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
    state.new_exam()
    state.put(opened)
    return True


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
