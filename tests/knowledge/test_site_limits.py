"""Limits that a site may set: each acts wherever it is named, nothing else moves, and none can be absurd."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import load_knowledge, published_knowledge
from ironreport.knowledge.loading import FOLDER
from ironreport.knowledge.rules import Condition, Rule
from ironreport.knowledge.site_limits import numbers_equal_to, with_site_limits

KNOWLEDGE = published_knowledge()
LIC, LIC_HIGH, SEVERE = "lic_without_iron_mg_per_g", "lic_without_iron_high_mg_per_g", "severe_heart_probability"


def rules(knowledge: object = KNOWLEDGE) -> dict[str, Rule]:
    return {entry.id: entry for _, entry in knowledge.entries() if isinstance(entry, Rule)}  # type: ignore[attr-defined]


def limited(rule: Rule, limit: str) -> Condition:
    return next(c for c in rule.conditions if c.site_limit == limit)


def test_the_three_limits_are_those_of_the_evidence() -> None:
    found = {x.id: (x.value, x.lowest, x.highest) for x in KNOWLEDGE.shared.site_limit}
    assert found == {LIC: (3.0, 1.8, 3.2), LIC_HIGH: (3.2, 1.8, 4.0), SEVERE: (0.5, 0.05, 0.5)}
    assert [KNOWLEDGE.shared.site_limit[i].written(x) for i, x in ((0, 2.5), (2, 0.25))] == ["2.5 mg/g", "25 %"]


def test_a_site_limit_acts_in_every_rule_that_names_it_and_in_no_other() -> None:
    changed = with_site_limits(KNOWLEDGE, {LIC: 2.5, SEVERE: 0.2})
    before, after = rules(), rules(changed)
    assert limited(after["tdt-i5"], LIC).up_to == limited(after["tdt-i7"], LIC).above == 2.5
    assert limited(after["tdt-i5"], LIC).at_least == 1.8
    assert limited(after["safe-1-probable"], SEVERE).probability_from == 0.2
    assert limited(after["tdt-i5"], LIC_HIGH).below == 3.2
    assert {name for name in before if before[name] != after[name]} == {"tdt-i5", "tdt-i7", "safe-1-probable"}
    assert changed.own_limits == (LIC, SEVERE) and KNOWLEDGE.own_limits == ()
    assert {x.id: x.value for x in changed.shared.site_limit} == {LIC: 2.5, LIC_HIGH: 3.2, SEVERE: 0.2}
    assert changed.version == KNOWLEDGE.version and changed.organs == KNOWLEDGE.organs


def test_our_own_values_and_no_values_change_nothing() -> None:
    assert with_site_limits(KNOWLEDGE, {}) is KNOWLEDGE
    assert with_site_limits(KNOWLEDGE, {LIC: 3.0, "of-another-version": 7.0}) is KNOWLEDGE


def test_each_limit_stands_in_its_conditions_as_a_number_once() -> None:
    values = {x.id: x.value for x in KNOWLEDGE.shared.site_limit}
    named = [c for rule in rules().values() for c in rule.conditions if c.site_limit is not None]
    assert {c.site_limit for c in named} == set(values)
    assert all(len(numbers_equal_to(values[c.site_limit or ""], c)) == 1 for c in named)


MISTAKES = {
    "number that differs": ("diseases/tdt.toml", "up_to = 3.0, site_limit", "up_to = 3.1, site_limit", "does not hold"),
    "unknown limit": (
        "diseases/tdt.toml", 'site_limit = "lic_without_iron_mg_per_g" },', 'site_limit = "lic" },', "'lic'",
    ),
    "value outside": ("shared.toml", "value = 0.5\nlowest", "value = 0.6\nlowest", "outside"),
    "limits that cross": ("shared.toml", "value = 3.2\nlowest = 1.8", "value = 2.9\nlowest = 1.8", "lies above"),
    "limit in a phrase": (
        "shared.toml", 'quantity = "lic_mg_per_g", below = 1.8 }',
        'quantity = "lic_mg_per_g", below = 3.0, site_limit = "lic_without_iron_mg_per_g" }', "condition of a rule",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_site_limit_is_refused(name: str, tmp_path: Path) -> None:
    place, right, wrong, said = MISTAKES[name]
    folder = copytree(FOLDER, tmp_path / "knowledge")
    text = (folder / place).read_text(encoding="utf-8")
    assert right in text
    (folder / place).write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(folder)
    assert said in str(refused.value)
