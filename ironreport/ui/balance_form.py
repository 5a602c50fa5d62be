"""The iron balance on the Follow-up page: what was transfused is typed here, and the answer stands below it."""

from __future__ import annotations

from dataclasses import fields, replace

import streamlit as st

from ironreport.records import Transfused
from ironreport.report.balance_content import BalanceSection
from ironreport.report.content import ReportContent
from ironreport.report.explained.explaining import texts_of_balance
from ironreport.ui import parts, state
from ironreport.ui.charts import balance_chart
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain

UNITS_HELP = (
    "Of red cells, between the two scans; 0 where there were none. Without another number each counts as a range."
)
VOLUME_HELP = "Instead of units: the volume given, its haematocrit and the iron of its red cells. None is assumed."


def show_balance(content: ReportContent) -> None:
    """Form and answer, where an organ that tells of the whole body has an earlier result; else nothing."""
    organs = state.knowledge().organs
    change = next((c for c in content.changes if organs[c.organ].balance is not None), None)
    if change is None:
        return
    with st.container(border=True, key="balance"):
        st.markdown("**Iron balance**: what came in by transfusion, what left the body")
        st.caption(plain(f"Between the {change.name.lower()} results of {change.since} and of this exam.", 200))
        _form()
        if content.balance is not None:
            show_ledger(content.balance)


# --------------------------------------------------------------------------------- what comes in


def _form() -> None:
    held = state.exam().context.transfused
    columns = st.columns(3)
    with columns[0]:
        weight_kg = _number("Body weight [kg]", "weight_kg", held)
    with columns[1]:
        n_units = _number("Units transfused since", "n_units", held, UNITS_HELP)
    with columns[2]:
        per_unit_mg = _number("Iron in each unit [mg], if known", "iron_per_unit_mg", held)
    with st.expander("By volume instead of units", expanded=any(x is not None for x in held.by_volume)):
        st.caption(VOLUME_HELP)
        columns = st.columns(3)
        with columns[0]:
            volume_ml = _number("Volume since [mL]", "volume_ml", held)
        with columns[1]:
            haematocrit_percent = _number("Haematocrit of it [%]", "haematocrit_percent", held)
        with columns[2]:
            red_cell_mg = _number("Iron of red cells [mg/mL]", "red_cell_iron_mg_per_ml", held)
    typed = Transfused(weight_kg, n_units, per_unit_mg, volume_ml, haematocrit_percent, red_cell_mg)
    if typed != held:
        state.put_context(replace(state.exam().context, transfused=typed))
        st.rerun()


def _number(label: str, name: str, held: Transfused, help_text: str | None = None) -> float | None:
    """One field; an exam opened from a file brings its number."""
    key = f"balance-{name}-{state.token()}"
    kept: float | None = {f.name: getattr(held, f.name) for f in fields(Transfused)}[name]
    if key not in st.session_state and kept is not None:
        st.session_state[key] = f"{kept:.10g}"
    return parts.typed_number(label, key, "not stated", help_text, may_be_zero=name in ("n_units", "volume_ml"))


# --------------------------------------------------------------------------------- what comes out


def show_ledger(balance: BalanceSection) -> None:
    """Draw an iron balance, or why there is none."""
    if balance.absence:
        st.info(plain(" ".join(balance.absence), 900), icon=":material/do_not_disturb_on:")
        return
    for line in balance.given:
        st.markdown(plain(line, 600))
    parts.show_cautions(balance.cautions)
    table = {
        "What": [plain(row.label) for row in balance.rows],
        "mg/kg (95 %)": [plain(row.total) for row in balance.rows],
        "mg/kg/day (95 %)": [plain(row.per_day) for row in balance.rows],
    }
    st.table(table, alt="Iron balance: body iron, its change, iron in and iron out")
    st.vega_lite_chart(balance_chart(balance.bars), width="stretch", key="balance-chart", alt=balance.words)
    for note in balance.notes:
        st.caption(" ".join(plain(x, 900) for x in (note.text, ", ".join(note.sources)) if x))
    show_explained(texts_of_balance(balance))
