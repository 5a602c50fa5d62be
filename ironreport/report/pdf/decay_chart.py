"""The decay chart of the printed report: points, fitted curve with its band, noise floor, residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from ironreport.report.content import CurvePoint, DecayFigure
from ironreport.report.pdf.legend import (
    BAND_FILL,
    KEY_WIDTH,
    LEADING,
    SIZE,
    dashes,
    draw_dot,
    draw_heading,
    item_width,
    legend_items,
    legend_lines,
)
from ironreport.report.pdf.style import ACCENT, GREY, HAIRLINE, INK
from ironreport.report.pdf.typeset import REGULAR, in_page_order, one_line, prepare

SD_FILL = HexColor("#eef1f1")
FLOOR_DASH = [4.0, 2.0]
RESIDUAL_SDS = 2.0

LEFT_ROOM = 30.0
TITLE_ROOM = 12.0
AXIS_ROOM = 13.0
MAIN_HEIGHT = 72.0
GAP = 10.0
STRIP_HEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class _Axes:
    """A box on the page and the data range it shows."""

    x: float
    y: float
    width: float
    height: float
    te_max: float
    low: float
    high: float

    def across(self, te_ms: float) -> float:
        """Page position of an echo time."""
        return self.x + self.width * te_ms / self.te_max

    def up(self, value: float) -> float:
        """Page position of a signal; what lies beyond the axes is held just outside them."""
        share = (value - self.low) / (self.high - self.low)
        return self.y + self.height * min(max(share, -0.5), 1.5)


def ticks(high: float, n_wanted: int = 5) -> list[float]:
    """Round numbers from 0 up to a limit, about as many as wanted.

    >>> ticks(13.0), ticks(0.9, 4)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [0.0, 0.2, 0.4, 0.6, 0.8])
    """
    if not (math.isfinite(high) and high > 0):
        return [0.0]
    raw = high / n_wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / raw)))
    return [round(i * step, 10) for i in range(int(high / step + 1e-9) + 1)]


class DecayChart(Flowable):
    """Decay chart with residual strip and legend, drawn as vectors in the width given [pt]."""

    def __init__(self, figure: DecayFigure, width: float) -> None:
        super().__init__()
        prepare()
        self._figure, self.width = figure, width
        self._legend = legend_lines(legend_items(figure), width)
        strip = GAP + STRIP_HEIGHT if _has_residuals(figure) else 0
        self._above_legend = TITLE_ROOM + MAIN_HEIGHT + strip + AXIS_ROOM
        self.height = self._above_legend + len(self._legend) * LEADING

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw title, axes, data and legend."""
        c, figure = self.canv, self._figure
        draw_heading(c, figure.title, "signal, arbitrary units", self.width - 4, self.height - 7)
        main = _main_axes(figure, self.width, self.height - TITLE_ROOM - MAIN_HEIGHT)
        _draw_main(c, figure, main)
        lowest = main
        if _has_residuals(figure):
            lowest = _strip_axes(figure, main)
            _draw_strip(c, figure, lowest)
        _draw_echo_times(c, lowest)
        self._draw_legend()

    def _draw_legend(self) -> None:
        y = self.height - self._above_legend - LEADING + 3
        for line in self._legend:
            x = 0.0
            for key, text in line:
                key(self.canv, x, y + 2.2)
                self.canv.setFont(REGULAR, SIZE)
                self.canv.setFillColor(INK)
                self.canv.drawString(x + KEY_WIDTH, y, in_page_order(text))
                x += item_width(text)
            y -= LEADING


# ------------------------------------------------------------------------------------------ axes


def _finite(values: Sequence[float | None]) -> list[float]:
    return [v for v in values if v is not None and math.isfinite(v)]


def _main_axes(figure: DecayFigure, width: float, y: float) -> _Axes:
    signals = _finite([p.signal for p in figure.points] + [p.signal for p in figure.curve])
    times = _finite([p.te_ms for p in figure.points] + [p.te_ms for p in figure.curve])
    # A fitted curve runs a little past the last echo; without one the axis does.
    te_max, high = max(times, default=1.0) * (1.0 if figure.curve else 1.05), max(signals, default=1.0)
    box = (LEFT_ROOM, y, width - LEFT_ROOM - 4, MAIN_HEIGHT)
    return _Axes(*box, te_max=te_max if te_max > 0 else 1.0, low=0.0, high=high * 1.06 if high > 0 else 1.0)


def _strip_axes(figure: DecayFigure, main: _Axes) -> _Axes:
    reach = max(abs(r) for r in _finite([p.residual for p in figure.points]))
    reach = max(reach, 1.25 * RESIDUAL_SDS * (figure.residual_sd or 0.0)) * 1.15 or 1.0
    y = main.y - GAP - STRIP_HEIGHT
    return _Axes(main.x, y, main.width, STRIP_HEIGHT, main.te_max, -reach, reach)


def _has_residuals(figure: DecayFigure) -> bool:
    return bool(_finite([p.residual for p in figure.points]))


def _frame(c: Canvas, axes: _Axes) -> None:
    c.setStrokeColor(GREY)
    c.setLineWidth(0.5)
    c.lines(
        [
            (axes.x, axes.y, axes.x, axes.y + axes.height),
            (axes.x, axes.y, axes.x + axes.width, axes.y),
        ]
    )


def _clipped(c: Canvas, axes: _Axes) -> None:
    path = c.beginPath()
    path.rect(axes.x, axes.y, axes.width, axes.height)
    c.clipPath(path, stroke=0, fill=0)


