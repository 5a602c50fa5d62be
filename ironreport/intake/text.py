"""Typed, pasted and uploaded tables of echo times and signals.

Everything that could be read in two ways is refused with the line and the cure. All problems of
a table are reported at once; nothing is dropped or converted without a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ironreport.errors import IntakeError
from ironreport.intake.columns import COMMA_DOUBT, ONE_NUMBER, Heading, heading_of, is_heading, lines_of
from ironreport.intake.echo_times import te_cautions
from ironreport.intake.numerals import Numeral, Objection, Unit, read_numeral
from ironreport.intake.table import (
    EchoTable,
    Line,
    LineProblem,
    TableError,
    TableRow,
    problem,
    shortened,
)
from ironreport.intake.workbook import sheet_lines
from ironreport.units import seconds_to_ms

__all__ = ["EchoTable", "LineProblem", "TableError", "TableRow", "parse_file", "parse_table"]

# Real trains have up to some 20 echoes; more is another kind of file.
MAX_PAIRS = 64
MAX_BYTES = 20_000
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two numbers read from a line, before they are compared with the rest of the table."""

    line: Line
    te: Numeral
    signal: Numeral


def parse_table(text: str) -> EchoTable:
    r"""Echo times [ms] and signals of a typed or pasted table.

    Parameters
    ----------
    text : str
        One pair a line, columns separated by tab, semicolon, spaces or, where it cannot be a
        decimal mark, comma; with or without a heading.

    Raises
    ------
    TableError
        With one problem for each line that cannot be read.
    IntakeError
        ``NO_ROWS``, ``TOO_MANY_ROWS`` or ``TABLE_TOO_BIG``.

    Examples
    --------
    >>> parse_table("TE (ms)\tsignal\n2,4\t310,5\n1,2\t500").te_ms
    (1.2, 2.4)
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_big()
    heading, body = lines_of(text.removeprefix("\ufeff"))
    return _table(heading, body, ())


def parse_file(name: str, content: bytes) -> EchoTable:
    """Echo times [ms] and signals of a CSV, TSV, TXT or XLSX file, told apart by content.

    Parameters
    ----------
    name : str
        File name; only its ending is looked at, for a note where it does not fit the content.

    Raises
    ------
    TableError, IntakeError
        As `parse_table`, and for files that are neither text nor a readable workbook.
    """
    if not content.startswith(b"PK"):
        return parse_table(_decoded(content))
    sheet = sheet_lines(content)
    wrong_ending = () if name.casefold().endswith((".xlsx", ".xlsm")) else ("the file is an Excel workbook",)
    lines = list(sheet.lines)
    heading = heading_of(lines.pop(0)) if lines and is_heading(" ".join(map(str, lines[0].cells))) else None
    return _table(heading, lines, wrong_ending + sheet.notes)


def _too_big() -> IntakeError:
    cure = f"Keep the echo times and signals, at most {MAX_PAIRS} pairs."
    return IntakeError("TABLE_TOO_BIG", f"The table is larger than {MAX_BYTES // 1000} kB.", cure)


def _decoded(content: bytes) -> str:
    """Text of a file: UTF-8, UTF-16 with its mark, otherwise Windows western European."""
    if content.startswith(_OLD_OFFICE):
        what = "The file is an old (.xls) or protected Excel workbook."
        raise IntakeError("OLD_WORKBOOK", what, "Save it as .xlsx without a password, or as .csv.")
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if len(content) > MAX_BYTES * (2 if utf16 else 1) + 3:
        raise _too_big()
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not text.startswith("%PDF"):
            return text
    what = "The file is neither a text table nor an Excel workbook."
    raise IntakeError("UNREADABLE_TEXT", what, "Save the table as .csv (UTF-8), .txt or .xlsx.")


def _table(heading: Heading | None, body: list[Line], notes: tuple[str, ...]) -> EchoTable:
    """The table of lines already cut into cells."""
    if not body:
        raise IntakeError("NO_ROWS", "There are no pairs of numbers.", "Write one pair a line: echo time and signal.")
    if len(body) > MAX_PAIRS:
        what = f"There are {len(body)} lines; at most {MAX_PAIRS} are read."
        raise IntakeError("TOO_MANY_ROWS", what, "Keep one pair for each echo of one region.")
    unit: Unit = heading.unit if heading else ""
    read = [_pair(line) for line in body]
    pairs = [pair for pair in read if isinstance(pair, _Pair)]
    objections = [p for p in read if isinstance(p, LineProblem)]
    objections += _mark_problems(pairs) or [*_unit_problems(pairs, unit), *_value_problems(pairs, unit)]
    if objections:
        raise TableError(tuple(sorted(objections, key=lambda p: p.line)))
    rows = tuple(_row(pair, unit) for pair in pairs)
    ordered = sorted(rows, key=lambda row: row.te_ms)
    stated = unit or next((pair.te.unit for pair in pairs if pair.te.unit), "")
    return EchoTable(
        te_ms=tuple(row.te_ms for row in ordered),
        signal=tuple(row.signal for row in ordered),
        rows=rows,
        notes=notes + tuple(_notes(heading, stated, pairs, list(rows) != ordered)),
        cautions=te_cautions(rows, stated),
    )


def _pair(line: Line) -> _Pair | LineProblem:
    """The two numbers of a line, or why it does not hold two."""
    cells = line.cells
    if len(cells) == 1 and isinstance(cells[0], str) and isinstance(objection := read_numeral(cells[0]), Objection):
        return problem(line, objection.code, objection.what, objection.cure)
    if len(cells) == 1:
        return problem(line, *ONE_NUMBER)
    if "" in cells:
        return problem(line, "EMPTY_CELL", "A cell in the middle is empty.", "Fill it or take the separator out.")
    if len(cells) > 2:
        return _more_than_two(line)
    numbers = [cell if isinstance(cell, float) else read_numeral(cell) for cell in cells]
    for number in numbers:
        if isinstance(number, Objection):
            return problem(line, number.code, number.what, number.cure)
    te, signal = (Numeral(n) if isinstance(n, float) else n for n in numbers if not isinstance(n, Objection))
    return _Pair(line, te, signal)


def _more_than_two(line: Line) -> LineProblem:
    if "," in line.text and "." not in line.text and not any("," in str(cell) for cell in line.cells):
        return problem(line, *COMMA_DOUBT)
    if not all(any(character.isdigit() for character in str(cell)) for cell in line.cells):
        what = "There are more than two cells, and not all of them are numbers."
        return problem(line, "NOT_A_NUMBER", what, "Keep the echo time and the signal, nothing else.")
    what = f"There are {len(line.cells)} numbers where echo time and signal are expected."
    return problem(line, "THREE_NUMBERS", what, "Keep two numbers; write them without spaces inside.")


def _mark_problems(pairs: list[_Pair]) -> list[LineProblem]:
    """Numbers whose comma or point cannot be told from a thousands separator, over the whole table."""
    seen = {n for pair in pairs for n in (pair.te, pair.signal) if n.mark}
    proved = {n.mark for n in seen if not n.maybe_grouped}
    marks = {n.mark for n in seen}
    cure = "Write all numbers alike, for example 1.5 or 1500, without thousands separators."
    if proved == {".", ","}:
        what = "The table uses the comma and the point as decimal mark."
        return [problem(line, "MIXED_MARKS", what, cure) for line in _lines_with(pairs, ",")]
    if len(marks) == 2:
        grouped = "," if "," not in proved else "."
        what = "A number seems to hold a thousands separator."
        return [problem(line, "THOUSANDS", what, cure) for line in _lines_with(pairs, grouped)]
    if marks == {","} and not proved:
        what = "A number with a comma and three digits may be 1.5 or 1500."
        return [problem(line, "AMBIGUOUS_COMMA", what, cure) for line in _lines_with(pairs, ",")]
    if marks == {"."} and not proved and _some_plain_beside_grouped(pairs):
        what = "A number with a point and three digits may be 1.5 or 1500, as others of its column have no point."
        return [problem(line, "AMBIGUOUS_POINT", what, cure) for line in _lines_with(pairs, ".")]
    return []


def _lines_with(pairs: list[_Pair], mark: str) -> list[Line]:
    return [pair.line for pair in pairs if mark in (pair.te.mark, pair.signal.mark)]


def _some_plain_beside_grouped(pairs: list[_Pair]) -> bool:
    """True where one column has 1.500 as well as 900: written by thousands, or decimals left out."""
    columns = ([pair.te for pair in pairs], [pair.signal for pair in pairs])
    return any({n.mark for n in column} == {"", "."} for column in columns)


def _unit_problems(pairs: list[_Pair], unit: Unit) -> Iterator[LineProblem]:
    """Units that contradict each other, stand at the signal, or are not read."""
    some_seconds = any(pair.te.unit == "s" for pair in pairs)
    for pair in pairs:
        if pair.signal.unit:
            what = "A time unit stands after the signal."
            yield problem(pair.line, "UNIT_ON_SIGNAL", what, "Write the echo time first; the signal has no unit.")
        elif pair.te.unit == "us":
            what, cure = "The echo time is in microseconds.", "Write it in ms: 1200 µs is 1.2 ms."
            yield problem(pair.line, "MICROSECONDS", what, cure)
        elif unit and pair.te.unit and pair.te.unit != unit:
            what = f"The echo time is in {pair.te.unit}, the heading says {unit}."
            yield problem(pair.line, "UNIT_CONFLICT", what, "Write one unit, in the heading or after each number.")
        elif some_seconds and not unit and not pair.te.unit:
            what = "The echo time has no unit while others are in s."
            yield problem(pair.line, "UNIT_MISSING", what, "Write the unit after each echo time or in the heading.")


def _value_problems(pairs: list[_Pair], unit: Unit) -> Iterator[LineProblem]:
    """Values that no measurement has, and echo times that occur twice."""
    first_line: dict[float, int] = {}
    for pair in pairs:
        te_ms = _row(pair, unit).te_ms
        if not 0 < te_ms < float("inf"):
            yield problem(pair.line, "TE_NOT_POSITIVE", "The echo time is not above 0.", "Check the echo time.")
        elif (earlier := first_line.setdefault(te_ms, pair.line.number)) != pair.line.number:
            what = f"The echo time {te_ms:g} ms stands in line {earlier} already."
            yield problem(pair.line, "EQUAL_TE", what, "Correct one of the two lines or leave one out.")
        if pair.signal.value < 0:
            what = "The signal is negative, so it is not a magnitude."
            yield problem(pair.line, "NEGATIVE_SIGNAL", what, "Use magnitude images.")
        elif pair.signal.value == 0:
            yield problem(pair.line, "ZERO_SIGNAL", "The signal is 0.", "Leave the line out or check the export.")


def _row(pair: _Pair, unit: Unit) -> TableRow:
    in_seconds = (pair.te.unit or unit) == "s"
    te_ms = seconds_to_ms(pair.te.value) if in_seconds else pair.te.value
    return TableRow(pair.line.number, pair.line.text, te_ms, pair.signal.value)


def _notes(heading: Heading | None, unit: Unit, pairs: list[_Pair], sorted_by_te: bool) -> Iterator[str]:
    """What was done, in the order in which it was done."""
    if heading:
        yield f"heading line skipped: '{shortened(heading.line.text)}'"
    if any("," in (pair.te.mark, pair.signal.mark) for pair in pairs):
        yield "decimal comma read"
    if unit == "s":
        yield "TE was written in s: converted to ms"
    if sorted_by_te:
        yield "sorted by TE"
