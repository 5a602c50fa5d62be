"""The first answer for one signal, before it joins the exam: card, decay, *Add to exam*."""

from __future__ import annotations

import streamlit as st

from ironreport.exam import is_of_another_exam
from ironreport.records import DecaySignal, Exam, Measurement
from ironreport.ui import parts, state
from ironreport.ui.shown import plain


def show_answer(signal: DecaySignal, key: str) -> None:
    """Card and decay chart of one signal, with the button that adds it to the exam."""
    current = state.exam()
    measurement = Measurement(signal)
    alone = Exam(current.pseudonym, measurements=(measurement,), context=current.context)
    content = state.kept_content(f"{key}-described", state.kept_assessment(f"{key}-assessed", alone))
    card = content.cards[0]
    if is_of_another_exam(signal, current):
        parts.show_of_another_exam()
        return
    held = any(m.organ == measurement.organ for m in current.measurements)
    label = f"Replace {plain(card.name.lower())} in the exam" if held else "Add to exam"
    if st.button(label, type="primary", key=f"add-{key}-{state.token()}"):
        state.add(measurement)
        st.session_state["added"] = card.name
        st.rerun()
    added = st.session_state.pop("added", None)
    if added:
        st.success(f"{plain(added)} is in the exam. *Findings* shows every step.", icon=":material/check_circle:")
    left, right = st.columns([1, 1], gap="large")
    with left:
        parts.show_card(card)
        for line in (*content.local.lines, *content.local.local_limits):
            st.caption(plain(line, 500))
    with right:
        parts.show_decay(card, f"{key}-{state.token()}")
