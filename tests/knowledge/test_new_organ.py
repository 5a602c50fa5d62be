"""A resident adds an organ as one new file; the recipe of CONTRIBUTING.md is what this test follows."""

from __future__ import annotations

import shutil
from pathlib import Path

from ironreport.assess import assess
from ironreport.knowledge import load_knowledge
from ironreport.knowledge.loading import FOLDER
from ironreport.records import Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.evidence import evidence_rows


def recipe(repo_root: Path) -> str:
    """The file that CONTRIBUTING.md shows under 'Adding an organ'."""
    text = (repo_root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("## Adding an organ\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(line.removeprefix("    ") for line in part.splitlines() if line.startswith("    "))


def test_the_recipe_for_an_organ_gives_an_organ_without_touching_python(repo_root: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    (folder / "organs" / "thyroid.toml").write_text(recipe(repo_root), encoding="utf-8")
    knowledge = load_knowledge(folder)
    assert list(knowledge.organs)[-1] == "thyroid"
    exam = Exam("x", measurements=(Measurement(PrintedResult("thyroid", 1.5, t2star_ms=25.0)),))
    card = describe(assess(exam, knowledge), knowledge).cards[0]
    assert card.headline == "T2* 25.0 ms" and card.class_word == "no class"
    assert any(row.id == "thyroid-none" for row in evidence_rows(knowledge))
