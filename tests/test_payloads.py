"""Hostile text in every field of an exam, over every way out: it stays text, and none is lost, run or fetched."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from io import BytesIO, StringIO
from typing import Any

import nbformat
import openpyxl
import pydicom
import pytest

from ironreport.assess import assess
from ironreport.exam import open_exam, save_exam
from ironreport.exports import ExportKind, export
from ironreport.knowledge import published_knowledge
from ironreport.records import Assessment, DecaySignal, Exam, ReportDetails
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.dicom import to_dicom
from ironreport.report.pdf import write_pdf
from ironreport.report.pdf.typeset import NOT_PRINTABLE, NOT_PRINTABLE_WORD, prepare
from ironreport.report.rows import safe as cell
from ironreport.serving.sign_in import form, page
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.shown import plain

KNOWLEDGE = published_knowledge()
HERE = "127.0.0.1:9"

OF_MARKUP = [
    f'<img src="http://{HERE}/x.png"/>', '<img src="/etc/hostname"/>', '<img src="file:///etc/passwd"/>',
    '<a href="javascript:alert(1)">x</a>', f'<a href="http://{HERE}/">here</a>', "<link href='http://x'>y</link>",
    "<onDraw name=x label=y/>", "DOE^<JOHN>", "<b>bold", "</para><para>", "a & b &amp; c &#60;d&#62;", "]]></para>",
    "<font color='[[getattr(pow, Word)(1)]]'>x</font>", "<seq/><bullet>x</bullet>", "<script>alert(1)</script>",
    f"![x](http://{HERE}/x.png)", "[x](javascript:alert(1))", "`code` **bold** _it_ ~~no~~",
    "$\\sum_x$ :red[x] :material/lan:",
    "%s %n {0} {name} ${HOME}", "O'Neil\"; DROP TABLE x; --", "../../../etc/passwd", "C:\\Windows\\win.ini",
    "a | b | c", "# heading > quote - item", "Ünal^Çağla \u00b1 \u2264",
]  # fmt: skip
OF_FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", f'=HYPERLINK("http://{HERE}/","x")', "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1",
    "\n=1+1", "  =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "x;=1+1",
    "\x00=1+1",
]  # fmt: skip
STARTS = set("=+-@\t\r")
KINDS: tuple[ExportKind, ...] = ("fhir", "csv", "xlsx", "notebook")


def hostile_exam(texts: list[str]) -> Exam:
    """The sample exam with a hostile text in each field that takes any."""
    given = iter(texts * 20)
    names = [one.name for one in fields(ReportDetails) if one.name != "impression_of"]
    details = ReportDetails(**{name: next(given) for name in names})
    exam = sample_exam()
    measured = tuple(
        replace(one, signal=replace(one.signal, location=next(given), origin=next(given)))
        if isinstance(one.signal, DecaySignal) else one
        for one in exam.measurements
    )  # fmt: skip
    return replace(exam, pseudonym=next(given), details=details, measurements=measured)


GROUPS = [[*OF_MARKUP, *OF_FORMULAS][i::4] for i in range(4)]


@cache
def described(group: int) -> tuple[Exam, Assessment, ReportContent, bytes]:
    exam = hostile_exam(GROUPS[group])
    assessment = assess(exam, KNOWLEDGE)
    content = describe(assessment, KNOWLEDGE)
    return exam, assessment, content, write_pdf(content, "A4", appendix=True, for_patient=True)


def every_group() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("group", range(len(GROUPS)))


def squeezed(text: str) -> str:
    """What is left when signs that no page shows, spaces and line ends are gone."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(c for c in normal if unicodedata.category(c)[0] not in "CZ")


# --------------------------------------------------------------------------- print


@every_group()
def test_a_report_of_hostile_text_holds_no_link_no_action_and_no_picture(group: int) -> None:
    pdf = described(group)[3]
    for word in (b"/URI", b"/JavaScript", b"/JS", b"/Launch", b"/OpenAction", b"/EmbeddedFile", b"/GoToR", b"/Image"):
        assert word + b" " not in pdf and word + b"\n" not in pdf and word + b"(" not in pdf, word


@every_group()
def test_a_report_prints_hostile_text_whole(group: int, poppler: Callable[..., str]) -> None:
    exam, _, _, pdf = described(group)
    text = squeezed(poppler("pdftotext", pdf, "-raw"))
    for one in fields(ReportDetails):
        given = squeezed(str(getattr(exam.details, one.name)))
        has_glyphs = all(ord(c) in prepare() for c in given)
        assert given in text if has_glyphs else squeezed(NOT_PRINTABLE) in text or NOT_PRINTABLE_WORD in text, one.name


# --------------------------------------------------------------------------- tables


@pytest.mark.parametrize("text", OF_FORMULAS)
def test_no_form_of_a_formula_leaves_the_door_of_tables(text: str) -> None:
    assert not _is_formula(cell(text))


def _is_formula(text: str) -> bool:
    parts = text.split(";")
    return (
        any(unicodedata.normalize("NFKC", squeezed(part))[:1] in STARTS for part in parts if part) or text[:1] in STARTS
    )


