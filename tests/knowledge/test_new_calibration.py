"""A new calibration is one entry in one file: picker, Evidence page, range and references follow by themselves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ironreport.assess import assess
from ironreport.knowledge import Knowledge, load_knowledge
from ironreport.knowledge.loading import FOLDER
from ironreport.records import Choices, Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.evidence.calibration_curves import calibration_figure, curve_choices
from ironreport.report.evidence.evidence_rows import evidence_rows, source_rows
from ironreport.report.other_calibrations import readings

ENTRY = """
[[calibration]]
id = "nobody-1900"
label = "Nobody 1900"
field = "1.5"
input = "r2star_per_s"
output = "lic_mg_per_g"
form = "linear"
coefficients = { slope = 0.05, intercept = 0.5 }
worked_example = { input = 100.0, output = 5.5 }
cohort = "60 patients, 1 to 25 mg/g"
range_high = 25.0
evidence = "A"
sources = ["nobody-1900"]
where = "Table 2"
"""
SOURCE = """
[source.nobody-1900]
kind = "paper"
citation = "Nobody A. Journal 1900;1:1-9"
doi = "10.1000/example"
read = "in full"
"""
EXAM = Exam("x", measurements=(Measurement(PrintedResult("liver", field_tesla=1.5, r2star_per_s=200.0)),))


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    """The published knowledge with one more calibration, added in a copy of the files."""
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for file, text in (("organs/liver.toml", ENTRY), ("sources.toml", SOURCE)):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return load_knowledge(folder)


def test_it_is_offered_in_the_picker(knowledge: Knowledge) -> None:
    offered = [c.id for c in knowledge.calibrations("liver", "1.5")]
    assert "nobody-1900" in offered and offered[0] != "nobody-1900"
    assert "nobody-1900" not in [c.id for c in knowledge.calibrations("liver", "3.0")]


def test_it_stands_on_the_evidence_page_with_its_source(knowledge: Knowledge) -> None:
    row = next(r for r in evidence_rows(knowledge) if r.id == "nobody-1900")
    assert row.kind == "calibration" and row.enabled and row.where == "Table 2"
    assert "LIC = 0.05 × R2* + 0.5" in row.lines[0]
    source = next(r for r in source_rows(knowledge) if r.id == "nobody-1900")
    assert source.address == "https://doi.org/10.1000/example" and source.cited_by == ("nobody-1900",)


def test_its_curve_is_drawn_and_widens_where_the_class_flips(knowledge: Knowledge) -> None:
    before = calibration_figure("liver", curve_choices("liver", load_knowledge())[0], load_knowledge())
    figure = calibration_figure("liver", curve_choices("liver", knowledge)[0], knowledge)
    assert "nobody-1900" in [c.id for c in figure.curves]
    assert figure.flips[1].low_per_s == pytest.approx(54.0)
    assert figure.flips[1].low_per_s < before.flips[1].low_per_s


def test_it_widens_the_range_beside_the_result(knowledge: Knowledge) -> None:
    finding = assess(EXAM, knowledge).finding("liver")
    assert finding is not None and finding.estimate is not None and finding.grading is not None
    others = {o.calibration: o.iron.value for o in finding.estimate.others}
    assert others["nobody-1900"] == max(others.values()) == pytest.approx(10.5)
    assert dict(finding.grading.grades_by_calibration)["nobody-1900"] == "moderate"
    assert {r.id: r.differs for r in readings(finding, knowledge)}["nobody-1900"]
    card = describe(assess(EXAM, knowledge), knowledge).cards[0]
    assert "10.5" in card.other_calibrations


def test_it_is_in_the_references_of_the_report_when_chosen(knowledge: Knowledge) -> None:
    chosen = replace(EXAM.measurements[0], choices=Choices(calibration="nobody-1900"))
    content = describe(assess(replace(EXAM, measurements=(chosen,)), knowledge), knowledge)
    assert content.cards[0].headline.startswith("LIC 10.5")
    reference = next(r for r in content.references if r.source == "nobody-1900")
    assert reference.citation == "Nobody A. Journal 1900;1:1-9" and reference.doi == "10.1000/example"
