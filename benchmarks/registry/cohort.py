"""Rows of a cohort that nobody measured: as many patients and visits as wanted, the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random

from ironreport.clinic.index_rows import IndexedExam, IndexedResult
from ironreport.clinic.patient_files import Patient
from ironreport.clinic.pseudonyms import KeyedMarks, pseudonym_of
from ironreport.clinic.visits import Visit, id_of

FIRST_DAY = dt.date(2015, 1, 1)
WHY = (
    "The usual interval in this disease.",
    "Heart T2* below 10 ms: priority communication.",
    "Cardiac T2* between 10 and 20 ms, or iron loading is changing.",
    "No interval: the disease is not stated.",
)
CLASSES = ("normal", "mild", "moderate", "severe")


def cohort(n_patients: int, n_visits: int, seed: int = 2026) -> tuple[list[IndexedExam], dict[str, Patient]]:
    """Exams and their patients: heart, liver and pancreas in each, dates over ten years."""
    drawn = random.Random(seed)  # noqa: S311 - nothing here is secret
    people = [_patient(n) for n in range(n_patients)]
    rows = [_exam(n, people[n % n_patients], drawn) for n in range(n_visits)]
    return sorted(rows, key=lambda row: row.visit.id), {one.pseudonym: one for one in people}


def _patient(number: int) -> Patient:
    marks = KeyedMarks(f"{number:020x}", (f"{number + 10**9:020x}",), f"{number % 3650:020x}")
    return Patient(pseudonym_of(marks, b"benchmark"), (marks,))


def _exam(number: int, patient: Patient, drawn: random.Random) -> IndexedExam:
    date = (FIRST_DAY + dt.timedelta(days=drawn.randrange(4300))).isoformat()
    visit_id = id_of(f"exam {number}".encode())
    visit = Visit(visit_id, patient.pseudonym, f"{date}T10:00:00", ((date, "signed"),), study=f"{number:020x}")
    heart_ms, lic = drawn.uniform(5.0, 40.0), drawn.uniform(0.5, 30.0)
    kind = drawn.randrange(4)
    return IndexedExam(
        visit, date, "tdt", None if kind == 3 else (12, 6, 6)[kind], None, "" if kind == 3 else f"tdt-i{kind}",
        WHY[kind], results=tuple(_results(heart_ms, lic, drawn)), file_print=f"{number:020x}",
    )  # fmt: skip


def _results(heart_ms: float, lic: float, drawn: random.Random) -> list[IndexedResult]:
    made = []
    for organ, quantity, value, ladder in (
        ("heart", "t2star_ms", heart_ms, "heart-1t5"),
        ("liver", "lic_mg_per_g", lic, "esgar-sar-2023"),
        ("pancreas", "t2star_ms", drawn.uniform(3.0, 40.0), "pancreas-1t5"),
    ):
        word = drawn.choice(CLASSES)
        limits = (0.9 * value, 1.1 * value)
        made.append(IndexedResult(organ, quantity, value, *limits, "", "1.5", word, word, ladder))
    return made
