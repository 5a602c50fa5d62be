"""The Quick check page: someone holds only a printed number."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ironreport.assess.printed import origins, product_agrees
from ironreport.errors import IronReportError
from ironreport.records import Assessment, Choices, Context, Exam, Measurement, Origin, PrintedResult
from ironreport.report.content import ReportContent
from ironreport.report.numbers import exact
from ironreport.ui import parts, state
from ironreport.ui.shown import plain

NOT_STATED = "not stated"
NO_CURVE = (
    "The printed number came without its curve: there is no fit interval and no goodness of fit. "
    "The 95 % shown is repeatability alone."
)


def show() -> None:
    """Draw the page."""
    st.caption("Enter what the other report prints: an R2*, a T2*, an LIC, or several of them.")
    printed, disease = _form()
    if printed is None:
        return
    try:
        _answer(printed, disease)
    except IronReportError as error:
        parts.show_refusal(error)


def _form() -> tuple[PrintedResult | None, str]:
    top = st.columns([2, 2, 2, 3])
    with top[0]:
        r2star = parts.typed_number("R2* [s⁻¹]", f"quick-r2star-{state.token()}", "67.73")
    with top[1]:
        t2star = parts.typed_number("T2* [ms]", f"quick-t2star-{state.token()}", "14.76")
    with top[2]:
        lic = parts.typed_number("LIC [mg/g dry weight]", f"quick-lic-{state.token()}", "2.1")
    with top[3]:
        field_tesla = parts.field_choice(f"quick-field-{state.token()}")
    organ = parts.organ_choice(f"quick-organ-{state.token()}")
    low = st.columns(3)
    with low[0]:
        disease = parts.disease_choice("unknown", f"quick-disease-{state.token()}")
    with low[1]:
        calibration = _calibration_choice(organ, field_tesla)
    with low[2]:
        r2 = parts.typed_number(
            "R2, spin echo [s⁻¹]", f"quick-r2-{state.token()}", "only if stated",
            _r2_help(),
        )  # fmt: skip
    if r2star is None and t2star is None and lic is None and r2 is None:
        return None, disease
    if organ is None:
        st.info("Choose the organ.", icon=":material/arrow_forward:")
        return None, disease
    return PrintedResult(organ, field_tesla, r2star, t2star, lic, r2, calibration), disease


def _r2_help() -> str:
    """Which organs an R2 can be read for, and which R2 that must be."""
    organs = state.knowledge().organs.values()
    spin_echo = [f"{o.name}: R2 of a spin-echo T2." for o in organs if o.contrast == "T2"]
    declared = "only an R2 that the other report calls FerriScan or FerriSmart."
    return " ".join([*spin_echo, *(f"{o.name}: {declared}" for o in organs if any(c.requires for c in o.calibration))])


def _calibration_choice(organ: str | None, field_tesla: float | None) -> str:
    field = state.knowledge().field_class(field_tesla)
    found = state.knowledge().calibrations(organ, field.id) if organ and field else ()
    ids = [NOT_STATED, *(c.id for c in found if not c.requires and not c.information_only)]
    chosen = st.selectbox("LIC came from", ids, key=f"quick-calibration-{state.token()}-{organ}-{field_tesla}")
    return "" if chosen in (None, NOT_STATED) else chosen


def _answer(printed: PrintedResult, disease: str) -> None:
    possible = origins(printed, state.knowledge())
    named = [o for o in possible if o.gives_printed]
    _show_missing(printed, disease)
    for calibration in _readings(printed, named):
        assessment = _assess(printed, disease, calibration)
        content = state.described(assessment)
        _show_reading(content, calibration, named)
        last = content
    _show_origins(printed, possible)
    _show_follow_up(last)


def _readings(printed: PrintedResult, named: list[Origin]) -> list[str]:
    """The default first, then the calibration the number came from, stated or found."""
    default = state.calibration_by_default(printed.organ, _field_id(printed))
    found = [printed.calibration] if printed.calibration else [o.calibration for o in named]
    return ["", *(c for c in found if c != default)]


def _field_id(printed: PrintedResult) -> str | None:
    field = state.knowledge().field_class(printed.field_tesla)
    return field.id if field else None


def _assess(printed: PrintedResult, disease: str, calibration: str) -> Assessment:
    measurement = Measurement(printed, Choices(calibration=calibration))
    exam = Exam(state.exam().pseudonym, measurements=(measurement,), context=Context(disease))
    return state.assess_exam(exam)


def _show_missing(printed: PrintedResult, disease: str) -> None:
    missing = []
    if printed.field_tesla is None:
        missing.append("**Field strength**: no class and no LIC without it.")
    if printed.lic_mg_per_g is not None and not printed.calibration:
        missing.append("**Calibration of the LIC**: not stated; the table below shows what each would mean.")
    if disease == "unknown":
        missing.append("**Disease**: without it no follow-up interval is given.")
    missing.append(f"**Curve**: {NO_CURVE}")
    with st.container(border=True, key="missing"):
        st.markdown("**What is missing**")
        for line in missing:
            st.markdown(f"- {line}")
        if printed.r2star_per_s is not None and printed.t2star_ms is not None:
            product = printed.r2star_per_s * printed.t2star_ms
            agrees = "the two agree within their rounding" if product_agrees(printed) else "the two do not agree"
            st.markdown(plain(f"T2* × R2* = {product:.1f}, expected 1000: {agrees}."))


def _show_reading(content: ReportContent, calibration: str, named: list[Origin]) -> None:
    card = content.cards[0]
    if calibration:
        only = len(named) == 1 and named[0].calibration == calibration
        why = "the one enabled calibration that gives the printed LIC" if only else "the calibration it came from"
        st.markdown(f"#### With {plain(calibration)}: {why}")
    elif card.severity:
        st.markdown("#### With the site's defaults" if content.local.lines else "#### With the published default")
    with st.container(key=f"reading-{calibration or 'default'}"):
        parts.show_card(card, key=f"quick-{calibration or 'default'}")
    for line in () if calibration else (*content.local.lines, *content.local.local_limits):
        st.caption(plain(line, 500))


def _show_origins(printed: PrintedResult, possible: tuple[Origin, ...]) -> None:
    if not possible:
        return
    labels = {True: "yes", False: "no", None: "possible"}
    frame = pd.DataFrame(
        {
            "calibration": [o.calibration for o in possible],
            "R2* behind it [s⁻¹]": [exact(o.r2star_per_s) for o in possible],
            "LIC by it [mg/g]": [f"{o.lic_mg_per_g:.2f}" for o in possible],
            "gives the printed LIC": [labels[o.gives_printed] if printed.lic_mg_per_g else "-" for o in possible],
        }
    )
    st.markdown("**The same number under every enabled calibration of this field**")
    st.dataframe(frame, hide_index=True, width="stretch", alt="LIC under every enabled calibration")


def _show_follow_up(content: ReportContent) -> None:
    with st.container(border=True, key="follow-up"):
        st.markdown("**Follow-up**")
        parts.show_cited(content.next_scan)
        parts.show_cited(content.prompts)
        st.caption(plain(content.physician_decides))
        st.caption(plain(content.disclaimer, 900))
