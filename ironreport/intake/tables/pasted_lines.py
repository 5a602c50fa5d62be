"""Pasted text to lines: which hold numbers, which name the columns, and which are words only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import zip_longest

from ironreport.intake.numerals import NOT_VALUES
from ironreport.intake.signs import FIXED_SPACES, same_signs
from ironreport.intake.table import shortened
from ironreport.intake.tables.heading import names_columns
from ironreport.intake.tables.time_units import UNIT_WORD, unit_named

_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_COMMENT = re.compile(r"^\s*(?:#|//|%|!)+\s*")
_SEPARATOR_SAID = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
_NAME_WITH_DIGIT = re.compile(
    r"(?<![^\W_])(?:(?:TE|ROI|echo|slice|log|[TRSB])[ _]?[0-9₀-₉]+(?:\*|star)?|[0-9](?:[.,][0-9])?\s?T)(?![^\W_])",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(rf"(?<=\d)\s*(?:{UNIT_WORD})(?![^\W_])", re.IGNORECASE)
_HALF_A_NUMBER = re.compile(r"[^\W\d_][.,]?\d|\d[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{3,}|[\u0600-\u06ff]{2,}|[\u3040-\u9fff]+")
_DATE_OR_TIME = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?")
_OF_NO_UNIT = re.compile(r"a\.?\s?u\.?|u\.?\s?a\.?|arb.*|[-1]?", re.IGNORECASE)
_MARKDOWN_RULE = re.compile(r"[\s|:+=-]*")


@dataclass(frozen=True, slots=True)
class PastedLine:
    """One line: its number, the text as typed and the text with plain signs."""

    number: int
    typed: str
    plain: str


@dataclass(frozen=True, slots=True)
class PastedLines:
    """Lines of a text by what they hold; ``separator`` is not empty where the text itself says it."""

    rows: tuple[PastedLine, ...]
    heading: PastedLine | None = None
    separator: str = ""
    notes: tuple[str, ...] = ()


def pasted_lines(text: str) -> PastedLines:
    """Rows with numbers, the line that names their columns, and a note for each line that is left out.

    Only lines of words are left out. A line that could be a row with a slip of the hand stays, to be refused by name.
    """
    typed = [(k, line) for k, line in enumerate(_lines(text), start=1) if line.strip(" \t\ufeff")]
    separator = ""
    if typed and (said := _SEPARATOR_SAID.fullmatch(typed[0][1])):
        separator = said[1]
        typed.pop(0)
    lines = [PastedLine(k, line, same_signs(_COMMENT.sub("", line, count=1))) for k, line in typed]
    return replace(by_kind([line for line in lines if not _is_rule(line.plain)]), separator=separator)


def is_prose(text: str) -> bool:
    r"""True where a line holds words and no row of numbers.

    >>> is_prose("TE (ms)\tT2* signal"), is_prose("Patient 12"), is_prose("1.2x 500"), is_prose("l.2 SOO")
    (True, True, False, False)
    """
    bare = _WITH_UNIT.sub("", _NAME_WITH_DIGIT.sub("name", text))
    if any(word.casefold().lstrip("+-") in NOT_VALUES for word in re.split(r"[\s;,|]+", bare)):
        return False
    if not any(character.isnumeric() for character in bare):
        return re.search(r"[^\W\d_]", bare) is not None
    if any(character.isnumeric() and not character.isdecimal() for character in bare):
        return False
    n_words, n_numbers = len(_WORD.findall(bare)), len(re.findall(r"\d[\d.,]*", _DATE_OR_TIME.sub("", bare)))
    starts_with_number = re.match(r"\W*\d", bare) is not None
    return not starts_with_number and not _HALF_A_NUMBER.search(bare) and n_numbers <= 1 <= n_words


def _is_rule(text: str) -> bool:
    """True for ``|---|---|`` and for a line of separators alone; a dash beside a number is a missing value."""
    return not text.strip(" \t,;|") or (_MARKDOWN_RULE.fullmatch(text) is not None and "--" in text)


def by_kind(lines: Sequence[PastedLine]) -> PastedLines:
    """Lines with numbers, the heading above them, and a note for each line of words."""
    prose = [is_prose(line.plain) for line in lines]
    first = prose.index(False) if False in prose else len(lines)
    last = len(lines) - prose[::-1].index(False) if False in prose else 0
    words = {
        k for k, line in enumerate(lines) if prose[k] and (k < first or k >= last or not re.search(r"\d", line.plain))
    }
    above = [lines[k] for k in sorted(words) if k < first]
    heading = _heading(above)
    below = above[above.index(heading) + 1 :] if heading else []
    units = next((line for line in below if _holds_units(line.plain)), None)
    gone = [lines[k] for k in sorted(words) if lines[k] is not heading and lines[k] is not units]
    notes = [f"heading line skipped: '{shortened(heading.typed)}'"] if heading else []
    notes += [f"line {line.number} left out: '{shortened(line.typed)}'" for line in gone]
    rows = tuple(line for k, line in enumerate(lines) if k not in words)
    if heading and units:
        heading = _with_units(heading, units)
    return PastedLines(rows, heading, notes=tuple(notes))


def _holds_units(text: str) -> bool:
    """True for a line of units alone, as stands below the names of columns."""
    cells = [cell.strip(' ()[]"') for cell in re.split(r"[\t;,|]", text)]
    return any(map(unit_named, cells)) and all(unit_named(cell) or _OF_NO_UNIT.fullmatch(cell) for cell in cells)


def _with_units(heading: PastedLine, units: PastedLine) -> PastedLine:
    """The names of the columns, each with what stands below it."""
    sign = next((sign for sign in ("\t", ";", " | ", "|", ",") if sign in heading.plain), "\t")
    pairs = zip_longest(heading.plain.split(sign), units.plain.split(sign), fillvalue="")
    joined = sign.join(f"{name.strip()} ({bare})" if (bare := unit.strip(' ()[]"')) else name for name, unit in pairs)
    return replace(heading, plain=joined, typed=f"{heading.typed} / {units.typed}")


def _heading(above: list[PastedLine]) -> PastedLine | None:
    """The line above the rows that names columns; a title above it or a remark below it does not."""
    naming = [line for line in above if names_columns(line.plain) and not _holds_units(line.plain)]
    return naming[-1] if naming else above[-1] if above else None


def _lines(text: str) -> list[str]:
    if re.search(r"<t[dh]\b", text, re.IGNORECASE):
        table = _HtmlTable()
        table.feed(text)
        return ["\t".join(cells) for cells in table.rows]
    return _LINE_END.split(text)


class _HtmlTable(HTMLParser):
    """Cells of the tables in a piece of HTML, row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr" or (tag in ("td", "th") and not self.rows):
            self.rows.append([])
        self._in_cell = tag in ("td", "th") or (self._in_cell and tag not in ("tr", "table"))
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += " ".join(data.split())


def with_plain_spaces(text: str, *, keep_inside: bool) -> str:
    """Text with one kind of space; ``keep_inside`` makes those that part thousands a mark of thousands.

    >>> with_plain_spaces("1.2 9\u202f812", keep_inside=True)
    "1.2 9'812"
    """
    if keep_inside:
        text = re.sub(rf"(?<=\d)[{FIXED_SPACES}](?=\d{{3}}(?!\d))", "'", text)
    return re.sub(rf"[{FIXED_SPACES}]", " ", text)
