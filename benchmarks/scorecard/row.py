"""A row of the scorecard, and how tests become the measurement of one."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out, in words with its numbers, and whether the target is met."""

    said: str
    passed: bool


Measure = Callable[[bool], Measured]
"""Takes whether a quick sample is enough."""


@dataclass(frozen=True, slots=True)
class Row:
    """``command`` is what a reader types to see the same; the scorecard itself calls ``measure``."""

    id: str
    what: str
    target: str
    command: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Promises:
    """What became of some tests; ``slowest_s`` is the longest of them."""

    n_kept: int
    broken: tuple[str, ...]
    slowest_s: float

    @property
    def said(self) -> str:
        """The count, and the first that do not hold."""
        n_all = self.n_kept + len(self.broken)
        named = f": {', '.join(self.broken[:MOST_NAMED])}" if self.broken else ""
        return f"{self.n_kept} of {n_all} tests pass{named}"


def promises(*places: str, **environment: str) -> Promises:
    """Run tests by their places below ``tests/``; one that would be skipped counts as broken."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=1", "--durations-min=0"]
    required = {"IRONREPORT_REQUIRE_ALL": "1", **environment}
    done = subprocess.run(
        [*command, "-rfEs", *(f"tests/{place}" for place in places)],
        cwd=ROOT, env={**os.environ, **required}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout
    kept = re.search(r"(\d+) passed", said)
    broken = re.findall(r"^(?:FAILED|ERROR|SKIPPED) (\S+)", said, re.MULTILINE)
    if done.returncode and not broken:
        broken = [said.strip().splitlines()[-1] if said.strip() else f"pytest ended with {done.returncode}"]
    slowest = re.search(r"^([\d.]+)s ", said, re.MULTILINE)
    return Promises(int(kept.group(1)) if kept else 0, tuple(broken), float(slowest.group(1)) if slowest else 0.0)


def held(*places: str, at_least: int = 1, **environment: str) -> Measured:
    """The measurement of a row whose target is that tests pass, ``at_least`` so many of them."""
    found = promises(*places, **environment)
    return Measured(found.said, not found.broken and found.n_kept >= at_least)


def by_tests(*places: str, at_least: int = 1) -> Measure:
    """The same, to be called later."""
    return lambda quick: held(*places, at_least=at_least, **({"IRONREPORT_EXAMPLES": "20"} if quick else {}))


def run(*module: str, seconds: float = 3600.0, python: Path = Path(sys.executable)) -> tuple[int, str, float]:
    """Exit code, words and processor time [s] of a Python module in a process of its own."""
    began = _children_s()
    done = subprocess.run(
        [str(python), "-m", *module], cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds
    )
    return done.returncode, done.stdout + done.stderr, _children_s() - began


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
