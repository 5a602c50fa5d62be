"""The printed report: one description in, bytes of a PDF out. Equal input gives equal bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Literal

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from ironreport.language import ENGLISH, said, speaking, spoken_here
from ironreport.language.speech import not_reviewed, right_to_left
from ironreport.report.content import ReportContent
from ironreport.report.pdf.appendix import appendix as appendix_section
from ironreport.report.pdf.balance_pages import iron_balance
from ironreport.report.pdf.comparison_pages import comparison
from ironreport.report.pdf.first_page import answer
from ironreport.report.pdf.organ_block import organs
from ironreport.report.pdf.scaled import heights, on_one_page
from ironreport.report.pdf.sections import about_short_form, guidance, limits, notes, plain_words, references, technique
from ironreport.report.pdf.signature import SIGNATURE_HEIGHT, draw_signatures
from ironreport.report.pdf.style import ACCENT, GREY, HAIR, HAIRLINE, INK, MARGIN
from ironreport.report.pdf.typeset import (
    BOLD,
    NOTE_LIMIT,
    REGULAR,
    fitting,
    in_page_order,
    one_line,
    prepare,
    printable,
)

PageSize = Literal["A4", "Letter"]
Form = Literal["full", "short"]
PAGE_SIZES: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}

DOCUMENT_TITLE = "MRI iron report"
TOP_OF_FIRST_PAGE = 13 * mm
TOP_OF_OTHER_PAGES = 16 * mm
BOTTOM = 18 * mm
BOTTOM_OF_FIRST_PAGE = BOTTOM + SIGNATURE_HEIGHT
FOOTER_SIZE = 6.3
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""Sizes in which the answer is tried on page 1; below the last one the text would be too small to be read."""
Section = Callable[[ReportContent, float], list[Flowable]]
"""A part of the report laid out for a width [pt]; an empty list where there is nothing to say."""
ON_PAGE_ONE: tuple[Section, ...] = (plain_words, notes, guidance, limits)
"""What stands on page 1 below the answer where it has room for it, else after the organs.

The first one was asked for, so the short form always has it.
"""
SECTIONS: tuple[Section, ...] = (organs, comparison, iron_balance, technique, references)
"""What follows page 1, in its order; a new part of the report is one more of these."""
CHOSEN_ROWS = {"Field", "Disease", "Sequence"}
"""Rows of the patient whose values are words of the program."""
TOTAL = "total-pages"
"""A form that every page refers to and that is filled once the number of pages is known."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NOT_HEX = re.compile(r"[^0-9a-f]", re.ASCII)


def write_pdf(
    content: ReportContent,
    page_size: PageSize = "A4",
    form: Form = "full",
    *,
    appendix: bool = False,
    for_patient: bool = False,
    language: str = ENGLISH,
) -> bytes:
    """The report as PDF with embedded fonts, bookmarks and vector drawings.

    Parameters
    ----------
    content : ReportContent
        Text from outside may be hostile: it is stripped, capped and escaped on its way.
    page_size : {"A4", "Letter"}
    form : {"full", "short"}
        Short is one page: the answer with every caution, and the signatures.
    appendix : bool
        Adds every calibration, the whole fit, rule ids and versions to the full form.
    for_patient : bool
        Adds a paragraph in plain words for the patient, on page 1 where it has room for it.
    language : str
        Code of a language that has a catalogue; what people typed stays as it is.

    Returns
    -------
    bytes
        The same for the same content, whatever the clock says.
    """
    with speaking(language, _words_of_people(content)):
        return _written(content, page_size, form, appendix, for_patient)


def _words_of_people(content: ReportContent) -> frozenset[str]:
    """What stays as it is: whose report it is, notes, an impression of the reader's own, how papers are called."""
    own = content.impression if content.impression_by_reader else ()
    rows = (row.value for row in (*content.patient, *content.technique))
    notes = (" ".join(line.split()) for text in (content.notes, *own) for line in text.splitlines())
    papers = (reference.citation for reference in content.references)
    kept = {content.pseudonym, content.exam_date, content.notes, content.software, *own, *rows, *notes, *papers}
    return frozenset(kept - _words_of_the_program(content))


def _words_of_the_program(content: ReportContent) -> set[str]:
    """What stands among the patient's rows and was chosen from a list."""
    return {row.value for row in content.patient if row.label in CHOSEN_ROWS} | {""}


def _written(content: ReportContent, page_size: PageSize, form: Form, appendix: bool, for_patient: bool) -> bytes:
    prepare()
    buffer = BytesIO()
    document = _document(buffer, content, PAGE_SIZES[page_size])
    if not for_patient:
        content = replace(content, plain_words="")
    story = _short_story(content, document) if form == "short" else _story(content, document, appendix)
    document.build([NextPageTemplate("other"), *story], canvasmaker=_CountedCanvas)
    return buffer.getvalue()


def file_name(content: ReportContent) -> str:
    """A fixed pattern in ASCII without anything that names the patient.

    The date stands in it only as year, month and day; anything else is called undated.
    """
    date = content.exam_date if ISO_DATE.fullmatch(content.exam_date) else "undated"
    return f"ironreport_{date}_{NOT_HEX.sub('', content.report_id.lower())[:4] or '0000'}.pdf"


