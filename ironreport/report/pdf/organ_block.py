"""One organ on paper: its decay chart, and beside it what was measured, how, and what it means."""

from __future__ import annotations

from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Paragraph, Spacer

from ironreport.report.content import Card, ReportContent
from ironreport.report.pdf.decay_chart import DecayChart
from ironreport.report.pdf.drawings import Bookmark, Chip
from ironreport.report.pdf.first_page import cited_markup
from ironreport.report.pdf.outlined_picture import OutlinedPicture
from ironreport.report.pdf.scaled import heights
from ironreport.report.pdf.style import (
    ACCENT,
    GREY_HEX,
    GUTTER,
    LABEL,
    MUTED,
    MUTED_RIGHT,
    SMALL,
    STRONG,
    flush_table,
    outline,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, SENTENCES_LIMIT, safe

TITLE_SHARES = (0.47, 0.23, 0.3)
CHART_SHARE = 0.47
PICTURE_SHARE = 0.2
PICTURE_HEIGHT = 120.0
BESIDE_CHART_HEIGHT = 300.0
"""Above this height [pt] the lines stand below the chart, not beside it."""


def organs(content: ReportContent, width: float) -> list[Flowable]:
    """The proof behind each result, one organ after the other."""
    return [line for card in content.cards for line in organ_block(card, width)]


def organ_block(card: Card, width: float) -> list[Flowable]:
    """One organ, kept on one page where it has the room; its cautions stand with the answer."""
    rule = HRFlowable(width="100%", thickness=0.9, color=ACCENT, spaceBefore=0, spaceAfter=2)
    head: list[Flowable] = [Bookmark(card.name, f"organ-{card.organ}"), Spacer(1, 6), rule, _title(card, width)]
    return [KeepTogether([*head, *_body(card, width)])]


def _title(card: Card, width: float) -> Flowable:
    """What page 1 says of the organ, and where it was measured."""
    interval = f" ({card.interval})" if card.interval else ""
    value = Paragraph(safe(f"{card.name}: {card.headline}{interval}", NOTE_LIMIT), STRONG)
    chip = Chip(card.class_word or "no class", card.severity, outline(card.standing, card.provisional), size=6.6)
    where = Paragraph(safe(card.where, SENTENCES_LIMIT), MUTED_RIGHT)
    return flush_table(
        [[value, chip, where]], [share * width for share in TITLE_SHARES], ("VALIGN", (0, 0), (-1, -1), "MIDDLE")
    )


def _body(card: Card, width: float) -> list[Flowable]:
    """Chart, words and picture side by side, or one below the other where the words are many."""
    words, picture_width = _words(card), PICTURE_SHARE * width if card.picture else 0.0
    if card.decay is None:
        return [*words, *_picture(card, width)]
    chart_width = CHART_SHARE * width - picture_width / 2
    columns = [chart_width, GUTTER, width - chart_width - GUTTER - (picture_width + GUTTER if card.picture else 0.0)]
    cells: list[object] = [DecayChart(card.decay, chart_width), "", words]
    if heights(words, columns[2]) > BESIDE_CHART_HEIGHT:
        return [DecayChart(card.decay, width), *_picture(card, width), *_words(card)]
    if card.picture:
        cells, columns = [*cells, "", _picture(card, picture_width)], [*columns, GUTTER, picture_width]
    return [flush_table([cells], columns, gap=0)]


def _picture(card: Card, width: float) -> list[Flowable]:
    if card.picture is None:
        return []
    return [OutlinedPicture(card.picture, width, PICTURE_HEIGHT), Paragraph(safe(card.picture.caption), LABEL)]


def _words(card: Card) -> list[Flowable]:
    """The sentence of the class, then how the number came about."""
    said: list[Flowable] = [Paragraph(cited_markup(s), SMALL) for s in card.sentences]
    pairs = (
        ("Measured", card.measured),
        ("Calibration", f"{card.calibration} {card.calibration_marks}".strip()),
        ("Other calibrations", card.other_calibrations),
        ("Classes", f"{card.ladder} {card.ladder_marks}".strip()),
        ("Acquired", card.acquisition),
        ("Fit", card.fit_summary),
        ("Tests to correlate", " · ".join(card.tests)),
    )
    lines = [f'<font color="{GREY_HEX}">{label}:</font> {safe(text, NOTE_LIMIT)}' for label, text in pairs if text]
    closed = [Paragraph(safe(card.no_picture), MUTED)] if card.no_picture else []
    return [*said, *([Spacer(1, 2)] if said else []), *(Paragraph(line, SMALL) for line in lines), *closed]
