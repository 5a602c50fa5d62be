"""The Clinic page: a folder is opened or made, then four views of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from platformdirs import user_documents_path

from ironreport.clinic import Clinic, make_clinic
from ironreport.clinic.name_sealing import sealing_of
from ironreport.errors import IronReportError
from ironreport.ui import clinic_exam, parts
from ironreport.ui.clinic.due_view import show_due
from ironreport.ui.clinic.exam_opening import open_next
from ironreport.ui.clinic.patient_view import show_patient
from ironreport.ui.clinic.registry_view import show_registry
from ironreport.ui.clinic.today_view import show_today
from ironreport.ui.shown import plain

VIEWS = {"today": "Worklist", "due": "Recall list", "registry": "Registry", "patient": "Patient"}
VIEW = "_clinic-view"


def show() -> None:
    """Draw the page."""
    opened = clinic_exam.clinic()
    if opened is None:
        _show_closed()
        return
    if st.session_state.pop(clinic_exam.NEXT, False):
        open_next(opened)
    _show_open(opened)


def _show_closed() -> None:
    st.info(
        "No clinic is open: nothing is kept. An exam lives in this browser tab until the tab is closed.",
        icon=":material/info:",
    )
    if not clinic_exam.may_choose_folder():
        st.caption("A folder can be chosen only in a browser on the computer that IronReport runs on.")
        return
    st.markdown("A clinic is a folder of your own disk that holds exams, under pseudonyms. You choose it.")
    typed = st.text_input(
        "Folder of the clinic", str(user_documents_path() / "IronReport clinic"), key="clinic-folder", max_chars=400
    )
    names = st.checkbox("A new clinic keeps names of patients, encrypted where this computer can", key="clinic-names")
    left, right, _ = st.columns([1, 1, 3])
    wants_open = left.button("Open this clinic", type="primary", key="clinic-open", width="stretch")
    wants_new = right.button("Make a new clinic here", key="clinic-new", width="stretch")
    if not typed or not (wants_open or wants_new):
        return
    try:
        if wants_open:
            clinic_exam.open_folder(typed)
        else:
            clinic_exam.put_clinic(make_clinic(Path(typed).expanduser(), names=bool(names)))
    except IronReportError as error:
        parts.show_refusal(error)
        return
    st.rerun()


def _show_open(opened: Clinic) -> None:
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    with left:
        view = st.segmented_control(
            "View", list(VIEWS), format_func=lambda v: VIEWS[v], default="today", key=VIEW, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    if right.button("Close clinic", key="clinic-close", width="stretch"):
        clinic_exam.put_clinic(None)
        st.rerun()
    try:
        {"today": show_today, "due": show_due, "registry": show_registry, "patient": show_patient}[view](opened)
    except IronReportError as error:
        parts.show_refusal(error)
    if warning := sealing_of(opened).warning:
        st.warning(plain(warning, 400), icon=":material/lock_open:")
    st.caption(plain(f"Clinic in {opened.folder.root}. Exams are files; the database is an index of them.", 300))
