"""One patient over the years: when due and why, every exam, the course of each organ, the balance of iron."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ironreport.clinic import STATE_WORDS, Clinic, begin_second, reading_pairs, visit_of
from ironreport.clinic.clinic_queries import ListedExam, exams_of, patient, patients
from ironreport.clinic.patient_course import balance_of, courses_of, measured_exams
from ironreport.clinic.recall_files import interval_words
from ironreport.records import Exam
from ironreport.ui import clinic_exam
from ironreport.ui.balance_form import show_ledger
from ironreport.ui.clinic.exam_opening import open_exam_of
from ironreport.ui.clinic.registry_view import PICKED
from ironreport.ui.shown import plain, without_controls
from ironreport.ui.trend_chart import trend_chart


def show_patient(clinic: Clinic) -> None:
    """Draw the patient who was marked in the registry, or whose exam lies on the pages."""
    known = [p.pseudonym for p in patients(clinic)]
    if not known:
        st.info("There is no patient yet. Put images or exam files in first.", icon=":material/info:")
        return
    held = clinic_exam.visit_id()
    wanted = st.session_state.get(PICKED) or (visit_of(clinic, held).patient if held else known[0])
    index = known.index(wanted) if wanted in known else 0
    pseudonym = st.selectbox("Patient", known, index=index, key=f"_clinic-whose-{wanted}") or known[index]
    listed = patient(clinic, pseudonym)
    if listed is None:
        return
    if listed.due:
        after = plain(f"{interval_words(listed)} after {listed.due_of}. {listed.why}", 400)
        st.markdown(f"**Next scan due {plain(listed.due)}**, {after}")
    else:
        st.markdown(f"**No date for the next scan.** {plain(listed.why, 400)}")
    _show_exams(clinic, exams_of(clinic, pseudonym))
    exams = measured_exams(clinic, pseudonym)
    courses = courses_of(clinic, exams)
    if not courses:
        st.caption("A course is drawn where an organ has two results with a date.")
    for change, figure in courses:
        with st.container(border=True, key=f"course-{change.organ}"):
            st.markdown(f"**{plain(change.name)}**: **{plain(change.word)}**")
            st.markdown(plain(f"Before: {change.before}", 300))
            st.markdown(plain(f"Last: {change.now}", 300))
            st.caption(plain(change.reason, 400))
            if figure is not None:
                points = "; ".join(f"{p.date}: {p.text}" for p in figure.points)
                words = f"{figure.title} over time: {points}"
                chart = trend_chart(figure, dark=st.context.theme.type == "dark")
                st.vega_lite_chart(chart, width="stretch", key=f"course-of-{change.organ}", alt=words)
                if figure.note:
                    st.caption(plain(figure.note, 300))

    _show_balance(clinic, exams)


def _show_balance(clinic: Clinic, exams: list[Exam]) -> None:
    """Draw the iron balance up to the last exam that says what was transfused."""
    found = balance_of(clinic, exams)
    if found is None:
        st.caption("An iron balance stands here once an exam says, on Follow-up, what was transfused since the last.")
        return
    date, balance = found
    with st.container(border=True, key="patient-balance"):
        st.markdown(f"**Iron balance up to {plain(date)}**: what came in by transfusion, what left the body")
        show_ledger(balance)


def _show_exams(clinic: Clinic, exams: list[ListedExam]) -> None:
    table = pd.DataFrame(
        {
            "exam date": [e.exam_date or "not stated" for e in exams],
            "state": [STATE_WORDS[e.state] for e in exams],  # type: ignore[index]
            "doubts": [e.n_doubts for e in exams],
            "series found": [without_controls(e.series) for e in exams],
            "reading": ["second" if e.second_of else "first" for e in exams],
        }
    )
    event = st.dataframe(
        table, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key="_clinic-exams", alt="Exams of the patient",
    )  # fmt: skip
    rows = event.selection.rows
    picked = exams[rows[0]] if rows and rows[0] < len(exams) else None
    left, right, _ = st.columns([1, 1, 1])
    if left.button("Open the marked exam", disabled=picked is None, key="clinic-open-of", width="stretch") and picked:
        open_exam_of(clinic, picked.id)
    once = picked is not None and not picked.second_of and picked.state not in ("new", "drawn")
    if right.button("Read it a second time", disabled=not once, key="clinic-second", width="stretch") and picked:
        open_exam_of(clinic, begin_second(clinic, picked.id).id)
    st.caption("An exam that was read can be read a second time: the same images, without the marks of the first.")
    for exam in exams:
        if exam.second_of:
            show_readers(clinic, exam)


def show_readers(clinic: Clinic, exam: ListedExam) -> None:
    """Draw what two readers of an exam found, and where they differ."""
    pairs = reading_pairs(clinic, exam.id)
    when = exam.exam_date or "no stated date"
    if not pairs:
        st.caption(plain(f"Exam of {when}: the second reading is not measured yet."))
        return
    differ = [pair.name for pair in pairs if pair.differs]
    verdict = f"they differ: {', '.join(differ)}" if differ else "no number lies outside the other's 95 % interval"
    st.markdown(plain(f"Two readers of the exam of {when}: {verdict}.", 300))
    rows = {
        "organ": [pair.name for pair in pairs],
        "first reading": [pair.first for pair in pairs],
        "second reading": [pair.second for pair in pairs],
        "difference": [pair.difference or "-" for pair in pairs],
        "verdict": ["differ" if pair.differs else "agree" for pair in pairs],
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", alt=f"Two readers of the exam of {when}")
