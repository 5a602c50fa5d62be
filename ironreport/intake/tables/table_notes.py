"""What was done to read a table, in words for the reader."""

from __future__ import annotations

from collections.abc import Iterator

from ironreport.intake.tables.sheets import Column
from ironreport.intake.tables.table_readings import TableReading

_UNITS = {"s": "s", "us": "µs", "ns": "ns", "min": "min"}


def notes_of(reading: TableReading, *, is_sorted_now: bool) -> Iterator[str]:
    """One note for each step that is not plain, in the order in which it was done."""
    choice = reading.choice
    kind = "row" if choice.lies else "column"
    yield from reading.cut.notes
    if choice.lies:
        yield "the table lies on its side: echo times and signals read from its rows"
    if choice.te > choice.signal:
        yield f"echo times read from {kind} {choice.te}, signals from {kind} {choice.signal}"
    if reading.left_out:
        several = "s" * (len(reading.left_out) > 1)
        yield f"{kind}{several} {', '.join(map(str, reading.left_out))} left out"
    yield from _marks(reading)
    if choice.scale in _UNITS:
        yield f"TE was written in {_UNITS[choice.scale]}: converted to ms"
    elif choice.scale == "tenth":
        yield "TE divided by ten"
    if choice.logarithm:
        base = "e" if choice.logarithm == "e" else "10"
        yield f"signals taken back from their logarithm to base {base}"
    if is_sorted_now:
        yield "sorted by TE"


def _marks(reading: TableReading) -> Iterator[str]:
    pairs = ((reading.te_column, reading.choice.te_mark), (reading.signal_column, reading.choice.signal_mark))
    if any(mark == "," and _has_fraction(column) for column, mark in pairs):
        yield "decimal comma read"
    if any(_has_thousands(column, mark) for column, mark in pairs):
        yield "thousands separators read"


def _has_fraction(column: Column) -> bool:
    return any(value != round(value) for value in column.values(",") or () if abs(value) < 1e15)


def _has_thousands(column: Column, mark: str) -> bool:
    return any(
        cell.grouped or (cell.three_decimals and (cell.by("," if mark == "," else ".") or 0.0) >= 1000.0)
        for cell in column.cells
    )
