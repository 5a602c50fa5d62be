"""An XLSX workbook to lines and cells: the first visible sheet with two or more columns of numbers."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from ironreport.errors import IntakeError
from ironreport.intake.numerals import Written, read_written
from ironreport.intake.table import Cell, Line, LineProblem, TableError, problem
from ironreport.intake.tables.cuts import ERROR_NOTE, bare_number

# A table of 64 pairs needs a few kB. The limits stop archives that unpack to gigabytes and
# sheets that declare a million rows, long before memory is taken.
_MAX_UNPACKED_BYTES = 8_000_000
_MAX_BYTES_BESIDE_SHEETS = 1_000_000  # per part; 6 MB of styles took the reader 10 s
_MAX_PARTS = 500
_MAX_ROWS = 500
_MAX_COLUMNS = 50
_MOST_NUMERIC_COLUMNS = 8

_NO_VALUE = "\N{REPLACEMENT CHARACTER}formula"
_DATE = "\N{REPLACEMENT CHARACTER}date"


@dataclass(frozen=True, slots=True)
class SheetLines:
    """Lines of the sheet that was chosen, and what to tell the reader about the choice."""

    lines: list[Line]
    notes: tuple[str, ...]


def sheet_lines(content: bytes) -> SheetLines:
    """Lines of the first visible sheet with two or more columns of numbers.

    Raises
    ------
    IntakeError
        ``NOT_A_WORKBOOK`` for another kind of archive, ``UNREADABLE_WORKBOOK`` for a broken or
        oversized one, ``NO_NUMERIC_COLUMNS`` or ``TOO_MANY_COLUMNS``.
    TableError
        For formulas without a stored value and numbers that a spreadsheet turned into dates.
    """
    _check_archive(content)
    sheets = _grids(content)
    for index, grid in enumerate(sheets, start=1):
        columns = _numeric_columns(grid)
        if len(columns) < 2:
            continue
        with_names = _with_names(grid, columns)
        if len(columns) > _MOST_NUMERIC_COLUMNS and len(with_names) == len(columns):
            raise _too_many_columns(columns)
        return SheetLines(_lines(grid, with_names), _notes(grid, with_names, index, len(sheets)))
    raise IntakeError(
        "NO_NUMERIC_COLUMNS",
        "No sheet of the workbook has two columns of numbers.",
        "Put the echo times into one column and the signals into the next.",
    )


def _check_archive(content: bytes) -> None:
    """Refuse archives that are broken, too large or no workbook, from their index alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception:
        raise _unreadable() from None
    if _too_large(parts):
        raise IntakeError("UNREADABLE_WORKBOOK", "The workbook is too large for a table of echoes.", _SAVE_AGAIN)
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise IntakeError(
            "NOT_A_WORKBOOK",
            "The file is a zip archive, not an Excel workbook (.xlsx).",
            "Save the table as .xlsx or .csv; open archives of images as images.",
        )


def _too_large(parts: list[zipfile.ZipInfo]) -> bool:
    """True where a table of echoes cannot be the reason for the size."""
    beside = [part for part in parts if not part.filename.startswith(("xl/worksheets/", "xl/media/"))]
    return (
        len(parts) > _MAX_PARTS
        or sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES
        or max((part.file_size for part in beside), default=0) > _MAX_BYTES_BESIDE_SHEETS
    )


_SAVE_AGAIN = "Save the table alone in a new workbook, or as .csv."


def _unreadable() -> IntakeError:
    return IntakeError("UNREADABLE_WORKBOOK", "The workbook is damaged or protected.", _SAVE_AGAIN)


Grid = list[list[Cell | None]]


