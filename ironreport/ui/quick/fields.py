"""What is typed on the Quick check page, field by field: kept as typed, read as meant, objected to in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from ironreport.intake.numerals import Objection, read_numeral
from ironreport.intake.printed import PrintedNumber, chosen, read_printed_number, read_recommendation, settled
from ironreport.records import Context, PrintedResult, Recommendation
from ironreport.ui import parts, state
from ironreport.ui.shown import plain

LABELS = {  # no number as an example: pale as it is, it looks typed
    "r2star_per_s": ("r2star", "R2* [s⁻¹]", ""),
    "t2star_ms": ("t2star", "T2* [ms]", ""),
    "lic_mg_per_g": ("lic", "LIC [mg/g]", ""),
    "r2_per_s": ("r2", "R2, spin echo [s⁻¹]", "only if stated"),
}
NOT_STATED = "not stated"
UNKNOWN = "unknown"
MOST_CHARACTERS = 200
"""Of one field; no number and no interval needs more. The field itself shows no count, which would cover the text."""


@dataclass(frozen=True, slots=True)
class Entered:
    """All that is typed and chosen at the moment; ``waiting`` says what must be answered first."""

    printed: PrintedResult | None
    context: Context
    recommendation: Recommendation | None = None
    notes: tuple[str, ...] = ()
    waiting: Literal["", "meant", "organ"] = ""


def key_of(name: str) -> str:
    """Key of a field of this page; it belongs to the exam."""
    return f"quick-{name}-{state.token()}"


def typed(name: str) -> str:
    """What stands in a field now."""
    return str(st.session_state.get(key_of(name)) or "").strip()[:MOST_CHARACTERS]


def lic_organ() -> str:
    """The organ that an LIC can be of: the one that calibrations give an LIC for."""
    organs = state.knowledge().organs.values()
    return next((o.id for o in organs if any(c.output == "lic_mg_per_g" for c in o.calibration)), "")


def chosen_organ() -> tuple[str, bool]:
    """The organ chosen, or the one that a printed LIC must be of, and whether it was chosen."""
    organ = st.session_state.get(key_of("organ"))
    if organ:
        return str(organ), True
    return (lic_organ(), False) if typed("lic") else ("", False)


def entered() -> Entered:
    """What the fields say, read before they are drawn so that the answer can stand above them."""
    found = {q: read_printed_number(typed(n), q) for q, (n, _, _) in LABELS.items() if typed(n)}
    numbers = settled({q: n for q, n in found.items() if isinstance(n, PrintedNumber)})
    numbers = {q: _answered(n) for q, n in numbers.items()}
    usable = {q: n.value for q, n in numbers.items() if n.other is None}
    organ, organ_chosen = chosen_organ()
    notes = [n.note for n in numbers.values() if n.note and n.other is None]
    notes += [_left_aside(q, n.what) for q, n in found.items() if isinstance(n, Objection)]
    notes += [_left_aside(q, "two readings are possible, choose one.") for q, n in numbers.items() if n.other]
    if organ and organ != lic_organ() and "lic_mg_per_g" in usable:
        del usable["lic_mg_per_g"]
        notes.append("The LIC was left aside: it is iron of the liver.")
    if organ and not organ_chosen:
        notes.append(f"Organ: {state.knowledge().organ(organ).name.lower()}, because an LIC is given.")
    context = _context()
    if not usable:
        return Entered(None, context, waiting="meant" if numbers else "")
    if not organ:
        return Entered(None, context, waiting="organ")
    printed = PrintedResult(
        organ, _field_tesla(), usable.get("r2star_per_s"), usable.get("t2star_ms"), usable.get("lic_mg_per_g"),
        usable.get("r2_per_s"), _calibration(organ),
    )  # fmt: skip
    return Entered(printed, context, _recommendation(), tuple(notes))


def _left_aside(quantity: str, why: str) -> str:
    """That a field was not used for the answer: on a phone the field itself stands far below."""
    begun = why if why[1:2].isdigit() or why[1:2].isupper() else f"{why[:1].lower()}{why[1:]}"
    return f"{LABELS[quantity][1].partition(' [')[0]} was left aside: {begun}"


def draw_numbers() -> None:
    """The number fields in a row; what is wrong or open about one stands below the row, with its name."""
    quantities = ("r2star_per_s", "t2star_ms", "lic_mg_per_g")
    columns = st.columns(len(quantities))
    for column, quantity in zip(columns, quantities, strict=True):
        with column:
            _draw_field(quantity)
    for quantity in quantities:
        _draw_objection(quantity)


def draw_spin_echo() -> None:
    """The field of an R2 that is no R2*."""
    _draw_field("r2_per_s")
    _draw_objection("r2_per_s")


def _draw_field(quantity: str) -> None:
    name, label, example = LABELS[quantity]
    st.text_input(
        label, key=key_of(name), placeholder=example, live="400ms", persist_state="session",
        help=_r2_help() if quantity == "r2_per_s" else None,
    )  # fmt: skip


def _draw_objection(quantity: str) -> None:
    name, label, _ = LABELS[quantity]
    found = read_printed_number(typed(name), quantity) if typed(name) else None
    if isinstance(found, Objection):
        st.error(f"**{plain(label.partition(' [')[0])}:** {plain(found.what)} {plain(found.cure)}")


def draw_meant() -> None:
    """The question which of two readings of a number is meant."""
    for quantity, (name, label, _) in LABELS.items():
        found = read_printed_number(typed(name), quantity) if typed(name) else None
        if isinstance(found, PrintedNumber) and found.other is not None and _is_open(quantity):
            readings = [f"{found.value:.10g}", f"{found.other:.10g}"]
            st.segmented_control(
                f"Which {label} is meant?", readings, key=_meant_key(found), persist_state="session"
            )  # fmt: skip


def _is_open(quantity: str) -> bool:
    """Whether the other numbers leave open which of two readings is meant."""
    found = {q: read_printed_number(typed(n), q) for q, (n, _, _) in LABELS.items() if typed(n)}
    numbers = settled({q: n for q, n in found.items() if isinstance(n, PrintedNumber)})
    return quantity in numbers and numbers[quantity].other is not None


def _meant_key(number: PrintedNumber) -> str:
    return key_of(f"meant-{number.quantity}-{number.value:.10g}")


def _answered(number: PrintedNumber) -> PrintedNumber:
    """The number with the reader's answer to which reading is meant."""
    answer = st.session_state.get(_meant_key(number)) if number.other is not None else None
    return number if not answer else chosen(number, grouped=answer == f"{number.other:.10g}")


