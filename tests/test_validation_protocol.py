"""Every step of the validation protocol is carried out as it is written, and reads what it says must be read."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.paperwork.protocol import PAGE, Step, forms, protocol_page, steps

Command = Callable[..., subprocess.CompletedProcess[str]]
STEPS = {step.id: step for step in steps()}
LONG = {"2"}
"""The self-check itself is tested row by row in tests/selfcheck."""


@pytest.fixture(scope="module")
def desk(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one morning: later steps open what earlier ones wrote."""
    folder = tmp_path_factory.mktemp("morning")
    shutil.copytree(repo_root / "sample_data", folder / "sample_data")
    return folder


@pytest.mark.parametrize("step", [s for s in STEPS.values() if s.id not in LONG], ids=lambda step: step.id)
def test_a_step_reads_what_must_be_read(
    step: Step, desk: Path, ironreport: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(step.python, f"step {step.id}", "exec"), {})
    ends = [ironreport(*shlex.split(command), cwd=desk) for command in step.commands]
    read = said.getvalue() + "".join(done.stdout + done.stderr for done in ends)
    assert [wanted for wanted in step.expect if wanted not in read] == [], read
    if ends:
        assert ends[-1].returncode == step.ends_with


def test_the_steps_are_numbered_and_each_asks_for_something() -> None:
    assert list(STEPS) == [str(k) for k in range(1, len(STEPS) + 1)]
    assert all(step.expect and (step.commands or step.python) for step in STEPS.values())
    assert forms()


def test_the_page_holds_every_step_and_every_form() -> None:
    """Write it with: python -m benchmarks.paperwork"""
    assert PAGE.read_text(encoding="utf-8") == protocol_page()
