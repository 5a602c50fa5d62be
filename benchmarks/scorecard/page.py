"""The scorecard as a page and as lines."""

from __future__ import annotations

import datetime as dt
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.scorecard.row import ROOT, Measured, Row
from benchmarks.tables import DOCS, machine, table

FILE = DOCS / "scorecard.md"
HEADING = """# Scorecard

What is asked of the program before a hospital runs it, measured anew by `make scorecard`
(`python -m benchmarks.scorecard --page`). R1 to R25 are the questions every release must answer, T1 to T6 come from
faults that reviewers measured, P are the versions of Python. A row that could not be measured has failed. Seconds of
processor do not depend on what else a computer does; wall clocks do, so a whole run wants a quiet computer. Rows may be
measured on several days: the last column says when, and of which commit (with a plus where files were changed since).
"""


@dataclass(frozen=True, slots=True)
class Result:
    """A row with what was measured, and how long that took [s]."""

    row: Row
    measured: Measured
    seconds: float
    is_sample: bool = False
    at: str = ""
    """Day and commit, with a plus where files were changed since; empty where nobody measured."""

    @property
    def verdict(self) -> str:
        """PASS or FAIL, and whether of a sample only."""
        return f"{'PASS' if self.measured.passed else 'FAIL'}{' of a sample' if self.is_sample else ''}"


def line(result: Result) -> str:
    """One row for a terminal."""
    row = result.row
    return (
        f"{result.verdict} {row.id:4} {row.what}: {result.measured.said} (target: {row.target}; {result.seconds:.0f} s)"
    )


def told(text: str) -> dict[str, tuple[str, bool, float, bool, str]]:
    """What a written page says of each row that was measured: words, passed, seconds, of a sample, when."""
    lines = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in text.splitlines()]
    return {
        cells[0]: (cells[4], cells[1].startswith("PASS"), float(cells[5]), cells[1].endswith("sample"), cells[7])
        for cells in lines
        if len(cells) == 8 and cells[0][:1] in {"R", "T", "P"} and cells[7]
    }


def now(today: dt.date) -> str:
    """Day and commit, for what is measured now."""
    git = shutil.which("git") or "git"
    asked = (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    commit, changed = (
        subprocess.run([git, *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in asked
    )
    return f"{today.isoformat()} {commit}{'+' if changed else ''}".strip()


def verdict(results: Iterable[Result]) -> str:
    """How many pass, and which do not."""
    found = list(results)
    failed = [one.row.id for one in found if not one.measured.passed]
    return f"{len(found) - len(failed)} of {len(found)} rows pass" + (f"; not {', '.join(failed)}" if failed else "")


def page(results: Iterable[Result], today: dt.date) -> str:
    """The text of docs/scorecard.md."""
    found = list(results)
    heads = ["", "", "what", "target", "measured", "s", "by", "at"]
    rows = [
        [
            one.row.id, one.verdict, one.row.what, one.row.target, one.measured.said.replace("|", "/"),
            f"{one.seconds:.0f}", f"`{one.row.command}`", one.at,
        ]
        for one in found
    ]  # fmt: skip
    versions = ", ".join(f"{name} {version(name)}" for name in ("streamlit", "pydicom", "reportlab", "pydantic"))
    return (
        f"{HEADING}\nWritten on {today.isoformat()} with IronReport {version('ironreport')}, {machine()}, {versions}, "
        f"{platform.system()}. {verdict(found)}.\n\n{table(heads, rows)}\n"
    )
