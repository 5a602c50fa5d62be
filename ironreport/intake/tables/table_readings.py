"""Every way in which a table can be read as echo times and signals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from ironreport.intake.numerals import DecimalMark
from ironreport.intake.table import Line
from ironreport.intake.tables.cuts import Cut
from ironreport.intake.tables.sheets import Column, Sheet, sheets
from ironreport.intake.tables.table_shape import (
    FIRST_AT_MOST_MS,
    LAST_AT_LEAST_MS,
    LAST_AT_MOST_MS,
    Shape,
    Times,
    are_counts,
    shape,
)
from ironreport.intake.tables.time_units import Unit

Logarithm = Literal["", "e", "10"]
Scale = Literal["", "ms", "s", "us", "ns", "min", "tenth"]
UNIT_NAMES = {"ms": "ms", "s": "seconds", "us": "microseconds", "ns": "nanoseconds", "min": "minutes"}
_ASKED_UNITS = ("us", "ns", "min")
_MOST_COLUMNS = 8
# Signals above what 16 bits hold are no thousands: 648.312 is not 648312.
_LARGEST_SIGNAL = 65535.0
_AGAINST_HEADING = 2.5
_MOST_EXPONENT = {"e": 700.0, "10": 300.0}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reading takes the table for: cut, columns by place, unit, decimal marks and logarithm."""

    cut: int
    lies: bool
    te: int
    signal: int
    scale: Scale
    te_mark: DecimalMark
    signal_mark: DecimalMark
    logarithm: Logarithm

    @property
    def key(self) -> str:
        """The choice as a word that can be kept and given back as an answer."""
        columns = f"{'lying' if self.lies else 'standing'}-{self.te}-{self.signal}"
        return f"{self.cut}-{columns}-{self.scale}-{self.te_mark}{self.signal_mark}-{self.logarithm or 'plain'}"


@dataclass(frozen=True, slots=True)
class TableReading:
    """The table by one choice, in the order in which it was written.

    ``grouped`` says for which of echo times and signals thousands could be decimals or the other way round;
    ``unexplained`` are columns of numbers that it leaves out without knowing what they are.
    """

    choice: Choice
    te_ms: tuple[float, ...]
    signal: tuple[float, ...]
    lines: tuple[Line, ...]
    shape: Shape
    cost: float
    te_column: Column
    signal_column: Column
    cut: Cut
    grouped: bool = False
    unexplained: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    odd_heading: bool = False
    against_heading: bool = False

    @property
    def stated(self) -> Unit:
        """The unit that the heading or the cells of the echo times give."""
        return stated_unit(self.te_column)


def readings(all_cuts: tuple[Cut, ...], times: Times) -> list[TableReading]:
    """Every reading that gives positive, different times and signals above zero, the likeliest first."""
    found = [
        reading
        for k, cut in enumerate(all_cuts)
        for sheet in sheets(cut)
        if not sheet.partial or _named(sheet)
        for reading in _of_sheet(k, cut, sheet, times)
    ]
    return sorted(found, key=lambda reading: reading.cost)


def _named(sheet: Sheet) -> bool:
    roles = [column.name.role for column in sheet.columns]
    return "time" in roles and "signal" in roles


def _of_sheet(k: int, cut: Cut, sheet: Sheet, times: Times) -> Iterator[TableReading]:
    columns = sheet.columns[:_MOST_COLUMNS]
    for te, signal in product(columns, columns):
        if te is not signal:
            for te_mark, signal_mark in product(te.marks, signal.marks):
                yield from _of_columns(k, cut, sheet, (te, signal), (te_mark, signal_mark), times)


def _of_columns(
    k: int, cut: Cut, sheet: Sheet, pair: tuple[Column, Column], marks: tuple[DecimalMark, DecimalMark], times: Times
) -> Iterator[TableReading]:
    te, signal = pair
    typed_te, typed_signal = te.values(marks[0]), signal.values(marks[1])
    if typed_te is None or typed_signal is None or any(cell.unit for cell in signal.cells):
        return
    if _is_refuted(pair, marks):
        return
    for scale in _scales(te, typed_te, times):
        te_ms = times_ms(te, typed_te, scale)
        for logarithm in _logarithms(signal, te_ms, typed_signal, times):
            values = _without_logarithm(typed_signal, logarithm)
            if values is not None and _can_be(te_ms, values):
                choice = Choice(k, sheet.lies, te.place, signal.place, scale, *marks, logarithm)
                yield _reading(choice, cut, sheet, (te, signal), te_ms, values, times)


