"""Parts that several pages share: the finding card, the notebook cells, refusals, choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.intake.numerals import Objection, read_numeral
from ironreport.language import unsaid
from ironreport.report.content import Card, CitedText, Row, Step
from ironreport.report.explained.explaining import formulas_of, texts_of_card
from ironreport.report.statuses import status_of
from ironreport.ui import state
from ironreport.ui.charts import CLICKED, band_chart, decay_chart, residual_chart
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain
from ironreport.ui.vega import Spec

STANDING = {"established": "established", "validated": "validated", "research": "research level"}


def show_refusal(error: IronReportError) -> None:
    """What happened and what to do, beside its cause."""
    st.error(f"**{plain(error.refusal.what)}** {plain(error.refusal.cure)}", icon=":material/block:")


def show_of_another_exam() -> None:
    """Why images of another exam are not measured into this one."""
    st.error(
        "**These images belong to another patient or exam than those already measured.** "
        "One report of both would be wrong for both. Choose *New exam* first, or load the right images.",
        icon=":material/block:",
    )


def show_cautions(texts: Sequence[str]) -> None:
    """Doubts, each as a line of its own."""
    for text in texts:
        st.warning(plain(text, 600), icon=":material/warning:")


def show_rows(rows: Sequence[Row], alt: str) -> None:
    """Labels and values as a still table; cells are plain text."""
    st.table({"": [plain(r.label) for r in rows], " ": [plain(r.value, 600) for r in rows]}, hide_header=True, alt=alt)


def show_card(card: Card, key: str = "") -> None:
    """The answer first: value, interval, class word; then doubt, then the sentence."""
    key = key or card.organ
    with st.container(border=True, key=f"card-{key}"):
        st.markdown(f"**{plain(card.name)}** :small[{plain(card.where)} · {plain(STANDING[card.standing])}]")
        if card.critical:
            st.error(
                "**Critical result.** The referring physician needs to know now.", icon=":material/emergency_home:"
            )
        _show_answer(card)
        if card.band is not None:
            st.vega_lite_chart(band_chart(card.band), width="stretch", key=f"band-{key}", alt=_band_words(card))
        if card.measured:
            st.markdown(plain(card.measured, 400))
        proof = [card.calibration, f"ladder {card.ladder}" if card.ladder else "", card.other_calibrations]
        if any(proof):
            st.caption(plain(" · ".join(p for p in proof if p), 500))
        if card.absence and not card.severity:
            st.info(plain(" ".join(card.absence), 900), icon=":material/do_not_disturb_on:")
        for flag in card.flags:
            st.info(plain(flag, 600), icon=":material/flag:")
        show_cautions(card.cautions)
        show_cited(card.sentences)
        show_explained(texts_of_card(card), formulas_of(card))


def _show_answer(card: Card) -> None:
    """Value, interval and class word in full: nothing is cut off on a narrow screen."""
    word = card.class_word + (", provisional" if card.provisional else "")
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.markdown(f"## {plain(card.headline)}")
    left.markdown(plain(card.interval) if card.interval else "no interval")
    right.markdown(f"### {plain(word)}")


def _band_words(card: Card) -> str:
    return f"{card.name}: {card.headline}, {card.class_word}"


def show_cited(lines: Sequence[CitedText]) -> None:
    """Sentences of one pattern together, each run of lines with its status and sources."""
    for rule in dict.fromkeys(line.rule for line in lines):
        run = [line for line in lines if line.rule == rule]
        sources = ", ".join(dict.fromkeys(s for line in run for s in line.sources))
        status = ", ".join(dict.fromkeys(status_of(line.evidence) for line in run if line.evidence))
        st.markdown(plain(" ".join(line.text for line in run), 1500))
        if rule:
            st.caption(plain(f"{status} · {sources}", 600))


def show_step(step: Step) -> None:
    """One notebook cell: what goes in, the formula with numbers, what comes out."""
    for line in step.given:
        st.caption(plain(line, 600))
    if step.formula:
        st.code("\n".join(step.formula), language=None, wrap_lines=True)
    for i, line in enumerate(step.result):
        st.markdown(f"**{plain(line, 800)}**" if i == 0 else plain(line, 800))
    show_cautions(step.cautions)
    if step.sources:
        st.caption(f"Sources: {plain(', '.join(step.sources), 400)}")


def show_decay(card: Card, key: str, on_echo: Callable[[int], None] | None = None) -> None:
    """The decay chart with a linear or logarithmic axis; ``on_echo`` gets the echo that was clicked, from 0."""
    if card.decay is None:
        return
    log = st.toggle("Logarithmic signal axis", key=f"log-{key}")
    words = f"{card.decay.title}: {len(card.decay.points)} echoes. {card.measured}"
    chart = decay_chart(card.decay, log=log, clickable=on_echo is not None)
    if on_echo is None:
        st.vega_lite_chart(chart, width="stretch", key=f"decay-{key}", alt=words)
    else:
        _show_clickable(chart, f"decay-{key}", words, on_echo)
    if card.decay.curve:
        residuals = f"Residuals of the {card.name.lower()} fit"
        st.vega_lite_chart(residual_chart(card.decay), width="stretch", key=f"residuals-{key}", alt=residuals)
    hollow = [p for p in card.decay.points if p.left_out_because]
    if hollow:
        named = "; ".join(f"echo {p.echo} ({p.left_out_because})" for p in hollow)
        st.caption(plain(f"Hollow points were left out: {named}. Thin grey lines: other models.", 900))


def _show_clickable(chart: Spec, key: str, words: str, on_echo: Callable[[int], None]) -> None:
    """The chart, drawn anew after each click so that the same echo can be clicked again."""
    turn = st.session_state.setdefault(f"{key}-turn", 0)

    def clicked() -> None:
        picked = st.session_state[f"{key}-{turn}"].selection.get(CLICKED) or []
        st.session_state[f"{key}-turn"] = turn + 1
        for point in picked:
            on_echo(int(point["echo"]) - 1)

    st.vega_lite_chart(
        chart, width="stretch", key=f"{key}-{turn}", alt=words, on_select=clicked, selection_mode=CLICKED
    )
    st.caption("Click an echo to leave it out of the fit, or to take it back.")


OTHER_FIELD = "another"


def field_choice(key: str) -> float | None:
    """The field strength as a required choice without a default [T]; None until chosen."""
    known = {f.label: float(f.id) for f in state.knowledge().shared.field}
    label = st.segmented_control(
        "Field strength (required)", [*known, OTHER_FIELD], key=key, wrap=True, persist_state="session",
        help="A 3 T value read with 1.5 T limits is far off, so there is no default.",
    )  # fmt: skip
    if label is None:
        return None
    return known[label] if label in known else typed_number("Field [T]: T2* and R2* only", f"{key}-other")


def typed_number(
    label: str, key: str, placeholder: str = "", help_text: str | None = None, *, may_be_zero: bool = False
) -> float | None:
    """A number above zero (or zero, where that is an answer), with decimal point or comma; None if empty or refused."""
    typed = st.text_input(
        label, key=key, placeholder=placeholder, help=help_text, max_chars=20, persist_state="session"
    )
    if not (typed or "").strip():
        return None
    found = read_numeral(typed or "")
    if isinstance(found, Objection):
        st.error(f"{plain(found.what)} {plain(found.cure)}")
        return None
    too_small = found.value < 0.0 if may_be_zero else found.value <= 0.0
    if too_small or found.unit or found.maybe_grouped:
        st.error(
            "Type one number, zero or more, without unit and without thousands separator, for example 67.73."
            if may_be_zero
            else "Type one number above zero, without unit and without thousands separator, for example 67.73."
        )
        return None
    return found.value


def organ_choice(key: str, label: str = "Organ") -> str | None:
    """The organ as a required choice."""
    organs = state.knowledge().organs
    return st.pills(
        label, list(organs), format_func=lambda o: plain(organs[o].name), key=key, wrap=True, persist_state="session"
    )


def location_field(organ: str | None, key: str) -> str:
    """Where in the organ, as the exam keeps it: a place that is proposed for the organ is kept in English."""
    typed = st.text_input("Location (optional)", key=key, max_chars=60)
    return unsaid(typed or "", state.knowledge().organ(organ).draw_at if organ else ())


def disease_choice(current: str, key: str) -> str:
    """The disease; 'not known' is a real answer."""
    diseases = state.knowledge().diseases
    ids = ["unknown", *(d for d in diseases if d != "unknown")]
    chosen = st.selectbox("Disease", ids, index=ids.index(current), format_func=lambda d: diseases[d].name, key=key)
    return chosen or "unknown"


def is_drawn(key: str) -> bool:
    """Whether what stands in an expander is drawn in this run: while it is open, and once more when it is closed.

    The click that closes it may also end the typing in a field in it, and both may come with one run.

    Parameters
    ----------
    key : str
        Of the expander, which tells of its opening and closing (``on_change``).
    """
    is_open = bool(st.session_state.get(key))
    was_open = bool(st.session_state.get(f"{key}-before"))
    st.session_state[f"{key}-before"] = is_open
    return is_open or was_open


def show_empty(what: str) -> None:
    """An empty page: one sentence on what goes here and the two ways on."""
    st.info(what, icon=":material/info:")
    st.page_link("pages/2_Signals.py", label="Paste echo times and signals")
    st.page_link("pages/3_Images.py", label="Open DICOM images")
    st.caption("*Load a sample exam* stands in the side panel.")
