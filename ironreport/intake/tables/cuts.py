"""Lines to cells: which sign separates the columns, in every way that can be meant."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ironreport.intake.numerals import Written, read_written
from ironreport.intake.signs import FIXED_SPACES
from ironreport.intake.table import Cell, Line
from ironreport.intake.tables.pasted_lines import PastedLine, PastedLines, with_plain_spaces
from ironreport.intake.tables.time_units import UNIT_WORD, unit_named

_STRONG = "\t;|"
_BETWEEN = ("\u2192", "->", "=>", "=", ":", "/")
"""Signs that separate columns where every line has one of them between two numbers."""
_NUMBER = r"\d+(?:[.,\u066b]\d+)?"
_ERROR_BEHIND = re.compile(
    rf"(?<=[\d.])\s*(?:±|\+/-|\+-)\s*{_NUMBER}(?:\s*%)?|(?<=[\d.])\s*[(\[]\s*(?:±\s*)?{_NUMBER}(?:\s*[-–]\s*{_NUMBER})?\s*[)\]]"
)
_NAME_BEFORE = re.compile(r"(?<![^\W_])[^\W\d_]\w*\s*[=:]\s*(?=[+-]?[\d.])")
_UNIT_GAP = re.compile(rf"(?<=[0-9.])\s+({UNIT_WORD})(?![^\W_])", re.IGNORECASE)
_SPLIT_THOUSAND = re.compile(r"(?<![\d.,'])([1-9]\d{0,2}) (\d{3})(?=[ .,]|$)(?!\.\d+\.)")
_ONE_NUMBER_WITH_COMMA = re.compile(r"[+-]?(?:\d+,\d+|\d{1,3},\d{3}\.\d+|\d{1,3}(?:\.\d{3})+,\d+)")
"""One number that a single comma could belong to: 1,5 or 1,500.5 or 1.500,5."""
ERROR_NOTE = "what stands behind ± or in brackets left out"
_QUOTES = "\"“”„«»‹›'"


@dataclass(frozen=True, slots=True)
class Cut:
    """A table cut into cells one way.

    ``says`` names the way where there are others; ``is_unsure`` is true where the comma that separates may as well be
    a decimal mark.
    """

    lines: tuple[Line, ...]
    heading: Line | None = None
    says: str = ""
    is_unsure: bool = False
    notes: tuple[str, ...] = ()


def cuts(pasted: PastedLines) -> tuple[Cut, ...]:
    """Every way in which the lines can be cut, the likeliest first."""
    strong = pasted.separator or _strong([row.plain for row in pasted.rows])
    plain = [row.plain for row in pasted.rows]
    spaced = [with_plain_spaces(row, keep_inside=bool(strong) or _has_other_spaces(row)) for row in plain]
    rows = [row.strip(" " if strong == "\t" else " \t") for row in spaced]
    bare = [_ERROR_BEHIND.sub("", row) for row in rows]
    if not strong and any(_is_one_number(b) and b != row for b, row in zip(bare, rows, strict=True)):
        bare = [re.sub(r"[()\[\]]", " ", row) for row in rows]  # 1.2 (640): a pair, not a number and its error
        note: tuple[str, ...] = ()
    else:
        note = (ERROR_NOTE,) if bare != rows else ()
    if len(bare) == sum(len(_NAME_BEFORE.findall(row)) > 1 for row in bare):
        bare = [_NAME_BEFORE.sub(" ", row).strip(" ;,") for row in bare]
    return tuple(_cut(pasted, way, bare, note) for way in _ways(bare, strong, pasted.heading))


@dataclass(frozen=True, slots=True)
class _Way:
    cells: Callable[[str], Sequence[str]]
    says: str = ""
    is_unsure: bool = False


def _cut(pasted: PastedLines, way: _Way, rows: list[str], notes: tuple[str, ...]) -> Cut:
    lines = [
        Line(line.number, line.typed.strip(), _bare(way.cells(row)))
        for line, row in zip(pasted.rows, rows, strict=True)
    ]
    heading = None
    if pasted.heading is not None:
        text = with_plain_spaces(pasted.heading.plain, keep_inside=False)
        heading = Line(pasted.heading.number, text.strip(), _bare(way.cells(text.strip(" "))))
    return Cut(within_borders(lines), heading, way.says, way.is_unsure, notes)


def _bare(cells: Sequence[str]) -> tuple[Cell, ...]:
    """Cells without quotes and the spaces around them."""
    return tuple(cell.strip().strip(_QUOTES).strip() for cell in cells)


def bare_number(cell: str) -> str:
    """A cell of a workbook without quotes and without the error of its number.

    >>> bare_number('"812 ± 12"')
    '812'
    """
    return _ERROR_BEHIND.sub("", cell.strip().strip(_QUOTES).strip())


def within_borders(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines without the columns at both sides that are empty throughout, and without empty cells at the end."""
    ended = [Line(line.number, line.text, _without_end(line.cells)) for line in lines]
    filled = [line for line in ended if line.cells]
    n_before = min((next(k for k, cell in enumerate(line.cells) if cell != "") for line in filled), default=0)
    return tuple(Line(line.number, line.text, line.cells[n_before:]) for line in filled)


