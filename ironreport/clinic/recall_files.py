"""The recall list as files: CSV, calendar entries, and what is printed of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from icalendar import Alarm, Calendar, Event

from ironreport.clinic.clinic_queries import ListedPatient
from ironreport.report.balance_cells import Cell
from ironreport.report.pdf.list_sheet import ListSheet, write_list
from ironreport.report.rows import csv_file, safe

COLUMNS = (
    "pseudonym", "disease", "due", "due_to", "months", "counted_from", "last_exam", "exams", "rule", "why",
)  # fmt: skip
PRINTED = ("Patient", "Disease", "Due", "Interval", "Last exam", "Why", "Called")
SHARES = (0.13, 0.08, 0.11, 0.14, 0.11, 0.33, 0.1)
PRODUCT = "-//IronReport//clinic//EN"
WARN_DAYS = 14
"""Days before the scan on which a calendar reminds."""


def days_overdue(one: ListedPatient, today: str) -> int:
    """Days since a patient was due; negative until then."""
    return (dt.date.fromisoformat(today) - dt.date.fromisoformat(one.due_to or one.due)).days


def interval_words(one: ListedPatient) -> str:
    """The interval as it is printed."""
    return f"about {one.months} months" if one.months else "none suggested"


def recall_csv(listed: Sequence[ListedPatient]) -> bytes:
    """The list as CSV that a spreadsheet opens."""
    return csv_file(COLUMNS, (dict(zip(COLUMNS, _cells(p), strict=True)) for p in listed))


def _cells(one: ListedPatient) -> tuple[Cell, ...]:
    dates = (one.due, one.due_to, one.months, one.due_of, one.last_exam)
    return (one.pseudonym, one.disease, *dates, one.n_exams, one.rule, safe(one.why))


def recall_calendar(listed: Sequence[ListedPatient], written_at: dt.datetime) -> bytes:
    """One all-day entry for each patient who is due; the same patient and date is the same entry when read again.

    Parameters
    ----------
    written_at : datetime
        With its time zone.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for one in listed:
        if one.due:
            calendar.add_component(_event(one, written_at))
    made: bytes = calendar.to_ical()
    return made


def _event(one: ListedPatient, written_at: dt.datetime) -> Event:
    day = dt.date.fromisoformat(one.due)
    event = Event()
    event.add("uid", f"{one.pseudonym}-{one.due_of}@ironreport")
    event.add("dtstamp", written_at)
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))
    event.add("summary", f"MRI iron scan due: {one.pseudonym}")
    event.add("description", f"{interval_words(one).capitalize()} after {one.due_of}. {one.why}")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"MRI iron scan due: {one.pseudonym}")
    alarm.add("trigger", dt.timedelta(days=-WARN_DAYS))
    event.add_component(alarm)
    return event


def recall_pdf(
    listed: Sequence[ListedPatient], today: str, title: str, page_size: str = "A4", language: str = "en"
) -> bytes:
    """The list on paper, with a box to tick for each patient who was called; equal input gives equal bytes."""
    rows = tuple(
        (p.pseudonym, p.disease, _due_words(p, today), interval_words(p), p.last_exam, p.why, "□") for p in listed
    )
    note = "Suggested dates, for the treating team to confirm. Pseudonyms: only this clinic knows whose they are."
    return write_list(ListSheet(title, f"As of {today}", PRINTED, SHARES, rows, note), page_size, language)


def _due_words(one: ListedPatient, today: str) -> str:
    if not one.due:
        return "no date"
    late = days_overdue(one, today)
    return f"{one.due}, {late} days overdue" if late > 0 else one.due
