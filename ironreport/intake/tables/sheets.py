"""Cells to columns, standing or lying on their side, and the lines that keep them from being read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ironreport.intake.numerals import NOT_VALUES, DecimalMark, Objection, Written, read_written
from ironreport.intake.table import Cell, Line, LineProblem, problem
from ironreport.intake.tables.cuts import Cut
from ironreport.intake.tables.heading import ColumnName, column_name, names_of_columns

_MOST_LYING_LINES = 6
MARKS: tuple[DecimalMark, ...] = (".", ",")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of numbers: its place counted from 1, its name and its cells."""

    place: int
    name: ColumnName
    cells: tuple[Written, ...]

    def values(self, mark: DecimalMark) -> tuple[float, ...] | None:
        """The numbers by one decimal mark, or None where one cannot be written so."""
        found = [cell.by(mark) for cell in self.cells]
        return tuple(value for value in found if value is not None) if None not in found else None

    @property
    def marks(self) -> tuple[DecimalMark, ...]:
        """Decimal marks by which the column can be read; one where both give the same numbers."""
        by = {mark: self.values(mark) for mark in MARKS}
        if by["."] == by[","]:
            return (".",) if by["."] else ()
        return tuple(mark for mark in MARKS if by[mark] is not None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns of numbers of equal length, and the line each row came from.

    ``words`` are columns without any number, ``partial`` those with empty or odd cells, by place.
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    lies: bool = False
    words: tuple[int, ...] = ()
    partial: tuple[int, ...] = ()


def sheets(cut: Cut) -> tuple[Sheet, ...]:
    """The table as it stands and, where it is wider than long, turned on its side."""
    standing = _sheet(cut.lines, cut.heading, lies=False)
    return (standing, *_lying(cut))


def _lying(cut: Cut) -> Iterator[Sheet]:
    widths = {len(line.cells) for line in cut.lines}
    n_lines = len(cut.lines)
    if not 2 <= n_lines <= _MOST_LYING_LINES or len(widths) != 1 or max(widths) < n_lines:
        return
    rows = [line.cells for line in cut.lines]
    heading = _without_numbers([row[0] for row in rows])
    body = [row[1:] for row in rows] if heading else rows
    names = tuple(column_name(str(row[0])) if heading else ColumnName() for row in rows)
    turned = [Line(k, " | ".join(map(str, cells)), cells) for k, cells in enumerate(zip(*body, strict=True), start=1)]
    if len(turned) > 1:
        yield _sheet(turned, None, lies=True, names=names)


def _without_numbers(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell != ""]
    return bool(filled) and not any(
        isinstance(cell, float) or isinstance(read_written(cell), Written) or cell[:1].isdigit() or _is_no_value(cell)
        for cell in filled
    )


def _is_no_value(cell: str) -> bool:
    return cell.casefold().lstrip("+-") in NOT_VALUES or cell in NOT_VALUES


def _sheet(lines: Sequence[Line], heading: Line | None, *, lies: bool, names: tuple[ColumnName, ...] = ()) -> Sheet:
    columns = list(zip_longest(*(line.cells for line in lines), fillvalue=""))
    words = tuple(k for k, cells in enumerate(columns, start=1) if _without_numbers(cells))
    read = {k: [_written(cell) for cell in cells] for k, cells in enumerate(columns, start=1) if k not in words}
    full = {k: tuple(c for c in cells if c is not None) for k, cells in read.items() if None not in cells}
    if not lies:
        names = _names(heading, len(columns), words)
    return Sheet(
        tuple(Column(k, names[k - 1], cells) for k, cells in full.items()),
        tuple(lines),
        lies,
        words,
        tuple(k for k in read if k not in full),
    )


def _names(heading: Line | None, n_columns: int, words: tuple[int, ...]) -> tuple[ColumnName, ...]:
    """A name for each column; those of words only need none in the heading."""
    if heading is None:
        return (ColumnName(),) * n_columns
    cells = tuple(map(str, heading.cells))
    inner = tuple(cell for cell in cells if cell)
    if len(cells) != n_columns and len(inner) in (n_columns, n_columns - len(words)):
        cells = inner
    if words and len(cells) != n_columns:
        numbers = iter(names_of_columns(heading.text, cells, n_columns - len(words)))
        return tuple(ColumnName() if k in words else next(numbers) for k in range(1, n_columns + 1))
    return names_of_columns(heading.text, cells, n_columns)


def _written(cell: Cell) -> Written | None:
    if isinstance(cell, float):
        return Written(cell, cell)
    found = read_written(cell)
    return found if isinstance(found, Written) else None


# ------------------------------------------------------------------------------------ what is amiss


def line_problems(cut: Cut) -> list[LineProblem]:
    """Lines that keep the table from having two columns of numbers, each with its first fault."""
    widths = [len(line.cells) for line in cut.lines]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=2)
    words = _sheet(cut.lines, None, lies=False).words if len(set(widths)) == 1 else ()
    found = (_line_problem(line, max(usual, 2), words, cut) for line in cut.lines)
    return [fault for fault in found if fault is not None]


def _line_problem(line: Line, usual: int, words: tuple[int, ...], cut: Cut) -> LineProblem | None:
    cells = [cell for k, cell in enumerate(line.cells, start=1) if k not in words]
    if len(cells) == 1:
        fault = read_written(cells[0]) if isinstance(cells[0], str) else None
        return problem(line, fault.code, fault.what, fault.cure) if isinstance(fault, Objection) else _one_number(line)
    if "" in cells:
        return problem(line, "EMPTY_CELL", "A cell in the middle is empty.", "Fill it or take the separator out.")
    if len(line.cells) > usual:
        return _too_many(line, cut)
    for cell in cells:
        if isinstance(cell, str) and isinstance(fault := read_written(cell), Objection):
            return problem(line, fault.code, fault.what, fault.cure)
    if len(cells) < 2:
        return _one_number(line)
    missing = problem(line, "EMPTY_CELL", "The line has fewer cells than the others.", "Fill the line or leave it out.")
    return missing if len(line.cells) < usual else None


def _one_number(line: Line) -> LineProblem:
    what = "There is one column where echo time and signal are expected."
    return problem(
        line, "ONE_NUMBER", what, "Write the echo time, a tab or semicolon as in the other lines, and the signal."
    )


def _too_many(line: Line, cut: Cut) -> LineProblem:
    if cut.is_unsure:
        what = "The comma may be a decimal mark or the sign between the columns."
        cure = "Put a tab or a semicolon between echo time and signal, for example 1,2;500,5."
        return problem(line, "AMBIGUOUS_COMMA", what, cure)
    if not all(isinstance(cell, float) or isinstance(read_written(cell), Written) for cell in line.cells):
        what = "There are more cells than in the other lines, and not all of them are numbers."
        return problem(line, "NOT_A_NUMBER", what, "Keep the echo time and the signal, nothing else.")
    what = f"There are {len(line.cells)} numbers, more than in the other lines."
    return problem(line, "THREE_NUMBERS", what, "Keep as many numbers in each line; write them without spaces inside.")
