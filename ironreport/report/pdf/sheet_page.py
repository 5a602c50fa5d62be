"""A page of the lessons as PDF: headings, sentences, tables and small charts."""

from __future__ import annotations

import math
from functools import partial
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer

from ironreport.language import ENGLISH, speaking, spoken_here
from ironreport.report.explained.sheet import LessonSheet, Point, SheetChart, SheetPart
from ironreport.report.pdf.decay_chart import ticks
from ironreport.report.pdf.scaled import on_one_page
from ironreport.report.pdf.style import (
    ACCENT,
    BODY,
    GREY,
    HAIRLINE,
    INK,
    LABEL,
    MARGIN,
    MUTED,
    SMALL,
    TITLE_LEFT,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, REGULAR, Paragraph, fitting, one_line, prepare, printable, safe

SIZES: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}
SCALES = (1.0, 0.92, 0.85, 0.78, 0.7)
TOP, BOTTOM = 14 * mm, 18 * mm
CHART_HEIGHT, LEFT_ROOM, FOOT_ROOM = 118.0, 34.0, 26.0
SIZE = 6.3
DASHES: tuple[list[float], ...] = ([], [4, 2], [1, 1.5], [6, 2, 1, 2])


def write_sheet(sheet: LessonSheet, page_size: str = "A4", language: str = ENGLISH) -> bytes:
    """One page as PDF with embedded fonts; the same bytes for the same sheet.

    Parameters
    ----------
    page_size : {"A4", "Letter"}
    language : str
        Code of a language that has a catalogue.
    """
    with speaking(language):
        return _written(sheet, page_size)


def _written(sheet: LessonSheet, page_size: str) -> bytes:
    prepare()
    buffer = BytesIO()
    document = BaseDocTemplate(
        buffer, pagesize=SIZES[page_size], leftMargin=MARGIN, rightMargin=MARGIN, bottomMargin=BOTTOM, invariant=1,
        lang=spoken_here().code, title=printable(sheet.title), author="IronReport", subject="", creator="IronReport",
        initialFontName=REGULAR,
    )  # fmt: skip
    height = document.pagesize[1] - TOP - BOTTOM
    frame = Frame(MARGIN, BOTTOM, document.width, height, 0, 0, 0, 0, id="sheet")
    footer: Any = partial(_footer, sheet)
    document.addPageTemplates([PageTemplate(id="sheet", frames=[frame], onPage=footer)])
    document.build(on_one_page(partial(_laid_out, sheet), document.width, height, SCALES))
    return buffer.getvalue()


def _laid_out(sheet: LessonSheet, width: float) -> list[Flowable]:
    lines: list[Flowable] = [Paragraph(safe(sheet.title), TITLE_LEFT), Paragraph(safe(sheet.beside, NOTE_LIMIT), MUTED)]
    for part in sheet.parts:
        lines += _part(part, width)
    return lines


def _part(part: SheetPart, width: float) -> list[Flowable]:
    found = section(part.title)
    found += [Paragraph(safe(line, NOTE_LIMIT), BODY) for line in part.lines]
    if part.rows:
        head = [[Paragraph(safe(cell), LABEL) for cell in part.head]] if part.head else []
        rows = [[Paragraph(safe(cell, NOTE_LIMIT), SMALL) for cell in row] for row in part.rows]
        n_columns = len(part.rows[0])
        found.append(flush_table([*head, *rows], [width / n_columns] * n_columns, *padded(1.2, 1.6), rule_below(0, -2)))
    if part.chart is not None:
        found += [Spacer(1, 4), SmallChart(part.chart, width)]
    return found


def _footer(sheet: LessonSheet, canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(REGULAR, SIZE)
    canvas.setFillColor(GREY)
    for i, line in enumerate(reversed(sheet.foot)):
        canvas.drawString(MARGIN, 9.5 * mm + 9 * i, fitting(one_line(line, NOTE_LIMIT), REGULAR, SIZE, document.width))
    canvas.restoreState()


class SmallChart(Flowable):
    """A chart of a few curves, told apart by dashes, with their names below it."""

    def __init__(self, chart: SheetChart, width: float) -> None:
        super().__init__()
        self._chart, self.width = chart, width
        self.height = CHART_HEIGHT + FOOT_ROOM + 9.0 * len(chart.curves)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw frame, curves and names."""
        c, chart = self.canv, self._chart
        bottom = self.height - CHART_HEIGHT
        self._axes(c, bottom)
        c.saveState()
        clip = c.beginPath()
        clip.rect(LEFT_ROOM, bottom, self.width - LEFT_ROOM, CHART_HEIGHT)
        c.clipPath(clip, stroke=0)
        for curve, dash in zip(chart.curves, DASHES, strict=False):
            self._line(c, curve.points, dash, bottom)
        c.restoreState()
        for i, (curve, dash) in enumerate(zip(chart.curves, DASHES, strict=False)):
            self._name(c, curve.name, dash, bottom - FOOT_ROOM - 9.0 * i)

    def _across(self, x: float) -> float:
        chart = self._chart
        first, last = (0.0 if not chart.log_x else chart.x_ticks[0]), chart.x_ticks[-1]
        share = math.log(x / first) / math.log(last / first) if chart.log_x else x / last
        return LEFT_ROOM + (self.width - LEFT_ROOM) * share

    def _line(self, c: Canvas, points: tuple[Point, ...], dash: list[float], bottom: float) -> None:
        shown = [(self._across(x), bottom + CHART_HEIGHT * min(y / self._chart.y_most, 2.0)) for x, y in points]
        path = c.beginPath()
        for i, (x, y) in enumerate(shown):
            (path.lineTo if i else path.moveTo)(x, y)
        c.setStrokeColor(ACCENT)
        c.setLineWidth(1.2)
        c.setDash(dash)
        c.drawPath(path)

    def _axes(self, c: Canvas, bottom: float) -> None:
        chart = self._chart
        c.setFont(REGULAR, SIZE)
        c.setLineWidth(0.4)
        c.setStrokeColor(HAIRLINE)
        c.setFillColor(GREY)
        for value in ticks(chart.y_most):
            y = bottom + CHART_HEIGHT * value / chart.y_most
            c.line(LEFT_ROOM, y, self.width, y)
            c.drawRightString(LEFT_ROOM - 4, y - 2, f"{value:g}")
        for value in chart.x_ticks:
            x = self._across(value)
            c.line(x, bottom, x, bottom + CHART_HEIGHT)
            c.drawCentredString(x, bottom - 9, f"{value:g}")
        c.drawCentredString(LEFT_ROOM + (self.width - LEFT_ROOM) / 2, bottom - 18, one_line(chart.x_title))
        c.saveState()
        c.translate(6, bottom + CHART_HEIGHT / 2)
        c.rotate(90)
        c.drawCentredString(0, 0, one_line(chart.y_title))
        c.restoreState()

    def _name(self, c: Canvas, name: str, dash: list[float], y: float) -> None:
        c.setStrokeColor(ACCENT)
        c.setLineWidth(1.2)
        c.setDash(dash)
        c.line(LEFT_ROOM, y + 2, LEFT_ROOM + 22, y + 2)
        c.setDash([])
        c.setFillColor(INK)
        c.drawString(LEFT_ROOM + 28, y, fitting(one_line(name), REGULAR, SIZE, self.width - LEFT_ROOM - 30))
