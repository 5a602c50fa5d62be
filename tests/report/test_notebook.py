"""The exam as a notebook: it runs in a clean kernel, reproduces every number, and fails if one echo time is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from ironreport.assess import assess
from ironreport.exam import open_exam
from ironreport.knowledge import published_knowledge
from ironreport.notebook import reported, to_notebook, without_identifiers
from ironreport.records import Assessment, Context, DecaySignal, Exam, Measurement, ReportDetails, Technique
from ironreport.relaxometry.region import summarise_pixels
from ironreport.report import describe
from ironreport.synthetic import decay, noisy_magnitude
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
SENTINEL = "DOE^JANE"


SINCE_THEN = """\
    others = "other calibrations"
    now[others] = {c: value for c, value in now[others].items() if c in then[others]}
"""


def notebook_of(exam: Exam) -> nbformat.NotebookNode:
    assessment = assess(exam, KNOWLEDGE)
    text = to_notebook(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE).decode()
    return nbformat.reads(text, as_version=4)


def run(book: nbformat.NotebookNode) -> str:
    """What the last cell printed in a fresh kernel; a warning there is shown, not raised."""
    done = NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return str(done.cells[-1].outputs[0].text)


@pytest.fixture(scope="module")
def book() -> nbformat.NotebookNode:
    return notebook_of(sample_exam())


@pytest.mark.slow
def test_the_notebook_reproduces_every_number_in_a_clean_kernel(book: nbformat.NotebookNode) -> None:
    assert run(nbformat.from_dict(book)) == "All values of 2 findings are those of the report.\n"


@pytest.mark.slow
def test_a_notebook_exported_before_the_folders_moved_still_runs_and_holds(
    repo_root: Path, run_notebook: Callable[..., Any]
) -> None:
    kept = nbformat.read(repo_root / "tests/fixtures/exported_notebook.ipynb", as_version=4)
    compare = "for now, then in zip(reported(assessment), REPORTED, strict=True):\n"
    assert kept.cells[-1].source.count(compare) == 1
    # a calibration published since then stands beside the others and is no change of theirs
    kept.cells[-1].source = kept.cells[-1].source.replace(compare, compare + SINCE_THEN)
    assert run_notebook(kept).printed[-1].endswith("All values of 2 findings are those of the report.\n")


@pytest.mark.slow
def test_one_changed_echo_time_makes_it_fail(book: nbformat.NotebookNode, run_notebook: Callable[..., Any]) -> None:
    changed = nbformat.from_dict(book)
    cell = next(c for c in changed.cells if c.source.startswith("EXAM"))
    assert cell.source.count("[1.3, 2.5,") == 1
    cell.source = cell.source.replace("[1.3, 2.5,", "[1.3, 2.6,")
    with pytest.raises(AssertionError, match=r"liver, r2star_per_s: the report says \{'value': 331\."):
        run_notebook(changed)


def test_a_part_in_ten_million_would_be_seen(book: nbformat.NotebookNode) -> None:
    cells = {c.id: c.source for c in book.cells if c.cell_type == "code"}
    check = next(source for source in cells.values() if source.startswith("def same"))
    space: dict[str, object] = {}
    exec(f"import math\n{check.partition('for now, then')[0]}", space)
    same = space["same"]
    assert callable(same)
    assert same({"value": 1.0}, {"value": 1.0 + 1e-12}) and not same({"value": 1.0}, {"value": 1.0 + 1e-7})
    assert not same({"value": 1.0}, {}) and not same("mild", "severe") and not same(None, 1.0)


def test_findings_of_every_kind_are_held_and_compared(assessment: Assessment) -> None:
    exam = replace(assessment.exam, measurements=assessment.exam.measurements)
    again = assess(open_exam(_exam_text(notebook_of(exam))), KNOWLEDGE)
    assert reported(again) == reported(assess(exam, KNOWLEDGE))
    assert {x["no value or class because"] for x in reported(again)} > {""}


def _exam_text(book: nbformat.NotebookNode) -> str:
    cell = next(c.source for c in book.cells if c.source.startswith("EXAM"))
    return str(re.fullmatch(r'EXAM = r"""\n(.*)"""', cell, re.DOTALL)[1])  # type: ignore[index]


def test_what_the_pixels_say_travels_without_the_pixels() -> None:
    te_ms = tuple(1.2 + 1.3 * k for k in range(10))
    clean = np.broadcast_to(decay(te_ms, 800.0, 4.0), (150, len(te_ms)))
    pixels = noisy_magnitude(clean, 10.0, np.random.default_rng(3))
    means = tuple(float(mean) for mean in pixels.mean(axis=0))
    signal = DecaySignal("liver", te_ms, means, field_tesla=1.5, n_pixels=150, pixels=summarise_pixels(te_ms, pixels))
    exam = Exam("x", measurements=(Measurement(signal),))
    again = open_exam(_exam_text(notebook_of(exam)))
    assert again.measurements[0].signal.pixels == signal.pixels  # type: ignore[union-attr]
    assert reported(assess(again, KNOWLEDGE)) == reported(assess(exam, KNOWLEDGE))


def test_nothing_that_names_somebody_comes_into_it() -> None:
    text = SENTINEL
    exam = sample_exam()
    signal = exam.measurements[0].signal
    assert isinstance(signal, DecaySignal)
    technique = Technique(text, text, text, text, text)
    named = replace(signal, location=text, origin=text, technique=technique, exam_key=text)
    details = ReportDetails(*([text] * 10))
    context = Context("tdt", (("ferritin_date", text), ("on_chelation", "yes")))
    whole = Exam(text, text, (Measurement(named),), context, details)
    assessment = assess(whole, KNOWLEDGE)
    written = to_notebook(assessment, describe(assessment, KNOWLEDGE), KNOWLEDGE).decode()
    assert SENTINEL not in written and "on_chelation" in written


def test_what_is_taken_out_changes_no_reported_value() -> None:
    exam = sample_exam()
    assert reported(assess(without_identifiers(exam, KNOWLEDGE), KNOWLEDGE)) == reported(assess(exam, KNOWLEDGE))


def test_quotation_marks_and_backslashes_cannot_end_the_exam_text() -> None:
    hostile = '"""); raise SystemExit #\\"""'
    exam = sample_exam()
    signal = exam.measurements[0].signal
    assert isinstance(signal, DecaySignal)
    facts = (("on_chelation", hostile), ("lvef_reduced", "ж"))
    whole = replace(exam, context=Context("tdt", facts))
    cell = next(c.source for c in notebook_of(whole).cells if c.source.startswith("EXAM"))
    space: dict[str, object] = {}
    exec(cell, space)
    assert open_exam(str(space["EXAM"])).context.facts == facts


