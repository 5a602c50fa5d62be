"""One printed page of the lessons as text and curves, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SheetCurve:
    """One curve of a small chart, with its name."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class SheetChart:
    """A small chart; both axes begin at zero, or the one along begins at its smallest value and is logarithmic."""

    x_title: str
    y_title: str
    curves: tuple[SheetCurve, ...]
    x_ticks: tuple[float, ...]
    y_most: float
    log_x: bool = False


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A heading with sentences, a table and a chart, each of which may be missing."""

    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    chart: SheetChart | None = None


@dataclass(frozen=True, slots=True)
class LessonSheet:
    """One page: title, what stands beside it, its parts, and the lines at its foot."""

    title: str
    beside: str
    parts: tuple[SheetPart, ...]
    foot: tuple[str, ...]
