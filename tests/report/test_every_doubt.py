"""Every doubt that the program can raise reaches every way out of it."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
import json
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook
from pydicom import Dataset, dcmread
from streamlit.testing.v1 import AppTest

from ironreport.assess import assess
from ironreport.commands.exam_commands import finding_lines
from ironreport.exports import export
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, Choices, DecaySignal, Exam, Measurement, ReportDetails
from ironreport.report import describe
from ironreport.report.dicom import to_dicom
from ironreport.report.pdf import write_pdf
from ironreport.synthetic import decay

KNOWLEDGE = published_knowledge()
PACKAGE = Path(__file__).resolve().parents[2] / "ironreport"
TE_MS = tuple(1.0 + 1.3 * i for i in range(10))
SHOWN_ELSEWHERE = {
    "SIGN_UNCERTAIN", "NULL_BEFORE_FIRST", "SHORT_RECOVERY", "ODD_INVERSION",
}  # fmt: skip
"""Doubts of a T1: it is no finding; they stand beside it on the Images and Signals pages."""


# ------------------------------------------------------------------------- what the code can raise


@dataclass(frozen=True)
class Raised:
    """A code as a module raises it; ``code`` is empty where it is no text that can be read from the source."""

    code: str
    blocks: bool
    place: str


def raised_in(source: str, place: str) -> Iterator[Raised]:
    """Every caution that is made in a module, under whatever name the class was imported."""
    tree = ast.parse(source)
    names = {"Caution"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Caution" and alias.asname
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
            words = {word.arg: word.value for word in node.keywords}
            code = node.args[0] if node.args else words.get("code")
            said = code.value if isinstance(code, ast.Constant) and isinstance(code.value, str) else ""
            yield Raised(said, "blocks_grade" in words, f"{place}:{node.lineno}")


@cache
def all_raised() -> tuple[Raised, ...]:
    modules = sorted(PACKAGE.rglob("*.py"))
    return tuple(r for m in modules for r in raised_in(m.read_text("utf-8"), m.relative_to(PACKAGE).as_posix()))


def codes() -> dict[str, bool]:
    """Every code and whether it can withhold the class: those in the source, and the checks of the organs' files."""
    found: dict[str, bool] = {}
    for one in all_raised():
        if one.code:
            found[one.code] = found.get(one.code, False) or one.blocks
    checks = {check.id: False for organ in KNOWLEDGE.organs for check in KNOWLEDGE.checks(organ)}
    return {code: blocks for code, blocks in (found | checks).items() if code not in SHOWN_ELSEWHERE}


def test_every_code_stands_in_the_source_where_it_is_raised_but_the_checks_of_the_organs_files() -> None:
    unread = [one.place for one in all_raised() if not one.code]
    assert len(unread) == 1 and unread[0].startswith("assess/assessment.py:")
    assert len(codes()) > 60 and any(codes().values()) and {one.code for one in all_raised()} >= SHOWN_ELSEWHERE


def test_a_code_that_cannot_be_read_is_seen_however_the_class_is_called() -> None:
    source = "from ironreport.records import Caution as Doubt\nDoubt(made_up, 'text')\nrecords.Caution(code=f'{x}')\n"
    assert [(one.code, one.place) for one in raised_in(source, "x.py")] == [("", "x.py:2"), ("", "x.py:3")]


# ------------------------------------------------------------------------------ what comes out


def text_of(code: str) -> str:
    return f"What {code} is about was found at 12.5 ms. Do {code.lower()} again."


def exams() -> tuple[tuple[tuple[str, ...], Exam], ...]:
    """Exams whose organs carry three codes each, of which either all withhold the class or none does."""
    organs = [organ.id for organ in KNOWLEDGE.organs.values() if organ.contrast == "T2*"]
    every, at_once = sorted(codes().items(), key=lambda one: one[1]), 3 * len(organs)
    chunks = [every[i : i + at_once] for i in range(0, len(every), at_once)]
    return tuple((tuple(code for code, _ in chunk), _exam(organs, chunk)) for chunk in chunks)


def _exam(organs: list[str], chunk: list[tuple[str, bool]]) -> Exam:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, 12.0))
    carried = [chunk[i : i + 3] for i in range(0, len(chunk), 3)]
    signals = [
        DecaySignal(
            organ, TE_MS, values, field_tesla=1.5,
            cautions=tuple(Caution(code, text_of(code), blocks_grade=blocks) for code, blocks in three),
        )
        for organ, three in zip(organs, carried, strict=False)
    ]  # fmt: skip
    return Exam("Exam 1A2B", "2026-11-21", tuple(Measurement(s) for s in signals))


