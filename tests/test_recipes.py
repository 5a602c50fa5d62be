"""The recipes of CONTRIBUTING.md work as written: each is followed to the letter in a copy of this checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import load_knowledge

TITLES = (
    "Adding a calibration",
    "Adding an organ",
    "Adding a location to draw",
    "Adding a disease rule",
    "Adding a clinical case",
)
LEFT_BEHIND = (".*", "build", "dist", "*.pyc.*")
"""What a clone does not have. The environment is linked; compiled modules save seconds, half-written ones are none."""


class Recipe(NamedTuple):
    """Blocks of a recipe by the file that the words before them name, and the commands of its last step."""

    files: list[tuple[str, str]]
    commands: list[str]


def recipe(root: Path, title: str) -> Recipe:
    """What a section of CONTRIBUTING.md says to write where, and to run."""
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    files, commands, path = [], [], ""
    for part in re.split(r"((?:^(?:    .*)?\n)+)", section, flags=re.MULTILINE):
        block = textwrap.dedent(part).strip()
        if not part.startswith(("    ", "\n")) or not block:
            path = next(iter(re.findall(r"`([\w/]+\.toml)`", part)[-1:]), path)
        elif block.startswith(".venv/bin/"):
            commands += block.splitlines()
        else:
            files.append((path, block))
    return Recipe(files, commands)


def written(root: Path, path: str, block: str) -> None:
    """A file with the block: below a heading that it has, in place of a key that it has, else at its end."""
    file = root / path
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    first, _, rest = block.partition("\n")
    key = re.compile(rf"^{re.escape(first.partition(' = ')[0])} = .*$", re.MULTILINE)
    if re.fullmatch(r"\[\w+\]", first) and f"\n{first}\n" in old:
        new = old.replace(f"\n{first}\n", f"\n{first}\n{rest}\n", 1)
    elif not rest and key.search(old):
        new = key.sub(lambda _: block, old, count=1)
    else:
        new = f"{old}\n{block}\n"
    file.write_text(new.lstrip("\n"), encoding="utf-8")


def follow(root: Path, title: str) -> None:
    for path, block in recipe(root, title).files:
        written(root, path, block)


pytestmark = pytest.mark.slow


@pytest.fixture
def copied(repo_root: Path, tmp_path: Path) -> Path:
    """A copy of what a clone holds, with the environment that runs this test."""
    copy = Path(shutil.copytree(repo_root, tmp_path / "ironreport", ignore=shutil.ignore_patterns(*LEFT_BEHIND)))
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(root: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of a recipe, in the copy and with its package."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "IRONREPORT_"))}
    inside = {"PYTHONPATH": str(root), "IRONREPORT_EXAMPLES": "20"}  # the rest of the suite draws them all
    return subprocess.run(
        command, shell=True, cwd=root, env=outside | inside, capture_output=True, text=True, check=False
    )


def entries(root: Path) -> Iterator[str]:
    """Every entry and key of the knowledge files."""
    for file in sorted((root / "ironreport/knowledge").rglob("*.toml")):
        yield from file.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("title", TITLES[:-1])
def test_the_files_are_valid_after_each_recipe_alone(title: str, copied: Path) -> None:
    before = set(entries(copied))
    follow(copied, title)
    assert set(entries(copied)) - before
    load_knowledge(copied / "ironreport/knowledge")


def test_a_location_to_draw_reaches_the_organ_and_one_that_would_not_is_refused(copied: Path) -> None:
    follow(copied, "Adding a location to draw")
    assert load_knowledge(copied / "ironreport/knowledge").organ("kidney").draw_at[-1] == "transplant"
    [(_, line)] = recipe(copied, "Adding a location to draw").files
    spleen = copied / "ironreport/knowledge/organs/spleen.toml"
    old = spleen.read_text(encoding="utf-8")
    assert "draw_at" not in old
    spleen.write_text(old.replace("\n[", f"\n{line}\n[", 1), encoding="utf-8")
    assert load_knowledge(copied / "ironreport/knowledge").organ("spleen").draw_at[-1] == "transplant"
    spleen.write_text(f"{old}{line}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(copied / "ironreport/knowledge")
    assert "draw_at" in refused.value.refusal.what and "above the first line" in refused.value.refusal.cure


def test_every_check_of_the_recipes_passes_after_all_of_them(copied: Path) -> None:
    commands = dict.fromkeys(command for title in TITLES for command in recipe(copied, title).commands)
    assert len(commands) >= 3
    for title in TITLES:
        follow(copied, title)
    python_before = {file: file.stat().st_mtime_ns for file in copied.rglob("*.py")}
    for command in without_repeats([*commands]):
        done = run(copied, command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
    assert {file: file.stat().st_mtime_ns for file in copied.rglob("*.py")} == python_before


def without_repeats(commands: list[str]) -> list[str]:
    """Commands without those of pytest whose folders another one runs too."""
    folders = {command: set(command.split()[1:]) for command in commands if "pytest" in command}
    return [c for c in commands if not any(folders.get(c, {c}) < more for more in folders.values())]


def test_a_number_typed_wrong_the_second_time_is_found(copied: Path) -> None:
    follow(copied, "Adding a calibration")
    rows = copied / "tests/knowledge/evidence_rows.toml"
    rows.write_text(rows.read_text(encoding="utf-8").replace("0.026, -0.1]", "0.062, -0.1]"), encoding="utf-8")
    done = run(copied, ".venv/bin/pytest tests/knowledge/test_organs.py -k surname-2027")
    assert done.returncode == 1 and "0.062" in done.stdout
