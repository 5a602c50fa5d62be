"""The printed report: one description in, bytes of a PDF out. Equal input gives equal bytes."""

from __future__ import annotations

import re
from functools import partial
from io import BytesIO
from typing import Literal

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    ActionFlowable,
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageTemplate,
)

from ironreport.report.content import ReportContent
from ironreport.report.pdf.first_page import answer, limits_elsewhere, limits_of_report, notes
from ironreport.report.pdf.last_pages import last_pages, short_form
from ironreport.report.pdf.organ_block import organ_block
from ironreport.report.pdf.scaled import heights, on_one_page
from ironreport.report.pdf.style import ACCENT, GREY, HAIR, HAIRLINE, INK, MARGIN
from ironreport.report.pdf.typeset import BOLD, NOTE_LIMIT, REGULAR, fitting, one_line, prepare, printable

PageSize = Literal["A4", "Letter"]
Form = Literal["full", "short"]
PAGE_SIZES: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}

DOCUMENT_TITLE = "MRI iron report"
TOP_OF_FIRST_PAGE = 13 * mm
TOP_OF_OTHER_PAGES = 20 * mm
BOTTOM = 21 * mm
FOOTER_SIZE = 6.3
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""Sizes of the short form; below the last one the text would be too small to be read."""
SIZES_OF_FULL_FORM = 4
"""Number of sizes in which page 1 of the full form is tried: eight organs and a critical result need the second."""
TOTAL = "total-pages"
"""A form that every page refers to and that is filled once the number of pages is known."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NOT_HEX = re.compile(r"[^0-9a-f]", re.ASCII)


def write_pdf(content: ReportContent, page_size: PageSize = "A4", form: Form = "full") -> bytes:
    """The report as PDF with embedded fonts, bookmarks and vector drawings.

    Parameters
    ----------
    content : ReportContent
        Text from outside may be hostile: it is stripped, capped and escaped on its way.
    page_size : {"A4", "Letter"}
    form : {"full", "short"}
        Short is one page: the answer and the signatures.

    Returns
    -------
    bytes
        The same for the same content, whatever the clock says.
    """
    prepare()
    buffer = BytesIO()
    document = _document(buffer, content, PAGE_SIZES[page_size])
    story = _short_story(content, document) if form == "short" else _story(content, document)
    document.build(story, canvasmaker=_CountedCanvas)
    return buffer.getvalue()


def file_name(content: ReportContent) -> str:
    """A fixed pattern in ASCII without anything that names the patient.

    The date stands in it only as year, month and day; anything else is called undated.
    """
    date = content.exam_date if ISO_DATE.fullmatch(content.exam_date) else "undated"
    return f"ironreport_{date}_{NOT_HEX.sub('', content.report_id.lower())[:4] or '0000'}.pdf"


def _story(content: ReportContent, document: BaseDocTemplate) -> list[Flowable]:
    """All pages; limits that would leave page 1 stand after the organs, so that page 2 begins with an organ."""
    first, limits = _with_limits(content, document)
    story: list[Flowable] = [NextPageTemplate("other"), *first, _EndOfFirstPage()]
    for card in content.cards:
        story += organ_block(card, document.width)
    return [*story, *last_pages(content, document.width, limits)]


def _with_limits(content: ReportContent, document: BaseDocTemplate) -> tuple[list[Flowable], list[Flowable]]:
    """Page 1 with as many of the limits as it has room for, and those left."""
    width, height = document.width, document.pagesize[1] - TOP_OF_FIRST_PAGE - BOTTOM
    first = on_one_page(partial(answer, content), width, height, SCALES[:SIZES_OF_FULL_FORM])
    first, blocks = [*first, *notes(content)], limits_of_report(content)
    n_fitting = 0
    while n_fitting < len(blocks) and heights([*first, *blocks[n_fitting]], width) <= height:
        first += blocks[n_fitting]
        n_fitting += 1
    elsewhere = limits_elsewhere()
    if blocks and n_fitting == 0 and heights([*first, elsewhere], width) <= height:
        first.append(elsewhere)
    return first, [line for block in blocks[n_fitting:] for line in block]


class _EndOfFirstPage(ActionFlowable):
    """Begins page 2, unless long notes have run over to it: no page is left with a few lines only."""

    def __init__(self) -> None:
        super().__init__(("endOfFirstPage",))

    def apply(self, doc: BaseDocTemplate) -> None:
        """End page 1."""
        if doc.page == 1:
            doc.handle_pageBreak()


