"""The hazards of a wrong number, what finds each and the tests that hold it: ``docs/hazards.toml`` as a page."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from benchmarks.tables import DOCS, table

FILE = DOCS / "hazards.toml"
HEADING = """# Hazards of a wrong number

What can make a number or class wrong, how wrong, what the program does, and the tests that break when it no longer
does. Severity: 4 wrong direction of treatment, 3 wrong by one class, 2 delay or a repeated scan, 1 annoyance.
"Withholds" means that the value stands and no class is given, with the reason; the reason is in every way out (screen,
PDF, CSV, XLSX, FHIR, DICOM SR, notebook). Codes are those of cautions and refusals. Written by
`python -m benchmarks.hazards --table` from `docs/hazards.toml`.
"""


@dataclass(frozen=True, slots=True)
class Hazard:
    """One row; ``tests`` are places below ``tests/``, written as pytest writes them."""

    id: str
    what: str
    severity: int
    size: str
    action: str
    codes: tuple[str, ...]
    tests: tuple[str, ...]


def hazards() -> tuple[Hazard, ...]:
    """All hazards, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["hazard"]
    return tuple(Hazard(**{**row, "codes": tuple(row["codes"]), "tests": tuple(row["tests"])}) for row in rows)


def page() -> str:
    """The page of all hazards."""
    rows = [
        [h.id, h.what, str(h.severity), h.size, h.action, " ".join(f"`{c}`" for c in h.codes), "<br>".join(h.tests)]
        for h in hazards()
    ]
    heads = ["", "hazard", "severity", "size", "the program", "codes", "tests"]
    return f"{HEADING}\n{table(heads, rows)}\n"
