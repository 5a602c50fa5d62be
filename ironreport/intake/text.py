"""Typed, pasted and uploaded tables of echo times and signals: text is a claim, not a fact.

What a table means is decided by its heading and its numbers. Where they leave two readings, or one that no acquisition
gives, there is one question for the whole table, and no number before it is answered. What cannot be read at all is
refused by line. Nothing is dropped or converted without a note.
"""

from __future__ import annotations

from collections.abc import Sequence

from ironreport.errors import IntakeError
from ironreport.intake.echo_times import te_cautions
from ironreport.intake.table import (
    EchoTable,
    Line,
    LineProblem,
    TableAnswer,
    TableError,
    TableQuestion,
    TableRow,
    shortened,
)
from ironreport.intake.tables.cuts import Cut, cuts, within_borders
from ironreport.intake.tables.pasted_lines import PastedLine, by_kind, pasted_lines
from ironreport.intake.tables.row_problems import row_problems, unit_problems
from ironreport.intake.tables.sheets import line_problems
from ironreport.intake.tables.table_answers import gives, key_of, offered, says
from ironreport.intake.tables.table_notes import notes_of
from ironreport.intake.tables.table_question import different, doubts
from ironreport.intake.tables.table_readings import TableReading, readings
from ironreport.intake.tables.table_shape import Times
from ironreport.records import Caution, Contrast

__all__ = ["EchoTable", "LineProblem", "TableError", "TableRow", "number_doubts", "parse_file", "parse_table"]

# Real trains have up to some 20 echoes; more is another kind of file.
MAX_PAIRS = 64
MAX_BYTES = 20_000
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
# Above this a reading is no way out of a table whose plain reading has a fault in a line.
_FAR_FETCHED = 3.5