@every_group()
def test_no_cell_of_a_table_is_a_formula(group: int) -> None:
    _, assessment, content, _ = described(group)
    read = csv.reader(StringIO(export("csv", assessment, content, KNOWLEDGE).decode("utf-8-sig"), newline=""))
    for line in read:
        for text in line:
            assert not _is_formula(text) or _is_number(text)
    book = openpyxl.load_workbook(BytesIO(export("xlsx", assessment, content, KNOWLEDGE)))
    for row in book.active.iter_rows():
        for one in row:
            assert one.data_type != "f" and one.hyperlink is None
            assert not (isinstance(one.value, str) and _is_formula(one.value))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --------------------------------------------------------------------------- files for programs


def _strings(held: Any) -> Iterator[str]:
    if isinstance(held, dict):
        for value in held.values():
            yield from _strings(value)
    elif isinstance(held, list):
        for value in held:
            yield from _strings(value)
    elif isinstance(held, str):
        yield held


@every_group()
def test_fhir_has_no_markup_and_no_control_signs(group: int) -> None:
    _, assessment, content, _ = described(group)
    bundle = json.loads(export("fhir", assessment, content, KNOWLEDGE))
    assert "div" not in set(_keys(bundle))
    for text in _strings(bundle):
        assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text if c not in "\n\t\r"), text


def _keys(held: Any) -> Iterator[str]:
    if isinstance(held, dict):
        yield from held
        for value in held.values():
            yield from _keys(value)
    elif isinstance(held, list):
        for value in held:
            yield from _keys(value)


@every_group()
def test_a_notebook_runs_nothing_of_what_was_typed(group: int) -> None:
    _, assessment, content, _ = described(group)
    book = nbformat.reads(export("notebook", assessment, content, KNOWLEDGE).decode(), as_version=4)
    nbformat.validate(book)
    usual = nbformat.reads(_usual_notebook(), as_version=4)
    assert [one.cell_type for one in book.cells] == [one.cell_type for one in usual.cells]
    for one, plain_one in zip(book.cells, usual.cells, strict=True):
        if one.cell_type == "code":
            assert _shape(one.source) == _shape(plain_one.source)
        else:
            assert HERE not in one.source and "<" not in one.source.replace("&lt;", "")


@cache
def _usual_notebook() -> str:
    assessment = assess(sample_exam(), KNOWLEDGE)
    return export("notebook", assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE).decode()


def _shape(code: str) -> str:
    """Code without its constants: typed text may be one, and nothing else."""

    class NoConstants(ast.NodeTransformer):
        def visit_Constant(self, _: ast.Constant) -> ast.Constant:
            return ast.Constant("")

    return ast.dump(NoConstants().visit(ast.parse(code)))


@every_group()
def test_dicom_objects_begin_with_nothing_and_hold_each_text_in_one_value(group: int) -> None:
    _, assessment, content, pdf = described(group)
    made = to_dicom(
        assessment, content, KNOWLEDGE, pdf, origins={}, maps={}, written_at=dt.datetime(2026, 11, 29, 12, 0, 0)
    )
    with zipfile.ZipFile(BytesIO(made.as_zip())) as files:
        for name in files.namelist():
            assert re.fullmatch(r"[A-Za-z0-9_./-]+", name) and ".." not in name and not name.startswith("/")
            body = files.read(name)
            assert body[:128] == bytes(128)
            dataset = pydicom.dcmread(BytesIO(body))
            for word in ("PatientName", "PatientID", "StudyDescription", "SeriesDescription"):
                value = str(dataset.get(word, ""))
                assert not any(unicodedata.category(c) == "Cc" for c in value) and "\\" not in value


@every_group()
def test_an_exam_file_gives_back_what_was_typed(group: int) -> None:
    exam = described(group)[0]
    opened = open_exam(save_exam(exam).encode())
    kept = {one.name: squeezed(str(getattr(opened.details, one.name))) for one in fields(ReportDetails)}
    assert kept == {one.name: squeezed(str(getattr(exam.details, one.name))) for one in fields(ReportDetails)}


# --------------------------------------------------------------------------- the page to sign in


@pytest.mark.parametrize("text", [*OF_MARKUP, *OF_FORMULAS])
def test_the_page_to_sign_in_shows_hostile_text_as_text(text: str) -> None:
    for answer in (form("seal", told=text, note=text), page(text)):
        shown = bytes(answer.body).decode()
        assert shown.count("<") == bytes(
            form("seal", told="x", note="x").body if "form" in shown else page("x").body
        ).count(b"<")


# --------------------------------------------------------------------------- the screen


@pytest.mark.parametrize("text", [*OF_MARKUP, *OF_FORMULAS])
def test_no_sign_of_markdown_leaves_the_door_of_the_screen_alone(text: str) -> None:
    shown = plain(text, 400)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]()<>$:!#~|]", shown)
    assert squeezed(re.sub(r"\\(.)", r"\1", shown)) == squeezed(text)
