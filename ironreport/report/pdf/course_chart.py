"""The trend chart of the printed report: one organ over the years on the bands of its classes."""

from __future__ import annotations

import math
from datetime import date

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from ironreport.report.content import TrendFigure, TrendPoint
from ironreport.report.palette import tint
from ironreport.report.pdf.decay_chart import ticks
from ironreport.report.pdf.drawings import draw_value
from ironreport.report.pdf.legend import SIZE, draw_dot, draw_heading
from ironreport.report.pdf.style import ACCENT, GREY, INK, WHITE
from ironreport.report.pdf.typeset import REGULAR, fitting, one_line, prepare

LEFT_ROOM = 24.0
NAMES_ROOM = 62.0
TITLE_ROOM = 14.0
DATES_ROOM = 12.0
LEGEND_ROOM = 11.0
PLOT_HEIGHT = 80.0
INSET = 15.0
"""Room between the frame and the first and last point, for half a date."""
HEADROOM = 1.15
LABEL_GAP = 3.0
LEAST_BAND = 7.0
"""A band lower than this [pt] has no room for its name."""


class TrendChart(Flowable):
    """Values with intervals on class bands; a line only between results that can be compared."""

    def __init__(self, figure: TrendFigure, width: float) -> None:
        super().__init__()
        prepare()
        self._figure, self.width = figure, width
        self.height = TITLE_ROOM + PLOT_HEIGHT + DATES_ROOM + LEGEND_ROOM
        self._bottom = DATES_ROOM + LEGEND_ROOM
        self._plot_width = width - LEFT_ROOM - (NAMES_ROOM if figure.limits else 2.0)
        self._top = _top_of(figure)
        self._places = _places(figure.points)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw title, bands, axes, points and legend."""
        c, figure = self.canv, self._figure
        unit = f"{figure.quantity}, {figure.unit}"
        draw_heading(c, figure.title, unit, LEFT_ROOM + self._plot_width, self.height - 7)
        self._draw_bands()
        self._draw_axes()
        self._draw_line()
        for place, point in zip(self._places, figure.points, strict=True):
            self._draw_point(place, point)
        self._draw_dates()
        self._draw_legend()

    # -------------------------------------------------------------------------------- where

    def _x(self, place: float) -> float:
        return LEFT_ROOM + INSET + place * (self._plot_width - 2 * INSET)

    def _y(self, value: float) -> float:
        return self._bottom + PLOT_HEIGHT * min(max(value / self._top, 0.0), 1.0)

    # --------------------------------------------------------------------------------- what

    def _draw_bands(self) -> None:
        c, figure = self.canv, self._figure
        if not figure.limits:
            return
        limits = sorted(figure.limits)
        segments = figure.segments if list(figure.limits) == limits else figure.segments[::-1]
        edges = [self._y(edge) for edge in (0.0, *limits, self._top)]
        for low, high, segment in zip(edges[:-1], edges[1:], segments, strict=True):
            c.setFillColor(HexColor(tint(segment.severity)))
            c.rect(LEFT_ROOM, low, self._plot_width, high - low, stroke=0, fill=1)
            if high - low > LEAST_BAND:
                name = fitting(one_line(segment.short or segment.label), REGULAR, SIZE, NAMES_ROOM - 6)
                c.setFillColor(INK)
                c.setFont(REGULAR, SIZE)
                c.drawString(LEFT_ROOM + self._plot_width + 4, (low + high) / 2 - 2.2, name)
        c.setStrokeColor(WHITE)
        c.setLineWidth(0.8)
        c.lines([(LEFT_ROOM, y, LEFT_ROOM + self._plot_width, y) for y in edges[1:-1]])

    def _draw_axes(self) -> None:
        """Class limits stand at the axis where there are some, else round numbers."""
        c = self.canv
        c.setStrokeColor(GREY)
        c.setLineWidth(0.5)
        right, low = LEFT_ROOM + self._plot_width, self._bottom
        c.lines([(LEFT_ROOM, low, LEFT_ROOM, low + PLOT_HEIGHT), (LEFT_ROOM, low, right, low)])
        c.setFont(REGULAR, SIZE)
        c.setFillColor(GREY)
        shown = [limit for limit in sorted(self._figure.limits) if limit <= self._top] or ticks(self._top, 4)[1:]
        taken = self._y(0.0)
        for value in (0.0, *shown):
            if value == 0.0 or self._y(value) - taken > SIZE:
                c.drawRightString(LEFT_ROOM - 3, self._y(value) - 2.2, f"{value:g}")
                taken = self._y(value)

    def _draw_line(self) -> None:
        c, points = self.canv, self._figure.points
        c.setStrokeColor(ACCENT)
        c.setLineWidth(1.2)
        for i in range(1, len(points)):
            if points[i].joined:
                before, now = (self._x(self._places[j]) for j in (i - 1, i))
                c.line(before, self._y(points[i - 1].value), now, self._y(points[i].value))

    def _draw_point(self, place: float, point: TrendPoint) -> None:
        c, x = self.canv, self._x(place)
        if point.low is not None and point.high is not None:
            c.setStrokeColor(INK)
            c.setLineWidth(0.8)
            low, high = self._y(point.low), self._y(point.high)
            c.lines([(x, low, x, high), (x - 2, low, x + 2, low), (x - 2, high, x + 2, high)])
        if point.now:
            draw_value(c, x, self._y(point.value), 3.2)
        else:
            draw_dot(c, x, self._y(point.value), hollow=True, radius=2.3)

    def _draw_dates(self) -> None:
        """The last date always, the others where they do not touch a neighbour."""
        c, free_from = self.canv, self.width
        c.setFont(REGULAR, SIZE)
        c.setFillColor(GREY)
        for place, point in reversed(list(zip(self._places, self._figure.points, strict=True))):
            text = one_line(_short_date(point.date))
            half = stringWidth(text, REGULAR, SIZE) / 2
            x = min(max(self._x(place), LEFT_ROOM + half), LEFT_ROOM + self._plot_width - half)
            if x + half <= free_from:
                c.drawCentredString(x, self._bottom - 8.5, text)
                free_from = x - half - LABEL_GAP

    def _draw_legend(self) -> None:
        c = self.canv
        draw_value(c, LEFT_ROOM + 5, 4.2, 3.2)
        draw_dot(c, LEFT_ROOM + 60, 4.2, hollow=True, radius=2.3)
        c.setFillColor(INK)
        c.setFont(REGULAR, SIZE)
        c.drawString(LEFT_ROOM + 12, 2, one_line("this exam"))
        c.drawString(LEFT_ROOM + 66, 2, one_line("earlier, 95 % as a bar"))


def _top_of(figure: TrendFigure) -> float:
    """End of the axis: room above the highest value, and at least one class limit in sight."""
    values = [v for p in figure.points for v in (p.value, p.high) if v is not None and math.isfinite(v)]
    highest = max([*values, *sorted(figure.limits)[:1]], default=1.0)
    return HEADROOM * highest if highest > 0 else 1.0


def _places(points: tuple[TrendPoint, ...]) -> tuple[float, ...]:
    """Place of each point from 0 to 1: true to time where all dates are known, else in equal steps."""
    days = [_day(point.date) for point in points]
    known = [day for day in days if day is not None]
    if len(known) == len(points) and len(set(known)) > 1:
        return tuple((day - min(known)) / (max(known) - min(known)) for day in known)
    return tuple(i / max(len(points) - 1, 1) for i in range(len(points)))


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def _short_date(text: str) -> str:
    """Year and month of a date; another text as it is.

    >>> _short_date("2026-11-01"), _short_date("date not stated")
    ('2026-11', 'date not stated')
    """
    return text[:7] if _day(text) is not None else text
