"""Columns of the research export: what each means, in a dictionary for people and in a form for REDCap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ironreport.knowledge import Knowledge
from ironreport.report.balance_cells import Record
from ironreport.report.rows import csv_file, safe

FORM = "iron_result"
REDCAP = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
VALIDATION = {"number": "number", "whole": "integer", "date": "date_ymd", "text": ""}


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name with the unit as its last word, its kind and what it means."""

    name: str
    kind: Literal["text", "number", "whole", "date"]
    meaning: str


FIXED = (
    Field("research_id", "text", "Name of the patient in this study only: a keyed hash"),
    Field("exam_date_shifted", "date", "Exam date, moved back by 1 to 365 days, all dates of a patient alike"),
    Field("days_since_first_exam", "whole", "Days since the first exam of this patient in the clinic"),
    Field("disease", "text", "Disease as the knowledge files name it"),
    Field("organ", "text", "Organ"),
    Field("field_tesla", "number", "Field strength"),
    Field("time_ms", "number", "T2* (or T2); a 95 % limit where time_bound is not empty"),
    Field("time_bound", "text", "above or below: the acquisition cannot measure it, the time is only a limit"),
    Field("rate_per_s", "number", "R2* (or R2)"),
    Field("rate_low_per_s", "number", "Lower 95 % limit of the rate"),
    Field("rate_high_per_s", "number", "Upper 95 % limit of the rate"),
    Field("iron_mg_per_g", "number", "Iron, dry weight, by the calibration named"),
    Field("calibration", "text", "Calibration"),
    Field("iron_class", "text", "Class on the ladder named"),
    Field("ladder", "text", "Ladder of the class"),
    Field("severity", "text", "Severity of the class, the same words for every ladder"),
    Field("why_no_class", "text", "Code of the reason where there is no class"),
    Field("doubts", "text", "Codes of the doubts"),
    Field("n_echoes", "whole", "Number of echoes"),
    Field("first_te_ms", "number", "First echo time"),
    Field("suggested_months", "whole", "Suggested interval to the next scan"),
    Field("knowledge_version", "text", "Version of the knowledge files"),
)


def fields_of(knowledge: Knowledge) -> tuple[Field, ...]:
    """The columns: those of every result, and a fact of the context form each; free text is none of them."""
    facts = (fact for fact in knowledge.shared.fact if fact.kind != "text")
    asked = tuple(Field(f"fact_{f.id}", "number" if f.kind == "number" else "text", f.label) for f in facts)
    return (*FIXED, *asked)


def dictionary_csv(fields: Sequence[Field]) -> bytes:
    """What each column means."""
    rows: list[Record] = [{"column": f.name, "kind": f.kind, "meaning": safe(f.meaning)} for f in fields]
    return csv_file(("column", "kind", "meaning"), rows)


def redcap_dictionary_csv(fields: Sequence[Field]) -> bytes:
    """The form that REDCap imports: one text field for each column, repeated for each result of a patient."""
    named = [("record_id", "text", "Name of the patient in this study", "")]
    named += [(f.name, "text", f.meaning, VALIDATION[f.kind]) for f in fields if f.name != "research_id"]
    rows: list[Record] = []
    for name, kind, label, validation in named:
        cells = dict.fromkeys(REDCAP, "")
        cells |= {REDCAP[0]: name, REDCAP[1]: FORM, REDCAP[3]: kind, REDCAP[4]: safe(label), REDCAP[7]: validation}
        rows.append(dict(cells))
    return csv_file(REDCAP, rows)


def redcap_csv(fields: Sequence[Field], rows: Sequence[Record]) -> bytes:
    """The rows as REDCap imports them, each a repeated form of its patient."""
    count: Counter[str] = Counter()
    own = [f.name for f in fields if f.name != "research_id"]
    columns = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *own)
    made: list[Record] = []
    for row in rows:
        who = str(row["research_id"])
        count[who] += 1
        head: Record = {
            "record_id": who, "redcap_repeat_instrument": FORM, "redcap_repeat_instance": count[who]
        }  # fmt: skip
        made.append({**head, **{name: row[name] for name in own}})
    return csv_file(columns, made)