def _grids(content: bytes) -> list[Grid]:
    """Cells of each visible sheet; formulas without a stored value and dates are marked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, not of values
            values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            names = [sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"]
            return [_grid(values[name], formulas[name]) for name in names]
    except Exception:  # the reader raises many kinds, and their text may hold a name from the file
        raise _unreadable() from None


def _grid(values: Any, formulas: Any) -> Grid:
    rows = zip(_rows(values), _rows(formulas), strict=False)
    return [[_cell(v, f) for v, f in zip(value_row, formula_row, strict=False)] for value_row, formula_row in rows]


def _rows(sheet: Any) -> Any:
    sheet.reset_dimensions()  # the declared size of a sheet may be wrong or absurd
    return sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS, values_only=True)


def _cell(value: object, formula: object) -> Cell | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return _NO_VALUE if isinstance(formula, str) and formula.startswith("=") else None
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return _DATE
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _numeric_columns(grid: Grid) -> list[int]:
    """Columns with at least one number, or with a cell that should have been one."""
    width = max(map(len, grid), default=0)
    return [k for k in range(width) if any(k < len(row) and _counts_as_number(row[k]) for row in grid)]


def _with_names(grid: Grid, columns: list[int]) -> list[int]:
    """The columns of numbers, and the one before them where the table lies on its side and that names its rows."""
    n_rows = sum(_filled(row) for row in grid)
    before = columns[0] - 1
    names_rows = before >= 0 and _filled([row[before] for row in grid if before < len(row)])
    return [before, *columns] if names_rows and n_rows < len(columns) else columns


def _counts_as_number(cell: Cell | None) -> bool:
    if isinstance(cell, str):
        return cell in (_NO_VALUE, _DATE) or isinstance(read_written(bare_number(cell)), Written)
    return cell is not None


def _too_many_columns(columns: list[int]) -> IntakeError:
    letters = ", ".join(get_column_letter(k + 1) for k in columns)
    return IntakeError(
        "TOO_MANY_COLUMNS",
        f"The sheet has {len(columns)} columns of numbers ({letters}).",
        "Keep the echo times and one column of signals.",
    )


def _lines(grid: Grid, columns: list[int]) -> list[Line]:
    picked = [(k, [row[c] if c < len(row) else None for c in columns]) for k, row in enumerate(grid, start=1)]
    lines = [Line(k, _shown(cells), tuple(map(_read, cells))) for k, cells in picked if _filled(cells)]
    problems = tuple(_cell_problem(line) for line in lines if _NO_VALUE in line.cells or _DATE in line.cells)
    if problems:
        raise TableError(problems)
    return lines


def _read(cell: Cell | None) -> Cell:
    """A cell as it is read: empty where it is, a number in text without its error."""
    if cell is None or not isinstance(cell, str):
        return "" if cell is None else cell
    bare = bare_number(cell)
    return bare if isinstance(read_written(bare), Written) else cell


def _has_error(cells: list[Cell | None]) -> bool:
    """True where a cell holds more than its number and quotes."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    return any("±" in text or "+/-" in text or "(" in text for text in texts if _read(text) != text)


def _filled(cells: list[Cell | None]) -> bool:
    """True where at least one cell is filled."""
    return any(cell is not None for cell in cells)


def _shown(cells: list[Cell | None]) -> str:
    marked = {_NO_VALUE: "(formula)", _DATE: "(date)"}
    texts = ["(empty)" if c is None else f"{c:.15g}" if isinstance(c, float) else marked.get(c, c) for c in cells]
    return " | ".join(texts)


def _cell_problem(line: Line) -> LineProblem:
    if _DATE in line.cells:
        what = "A cell holds a date, which spreadsheets make of numbers such as 1.2."
        return problem(line, "DATE_CELL", what, "Format the column as number or text and type the value again.")
    what = "A cell holds a formula whose value was not stored."
    cure = "Open the workbook in a spreadsheet program and save it, or paste the values."
    return problem(line, "FORMULA_WITHOUT_VALUE", what, cure)


def _notes(grid: Grid, columns: list[int], index: int, n_sheets: int) -> tuple[str, ...]:
    letters = [get_column_letter(k + 1) for k in columns]
    where = f"sheet {index}, " if n_sheets > 1 else ""
    width = max(map(len, grid), default=0)
    others = [k for k in range(width) if k not in columns and _filled([row[k] for row in grid if k < len(row)])]
    skipped = [f"column {get_column_letter(k + 1)} without numbers skipped" for k in others]
    errors = (ERROR_NOTE,) if any(map(_has_error, grid)) else ()
    return (f"read from {where}columns {', '.join(letters[:-1])} and {letters[-1]}", *skipped, *errors)
