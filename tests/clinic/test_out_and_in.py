"""Research out without anybody in it, and a centre's own table in, without a guess."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from ironreport.clinic import Clinic, add_exam, exam_of
from ironreport.clinic.clinic_queries import due, patients, results_of, worklist
from ironreport.clinic.earlier_csv import ColumnMap, column_map, import_results
from ironreport.clinic.research_export import MOST_DAYS, research_zip
from ironreport.errors import IntakeError
from ironreport.records import ReportDetails, Technique
from ironreport.synthetic.samples import sample_exam

from .conftest import printed_exam

AT = "2026-11-29T10:00:00"
COLUMNS = ColumnMap(
    (("patient", "MRN"), ("date", "Day"), ("field_tesla", "B0"), ("disease", "Dx"), ("heart_t2star_ms", "Heart"),
     ("liver_lic_mg_per_g", "LIC")), "dmy",
)  # fmt: skip
TABLE = """\ufeffMRN;Day;B0;Dx;Heart;LIC;Remark
4711;01.05.2024;1,5;tdt;12,5;8.1;none
4711;01.05.2025;1.5;TDT;9;;
0815;2025-06-07;3;;;4.2;
0815;31.02.2025;3;;;4.2;no such day
0816;07.06.2025;1.5;flu;;4.2;no such disease
0817;07.06.2025;1.5;tdt;1.234,5;;grouped
;07.06.2025;1.5;tdt;12;;nobody
0818;07.06.2025;1.5;tdt;;;nothing
"""


def sheets(content: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        named = [name for name in archive.namelist() if name.endswith(".csv")]
        return {n: list(csv.DictReader(io.StringIO(archive.read(n).decode("utf-8-sig")))) for n in named}


@pytest.fixture
def told(small_clinic: Clinic) -> Clinic:
    """A clinic whose exams hold as much of a person as an exam file can."""
    one = sample_exam()
    signal = one.measurements[0].signal
    technique = Technique(scanner="SENTINEL scanner", series="SENTINEL series", exam_date="2026-05-05")
    named = replace(signal, technique=technique, location="SENTINEL", origin="SENTINEL file")  # type: ignore[arg-type]
    details = ReportDetails(
        "SENTINEL hospital", "SENTINEL", "1990-01-01", notes="SENTINEL", referring_physician="SENTINEL"
    )
    exam = replace(one, measurements=(replace(one.measurements[0], signal=named),), details=details)
    for date in ("2024-05-01", "2025-05-01"):
        add_exam(small_clinic, replace(exam, exam_date=date), "SENTINEL-1", at=AT)
    add_exam(small_clinic, printed_exam("2025-07-01", pseudonym="SENTINEL-2"), at=AT)
    return small_clinic


def test_a_research_export_holds_nobody_and_no_true_date(told: Clinic) -> None:
    content = research_zip(told, "study", fhir=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            held = archive.read(name).decode()
            for secret in (
                "SENTINEL",
                *(p.pseudonym for p in patients(told)),
                "2024-05-01",
                "2025-05-01",
                "2026-05-05",
            ):
                assert secret not in held, (name, secret)
            assert not name.startswith("fhir/") or json.loads(held)["resourceType"] == "Bundle"
        assert sum(name.startswith("fhir/") for name in archive.namelist()) == 3


def test_intervals_of_a_patient_stay_and_two_studies_cannot_be_put_together(told: Clinic) -> None:
    rows = sheets(research_zip(told, "one"))["results.csv"]
    own = [row for row in rows if row["days_since_first_exam"] == "365"]
    (whose,) = {row["research_id"] for row in own}
    first, last = sorted(dt.date.fromisoformat(r["exam_date_shifted"]) for r in rows if r["research_id"] == whose)
    assert (last - first).days == 365 and 1 <= (dt.date(2025, 5, 1) - last).days <= MOST_DAYS
    others = {row["research_id"] for row in sheets(research_zip(told, "two"))["results.csv"]}
    assert not others & {row["research_id"] for row in rows}


def test_every_column_stands_in_the_dictionary_and_in_the_form(told: Clinic) -> None:
    found = sheets(research_zip(told, "study"))
    columns = list(found["results.csv"][0])
    assert [row["column"] for row in found["dictionary.csv"]] == columns
    form = [row["Variable / Field Name"] for row in found["redcap_form.csv"]]
    data = list(found["redcap_data.csv"][0])
    assert form == ["record_id", *columns[1:]] == [n for n in data if not n.startswith("redcap_")]
    assert research_zip(told, "study") == research_zip(told, "study")


# ------------------------------------------------------------------------------------- in


def test_a_table_of_a_centre_becomes_exams_and_doubtful_lines_are_refused_each_with_its_reason(
    small_clinic: Clinic,
) -> None:
    done = import_results(small_clinic, TABLE.encode(), COLUMNS, at=AT)
    assert done.n_exams == 3 and [number for number, _ in done.refused] == [5, 6, 7, 8, 9]
    reasons = " ".join(why for _, why in done.refused)
    for said in ("31.02.2025", "disease is not known", "no number above zero", "not named", "no result"):
        assert said in reasons
    (first,) = {p.pseudonym for p in patients(small_clinic, "tdt")}
    assert [round(r.value or 0, 1) for r in results_of(small_clinic, first)] == [12.5, 8.1, 9.0]
    assert due(small_clinic, "2030-01-01")[0].due_of == "2024-05-01"  # the liver was not measured again
    assert import_results(small_clinic, TABLE.encode(), COLUMNS, at=AT).n_exams == 3
    assert len(worklist(small_clinic)) == 3
    assert exam_of(small_clinic, worklist(small_clinic)[0].id).measurements[0].signal.field_tesla == 1.5


@pytest.mark.parametrize(
    ("content", "columns", "code"),
    [
        (b"", COLUMNS, "NOT_A_TABLE"),
        ("MRN;Täg".encode("latin-1"), COLUMNS, "NOT_A_TABLE"),
        (b"a;b\n1;2\n", COLUMNS, "NO_COLUMN"),
    ],
)
def test_a_table_that_is_none_is_refused(small_clinic: Clinic, content: bytes, columns: ColumnMap, code: str) -> None:
    with pytest.raises(IntakeError) as caught:
        import_results(small_clinic, content, columns)
    assert caught.value.refusal.code == code


def test_columns_are_named_once_and_then_known(small_clinic: Clinic) -> None:
    with pytest.raises(IntakeError, match="which column"):
        column_map(small_clinic, {}, None)
    with pytest.raises(IntakeError, match="nothing called lung"):
        column_map(small_clinic, {"patient": "A", "date": "B", "field_tesla": "C", "lung": "D"}, None)
    with pytest.raises(IntakeError, match="column of the date"):
        column_map(small_clinic, {"patient": "A"}, None)
    made = column_map(small_clinic, dict(COLUMNS.columns), "dmy")
    assert column_map(small_clinic, {}, None) == made == COLUMNS


def test_the_command_line_imports_and_exports(small_clinic: Clinic, ironreport: Callable[..., object]) -> None:
    root = small_clinic.folder.root
    table, out = root.parent / "table.csv", root.parent / "out.zip"
    table.write_text(TABLE, encoding="utf-8")
    given = [part for name, column in COLUMNS.columns for part in ("--column", f"{name}={column}")]
    taken = ironreport("clinic", "import", root, table, *given, "--dates", "dmy")
    assert "3 exams taken, 5 lines refused." in taken.stdout and "line 5:" in taken.stderr
    assert ironreport("clinic", "import", root, table).returncode == 0
    assert ironreport("clinic", "export", root, "--out", out, "--study", "x").returncode == 0
    assert len(sheets(out.read_bytes())["results.csv"]) == 4
