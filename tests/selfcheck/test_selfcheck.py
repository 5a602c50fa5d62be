"""The self-check passes on what ships, and each row fails where what it checks is broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from ironreport import cli
from ironreport.commands import check_commands
from ironreport.knowledge.loading import FOLDER
from ironreport.records import DecaySignal, Exam, Measurement
from ironreport.report import describe
from ironreport.report.dicom.objects import DicomExport
from ironreport.selfcheck import (
    fingerprints,
    images_checked,
    installation_checked,
    numbers_checked,
    remembered,
    running,
    ways_out_checked,
)
from ironreport.selfcheck.check_record import CURE, CheckRow, SelfCheck, check_text
from ironreport.selfcheck.remembered import check_when_new, last_check, remember, said_of
from ironreport.selfcheck.running import run_selfcheck
from ironreport.synthetic.each_syntax import SYNTAXES, series_of_each_syntax
from ironreport.synthetic.samples import sample_exam

Patch = pytest.MonkeyPatch
NAMES = [name for name, _ in running.checks()]


def row(name: str, address: str | None = None) -> CheckRow:
    return running._row(name, dict(running.checks(address))[name])


def made(*failed: str) -> SelfCheck:
    rows = tuple(CheckRow(name, name not in failed, f"{name} was looked at.", 0.1) for name in NAMES)
    sha256 = (fingerprints.code_sha256(), fingerprints.knowledge_sha256())
    return SelfCheck(rows, "IronReport 0.1.0", "abc", *sha256, "2026-11-29T12:00:00+00:00")


# -------------------------------------------------------------------------------------- it passes


@pytest.mark.parametrize("name", NAMES)
def test_each_row_passes_on_what_ships(name: str) -> None:
    found = row(name)
    assert found.passed, found.said
    assert found.said.endswith(".")


def test_the_whole_is_its_rows_with_the_fingerprints(monkeypatch: Patch) -> None:
    monkeypatch.setattr(running, "checks", lambda _: iter([("One", lambda: "Fine."), ("Two", lambda: "Fine too.")]))
    found = run_selfcheck()
    assert found.passed and [r.name for r in found.rows] == ["One", "Two"]
    assert (found.code_sha256, found.knowledge_sha256) == (fingerprints.code_sha256(), fingerprints.knowledge_sha256())


def test_every_syntax_that_can_be_written_is_written_from_other_pixels() -> None:
    written = series_of_each_syntax()
    assert [one.syntax for one in written] == list(SYNTAXES)
    assert len({one.stored.tobytes() for one in written}) == len(written)
    assert len({content for one in written for content in one.files.values()}) == 4 * len(written)


# ---------------------------------------------------------------------------- each row can fail


def _longer_times(signal: DecaySignal) -> DecaySignal:
    return replace(signal, te_ms=tuple(1.1 * te for te in signal.te_ms))


def _slower_exam() -> Exam:
    exam = sample_exam()
    return replace(exam, measurements=tuple(Measurement(_longer_times(m.signal)) for m in exam.measurements))  # type: ignore[arg-type]


def _wrong_fit(patch: Patch) -> None:
    fit = numbers_checked.fit_decay

    def off(signal: DecaySignal) -> Any:
        right = fit(signal)
        return replace(right, time=replace(right.time, value=1.01 * right.time.value))

    patch.setattr(numbers_checked, "fit_decay", off)


def _broken_knowledge(patch: Patch, folder: Path) -> None:
    shutil.copytree(FOLDER, folder / "knowledge")
    liver = folder / "knowledge/organs/liver.toml"
    liver.write_text(liver.read_text(encoding="utf-8").replace("slope = ", "slope = 1", 1), encoding="utf-8")
    patch.setattr(installation_checked, "FOLDER", folder / "knowledge")


def _doubled(quantity: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    return lambda one: {k: 2 * v if isinstance(v, float) else v for k, v in quantity(one).items()}


def _table_of_other_values(patch: Patch) -> None:
    from ironreport.report import rows

    patch.setattr(rows, "_quantity", _doubled(rows._quantity))


def _report_of_another_exam(patch: Patch) -> None:
    knowledge = ways_out_checked.published_knowledge()
    normal = replace(sample_exam(), measurements=())
    other = describe(ways_out_checked.assess(normal, knowledge), knowledge)
    write = ways_out_checked.write_pdf
    patch.setattr(ways_out_checked, "write_pdf", lambda _: write(other))


def _notebook_of_another_exam(patch: Patch) -> None:
    from ironreport import notebook

    bare = notebook._bare_signal
    patch.setattr(notebook, "_bare_signal", lambda signal: _longer_times(bare(signal)))


BREAKS: dict[str, Callable[[Patch, Path], object]] = {
    "Reference decays": lambda p, _: _wrong_fit(p),
    "Classes of the samples": lambda p, _: p.setattr(numbers_checked, "sample_exam", _slower_exam),
    "Knowledge files": _broken_knowledge,
    "DICOM, each transfer syntax": lambda p, _: p.setattr("ironreport.intake.decoding._CHILD", "ironreport.nowhere"),
    "Decoder limits": lambda p, _: p.setattr("ironreport.intake.archive.MAX_RATIO", 10**9),
    "Fonts": lambda p, _: p.setattr("ironreport.report.pdf.typeset._has_glyphs", lambda text: "λ" not in text),
    "PDF": lambda p, _: _report_of_another_exam(p),
    "Exam file": lambda p, _: p.setattr(ways_out_checked, "open_exam", lambda _: _slower_exam()),
    "CSV": lambda p, _: _table_of_other_values(p),
    "XLSX": lambda p, _: _table_of_other_values(p),
    "FHIR": lambda p, _: p.setattr("ironreport.report.fhir._interpretation", lambda *_: []),
    "DICOM structured report": lambda p, _: p.setattr(
        ways_out_checked, "to_dicom", lambda *_, **__: DicomExport(files={})
    ),
    "Notebook": lambda p, _: _notebook_of_another_exam(p),
    "Versions": lambda p, _: p.setattr(installation_checked, "version", lambda _: "0.0.1"),
    "Address": lambda p, folder: p.setattr(installation_checked, "app_folder", lambda: folder),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_row_fails_where_what_it_checks_is_broken(name: str, monkeypatch: Patch, tmp_path: Path) -> None:
    BREAKS[name](monkeypatch, tmp_path)
    found = row(name)
    assert not found.passed and found.said


def test_a_bundle_of_other_values_fails(monkeypatch: Patch) -> None:
    monkeypatch.setattr("ironreport.report.fhir._measured", lambda printed, unit: {"value": 1.0, "unit": unit})
    assert row("FHIR").said == "The bundle holds other values."


def test_a_damaged_stream_that_is_read_as_an_image_fails(monkeypatch: Patch) -> None:
    whole = next(one for one in series_of_each_syntax() if one.syntax == "JPEG-LS").files
    monkeypatch.setattr(images_checked, "damaged_series", lambda: whole)
    assert row("Decoder limits").said == "A damaged stream was read as an image."


@pytest.mark.parametrize("address", ["", "0.0.0.0", "192.168.1.7", "hospital.example"])
def test_an_address_that_others_can_reach_fails(address: str) -> None:
    assert not row("Address", address).passed


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_an_address_of_this_computer_passes(address: str) -> None:
    assert row("Address", address).passed


def test_a_row_that_breaks_fails_with_its_kind_and_the_rest_still_runs(monkeypatch: Patch) -> None:
    def broken() -> str:
        raise ZeroDivisionError("DOE^JANE")

    monkeypatch.setattr(running, "checks", lambda _: iter([("One", broken), ("Two", lambda: "Fine.")]))
    found = run_selfcheck()
    assert found.failed == ("One",) and not found.passed
    assert "ZeroDivisionError" in found.rows[0].said and "DOE" not in check_text(found)


# --------------------------------------------------------------------------- printed, remembered


def test_the_text_for_paper_has_every_row_the_verdict_and_the_fingerprints() -> None:
    text = check_text(made("PDF"))
    assert all(name in text for name in NAMES)
    assert "FAIL  PDF" in text and "FAIL: 1 of" in text and CURE in text
    assert fingerprints.code_sha256() in text and fingerprints.knowledge_sha256() in text
    good = check_text(made())
    assert "FAIL" not in good and CURE not in good and "signature" in good


def test_a_change_of_code_or_knowledge_changes_its_fingerprint(monkeypatch: Patch, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    monkeypatch.setattr(fingerprints, "PACKAGE", tmp_path)
    before = fingerprints._sha256(tmp_path.rglob("*.py"))
    (tmp_path / "a.py").write_bytes(b"x = 1\n")
    assert fingerprints._sha256(tmp_path.rglob("*.py")) == before
    (tmp_path / "a.py").write_bytes(b"x = 2\n")
    assert fingerprints._sha256(tmp_path.rglob("*.py")) != before


@pytest.fixture
def kept(monkeypatch: Patch, tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "selfcheck.json"
    monkeypatch.setattr(remembered, "place", lambda: path)
    return path


def test_a_version_is_checked_once(kept: Path, monkeypatch: Patch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(remembered, "start_behind", started.append)
    assert "being checked now" in check_when_new()
    assert [command[1:] for command in started] == [["-m", "ironreport", "selftest"]]
    remember(made())
    assert check_when_new() == "Self-check: passed on 2026-11-29."
    assert len(started) == 1 and [p.name for p in kept.parent.iterdir()] == [kept.name]


def test_another_version_is_checked_again(kept: Path) -> None:
    remember(replace(made(), code_sha256="0" * 64))
    assert last_check() is None and "not run yet" in said_of(last_check())
    remember(replace(made(), knowledge_sha256="0" * 64))
    assert last_check() is None


def test_a_failure_is_remembered(kept: Path) -> None:
    remember(made("PDF"))
    found = last_check()
    assert found is not None and found.failed == ("PDF",) and "FAILED" in said_of(found)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"failed": 3}', "\0", json.dumps({"failed": [], "more": 1})])
def test_a_damaged_memory_is_none(kept: Path, text: str) -> None:
    kept.parent.mkdir()
    kept.write_text(text, encoding="utf-8")
    assert last_check() is None


def test_a_folder_that_cannot_be_written_stops_nothing(kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    remember(made())
    assert last_check() is None


# -------------------------------------------------------------------------- command line and page


@pytest.mark.parametrize(("failed", "code"), [((), 0), (("PDF", "CSV"), 1)])
def test_the_command_prints_writes_remembers_and_ends_with_1_where_a_part_fails(
    failed: tuple[str, ...], code: int, kept: Path, monkeypatch: Patch, tmp_path: Path
) -> None:
    monkeypatch.setattr(check_commands, "run_selfcheck", lambda: made(*failed))
    ended = CliRunner().invoke(cli.app, ["selftest", "--out", str(tmp_path / "check.txt")])
    assert ended.exit_code == code
    assert check_text(made(*failed)) in ended.output
    assert (tmp_path / "check.txt").read_text(encoding="utf-8") == check_text(made(*failed))
    found = last_check()
    assert found is not None and found.failed == failed


@pytest.fixture
def page(repo_root: Path, kept: Path) -> AppTest:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60).run()
    return app.switch_page("pages/9_Self_check.py").run()


def run_on(page: AppTest) -> AppTest:
    return next(b for b in page.button if b.label == "Run the self-check").click().run()


def test_the_page_says_that_nothing_was_checked_yet(page: AppTest) -> None:
    assert not page.exception
    assert "not run yet" in page.info[0].value


@pytest.mark.parametrize("failed", [(), ("Decoder limits",)])
def test_the_page_shows_every_row_and_remembers(failed: tuple[str, ...], page: AppTest, monkeypatch: Patch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "ironreport.selfcheck.running.run_selfcheck", lambda address: asked.append(address) or made(*failed)
    )
    shown = run_on(page)
    assert not shown.exception and asked == ["127.0.0.1"]
    table = shown.table[0].value
    assert list(table["Part"].str.replace("\\", "")) == NAMES
    assert [("FAIL" in word) for word in table["Result"]] == [name in failed for name in NAMES]
    assert bool(shown.error) == bool(failed) and bool(shown.success) == (not failed)
    found = last_check()
    assert found is not None and found.failed == failed
