"""The recall list: who is due or overdue, at which interval and why; on paper, as CSV, in a calendar."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from ironreport.clinic import Clinic
from ironreport.clinic.clinic_queries import ListedPatient, due, without_date
from ironreport.clinic.recall_files import days_overdue, interval_words, recall_calendar, recall_csv, recall_pdf
from ironreport.ui import state
from ironreport.ui.clinic.registry_view import with_names
from ironreport.ui.shown import plain, without_controls
from ironreport.ui.spoken import here

SPANS = {0: "Overdue or due today", 1: "Next month", 3: "Next 3 months", 12: "Next year"}
DAYS_PER_MONTH = 31


def show_due(clinic: Clinic) -> None:
    """Draw the recall list."""
    today = dt.date.today()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    months = left.segmented_control(
        "Due", list(SPANS), format_func=lambda m: SPANS[m], default=1, key="_clinic-span", required=True, wrap=True
    )
    until = (today + dt.timedelta(days=DAYS_PER_MONTH * months)).isoformat()
    found = due(clinic, until)
    names = {"": "all", **{d: state.knowledge().diseases[d].name for d in state.knowledge().diseases}}
    present = [d for d in names if not d or any(p.disease == d for p in found)]
    disease = right.selectbox("Disease", present, format_func=lambda d: names[d], key="_clinic-due-disease") or ""
    listed = [p for p in found if not disease or p.disease == disease]
    late = sum(days_overdue(p, today.isoformat()) > 0 for p in listed)
    st.markdown(f"**{len(listed)}** due by {plain(until)}, **{late}** of them overdue.")
    if listed:
        named = with_names(clinic, [p.pseudonym for p in listed])
        st.dataframe(
            _table(listed, today.isoformat(), named), hide_index=True, width="stretch", alt="Patients who are due"
        )
        _show_ways_out(listed, today)
    else:
        st.info("Nobody is due in this time.", icon=":material/info:")
    _show_undated(clinic)
    st.caption("Dates follow the guidance printed with each exam: suggestions for the treating team to confirm.")


def _table(listed: list[ListedPatient], today: str, named: dict[str, list[str]]) -> pd.DataFrame:
    late = [days_overdue(p, today) for p in listed]
    return pd.DataFrame(
        {
            "patient": [p.pseudonym for p in listed],
            **named,
            "due": [p.due for p in listed],
            "overdue": [f"{n} days" if n > 0 else "" for n in late],
            "interval": [interval_words(p) for p in listed],
            "counted from": [p.due_of for p in listed],
            "why": [without_controls(p.why) for p in listed],
            "disease": [p.disease for p in listed],
            "last exam": [p.last_exam for p in listed],
        }
    )


def _show_ways_out(listed: list[ListedPatient], today: dt.date) -> None:
    name = f"ironreport_recall_{today.isoformat()}"
    first, second, third, _ = st.columns([1, 1, 1, 2])
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    ways = (
        (first, "Print (PDF)", f"{name}.pdf", "application/pdf", partial(_pdf, listed, today)),
        (second, "CSV", f"{name}.csv", "text/csv", partial(recall_csv, listed)),
        (third, "Calendar (.ics)", f"{name}.ics", "text/calendar", partial(recall_calendar, listed, now)),
    )
    for column, label, file, mime, made in ways:
        column.download_button(
            plain(label), made, file, mime, on_click="ignore", width="stretch", key=f"clinic-{file[-3:]}"
        )


def _pdf(listed: list[ListedPatient], today: dt.date) -> bytes:
    paper, language = state.settings().file.paper, here().code
    return recall_pdf(listed, today.isoformat(), "Recall list: MRI iron scans", paper, language)


def _show_undated(clinic: Clinic) -> None:
    undated = without_date(clinic)
    if not undated:
        return
    with st.expander(f"{len(undated)} patients without a date: somebody must decide"):
        rows = {
            "patient": [p.pseudonym for p in undated],
            "last exam": [p.last_exam for p in undated],
            "why there is none": [without_controls(p.why) for p in undated],
        }
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", alt="Patients without a date")
