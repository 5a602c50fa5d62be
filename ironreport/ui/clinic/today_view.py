"""The worklist: images of many patients in, exams told apart, the next one opened by a key."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pandas as pd
import streamlit as st

from ironreport.clinic import STATE_WORDS, STATES, Arrived, Clinic, add_images, unpacked
from ironreport.clinic.clinic_queries import ListedExam, worklist
from ironreport.errors import IronReportError
from ironreport.library.file_refs import files_below, loaders
from ironreport.ui import clinic_exam, parts, turns
from ironreport.ui.clinic.exam_opening import open_exam_of, open_next
from ironreport.ui.clinic.registry_view import with_names
from ironreport.ui.shown import plain, without_controls

ARRIVED = "_clinic-arrived"


def show_today(clinic: Clinic) -> None:
    """Draw the worklist."""
    all_open = "all that are not signed off"
    chosen = st.segmented_control(
        "Which exams", ["today", all_open], default=all_open, key="_clinic-which", required=True,
        format_func=lambda w: "Came in today" if w == "today" else "Not signed off", label_visibility="collapsed",
    )  # fmt: skip
    exams = worklist(clinic, dt.date.today().isoformat() if chosen == "today" else "")
    _show_arrivals(clinic, is_empty=not exams)
    if not exams:
        st.info(
            "No exam waits. Put images in above: a disc, a folder or a zip of many patients.", icon=":material/info:"
        )
        return
    counts = Counter(one.state for one in exams)
    st.markdown(" · ".join(f"**{plain(counts[s])}** {plain(STATE_WORDS[s])}" for s in STATES if counts[s]))
    picked = _show_table(exams, with_names(clinic, [e.pseudonym for e in exams]))
    left, right, _ = st.columns([1, 1, 2])
    if left.button("Open the next exam", type="primary", shortcut="o", key="clinic-open-next", width="stretch"):
        open_next(clinic)
    if right.button("Open the marked exam", disabled=picked is None, key="clinic-open-one", width="stretch") and picked:
        open_exam_of(clinic, picked.id)
    st.caption("Mark a line to open that exam. The next one is the first that nobody has read.")


def _show_table(exams: list[ListedExam], named: dict[str, list[str]]) -> ListedExam | None:
    table = pd.DataFrame(
        {
            "patient": [e.pseudonym for e in exams],
            **named,
            "exam date": [e.exam_date or "not stated" for e in exams],
            "state": [_state(e) for e in exams],
            "doubts": [_doubts(e) for e in exams],
            "series found": [without_controls(e.series) for e in exams],
            "came in": [e.added_on for e in exams],
        }
    )
    event = st.dataframe(
        table, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key="_clinic-worklist", alt="Exams of the worklist",
    )  # fmt: skip
    rows = event.selection.rows
    return exams[rows[0]] if rows and rows[0] < len(exams) else None


def _state(exam: ListedExam) -> str:
    word: str = STATE_WORDS[exam.state]  # type: ignore[index]
    return f"{word}, 2nd" if exam.second_of else word


def _doubts(exam: ListedExam) -> str:
    words = ["critical"] if exam.is_critical else []
    words += [f"file: {exam.problem}"] if exam.problem else []
    words += [f"{exam.n_doubts} doubts" if exam.n_doubts > 1 else "1 doubt"] if exam.n_doubts else []
    return ", ".join(words) or "none"


# ------------------------------------------------------------------------------------- in


def _show_arrivals(clinic: Clinic, *, is_empty: bool) -> None:
    with st.expander("Put images in", expanded=is_empty):
        left, right = st.columns(2)
        files = left.file_uploader(
            "Files or zips of many patients", accept_multiple_files=True, key=f"_clinic-files-{_turn()}"
        )
        folder = right.file_uploader(
            "or a whole folder", accept_multiple_files="directory", key=f"_clinic-dir-{_turn()}"
        )
        path = ""
        if clinic_exam.may_choose_folder():
            path = st.text_input("or a folder or disc of this computer", key="_clinic-path", max_chars=400) or ""
        given = [*(files or []), *(folder or [])]
        ready = bool(given or path.strip())
        if st.button("Put into the clinic", type="primary", disabled=not ready, key="clinic-put"):
            _take(clinic, [(f.name, f.getvalue()) for f in given], path.strip())
    arrived: Arrived | None = st.session_state.get(ARRIVED)
    if arrived is not None:
        _show_arrived(arrived)


def _turn() -> int:
    """Part of the uploaders' keys: once taken, the files leave the page."""
    return int(st.session_state.setdefault("_clinic-turn", 0))


def _take(clinic: Clinic, given: list[tuple[str, bytes]], path: str) -> None:
    bar = st.progress(0.0, "Telling patients apart")

    def progress(done: int, total: int) -> None:
        share = min(done / max(total, 1), 1.0)
        bar.progress(share, f"Telling patients apart and reading: {share:.0%}")

    try:
        with turns.beside():
            if path:
                arrived = add_images(clinic, loaders(files_below(Path(path).expanduser())), progress=progress)
            else:
                files, _ = unpacked(given)
                arrived = add_images(clinic, files, progress=progress)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    finally:
        bar.empty()
    st.session_state[ARRIVED] = arrived
    st.session_state["_clinic-turn"] = _turn() + 1
    st.rerun()


def _show_arrived(arrived: Arrived) -> None:
    n_new, n_known = len(arrived.new), len(arrived.visits) - len(arrived.new)
    n_patients = len({v.patient for v in arrived.visits})
    words = f"{n_new} new exams of {n_patients} patients{f', {n_known} known before' if n_known else ''}."
    words = " ".join([words, "Each study by itself."])
    (st.success if arrived.visits else st.warning)(words)
    for visit in arrived.visits:
        for doubt in visit.doubts:
            st.warning(plain(f"{visit.patient}: {doubt.text}", 500), icon=":material/warning:")
    for left in arrived.left_out:
        st.caption(plain(f"{left.n_files} files: {left.what} {left.cure}", 400))
    if st.button("Understood", key="clinic-understood"):
        del st.session_state[ARRIVED]
        st.rerun()