def parse_table(text: str, answer: str = "", times: Times = "T2*") -> EchoTable:
    r"""Echo times [ms] and signals of a typed or pasted table.

    Parameters
    ----------
    text : str
        Two or more columns, or rows, of numbers, with or without a heading.
    answer : str
        Key of one of the answers of ``EchoTable.question``, where the table asked one before.
    times : {"T2*", "T2", "TI"}
        What the times are: which ones are usual depends on it, and only signals of echoes fall.

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
    >>> asked = parse_table("TE (µs)\tsignal\n1200\t500\n2400\t310")
    >>> asked.te_ms, parse_table("TE (µs)\tsignal\n1200\t500\n2400\t310", asked.question.answers[0].key).te_ms
    ((), (1.2, 2.4))
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_big()
    pasted = pasted_lines(text.removeprefix("\ufeff"))
    return _table(cuts(pasted), pasted.notes, answer, times)


def parse_file(name: str, content: bytes, answer: str = "", times: Times = "T2*") -> EchoTable:
    """Echo times [ms] and signals of a CSV, TSV, TXT or XLSX file, told apart by content.

    Parameters
    ----------
    name : str
        File name; only its ending is looked at, for a note where it does not fit the content.
    answer, times
        As of `parse_table`.

    Raises
    ------
    TableError, IntakeError
        As `parse_table`, and for files that are neither text nor a readable workbook.
    """
    if not content.startswith(b"PK"):
        return parse_table(_decoded(content), answer, times)
    from ironreport.intake.tables.workbook import sheet_lines  # noqa: PLC0415  4 MB, for workbooks only

    sheet = sheet_lines(content)
    wrong_ending = () if name.casefold().endswith((".xlsx", ".xlsm")) else ("the file is an Excel workbook",)
    kinds = by_kind([PastedLine(line.number, line.text, line.text) for line in sheet.lines])
    by_number = {line.number: line for line in sheet.lines}
    heading = _heading_of_cells(kinds.heading) if kinds.heading else None
    body = within_borders([by_number[row.number] for row in kinds.rows])
    return _table((Cut(body, heading),), wrong_ending + sheet.notes + kinds.notes, answer, times)


def _heading_of_cells(line: PastedLine) -> Line:
    """Names of the columns of a workbook, whose cells were joined to be looked at as a line."""
    cells = tuple(cell.strip().replace("(empty)", "") for cell in line.plain.split(" | "))
    return Line(line.number, " ".join(cells), cells)


def number_doubts(te_ms: Sequence[float], signal: Sequence[float], contrast: Contrast) -> tuple[Caution, ...]:
    """Doubts about echo times [ms] and signals that come as numbers: those that a table of them would raise.

    Where no decay can have them (a signal of zero, an echo time twice) there are none: the fit says why it refuses.
    """
    pairs = enumerate(zip(te_ms, signal, strict=True), start=1)
    lines = tuple(Line(k, f"{te:g} {value:g}", (float(te), float(value))) for k, (te, value) in pairs)
    names = ("TE (ms)", "signal")
    found = different(readings((Cut(lines, Line(0, "\t".join(names), names)),), contrast)) if lines else []
    if not found:
        return ()
    own = te_cautions(_rows(found[0]), "ms") if found[0].choice.te == 1 else ()
    return tuple({doubt.code: doubt for doubt in (*doubts(found), *own)}.values())


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


def _table(all_cuts: tuple[Cut, ...], notes: tuple[str, ...], answer: str, times: Times) -> EchoTable:
    """The table of lines cut into cells, the question about it, or why there is none."""
    first = all_cuts[0]
    _check_length(first)
    found = different(readings(all_cuts, times))
    amiss = row_problems(first, times)
    if not found or (amiss and found[0].cost > _FAR_FETCHED):
        raise TableError(tuple(sorted(line_problems(first) or amiss or [_unreadable(first)], key=lambda p: p.line)))
    if conflicting := list(unit_problems(found[0])):
        raise TableError(tuple(conflicting))
    unsure = doubts(found)
    if not unsure:
        return _as_read(found[0], notes)
    choices = offered(found)
    chosen = next((one for one in choices if key_of(one) == answer), None)
    if chosen is not None:
        return _as_read(chosen, (*notes, f"as you answered: {says(chosen, choices)}"))
    answers = tuple(TableAnswer(key_of(one), says(one, choices), gives(one), _as_read(one, notes)) for one in choices)
    text = " ".join(doubt.text for doubt in unsure)
    asked = "How is the table meant?" if len(answers) > 1 else "Is the table meant so?"
    return EchoTable((), (), (), notes, unsure, TableQuestion(f"{text} {asked}", answers))


def _check_length(cut: Cut) -> None:
    if not cut.lines:
        raise IntakeError("NO_ROWS", "There are no pairs of numbers.", "Write one pair a line: echo time and signal.")
    n = max(len(cut.lines), max(len(line.cells) for line in cut.lines))
    if n > MAX_PAIRS:
        what = f"There are {n} lines or columns; at most {MAX_PAIRS} are read."
        raise IntakeError("TOO_MANY_ROWS", what, "Keep one pair for each echo of one region.")


def _unreadable(cut: Cut) -> LineProblem:
    what = "No two columns of the table can be echo times and signals."
    return LineProblem("NO_COLUMNS", cut.lines[0].number, shortened(cut.lines[0].text), what, "Keep these two columns.")


def _as_read(reading: TableReading, notes: tuple[str, ...]) -> EchoTable:
    rows = _rows(reading)
    ordered = sorted(rows, key=lambda row: row.te_ms)
    return EchoTable(
        te_ms=tuple(row.te_ms for row in ordered),
        signal=tuple(row.signal for row in ordered),
        rows=rows,
        notes=(*notes, *notes_of(reading, is_sorted_now=list(rows) != ordered)),
        cautions=te_cautions(rows, reading.stated),
    )


def _rows(reading: TableReading) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(line.number, line.text, te, value)
        for line, te, value in zip(reading.lines, reading.te_ms, reading.signal, strict=True)
    )
