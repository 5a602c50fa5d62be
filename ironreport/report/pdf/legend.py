"""The legend of the decay chart, and what it shares with the chart of the course: heading and marks."""

from __future__ import annotations

from collections.abc import Callable

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ironreport.report.content import DecayFigure
from ironreport.report.pdf.style import ACCENT, GREY, INK, WHITE
from ironreport.report.pdf.typeset import BOLD, REGULAR, one_line, printable

SIZE = 6.3
LEADING = 9.0
BAND_FILL = HexColor("#cfe3e3")
OTHER_DASHES: tuple[list[float], ...] = ([], [1, 1.5], [5, 1.5, 1, 1.5])
KEY_WIDTH = 20.0
ITEM_GAP = 8.0

Draw = Callable[[Canvas, float, float], None]
Item = tuple[Draw, str]


def draw_dot(c: Canvas, x: float, y: float, hollow: bool, radius: float = 1.9) -> None:
    """One echo: filled where it was used, hollow where it was left out."""
    c.setStrokeColor(INK)
    c.setFillColor(WHITE if hollow else INK)
    c.setLineWidth(0.7)
    c.circle(x, y, radius, stroke=1, fill=1)


def dashes(n: int) -> list[list[float]]:
    """Dash patterns of thin grey curves, told apart without colour."""
    return [OTHER_DASHES[i % len(OTHER_DASHES)] for i in range(n)]


def legend_items(figure: DecayFigure) -> list[Item]:
    """Key and words of everything that is on the chart."""
    items: list[Item] = [(_key_dot(hollow=False), "echo used" if figure.curve else "echo")]
    for why in dict.fromkeys(p.left_out_because for p in figure.points if p.left_out_because):
        echoes = ", ".join(str(p.echo) for p in figure.points if p.left_out_because == why)
        items.append((_key_dot(hollow=True), f"left out, echo {echoes}: {one_line(why)}"))
    if figure.curve:
        band = any(p.low is not None for p in figure.curve)
        items.append((_key_curve(band), "fit, 95 % band" if band else "fit"))
    readings = dict.fromkeys(one_line(other.reading) for other in figure.others)
    if readings:
        items.append((_key_other(dashes(1)[0]), f"other models: {_together(list(readings))}"))
    return [(key, printable(words)) for key, words in items]


def _together(readings: list[str]) -> str:
    """Readings of one quantity with its symbol and unit said once.

    >>> _together(["T2* 8.1 ms", "T2* 8.6 ms"]), _together(["T2* 8.1 ms", "gone"])
    ('T2* 8.1, 8.6 ms', 'T2* 8.1 ms, gone')
    """
    parts = [reading.split(" ") for reading in readings]
    if any(len(p) != 3 for p in parts) or len({(p[0], p[-1]) for p in parts}) > 1:
        return ", ".join(readings)
    return f"{parts[0][0]} {', '.join(p[1] for p in parts)} {parts[0][2]}"


def item_width(text: str) -> float:
    """Width of key, words and gap [pt]."""
    return KEY_WIDTH + float(stringWidth(text, REGULAR, SIZE)) + ITEM_GAP


def legend_lines(items: list[Item], width: float) -> list[list[Item]]:
    """Legend items side by side while they fit; an item too long for a line is broken into lines."""
    lines: list[list[Item]] = [[]]
    for key, text in items:
        parts = simpleSplit(text, REGULAR, SIZE, width - KEY_WIDTH)
        for i, part in enumerate(parts):
            used = sum(item_width(t) for _, t in lines[-1])
            if i or (lines[-1] and used + item_width(part) - ITEM_GAP > width):
                lines.append([])
            lines[-1].append((key if i == 0 else _no_key, part))
    return lines


def _no_key(c: Canvas, x: float, y: float) -> None:
    """Nothing: the line above has the key."""


def _key_dot(hollow: bool) -> Draw:
    return lambda c, x, y: draw_dot(c, x + 10, y, hollow)


def _key_curve(band: bool) -> Draw:
    def draw(c: Canvas, x: float, y: float) -> None:
        if band:
            c.setFillColor(BAND_FILL)
            c.rect(x + 3, y - 2.6, 14, 5.2, stroke=0, fill=1)
        c.setStrokeColor(ACCENT)
        c.setLineWidth(1.2)
        c.line(x + 3, y, x + 17, y)

    return draw


def _key_other(dash: list[float]) -> Draw:
    def draw(c: Canvas, x: float, y: float) -> None:
        c.saveState()
        c.setStrokeColor(GREY)
        c.setLineWidth(0.6)
        c.setDash(dash)
        c.line(x + 3, y, x + 17, y)
        c.restoreState()

    return draw


def draw_heading(c: Canvas, title: str, unit: str, right: float, y: float) -> None:
    """Title of a chart at its left, what its axis shows at its right."""
    c.setFillColor(INK)
    c.setFont(BOLD, 7)
    c.drawString(0, y, one_line(title))
    c.setFont(REGULAR, SIZE)
    c.setFillColor(GREY)
    c.drawRightString(right, y, one_line(unit))
