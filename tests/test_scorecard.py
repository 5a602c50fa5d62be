"""The scorecard asks everything once, counts what was not measured as failed, and can fail."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scorecard import __main__ as scorecard
from benchmarks.scorecard.handed_out import PAPERS
from benchmarks.scorecard.hostile import N_MUTANTS, SLOWEST_S, mutants, seeds, twins
from benchmarks.scorecard.page import Result, line, page, verdict
from benchmarks.scorecard.row import Measured, Row, promises
from benchmarks.tables import DOCS

ROWS = [row for _, row in scorecard.wanted("")]


def test_every_question_has_its_row_and_its_command() -> None:
    names = [row.id for row in ROWS]
    assert {f"R{k}" for k in range(1, 26)} <= set(names)
    assert len(names) == len(set(names))
    assert all(row.what and row.target and row.command for row in ROWS)


def test_some_rows_are_chosen_by_name_and_a_wrong_name_is_said() -> None:
    assert [row.id for _, row in scorecard.wanted("r22, R5")] == ["R5", "R22"]
    with pytest.raises(SystemExit, match="There is no row R99"):
        scorecard.wanted("R99")


def test_a_row_that_breaks_fails_with_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    def breaks(quick: bool) -> Measured:
        raise RuntimeError("as it does")

    scorecard.measure_here([Row("R0", "what", "target", "command", breaks)], True)
    assert '"said": "it broke: RuntimeError: as it does", "passed": false' in capsys.readouterr().out


def test_a_row_that_was_never_measured_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorecard, "KEPT", tmp_path / "kept" / "scorecard.json")
    monkeypatch.setattr(scorecard, "FILE", tmp_path / "scorecard.md")
    measured = Result(ROWS[0], Measured("20,000 mutants", True), 3.0, at="2026-11-29 0a1b2c3")
    scorecard.keep([measured])
    found = scorecard.kept_results()
    assert [one.row.id for one in found if one.measured.passed] == [ROWS[0].id]
    text = page(found, dt.date(2026, 11, 29))
    assert f"1 of {len(ROWS)} rows pass" in text and text.count("| FAIL |") == len(ROWS) - 1
    assert "of a sample" not in text and "PASS of a sample" in line(replace(measured, is_sample=True))
    (tmp_path / "kept" / "scorecard.json").unlink()
    (tmp_path / "scorecard.md").write_text(text, encoding="utf-8")
    assert scorecard.kept_results() == found  # the page alone remembers what was measured, and at which commit
    assert line(measured).startswith(f"PASS {ROWS[0].id}") and verdict([measured]) == "1 of 1 rows pass"


def test_a_test_that_fails_or_is_not_there_is_no_measurement() -> None:
    missing = promises("test_scorecard.py::test_that_nobody_wrote")
    assert missing.n_kept == 0 and missing.broken


def test_damaged_files_come_through_the_door_of_the_app_or_have_a_reason() -> None:
    """A few hundred of the 20,000."""
    assert len(seeds()) >= 8 and N_MUTANTS == 20_000 and SLOWEST_S == 1.0
    found = mutants(True)
    assert "400 mutants" in found.said and " 0 unhandled" in found.said and ", 0 without a reason" in found.said


def test_the_twins_are_hostile_each_in_its_own_way() -> None:
    assert len(twins()) >= 15 and len(set(twins().values())) == len(twins())


def test_the_page_and_every_paper_it_asks_for_are_there() -> None:
    assert [name for name in (*PAPERS, "scorecard.md") if not (DOCS / name).is_file()] == []
