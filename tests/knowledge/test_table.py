"""The table of all entries, and every guidance rule of the evidence with its status: none missing, none extra."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ironreport.knowledge import load_knowledge
from ironreport.knowledge.rules import Rule
from ironreport.report.evidence_check import table_lines

KNOWLEDGE = load_knowledge()

# Section 8 of the evidence: rule -> status. safe-2 to safe-8 and safe-10 to safe-12 are constraints, not lines.
RULES = {
    "A": "tdt-i1 tdt-i2 tdt-i3 tdt-i4 tdt-i6 tdt-i7 tdt-i9 tdt-i10 tdt-i11 "
    "tdt-h1 tdt-h2 tdt-h3 tdt-h4 tdt-h5 tdt-h6 tdt-l2 tdt-l5 tdt-p1 tdt-p2 tdt-p3 tdt-x1 tdt-x2 tdt-x3 "
    "ntdt-1 ntdt-2 ntdt-3 ntdt-8 scd-3a scd-4 scd-5 scd-6 hh-1 hh-2 hh-5 hh-6a mds-1 mds-2 endo-1 hsct-1 safe-1 "
    "safe-1-lvef org-h1 org-h2 org-h3 follow-1 hsct-2 hsct-3 spl-2 adr-1 kid-1 pit-1 t1-1 tdt-h7 tdt-l6 tdt-p4 hh-9 "
    "dba-2 panc-rhythm",
    "B": "tdt-i8 tdt-l0 tdt-l1 tdt-l3 tdt-l4 ntdt-4 ntdt-5 scd-1 scd-2 scd-8 hh-7 dba-1 "
    "safe-9 lvef-1 org-l1 org-l2 acq-1 tdt-i13",
    "C": "tdt-i12 ntdt-6 ntdt-7 scd-3b hh-3 hh-4 hh-6b hh-8",
    "derived": "tdt-i2-3t tdt-i2-error tdt-i2-limit tdt-i5 unk-1 spl-1 safe-1-limit heart-error lvef-2 lvef-3 sym-1 "
    "preg-1 heart-first heart-unseen worse-1 worse-2 scd-7 ntdt-2-open panc-first",
}


def test_every_rule_of_the_evidence_is_loaded_with_its_status_and_no_other() -> None:
    loaded = {entry.id: entry.evidence for _, entry in KNOWLEDGE.entries() if isinstance(entry, Rule)}
    assert loaded == {rule: status for status, ids in RULES.items() for rule in ids.split()}


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