def _r2_help() -> str:
    """Which organs an R2 can be read for, and which R2 that must be."""
    organs = state.knowledge().organs.values()
    spin_echo = [f"{o.name}: R2 of a spin-echo T2." for o in organs if o.contrast == "T2"]
    declared = "only an R2 that the other report calls FerriScan or FerriSmart."
    named = [f"{o.name}: {declared}" for o in organs if any(c.requires for c in o.calibration)]
    return plain(" ".join([*spin_echo, *named]), 600)


# ------------------------------------------------------------------------ field, calibration, facts


def field_key() -> str:
    """Key of the choice of the field strength."""
    return key_of("field")


def _field_tesla() -> float | None:
    """The field strength chosen [T], before its choice is drawn."""
    label = st.session_state.get(field_key())
    known = {f.label: float(f.id) for f in state.knowledge().shared.field}
    if label in known:
        return known[label]
    other = str(st.session_state.get(f"{field_key()}-other") or "")
    return positive_number(other) if label == parts.OTHER_FIELD else None


def calibration_key(organ: str, field_tesla: float | None) -> str:
    """Key of the choice of where the LIC came from; each organ and field has its own."""
    return f"{key_of('calibration')}-{organ}-{field_tesla}"


def _calibration(organ: str) -> str:
    chosen_id = st.session_state.get(calibration_key(organ, _field_tesla()))
    return "" if chosen_id in (None, NOT_STATED) else str(chosen_id)


def draw_calibration() -> None:
    """Where the printed LIC came from, as far as the report says."""
    organ, field_tesla = chosen_organ()[0], _field_tesla()
    found_field = state.knowledge().field_class(field_tesla)
    found = state.knowledge().calibrations(organ, found_field.id) if organ and found_field else ()
    labels = {c.id: c.label for c in found if not c.requires and not c.information_only}
    st.selectbox(
        "LIC came from", [NOT_STATED, *labels], format_func=lambda i: labels.get(i, i),
        key=calibration_key(organ, field_tesla), persist_state="session",
    )  # fmt: skip


def _recommendation() -> Recommendation | None:
    text = typed("theirs")
    return read_recommendation(text) or read_recommendation(f"every {text}") if text else None


def draw_recommendation() -> None:
    """The interval that the other report recommends, as it says it."""
    text = st.text_input(
        "Next scan it recommends", key=key_of("theirs"), placeholder="e.g. every 1 to 2 years", live="400ms",
        persist_state="session", help="Shown beside ours, with the source it names.",
    )  # fmt: skip
    if text and _recommendation() is None:
        st.error("No interval was read. Write it with its unit, for example: every 1 to 2 years.")


def _context() -> Context:
    disease = st.session_state.get(key_of("disease")) or UNKNOWN
    facts = []
    for fact in state.knowledge().shared.fact:
        answer = typed(f"fact-{fact.id}")
        if answer and fact.kind == "number":
            found = positive_number(answer)
            answer = "" if found is None else f"{found:.10g}"
        if answer and answer != UNKNOWN:
            facts.append((fact.id, answer))
    return Context(str(disease), tuple(facts))


def positive_number(text: str) -> float | None:
    """A number above zero as ``parts.typed_number`` takes it; None where it is none."""
    found = read_numeral(text)
    if isinstance(found, Objection) or found.value <= 0.0 or found.unit or found.maybe_grouped:
        return None
    return found.value
