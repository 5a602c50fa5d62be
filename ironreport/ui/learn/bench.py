"""The bench: choose a method, leave echoes out, see what comes out, and keep it as the answer."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.teaching.case_file import Case, CaseQuestion
from ironreport.teaching.case_numbers import BenchReading, grade_label, iron_by_calibration
from ironreport.teaching.marking import AnswerMark, mark_bench
from ironreport.teaching.words import say
from ironreport.ui import state
from ironreport.ui.learn.case_state import BENCH_METHODS, CaseState
from ironreport.ui.shown import plain
from ironreport.units import rate_per_s


def show_bench(case: Case, question: CaseQuestion, held: CaseState) -> None:
    """Draw the bench of a question until it is answered."""
    if held.is_solved(question):
        return
    st.selectbox(
        say("method"), BENCH_METHODS, format_func=lambda m: say(f"by_{m.replace('-', '_')}"),
        key=f"bench-method-{case.id}",
    )  # fmt: skip
    st.pills(
        say("leave_out"), list(range(1, len(case.data.te_ms) + 1)), selection_mode="multi",
        format_func=lambda i: say("echo_label", number=i, te=f"{case.data.te_ms[i - 1]:g}"),
        key=f"bench-out-{case.id}", wrap=True,
    )  # fmt: skip
    found = held.bench(case)
    show_reading_of(found, case.organ, case.data.field)

    def keep() -> None:
        held.keep(question, _in_words(mark_bench(case, question, held.bench(case)), held.bench(case)))

    with st.container(horizontal=True):
        st.button(say("commit"), key=f"commit-{case.id}-{question.id}", type="primary", on_click=keep)
        st.button(say("hint"), key=f"hint-{case.id}-{question.id}", on_click=held.hint, args=(question,))


def show_reading_of(found: BenchReading, organ: str, field: str) -> None:
    """T2*, iron by each calibration and class of one reading."""
    if found.t2star_ms is None:
        st.info(plain(say("bench_none", why=found.refusal), 900), icon=":material/do_not_disturb_on:")
        return
    rate = rate_per_s(found.t2star_ms)
    st.markdown(f"**{plain(say('bench_reads', t2star=f'{found.t2star_ms:.4g}', r2star=f'{rate:.4g}'))}**")
    knowledge = state.knowledge()
    lines = [] if found.r_squared is None else [say("bench_r2", r2=f"{found.r_squared:.4f}")]
    label = grade_label(organ, field, "t2star_ms", found.t2star_ms, knowledge)
    lines += [say("class_by", **{"class": label})] if label else []
    names = {c.id: c.label for c in knowledge.calibrations(organ, field)}
    for calibration, iron in iron_by_calibration(organ, field, rate, knowledge).items():
        grade = grade_label(organ, field, "lic_mg_per_g", iron, knowledge)
        if grade:
            lines.append(say("lic_by", iron=f"{iron:.2f}", calibration=names[calibration], **{"class": grade}))
    st.markdown("  \n".join(plain(line) for line in lines))


def _in_words(mark: AnswerMark, found: BenchReading) -> AnswerMark:
    """The mark with the number that was read, and with a sentence where the case has none of its own."""
    if found.t2star_ms is None:
        return mark if mark.because else replace(mark, because=say(f"bench_refused_{_outcome(mark)}"))
    t2star = f"{found.t2star_ms:.4g}"
    because = mark.because or say(f"bench_{_outcome(mark)}")
    return replace(mark, because=say("bench_read", t2star=t2star, because=because))


def _outcome(mark: AnswerMark) -> str:
    return "right" if mark.right else "wrong"