def out_of(exam: Exam) -> dict[str, str]:
    """Every way out of an exam, read back as text without blanks."""
    assessment = assess(exam, KNOWLEDGE)
    content = describe(assessment, KNOWLEDGE)
    pdf = write_pdf(content)
    made = {kind: export(kind, assessment, content, KNOWLEDGE) for kind in ("csv", "xlsx", "fhir", "notebook")}
    written_at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    objects = to_dicom(assessment, content, KNOWLEDGE, pdf, origins={}, maps={}, written_at=written_at)
    texts = {
        "card": " ".join(text for card in content.cards for text in card.doubts),
        "Findings page": findings_page(exam),
        "command line": "\n".join(finding_lines(content)),
        "pdf": printed(pdf),
        "one page": printed(write_pdf(content, form="short")),
        "csv": " ".join(cell for row in csv.reader(io.StringIO(made["csv"].decode("utf-8-sig"))) for cell in row),
        "xlsx": " ".join(str(cell.value) for row in load_workbook(io.BytesIO(made["xlsx"])).active for cell in row),
        "fhir": " ".join(fhir_notes(made["fhir"])),
        "dicom sr": " ".join(sr_texts(dcmread(io.BytesIO(objects.files["structured_report.dcm"])))),
        "notebook": "\n".join(cell.source for cell in nbformat.reads(made["notebook"].decode(), 4).cells),
    }
    return {way: solid(text) for way, text in texts.items()}


def solid(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def printed(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def findings_page(exam: Exam) -> str:
    """What a reader sees of the exam on its own page."""
    page = AppTest.from_file(str(PACKAGE.parent / "app.py"), default_timeout=120)
    page.session_state["exam"] = exam
    page.run().switch_page("pages/4_Findings.py").run()
    assert not page.exception
    shown = [str(e.value) for kind in (page.markdown, page.info, page.warning, page.error) for e in kind]
    return " ".join(shown).replace("\\", "")


def fhir_notes(bundle: bytes) -> Iterator[str]:
    for entry in json.loads(bundle)["entry"]:
        yield from (note["text"] for note in entry["resource"].get("note", []))


def sr_texts(item: Dataset) -> Iterator[str]:
    for inner in item.get("ContentSequence", []):
        yield str(inner.get("TextValue", ""))
        yield from sr_texts(inner)


@pytest.mark.usefixtures("poppler", "installed_packages_are_searched_once")
@pytest.mark.slow
def test_each_doubt_reaches_each_way_out() -> None:
    """Word for word: no way out may shorten a doubt, the one page neither."""
    missing = {
        (way, code)
        for held, exam in exams()
        for way, text in out_of(exam).items()
        for code in held
        if solid(text_of(code)) not in text
    }
    assert not missing


@pytest.mark.usefixtures("poppler")
def test_the_one_page_says_each_flag_in_full_and_which_echo_was_left_out() -> None:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, 4.0))
    liver = Measurement(DecaySignal("liver", TE_MS, values, field_tesla=1.5), Choices(left_out=(1,)))
    exam = Exam("Exam 1A2B", measurements=(liver,), details=ReportDetails(impression="As before."))
    content = describe(assess(exam, KNOWLEDGE), KNOWLEDGE)
    text = solid(printed(write_pdf(content, form="short")))
    flags = [flag for card in content.cards for flag in card.flags]
    assert any("Calibration-sensitive" in flag for flag in flags)
    assert all(solid(flag) in text for flag in flags)
    assert solid("Left out by the reader: echo 2") in text


def test_a_header_that_names_another_organ_is_a_doubt_of_the_finding() -> None:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, 4.0))
    signal = DecaySignal("liver", TE_MS, values, field_tesla=1.5, header_organs=("kidney",))
    one = Exam("Exam 1A2B", measurements=(Measurement(signal),))
    [finding] = assess(one, KNOWLEDGE).findings
    assert "names kidney, the region is named liver" in finding.cautions[0].text and finding.grading is not None
    agreed = replace(one, measurements=(Measurement(replace(signal, header_organs=("kidney", "liver"))),))
    assert "HEADER_NAMES_OTHER_ORGAN" not in {c.code for c in assess(agreed, KNOWLEDGE).findings[0].cautions}
