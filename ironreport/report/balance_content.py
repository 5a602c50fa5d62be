"""What is said of an iron balance: text and positions, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ironreport.report.cited import CitedText


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One line of the ledger: the whole [mg/kg] and each day [mg/kg/day] with their intervals, as text."""

    label: str
    total: str
    per_day: str


@dataclass(frozen=True, slots=True)
class BalanceBar:
    """One bar: iron each day [mg/kg/day], what leaves the body below zero; ``text`` is what is written beside it."""

    kind: Literal["in", "out", "change"]
    label: str
    value: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class BalanceSection:
    """The iron balance of a report, or in ``absence`` why there is none; ``given`` says what it rests on."""

    organ: str
    name: str
    given: tuple[str, ...] = ()
    rows: tuple[BalanceRow, ...] = ()
    bars: tuple[BalanceBar, ...] = ()
    cautions: tuple[str, ...] = ()
    notes: tuple[CitedText, ...] = ()
    absence: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The bars in words, for those who cannot see them."""
        said = "; ".join(f"{bar.label} {bar.text}" for bar in self.bars)
        return f"iron each day, mg/kg: {said}" if said else " ".join(self.absence)
