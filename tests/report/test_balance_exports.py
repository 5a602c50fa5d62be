"""The iron balance on its ways out: the same numbers in CSV, FHIR and notebook, and no number where there is none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from fhir.resources.R4B.bundle import Bundle

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.notebook import to_notebook
from ironreport.records import (
    Assessment,
    Context,
    Exam,
    IronBalance,
    Measurement,
    PreviousResult,
    PrintedResult,
    Transfused,
)
from ironreport.report import describe
from ironreport.report.fhir import to_fhir
from ironreport.report.rows import rows, to_csv, to_xlsx

KNOWLEDGE = published_knowledge()
EARLIER = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=121.4)


def assessed(now_per_s: float = 352.0, transfused: Transfused | None = None) -> Assessment:
    measured = (
        Measurement(PrintedResult("heart", 1.5, t2star_ms=32.0)),
        Measurement(PrintedResult("liver", 1.5, r2star_per_s=now_per_s)),
    )
    context = Context("tdt", previous=(EARLIER,), transfused=transfused or Transfused(60.0, 30.0))
    return assess(Exam("x", "2026-10-01", measured, context), KNOWLEDGE)


def drawn(assessment: Assessment) -> IronBalance:
    assert isinstance(assessment.balance, IronBalance)
    return assessment.balance


def rows_of(assessment: Assessment) -> dict[str, dict[str, Any]]:
    found = rows(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE)
    return {str(row["organ"]): row for row in found}


def bundle_of(assessment: Assessment) -> bytes:
    return to_fhir(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE)


def notebook_of(assessment: Assessment) -> nbformat.NotebookNode:
    text = to_notebook(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE).decode()
    return nbformat.reads(text, as_version=4)


# ------------------------------------------------------------------------------------- CSV and XLSX


def test_the_row_of_the_liver_holds_the_balance_unrounded_and_the_heart_none() -> None:
    one = assessed()
    found, ledger = rows_of(one), drawn(one).ledger
    liver = found["liver"]
    assert (liver["balance_since"], liver["balance_days"]) == ("2025-10-01", 365)
    assert (liver["weight_kg"], liver["n_units"], liver["volume_ml"]) == (60.0, 30.0, None)
    out = ledger.iron_out.per_day
    name = "iron_out_mg_per_kg_per_day"
    assert (liver[name], liver[f"{name}_low_95"], liver[f"{name}_high_95"]) == (out.value, out.low, out.high)
    assert liver["iron_in_mg_per_kg"] - liver["iron_out_mg_per_kg"] == pytest.approx(
        liver["body_iron_change_mg_per_kg"]
    )
    assert liver["body_iron_before_mg_per_kg"] == ledger.body_before.value
    assert all(found["heart"][name] is None for name in liver if name.startswith(("iron_", "body_iron", "balance")))


def test_without_a_balance_the_row_says_why_and_holds_no_number() -> None:
    liver = rows_of(assessed(125.0))["liver"]
    assert "within the measurement error" in liver["why_no_balance"]
    assert all(liver[name] is None for name in liver if name.startswith(("iron_in", "iron_out", "body_iron")))


def test_doubts_of_the_balance_stand_in_its_row() -> None:
    assert "check units" in rows_of(assessed(transfused=Transfused(20.0, 45.0)))["liver"]["balance_doubts"]


def test_csv_and_xlsx_can_be_written_with_a_balance() -> None:
    one = assessed()
    content = describe(one, KNOWLEDGE)
    read = list(csv.DictReader(io.StringIO(to_csv(one, content, KNOWLEDGE).decode("utf-8-sig"))))
    assert float(read[1]["iron_out_mg_per_kg"]) == drawn(one).ledger.iron_out.total.value
    assert read[0]["iron_out_mg_per_kg"] == ""
    assert to_xlsx(one, content, KNOWLEDGE) == to_xlsx(one, content, KNOWLEDGE)


# ---------------------------------------------------------------------------------------------- FHIR


def by_code(bundle: bytes, code: str) -> list[dict[str, Any]]:
    resources = [e["resource"] for e in json.loads(bundle)["entry"]]
    return [r for r in resources if r["resourceType"] == "Observation" and r["code"]["coding"][0]["code"] == code]


def test_fhir_holds_the_printed_numbers_with_unit_period_and_interval() -> None:
    bundle = bundle_of(assessed())
    total, per_day = by_code(bundle, "IRON-OUT")
    assert (total["valueQuantity"]["value"], total["valueQuantity"]["code"]) == (49, "mg/kg")
    assert (per_day["valueQuantity"]["value"], per_day["valueQuantity"]["code"]) == (0.13, "mg/kg/d")
    limits = per_day["component"][0]["valueRange"]
    assert (limits["low"]["value"], limits["high"]["value"]) == (0.06, 0.21)
    assert per_day["effectivePeriod"] == {"start": "2025-10-01", "end": "2026-10-01"}
    before, now = by_code(bundle, "BODY-IRON")
    assert (before["effectiveDateTime"], now["effectiveDateTime"]) == ("2025-10-01", "2026-10-01")
    (panel,) = by_code(bundle, "IRON-BALANCE")
    assert len(panel["hasMember"]) == 8 and any("gut" in note["text"] for note in panel["note"])
    assert len(Bundle.model_validate_json(bundle).entry) == len(json.loads(bundle)["entry"])


def test_fhir_gives_a_reason_and_no_number_where_there_is_no_balance() -> None:
    bundle = bundle_of(assessed(125.0))
    (panel,) = by_code(bundle, "IRON-BALANCE")
    assert "within the measurement error" in panel["dataAbsentReason"]["text"]
    assert not by_code(bundle, "IRON-OUT") and not by_code(bundle, "BODY-IRON")
    assert Bundle.model_validate_json(bundle).entry


def test_fhir_says_nothing_of_a_balance_nobody_asked_for() -> None:
    bundle = bundle_of(assessed(transfused=Transfused()))
    assert b"IRON-BALANCE" not in bundle and b"Iron balance" not in bundle


# ------------------------------------------------------------------------------------------ notebook


def test_the_notebook_holds_no_date_of_the_balance() -> None:
    text = json.dumps(notebook_of(assessed()))
    assert "2025-10-01" not in text and "2026-10-01" not in text and "ledger(" in text


@pytest.mark.slow
def test_the_notebook_draws_the_balance_again_and_fails_if_a_unit_is_changed(run_notebook: Callable[..., Any]) -> None:
    book = notebook_of(assessed())
    assert run_notebook(nbformat.from_dict(book)).printed[-1] == "The iron balance is that of the report.\n"
    cell = next(c for c in book.cells if "ledger(" in c.source and "n_units=30.0" in c.source)
    cell.source = cell.source.replace("n_units=30.0", "n_units=31.0")
    with pytest.raises(AssertionError, match="The balance of the report is another one"):
        run_notebook(book)


def test_a_notebook_of_an_exam_without_a_balance_has_no_cell_for_it() -> None:
    assert "ledger(" not in json.dumps(notebook_of(assessed(125.0)))
