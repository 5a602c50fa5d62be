"""Pasted text to lines and cells: which sign separates the columns, and is there a heading."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from ironreport.intake.numerals import NOT_VALUES, Unit, unit_named
from ironreport.intake.table import Line, LineProblem, TableError, problem

_UNIT_WORD = r"(ms|msecs?|milliseconds?|s|secs?|seconds?|us|µs|μs|usec|µsec|microseconds?)"
_UNIT_GAP = re.compile(rf"(?<=[0-9]) +(?={_UNIT_WORD}(?:[\s,;]|$))")
_UNIT_IN_HEADING = re.compile(rf"(?:[\[(/_,]\s*|\bin\s+){_UNIT_WORD}(?![^\W_])|\b(ms|µs|μs)\b", re.IGNORECASE)
_LAST_WORD_UNIT = re.compile(rf"\s{_UNIT_WORD}$", re.IGNORECASE)
_FIXED_SPACE = re.compile("(?<![0-9])[\u00a0\u2007\u2009\u202f]|[\u00a0\u2007\u2009\u202f](?![0-9])")
_NAME_WITH_DIGIT = re.compile(r"\b(?:TE|ROI|echo|[TRSB])_?[0-9₀-₉](?:\*|star)?(?![^\W_])", re.IGNORECASE)
_TE_NAME = re.compile(r"\b(?:te|echo|time|echozeit|temps|tempo|tiempo)(?![^\W_])", re.IGNORECASE)
_SIGNAL_NAME = re.compile(r"\b(?:signal|intensity|magnitude|si)(?![^\W_])", re.IGNORECASE)

# One number that a single comma could belong to: 1,5 or 1,500.5 or 1.500,5.
_ONE_NUMBER_WITH_COMMA = re.compile(r"[+-]?(?:\d+,\d+|\d{1,3},\d{3}\.\d+|\d{1,3}(?:\.\d{3})+,\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line where it names the columns, and the unit it gives for the echo times."""

    line: Line
    unit: Unit


def lines_of(text: str) -> tuple[Heading | None, list[Line]]:
    """Heading and lines of a pasted text, each cut into cells.

    Raises
    ------
    TableError
        Where a comma may be a decimal mark as well as a separator, or the columns are swapped.
    """
    typed = [(k, _FIXED_SPACE.sub(" ", row)) for k, row in enumerate(re.split(r"\r\n|\r|\n", text), start=1)]
    rows = [(k, row.strip(" ")) for k, row in typed if row.strip()]
    first = rows.pop(0) if rows and is_heading(rows[0][1]) else None
    joined = [(k, row, _UNIT_GAP.sub("", row.strip())) for k, row in rows]
    separator = _separator([row for _, _, row in joined], first[1] if first else "")
    cut = [Line(k, row, _cells(joint, separator)) for k, row, joint in joined]
    body = [line for line in cut if line.cells]
    heading = heading_of(Line(*first, _cells(first[1], separator))) if first else None
    if separator == "comma?" and body:
        raise TableError(tuple(map(_ambiguous, body)))
    return heading, body


def is_heading(text: str) -> bool:
    r"""True where a line holds words and no number but those within names such as T2* or ROI_1.

    >>> is_heading("TE (ms)\tT2* signal"), is_heading("1.2x 500"), is_heading("nan nan")
    (True, False, False)
    """
    bare = _NAME_WITH_DIGIT.sub("name", text)
    if any(character.isnumeric() for character in bare) or not re.search(r"[^\W\d_]", bare):
        return False
    return not any(word.casefold().lstrip("+-") in NOT_VALUES for word in re.split(r"[\s;,]+", text))


def heading_of(line: Line) -> Heading:
    """The heading with the unit of its echo times.

    Raises
    ------
    TableError
        Where the heading names the signal before the echo time, or says microseconds.
    """
    te_name, signal_name = _TE_NAME.search(line.text), _SIGNAL_NAME.search(line.text)
    if te_name and signal_name and te_name.start() > signal_name.start():
        what = "The heading names the signal before the echo time."
        raise TableError((problem(line, "COLUMNS_SWAPPED", what, "Put the echo times into the first column."),))
    unit = _heading_unit(line)
    if unit == "us":
        what, cure = "The heading gives the echo times in microseconds.", "Write them in ms: 1200 µs is 1.2 ms."
        raise TableError((problem(line, "MICROSECONDS", what, cure),))
    return Heading(line, unit)


def _heading_unit(line: Line) -> Unit:
    """Unit of the echo times: from the first of two cells, otherwise from the whole line."""
    two = len(line.cells) == 2
    text = str(line.cells[0]) if two else line.text
    match = _UNIT_IN_HEADING.search(text) or (_LAST_WORD_UNIT.search(text) if two else None)
    return unit_named(next(filter(None, match.groups()))) if match else ""


def _separator(rows: list[str], heading: str) -> str:
    """The sign between the columns, decided once for the whole table.

    Tab and semicolon are never part of a number, so they win. A comma counts as separator only
    where it cannot be a decimal mark in at least one line, or where the heading is cut by it;
    ``comma?`` is the answer where that cannot be known.
    """
    bare = [re.sub(r'"[^"]*"', "q", row) for row in rows]
    for sign in "\t;":
        if any(sign in row for row in bare):
            return sign
    if not any("," in row for row in bare):
        return " "
    if any(re.search(r", | ,", row) for row in bare):
        return ","
    if any(" " in row for row in bare):
        return " "
    return "," if any(map(_comma_separates, bare)) or _cut_by_comma(heading) else "comma?"


def _comma_separates(row: str) -> bool:
    """True where no reading of the row takes its commas for decimal marks."""
    n_commas = row.count(",")
    return "." in row if n_commas > 1 else n_commas == 1 and not _ONE_NUMBER_WITH_COMMA.fullmatch(row)


def _cut_by_comma(heading: str) -> bool:
    """True where a heading such as ``TE,signal`` has two names, and not a name and its unit."""
    names = [name.strip() for name in heading.split(",")]
    return len(names) == 2 and all(names) and not unit_named(names[1])


def _cells(row: str, separator: str) -> tuple[str, ...]:
    """Cells of a line without the empty ones at both ends; quotes as in CSV files."""
    if separator == " ":
        cells = [cell.strip('"') for cell in re.split(r" +", row)]
    else:
        sign = "," if separator == "comma?" else separator
        cells = [cell.strip() for cell in next(csv.reader([row], delimiter=sign, skipinitialspace=True))]
    while cells and not cells[-1]:
        cells.pop()
    while cells and not cells[0]:
        cells.pop(0)
    return tuple(cells)


def _ambiguous(line: Line) -> LineProblem:
    return problem(line, *COMMA_DOUBT) if len(line.cells) > 1 else problem(line, *ONE_NUMBER)


COMMA_DOUBT = (
    "AMBIGUOUS_COMMA",
    "The comma may be a decimal mark or the sign between the columns.",
    "Put a tab or a semicolon between echo time and signal, for example 1,2;500,5.",
)
ONE_NUMBER = (
    "ONE_NUMBER",
    "There is one column where echo time and signal are expected.",
    "Write the echo time, a tab or semicolon as in the other lines, and the signal.",
)
