"""Page 1: whose report it is, what is critical, the impression, all organs at a glance, the next scan."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Image, Spacer

from ironreport.language.beside_unit import NO_BREAK
from ironreport.report.content import Card, Change, CitedText, Logo, ReportContent, Row
from ironreport.report.pdf.drawings import Bookmark, Chip, HatchedNotice, SmallBandBar
from ironreport.report.pdf.style import (
    ACCENT,
    BODY,
    BULLET,
    CRITICAL,
    CRITICAL_PANEL,
    CRITICAL_TITLE,
    CRITICAL_VALUE,
    GREY_HEX,
    GUTTER,
    HOSPITAL,
    LABEL,
    MUTED,
    MUTED_RIGHT,
    SMALL_BOLD,
    SMALL_BULLET,
    STRONG,
    TITLE,
    TITLE_LEFT,
    WHOLE,
    Command,
    flush_table,
    outline,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, SENTENCES_LIMIT, Paragraph, note, paragraph, safe
from ironreport.report.statuses import status_of

GRID_COLUMNS = 4
CHARACTERS_IN_COLUMN = 22
"""A longer patient row takes two columns of the grid, and one of more than twice as many all of them."""
SUMMARY = (
    "Organ",
    "Value",
    "95 % interval",
    "Class",
    "Best to worst; grey: other calibrations",
)
SUMMARY_SHARES = (0.13, 0.26, 0.12, 0.235, 0.255)
SUMMARY_SHARES_WITH_CHANGE = (0.12, 0.23, 0.12, 0.2, 0.17, 0.16)
BAR_GAP = 6.0
LOGO_HEIGHT = 18 * mm
LOGO_WIDTH = 45 * mm
"""The box a logo is fitted into: the hospital's name keeps at least half of its column."""


def answer(content: ReportContent, width: float) -> list[Flowable]:
    """Who it is about and what was found, from the head of the page to the next scan."""
    return [
        Bookmark("Summary", "summary"),
        _masthead(content, width),
        Spacer(1, 5),
        _patient_grid(content, width),
        *_critical_box(content, width),
        *_impression(content),
        *_results(content, width),
        *_doubts(content),
        *_next_scan(content),
    ]


def cited_markup(cited: CitedText, grey: str = GREY_HEX) -> str:
    """A sentence, then in grey how much of its source was read and its reference numbers."""
    status = f"({status_of(cited.evidence)})" if cited.rule and cited.evidence else ""
    beside = " ".join(part for part in (status, cited.marks) if part)
    text = safe(cited.text, NOTE_LIMIT)
    together = safe(beside).replace(" ", NO_BREAK)
    return f'{text} <font size="6.6" color="{grey}">{together}</font>' if beside else text


def bullets(texts: Iterable[str], style: str = "body") -> list[Flowable]:
    """A plain list of outside texts."""
    chosen = BULLET if style == "body" else SMALL_BULLET
    return [Paragraph(safe(text, NOTE_LIMIT), chosen, bulletText="–") for text in texts]


# ------------------------------------------------------------------------------------ who and when


def _masthead(content: ReportContent, width: float) -> Flowable:
    """Hospital and title; without a name of the hospital the title takes its place."""
    status = f"<b>{safe(content.status).upper()}</b> &nbsp;·&nbsp; report {safe(content.report_id)}"
    left: list[Flowable] = [paragraph(content.hospital, HOSPITAL)]
    right: list[Flowable] = [Paragraph("MRI IRON REPORT", TITLE), Paragraph(status, MUTED_RIGHT)]
    if not content.hospital.strip():
        left, right = [Paragraph("MRI IRON REPORT", TITLE_LEFT)], [Spacer(1, 6), Paragraph(status, MUTED_RIGHT)]
    cells, widths = [left, right], [width * 0.56, width * 0.44]
    if content.local.logo is not None:
        logo = _logo(content.local.logo)
        used = logo.drawWidth + GUTTER
        cells, widths = [[logo], left, right], [used, widths[0] - used, widths[1]]
    return flush_table([cells], widths, *padded(0, 5), rule_below(0, 0, ACCENT, 1.1))


def _logo(logo: Logo) -> Image:
    """The picture as large as its box allows; the bytes were read and checked with the settings."""
    scale = min(LOGO_WIDTH / logo.width_px, LOGO_HEIGHT / logo.height_px)
    return Image(BytesIO(logo.png), scale * logo.width_px, scale * logo.height_px)


def _patient_grid(content: ReportContent, width: float) -> Flowable:
    rows = content.patient
    if content.pseudonym and content.pseudonym not in {row.value for row in rows}:
        rows = (*rows[:1], Row("Pseudonym", content.pseudonym), *rows[1:])
    lines, spans = _packed(rows)
    widths = [width / GRID_COLUMNS] * GRID_COLUMNS
    return flush_table(lines, widths, *padded(0, 3), *spans, splitInRow=1)


def _packed(rows: Iterable[Row]) -> tuple[list[list[object]], list[Command]]:
    """Cells of the grid line by line in the given order, and the spans of the wide ones."""
    lines: list[list[object]] = [[]]
    spans: list[Command] = []
    for row in rows:
        n_columns = _columns_for(row.value)
        if len(lines[-1]) + n_columns > GRID_COLUMNS:
            lines.append([])
        first, line = len(lines[-1]), len(lines) - 1
        spans.append(("SPAN", (first, line), (first + n_columns - 1, line)))
        cell = [Paragraph(safe(row.label), LABEL), paragraph(row.value, BODY, SENTENCES_LIMIT)]
        lines[-1] += [cell, *[""] * (n_columns - 1)]
    return [line + [""] * (GRID_COLUMNS - len(line)) for line in lines], spans


