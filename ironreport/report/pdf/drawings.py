"""Vector drawings of the printed report: class chip and band bar. The decay chart has its own file."""

from __future__ import annotations

from reportlab.lib.colors import Color
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from ironreport.report.content import BandBar
from ironreport.report.pdf.style import (
    GREY,
    HAIR,
    HATCH,
    INK,
    NO_CLASS_FILL,
    PLAIN_LINE,
    WHITE,
    ink_on,
    severity_fill,
)
from ironreport.report.pdf.typeset import BOLD, REGULAR, fitting, in_page_order, one_line, prepare, printable

LIMIT_SIZE = 5.4


class Bookmark(Flowable):
    """A place in the outline; it takes no room."""

    def __init__(self, title: str, key: str) -> None:
        super().__init__()
        self.title, self.key = one_line(title), key
        self.keepWithNext = 1

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """No room at all."""
        return 0, 0

    def draw(self) -> None:
        """Set the mark and name it in the outline."""
        self.canv.bookmarkHorizontal(self.key, 0, 12)
        self.canv.addOutlineEntry(self.title, self.key, level=0)


# ------------------------------------------------------------------------------------- class chip


class Chip(Flowable):
    """The word of a class on its colour; hatched grey where there is no class.

    Parameters
    ----------
    word : str
    severity : str
        Empty for no class.
    dash : tuple of float
        Dash pattern of the outline [pt].
    size : float
        Font size [pt].
    """

    def __init__(self, word: str, severity: str, dash: tuple[float, ...] = PLAIN_LINE, size: float = 8) -> None:
        super().__init__()
        prepare()
        self._word, self._severity, self._dash, self._size = printable(word), severity, dash, size
        self._lines: list[str] = []

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt] in the width on offer."""
        pad = 1.2 * self._size
        self._lines = [in_page_order(line) for line in simpleSplit(self._word, BOLD, self._size, aW - pad)] or [""]
        widest = max(stringWidth(line, BOLD, self._size) for line in self._lines)
        self.width, self.height = min(widest + pad, aW), len(self._lines) * self._size * 1.25 + self._size * 0.4
        return self.width, self.height

    def draw(self) -> None:
        """Draw box and word."""
        c, fill = self.canv, severity_fill(self._severity)
        _box(c, (0, 0, self.width, self.height), fill, self._dash, radius=2)
        if not self._severity:
            hatch(c, (0, 0, self.width, self.height))
        c.setFillColor(ink_on(self._severity))
        c.setFont(BOLD, self._size)
        for i, line in enumerate(self._lines):
            y = self.height - self._size * (1.2 + 1.25 * i)
            c.drawCentredString(self.width / 2, y, line)


def _box(
    c: Canvas, box: tuple[float, float, float, float], fill: Color, dash: tuple[float, ...], radius: float = 0
) -> None:
    c.saveState()
    c.setFillColor(fill)
    c.setStrokeColor(INK)
    c.setLineWidth(0.9 if dash else HAIR)
    c.setDash(list(dash))
    c.roundRect(*box, radius, stroke=1, fill=1)
    c.restoreState()


def hatch(c: Canvas, box: tuple[float, float, float, float], step: float = 4) -> None:
    """Slanted lines over a box: nothing was measured, or no class can be given."""
    x0, y0, width, height = box
    c.saveState()
    path = c.beginPath()
    path.rect(x0, y0, width, height)
    c.clipPath(path, stroke=0, fill=0)
    c.setStrokeColor(HATCH)
    c.setLineWidth(0.35)
    n_lines = int((width + height) / step) + 1
    c.lines([(x0 - height + i * step, y0, x0 + i * step, y0 + height) for i in range(n_lines)])
    c.restoreState()


# --------------------------------------------------------------------------------------- band bar


class SmallBandBar(Flowable):
    """Band bar of one table row: classes with their limits, value, interval, and in grey the other calibrations."""

    LIMITS_ROOM = 6.5
    OTHERS_ROOM = 3.0

    def __init__(self, band: BandBar, width: float, dash: tuple[float, ...] = PLAIN_LINE) -> None:
        super().__init__()
        prepare()
        self._band, self._dash = band, dash
        self.width, self.height = width, 12.0 + self.LIMITS_ROOM + (self.OTHERS_ROOM if band.others_at else 0.0)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw classes, limits, whisker and value."""
        c, band, middle = self.canv, self._band, self.LIMITS_ROOM + 6
        draw_classes(c, band, (0, middle - 3.5, self.width, 7), self._dash)
        draw_limits(c, band.limits, self.width, middle - 3.5, len(band.segments), LIMIT_SIZE)
        if band.interval_at:
            draw_whisker(c, band.interval_at, self.width, middle, 3, INK, halo=True, arrow=is_limit(band))
        if band.others_at:
            draw_whisker(c, band.others_at, self.width, middle + 6.5, 3, GREY)
        draw_value(c, band.value_at * self.width, middle, 2.7)