def _short_story(content: ReportContent, document: BaseDocTemplate) -> list[Flowable]:
    """The answer on one page, set smaller for many organs; where even that is not enough, it runs on."""
    height = document.pagesize[1] - TOP_OF_FIRST_PAGE - BOTTOM
    lines = on_one_page(partial(short_form, content), document.width, height, SCALES)
    return [NextPageTemplate("other"), *lines]


# ------------------------------------------------------------------------------------ the document


def _document(buffer: BytesIO, content: ReportContent, size: tuple[float, float]) -> BaseDocTemplate:
    document = BaseDocTemplate(
        buffer,
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        bottomMargin=BOTTOM,
        invariant=1,
        lang="en",
        title=DOCUMENT_TITLE,
        author=printable(content.software),
        subject="",
        creator=printable(content.software),
        initialFontName=REGULAR,
    )
    document.addPageTemplates(
        [
            _page("first", document, TOP_OF_FIRST_PAGE, partial(_draw_footer, content)),
            _page("other", document, TOP_OF_OTHER_PAGES, partial(_draw_header_and_footer, content)),
        ]
    )
    return document


def _page(name: str, document: BaseDocTemplate, top: float, draw: object) -> PageTemplate:
    height = document.pagesize[1] - top - BOTTOM
    frame = Frame(MARGIN, BOTTOM, document.width, height, 0, 0, 0, 0, id=name)
    return PageTemplate(id=name, frames=[frame], onPage=draw)  # type: ignore[arg-type]


class _CountedCanvas(Canvas):
    """A canvas that writes the number of pages into the form the footers refer to, when all are drawn."""

    def save(self) -> None:
        if self._code:  # type: ignore[attr-defined]
            self.showPage()
        n_pages = self.getPageNumber() - 1
        self.beginForm(TOTAL, 0, -4, 40, 12)  # room for four digits in the footer's size
        self.setFont(REGULAR, FOOTER_SIZE)
        self.setFillColor(GREY)
        self.drawString(0, 0, str(n_pages))
        self.endForm()
        super().save()


# ------------------------------------------------------------------------------- header and footer


def _draw_header_and_footer(content: ReportContent, canvas: Canvas, document: BaseDocTemplate) -> None:
    left, right = MARGIN, document.pagesize[0] - MARGIN
    y = document.pagesize[1] - 12.5 * mm
    canvas.saveState()
    canvas.setFont(BOLD, 7.5)
    canvas.setFillColor(ACCENT)
    canvas.drawRightString(right, y, f"MRI IRON REPORT · {one_line(content.status).upper()}")
    canvas.setFillColor(INK)
    name = fitting(one_line(content.pseudonym), BOLD, 7.5, 0.4 * document.width)
    canvas.drawString(left, y, name)
    canvas.setFont(REGULAR, 7.5)
    exam = f"exam {one_line(content.exam_date) or 'undated'} · report {one_line(content.report_id)}"
    used = canvas.stringWidth(name, BOLD, 7.5) + 8
    canvas.drawString(left + used, y, fitting(exam, REGULAR, 7.5, 0.7 * document.width - used))
    _hairline(canvas, left, right, y - 4)
    canvas.restoreState()
    _draw_footer(content, canvas, document)


def _draw_footer(content: ReportContent, canvas: Canvas, document: BaseDocTemplate) -> None:
    left, right, y = MARGIN, document.pagesize[0] - MARGIN, 9.5 * mm
    canvas.saveState()
    _hairline(canvas, left, right, y + 19)
    canvas.setFont(REGULAR, FOOTER_SIZE)
    canvas.setFillColor(INK)
    sentence = simpleSplit(one_line(content.not_a_device, NOTE_LIMIT), REGULAR, FOOTER_SIZE, document.width)
    canvas.drawString(left, y + 10, sentence[0] if sentence else "")
    canvas.setFillColor(GREY)
    versions = f"{content.software} · knowledge {content.knowledge_version} · reviewed {content.reviewed}"
    canvas.drawString(left, y, fitting(one_line(versions), REGULAR, FOOTER_SIZE, document.width - 80))
    digits = canvas.stringWidth("00", REGULAR, FOOTER_SIZE)
    canvas.drawRightString(right - digits, y, f"page {canvas.getPageNumber()} of ")
    canvas.translate(right - digits, y)
    canvas.doForm(TOTAL)
    canvas.restoreState()


def _hairline(canvas: Canvas, left: float, right: float, y: float) -> None:
    canvas.setStrokeColor(HAIRLINE)
    canvas.setLineWidth(HAIR)
    canvas.line(left, y, right, y)
