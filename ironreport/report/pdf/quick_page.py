"""A printed number answered on one sheet: first line, every calibration, next scan, and each source by number."""

from __future__ import annotations

import re
from functools import partial
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer

from ironreport.language import ENGLISH, said, speaking, spoken_here
from ironreport.language.speech import not_reviewed
from ironreport.report.content import CitedText, Reference, Row
from ironreport.report.pdf.scaled import on_one_page
from ironreport.report.pdf.style import (
    ACCENT,
    BODY,
    BULLET,
    CRITICAL,
    CRITICAL_PANEL,
    CRITICAL_TITLE,
    GREY,
    GREY_HEX,
    GUTTER,
    HEADLINE_WORDS,
    HOSPITAL,
    INK,
    LABEL,
    MARGIN,
    MUTED,
    MUTED_RIGHT,
    NUMBERED,
    SMALL,
    SMALL_BOLD,
    TITLE,
    WHOLE,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import (
    NOTE_LIMIT,
    REGULAR,
    Paragraph,
    fitting,
    one_line,
    paragraph,
    prepare,
    printable,
    safe,
)
from ironreport.report.quick_answer import QuickAnswer
from ironreport.report.statuses import status_of

SIZES: dict[str, tuple[float, float]] = {"A4": A4, "Letter": LETTER}
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
TOP, BOTTOM = 13 * mm, 18 * mm
FOOTER_SIZE = 6.3
COLUMNS = ("Calibration", "R2* behind it, s⁻¹", "LIC, mg/g", "Class", "Gives the printed LIC", "Sources")
SHARES = (0.36, 0.15, 0.11, 0.14, 0.14, 0.1)
NOT_A_REPORT = "Numbers typed from another report. Nothing was measured here."
NOT_HEX = re.compile(r"[^0-9a-f]", re.ASCII)


def write_quick_pdf(answer: QuickAnswer, page_size: str = "A4", language: str = ENGLISH) -> bytes:
    """One page with the answer, as PDF with embedded fonts; the same bytes for the same answer.

    Parameters
    ----------
    page_size : {"A4", "Letter"}
    language : str
        Code of a language that has a catalogue.
    """
    with speaking(language):
        return _written(answer, page_size)


def _written(answer: QuickAnswer, page_size: str) -> bytes:
    prepare()
    buffer = BytesIO()
    document = BaseDocTemplate(
        buffer, pagesize=SIZES[page_size], leftMargin=MARGIN, rightMargin=MARGIN, bottomMargin=BOTTOM, invariant=1,
        lang=spoken_here().code, title=said("Quick check of a printed number"), subject="",
        author=printable(answer.content.software), creator=printable(answer.content.software), initialFontName=REGULAR,
    )  # fmt: skip
    height = document.pagesize[1] - TOP - BOTTOM
    frame = Frame(MARGIN, BOTTOM, document.width, height, 0, 0, 0, 0, id="sheet")
    footer: Any = partial(_footer, answer)
    document.addPageTemplates([PageTemplate(id="sheet", frames=[frame], onPage=footer)])
    document.build(on_one_page(partial(_sheet, answer), document.width, height, SCALES))
    return buffer.getvalue()


def quick_file_name(answer: QuickAnswer) -> str:
    """A name that names nobody: a fixed word and four characters of the answer's fingerprint."""
    return f"ironreport_quick_check_{NOT_HEX.sub('', answer.quick_id)[:4] or '0000'}.pdf"


# ------------------------------------------------------------------------------------- the sheet


def _sheet(answer: QuickAnswer, width: float) -> list[Flowable]:
    return [
        _masthead(answer, width),
        *_critical(answer, width),
        Spacer(1, 7),
        Paragraph(safe(answer.first, NOTE_LIMIT), HEADLINE_WORDS),
        *_because(answer),
        *_next_scan(answer),
        *_questions(answer),
        *_calibrations(answer, width),
        *_typed(answer, width),
        *_cited_section("Prompts", _not_critical(answer), "from published sources, not orders"),
        *_limits(answer),
        *_references(answer.references),
        *_signature(answer, width),
    ]


def _because(answer: QuickAnswer) -> list[Flowable]:
    """By what the first line holds, with the sources of its numbers, and who says otherwise."""
    used = " ".join(row.marks for row in answer.rows if row.is_used)
    marks = " ".join(dict.fromkeys(m for m in (used, answer.card.ladder_marks, answer.card.calibration_marks) if m))
    grey = f' <font size="6.6" color="{GREY_HEX}">{safe(marks)}</font>' if marks else ""
    lines = [Paragraph(f"{safe(answer.because, NOTE_LIMIT)}{grey}", BODY)] if answer.because else []
    return [*lines, *([Paragraph(safe(answer.otherwise, NOTE_LIMIT), BODY)] if answer.otherwise else [])]


def _not_critical(answer: QuickAnswer) -> tuple[CitedText, ...]:
    """Prompts that do not stand in the critical box already."""
    said = {line.text for line in answer.critical}
    return tuple(line for line in answer.prompts if line.text not in said)


def _masthead(answer: QuickAnswer, width: float) -> Flowable:
    hospital = answer.content.hospital
    left: list[Flowable] = [paragraph(hospital, HOSPITAL)] if hospital else []
    left.append(Paragraph(safe(NOT_A_REPORT), MUTED))
    right = [
        Paragraph("QUICK CHECK", TITLE),
        Paragraph(f"of a printed number &nbsp;·&nbsp; {safe(answer.quick_id)}", MUTED_RIGHT),
    ]
    return flush_table([[left, right]], [width * 0.56, width * 0.44], *padded(0, 5), rule_below(0, 0, ACCENT, 1.1))


def _critical(answer: QuickAnswer, width: float) -> list[Flowable]:
    if not answer.critical:
        return []
    title = f"CRITICAL: {answer.card.name.lower()} {answer.card.headline}" if answer.card.critical else "CRITICAL"
    lines = [
        Paragraph(safe(title), CRITICAL_TITLE),
        *[Paragraph(_markup(line), BODY) for line in answer.critical],
        Paragraph(safe(answer.content.informed, NOTE_LIMIT), SMALL),
    ]
    frame = [("BACKGROUND", *WHOLE, CRITICAL_PANEL), ("BOX", *WHOLE, 0.8, CRITICAL), ("LEFTPADDING", *WHOLE, 6)]
    return [Spacer(1, 6), flush_table([[lines]], [width], *padded(4, 5), *frame)]


def _markup(line: CitedText) -> str:
    """A sentence, then in grey how much of its source was read and its reference numbers."""
    status = f"({status_of(line.evidence)})" if line.rule and line.evidence else ""
    beside = " ".join(part for part in (status, line.marks) if part)
    text = safe(line.text, NOTE_LIMIT)
    return f'{text} <font size="6.6" color="{GREY_HEX}">{safe(beside)}</font>' if beside else text


def _cited_section(title: str, lines: tuple[CitedText, ...], beside: str = "") -> list[Flowable]:
    if not lines:
        return []
    return [*section(title, beside), *[Paragraph(_markup(line), BULLET, bulletText="–") for line in lines]]


def _next_scan(answer: QuickAnswer) -> list[Flowable]:
    ours = _cited_section("Next scan", answer.next_scan)
    theirs = _cited_section("Next scan by the other report", answer.theirs, "as it was typed")
    return [*ours, *theirs, Paragraph(safe(answer.content.physician_decides, NOTE_LIMIT), MUTED)]


def _questions(answer: QuickAnswer) -> list[Flowable]:
    """What is not known and would change the interval."""
    lines = [f"{q.label} ({q.effect})" for q in answer.questions]
    lines += [f"Not measured: {', '.join(answer.also_open)}"] if answer.also_open else []
    if not lines:
        return []
    return [
        *section("What would change it", "not known when this was printed"),
        *[Paragraph(safe(line, NOTE_LIMIT), BULLET, bulletText="–") for line in lines],
    ]


def _calibrations(answer: QuickAnswer, width: float) -> list[Flowable]:
    if not answer.rows:
        return _basis(answer)
    head = [Paragraph(safe(title), LABEL) for title in COLUMNS]
    rows = []
    for row in answer.rows:
        style = SMALL_BOLD if row.is_used else SMALL
        cells = (row.label, row.r2star, row.lic, row.class_word or "–", row.gives_printed, row.marks)
        rows.append([Paragraph(safe(cell), style) for cell in cells])
    table = flush_table([head, *rows], [share * width for share in SHARES], *padded(1.2, 1.6), rule_below(0, -2))
    beside = "the one the first line uses in bold" if any(row.is_used for row in answer.rows) else ""
    return [*section("The same number under every enabled calibration", beside), table, *_basis(answer)]


def _basis(answer: QuickAnswer) -> list[Flowable]:
    """Where class limits and error come from."""
    card = answer.card
    ladder = f"Class limits: {card.ladder} {card.ladder_marks}." if card.ladder else ""
    error = f"95 %: repeatability {card.calibration_marks}." if card.calibration_marks else ""
    line = " ".join(part for part in (ladder, error) if part)
    return [Paragraph(safe(line, NOTE_LIMIT), MUTED)] if line else []


def _typed(answer: QuickAnswer, width: float) -> list[Flowable]:
    """What was typed and what was known of the patient, side by side."""
    half = (width - GUTTER) / 2
    left, right = _rows(answer.printed, half), _rows(answer.known, half)
    beside = "the source of these numbers is that report"
    return [
        *section("What was typed from the other report, and what was known", beside),
        flush_table([[left, "", right]], [half, GUTTER, half], gap=0),
    ]


def _rows(rows: tuple[Row, ...], width: float) -> Flowable:
    cells = [[Paragraph(safe(r.label), LABEL), paragraph(r.value, SMALL)] for r in rows]
    return flush_table(cells, [0.4 * width, 0.6 * width], *padded(0.8, 1.2))


def _limits(answer: QuickAnswer) -> list[Flowable]:
    content = answer.content
    lines = dict.fromkeys((*answer.doubts, *content.local.lines, *content.local.local_limits, *content.limitations))
    return [
        *section("Limits"),
        *[Paragraph(safe(line, NOTE_LIMIT), SMALL) for line in lines],
    ]


def _references(references: tuple[Reference, ...]) -> list[Flowable]:
    if not references:
        return []
    entries = [Paragraph(_reference(r), NUMBERED, bulletText=f"[{r.number}]") for r in references]
    return [*section("Sources", "what was read of each stands in grey"), *entries]


def _reference(reference: Reference) -> str:
    citation = safe(reference.citation, NOTE_LIMIT).rstrip(". ")
    doi = f" doi: {safe(reference.doi)}." if reference.doi else ""
    return f'{citation}.{doi} <font color="{GREY_HEX}">{safe(reference.read)}</font>'


def _signature(answer: QuickAnswer, width: float) -> list[Flowable]:
    cells = [[Paragraph(label, LABEL) for label in ("Reader: name and role", "Signature", "Date and time")]]
    thirds = [width / 3] * 3
    return [
        Spacer(1, 6),
        Paragraph(safe(answer.content.disclaimer, NOTE_LIMIT), MUTED),
        flush_table(cells, thirds, *padded(4, 14), rule_below(0, 0, INK)),
    ]


def _footer(answer: QuickAnswer, canvas: Canvas, document: BaseDocTemplate) -> None:
    content, y = answer.content, 9.5 * mm
    canvas.saveState()
    canvas.setFont(REGULAR, FOOTER_SIZE)
    canvas.setFillColor(INK)
    canvas.drawString(MARGIN, y + 10, fitting(one_line(content.not_a_device), REGULAR, FOOTER_SIZE, document.width))
    canvas.setFillColor(GREY)
    versions = f"{content.software} · knowledge {content.knowledge_version} · reviewed {content.reviewed}"
    canvas.drawString(MARGIN, y, fitting(one_line(versions), REGULAR, FOOTER_SIZE, document.width))
    canvas.drawString(MARGIN, y - 9, fitting(one_line(not_reviewed()), REGULAR, FOOTER_SIZE, document.width))
    canvas.restoreState()
