"""Plays guided cases: the story, then one question after the other, then what happened."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ironreport.teaching.case_file import Case, CaseQuestion, CaseReading
from ironreport.teaching.case_loading import CasesFound, all_cases
from ironreport.teaching.case_numbers import grade_label, iron_by_calibration, read_at_bench
from ironreport.teaching.marking import AnswerMark, mark_choice
from ironreport.teaching.scenes import scene_of
from ironreport.teaching.words import say
from ironreport.ui import state
from ironreport.ui.learn.bench import show_bench
from ironreport.ui.learn.case_state import CaseState, case_state, play_again
from ironreport.ui.learn.learn_charts import Curve, echoes_chart, points_chart
from ironreport.ui.learn.region_lesson import scene_picture, show_region_canvas, show_region_question
from ironreport.ui.shown import plain
from ironreport.units import rate_per_s, time_ms

CHOSEN = "learn-case"
MOST_CURVES = 4


def show_cases() -> None:
    """Draw the section."""
    found = all_cases(state.knowledge(), state.settings().teaching_folder)
    for refusal in found.refused:
        st.warning(plain(say("refused_case", what=refusal.what, cure=refusal.cure), 600), icon=":material/block:")
    case = _chosen(found)
    held = case_state(case)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _show_story(case, held)
    with right:
        _show_questions(case, held)
    if held.is_over(case):
        _show_reveal(case)


def _chosen(found: CasesFound) -> Case:
    cases = {case.id: case for case in found.cases}
    if st.session_state.get(CHOSEN) not in cases:
        st.session_state[CHOSEN] = found.cases[0].id
    box, following = st.columns([4, 1], vertical_alignment="bottom")
    box.selectbox(say("case"), list(cases), format_func=lambda i: _title(cases[i]), key=CHOSEN, persist_state="session")
    following.button(say("next_case"), on_click=_go_on, args=(list(cases),), width="stretch", key="learn-next")
    done = [str(case.number) for case in found.cases if case_state(case).is_over(case)]
    words = say("progress_which", numbers=", ".join(done)) if done else ""
    st.caption(plain(f"{say('progress', done=len(done), all=len(found.cases))} {words}", 300))
    return cases[st.session_state[CHOSEN]]


def _title(case: Case) -> str:
    # the same before and after it was played: a label that changes takes the choice with it
    return say("case_title", number=case.number, title=case.title)


def _go_on(ids: list[str]) -> None:
    st.session_state[CHOSEN] = ids[(ids.index(st.session_state[CHOSEN]) + 1) % len(ids)]


# ------------------------------------------------------------------------------------- the story


def _show_story(case: Case, held: CaseState) -> None:
    st.markdown(f"### {plain(say('case_title', number=case.number, title=case.title))}")
    st.markdown(plain(case.vignette, 1000))
    asked = held.open_question(case)
    if case.images is not None and asked is not None and asked.kind == "region":
        show_region_canvas(case.images, f"{case.id}-{asked.id}")
    elif case.data.te_ms:
        _show_echoes(case, held, asked)
        cells = {f"{te:g}": [f"{s:g}"] for te, s in zip(case.data.te_ms, case.data.signal, strict=True)}
        with st.expander(say("data")):
            st.table(cells, hide_index=True, alt=say("data"))
    elif case.images is not None:
        st.image(scene_picture(scene_of(case.images)), alt=say("image_alt"), width=360)


def _show_echoes(case: Case, held: CaseState, asked: CaseQuestion | None) -> None:
    """The echoes: with the curve of the bench while it is asked for, with every reading once all is answered."""
    log = st.toggle(say("log_axis"), key=f"log-{case.id}")
    curves: list[Curve] = []
    left_out: tuple[int, ...] = ()
    if asked is None:
        curves = _all_curves(case)
    elif asked.kind == "bench":
        found = held.bench(case)
        curves, left_out = [(say(f"by_{found.method.replace('-', '_')}"), found.curve)], found.left_out
    else:
        curves = _said_curve(case, held, asked)
    chart = echoes_chart(case.data.te_ms, case.data.signal, left_out, curves, log=log)
    st.vega_lite_chart(chart, width="stretch", key=f"story-{case.id}", alt=say("picture_alt"))


def _said_curve(case: Case, held: CaseState, asked: CaseQuestion) -> list[Curve]:
    """The curve that the last answer leads to, so that its number can be seen against the echoes."""
    reading = next((mark.reading for mark in held.marks(asked)), None)
    if reading is None or reading.by == "typed":
        return []
    found = read_at_bench(case.data, reading.by, reading.left_out, case.organ)
    return (
        [(say("curve_of", label=reading.label, t2star=f"{found.t2star_ms:.3g}"), found.curve)]
        if found.t2star_ms
        else []
    )


def _all_curves(case: Case) -> list[Curve]:
    read = [(r, read_at_bench(case.data, r.by, r.left_out, case.organ)) for r in case.reading if r.by != "typed"]
    curves: list[Curve] = [(r.label, found.curve) for r, found in read if found.curve]
    return curves[:MOST_CURVES]


# --------------------------------------------------------------------------------- the questions


def _show_questions(case: Case, held: CaseState) -> None:
    for number, question in enumerate(case.question, start=1):
        topic = say(f"topic_{question.topic.replace(' ', '_')}")
        with st.container(border=True, key=f"question-{case.id}-{question.id}"):
            st.caption(plain(say("question_of", number=number, all=len(case.question), topic=topic), 200))
            st.markdown(f"**{plain(question.ask, 900)}**")
            _show_question(case, question, held)
        if not held.is_solved(question):
            st.button(
                say("show_answer"), key=f"give-up-{case.id}-{question.id}", type="tertiary", on_click=held.give_up,
                args=(question,),
            )  # fmt: skip
            return


def _show_question(case: Case, question: CaseQuestion, held: CaseState) -> None:
    if question.kind == "choice":
        _show_choice(case, question, held)
    elif question.kind == "bench":
        show_bench(case, question, held)
    else:
        show_region_question(case, question, held)
    for mark in held.marks(question):
        _show_mark(mark)
    if question.id in held.hints and not held.is_solved(question):
        st.info(plain(say("hint_is", hint=question.hint), 900), icon=":material/lightbulb:")


def _show_choice(case: Case, question: CaseQuestion, held: CaseState) -> None:
    key = f"answer-{case.id}-{question.id}"
    chosen = st.radio(
        question.ask, range(len(question.answer)), index=None, format_func=lambda i: plain(question.answer[i].say, 900),
        key=key, label_visibility="collapsed", disabled=held.is_solved(question),
    )  # fmt: skip

    def check() -> None:
        if st.session_state.get(key) is not None:
            held.keep(question, mark_choice(case, question, st.session_state[key]))

    if not held.is_solved(question):
        with st.container(horizontal=True):
            st.button(
                say("check"),
                key=f"check-{case.id}-{question.id}",
                type="primary",
                on_click=check,
                disabled=chosen is None,
            )
            st.button(say("hint"), key=f"hint-{case.id}-{question.id}", on_click=held.hint, args=(question,))


def _show_mark(mark: AnswerMark) -> None:
    if mark.shown:
        st.info(plain(say("shown", because=mark.because), 900), icon=":material/visibility:")
    elif mark.right:
        st.success(plain(say("right", because=mark.because), 900), icon=":material/check:")
    else:
        st.warning(plain(say("wrong", because=mark.because), 900), icon=":material/undo:")


# ------------------------------------------------------------------------------------ the reveal


def _show_reveal(case: Case) -> None:
    with st.container(border=True, key=f"reveal-{case.id}"):
        st.markdown(f"### {say('reveal')}")
        st.caption(plain(say("mistake", mistake=case.mistake), 300))
        st.markdown(plain(case.reveal, 1000))
        _show_picture(case)
        if case.reading:
            st.markdown(f"**{say('readings')}**")
            st.table(_readings(case), hide_index=True, alt=say("readings"))
        st.markdown(f"**{plain(say('line', line=case.line), 300)}**")
        sources = state.knowledge().sources
        cited = "; ".join(sources[s].citation.rstrip(".") for s in case.sources)
        st.caption(plain(say("sources", sources=cited), 900))
        st.button(say("again"), key=f"again-{case.id}", type="tertiary", on_click=play_again, args=(case,))


def _show_picture(case: Case) -> None:
    if case.picture is not None:
        chart = points_chart(case.picture)
        st.vega_lite_chart(chart, width="stretch", key=f"reveal-chart-{case.id}", alt=say("picture_alt"))
    if case.data.true_t2star_ms is not None:
        st.caption(say("truth_is", t2star=f"{case.data.true_t2star_ms:g}"))


def _readings(case: Case) -> dict[str, Sequence[str]]:
    rows = [_row(case, reading) for reading in case.reading]
    names = ("reading_column", "t2star_column", "lic_column", "class_column", "why_column")
    return {say(name): [row[i] for row in rows] for i, name in enumerate(names)}


def _row(case: Case, reading: CaseReading) -> tuple[str, str, str, str, str]:
    field, t2star_ms = reading.field or case.data.field, reading.t2star_ms
    if reading.by != "typed":
        t2star_ms = read_at_bench(case.data, reading.by, reading.left_out, case.organ).t2star_ms
    elif reading.r2star_per_s is not None:
        t2star_ms = time_ms(reading.r2star_per_s)
    sign = "✓" if reading.right else "✗"
    if t2star_ms is None:
        return f"{sign} {plain(reading.label)}", say("no_number"), "", "", plain(reading.because, 900)
    knowledge = state.knowledge()
    iron = iron_by_calibration(case.organ, field, rate_per_s(t2star_ms), knowledge)
    default = next(iter(iron.values()), None) if case.organ == "liver" else None
    quantity, value = ("lic_mg_per_g", default) if default is not None else ("t2star_ms", t2star_ms)
    label = grade_label(case.organ, field, quantity, value, knowledge)
    lic = f"{default:.2f}" if default is not None else ""
    return f"{sign} {plain(reading.label)}", f"{t2star_ms:.3g}", lic, plain(label), plain(reading.because, 900)