def draw_classes(
    c: Canvas, band: BandBar, box: tuple[float, float, float, float], dash: tuple[float, ...] = PLAIN_LINE
) -> None:
    """Classes of a ladder in equal widths, best to worst, with one outline around them."""
    x, y, width, height = box
    step = width / max(len(band.segments), 1)
    for i, segment in enumerate(band.segments):
        c.setFillColor(severity_fill(segment.severity))
        c.rect(x + i * step, y, step, height, stroke=0, fill=1)
    c.setStrokeColor(WHITE)
    c.setLineWidth(0.8)
    for i in range(1, len(band.segments)):
        c.line(x + i * step, y, x + i * step, y + height)
    c.saveState()
    c.setStrokeColor(INK)
    c.setLineWidth(0.9 if dash else 0.4)
    if dash:
        c.setDash(list(dash))
    c.rect(x, y, width, height, stroke=1, fill=0)
    c.restoreState()


def draw_limits(c: Canvas, limits: tuple[str, ...], width: float, bottom: float, n_classes: int, size: float) -> None:
    """The numbers where one class ends and the next begins, below a bar of equal classes."""
    step = width / max(n_classes, 1)
    c.setFont(REGULAR, size)
    c.setFillColor(INK)
    c.setStrokeColor(INK)
    c.setLineWidth(HAIR)
    for i, limit in enumerate(limits, start=1):
        c.line(i * step, bottom, i * step, bottom - 1.5)
        c.drawCentredString(i * step, bottom - size - 1.3, one_line(limit))


def draw_value(c: Canvas, x: float, y: float, radius: float) -> None:
    """The patient's value: a dark dot in a white ring, seen on the lightest and the darkest class."""
    c.setFillColor(INK)
    c.setStrokeColor(WHITE)
    c.setLineWidth(1)
    c.circle(x, y, radius, stroke=1, fill=1)


def is_limit(band: BandBar) -> bool:
    """Whether only a limit is known: what may be true runs from the value to the worst end."""
    return band.value_at < 1.0 and band.interval_at == (band.value_at, 1.0)


def draw_whisker(
    c: Canvas, ends: tuple[float, float], width: float, y: float, cap: float, color: Color,
    halo: bool = False, arrow: bool = False,
) -> None:  # fmt: skip
    """A line with end caps from one position to another (0 to 1); never shorter than can be seen.

    An arrow instead of the second cap says that there is no end.
    """
    low, high = ends[0] * width, ends[1] * width
    if high - low < 2:
        low, high = (low + high) / 2 - 1, (low + high) / 2 + 1
    lines = [(low, y, high, y), (low, y - cap / 2, low, y + cap / 2)]
    head = 2.5 if arrow else 0.0
    lines += [(high - head, y - cap / 2, high, y), (high - head, y + cap / 2, high, y)]
    for stroke, line_width in ((WHITE, 2.2), (color, 0.9))[0 if halo else 1 :]:
        c.setStrokeColor(stroke)
        c.setLineWidth(line_width)
        c.lines(lines)


class HatchedNotice(Flowable):
    """A hatched strip in place of the band bar: no class is given, and that is a result too."""

    def __init__(self, text: str, width: float, height: float = 16.0) -> None:
        super().__init__()
        prepare()
        self._text = one_line(text)
        self.width, self.height = width, height

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """Size [pt]."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the strip, its words on a clear patch."""
        c, box = self.canv, (0.0, 0.0, self.width, self.height)
        _box(c, box, NO_CLASS_FILL, PLAIN_LINE)
        hatch(c, box)
        if not self._text:
            return
        word = fitting(self._text, BOLD, 7.5, self.width - 16)
        c.setFillColor(NO_CLASS_FILL)
        c.rect(5, 2, stringWidth(word, BOLD, 7.5) + 6, self.height - 4, stroke=0, fill=1)
        c.setFillColor(INK)
        c.setFont(BOLD, 7.5)
        c.drawString(8, 5.3, word)