def _without_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    n_filled = max((k + 1 for k, cell in enumerate(cells) if cell != ""), default=0)
    return cells[:n_filled]


def _strong(rows: Sequence[str]) -> str:
    """A sign that is never part of a number, or empty."""
    unquoted = [re.sub(r'"[^"]*"', "q", row) for row in rows]
    for sign in _STRONG:
        if any(sign in row.strip() for row in unquoted):
            return sign
    for sign in _BETWEEN:
        if rows and all(re.search(rf"\d[^\W\d]*\s*{re.escape(sign)}\s*[+-]?[\d.]", row) for row in rows):
            return sign
    return ""


def _has_other_spaces(row: str) -> bool:
    """True where an ordinary space or a comma separates, so that a fixed space does not."""
    return re.search(rf"\S[ ,]+[^\s{FIXED_SPACES}]", row) is not None


def _is_one_number(row: str) -> bool:
    return isinstance(read_written(row), Written)


# --------------------------------------------------------------------------------------- the ways


def _ways(rows: list[str], strong: str, heading: PastedLine | None) -> list[_Way]:
    if strong:
        return [_Way(lambda row: _by_sign(row, strong))]
    joined = [_with_joined_unit(row) for row in rows]
    unquoted = [re.sub(r'"[^"]*"', "q", row) for row in joined]
    if rows and all(re.search(r",\s|\s,", row) for row in unquoted):
        return [_Way(lambda row: re.split(r",\s+|\s+,\s*", row))]
    if any(re.search(r"\s", row) for row in unquoted) or not any("," in row for row in unquoted):
        return _by_spaces(joined)
    return _by_commas(unquoted, heading)


def _by_sign(row: str, sign: str) -> list[str]:
    if len(sign) == 1 and '"' in row:
        return next(csv.reader([row], delimiter=sign, skipinitialspace=True))
    return row.split(sign)


def _by_spaces(rows: list[str]) -> list[_Way]:
    """Runs of two spaces where every line has them; single ones otherwise, which may also part thousands."""
    if rows and all(re.search(r"\s{2,}", row) for row in rows) and any(re.search(r"\S \S", row) for row in rows):
        return [_Way(lambda row: re.split(r"\s{2,}", row))]
    plain = _Way(lambda row: _words(_with_joined_unit(row)))
    grouped = _Way(lambda row: _words(_SPLIT_THOUSAND.sub(r"\1'\2", _with_joined_unit(row))), "a space parts thousands")
    if all(_SPLIT_THOUSAND.search(row) is None for row in rows):
        return [plain]
    widths = {len(plain.cells(row)) for row in rows}, {len(grouped.cells(row)) for row in rows}
    if len(widths[1]) == 1 and min(widths[1]) > 1:
        return [grouped, plain] if len(widths[0]) == 1 else [grouped]
    return [plain]


def _with_joined_unit(row: str) -> str:
    """A line whose units stand at their numbers without a space, so that spaces can separate."""
    return _UNIT_GAP.sub(lambda match: "".join(match[1].split()), row)


def _words(row: str) -> list[str]:
    """Words of a line; those before its first number are one name."""
    quoted = re.findall(r'"[^"]*"|\S+', row)
    first = next((k for k, word in enumerate(quoted) if re.match(r"\W*\d", word)), 0)
    if first and first < len(quoted) - 1:
        return [" ".join(quoted[:first]).rstrip(":="), *quoted[first:]]
    return quoted


def _by_commas(rows: list[str], heading: PastedLine | None) -> list[_Way]:
    """Commas alone: each separates, or some are decimal marks."""
    counts = [row.count(",") for row in rows]
    names = [] if heading is None else [name.strip() for name in heading.plain.split(",")]
    named = len([name for name in names if name and not unit_named(name)])
    every = _Way(lambda row: _by_sign(row, ","))
    if any(map(_comma_separates, rows)):
        return [every] if len(set(counts)) == 1 else [every, _one_comma(0, True)]
    if named > 1 and set(counts) == {named - 1}:
        return [every]
    if max(counts) < 2:
        return [_Way(every.cells, is_unsure=True)]
    first, second = _one_comma(0, True), _one_comma(1, True)
    return [second, first, *([_Way(every.cells, "every comma separates")] if len(set(counts)) == 1 else [])]


def _comma_separates(row: str) -> bool:
    """True where no reading of the row takes its commas for decimal marks."""
    n_commas = row.count(",")
    return "." in row if n_commas > 1 else n_commas == 1 and not _ONE_NUMBER_WITH_COMMA.fullmatch(row)


def _one_comma(place: int, is_unsure: bool) -> _Way:
    """One comma of each line separates, the others are decimal marks or part thousands."""

    def cells(row: str) -> list[str]:
        parts = _by_sign(row, ",")
        at = min(place + 1, len(parts) - 1) if len(parts) > 1 else 1
        return [",".join(parts[:at]), ",".join(parts[at:])] if len(parts) > 1 else parts

    return _Way(cells, f"the {('first', 'second')[place]} comma of a line separates", is_unsure)
