"""Markdown tables, and the machine that the numbers come from."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
BUILD = Path(__file__).resolve().parents[1] / "build/benchmarks"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, all others to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Processor and versions, without the name of the computer."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return f"{processor or platform.machine()}, one thread, Python {platform.python_version()}, {packages}"


CONDITIONS_HEADING = "## Where the fit is known to go wrong"
"""The last section of docs/accuracy.md: `benchmarks.conditions` writes it, `benchmarks.accuracy` leaves it as it is."""


def without_conditions(page: str) -> str:
    """The page up to that section."""
    return page.partition(CONDITIONS_HEADING)[0].rstrip("\n") + "\n"


def conditions_of(page: str) -> str:
    """That section of the page with its heading, or nothing."""
    _, heading, section = page.partition(CONDITIONS_HEADING)
    return f"\n{heading}{section}" if heading else ""


LIBRARY_HEADING = "## In a notebook or a script"
"""A section of docs/speed.md: `benchmarks.library` writes it, `benchmarks.speed` leaves it as it is."""
CROWD_HEADING = "## Many people at one server"
"""The last section of docs/speed.md, written by hand from what `benchmarks.crowd` prints; both others leave it."""


def library_of(page: str) -> str:
    """That section of the page with its heading, or nothing."""
    _, heading, section = page.partition(LIBRARY_HEADING)
    return f"\n{heading}{section}" if heading else ""
