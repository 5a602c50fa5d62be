"""The registry: every patient, searched, and pictures of the cohort."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ironreport.clinic import Clinic
from ironreport.clinic.clinic_queries import ListedPatient, classes_by_year, pairs, patients
from ironreport.clinic.name_sealing import names_of
from ironreport.ui import state
from ironreport.ui.clinic.cohort_charts import classes_chart, pairs_chart
from ironreport.ui.shown import plain, without_controls
from ironreport.units import NOTATION

PICKED = "_clinic-patient"


def show_registry(clinic: Clinic) -> None:
    """Draw the registry."""
    words = st.text_input("Search", key="_clinic-search", placeholder="pseudonym, disease, year or date", max_chars=60)
    found = patients(clinic, words or "")
    st.markdown(f"**{len(found)}** patients")
    picked = _show_table(found, with_names(clinic, [p.pseudonym for p in found]))
    if picked is not None:
        st.session_state[PICKED] = picked.pseudonym
        st.caption(f"{plain(picked.pseudonym)} is marked: the view Patient shows the years of this patient.")
    _show_cohort(clinic)


def with_names(clinic: Clinic, pseudonyms: list[str]) -> dict[str, list[str]]:
    """A column of names where this clinic keeps them, else none; text from outside."""
    names = names_of(clinic, pseudonyms)
    return {"name": [without_controls(names.get(p, "")) for p in pseudonyms]} if names else {}


def _show_table(found: list[ListedPatient], named: dict[str, list[str]]) -> ListedPatient | None:
    table = pd.DataFrame(
        {
            "patient": [p.pseudonym for p in found],
            **named,
            "disease": [p.disease for p in found],
            "exams": [p.n_exams for p in found],
            "last exam": [p.last_exam for p in found],
            "due": [p.due or "no date" for p in found],
        }
    )
    event = st.dataframe(
        table, hide_index=True, width="stretch", height=330, on_select="rerun", selection_mode="single-row",
        key="_clinic-registry", alt="Patients of the clinic",
    )  # fmt: skip
    rows = event.selection.rows
    return found[rows[0]] if rows and rows[0] < len(found) else None


def _show_cohort(clinic: Clinic) -> None:
    organs = state.knowledge().organs
    known = [organ.id for organ in organs.values() if organ.standing == "established"]
    graded = [organ.id for organ in organs.values() if any(x.usable for x in organ.ladder)]
    st.markdown("### The cohort")
    left, right = st.columns(2)
    with left:
        one = known[-1] if known else ""
        other = known[0] if known else ""
        found = pairs(clinic, one, other)
        title = f"{organs[one].name} against {organs[other].name.lower()}, latest of each patient"
        if found:
            upwards, right_hand = (
                f"{organs[one].name} {_named(found[0][2])}",
                f"{organs[other].name} {_named(found[0][4])}",
            )
            st.markdown(f"**{plain(title)}**")
            st.vega_lite_chart(pairs_chart(found, upwards, right_hand), width="stretch", key="cohort-pairs", alt=title)
        else:
            st.caption(plain(f"{title}: no patient has both."))
    with right:
        organ = st.selectbox("Organ", graded, format_func=lambda o: organs[o].name, key="_clinic-cohort-organ") or ""
        counts = classes_by_year(clinic, organ)
        labels: dict[str, str] = {
            g.severity: g.label for ladder in organs[organ].ladder for g in reversed(ladder.grades)
        }
        if counts:
            words = f"Classes of the {organs[organ].name.lower()} by year, in shares of the exams with a class"
            st.vega_lite_chart(classes_chart(counts, labels), width="stretch", key="cohort-classes", alt=words)
            best = organs[organ].ladder[0].grades[0]
            shares = f"Share without excess ('{best.label}') by year: {_shares(counts, best.severity)}."
            st.caption(plain(shares, 400))
        else:
            st.caption("No exam of this organ.")


def _named(quantity: str) -> str:
    notation = NOTATION[quantity]
    return f"{notation.symbol} [{notation.unit}]"


def _shares(counts: list[tuple[str, str, int]], best: str) -> str:
    """The share of the best class in each year, with the number it is out of."""
    years = sorted({year for year, severity, _ in counts if severity})
    words = []
    for year in years[-6:]:
        total = sum(n for y, severity, n in counts if y == year and severity)
        good = sum(n for y, severity, n in counts if y == year and severity == best)
        words.append(f"{year or 'undated'} {good / total:.0%} of {total}")
    return ", ".join(words) or "no exam with a class"