def _story(content: ReportContent, document: BaseDocTemplate, with_appendix: bool) -> list[Flowable]:
    """The answer, what page 1 has room for beside it, the organs, the rest."""
    first, later = _first_page((answer,), ON_PAGE_ONE, (), content, document)
    proof, *rest = SECTIONS
    after = [*rest, appendix_section] if with_appendix else rest
    return [*first, *proof(content, document.width), *later, *_lines(after, content, document.width)]


def _short_story(content: ReportContent, document: BaseDocTemplate) -> list[Flowable]:
    """The answer, what was asked for, what else one page has room for, and what it leaves out."""
    asked, *others = ON_PAGE_ONE
    return _first_page((answer, asked), others, (about_short_form,), content, document)[0]


def _first_page(
    begin: Iterable[Section],
    others: Iterable[Section],
    end: Iterable[Section],
    content: ReportContent,
    document: BaseDocTemplate,
) -> tuple[list[Flowable], list[Flowable]]:
    """Page 1 from its beginning to its end with as many others between them as have room, and those left over.

    Beginning and end are set smaller where they need it; where even that is not enough, they run on.
    """
    width, height = document.width, float(document.pagesize[1]) - TOP_OF_FIRST_PAGE - BOTTOM_OF_FIRST_PAGE
    whole = (*begin, *end)
    first, last = _lines(begin, content, width), _lines(end, content, width)
    if heights([*first, *last], width) > height:
        first, last = on_one_page(lambda w: _lines(whole, content, w), width, height, SCALES), []
    later: list[Flowable] = []
    for section in others:
        lines = section(content, width)
        (first if heights([*first, *lines, *last], width) <= height else later).extend(lines)
    return [*first, *last], later


def _lines(sections: Iterable[Section], content: ReportContent, width: float) -> list[Flowable]:
    return [line for section in sections for line in section(content, width)]


# ------------------------------------------------------------------------------------ the document


def _document(buffer: BytesIO, content: ReportContent, size: tuple[float, float]) -> BaseDocTemplate:
    document = BaseDocTemplate(
        buffer,
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        bottomMargin=BOTTOM,
        invariant=1,
        lang=spoken_here().code,
        title=said(DOCUMENT_TITLE),
        author=printable(content.software),
        subject="",
        creator=printable(content.software),
        initialFontName=REGULAR,
    )
    document.addPageTemplates(
        [
            _page("first", document, TOP_OF_FIRST_PAGE, BOTTOM_OF_FIRST_PAGE, partial(_draw_first, content)),
            _page("other", document, TOP_OF_OTHER_PAGES, BOTTOM, partial(_draw_header_and_footer, content)),
        ]
    )
    return document


def _page(name: str, document: BaseDocTemplate, top: float, bottom: float, draw: object) -> PageTemplate:
    height = document.pagesize[1] - top - bottom
    frame = Frame(MARGIN, bottom, document.width, height, 0, 0, 0, 0, id=name)
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


def _draw_first(content: ReportContent, canvas: Canvas, document: BaseDocTemplate) -> None:
    draw_signatures(canvas, MARGIN, BOTTOM, document.width)
    _draw_footer(content, canvas, document)


def _draw_header_and_footer(content: ReportContent, canvas: Canvas, document: BaseDocTemplate) -> None:
    left, right = MARGIN, document.pagesize[0] - MARGIN
    y = document.pagesize[1] - 11.5 * mm
    canvas.saveState()
    canvas.setFont(BOLD, 7.5)
    canvas.setFillColor(ACCENT)
    canvas.drawRightString(right, y, one_line(f"MRI IRON REPORT · {said(content.status).upper()}"))
    canvas.setFillColor(INK)
    name = fitting(one_line(content.pseudonym), BOLD, 7.5, 0.4 * document.width)
    canvas.drawString(left, y, name)
    canvas.setFont(REGULAR, 7.5)
    exam = one_line(f"exam {content.exam_date or 'undated'} · report {content.report_id}")
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
    sentence = simpleSplit(printable(content.not_a_device, NOTE_LIMIT), REGULAR, FOOTER_SIZE, document.width)
    canvas.drawString(left, y + 10, in_page_order(sentence[0]) if sentence else "")
    canvas.setFillColor(GREY)
    versions = f"{content.software} · knowledge {content.knowledge_version} · reviewed {content.reviewed}"
    canvas.drawString(left, y, fitting(one_line(versions), REGULAR, FOOTER_SIZE, document.width - 80))
    canvas.drawString(left, y - 9, fitting(one_line(not_reviewed()), REGULAR, FOOTER_SIZE, document.width))
    digits = canvas.stringWidth("00", REGULAR, FOOTER_SIZE)
    page = one_line(f"page {canvas.getPageNumber()} of")
    if right_to_left():
        canvas.drawRightString(right, y, page)
        canvas.translate(right - canvas.stringWidth(f"{page} ", REGULAR, FOOTER_SIZE) - digits, y)
    else:
        canvas.drawRightString(right - digits, y, f"{page} ")
        canvas.translate(right - digits, y)
    canvas.doForm(TOTAL)
    canvas.restoreState()


def _hairline(canvas: Canvas, left: float, right: float, y: float) -> None:
    canvas.setStrokeColor(HAIRLINE)
    canvas.setLineWidth(HAIR)
    canvas.line(left, y, right, y)
