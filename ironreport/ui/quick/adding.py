"""Taking a printed number into the exam as values without a curve, and taking that back."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.records import Choices, Context, Exam, Measurement, QuickCheck
from ironreport.ui import state
from ironreport.ui.shown import plain

UNDO = "quick-undo"


def draw_adding(check: QuickCheck) -> None:
    """The button that adds the answer to the exam, or the one that takes it back."""
    organ = state.knowledge().organ(check.printed.organ).name
    held = next((m for m in state.exam().measurements if m.organ == check.printed.organ), None)
    if held != _measurement(check):
        label = f"Replace {plain(organ.lower())} in the exam" if held else "Add to exam"
        key = f"quick-add-{state.token()}"
        if st.button(label, type="primary", key=key, help="Values without a curve or a region."):
            before = state.exam()
            state.put(with_printed(before, check))
            st.session_state[UNDO] = (before, state.exam(), check.printed.organ)
            st.rerun()
    undo: tuple[Exam, Exam, str] | None = st.session_state.get(UNDO)
    if undo is not None and undo[2] == check.printed.organ:
        st.button("Undo", key=f"quick-undo-{state.token()}", on_click=_undo, icon=":material/undo:")


def draw_added(check: QuickCheck) -> None:
    """That the exam holds this number, and what of the patient was kept as the exam had it."""
    organ = state.knowledge().organ(check.printed.organ).name
    if _measurement(check) in state.exam().measurements:
        kept = _kept_facts(check.assessment.exam.context)
        st.caption(plain(" ".join([f"{organ} is in the exam, as values without a curve.", *kept]), 300))


def _measurement(check: QuickCheck) -> Measurement:
    return Measurement(check.printed, Choices(calibration=check.reading.calibration))


def with_printed(exam: Exam, check: QuickCheck) -> Exam:
    """The exam with the printed number as the finding of its organ, and with facts that it did not know.

    What the exam says of the patient stays; only open questions are filled.
    """
    others = tuple(m for m in exam.measurements if m.organ != check.printed.organ)
    known, stated = exam.context, check.assessment.exam.context
    disease = stated.disease if known.disease == "unknown" else known.disease
    facts = {**dict(stated.facts), **{name: value for name, value in known.facts if value != "unknown"}}
    context = replace(known, disease=disease, facts=tuple(facts.items()))
    return replace(exam, measurements=(*others, _measurement(check)), context=context)


def taken_back(now: Exam, before: Exam, after: Exam, organ: str) -> Exam:
    """The exam as it was before a number was added, with everything that was changed since."""
    others = tuple(m for m in now.measurements if m.organ != organ)
    restored = tuple(m for m in before.measurements if m.organ == organ)
    context = before.context if now.context == after.context else now.context
    return replace(now, measurements=(*others, *restored), context=context)


def _undo() -> None:
    before, after, organ = st.session_state.pop(UNDO)
    state.put(taken_back(state.exam(), before, after, organ))


def _kept_facts(stated: Context) -> list[str]:
    """Where the exam already says another thing of the patient, that is said."""
    known = state.exam().context
    if stated.disease not in ("unknown", known.disease):
        return ["The disease of the exam was kept."]
    kept = [name for name, value in stated.facts if known.fact(name) != value]
    return ["Answers that the exam already held were kept."] if kept else []
