"""Rows whose numbers can be read and are none that a decay has."""

from __future__ import annotations

from collections.abc import Iterator

from ironreport.intake.table import LineProblem, problem
from ironreport.intake.tables.cuts import Cut
from ironreport.intake.tables.sheets import Column, Sheet, sheets
from ironreport.intake.tables.table_readings import TableReading, stated_unit, times_ms
from ironreport.intake.tables.table_shape import Times

_ALIKE = "Write all numbers alike, for example 1.5 or 1500, without thousands separators."


def row_problems(cut: Cut, times: Times) -> list[LineProblem]:
    """What is amiss with the rows of a table read plainly: times first, or as its heading says."""
    sheet = sheets(cut)[0]
    if len(sheet.columns) < 2 or sheet.partial:
        return []
    te = next((column for column in sheet.columns if column.name.role == "time"), sheet.columns[0])
    signal = next((column for column in sheet.columns if column is not te and column.name.role in ("", "signal")), None)
    if signal is None:
        return []
    mixed = [fault for column in (te, signal) for fault in _mixed_marks(sheet, column)]
    return mixed or list(_value_problems(sheet, te, signal))


def _mixed_marks(sheet: Sheet, column: Column) -> Iterator[LineProblem]:
    """Lines with a decimal comma in a column that has decimal points too."""
    if column.marks:
        return
    what = "One column has the comma and the point as decimal mark."
    for line, cell in zip(sheet.lines, column.cells, strict=True):
        if cell.by_point is None:
            yield problem(line, "MIXED_MARKS", what, _ALIKE)


def _value_problems(sheet: Sheet, te: Column, signal: Column) -> Iterator[LineProblem]:
    typed, values = te.values(te.marks[0]) or (), signal.values(signal.marks[0]) or ()
    first_line: dict[float, int] = {}
    for line, te_ms, value in zip(sheet.lines, times_ms(te, typed, stated_unit(te)), values, strict=True):
        if not 0 < te_ms < float("inf"):
            yield problem(line, "TE_NOT_POSITIVE", "The echo time is not above 0.", "Check the echo time.")
        elif (earlier := first_line.setdefault(te_ms, line.number)) != line.number:
            what = f"The echo time {te_ms:g} ms stands in line {earlier} already."
            yield problem(line, "EQUAL_TE", what, "Correct one of the two lines or leave one out.")
        if value < 0:
            what = "The signal is negative, so it is not a magnitude."
            yield problem(line, "NEGATIVE_SIGNAL", what, "Use magnitude images.")
        elif value == 0:
            yield problem(line, "ZERO_SIGNAL", "The signal is 0.", "Leave the line out or check the export.")


def unit_problems(reading: TableReading) -> Iterator[LineProblem]:
    """Units of single echo times that contradict the heading, or stand at some and not at others."""
    te, unit = reading.te_column, reading.te_column.name.unit
    some_not_ms = any(cell.unit not in ("", "ms") for cell in te.cells)
    for line, cell in zip(reading.lines, te.cells, strict=True):
        if unit and cell.unit and cell.unit != unit:
            what = f"The echo time is in {cell.unit}, the heading says {unit}."
            yield problem(line, "UNIT_CONFLICT", what, "Write one unit, in the heading or after each number.")
        elif some_not_ms and not unit and not cell.unit:
            what = "The echo time has no unit while others are not in ms."
            yield problem(line, "UNIT_MISSING", what, "Write the unit after each echo time or in the heading.")
