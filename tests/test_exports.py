"""Every way out by one door: bytes that depend on the exam alone, under a name that names nobody."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from ironreport.assess import assess
from ironreport.exam import save_exam
from ironreport.exports import ENDINGS, MIME_TYPES, ExportKind, export, export_file_name
from ironreport.knowledge import published_knowledge
from ironreport.records import Exam
from ironreport.report import describe
from ironreport.synthetic.samples import sample_exam

Command = Callable[..., subprocess.CompletedProcess[str]]

KNOWLEDGE = published_knowledge()
KINDS: tuple[ExportKind, ...] = get_args(ExportKind)
STARTS = {"fhir": b"{", "csv": b'\xef\xbb\xbf"report_id"', "xlsx": b"PK", "notebook": b"{"}


def made(kind: ExportKind, exam: Exam) -> tuple[bytes, str]:
    assessment = assess(exam, KNOWLEDGE)
    content = describe(assessment, KNOWLEDGE)
    return export(kind, assessment, content, KNOWLEDGE), export_file_name(kind, content)


def test_every_kind_has_an_ending_and_a_type() -> None:
    assert set(KINDS) == ENDINGS.keys() == MIME_TYPES.keys() == STARTS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_equal_exams_give_equal_bytes_under_the_reports_own_name(kind: ExportKind) -> None:
    (first, name), (second, _) = made(kind, sample_exam()), made(kind, sample_exam())
    assert first == second and first.startswith(STARTS[kind])
    assert name.startswith("ironreport_2026-11-01_") and name.endswith(ENDINGS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_never_comes_into_the_file_name(kind: ExportKind) -> None:
    _, name = made(kind, replace(sample_exam(), pseudonym="DOE^JANE", exam_date="../../DOE"))
    assert name.startswith("ironreport_undated_") and "DOE" not in name and "/" not in name


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_writes_what_the_function_gives(kind: ExportKind, tmp_path: Path, ironreport: Command) -> None:
    (tmp_path / "exam.ironreport.json").write_text(save_exam(sample_exam()), encoding="utf-8")
    done = ironreport("export", "exam.ironreport.json", "--to", kind, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    wanted, name = made(kind, sample_exam())
    assert (tmp_path / name).read_bytes() == wanted and name in done.stdout


def test_another_process_writes_the_same_bytes() -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); import test_exports as t; "
        "print(*(hashlib.sha256(t.made(kind, t.sample_exam())[0]).hexdigest() for kind in t.KINDS))"
    )
    here = Path(__file__).parent
    environment = {"PYTHONHASHSEED": "1", "PYTHONPATH": str(here.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code, here], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [hashlib.sha256(made(kind, sample_exam())[0]).hexdigest() for kind in KINDS]


def test_the_command_writes_where_it_is_told_and_refuses_what_is_no_exam(tmp_path: Path, ironreport: Command) -> None:
    (tmp_path / "exam.ironreport.json").write_text(save_exam(sample_exam()), encoding="utf-8")
    done = ironreport("export", "exam.ironreport.json", "--to", "csv", "--out", "rows.csv", cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "rows.csv").is_file()
    (tmp_path / "no.ironreport.json").write_bytes(b"\xff\xfe\x00")
    refused = ironreport("export", "no.ironreport.json", "--to", "csv", cwd=tmp_path)
    assert refused.returncode == 1 and "not an IronReport exam" in refused.stderr and "Traceback" not in refused.stderr
