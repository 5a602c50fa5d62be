"""The readings to choose from where a table is asked about: which, in what words, and under what key."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from ironreport.intake.tables.table_readings import UNIT_NAMES, TableReading, parts_thousands

_OFFERED = 4.0
_MOST_ANSWERS = 6
_MOST_LITERAL = 2  # one for each meaning of a mark before three digits
_LOGARITHMS = {
    "": "signals as they are",
    "e": "signals are natural logarithms",
    "10": "signals are logarithms to base 10",
}
_MARKS = {".": "point", ",": "comma"}


def offered(found: Sequence[TableReading]) -> list[TableReading]:
    """The readings to choose from, the likeliest first, and always the table as it is written, where that can be."""
    literal = [k for k, reading in enumerate(found) if _is_literal(reading)][:_MOST_LITERAL]
    near = [k for k, reading in enumerate(found) if reading.cost - found[0].cost < _OFFERED and k not in literal]
    return [found[k] for k in sorted([*literal, *near[: _MOST_ANSWERS - len(literal)]])]


def _is_literal(reading: TableReading) -> bool:
    choice = reading.choice
    as_written = choice.scale == reading.stated and not choice.logarithm and not choice.lies and choice.cut == 0
    return as_written and reading.te_column.place < reading.signal_column.place


def key_of(reading: TableReading) -> str:
    """A word for a reading of this table: one of another table has another, whatever was chosen there."""
    numbers = repr((reading.te_ms, reading.signal)).encode()
    return f"{reading.choice.key}-{zlib.crc32(numbers):08x}"


def gives(reading: TableReading) -> str:
    """First and last pair of a reading, by which it is recognised."""
    pairs = sorted(zip(reading.te_ms, reading.signal, strict=True))
    (first_te, first), (last_te, last) = pairs[0], pairs[-1]
    return f"TE {first_te:.5g} to {last_te:.5g} ms, signal {first:.6g} to {last:.6g}"


def says(reading: TableReading, among: Sequence[TableReading]) -> str:
    """What tells a reading from the others that are offered.

    Parameters
    ----------
    among : sequence of TableReading
        All readings that are offered, this one too.
    """
    joined = "; ".join(_differences(reading, among)) or "the table as it stands"
    return f"{joined[0].upper()}{joined[1:]}"


def _differences(reading: TableReading, among: Sequence[TableReading]) -> Iterator[str]:
    choice, others = reading.choice, [one.choice for one in among]
    if len({(c.te, c.signal, c.lies) for c in others}) > 1:
        kind = "row" if choice.lies else "column"
        yield f"echo times in {kind} {choice.te}, signals in {kind} {choice.signal}"
    if len({c.scale for c in others}) > 1 or choice.scale not in ("", "ms"):
        yield _scale_words(reading)
    if len({c.logarithm for c in others if (c.te, c.signal, c.lies) == (choice.te, choice.signal, choice.lies)}) > 1:
        yield _LOGARITHMS[choice.logarithm]
    if len({(c.te_mark, c.signal_mark) for c in others}) > 1:
        yield _mark_words(reading)
    if len({c.cut for c in others}) > 1 and reading.cut.says:
        yield reading.cut.says


def _scale_words(reading: TableReading) -> str:
    scale = reading.choice.scale
    if scale == "tenth":
        return "echo times ten times too long"
    return f"echo times in {UNIT_NAMES[scale or 'ms']}{' as written' if scale and scale == reading.stated else ''}"


def _mark_words(reading: TableReading) -> str:
    mark = reading.choice.signal_mark
    if parts_thousands(reading.signal_column, mark):
        return f"the {_MARKS['.' if mark == ',' else ',']} parts thousands"
    return f"the {_MARKS[mark]} is the decimal mark of the signals"
