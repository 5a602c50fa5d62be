"""One organ on paper: the answer with its band bar, the decay chart with its fit, doubts, sentences, tests."""

from __future__ import annotations

from collections.abc import Iterable

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Paragraph, Spacer

from ironreport.report.content import Card, Row
from ironreport.report.pdf.decay_chart import DecayChart
from ironreport.report.pdf.drawings import Bookmark, Chip, FullBandBar, HatchedNotice
from ironreport.report.pdf.first_page import bullets, cited_markup
from ironreport.report.pdf.outlined_picture import OutlinedPicture
from ironreport.report.pdf.style import (
    ACCENT,
    BODY,
    BULLET_BOLD,
    GREY_HEX,
    GUTTER,
    HAIR,
    HAIRLINE,
    HEADLINE,
    HEADLINE_WORDS,
    INK,
    LABEL,
    MUTED,
    MUTED_RIGHT,
    ORGAN,
    PANEL,
    SECTION,
    SMALL,
    SMALL_BOLD,
    WHOLE,
    flush_table,
    outline,
    padded,
    rule_below,
)
from ironreport.report.pdf.typeset import BOLD, NOTE_LIMIT, REGULAR, SENTENCES_LIMIT, one_line, prepare, safe

ANSWER_SHARE = 0.34
CHART_SHARE = 0.58
PANEL_PADDING = 8.0
BESIDE_CHART_HEIGHT = 310.0
"""Above this height [pt] the fit table stands below the chart, not beside it."""
PICTURE_SHARE = 0.27
PICTURE_HEIGHT = 150.0
BESIDE_PICTURE_HEIGHT = 240.0
"""Above this height [pt] the lines stand below the picture, not beside it."""


def organ_block(card: Card, width: float) -> list[Flowable]:
    """All of one organ, on one page where it has the room."""
    prepare()
    answer = [
        Bookmark(card.name, f"organ-{card.organ}"),
        Spacer(1, 6),
        HRFlowable(width="100%", thickness=1.1, color=ACCENT, spaceBefore=0, spaceAfter=3),
        _title(card, width),
        _answer(card, width),
        *_beside_picture(card, width),
    ]
    proof = _chart_and_fit(card, width)
    words = [*_listed("Cautions", card.cautions), *_sentences(card), *_tests(card), *_listed("Caveats", card.caveats)]
    whole: list[Flowable] = [*answer, *proof, *words]
    return [KeepTogether(whole)]


def _title(card: Card, width: float) -> Flowable:
    name = Paragraph(safe(card.name), ORGAN)
    where = Paragraph(safe(card.where, SENTENCES_LIMIT), MUTED)
    standing = f"{card.standing}{', provisional classes' if card.provisional else ''}"
    right = Paragraph(safe(standing), MUTED_RIGHT)
    name_width = min(0.4 * width, stringWidth(one_line(card.name), BOLD, ORGAN.fontSize) + 14)
    widths = (name_width, 0.78 * width - name_width, 0.22 * width)
    return flush_table([[name, where, right]], widths, ("TOPPADDING", (1, 0), (-1, -1), 5.2))


# --------------------------------------------------------------------------------------- the answer


def _answer(card: Card, width: float) -> Flowable:
    dash = outline(card.standing, card.provisional)
    left_width = ANSWER_SHARE * width
    right_width = width - left_width
    room = right_width - 2 * PANEL_PADDING
    look = [
        ("BACKGROUND", *WHOLE, PANEL),
        ("BOX", *WHOLE, 0.9 if dash else HAIR, INK if dash else HAIRLINE, "butt", list(dash) or None),
        ("VALIGN", *WHOLE, "MIDDLE"),
        ("LEFTPADDING", *WHOLE, PANEL_PADDING),
        ("RIGHTPADDING", *WHOLE, PANEL_PADDING),
    ]
    cells = [[_headline(card, dash), _bar(card, room, dash)]]
    return flush_table(cells, [left_width, right_width], *look, *padded(7, 7))


def _headline(card: Card, dash: tuple[float, ...]) -> list[Flowable]:
    interval = [Paragraph(safe(card.interval), BODY)] if card.interval else []
    chip = Chip(card.class_word or "no class", card.severity, dash, size=8.5)
    return [_number(card), *interval, Spacer(1, 5), chip]


def _number(card: Card) -> Paragraph:
    """The headline; where its unit is known the number stands out from it."""
    unit = card.band.unit if card.band else ""
    if not (unit and card.headline.endswith(unit)):
        return Paragraph(safe(card.headline), HEADLINE_WORDS)
    number = card.headline.removesuffix(unit).strip()
    return Paragraph(f'{safe(number)} <font name="{REGULAR}" size="8.3">{safe(unit)}</font>', HEADLINE)


