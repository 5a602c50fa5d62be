"""One organ on paper: its decay chart, and beside it what was measured, how, and what it means."""

from __future__ import annotations

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Spacer

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
    SMALL,
    STRONG,
    flush_table,
    outline,
)
from ironreport.report.pdf.typeset import BOLD, NOTE_LIMIT, SENTENCES_LIMIT, Paragraph, one_line, prepare, safe

MOST_TITLE_SHARE = 0.58
CHART_SHARE = 0.47
PICTURE_SHARE = 0.19
PICTURE_HEIGHT = 115.0


def organs(content: ReportContent, width: float) -> list[Flowable]:
    """The proof behind each result, one organ after the other."""
    return [line for card in content.cards for line in organ_block(card, width)]


def organ_block(card: Card, width: float) -> list[Flowable]:
    """One organ, kept on one page where it has the room; its cautions stand with the answer."""
    prepare()
    rule = HRFlowable(width="100%", thickness=0.9, color=ACCENT, spaceBefore=0, spaceAfter=2)
    head: list[Flowable] = [Bookmark(card.name, f"organ-{card.organ}"), Spacer(1, 6), rule, _title(card, width)]
    return [KeepTogether([*head, *_body(card, width)])]


def _title(card: Card, width: float) -> Flowable:
    """What page 1 says of the organ, the number broken last."""
    interval = f" ({card.interval})" if card.interval else ""
    said = f"{card.name}: {card.headline}{interval}"
    line_width = stringWidth(one_line(said, SENTENCES_LIMIT), BOLD, STRONG.fontSize) + 14
    value_width = min(line_width, MOST_TITLE_SHARE * width)
    chip = Chip(card.class_word or "no class", card.severity, outline(card.standing, card.provisional), size=6.6)
    cells = [[Paragraph(safe(said, SENTENCES_LIMIT), STRONG), chip]]
    return flush_table(cells, [value_width, width - value_width], ("VALIGN", (0, 0), (-1, -1), "MIDDLE"))


def _body(card: Card, width: float) -> list[Flowable]:
    """Chart, words and picture side by side; words that would make them higher stand below in the whole width."""
    words, pictured = _words(card), card.picture is not None
    if card.decay is None:
        return [*words, *_picture(card, width)]
    picture_width = PICTURE_SHARE * width if pictured else 0.0
    chart = DecayChart(card.decay, CHART_SHARE * width - picture_width / 2)
    beside_width = width - chart.width - GUTTER - (picture_width + GUTTER if pictured else 0.0)
    beside, below = _parted(words, beside_width, chart.height)
    cells: list[object] = [chart, "", beside]
    columns = [chart.width, GUTTER, beside_width]
    if pictured:
        cells, columns = [*cells, "", _picture(card, picture_width)], [*columns, GUTTER, picture_width]
    return [flush_table([cells], columns, gap=0), *below]


def _parted(lines: list[Flowable], width: float, height: float) -> tuple[list[Flowable], list[Flowable]]:
    """Those that a column holds, and those left over."""
    held: list[Flowable] = []
    left: list[Flowable] = []
    for line in lines:
        (held if heights([*held, line], width) <= height else left).append(line)
    return held, left


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
        ("Acquired", "; ".join(part for part in (card.where, card.acquisition) if part)),
        ("Fit", card.fit_summary),
        ("Tests to correlate", " · ".join(card.tests)),
    )
    lines = [
        f'<font color="{GREY_HEX}">{safe(label)}:</font> {safe(text, NOTE_LIMIT)}' for label, text in pairs if text
    ]
    closed = [Paragraph(safe(card.no_picture), MUTED)] if card.no_picture else []
    return [*said, *([Spacer(1, 2)] if said else []), *(Paragraph(line, SMALL) for line in lines), *closed]
