"""CSV and XLSX: every number in its column, a limit never as a value, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Assessment, DecaySignal, Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.quantities import NOT_MEASURABLE, input_sha256, stated
from ironreport.report.rows import rows, safe, to_csv, to_xlsx
from ironreport.synthetic.samples import sample_exam, sample_signal

KNOWLEDGE = published_knowledge()

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tcmd", "\rcmd", "\0cmd", "  =1+1", "\u00a0=1+1", "\n=1+1", "\u200b=1+1",
    "\ufeff=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\u3000＝1", "﹢1", "=HYPERLINK(\"http://example.org\";\"x\")",
]  # fmt: skip


@pytest.fixture(scope="module")
def by_organ(assessment: Assessment, content: ReportContent) -> dict[Any, Any]:
    return {row["organ"]: row for row in rows(assessment, content, KNOWLEDGE)}


def test_there_is_one_row_per_region_and_every_row_has_every_column(
    assessment: Assessment, content: ReportContent
) -> None:
    found = rows(assessment, content, KNOWLEDGE)
    assert [row["organ"] for row in found] == [f.organ for f in assessment.findings]
    assert len({tuple(row) for row in found}) == 1


def test_a_measured_organ_has_value_unit_interval_class_and_proof(by_organ: dict[str, Any]) -> None:
    heart = by_organ["heart"]
    assert (heart["quantity"], heart["unit"], heart["comparator"]) == ("t2star_ms", "ms", "")
    assert heart["low_95"] < heart["value"] == heart["t2star_ms"] < heart["high_95"]
    assert heart["r2star_per_s"] == pytest.approx(1000.0 / heart["value"])
    assert (heart["class"], heart["severity"]) == ("severe", "severe")
    assert (heart["ladder"], heart["calibration"]) == ("heart-1t5", "carpenter-2011")
    assert (heart["echoes"], heart["echoes_used"]) == (8, 8)
    assert "8.1 ms" in heart["printed"] and "7.0 to 9.3" in heart["printed"]
    assert heart["software"].startswith("IronReport ") and heart["knowledge"] == KNOWLEDGE.version
    assert len(heart["input_sha256"]) == 64


def test_a_limit_has_its_comparator_and_no_interval(by_organ: dict[str, Any]) -> None:
    pancreas = by_organ["pancreas"]
    assert (pancreas["r2star_per_s"], pancreas["r2star_per_s_comparator"]) == (61.37, ">")
    assert pancreas["t2star_ms_comparator"] == "<"
    assert pancreas["low_95"] is None and pancreas["high_95"] is None
    assert pancreas["comparator"] in "<>" and pancreas["comparator"]


def test_beyond_the_calibrated_range_only_its_end_is_stated(by_organ: dict[str, Any]) -> None:
    liver = by_organ["liver"]
    assert (liver["value"], liver["comparator"], liver["low_95"], liver["high_95"]) == (42.7, ">", None, None)


def test_without_a_class_or_a_number_the_row_says_why(by_organ: dict[str, Any]) -> None:
    spleen, kidney = by_organ["spleen"], by_organ["kidney"]
    assert spleen["value"] == pytest.approx(20.0, rel=1e-6) and spleen["class"] is None and spleen["why_no_class"]
    numbers = [v for k, v in kidney.items() if isinstance(v, int | float) and k not in ("field_tesla", "echoes")]
    assert kidney["value"] is None and kidney["why_no_value"] and not numbers


def test_no_iron_at_this_rate_is_no_number() -> None:
    exam = Exam("x", measurements=(Measurement(PrintedResult("liver", 1.5, r2star_per_s=5.0)),))
    assessment = assess(exam, KNOWLEDGE)
    iron = next(s for s in stated(assessment.findings[0], KNOWLEDGE) if s.quantity == "lic_mg_per_g")
    assert iron.value is None and iron.why_no_value == NOT_MEASURABLE


def test_csv_reads_back_with_numbers_as_numbers(assessment: Assessment, content: ReportContent) -> None:
    read = pd.read_csv(io.BytesIO(to_csv(assessment, content, KNOWLEDGE)))
    heart = assessment.finding("heart")
    assert heart is not None and heart.estimate is not None and heart.estimate.time is not None
    assert read.loc[0, "value"] == heart.estimate.time.value
    assert list(read["organ"]) == [f.organ for f in assessment.findings]


def test_xlsx_holds_the_same_cells_as_csv(assessment: Assessment, content: ReportContent) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(assessment, content, KNOWLEDGE)))["IronReport"]
    lines = csv.reader(io.StringIO(to_csv(assessment, content, KNOWLEDGE).decode("utf-8-sig"), newline=""))
    for cells, line in zip(sheet.iter_rows(values_only=True), lines, strict=True):
        for cell, text in zip(cells, line, strict=True):
            if isinstance(cell, int | float):
                assert float(text) == pytest.approx(cell, rel=1e-15)  # a workbook keeps 16 digits
            else:
                assert ("" if cell is None else str(cell)) == text


def test_equal_exams_give_equal_bytes_whatever_the_clock_says(assessment: Assessment, content: ReportContent) -> None:
    first = [write(assessment, content, KNOWLEDGE) for write in (to_csv, to_xlsx)]
    time.sleep(2.1)  # the clock of a zip file ticks every two seconds
    assert [write(assessment, content, KNOWLEDGE) for write in (to_csv, to_xlsx)] == first


@pytest.mark.parametrize("text", HOSTILE)
def test_what_follows_a_semicolon_is_guarded_too(text: str) -> None:
    assert safe(f"liver;{text}").startswith("liver;'")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_would_start_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe(text).startswith("'")


@pytest.mark.parametrize("text", ["liver", "right lobe = segment VII", "Ωμέγα", "'quoted", "1.5 T", "", "  x"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_no_cell_of_a_hostile_exam_is_a_formula_and_no_cell_is_lost() -> None:
    locations = [*HOSTILE, "a;=1+1", 'a","=1+1', "a\r\n=1+1", "\ud800", "\uffff", "x" * 50_000]
    for location in locations:
        signal = replace(sample_signal("liver_1t5_heavy"), location=location, origin=location)
        exam = Exam(location, measurements=(Measurement(signal),))
        assessment = assess(exam, KNOWLEDGE)
        content = describe_of(assessment)
        book = openpyxl.load_workbook(io.BytesIO(to_xlsx(assessment, content, KNOWLEDGE)))
        cells = [cell for row in book["IronReport"].iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        for delimiter in ",;":
            text = to_csv(assessment, content, KNOWLEDGE).decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
            assert len(lines) == 2
            assert not [c for line in lines for c in line if c[:1] in {*"=+-@\t\r\0"}]


def describe_of(assessment: Assessment) -> ReportContent:
    """The description, its id aside: a lone surrogate cannot be hashed and never comes through the gate."""
    plain = replace(assessment, exam=replace(assessment.exam, pseudonym="x", measurements=()))
    findings = tuple(
        replace(f, measurement=Measurement(replace(f.measurement.signal, location="", origin="")))
        for f in plain.findings
    )
    content = describe(replace(plain, findings=findings), KNOWLEDGE)
    return replace(content, pseudonym=assessment.exam.pseudonym)


def test_one_changed_echo_time_changes_the_input_fingerprint_and_a_changed_name_does_not() -> None:
    signal = sample_exam().measurements[0].signal
    assert isinstance(signal, DecaySignal)
    first = input_sha256(Measurement(signal))
    assert input_sha256(Measurement(replace(signal, location="elsewhere", origin="another file"))) == first
    assert input_sha256(Measurement(replace(signal, te_ms=(2.1, *signal.te_ms[1:])))) != first
