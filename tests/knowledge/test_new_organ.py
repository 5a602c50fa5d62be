"""A resident adds an organ as one new file; the recipe of CONTRIBUTING.md is what this test follows."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from itertools import dropwhile, takewhile
from pathlib import Path

import pytest

from ironreport.assess import assess
from ironreport.canvas import organ_choices
from ironreport.errors import KnowledgeError
from ironreport.knowledge import Knowledge, load_knowledge
from ironreport.knowledge.loading import FOLDER
from ironreport.records import DecaySignal, Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.dicom import to_dicom
from ironreport.report.evidence.evidence_rows import evidence_rows
from ironreport.report.fhir import to_fhir

LEFT, RIGHT = b"7771000", b"24028007"
WORDING = """
graded_quantity = "t2star_ms"

[[ladder]]
id = "thyroid-10"
label = "Somebody 2027 (10 ms, 5 ms)"
quantity = "t2star_ms"
worse = "lower"
fields = ["1.5"]
default = true
evidence = "A"
sources = ["kirk-2009"]
grades = [
  { id = "normal", label = "normal", severity = "normal", bound = 10.0, sentence = "within" },
  { id = "between", label = "between", severity = "borderline", bound = 5.0, sentence = "short" },
  { id = "short", label = "short", severity = "severe", sentence = "short" },
]

[sentence.within]
text = "Thyroid T2* is normal."
evidence = "A"
sources = ["kirk-2009"]

[sentence.short]
text = "Thyroid T2* is short."
evidence = "A"
sources = ["kirk-2009"]

[[phrase.word-borderline]]
text = "Thyroid T2* {t2star} ms lies between two limits."
evidence = "A"
sources = ["kirk-2009"]
"""


def recipe(repo_root: Path) -> str:
    """The file that CONTRIBUTING.md shows first under 'Adding an organ'."""
    section = (repo_root / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Adding an organ\n", 1)[1]
    lines = dropwhile(lambda line: not line.startswith("    "), section.splitlines())
    block = takewhile(lambda line: line.startswith("    ") or not line, lines)
    return "\n".join(line.removeprefix("    ") for line in block)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


@pytest.fixture
def with_thyroid(copied: Path, repo_root: Path) -> Knowledge:
    (copied / "organs" / "thyroid.toml").write_text(recipe(repo_root), encoding="utf-8")
    return load_knowledge(copied)


def of_thyroid(t2star_ms: float, field_tesla: float = 1.5) -> Exam:
    return Exam("x", measurements=(Measurement(PrintedResult("thyroid", field_tesla, t2star_ms=t2star_ms)),))


def test_the_recipe_for_an_organ_gives_an_organ_without_touching_python(with_thyroid: Knowledge) -> None:
    assert list(with_thyroid.organs)[-1] == "thyroid"
    card = describe(assess(of_thyroid(25.0), with_thyroid), with_thyroid).cards[0]
    assert card.headline == "T2* 25.0 ms" and card.class_word == "no class"
    assert any(row.id == "thyroid-none" for row in evidence_rows(with_thyroid))


def test_the_locations_of_a_new_organ_are_proposed_where_a_region_is_drawn(with_thyroid: Knowledge) -> None:
    offered = {choice["id"]: choice for choice in organ_choices(with_thyroid)}
    assert offered["thyroid"]["locations"] == ("right lobe", "left lobe")
    assert offered["spleen"]["locations"] == ()


def test_a_new_organ_is_suggested_by_its_header_words_after_the_organs_known(with_thyroid: Knowledge) -> None:
    assert with_thyroid.organs_named("NECK SCHILDDRUESE T2*") == ("thyroid",)
    assert with_thyroid.organs_named("THYROID AND LIVER") == ("liver", "thyroid")
    assert with_thyroid.organs_named("NECK") == ()


def test_a_new_organ_carries_its_code_and_its_side_into_the_exports(with_thyroid: Knowledge) -> None:
    te_ms = tuple(float(te) for te in range(2, 26, 2))
    decay = tuple(1000.0 * 2.0 ** (-te / 10.0) for te in te_ms)
    signal = DecaySignal("thyroid", te_ms, decay, field_tesla=1.5, location="right lobe")
    exam = Exam("x", measurements=(Measurement(signal),))
    assessment = assess(exam, with_thyroid)
    content = describe(assessment, with_thyroid)
    bundle = json.loads(to_fhir(assessment, content, with_thyroid))
    sites = [e["resource"]["bodySite"]["coding"][0] for e in bundle["entry"] if "bodySite" in e["resource"]]
    assert {(site["code"], site["display"]) for site in sites} == {("69748006", "Thyroid")}
    made = to_dicom(
        assessment, content, with_thyroid, b"%PDF", origins={}, maps={}, written_at=dt.datetime(2027, 1, 15)
    )
    report = made.files["structured_report.dcm"]
    assert b"69748006" in report and LEFT not in report and RIGHT in report


def test_a_new_organ_brings_its_own_borderline_sentence(copied: Path, repo_root: Path) -> None:
    own = recipe(repo_root).split("[[note]]", 1)[0]
    without_reason = "\n".join(line for line in own.splitlines() if not line.startswith("no_class"))
    (copied / "organs" / "thyroid.toml").write_text(without_reason + WORDING, encoding="utf-8")
    knowledge = load_knowledge(copied)
    said = {t2star_ms: describe(assess(of_thyroid(t2star_ms), knowledge), knowledge) for t2star_ms in (20.0, 7.0, 2.0)}
    assert [content.cards[0].sentences[0].text for content in said.values()] == [
        "Thyroid T2* is normal.", "Thyroid T2* 7.00 ms lies between two limits.", "Thyroid T2* is short.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('"69748006"', '"6974-8006"', "snomed"),
        ('"THYR"', '"Thyr"', "header_words"),
        ("snomed =", 'native_t1 = { fact = "hcv", name = "T1" }\nsnomed =', "hcv"),
        ("draw_at =", "drawn_at =", "drawn_at"),
    ],
)
def test_a_mistake_in_a_new_organ_is_refused_with_its_place(
    right: str, wrong: str, named: str, copied: Path, repo_root: Path
) -> None:
    text = recipe(repo_root)
    assert right in text
    (copied / "organs" / "thyroid.toml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert named in refused.value.refusal.what and refused.value.refusal.cure
