"""A sentence with what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CitedText:
    """A sentence with the rule it comes from, its evidence status and its sources.

    ``marks`` are the reference numbers in the printed list, e.g. ``[1, 4]``; empty on screen cards.
    """

    text: str
    rule: str = ""
    evidence: str = ""
    sources: tuple[str, ...] = ()
    marks: str = ""
