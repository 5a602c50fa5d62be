"""The answer on the screen: its first line, who says otherwise, the next scan, and what would change it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ironreport.knowledge.rules import Fact
from ironreport.records import Context
from ironreport.report.content import CitedText
from ironreport.report.quick_answer import Question, QuickAnswer
from ironreport.report.statuses import status_of
from ironreport.ui import parts, state
from ironreport.ui.quick.fields import key_of
from ironreport.ui.shown import plain

IN_A_ROW = 3
"""Questions side by side; a phone shows one below the other."""


def draw_first(answer: QuickAnswer) -> None:
    """What the printed number is, by what, and how many calibrations say otherwise."""
    if answer.critical:
        what = (
            f"Critical result: {answer.card.name.lower()} {answer.card.headline}."
            if answer.card.critical
            else answer.critical[0].text
        )
        st.error(f"**{plain(what, 400)}** The referring physician needs to know now.", icon=":material/emergency_home:")
    st.markdown(f"### {plain(answer.first)}")
    st.markdown(" ".join(plain(line, 600) for line in (answer.because, answer.otherwise) if line))


def draw_next(answer: QuickAnswer) -> None:
    """The next scan as suggested here, and beside it what the other report recommends."""
    if not answer.theirs:
        _line("Next scan", answer.next_scan[0])
        return
    ours, theirs = st.columns([3, 2])
    with ours:
        _line("Next scan", answer.next_scan[0])
    with theirs:
        _line("The other report", answer.theirs[0])
    for line in answer.theirs[1:]:
        st.caption(" · ".join(part for part in (plain(line.text, 900), _source(line)) if part))


def _line(title: str, line: CitedText) -> None:
    source = f" :small[{_source(line)}]" if line.sources else ""
    st.markdown(f"**{plain(title)}:** {plain(line.text, 900)}{source}")


def _source(line: CitedText) -> str:
    return plain(f"{status_of(line.evidence)}: {', '.join(line.sources)}", 400) if line.sources else ""


# ---------------------------------------------------------------------------- what would change it


def draw_questions(answer: QuickAnswer, context: Context) -> None:
    """The disease, what is answered so far, and the open facts that decide."""
    st.markdown(f"**What would change it**{_also(answer)}")
    facts = {f.id: f for f in state.knowledge().shared.fact}
    answered = [Question(name, facts[name].label, facts[name].answers, "") for name, _ in context.facts]
    asked = [q for q in (*answered, *answer.questions) if q.fact in facts]
    disease = next((q for q in answer.questions if q.fact == "disease"), None)
    _draw_disease(disease)
    for start in range(0, len(asked), IN_A_ROW):
        columns = st.columns(IN_A_ROW)
        for column, question in zip(columns, asked[start : start + IN_A_ROW], strict=False):
            with column:
                draw_fact(facts[question.fact], question.effect)
    if not asked and disease is None and context.disease != "unknown":
        st.caption("No further fact would change it by the rules here.")


def _also(answer: QuickAnswer) -> str:
    if not answer.also_open:
        return ""
    named = plain(f"(not measured: {', '.join(answer.also_open)})", 300)
    return f" :small[{named}]"


def _draw_disease(question: Question | None) -> None:
    diseases = state.knowledge().diseases
    ids = ["unknown", *(d for d in diseases if d != "unknown")]
    st.selectbox("Disease", ids, format_func=lambda d: diseases[d].name, key=key_of("disease"), persist_state="session")
    if question is not None:
        st.caption(plain(question.effect, 400))


def draw_fact(fact: Fact, effect: str) -> None:
    """One question; nothing chosen is a real answer: not known."""
    key = key_of(f"fact-{fact.id}")
    if fact.kind == "choice":
        st.segmented_control(
            plain(fact.label), fact.answers, format_func=plain, key=key, persist_state="session", wrap=True
        )
    elif fact.kind == "number":
        parts.typed_number(plain(fact.label), key, "unknown")
    else:
        st.text_input(plain(fact.label), key=key, placeholder="unknown", max_chars=30, persist_state="session")
    if effect:
        st.caption(plain(effect, 300))


# ------------------------------------------------------------------------------------- the proof


def draw_doubts(answer: QuickAnswer) -> None:
    """Cautions first, then what a number without its curve cannot say, and what the site adds."""
    parts.show_cautions(answer.card.cautions)
    local = answer.content.local
    rest = [line for line in answer.doubts if line not in answer.card.cautions]
    for line in (*rest, *local.lines, *local.local_limits, *(line.text for line in answer.next_scan[1:])):
        st.caption(plain(line, 600))


def draw_proof(answer: QuickAnswer) -> None:
    """Every calibration, the card, the prompts, and who decides."""
    if answer.rows:
        st.markdown("**The same number under every enabled calibration**")
        frame = pd.DataFrame(
            {
                "calibration": [f"{'▸ ' if row.is_used else ''}{row.label}" for row in answer.rows],
                "R2* behind it [s⁻¹]": [row.r2star for row in answer.rows],
                "LIC by it [mg/g]": [row.lic for row in answer.rows],
                "class": [row.class_word or "-" for row in answer.rows],
                "gives the printed LIC": [row.gives_printed for row in answer.rows],
            }
        )
        st.dataframe(frame, hide_index=True, width="stretch", alt="LIC under every enabled calibration")
    parts.show_card(answer.card, key="quick")
    if answer.prompts:
        with st.container(border=True, key="quick-prompts"):
            st.markdown("**Prompts**")
            parts.show_cited(answer.prompts)
    st.caption(plain(answer.content.physician_decides))
    st.caption(plain(answer.content.disclaimer, 900))
