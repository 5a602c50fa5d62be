"""The Findings page: answer first, heart before liver, then each step with its choices."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from ironreport.knowledge.glossary import published_glossary
from ironreport.knowledge.rules import Fact
from ironreport.knowledge.schema import Calibration
from ironreport.records import Choices, Context, DecaySignal, Finding
from ironreport.relaxometry import METHODS
from ironreport.report.content import Card, ReportContent, Step
from ironreport.report.explained.explaining import formulas_of, texts_of_step
from ironreport.report.explained.short_why import short_why
from ironreport.ui import parts, state
from ironreport.ui.charts import decay_chart
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain

STEPS, ABOUT = "steps", "about-patient"
"""What is drawn once it is opened: a page with all of it takes four times as long."""


def show() -> None:
    """Draw the page."""
    if not state.exam().measurements:
        parts.show_empty("Each organ of the exam gets a card here: value, interval, class, and every step behind it.")
        return
    _context_form()
    assessment = state.assessment()
    content = state.content()
    _show_answers(content)
    _show_critical_lines(content)
    _show_next_scan(content)
    for line in (*content.local.lines, *content.local.local_limits):
        st.caption(plain(line, 500))
    for card, finding in zip(content.cards, assessment.findings, strict=True):
        parts.show_card(card)
        with st.expander(f"Why? {plain(card.name)} in three sentences", expanded=len(content.cards) == 1):
            _short_answer(card, finding)
            key = f"{STEPS}-{card.organ}-{state.token()}"
            with st.expander(f"More: every step for {plain(card.name.lower())}", key=key, on_change="rerun"):
                if parts.is_drawn(key):
                    _notebook(card, finding)
    if content.not_assessed:
        st.caption(plain(f"Not assessed: {', '.join(content.not_assessed)}. Nothing is said about them.", 400))


# ---------------------------------------------------------------------------------- the context


def _context_form() -> None:
    context = state.exam().context
    disease = state.knowledge().diseases[context.disease].name
    key, changed = f"{ABOUT}-{state.token()}", context
    st.caption(f"About the patient: {plain(disease)}")
    # its label never changes: Streamlit would take it for another one, and close it while somebody types
    with st.expander("Patient", key=key, on_change="rerun"):
        if parts.is_drawn(key):
            changed = _answers(context)
    if changed != context:
        state.put_context(changed)
        st.rerun()


def _answers(context: Context) -> Context:
    """The questions, and what is known of the patient after this run."""
    st.caption("*unknown*, or an empty field, is a real answer. A missing fact never makes the interval longer.")
    columns = st.columns(4)
    with columns[0]:
        chosen = parts.disease_choice(context.disease, f"disease-{state.token()}")
    facts = []
    for i, fact in enumerate(state.knowledge().shared.fact, start=1):
        with columns[i % 4]:
            facts.append((fact.id, _answer(fact, context.fact(fact.id))))
    return replace(context, disease=chosen, facts=tuple(f for f in facts if f[1] != "unknown"))


def _answer(fact: Fact, current: str) -> str:
    """The answer to one question; an empty or refused field is unknown."""
    key = f"fact-{fact.id}-{state.token()}"
    if fact.kind == "choice":
        answers = ["unknown", *fact.answers]
        at = answers.index(current) if current in answers else 0
        return st.selectbox(plain(fact.label), answers, index=at, key=key) or "unknown"
    if key not in st.session_state and current != "unknown":
        st.session_state[key] = current  # an exam opened from a file brings its answers
    if fact.kind == "number":
        given = parts.typed_number(plain(fact.label), key, "unknown")
        return "unknown" if given is None else f"{given:.10g}"
    typed = st.text_input(plain(fact.label), key=key, placeholder="unknown", max_chars=30, persist_state="session")
    return (typed or "").strip() or "unknown"


def _show_answers(content: ReportContent) -> None:
    """What is critical, then one line an organ: the whole exam is seen on the first screen, before its cards."""
    with st.container(border=True, key="answers", gap="xsmall"):
        if content.critical:
            values = "".join(f"{plain(value, 300)}. " for value in content.critical_values)
            st.error(f"**Critical result.** {values}", icon=":material/emergency_home:")
        for card in content.cards:
            answer = plain(card.answer.removeprefix(f"{card.name}: "), 300)
            doubts = [plain(f"{len(card.doubts)} to be read below")] if card.doubts else []
            st.markdown(" · ".join([f"**{plain(card.name)}** {answer}", *doubts]))
        critical = [f"Critical result. {value}" for value in content.critical_values]
        said = [*critical, *(card.answer for card in content.cards)]
        show_explained(said, label="Explain these findings")


def _show_critical_lines(content: ReportContent) -> None:
    if content.critical:
        parts.show_cited(content.critical)
        show_explained([line.text for line in content.critical], label="Explain the critical result")


def _show_next_scan(content: ReportContent) -> None:
    with st.container(border=True, key="next-scan"):
        st.markdown("**Next scan**")
        parts.show_cited(content.next_scan)
        st.caption(plain(content.physician_decides))
        show_explained(["Next scan", *(line.text for line in content.next_scan)])


# ---------------------------------------------------------------------------------- the notebook


def _short_answer(card: Card, finding: Finding) -> None:
    """Three sentences and one picture; the steps stand behind *More*."""
    said = short_why(finding, card, published_glossary().why, state.knowledge())
    for sentence in said:
        st.markdown(plain(sentence, 600))
    if card.decay is not None:
        words = f"{card.decay.title}: {len(card.decay.points)} echoes. {card.measured}"
        st.vega_lite_chart(decay_chart(card.decay), width="stretch", key=f"why-{card.organ}", alt=words)
    show_explained(said, formulas_of(card))


def _notebook(card: Card, finding: Finding) -> None:
    """One cell a step; a choice in one cell re-runs what stands below it."""
    for number, step in enumerate(card.steps, start=1):
        with st.container(border=True, key=f"cell-{card.organ}-{step.key}"):
            st.markdown(f"**[{number}] {plain(step.title)}**")
            _choices(step, finding)
            parts.show_step(step)
            if step.key == "fit":
                parts.show_decay(card, f"findings-{card.organ}", partial(_toggle, finding.organ))
                if card.fit_rows:
                    parts.show_rows(card.fit_rows, f"Fit of the {card.name.lower()}")
            show_explained(_said_in(step, card), step.formula)
    if card.tests:
        tests = f"Tests to correlate: {', '.join(card.tests)}."
        st.caption(plain(tests, 600))
        show_explained([tests])
    if st.button(f"Take {plain(card.name.lower())} out of the exam", key=f"remove-{card.organ}"):
        state.remove(card.organ)
        st.rerun()


def _said_in(step: Step, card: Card) -> tuple[str, ...]:
    rows = tuple(f"{row.label}: {row.value}" for row in card.fit_rows) if step.key == "fit" else ()
    return (*texts_of_step(step), *rows)


def _choices(step: Step, finding: Finding) -> None:
    if step.key == "fit" and isinstance(finding.measurement.signal, DecaySignal):
        _fit_choices(finding, finding.measurement.signal)
    if step.key == "calibration":
        _calibration_choice(finding)
    if step.key == "class":
        _ladder_choice(finding)


def _toggle(organ: str, echo: int) -> None:
    """Leave an echo out, or take it back."""
    choices = state.choices(organ)
    left_out = set(choices.left_out) ^ {echo}
    state.choose(organ, replace(choices, left_out=tuple(sorted(left_out))))
    # the list of echoes beside the chart is drawn anew from the choices
    st.session_state.pop(f"left-out-{organ}-{state.token()}", None)


def _keep(finding: Finding, choices: Choices) -> None:
    if choices != state.choices(finding.organ):
        state.choose(finding.organ, choices)
        st.rerun()


def _fit_choices(finding: Finding, signal: DecaySignal) -> None:
    choices = state.choices(finding.organ)
    columns = st.columns(2)
    methods = list(METHODS)
    method = columns[0].selectbox(
        "Model", methods, index=methods.index(choices.method), format_func=lambda m: METHODS[m],
        key=f"method-{finding.organ}-{state.token()}",
    )  # fmt: skip
    left_out = columns[1].multiselect(
        "Leave echoes out", list(range(signal.n_echoes)), default=list(choices.left_out),
        format_func=lambda i: f"{i + 1} (TE {signal.te_ms[i]:g} ms)", key=f"left-out-{finding.organ}-{state.token()}",
    )  # fmt: skip
    _keep(finding, replace(choices, method=method or "auto", left_out=tuple(sorted(left_out))))


def _calibration_choice(finding: Finding) -> None:
    estimate, choices = finding.estimate, state.choices(finding.organ)
    if estimate is None or estimate.iron is None or estimate.rate is None:
        return
    offered = {estimate.iron.calibration, *(o.calibration for o in estimate.others)}
    found = [c for c in state.knowledge().calibrations(finding.organ, estimate.field) if c.id in offered]
    if len(found) < 2:
        return
    ids = [c.id for c in found]
    at = ids.index(estimate.iron.calibration)
    chosen = st.selectbox(
        "Calibration", ids, index=at, format_func=lambda i: _calibration_name(found, i),
        key=f"calibration-{finding.organ}-{state.token()}",
    )  # fmt: skip
    default = state.calibration_by_default(finding.organ, estimate.field)
    _keep(finding, replace(choices, calibration="" if chosen in (None, default) else chosen))


def _calibration_name(found: list[Calibration], calibration_id: str) -> str:
    calibration = next(c for c in found if c.id == calibration_id)
    return f"{calibration.label} ({calibration.id}){', published default' if calibration.default else ''}"


def _ladder_choice(finding: Finding) -> None:
    estimate, choices = finding.estimate, state.choices(finding.organ)
    if estimate is None or finding.grading is None:
        return
    ladders = state.knowledge().ladders(finding.organ, estimate.field)
    if len(ladders) < 2:
        return
    ids = [x.id for x in ladders]
    names = {x.id: f"{x.label}{', published default' if x.default else ''}" for x in ladders}
    chosen = st.selectbox(
        "Ladder", ids, index=ids.index(finding.grading.ladder), format_func=lambda i: names[i],
        key=f"ladder-{finding.organ}-{state.token()}",
    )  # fmt: skip
    default = state.ladder_by_default(finding.organ, estimate.field)
    _keep(finding, replace(choices, ladder="" if chosen in (None, default) else chosen))
