"""One box for all: a pasted sentence fills the fields below it, and says what it read and what it did not."""

from __future__ import annotations

import streamlit as st

from ironreport.intake.printed import PrintedSentence, mentioned, of_one_organ, read_sentence
from ironreport.intake.printed.printed_number import written
from ironreport.intake.printed.printed_sentence import MOST_CHARACTERS
from ironreport.ui import parts, state
from ironreport.ui.filled import fill
from ironreport.ui.quick.fields import LABELS, NOT_STATED, calibration_key, field_key, key_of, lic_organ
from ironreport.ui.shown import plain

EXAMPLE = "R2* 67.73 Hz, T2* 14.76 ms, LIC 2.1 mg/g at 1.5 T, recommended: every 1 to 2 years"
FILLED = "quick-filled-by-the-box"


def draw_box() -> None:
    """The box, and below it what was understood."""
    st.text_input(
        "What the other report says, in one sentence", key=key_of("box"), placeholder=f"e.g. {EXAMPLE}", live="400ms",
        on_change=_fill, persist_state="session",
    )  # fmt: skip
    text = st.session_state.get(key_of("box")) or ""
    if not text.strip():
        return
    found = _read(text)
    for objection in found.objections:
        st.error(f"{plain(objection.what)} {plain(objection.cure)}")
    st.caption(plain(_as_read(text, found), 600))


def _read(text: str) -> PrintedSentence:
    """The sentence without what may be of another organ than its LIC."""
    others = [state.knowledge().organs[o].name for o in _organs(text) if o != lic_organ()]
    return of_one_organ(read_sentence(text), others)


def _as_read(text: str, found: PrintedSentence) -> str:
    """What was understood of the sentence, and the numbers that were not."""
    read = [_named(q, number.value, number.other) for q, number in found.numbers.items()]
    read += [f"{found.field_tesla:g} T"] if found.field_tesla else []
    read += [state.knowledge().organs[o].name for o in _organs(text)]
    read += [state.knowledge().diseases[d].name for d in _diseases(text)]
    read += [f"next scan {found.recommendation.words}"] if found.recommendation else []
    left = [f"Not read: {', '.join(found.unread)}."] if found.unread else []
    left += [f"Only the first {MOST_CHARACTERS} characters were read."] if len(text) > MOST_CHARACTERS else []
    if not read:
        return " ".join(["No number with its name was found.", *left, f"Write, for example: {EXAMPLE}."])
    return " ".join([f"Read: {' · '.join(read)}.", *left])


def _named(quantity: str, value: float, other: float | None) -> str:
    label = LABELS[quantity][1].partition(" [")[0]
    return f"{label} {written(value, quantity)}" + (f" or {written(other, quantity)}" if other else "")


def _fill() -> None:
    """Put what the sentence says into the fields; what an earlier sentence had put there goes."""
    text = st.session_state.get(key_of("box")) or ""
    found = _read(text)
    filled: dict[str, str] = {
        key_of(LABELS[q][0]): f"{number.value:.10g}" if number.other is None else _as_typed(number.value)
        for q, number in found.numbers.items()
    }
    organs, diseases = _organs(text), _diseases(text)
    if "lic_mg_per_g" in found.numbers:
        filled[key_of("organ")] = lic_organ()
    elif len(organs) == 1:
        filled[key_of("organ")] = organs[0]
    if len(diseases) == 1:
        filled[key_of("disease")] = diseases[0]
    if found.field_tesla is not None:
        filled |= _field(found.field_tesla)
    if found.recommendation is not None:
        source = f" ({found.recommendation.source})" if found.recommendation.source else ""
        filled[key_of("theirs")] = f"{found.recommendation.words}{source}"
    filled |= _calibration(text, filled.get(key_of("organ"), ""), found.field_tesla)
    left_over = set(st.session_state.get(FILLED, ())) - filled.keys()
    fill({key: _empty(key) for key in left_over})
    fill(filled)
    st.session_state[FILLED] = tuple(filled)


def _as_typed(value: float) -> str:
    """A number with two readings keeps its three decimals, so that the field asks which is meant."""
    return f"{value:.3f}"


def _empty(key: str) -> str | None:
    if key == key_of("disease"):
        return "unknown"
    if key.startswith(key_of("calibration")):
        return NOT_STATED
    return None if key in (key_of("organ"), field_key()) else ""


def _field(field_tesla: float) -> dict[str, str]:
    known = state.knowledge().field_class(field_tesla)
    if known is not None:
        return {field_key(): known.label}
    return {field_key(): parts.OTHER_FIELD, f"{field_key()}-other": f"{field_tesla:g}"}


def _organs(text: str) -> tuple[str, ...]:
    organs = state.knowledge().organs
    return mentioned(text, {o.id: (o.name, *o.said_words) for o in organs.values()})


def _diseases(text: str) -> tuple[str, ...]:
    """Diseases named in full or by the letters that stand in brackets behind their name."""
    named = {}
    for disease in state.knowledge().diseases.values():
        name, _, letters = disease.name.partition(" (")
        if disease.id != "unknown":
            named[disease.id] = tuple(part for part in (name, letters.rstrip(")")) if part)
    return mentioned(text, named)


def _calibration(text: str, organ: str, field_tesla: float | None) -> dict[str, str]:
    """The calibration whose first author the sentence names, where that is one of this field."""
    known = state.knowledge().field_class(field_tesla)
    if known is None or not organ:
        return {}
    found = [c for c in state.knowledge().calibrations(organ, known.id) if not c.requires and not c.information_only]
    named = mentioned(text, {c.id: (c.label.split()[0],) for c in found})
    return {calibration_key(organ, float(known.id)): named[0]} if len(named) == 1 else {}
