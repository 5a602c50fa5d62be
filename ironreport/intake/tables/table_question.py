"""What is asked of a table: the doubts about its likeliest reading, and where it has rivals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ironreport.intake.tables.table_readings import UNIT_NAMES, TableReading, is_named
from ironreport.records import Caution

RIVAL = 2.0
"""A reading that has so much more against it than the likeliest one is none to be asked about."""


def different(found: Sequence[TableReading]) -> list[TableReading]:
    """Readings that give different numbers; of those that give the same ones the likeliest."""
    seen: dict[tuple[tuple[float, float], ...], TableReading] = {}
    for reading in found:
        rounded = ((float(f"{te:.9g}"), float(f"{s:.9g}")) for te, s in zip(reading.te_ms, reading.signal, strict=True))
        seen.setdefault(tuple(sorted(rounded)), reading)
    return list(seen.values())


def doubts(found: Sequence[TableReading]) -> tuple[Caution, ...]:
    """Why the likeliest of different readings is not taken without a question; empty where it is."""
    best, *others = found
    own = [*_of_heading(best), *_of_times(best), *_of_signal(best), *_of_columns(best)]
    rivals = [other for other in others if other.cost - best.cost < RIVAL]
    own += [doubt for rival in rivals for doubt in _between(best, rival)]
    return tuple({doubt.code: doubt for doubt in reversed(own)}.values())[::-1]


# -------------------------------------------------------------------------------------- the doubts


def _of_heading(reading: TableReading) -> Iterator[Caution]:
    te, signal = reading.te_column.name, reading.signal_column.name
    if te.odd_unit:
        text = "The heading gives the echo times in a unit that is not known here."
        yield Caution("TE_UNIT_UNKNOWN", text, blocks_grade=True)
    if te.role == "other time" and reading.odd_heading:
        text = "The heading names another time than the echo time."
        yield Caution("NOT_ECHO_TIMES", text, blocks_grade=True)
    if signal.unit:
        text = "The heading gives a unit of time to the signals."
        yield Caution("UNIT_ON_SIGNAL", text, blocks_grade=True)
    if (te.role in ("signal", "spread") and not te.unit) or signal.role not in ("", "signal"):
        yield _swapped("The heading says that the columns hold something else.")


def _swapped(text: str) -> Caution:
    said = f"Which column holds the echo times is not sure. {text}".strip()
    return Caution("COLUMNS_MAYBE_SWAPPED", said, blocks_grade=True)


def _of_times(reading: TableReading) -> Iterator[Caution]:
    looks = reading.shape
    last_ms = max(reading.te_ms)
    if reading.stated == "us":
        text = "The echo times are written in microseconds."
        yield Caution("TE_MAYBE_MICROSECONDS", text, blocks_grade=True)
    elif reading.stated in ("ns", "min"):
        text = f"The echo times are written in {UNIT_NAMES[reading.stated]}, which no scanner does."
        yield Caution("TE_UNIT_UNUSUAL", text, blocks_grade=True)
    elif reading.choice.scale != reading.stated or looks.too_early or looks.too_late or looks.beyond:
        yield from _of_range(reading, last_ms)
    if looks.counted:
        text = "The echo times may be the numbers of the echoes."
        yield Caution("TE_MAYBE_COUNT", text, blocks_grade=True)


def _of_range(reading: TableReading, last_ms: float) -> Iterator[Caution]:
    """The numbers are no usual times in the unit as written: which one is not said by the best guess alone."""
    if reading.stated:
        text = "The echo times are no usual ones in the unit as written."
        yield Caution("TE_UNIT_CONTRADICTS", text, blocks_grade=True)
    elif reading.choice.scale == "s" or last_ms < 0.2:
        text = "The echo times look like seconds."
        yield Caution("TE_MAYBE_SECONDS", text, blocks_grade=True)
    elif reading.choice.scale == "us" or last_ms > 1000.0:
        text = "The echo times look like microseconds."
        yield Caution("TE_MAYBE_MICROSECONDS", text, blocks_grade=True)
    else:
        text = "The echo times are later than those of a train that measures iron."
        yield Caution("TE_LATE", text, blocks_grade=True)


def _of_signal(reading: TableReading) -> Iterator[Caution]:
    if reading.signal_column.name.logarithm:
        text = "The heading says that the signals are logarithms."
        yield Caution("SIGNAL_MAYBE_LOGARITHM", text, blocks_grade=True)
    elif reading.choice.logarithm or reading.shape.like_logarithm:
        text = "The signals may be logarithms: they are small numbers and do not fall to zero."
        yield Caution("SIGNAL_MAYBE_LOGARITHM", text, blocks_grade=True)
    if reading.shape.rising:
        text = "The signal does not fall with the echo time."
        yield Caution("SIGNAL_NOT_FALLING", text, blocks_grade=True)
    if reading.grouped:
        yield _thousands()


def _thousands() -> Caution:
    text = "A mark with three digits behind it may part thousands or decimals."
    return Caution("THOUSANDS_OR_DECIMALS", text, blocks_grade=True)


def _of_columns(reading: TableReading) -> Iterator[Caution]:
    named = is_named(reading.te_column, reading.signal_column)
    if reading.unexplained:
        text = "There are more than two columns of numbers, and not all of them say what they hold."
        yield Caution("MORE_COLUMNS", text, blocks_grade=True)
    if not named and reading.te_column.place > reading.signal_column.place:
        yield _swapped("The second one looks more like times.")
    if reading.choice.lies and len(reading.te_ms) <= 2 and not named:
        yield _lying()
    if reading.cut.is_unsure:
        yield _comma()


def _lying() -> Caution:
    text = "The table may be meant by columns or by rows."
    return Caution("TABLE_MAYBE_LYING", text, blocks_grade=True)


def _comma() -> Caution:
    text = "A comma may be a decimal mark or the sign between the columns."
    return Caution("COMMA_UNCLEAR", text, blocks_grade=True)


def _between(best: TableReading, rival: TableReading) -> Iterator[Caution]:
    """Why two readings with as much for them differ."""
    one, other = best.choice, rival.choice
    if one.cut != other.cut:
        yield _comma()
    elif one.lies != other.lies:
        yield _lying()
    elif one.te != other.te:
        yield _swapped("")
    elif (one.te_mark, one.signal_mark) != (other.te_mark, other.signal_mark):
        yield _thousands()
    elif one.scale != other.scale:
        yield from _of_range(rival, max(rival.te_ms))
