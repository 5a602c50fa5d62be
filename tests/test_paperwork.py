"""The papers say what is there: parts with their versions, requirements with their tests, links that lead somewhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from benchmarks.hazards.listed import hazards
from benchmarks.paperwork.requirements import PAGE as REQUIREMENTS
from benchmarks.paperwork.requirements import (
    Requirement,
    files_at,
    files_of_tests,
    promises_in,
    requirements,
    requirements_page,
    sentences,
)
from benchmarks.paperwork.soup import BILL, PAGE, Part, licence_of, named_on_page, needed_to_run, parts, pinned
from benchmarks.tables import DOCS

PAPERS = ("intended-use", "hazards", "requirements", "soup", "anomalies", "change-control", "validation-protocol")
each_requirement = pytest.mark.parametrize("one", requirements(), ids=lambda one: one.id)


def test_the_list_of_parts_is_that_of_the_pins() -> None:
    """Write it with: make papers"""
    assert named_on_page(PAGE.read_text(encoding="utf-8")) == pinned()


def test_every_part_the_app_runs_with_is_pinned_and_states_a_licence() -> None:
    found: dict[str, Part] = {one.name: one for one in parts()}
    assert needed_to_run() <= found.keys()
    running = [one for one in found.values() if one.runs]
    assert len(running) > 40
    assert [one.name for one in running if one.licence.startswith("not ")] == []


def test_nothing_that_runs_stands_under_a_licence_that_binds_what_is_beside_it() -> None:
    binding = re.compile(r"\bA?GPL|General Public", re.IGNORECASE)
    lesser = re.compile(r"LGPL|Lesser", re.IGNORECASE)
    found = [(one.name, one.licence) for one in parts() if one.runs and binding.search(one.licence)]
    assert [(name, licence) for name, licence in found if not lesser.search(licence)] == []


def test_a_package_that_is_not_here_has_no_licence_made_up() -> None:
    assert licence_of(None).startswith("not installed")


def test_the_bill_of_materials_lists_the_same_parts_with_their_arrows() -> None:
    bill = json.loads(BILL.read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}
    assert listed.items() <= pinned().items() and needed_to_run() <= listed.keys()
    refs = {one["bom-ref"] for one in bill["components"]}
    assert {arrow for one in bill["dependencies"] for arrow in one["dependsOn"]} <= refs
    assert "/work" not in BILL.read_text(encoding="utf-8")


# --------------------------------------------------------------------------------- requirements


@each_requirement
def test_each_place_of_a_requirement_holds_tests(one: Requirement) -> None:
    missing = [p for p in one.tests if p != "test_scorecard.py" and not promises_in(p)]
    assert missing == []


def test_every_file_of_tests_stands_below_a_requirement() -> None:
    """Add the file or its folder to docs/requirements.toml."""
    placed = {path for one in requirements() for place in one.tests for path in files_at(place)}
    assert files_of_tests() - placed == set()


def test_every_hazard_that_a_requirement_names_exists_and_every_grave_one_is_named() -> None:
    named = {hazard for one in requirements() for hazard in one.hazards}
    assert named <= {hazard.id for hazard in hazards()}
    assert {hazard.id for hazard in hazards() if hazard.severity == 4} <= named


def test_every_requirement_stands_once_and_the_page_is_the_table() -> None:
    """Write it with: make papers"""
    assert [name for name, n in Counter(one.id for one in requirements()).items() if n > 1] == []
    assert REQUIREMENTS.read_text(encoding="utf-8") == requirements_page()
    assert "noise whose best rate is nothing is refused in words" in sentences()


# ---------------------------------------------------------------------------------------- links


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_of_a_paper_leads_to_a_file(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert [link for link in links if not (DOCS / link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md"])
def test_the_papers_are_found_from_the_front_page_and_the_security_page(page: str, repo_root: Path) -> None:
    assert "docs/intended-use.md" in (repo_root / page).read_text(encoding="utf-8")
