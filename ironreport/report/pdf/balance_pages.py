"""The iron balance on paper: the ledger as a table, iron in and out as bars, and what they rest on."""

from __future__ import annotations

import math

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Spacer

from ironreport.report.balance_content import BalanceBar, BalanceSection
from ironreport.report.content import ReportContent
from ironreport.report.pdf.decay_chart import ticks
from ironreport.report.pdf.drawings import Bookmark
from ironreport.report.pdf.first_page import cited_markup
from ironreport.report.pdf.legend import SIZE, draw_heading
from ironreport.report.pdf.style import (
    ACCENT,
    GREY,
    GUTTER,
    INK,
    LABEL,
    SMALL,
    SMALL_BOLD,
    SMALL_BULLET,
    WHITE,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, REGULAR, Paragraph, one_line, paragraph, prepare, safe

TABLE_SHARE = 0.62
LEDGER_SHARES = (0.39, 0.27, 0.34)
BAR_HEIGHT, BAR_ROOM = 9.0, 16.0
TITLE_ROOM, AXIS_ROOM, NAMES_ROOM, END_ROOM = 14.0, 12.0, 34.0, 8.0
HEADROOM = 1.12
FILLS: dict[str, Color] = {"in": HexColor("#9fb7b7"), "out": ACCENT, "change": HexColor("#5d676a")}
"""Told apart by their names and their side of zero too, so that no colour is needed."""


def iron_balance(content: ReportContent, width: float) -> list[Flowable]:
    """All of the balance in the width given [pt]; nothing where none was asked for."""
    balance = content.balance
    if balance is None:
        return []
    head: list[Flowable] = [
        Bookmark("Iron balance", "balance"),
        *section("Iron balance", f"from {one_line(balance.name).lower()} iron and what was transfused", space=12),
    ]
    if balance.absence:
        return [*head, Paragraph(safe(" ".join(balance.absence), NOTE_LIMIT), SMALL)]
    given: list[Flowable] = [paragraph(line, SMALL, NOTE_LIMIT) for line in balance.given]
    doubts = [Paragraph(safe(text, NOTE_LIMIT), SMALL_BOLD) for text in balance.cautions]
    notes = [Paragraph(cited_markup(note), SMALL_BULLET, bulletText="·") for note in balance.notes]
    return [*head, KeepTogether([*given, Spacer(1, 4), _ledger(balance, width)]), *doubts, Spacer(1, 4), *notes]


def _ledger(balance: BalanceSection, width: float) -> Flowable:
    """Table at the left, bars at the right."""
    left = TABLE_SHARE * width
    right = width - left - GUTTER
    head: list[object] = [Paragraph(name, LABEL) for name in ("", "mg/kg (95 %)", "mg/kg/day (95 %)")]
    rows = [
        [Paragraph(safe(row.label), SMALL), paragraph(row.total, SMALL_BOLD), paragraph(row.per_day, SMALL_BOLD)]
        for row in balance.rows
    ]
    look = [*padded(0, 2, 0, 0), *padded(2, 2.4, 1), rule_below(0, -1, thickness=0.3)]
    table = flush_table([head, *rows], [share * left for share in LEDGER_SHARES], *look)
    return flush_table([[table, "", BalanceChart(balance.bars, right)]], [left, GUTTER, right], gap=0)


class BalanceChart(Flowable):
    """Iron each day as bars from zero: what came in to the right, what left to the left, 95 % as a whisker."""

    def __init__(self, bars: tuple[BalanceBar, ...], width: float) -> None:
        super().__init__()
        prepare()
        self._bars, self.width = bars, width
        self.height = TITLE_ROOM + BAR_ROOM * len(bars) + AXIS_ROOM
        ends = [end for bar in bars for end in (bar.value, bar.low, bar.high, 0.0) if end is not None]
        self._low, self._high = HEADROOM * min(ends), HEADROOM * max(ends)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw heading, bars with whiskers, and the axis."""
        c = self.canv
        draw_heading(c, "Iron each day", "mg/kg/day", self.width - END_ROOM, self.height - 7)
        self._draw_axis(c)
        for place, bar in enumerate(self._bars):
            self._draw_bar(c, bar, self.height - TITLE_ROOM - BAR_ROOM * (place + 0.5))

    def _x(self, value: float) -> float:
        room = self.width - NAMES_ROOM - END_ROOM
        reach = self._high - self._low
        return NAMES_ROOM + (room * (value - self._low) / reach if reach > 0.0 else room / 2)

    def _draw_bar(self, c: Canvas, bar: BalanceBar, y: float) -> None:
        c.setFillColor(INK)
        c.setFont(REGULAR, SIZE)
        c.drawString(0, y - 2.2, one_line(bar.label))
        zero, end = self._x(0.0), self._x(bar.value)
        c.setFillColor(FILLS[bar.kind])
        c.rect(min(zero, end), y - BAR_HEIGHT / 2, abs(end - zero), BAR_HEIGHT, stroke=0, fill=1)
        if bar.low is not None and bar.high is not None:
            low, high = self._x(bar.low), self._x(bar.high)
            for colour, thickness in ((WHITE, 2.4), (INK, 0.9)):
                c.setStrokeColor(colour)
                c.setLineWidth(thickness)
                c.lines([(low, y, high, y), (low, y - 2.5, low, y + 2.5), (high, y - 2.5, high, y + 2.5)])

    def _draw_axis(self, c: Canvas) -> None:
        bottom, top = AXIS_ROOM, self.height - TITLE_ROOM
        c.setStrokeColor(GREY)
        c.setLineWidth(0.5)
        c.line(self._x(0.0), bottom, self._x(0.0), top)
        c.setFont(REGULAR, SIZE)
        c.setFillColor(GREY)
        reach = max(self._high, -self._low)
        steps = [step for step in ticks(reach, 3) if step > 0.0] if reach > 0.0 and math.isfinite(reach) else []
        for value in (0.0, *steps, *(-step for step in steps)):
            if self._low <= value <= self._high:
                c.drawCentredString(self._x(value), bottom - 8.5, f"{value:g}".replace("-", "\N{MINUS SIGN}"))
