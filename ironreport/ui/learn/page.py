"""The Learn page: one section at a time, chosen at the top."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ironreport.teaching.words import say
from ironreport.ui.learn.case_player import show_cases
from ironreport.ui.learn.glossary_list import show_glossary
from ironreport.ui.learn.practice_view import show_practice
from ironreport.ui.learn.region_lesson import show_lessons
from ironreport.ui.learn.simulator_view import show_simulator
from ironreport.ui.learn.teacher_view import show_teacher
from ironreport.ui.shown import plain

SECTIONS: dict[str, Callable[[], None]] = {
    "section_cases": show_cases,
    "section_regions": show_lessons,
    "section_simulator": show_simulator,
    "section_practice": show_practice,
    "section_glossary": show_glossary,
    "section_teacher": show_teacher,
}


def show() -> None:
    """Draw the page."""
    st.caption(plain(say("intro"), 300))
    chosen = st.segmented_control(
        say("section"), list(SECTIONS), format_func=say, key="learn-section", default="section_cases",
        label_visibility="collapsed", required=True, wrap=True, persist_state="session",
    )  # fmt: skip
    SECTIONS[chosen or "section_cases"]()
