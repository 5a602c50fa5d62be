"""The Quick check page: someone holds only a printed number, and the answer stands above everything asked for it."""

from __future__ import annotations

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.hospital.quick_checking import answer_at_hospital, check_at_hospital
from ironreport.records import QuickCheck
from ironreport.report.pdf.quick_page import quick_file_name, write_quick_pdf
from ironreport.report.quick_answer import QuickAnswer
from ironreport.ui import parts, state
from ironreport.ui.quick import fields
from ironreport.ui.quick.adding import draw_added, draw_adding
from ironreport.ui.quick.answering import draw_doubts, draw_first, draw_next, draw_proof, draw_questions
from ironreport.ui.quick.box import draw_box
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

WAITING = {
    "": "The answer stands here once the box or the fields hold a number: R2*, T2*, LIC, or several of them.",
    "meant": "Choose which number is meant: the two are a thousand-fold apart.",
    "organ": "Choose the organ.",
}


def show() -> None:
    """Draw the page: the box, the answer, then the fields it was read from."""
    title, box = st.columns([1, 5], vertical_alignment="top")
    title.header("Quick check")
    with box:
        draw_box()
    entered = fields.entered()
    left, right = st.columns([5, 3], gap="medium")
    with right, st.container(key="quick-fields"):
        _draw_fields(entered)  # first: whoever sees the answer has also received what it was made from
    with left, st.container(border=True, key="quick-answer"):
        answer = _draw_answer(entered)
    if answer is not None:
        draw_proof(answer)


def _draw_fields(entered: fields.Entered) -> None:
    """The fields, without those that the answer asks for."""
    fields.draw_numbers()
    if not _asks_field(entered):
        parts.field_choice(fields.field_key())
    if entered.waiting != "organ":
        parts.organ_choice(fields.key_of("organ"))
    low = st.columns(2)
    with low[0]:
        fields.draw_calibration()
        fields.draw_recommendation()
    with low[1]:
        fields.draw_spin_echo()


def _asks_field(entered: fields.Entered) -> bool:
    """Whether the field strength is what the answer waits for; typing another one keeps its place."""
    return entered.printed is not None and not st.session_state.get(fields.field_key())


def _draw_answer(entered: fields.Entered) -> QuickAnswer | None:
    fields.draw_meant()
    if entered.waiting == "organ":
        parts.organ_choice(fields.key_of("organ"), "Which organ?")
    if entered.printed is None:
        st.markdown(plain(WAITING[entered.waiting]))
        return None
    try:
        check = check_at_hospital(
            entered.printed, entered.context, state.settings(), state.knowledge(), entered.recommendation,
            entered.notes,
        )  # fmt: skip
    except IronReportError as error:
        parts.show_refusal(error)
        return None
    answer = answer_at_hospital(check, state.settings(), state.knowledge())
    _draw(check, answer, asks_field=_asks_field(entered))
    return answer


def _draw(check: QuickCheck, answer: QuickAnswer, asks_field: bool) -> None:
    draw_first(answer)
    if asks_field:
        parts.field_choice(fields.field_key())
    draw_next(answer)
    draw_questions(answer, check.assessment.exam.context)
    with st.container(horizontal=True, vertical_alignment="center", key="quick-ways-out"):
        draw_adding(check)
        _draw_printing(answer)
    draw_added(check)
    draw_doubts(answer)


def _draw_printing(answer: QuickAnswer) -> None:
    """The answer on one sheet of paper; the bytes are made when they are asked for."""
    paper, language = state.settings().file.paper, here().code
    st.download_button(
        "Print on one page", data=lambda: write_quick_pdf(answer, paper, language), file_name=quick_file_name(answer),
        mime="application/pdf", on_click="ignore", key=f"quick-pdf-{state.token()}",
        help="PDF: the answer, every calibration, and the source of every number.",
    )  # fmt: skip
