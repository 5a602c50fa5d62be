"""Earlier results out of a table of a centre: its columns are named once, each line is an exam of printed numbers."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ironreport.clinic.clinic_folder import put_file
from ironreport.clinic.exam_keeping import add_exam
from ironreport.clinic.index_rows import date_or_empty
from ironreport.clinic.opened_clinic import Clinic, bytes_or_none
from ironreport.errors import IntakeError, IronReportError
from ironreport.intake.numerals import Objection, read_numeral
from ironreport.knowledge import Knowledge
from ironreport.records import Context, Exam, Measurement, PrintedResult

DateOrder = Literal["ymd", "dmy", "mdy"]
NEEDED = ("patient", "date", "field_tesla")
QUANTITIES = ("t2star_ms", "r2star_per_s", "lic_mg_per_g")
MAP_FILE = "import_columns.json"
MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column of a table holds what, and how its dates are written."""

    columns: tuple[tuple[str, str], ...]
    dates: DateOrder = "ymd"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: exams, and each line that did not, with the reason."""

    n_exams: int
    refused: tuple[tuple[int, str], ...]


def known_names(knowledge: Knowledge) -> tuple[str, ...]:
    """What a column may be: patient, date, field, disease, or a quantity of an organ, ``heart_t2star_ms``."""
    return (*NEEDED, "disease", *(f"{organ}_{quantity}" for organ in knowledge.organs for quantity in QUANTITIES))


def column_map(clinic: Clinic, given: Mapping[str, str], dates: DateOrder | None) -> ColumnMap:
    """The columns as they were given, else as they were the last time; they are kept for the next one.

    Raises
    ------
    IntakeError
        ``COLUMNS_NEEDED``, ``UNKNOWN_COLUMN``.
    """
    place = clinic.folder.root / MAP_FILE
    if not given:
        kept = bytes_or_none(place)
        if kept is None:
            raise IntakeError(
                "COLUMNS_NEEDED", "It is not said which column holds what.",
                "Name them once: --column patient=MRN --column date=Day --column field_tesla=B0 "
                "--column heart_t2star_ms=T2star ...",
            )  # fmt: skip
        held = json.loads(kept)
        return ColumnMap(tuple(map(tuple, held["columns"])), dates or held["dates"])
    unknown = [name for name in given if name not in known_names(clinic.knowledge)]
    missing = [name for name in NEEDED if name not in given]
    if unknown or missing:
        what = f"There is nothing called {unknown[0]}." if unknown else f"The column of the {missing[0]} is not named."
        raise IntakeError("UNKNOWN_COLUMN", what, f"Known: {', '.join(known_names(clinic.knowledge))}.")
    made = ColumnMap(tuple(given.items()), dates or "ymd")
    put_file(place, json.dumps({"columns": made.columns, "dates": made.dates}, indent=1).encode())
    return made


def import_results(clinic: Clinic, content: bytes, columns: ColumnMap, *, at: str = "") -> Imported:
    """Put the lines of a table into the clinic, each as an exam; a line that is doubtful is refused, none is guessed.

    Raises
    ------
    IntakeError
        ``NOT_A_TABLE``, ``NO_COLUMN``.
    """
    lines = _lines(content)
    if not lines or not lines[0]:
        raise IntakeError("NOT_A_TABLE", "The file is no CSV with a heading line.", "Save the sheet as CSV in UTF-8.")
    absent = [column for _, column in columns.columns if column not in lines[0]]
    if absent:
        there = ", ".join(lines[0])[:300]
        raise IntakeError("NO_COLUMN", f"There is no column '{absent[0][:60]}'.", f"There are: {there}.")
    n_exams, refused = 0, []
    for number, line in enumerate(lines, start=2):
        try:
            exam, patient = _exam({name: line[column].strip() for name, column in columns.columns}, columns, clinic)
            add_exam(clinic, exam, patient, at=at, source="table of earlier results")
        except IronReportError as error:
            refused.append((number, str(error.refusal)))
            continue
        n_exams += 1
    return Imported(n_exams, tuple(refused))


def _lines(content: bytes) -> list[dict[str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise IntakeError("NOT_A_TABLE", "The table is not written in UTF-8.", "Save it as CSV in UTF-8.") from None
    head = text.partition("\n")[0]
    separator = max(";\t,", key=head.count)
    found = csv.DictReader(io.StringIO(text), delimiter=separator)
    return [{k: v or "" for k, v in line.items() if isinstance(k, str)} for line in itertools.islice(found, MOST_LINES)]


def _exam(cells: Mapping[str, str], columns: ColumnMap, clinic: Clinic) -> tuple[Exam, str]:
    date = iso_of(cells["date"], columns.dates)
    if not date:
        cure = "Write YYYY-MM-DD, or say --dates dmy or mdy."
        raise IntakeError("NOT_A_DATE", f"'{cells['date'][:20]}' is no date.", cure)
    if not cells["patient"]:
        raise IntakeError("NO_PATIENT", "The patient is not named.", "Fill in the column.")
    field_tesla = _number(cells["field_tesla"])
    disease = cells.get("disease", "").casefold() or "unknown"
    if disease not in {"unknown", *clinic.knowledge.diseases}:
        known = ", ".join(clinic.knowledge.diseases)
        raise IntakeError("UNKNOWN_DISEASE", "The disease is not known.", f"Known: {known}.")
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for organ in clinic.knowledge.organs:
        for quantity in QUANTITIES:
            number = _number(cells.get(f"{organ}_{quantity}", ""))
            if number is not None:
                values[organ][quantity] = number
    if not values:
        raise IntakeError("NO_NUMBER", "There is no result in this line.", "Fill in a number, or leave the line out.")
    measured = tuple(Measurement(_printed(organ, field_tesla, own)) for organ, own in values.items())
    return Exam("", date, measured, Context(disease)), cells["patient"]


def _printed(organ: str, field_tesla: float | None, own: Mapping[str, float]) -> PrintedResult:
    return PrintedResult(
        organ, field_tesla, r2star_per_s=own.get("r2star_per_s"), t2star_ms=own.get("t2star_ms"),
        lic_mg_per_g=own.get("lic_mg_per_g"), origin="table of earlier results",
    )  # fmt: skip


def _number(typed: str) -> float | None:
    if not typed:
        return None
    found = read_numeral(typed)
    if isinstance(found, Objection) or found.unit or found.maybe_grouped or found.value <= 0.0:
        cure = "Write 12.5 or 12,5, without unit."
        raise IntakeError("NOT_A_NUMBER", f"'{typed[:20]}' is no number above zero.", cure)
    return found.value


def iso_of(typed: str, dates: DateOrder) -> str:
    """A date of a table as ISO text; empty where it is none in the order that was said.

    >>> iso_of("2024-05-01", "dmy"), iso_of("1.5.2024", "dmy"), iso_of("5/1/2024", "mdy"), iso_of("1/5/2024", "ymd")
    ('2024-05-01', '2024-05-01', '2024-05-01', '')
    """
    if iso := date_or_empty(typed[:10]):
        return iso
    parts: Sequence[str] = re.findall(r"\d+", typed)
    if dates == "ymd" or len(parts) != 3 or len(parts[2]) != 4:
        return ""
    day, month = (parts[0], parts[1]) if dates == "dmy" else (parts[1], parts[0])
    return date_or_empty(f"{parts[2]}-{month:0>2}-{day:0>2}")