def _reading(
    choice: Choice, cut: Cut, sheet: Sheet, pair: tuple[Column, Column], te_ms: tuple[float, ...],
    values: tuple[float, ...], times: Times,
) -> TableReading:  # fmt: skip
    te, signal = pair
    looks = shape(te_ms, values, times)
    sure_times = te.name.role == "time" and te.name.unit == "ms"
    looks = replace(looks, counted=looks.counted and not sure_times)
    others = [column for column in sheet.columns if column not in pair]
    unexplained = tuple(column.place for column in others if not _explained(column, signal))
    reading = TableReading(
        choice, te_ms, values, sheet.lines, looks, 0.0, te, signal, cut,
        grouped=_is_grouped(te, signal, choice),
        unexplained=unexplained,
        left_out=tuple(sorted({column.place for column in others} | {*sheet.words, *sheet.partial})),
        odd_heading=te.name.odd_unit or signal.name.unit != "" or not _is_time(te, times),
    )  # fmt: skip
    reading = replace(reading, against_heading=_contradicts(sheet, te, signal, counted=looks.counted))
    return replace(reading, cost=looks.cost + _cost(reading, times))


def _contradicts(sheet: Sheet, te: Column, signal: Column, *, counted: bool) -> bool:
    """True where the heading names other columns for the two, or something else in them."""
    named = {column.name.role for column in sheet.columns}
    missed = ("time" in named and te.name.role != "time") or ("signal" in named and signal.name.role != "signal")
    is_count = te.name.role == "count" and counted
    return missed or te.name.role in ("signal", "spread") or signal.name.role not in ("", "signal") or is_count


def _cost(reading: TableReading, times: Times) -> float:
    """What speaks against a reading beside the shape of its numbers."""
    te, signal, choice = reading.te_column, reading.signal_column, reading.choice
    named = is_named(te, signal)
    is_turned = choice.lies or (not named and te.place > signal.place)
    unlike_stated = choice.scale not in ("", reading.stated)
    cost = _AGAINST_HEADING * reading.against_heading + 2.0 * (not named and te.place > signal.place)
    cost += 0.0 if named else _of_side(reading)
    cost += 0.5 * choice.cut + 2.0 * min(len(reading.unexplained), 1) + (3.0 if is_turned else 1.0) * unlike_stated
    cost += 0.5 * (signal.marks != (choice.signal_mark,) and parts_thousands(signal, choice.signal_mark))
    expected: Logarithm = signal.name.logarithm
    return cost + 1.0 * (choice.logarithm != expected)


def _of_side(reading: TableReading) -> float:
    """What speaks against a table without names standing or lying: more columns than rows, or not."""
    n_rows, n_columns = len(reading.lines), len(reading.lines[0].cells)
    if reading.choice.lies:
        return 0.0 if n_rows > max(n_columns, 2) else 2.0
    return 3.0 if n_columns > max(n_rows, 2) else 0.0


# ------------------------------------------------------------------------------------ what is tried


def stated_unit(te: Column) -> Unit:
    """The unit that the heading or the cells of a column give, or empty."""
    return te.name.unit or next((cell.unit for cell in te.cells if cell.unit), "")


def is_named(te: Column, signal: Column) -> bool:
    """True where the heading says what one of the two columns is, or a unit of time stands in one."""
    roles = {te.name.role, signal.name.role}
    return not roles.isdisjoint(("time", "other time", "signal")) or stated_unit(te) != ""


def _scales(te: Column, typed: tuple[float, ...], times: Times) -> tuple[Scale, ...]:
    """The unit as written or ms, and others where these numbers are no times in ms, or their unit is an odd one."""
    stated = stated_unit(te)
    te_ms = times_ms(te, typed, stated)
    fits = min(te_ms) <= FIRST_AT_MOST_MS[times] and LAST_AT_LEAST_MS[times] <= max(te_ms) <= LAST_AT_MOST_MS[times]
    if fits and stated not in _ASKED_UNITS and not te.name.odd_unit:
        return (stated,)
    others: tuple[Scale, ...] = ("s",) if max(typed) < LAST_AT_LEAST_MS[times] else ("us",)
    others = (*others, "tenth") if min(typed) > 1.0 and stated in ("", "ms") else others
    as_they_stand: tuple[Scale, ...] = ("ms",) if stated not in ("", "ms") else ()
    return (stated, *as_they_stand, *(scale for scale in others if scale != stated))


