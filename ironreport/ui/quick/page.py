"""The Quick check page: someone holds only a printed number, and the answer stands above everything asked for it."""

from __future__ import annotations

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.hospital.quick_checking import answer_at_hospital, check_at_hospital
from ironreport.records import QuickCheck
from ironreport.report.pdf.quick_page import quick_file_name, write_quick_pdf
from ironreport.report.quick_answer import QuickAnswer
from ironreport.ui import parts, state
from ironreport.ui.density import dense
from ironreport.ui.quick import fields
from ironreport.ui.quick.adding import draw_adding
from ironreport.ui.quick.answering import draw_doubts, draw_first, draw_next, draw_proof, draw_questions
from ironreport.ui.quick.box import draw_box
from ironreport.ui.shown import plain

EMPTY = "The answer stands here once the box or the fields hold a number: R2*, T2*, LIC, or several of them."


def show() -> None:
    """Draw the page: the box, the answer, then the fields it was read from."""
    dense()
    title, box = st.columns([1, 5], vertical_alignment="top")
    title.header("Quick check")
    with box:
        draw_box()
    left, right = st.columns([5, 3], gap="medium")
    with left:
        answer = _draw_answer()
    with right, st.container(key="quick-fields"):
        _draw_fields()
    if answer is not None:
        draw_proof(answer)


def _draw_fields() -> None:
    fields.draw_numbers()
    parts.field_choice(fields.field_key())
    parts.organ_choice(fields.key_of("organ"))
    low = st.columns(2)
    with low[0]:
        fields.draw_calibration()
        fields.draw_recommendation()
    with low[1]:
        fields.draw_number("r2_per_s")


def _draw_answer() -> QuickAnswer | None:
    entered = fields.entered()
    with st.container(border=True, key="quick-answer"):
        if entered.printed is None:
            st.markdown(plain(entered.waiting or EMPTY))
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
        _draw(check, answer)
    return answer


def _draw(check: QuickCheck, answer: QuickAnswer) -> None:
    draw_first(answer)
    draw_next(answer)
    draw_questions(answer, check.assessment.exam.context)
    with st.container(horizontal=True, vertical_alignment="center", key="quick-ways-out"):
        draw_adding(check)
        _draw_printing(answer)
    draw_doubts(answer)


def _draw_printing(answer: QuickAnswer) -> None:
    """The answer on one sheet of paper; the bytes are made when they are asked for."""
    paper = state.settings().file.paper
    st.download_button(
        "Print on one page", data=lambda: write_quick_pdf(answer, paper), file_name=quick_file_name(answer),
        mime="application/pdf", on_click="ignore", key=f"quick-pdf-{state.token()}",
        help="PDF: the answer, every calibration, and the source of every number.",
    )  # fmt: skip
