"""What is required, and the tests that hold it: ``docs/requirements.toml`` as a page."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import DOCS, table

FILE, PAGE = DOCS / "requirements.toml", DOCS / "requirements.md"
TESTS = DOCS.parent / "tests"
HEADING = """# Requirements and their tests

What the program must do, the hazards of [hazards.md](hazards.md) that a requirement holds down, and the tests that
break when it is not met. Each test is a promise in a sentence; `python -m benchmarks.paperwork --sentences` prints
every one below its requirement, for the file of a release. Every file of tests stands below at least one requirement.
Written by `make papers` from `docs/requirements.toml`.
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; ``tests`` are files below ``tests/``, or places in them as pytest writes them."""

    id: str
    what: str
    tests: tuple[str, ...]
    hazards: tuple[str, ...] = ()


def requirements() -> tuple[Requirement, ...]:
    """All of them, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["requirement"]
    return tuple(Requirement(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in rows)


def files_at(place: str) -> list[Path]:
    """Files of tests at a place; none where there is nothing."""
    path = TESTS / place.partition("::")[0]
    return sorted(path.rglob("test_*.py")) if path.is_dir() else [path] * path.is_file()


def promises_in(place: str) -> list[str]:
    """Names of the tests at a place; none where there is no such file or test."""
    texts = [path.read_text(encoding="utf-8") for path in files_at(place)]
    found = [name for text in texts for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)]
    wanted = place.partition("::")[2]
    return [one for one in found if wanted in ("", one)]


def files_of_tests() -> set[Path]:
    """Every file of tests."""
    return set(TESTS.rglob("test_*.py"))


def requirements_page() -> str:
    """The text of docs/requirements.md."""
    rows = [[one.id, one.what, " ".join(one.hazards) or "-", "<br>".join(one.tests)] for one in requirements()]
    return f"{HEADING}\n{table(['', 'the program', 'hazards', 'tests'], rows)}\n"


def sentences() -> str:
    """Every requirement with the sentence of each of its tests."""
    return "\n".join(_section(one) for one in requirements())


def _section(one: Requirement) -> str:
    lines = [f"## {one.id}: {one.what}", ""]
    for place in one.tests:
        names = promises_in(place)
        lines += [f"### {place}: {len(names)}", "", *(f"- {name[5:].replace('_', ' ')}" for name in names), ""]
    return "\n".join(lines)