def times_ms(te: Column, typed: tuple[float, ...], scale: Scale) -> tuple[float, ...]:
    """Times [ms]: each by the unit of its cell where the choice is the unit as written, else by that of the choice."""
    stated = stated_unit(te)
    return tuple(
        _in_ms(value, (cell.unit or scale) if scale == stated else scale)
        for value, cell in zip(typed, te.cells, strict=True)
    )


def _in_ms(value: float, scale: Scale) -> float:
    """Divided where that is exact for the numbers people type: 1200 by 1000, not by a thousandth."""
    parts = {"us": 1e3, "ns": 1e6, "tenth": 10.0}
    return value / parts[scale] if scale in parts else value * {"s": 1e3, "min": 6e4}.get(scale, 1.0)


def _logarithms(
    signal: Column, te_ms: tuple[float, ...], typed: tuple[float, ...], times: Times
) -> tuple[Logarithm, ...]:
    """As they are, and taken back from their logarithm where the heading or their shape says one."""
    if signal.name.logarithm == "10":
        return ("10", "")
    like_one = _can_be(te_ms, typed) and shape(te_ms, typed, times).like_logarithm
    return ("e", "") if signal.name.logarithm or like_one else ("",)


def _without_logarithm(typed: tuple[float, ...], logarithm: Logarithm) -> tuple[float, ...] | None:
    if not logarithm:
        return typed
    if max(map(abs, typed)) > _MOST_EXPONENT[logarithm]:
        return None
    return tuple(math.exp(value) if logarithm == "e" else 10.0**value for value in typed)


def _can_be(te_ms: tuple[float, ...], signal: tuple[float, ...]) -> bool:
    different = len(set(te_ms)) == len(te_ms)
    return different and all(0 < te < math.inf for te in te_ms) and all(0 < value < math.inf for value in signal)


def _is_time(te: Column, times: Times) -> bool:
    return te.name.role != "other time" or times == "TI"


def _explained(column: Column, signal: Column) -> bool:
    """True for a column whose name or numbers say that it is neither time nor signal."""
    values = column.values(column.marks[0]) if column.marks else None
    if column.name.role in ("spread", "count"):
        return True
    return values is not None and are_counts(values) and column.name.role == ""


# --------------------------------------------------------------------------------------- thousands


def parts_thousands(column: Column, mark: DecimalMark) -> bool:
    """True where by this decimal mark the other one parts thousands."""
    return any(cell.three_decimals and cell.by(mark) != cell.by("," if mark == "." else ".") and
               abs(cell.by(mark) or 0.0) >= 1000.0 for cell in column.cells)  # fmt: skip


def _is_refuted(pair: tuple[Column, Column], marks: tuple[DecimalMark, DecimalMark]) -> bool:
    """True where the other column proves the decimal mark, or thousands would be no signal of any image."""
    te, signal = pair
    if len(signal.marks) < 2:
        return False
    grouped_by: DecimalMark = next(m for m in signal.marks if parts_thousands(signal, m))
    if te.marks == (grouped_by,) and _has_fraction(te, grouped_by) and marks[1] != grouped_by:
        return True
    all_three = all(cell.three_decimals for cell in signal.cells)
    too_large = max(signal.values(grouped_by) or (0.0,)) > _LARGEST_SIGNAL
    fixed = all(cell.three_decimals for cell in te.cells)
    return marks[1] == grouped_by and all_three and (too_large or fixed)


def _has_fraction(column: Column, mark: DecimalMark) -> bool:
    return any(value != int(value) for value in column.values(mark) or () if math.isfinite(value))


def _is_grouped(te: Column, signal: Column, choice: Choice) -> bool:
    """True where the signals can be read by either mark and nothing else decides."""
    if len(signal.marks) < 2:
        return False
    return not any(_is_refuted((te, signal), (choice.te_mark, mark)) for mark in signal.marks)
