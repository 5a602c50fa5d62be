"""How the printed report looks: one accent, severity from light to dark, two weights of one font."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, HRFlowable, Spacer, Table, TableStyle

from ironreport.language.speech import right_to_left
from ironreport.report import palette
from ironreport.report.pdf.mirrored import mirrored
from ironreport.report.pdf.typeset import BOLD, REGULAR, Paragraph, safe

ACCENT = HexColor(palette.ACCENT)
INK = HexColor("#1b2224")
GREY = HexColor("#5d676a")
HAIRLINE = HexColor("#c9d0d1")
PANEL = HexColor("#f5f8f8")
CRITICAL = HexColor(palette.CRITICAL)
CRITICAL_PANEL = HexColor("#fdf1f1")
NO_CLASS_FILL = HexColor(palette.NO_CLASS)
HATCH = HexColor("#eceeef")
WHITE = white
BLACK = HexColor("#121212")

HAIR = 0.5
MARGIN = 16 * mm
GUTTER = 10

PLAIN_LINE: tuple[float, ...] = ()
DASHED_LINE = (3.0, 2.0)
DOTTED_LINE = (0.8, 1.8)


def outline(standing: str, provisional: bool) -> tuple[float, ...]:
    """Dash pattern of an outline: dashed for research level, dotted for provisional, else a plain line."""
    if standing == "research":
        return DASHED_LINE
    return DOTTED_LINE if provisional else PLAIN_LINE


def severity_fill(severity: str) -> Color:
    """Colour of a class; grey where there is none."""
    return HexColor(palette.SEVERITY.get(severity, palette.NO_CLASS))


def ink_on(severity: str) -> Color:
    """Colour of text on the fill of a class: near black or white, whichever gives 4.5:1."""
    return WHITE if severity in palette.LIGHT_TEXT_ON else BLACK


# ------------------------------------------------------------------------------------- type


def _style(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    whole = {"allowWidows": 0, "allowOrphans": 0}  # no single line of a paragraph at the head or foot of a page
    settings: dict[str, Any] = {"fontName": REGULAR, "textColor": INK, "bulletFontName": REGULAR, **whole, **more}
    return ParagraphStyle(name, fontSize=size, leading=leading, bulletFontSize=size, **settings)


TITLE = _style("title", 14, 18, fontName=BOLD, textColor=ACCENT, alignment=2)
TITLE_LEFT = _style("title-left", 14, 18, fontName=BOLD, textColor=ACCENT)
HOSPITAL = _style("hospital", 10.5, 14, fontName=BOLD)
BODY = _style("body", 8.3, 11.6)
STRONG = _style("strong", 8.3, 11.6, fontName=BOLD)
SMALL = _style("small", 7, 9.6)
SMALL_BOLD = _style("small-bold", 7, 9.6, fontName=BOLD)
MUTED = _style("muted", 7, 9.6, textColor=GREY)
MUTED_RIGHT = _style("muted-right", 7, 9.6, textColor=GREY, alignment=2)
LABEL = _style("label", 6.3, 8.4, textColor=GREY)
SECTION = _style("section", 7.8, 11, fontName=BOLD, textColor=ACCENT, spaceAfter=2.5)
ORGAN = _style("organ", 13, 17, fontName=BOLD)
HEADLINE = _style("headline", 16, 19, fontName=BOLD)
HEADLINE_WORDS = _style("headline-words", 11.5, 15, fontName=BOLD)
BULLET = _style("bullet", 8.3, 11.4, leftIndent=9, bulletIndent=0, spaceAfter=1.2)
BULLET_BOLD = _style("bullet-bold", 8.3, 11.4, fontName=BOLD, leftIndent=9, bulletIndent=0, spaceAfter=1.2)
SMALL_BULLET = _style("small-bullet", 7, 9.6, leftIndent=8, bulletIndent=0, spaceAfter=0.8)
NUMBERED = _style("numbered", 6.6, 8.6, leftIndent=20, bulletIndent=0, spaceAfter=0.5)
CRITICAL_TITLE = _style("critical-title", 9.5, 13, fontName=BOLD, textColor=CRITICAL)
CRITICAL_VALUE = _style("critical-value", 11.5, 15, fontName=BOLD)

GREY_HEX = "#5d676a"

# ------------------------------------------------------------------------------------ tables

Command = tuple[Any, ...]
WHOLE = ((0, 0), (-1, -1))


def flush_table(
    rows: Sequence[Sequence[object]], widths: Sequence[float], *commands: Command, gap: float = 6, **more: Any
) -> Table:
    """A table without frame whose text starts and ends at the margins; ``commands`` come on top [pt]."""
    basic: list[Command] = [
        ("FONTNAME", *WHOLE, REGULAR),
        ("LEFTPADDING", *WHOLE, 0),
        ("RIGHTPADDING", *WHOLE, gap),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", *WHOLE, 0),
        ("BOTTOMPADDING", *WHOLE, 3),
        ("VALIGN", *WHOLE, "TOP"),
    ]
    cells, columns, look = [list(row) for row in rows], list(widths), [*basic, *commands]
    if right_to_left():
        cells, columns, look = mirrored(cells, columns, look)
    table = Table(cells, colWidths=columns, **more)
    table.setStyle(TableStyle(look))
    return table


def rule_below(first: int, last: int, color: Color = HAIRLINE, thickness: float = HAIR) -> Command:
    """A line under each row from the first to the last."""
    return ("LINEBELOW", (0, first), (-1, last), thickness, color, "butt")


def padded(top: float, bottom: float, first: int = 0, last: int = -1) -> list[Command]:
    """Room above and below the text of some rows [pt]."""
    return [("TOPPADDING", (0, first), (-1, last), top), ("BOTTOMPADDING", (0, first), (-1, last), bottom)]


# ----------------------------------------------------------------------------------- headings


def section(title: str, beside: str = "", space: float = 6) -> list[Flowable]:
    """A heading between a hairline and its text; it never stands alone at the foot of a page."""
    # Space before a rule is not counted when it is kept with the lines after it; a spacer is.
    room = Spacer(1, space)
    line = HRFlowable(width="100%", thickness=HAIR, color=HAIRLINE, spaceBefore=0, spaceAfter=4)
    grey = f'<font name="{REGULAR}" size="7" color="{GREY_HEX}">&nbsp;&nbsp; {safe(beside)}</font>' if beside else ""
    heading = Paragraph(f"{safe(title).upper()}{grey}", SECTION)
    for flowable in (room, line, heading):
        flowable.keepWithNext = 1
    return [room, line, heading]
