"""A plain list on paper: a title, a table that goes on over the pages, a note at its foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer

from ironreport.language import ENGLISH, said, speaking, spoken_here
from ironreport.report.pdf.style import GREY, LABEL, MARGIN, MUTED, SMALL, TITLE_LEFT, flush_table, padded, rule_below
from ironreport.report.pdf.typeset import REGULAR, SENTENCES_LIMIT, Paragraph, paragraph, prepare, safe

SIZES: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}
FOOTER_SIZE = 6.5


@dataclass(frozen=True, slots=True)
class ListSheet:
    """What is printed: ``shares`` of the width for each column, rows of text from wherever."""

    title: str
    beside: str
    columns: tuple[str, ...]
    shares: tuple[float, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def write_list(sheet: ListSheet, page_size: str = "A4", language: str = ENGLISH) -> bytes:
    """The list as PDF; equal input gives equal bytes. Whom a row is of stands first in it, and is never translated."""
    with speaking(language, frozenset(row[0] for row in sheet.rows)):
        return _written(sheet, page_size)


def _written(sheet: ListSheet, page_size: str) -> bytes:
    prepare()
    page: Any = SIZES.get(page_size, A4)
    out = BytesIO()
    document = BaseDocTemplate(out, pagesize=page, invariant=True, title=said(sheet.title), lang=spoken_here().code)
    width, height = page[0] - 2 * MARGIN, page[1] - 2 * MARGIN
    frame = Frame(MARGIN, MARGIN, width, height, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("list", [frame], onPage=partial(_footer, sheet)))
    document.build(_story(sheet, width))
    return out.getvalue()


def _story(sheet: ListSheet, width: float) -> list[Flowable]:
    head: list[object] = [Paragraph(safe(name), LABEL) for name in sheet.columns]
    rows: list[list[object]] = [[paragraph(cell, SMALL, SENTENCES_LIMIT) for cell in row] for row in sheet.rows]
    widths = [share * width for share in sheet.shares]
    look = [*padded(0, 2, 0, 0), *padded(2.5, 2.5, 1), rule_below(0, -1)]
    count = f"{len(sheet.rows)} patients" if len(sheet.rows) != 1 else "1 patient"
    return [
        Paragraph(safe(sheet.title), TITLE_LEFT),
        Paragraph(safe(f"{sheet.beside} · {count}"), MUTED),
        Spacer(1, 8),
        flush_table([head, *rows], widths, *look, repeatRows=1, splitInRow=1),
        Spacer(1, 8),
        Paragraph(safe(sheet.note, SENTENCES_LIMIT), MUTED),
    ]


def _footer(sheet: ListSheet, canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont(REGULAR, FOOTER_SIZE)
    canvas.setFillColor(GREY)
    canvas.drawRightString(document.pagesize[0] - MARGIN, 10 * mm, f"{sheet.beside} · page {document.page}")