def _columns_for(value: str) -> int:
    if len(value) <= CHARACTERS_IN_COLUMN:
        return 1
    return 2 if len(value) <= 2.2 * CHARACTERS_IN_COLUMN else GRID_COLUMNS


# ------------------------------------------------------------------------------ the answer at once


def _critical_box(content: ReportContent, width: float) -> list[Flowable]:
    if not content.critical:
        return []
    lines = [[Paragraph("CRITICAL RESULT", CRITICAL_TITLE)]]
    lines += [[Paragraph(safe(value, NOTE_LIMIT), CRITICAL_VALUE)] for value in content.critical_values]
    lines += [[Paragraph(cited_markup(c), BODY)] for c in content.critical]
    lines += [[Paragraph(safe(content.informed, NOTE_LIMIT), BODY)]]
    look = [
        ("BOX", *WHOLE, 1.2, CRITICAL, "butt"),
        ("LINEBEFORE", (0, 0), (0, -1), 5, CRITICAL, "butt"),
        ("BACKGROUND", *WHOLE, CRITICAL_PANEL),
        ("LEFTPADDING", *WHOLE, 12),
        ("RIGHTPADDING", *WHOLE, 8),
    ]
    room = [*padded(1, 1), *padded(5, 1, 0, 0), *padded(6, 6, -1, -1)]
    return [Spacer(1, 8), flush_table(lines, [width], *look, *room, splitInRow=1)]


def _impression(content: ReportContent) -> list[Flowable]:
    by_reader = "written by the reader"
    if content.impression_outdated:
        by_reader = "written by the reader; the findings changed since: read it against the results below"
    generated = "generated from the findings, to be edited by the reader"
    lines = note("\n".join(content.impression), BODY) or [Paragraph("No impression.", MUTED)]
    return [*section("Impression", by_reader if content.impression_by_reader else generated), *lines]


def _results(content: ReportContent, width: float) -> list[Flowable]:
    """One line for each organ; with an earlier result also what became of it."""
    changes = {change.organ: change for change in content.changes}
    shares = SUMMARY_SHARES_WITH_CHANGE if changes else SUMMARY_SHARES
    names = (*SUMMARY, "Change") if changes else SUMMARY
    widths = [share * width for share in shares]
    head: list[object] = [Paragraph(name, LABEL) for name in names]
    rows = [head]
    for card in content.cards:
        change = [_change_cell(changes.get(card.organ))] if changes else []
        rows.append([*_result_row(card, widths), *change])
    look = [*padded(0, 2, 0, 0), *padded(3, 3, 1), ("VALIGN", (0, 1), (-1, -1), "MIDDLE"), rule_below(0, -1)]
    table = flush_table(rows, widths, *look, repeatRows=1)
    shown = table if content.cards else Paragraph("No organ was measured.", MUTED)
    return [*section("Results"), shown, *_not_assessed(content)]


def _result_row(card: Card, widths: list[float]) -> list[object]:
    dash, bar_width = outline(card.standing, card.provisional), widths[4] - BAR_GAP
    bar = SmallBandBar(card.band, bar_width, dash) if card.band else HatchedNotice("", bar_width, height=7)
    interval = card.interval.partition(";")[0]  # a limit is no interval, and its reason stands on the organ's page
    interval = interval if interval.endswith("limit") else interval.removeprefix("95 %").strip() or "–"
    return [
        _name_and_standing(card),
        Paragraph(safe(card.headline), BODY),
        Paragraph(safe(interval), BODY),
        Chip(card.class_word or "no class", card.severity, dash, size=7),
        bar,
    ]


def _change_cell(change: Change | None) -> list[Flowable]:
    """The verdict in words and the date it looks back to."""
    if change is None:
        return [Paragraph("no earlier result", LABEL)]
    return [Paragraph(safe(change.word or change.verdict), SMALL_BOLD), Paragraph(f"since {safe(change.since)}", LABEL)]


def _name_and_standing(card: Card) -> list[Flowable]:
    marks = ("research level" if card.standing == "research" else "", "provisional" if card.provisional else "")
    standing = ", ".join(mark for mark in marks if mark)
    return [Paragraph(safe(card.name), STRONG), *([Paragraph(standing, LABEL)] if standing else [])]


def _not_assessed(content: ReportContent) -> list[Flowable]:
    if not content.not_assessed:
        return []
    organs = " · ".join(content.not_assessed)
    text = f"{safe(organs, NOTE_LIMIT)}: {safe(content.not_assessed_text or 'not assessed', NOTE_LIMIT)}"
    return [Spacer(1, 3), Paragraph(text, MUTED)]


def _doubts(content: ReportContent) -> list[Flowable]:
    """Every caution that bears on a result; the short form carries them too."""
    lines = [
        Paragraph(f"<b>{safe(row.label)}:</b> {safe(row.value, NOTE_LIMIT)}", SMALL_BULLET, bulletText="▪")
        for row in content.doubts
    ]
    return [*section("Cautions"), *lines] if lines else []


# ------------------------------------------------------------------------------------- what follows


def _next_scan(content: ReportContent) -> list[Flowable]:
    if not content.next_scan:
        return []
    lines = [Paragraph(cited_markup(c), BODY) for c in content.next_scan]
    return [*section("Next scan"), *lines, Paragraph(safe(content.physician_decides, NOTE_LIMIT), MUTED)]