def _bar(card: Card, width: float, dash: tuple[float, ...]) -> list[Flowable]:
    why = [Paragraph(safe(text, SENTENCES_LIMIT), BODY) for text in card.absence]
    if card.band is not None:
        return [FullBandBar(card.band, width, dash), *why]
    return [HatchedNotice("no class is given", width), Spacer(1, 4), *why]


def _measured(card: Card) -> list[Flowable]:
    pairs = (
        ("Measured", card.measured),
        ("Calibration", f"{card.calibration} {card.calibration_marks}".strip()),
        ("Classes", f"{card.ladder} {card.ladder_marks}".strip()),
        ("Other calibrations", card.other_calibrations),
    )
    parts = [f'<font color="{GREY_HEX}">{label}:</font> {safe(text, NOTE_LIMIT)}' for label, text in pairs if text]
    return [Spacer(1, 3), *(Paragraph(part, SMALL) for part in parts)]


def _flags(card: Card) -> list[Flowable]:
    return [Spacer(1, 3), *(Paragraph(safe(f, NOTE_LIMIT), BULLET_BOLD, bulletText="▪") for f in card.flags)]


def _beside_picture(card: Card, width: float) -> list[Flowable]:
    """Where it was measured, and beside it what was measured and what each calibration makes of it."""
    if card.picture is None:
        closed = [Paragraph(safe(card.no_picture), MUTED)] if card.no_picture else []
        return [*_measured(card), *closed, *_flags(card), *_calibrations(card, width)]
    picture_width = PICTURE_SHARE * width
    beside = width - picture_width - GUTTER
    picture = OutlinedPicture(card.picture, picture_width, PICTURE_HEIGHT)
    seen = [Spacer(1, 4), picture, Paragraph(safe(card.picture.caption), LABEL)]
    lines = [*_measured(card), *_flags(card), *_calibrations(card, beside)]
    if sum(line.wrap(beside, 10_000)[1] for line in lines) > BESIDE_PICTURE_HEIGHT:
        return [*seen, *_measured(card), *_flags(card), *_calibrations(card, width)]
    return [flush_table([[seen, "", lines]], [picture_width, GUTTER, beside], gap=0)]


# ---------------------------------------------------------------------------------------- the proof


def _chart_and_fit(card: Card, width: float) -> list[Flowable]:
    if card.decay is None:
        return _fit_table(card.fit_rows, width)
    chart_width = CHART_SHARE * width
    beside = width - chart_width - GUTTER
    fit = _fit_table(card.fit_rows, beside)
    if sum(part.wrap(beside, 10_000)[1] for part in fit) > BESIDE_CHART_HEIGHT:
        return [Spacer(1, 6), DecayChart(card.decay, width), *_fit_table(card.fit_rows, width)]
    cells = [[DecayChart(card.decay, chart_width), "", fit]]
    return [Spacer(1, 6), flush_table(cells, [chart_width, GUTTER, beside], gap=0)]


def _fit_table(rows: Iterable[Row], width: float) -> list[Flowable]:
    return _rows_table("Fit", [(row, False) for row in rows], width, 0.38 if width < 300 else 0.22)


def _calibrations(card: Card, width: float) -> list[Flowable]:
    rows = [(row, bool(card.calibration) and card.calibration.startswith(row.label)) for row in card.calibration_rows]
    table = _rows_table("Iron by each calibration of this field", rows, width, 0.3)
    return [Spacer(1, 4), *table] if table else []


def _rows_table(title: str, rows: list[tuple[Row, bool]], width: float, share: float) -> list[Flowable]:
    """Label and value in two columns under a heading; a marked row is the one that was used."""
    if not rows:
        return []
    lines = [[_cell(row.label, used), _cell(row.value, used)] for row, used in rows]
    widths = [share * width, (1 - share) * width]
    table = flush_table(lines, widths, *padded(1.6, 1.8), rule_below(0, -2, thickness=0.3), splitInRow=1)
    return [_small_heading(title), table]


def _cell(text: str, used: bool) -> Paragraph:
    return Paragraph(safe(text, NOTE_LIMIT), SMALL_BOLD if used else SMALL)


def _small_heading(title: str) -> Paragraph:
    heading = Paragraph(safe(title), SECTION)
    heading.keepWithNext = 1
    return heading


# ---------------------------------------------------------------------------------------- the words


def _listed(title: str, texts: Iterable[str]) -> list[Flowable]:
    found = bullets(texts)
    return [Spacer(1, 5), _small_heading(title), *found] if found else []


def _sentences(card: Card) -> list[Flowable]:
    if not card.sentences:
        return []
    lines = [Paragraph(cited_markup(s), BODY) for s in card.sentences]
    return [Spacer(1, 5), _small_heading("Interpretation"), *lines]


def _tests(card: Card) -> list[Flowable]:
    if not card.tests:
        return []
    tests = safe(" · ".join(card.tests), NOTE_LIMIT)
    return [Spacer(1, 5), _small_heading("Tests to correlate"), Paragraph(tests, BODY)]
