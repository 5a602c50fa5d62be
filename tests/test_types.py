"""The types that stand in the code hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest


@pytest.mark.slow
def test_a_checker_of_types_finds_no_mistake(repo_root: Path, not_here: Callable[[str], NoReturn]) -> None:
    if find_spec("mypy") is None:
        not_here("mypy is not installed; make test installs it.")
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=repo_root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
