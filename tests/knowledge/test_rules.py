"""Guidance rules check themselves: a mistake in one is refused with file, place and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import load_knowledge
from ironreport.knowledge.loading import FOLDER

TDT, COMBINED, SHARED, SCD = "diseases/tdt.toml", "combined.toml", "shared.toml", "diseases/scd.toml"

MARROW = '{ organ = "marrow", graded = true }'
MISTAKES = {
    "combined rule of no disease": (COMBINED, 'diseases = ["tdt", "ntdt"]\n', "", "endo-1"),
    "combined rule of an unknown disease": (COMBINED, '["tdt", "ntdt"]', '["tdt", "nddt"]', "nddt"),
    "rule of one disease that names another": (SCD, 'id = "scd-4"', 'id = "scd-4"\ndiseases = ["hh"]', "scd-4"),
    "interval that rests on a research organ": (
        TDT, 'all = [{ fact = "lvef_reduced", is = ["yes"] }]\ntext = "LVEF reduced.',
        'all = [{ organ = "kidney", quantity = "t2star_ms", below = 31.0 }]\ntext = "LVEF reduced.', "kidney",
    ),
    "shortening rule without words": (TDT, 'when = "LVEF is reduced"\n', "", "tdt-i3"),
    "range that runs backwards": (SCD, "months_to = 24", "months_to = 6", "scd-1"),
    "a choice compared with a number": (
        SHARED, '{ fact = "age_years", below = 18.0 }', '{ fact = "hcv", below = 18.0 }', "hcv"
    ),
    "a number asked for an answer": (
        SHARED, '{ fact = "age_years", below = 18.0 }', '{ fact = "age_years", is = ["9"] }', "age_years"
    ),
    "a condition that mixes two kinds": (
        SHARED, MARROW, '{ organ = "marrow", graded = true, change = ["none"] }', "hsct-1"
    ),
    "a condition with neither organ nor fact": (SHARED, MARROW, "{ graded = true }", "hsct-1"),
    "a state that is not defined": (
        TDT, '{ state = "heart-in-doubt", holds = false }', '{ state = "heart-at-ease" }', "heart-at-ease"
    ),
    "a state that rests on a state": (
        SHARED, '{ fact = "pregnant", is = ["yes"] }, {', '{ state = "heart-in-doubt" }, {', "others-decide"
    ),
    "a state and an organ in one condition": (
        SHARED, MARROW, '{ state = "heart-in-doubt", organ = "marrow" }', "hsct-1"
    ),
    "a denial that denies no state": (SHARED, MARROW, '{ organ = "marrow", graded = true, holds = false }', "hsct-1"),
    "interval that rests on a research organ through a state": (
        SHARED, '{ fact = "lvef_percent", below = 50.0 },\n  { fact = "lvef_percent", below_fact',
        '{ organ = "kidney", quantity = "t2star_ms", below = 31.0 },\n  { fact = "lvef_percent", below_fact', "kidney",
    ),
    "an interval rule beside intervals": (TDT, "months = 24\n", "months = 24\nbeside_months = [12]\n", "tdt-i5"),
    "an unknown change": (COMBINED, 'change = ["less-iron"]', 'change = ["better"]', "tdt-x3"),
    "an organ that has no file": (SHARED, 'withdraws = "spleen"', 'withdraws = "spline"', "spline"),
    "a number with answers": (SHARED, 'kind = "number"', 'kind = "number"\nanswers = ["1", "2"]', "age_years"),
}  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_rule_is_refused_with_its_place_and_a_cure(name: str, copied: Path) -> None:
    file, right, wrong, named = MISTAKES[name]
    text = (copied / file).read_text(encoding="utf-8")
    assert right in text, "the mistake cannot be made: the text has changed"
    (copied / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied)
    assert named in refused.value.refusal.what and refused.value.refusal.cure