def _draw_echo_times(c: Canvas, axes: _Axes) -> None:
    c.setFont(REGULAR, SIZE)
    c.setFillColor(GREY)
    c.setStrokeColor(GREY)
    c.setLineWidth(0.5)
    for te in ticks(axes.te_max, 6):
        x = axes.across(te)
        c.line(x, axes.y, x, axes.y - 2)
        if x < axes.x + axes.width - 26:
            c.drawCentredString(x, axes.y - 8.5, f"{te:g}")
    c.drawRightString(axes.x + axes.width, axes.y - 8.5, one_line("TE [ms]"))


# ------------------------------------------------------------------------------------- main chart


def _draw_main(c: Canvas, figure: DecayFigure, axes: _Axes) -> None:
    _draw_signal_ticks(c, axes)
    c.saveState()
    _clipped(c, axes)
    _draw_band(c, figure.curve, axes)
    for other, dash in zip(figure.others, dashes(len(figure.others)), strict=True):
        _draw_line(c, other.points, axes, dash, 0.6)
    c.setStrokeColor(ACCENT)
    _polyline(c, figure.curve, axes, 1.2)
    c.restoreState()
    _draw_floor(c, figure.noise_floor, axes)
    _frame(c, axes)
    for point in figure.points:
        if _finite([point.te_ms, point.signal]) == [point.te_ms, point.signal]:
            draw_dot(c, axes.across(point.te_ms), axes.up(point.signal), hollow=bool(point.left_out_because))


def _draw_signal_ticks(c: Canvas, axes: _Axes) -> None:
    c.setFont(REGULAR, SIZE)
    for value in ticks(axes.high, 4):
        y = axes.up(value)
        c.setStrokeColor(HAIRLINE)
        c.setLineWidth(0.3)
        c.line(axes.x, y, axes.x + axes.width, y)
        c.setFillColor(GREY)
        c.drawRightString(axes.x - 3, y - 2.2, f"{value:.6g}")


def _draw_band(c: Canvas, curve: Sequence[CurvePoint], axes: _Axes) -> None:
    edge = [(p.te_ms, p.low, p.high) for p in curve if len(_finite([p.low, p.high])) == 2]
    if len(edge) < 2:
        return
    outline = [(te, high) for te, _, high in edge] + [(te, low) for te, low, _ in reversed(edge)]
    path = c.beginPath()
    for i, (te, value) in enumerate(outline):
        (path.lineTo if i else path.moveTo)(axes.across(te), axes.up(value or 0.0))
    path.close()
    c.setFillColor(BAND_FILL)
    c.drawPath(path, stroke=0, fill=1)


def _draw_line(c: Canvas, points: Sequence[CurvePoint], axes: _Axes, dash: list[float], width: float) -> None:
    c.saveState()
    c.setStrokeColor(GREY)
    c.setDash(dash)
    _polyline(c, points, axes, width)
    c.restoreState()


def _polyline(c: Canvas, points: Sequence[CurvePoint], axes: _Axes, width: float) -> None:
    known = [p for p in points if math.isfinite(p.signal)]
    if len(known) < 2:
        return
    c.setLineWidth(width)
    path = c.beginPath()
    for i, point in enumerate(known):
        (path.lineTo if i else path.moveTo)(axes.across(point.te_ms), axes.up(point.signal))
    c.drawPath(path, stroke=1, fill=0)


def _draw_floor(c: Canvas, floor: float | None, axes: _Axes) -> None:
    if floor is None or not 0 <= floor <= axes.high:
        return
    y = axes.up(floor)
    c.saveState()
    c.setStrokeColor(INK)
    c.setLineWidth(0.6)
    c.setDash(FLOOR_DASH)
    c.line(axes.x, y, axes.x + axes.width, y)
    c.restoreState()
    c.setFont(REGULAR, SIZE)
    c.setFillColor(INK)
    # On the left, where the curve is far above; on the right the last echoes lie on the line.
    c.drawString(axes.x + 4, y + 2.5, one_line("noise floor"))


# --------------------------------------------------------------------------------- residual strip


def _draw_strip(c: Canvas, figure: DecayFigure, axes: _Axes) -> None:
    if figure.residual_sd:
        low, high = axes.up(-RESIDUAL_SDS * figure.residual_sd), axes.up(RESIDUAL_SDS * figure.residual_sd)
        c.setFillColor(SD_FILL)
        c.rect(axes.x, low, axes.width, high - low, stroke=0, fill=1)
    c.setStrokeColor(GREY)
    c.setLineWidth(0.5)
    c.line(axes.x, axes.up(0.0), axes.x + axes.width, axes.up(0.0))
    _frame(c, axes)
    c.setFont(REGULAR, SIZE)
    c.setFillColor(GREY)
    c.drawRightString(axes.x - 3, axes.up(0.0) - 2.2, "0")
    named = "residual, grey: ±2 SD" if figure.residual_sd else "residual"
    c.drawString(axes.x + 3, axes.y + axes.height + 3, one_line(named))
    for p in figure.points:
        if p.residual is not None and _finite([p.residual]):
            c.setStrokeColor(GREY)
            c.line(axes.across(p.te_ms), axes.up(0.0), axes.across(p.te_ms), axes.up(p.residual))
            draw_dot(c, axes.across(p.te_ms), axes.up(p.residual), hollow=bool(p.left_out_because), radius=1.5)
