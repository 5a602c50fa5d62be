"""Doubts about the echo times of a table as it was read: their unit and their spacing."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from ironreport.intake.table import TableRow
from ironreport.intake.tables.time_units import Unit
from ironreport.records import Caution

# Echo times of iron protocols lie between about 0.5 and 30 ms, of spin echo up to some 100 ms:
# a table that ends below 0.2 or above 1000 is not in ms.
_MS_LOW, _MS_HIGH = 0.2, 1000.0
# Fewer echoes do not show what their spacing is.
_MIN_ECHOES = 5
# One or two echoes in a row may have been left out on purpose; a longer way is a mistyped time.
_MAX_STEPS = 3
# What echo times of an even train may miss it by: rounded to 0.1 ms they miss it by 0.05.
_TOLERANCE_MS, _TOLERANCE_SHARE = 0.06, 0.06
# Of numbers that may be no milliseconds at all: a tenth of their spacing.
_TOLERANCE_SHARE_OF_SHORT = 0.1


def te_cautions(rows: tuple[TableRow, ...], unit: Unit) -> tuple[Caution, ...]:
    """Cautions on the echo times of a table; ``unit`` is empty where none was written."""
    doubts = (_unit_doubt(rows, unit), _spacing_doubt(rows))
    return tuple(doubt for doubt in doubts if doubt)


def _unit_doubt(rows: tuple[TableRow, ...], unit: Unit) -> Caution | None:
    """Hazard H4: seconds or microseconds read as milliseconds, a thousand-fold error."""
    last_ms = max(row.te_ms for row in rows)
    if _MS_LOW <= last_ms <= _MS_HIGH:
        return None
    if unit:
        text = f"The last echo time is {last_ms:g} ms with the unit as written ({unit}). Check the unit."
        return Caution("TE_UNIT_CONTRADICTS", text, blocks_grade=True)
    if last_ms < _MS_LOW:
        text = f"The echo times look like seconds (the last is {last_ms:g}). Write the unit, for example TE (s)."
        return Caution("TE_MAYBE_SECONDS", text, blocks_grade=True)
    text = f"The echo times look like microseconds (the last is {last_ms:g}). Write them in ms."
    return Caution("TE_MAYBE_MICROSECONDS", text, blocks_grade=True)


def _spacing_doubt(rows: tuple[TableRow, ...]) -> Caution | None:
    """Hazard H11: one echo time off in a train that is even without it."""
    in_order = sorted(rows, key=lambda row: row.te_ms)
    odd = odd_echo([row.te_ms for row in in_order])
    if odd is None:
        return None
    k, expected_ms = odd
    expected = " or ".join(f"{te:.3g}" for te in expected_ms)
    text = (
        f"TE {k + 1} does not fit the spacing: {in_order[k].te_ms:g}, expected {expected}"
        f" (line {in_order[k].line}). Compare it with the protocol."
    )
    return Caution("TE_SPACING", text)


def is_even_train(te_ms: list[float]) -> bool:
    """True where ascending times [ms] lie on an even grid, single ones left out.

    >>> is_even_train([1.2, 2.4, 3.6, 6.0]), is_even_train([18.0, 400.0, 500.0])
    (True, False)
    """
    return len(te_ms) < 2 or _short_steps(te_ms) is not None


def is_full_train(te_ms: list[float]) -> bool:
    """True where ascending times [ms] are evenly spaced and none is left out.

    >>> is_full_train([1.2, 2.4, 3.6]), is_full_train([1.2, 2.4, 3.6, 6.0])
    (True, False)
    """
    steps = _short_steps(te_ms) if len(set(te_ms)) == len(te_ms) > 1 else None
    return steps is not None and set(steps) == {1}


def _short_steps(te_ms: list[float]) -> list[int] | None:
    """Steps of numbers that may be no milliseconds at all."""
    spacing = (te_ms[-1] - te_ms[0]) / (len(te_ms) - 1)
    return _steps(te_ms, min(_TOLERANCE_MS, _TOLERANCE_SHARE_OF_SHORT * spacing))


def odd_echo(te_ms: list[float]) -> tuple[int, tuple[float, ...]] | None:
    """Index of the one echo time that does not fit an even train, and the times expected [ms].

    >>> odd_echo([1.0, 2.0, 3.0, 4.6, 5.0, 6.0])
    (3, (4.0,))
    """
    if len(te_ms) < _MIN_ECHOES or _steps(te_ms) is not None:
        return None
    found = (_expected_ms(te_ms, k) for k in range(len(te_ms)))
    return next(((k, expected) for k, expected in enumerate(found) if expected), None)


def _expected_ms(te_ms: list[float], k: int) -> tuple[float, ...]:
    """Times the k-th echo may have, where all the others form a train with at most one free place.

    Without a free place between them the echo belongs before the first or after the last.
    """
    rest = te_ms[:k] + te_ms[k + 1 :]
    steps = _steps(rest)
    if steps is None or sorted(steps)[-2:] not in ([1, 1], [1, 2]):
        return ()
    if max(steps) == 2:
        gap = steps.index(2)
        return ((rest[gap] + rest[gap + 1]) / 2,)
    spacing = (rest[-1] - rest[0]) / len(steps)
    before, after = rest[0] - spacing, rest[-1] + spacing
    if k == 0:
        return (before,) if before > 0 else ()
    if k == len(rest):
        return (after,)
    return (before, after) if before > 0 else (after,)


def _steps(te_ms: list[float], tolerance_ms: float = _TOLERANCE_MS) -> list[int] | None:
    """Whole steps between neighbours on an even grid, or None where the times are on none."""
    gaps = [b - a for a, b in pairwise(te_ms)]
    usual = median(gaps)
    steps = [round(gap / usual) for gap in gaps]
    if not 1 <= min(steps) <= max(steps) <= _MAX_STEPS:
        return None
    spacing = (te_ms[-1] - te_ms[0]) / sum(steps)
    place, misses = 0, []
    for te, step in zip(te_ms[1:], steps, strict=True):
        place += step
        misses.append(abs(te - te_ms[0] - place * spacing))
    return steps if max(misses) <= max(tolerance_ms, _TOLERANCE_SHARE * spacing) else None
