"""The table of all entries, and every guidance rule of the evidence with its status: none missing, none extra."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ironreport.knowledge import published_knowledge
from ironreport.knowledge.rules import Rule
from ironreport.report.evidence.evidence_check import table_lines

KNOWLEDGE = published_knowledge()

RULES = tomllib.loads((Path(__file__).parent / "evidence_rules.toml").read_text(encoding="utf-8"))


def test_every_rule_of_the_evidence_is_loaded_with_its_status_and_no_other() -> None:
    loaded = {entry.id: entry.evidence for _, entry in KNOWLEDGE.entries() if isinstance(entry, Rule)}
    assert loaded == RULES


ROWS = tomllib.loads((Path(__file__).parent / "evidence_rows.toml").read_text(encoding="utf-8"))["rules"]
LOADED = {entry.id: entry for _, entry in KNOWLEDGE.entries() if isinstance(entry, Rule)}


@pytest.mark.parametrize(("name", "row"), ROWS.items())
def test_every_rule_typed_a_second_time_has_its_status_and_its_numbers(name: str, row: list[Any]) -> None:
    kind, status, printed, *numbers = row
    rule = LOADED[name]
    assert rule.evidence == status
    assert (KNOWLEDGE.printable(rule) and rule.kind != "help") == (printed == "prints")
    if kind == "limits":
        ends = [(c.at_least, c.above, c.below, c.up_to) for c in rule.conditions]
        assert sorted(x for found in ends for x in found if x is not None) == sorted(numbers)
    else:
        assert not {float(n) for n in numbers} - {float(n) for n in re.findall(r"(?<![\d.])\d+(?:\.\d+)?", rule.text)}


def test_the_committed_table_is_the_one_the_files_give(repo_root: Path) -> None:
    committed = (repo_root / "docs" / "evidence-table.md").read_text(encoding="utf-8")
    assert committed == "\n".join(table_lines(KNOWLEDGE)) + "\n", "ironreport check --table > docs/evidence-table.md"


def test_the_table_has_one_row_for_every_entry_with_its_status() -> None:
    rows = table_lines(KNOWLEDGE)[6:]
    assert len(rows) == len(KNOWLEDGE.entries())
    assert all(row.count(" | ") >= 6 for row in rows)
    assert any("`hernando-2023`" in row and "0.02603" in row and "| A |" in row for row in rows)
