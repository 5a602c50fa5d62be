"""The clinic of this session, and the exam of it that lies on the pages: kept at every change, moved on by a click."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.records import Exam
from ironreport.ui import ahead, state
from ironreport.ui.shown import plain

if TYPE_CHECKING:
    from ironreport.clinic import Clinic

CLINIC, VISIT, KEPT, NEXT = state.CLINIC, "clinic-visit", "clinic-kept", f"{state.OF_THE_CLINIC}-next"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGE = "pages/11_Clinic.py"
DOES: dict[str, str] = {
    "new": "Back to new", "drawn": "Back to drawn", "read": "Mark as read", "printed": "Mark as printed",
    "signed": "Sign off",
}  # fmt: skip


def may_choose_folder() -> bool:
    """Whether the browser is on the computer whose folders it would choose."""
    return st.get_option("server.address") in LOOPBACK


def clinic() -> Clinic | None:
    """The clinic that was opened in this session."""
    found: Clinic | None = st.session_state.get(CLINIC)
    return found


def put_clinic(opened: Clinic | None) -> None:
    """Open a clinic in this session, or close it."""
    held = clinic()
    if held is not None:
        held.close()
    st.session_state[CLINIC] = opened


def open_folder(path: str) -> None:
    """Open the clinic in a folder.

    Raises
    ------
    ClinicError
        As `ironreport.clinic.open_clinic`.
    """
    ahead.load_clinic()
    from ironreport.clinic import open_clinic  # noqa: PLC0415 - half a second of every start, for those who have one

    put_clinic(open_clinic(Path(path).expanduser()))


def visit_id() -> str:
    """Id of the exam of the clinic that lies on the pages; empty where it is none of it."""
    return str(st.session_state.get(VISIT, ""))


def hold(visit: str, exam: Exam) -> None:
    """Say that the exam on the pages is this one of the clinic, as its file has it."""
    st.session_state[VISIT], st.session_state[KEPT] = visit, exam


def keep_in_step() -> bool:
    """Keep the exam on the pages in the clinic where it changed; what goes wrong is said in the side panel.

    Returns
    -------
    bool
        Whether the side panel, which was drawn before, says something else of the exam now.
    """
    opened, current = clinic(), state.exam()
    if opened is None or not visit_id() or st.session_state.get(KEPT) == current:
        return False
    ahead.load_clinic()
    from ironreport.clinic import keep_exam, visit_of  # noqa: PLC0415 - as above

    told = False
    try:
        if current.measurements or st.session_state[KEPT].measurements:
            before = visit_of(opened, visit_id())
            after = keep_exam(opened, visit_id(), current)
            told = (before.state, before.doubts) != (after.state, after.doubts)
    except IronReportError as error:
        with st.sidebar:
            st.error(f"**{plain(error.refusal.what)}** {plain(error.refusal.cure)}", icon=":material/block:")
        return False
    st.session_state[KEPT] = current
    return told


def show_in_panel() -> None:
    """Whose exam of the clinic lies here, how far it has come, and the way to the next one."""
    opened = clinic()
    if opened is None:
        return
    with st.container(border=True, key="clinic-panel"):
        if visit_id():
            _show_visit(opened)
        else:
            st.caption("A clinic is open. This exam is not one of it.")
        if st.button("Next exam of the clinic", key="clinic-next", shortcut="n", width="stretch"):
            st.session_state[NEXT] = True
            st.switch_page(PAGE)


def _show_visit(opened: Clinic) -> None:
    ahead.load_clinic()
    from ironreport.clinic import STATE_WORDS, STATES, move, visit_of  # noqa: PLC0415 - as above

    try:
        visit = visit_of(opened, visit_id())
    except IronReportError as error:
        st.error(f"**{plain(error.refusal.what)}** {plain(error.refusal.cure)}", icon=":material/block:")
        return
    st.markdown(f"Clinic: **{plain(visit.patient)}**, {STATE_WORDS[visit.state]}")
    for doubt in visit.doubts:
        st.warning(plain(doubt.text, 400), icon=":material/warning:")
    if visit.state == "new" or visit.state == STATES[-1]:
        return
    following = STATES[STATES.index(visit.state) + 1]
    if st.button(DOES[following], key=f"clinic-move-{following}", width="stretch"):
        move(opened, visit.id, following)
        st.rerun()
