"""The appendix, where it is asked for: every calibration and the whole fit of each organ, rule ids, versions."""

from __future__ import annotations

from reportlab.platypus import Flowable, KeepTogether, Spacer

from ironreport.report.content import Card, ReportContent, Row
from ironreport.report.pdf.drawings import Bookmark
from ironreport.report.pdf.style import (
    GUTTER,
    MUTED,
    SECTION,
    SMALL,
    SMALL_BOLD,
    STRONG,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, Paragraph, safe

LABEL_SHARE = 0.38


def appendix(content: ReportContent, width: float) -> list[Flowable]:
    """For those who check the numbers, in the width given [pt]."""
    organs = [part for card in content.cards for part in _organ(card, width)]
    return [
        Bookmark("Appendix", "appendix"),
        *section("Appendix", "calibration by calibration, the fit, rule ids, versions", space=12),
        *organs,
        *_rules(content),
        *_versions(content),
    ]


def _organ(card: Card, width: float) -> list[Flowable]:
    """Calibrations, then the fit; the calibration that was used stands out."""
    used = bool(card.calibration)
    calibrations = [(row, used and card.calibration.startswith(row.label)) for row in card.calibration_rows]
    parts = [
        *_rows("Iron by each calibration of this field", calibrations, width),
        *_rows("Fit", [(row, False) for row in card.fit_rows], width),
    ]
    return [Spacer(1, 5), KeepTogether([Paragraph(safe(card.name), STRONG), *parts])] if parts else []


def _rows(title: str, rows: list[tuple[Row, bool]], width: float) -> list[Flowable]:
    """Labels and values under a heading, the second half of them beside the first."""
    if not rows:
        return []
    n_lines = (len(rows) + 1) // 2
    cells = [[_cell(row.label, used), _cell(row.value, used)] for row, used in rows] + [["", ""]]
    lines = [[*cells[i], "", *cells[min(i + n_lines, len(rows))]] for i in range(n_lines)]
    half = (width - GUTTER) / 2
    widths = [LABEL_SHARE * half, (1 - LABEL_SHARE) * half]
    look = [*padded(1, 1.4), rule_below(0, -2, thickness=0.3)]
    return [Paragraph(safe(title), SECTION), flush_table(lines, [*widths, GUTTER, *widths], *look, splitInRow=1)]


def _cell(text: str, used: bool) -> Flowable:
    return Paragraph(safe(text, NOTE_LIMIT), SMALL_BOLD if used else SMALL)


def _rules(content: ReportContent) -> list[Flowable]:
    """The ids of the rules behind the lines, for those who look them up where the knowledge is browsed."""
    lines = (*content.critical, *content.next_scan, *content.prompts, *content.information)
    sentences = (line for card in content.cards for line in card.sentences)
    ids = dict.fromkeys(line.rule for line in (*lines, *sentences) if line.rule)
    return [*section("Rules behind the lines"), Paragraph(safe(", ".join(ids), NOTE_LIMIT), MUTED)] if ids else []


def _versions(content: ReportContent) -> list[Flowable]:
    line = (
        f"{safe(content.software)} · knowledge {safe(content.knowledge_version)} · "
        f"reviewed {safe(content.reviewed)} · report {safe(content.report_id)} · field {safe(content.field)}"
    )
    return [*section("Methods and versions"), Paragraph(line, SMALL)]