def test_equal_exams_give_equal_bytes_without_outputs(book: nbformat.NotebookNode) -> None:
    assert nbformat.writes(book) == nbformat.writes(notebook_of(sample_exam()))
    code = [c for c in book.cells if c.cell_type == "code"]
    assert code and not any(c.outputs or c.execution_count for c in code)
    assert len({c.id for c in book.cells}) == len(book.cells)


def test_a_result_shows_itself_in_a_notebook_with_its_doubt_and_as_text() -> None:
    assessment = assess(sample_exam(), KNOWLEDGE)
    shown = assessment._repr_html_()
    assert "8.051 ms (95 % 6.965 to 9.306)" in shown and "severe (heart-1t5)" in shown
    fit = assessment.findings[0].fit
    assert fit is not None and "8 of 8" in fit._repr_html_()


def test_html_of_a_result_holds_a_limit_as_a_limit_and_escapes_what_it_shows(assessment: Assessment) -> None:
    pancreas = assessment.finding("pancreas")
    assert pancreas is not None and "&gt; 61.37 s⁻¹ (95 % limit)" in pancreas._repr_html_()
    liver = assessment.finding("liver")
    assert liver is not None and "beyond the calibrated range" in liver._repr_html_()
    named = replace(pancreas, organ="<img src=x>")
    assert "<img" not in named._repr_html_()
