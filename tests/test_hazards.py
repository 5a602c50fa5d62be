"""The table of hazards names what is there: each code is in the program, each test exists, the page is the table."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hazards.listed import Hazard, hazards, page
from benchmarks.tables import DOCS

HERE = Path(__file__).parent
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for ending in ("*.py", "*.toml")
    for path in sorted((HERE.parent / "ironreport").rglob(ending))
)
FEWEST_CASES = 3
each_hazard = pytest.mark.parametrize("hazard", hazards(), ids=lambda h: h.id)


@each_hazard
def test_each_code_of_a_hazard_is_in_the_program(hazard: Hazard) -> None:
    assert [code for code in hazard.codes if f'"{code}"' not in SOURCE] == []


@each_hazard
def test_each_test_of_a_hazard_exists(hazard: Hazard) -> None:
    missing = []
    for place in hazard.tests:
        file, _, name = place.partition("::")
        if not re.search(rf"^def {name}\(", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE):
            missing.append(place)
    assert missing == []


@each_hazard
def test_what_turns_treatment_round_has_three_promises_or_more(hazard: Hazard) -> None:
    assert hazard.severity in (1, 2, 3, 4)
    assert hazard.tests
    if hazard.severity == 4:
        assert len(hazard.tests) >= FEWEST_CASES


def test_every_hazard_stands_once() -> None:
    assert [name for name, n in Counter(h.id for h in hazards()).items() if n > 1] == []


def test_the_page_of_hazards_is_the_table() -> None:
    """Write it with: python -m benchmarks.hazards --table > docs/hazards.md"""
    assert (DOCS / "hazards.md").read_text(encoding="utf-8") == page()
