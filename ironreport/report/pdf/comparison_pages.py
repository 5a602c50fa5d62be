"""The comparison on paper: before, now, verdict and reason of each organ, then its course over the years."""

from __future__ import annotations

from reportlab.platypus import Flowable, KeepTogether, Spacer

from ironreport.report.content import Change, ReportContent, TrendFigure
from ironreport.report.pdf.course_chart import TrendChart
from ironreport.report.pdf.drawings import Bookmark
from ironreport.report.pdf.scaled import heights
from ironreport.report.pdf.style import (
    GUTTER,
    LABEL,
    MUTED,
    SMALL,
    SMALL_BOLD,
    STRONG,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, SENTENCES_LIMIT, Paragraph, paragraph, safe

CHANGE_SHARES = (0.11, 0.24, 0.2, 0.14, 0.31)
CHART_SHARE = 0.58
BESIDE_CHART_HEIGHT = 310.0
"""Above this height [pt] the results stand below the chart, not beside it."""
MOST_LISTED = 12
"""Results beside a chart; more are drawn but not listed."""


def comparison(content: ReportContent, width: float) -> list[Flowable]:
    """All of the comparison in the width given [pt]; nothing without an earlier result."""
    if not content.changes:
        return []
    names = ("Organ", "Latest earlier result", "Now", "Verdict", "Why")
    head: list[object] = [Paragraph(name, LABEL) for name in names]
    rows = [head, *(_row(change) for change in content.changes)]
    widths = [share * width for share in CHANGE_SHARES]
    look = [*padded(0, 2, 0, 0), *padded(3, 3, 1), rule_below(0, -1)]
    beside = "judged on R2*, against the measurement error"
    return [
        Bookmark("Comparison", "comparison"),
        *section("Comparison", beside),
        flush_table(rows, widths, *look, repeatRows=1, splitInRow=1),
        *(flowable for figure in content.trends for flowable in _trend(figure, width)),
    ]


def _row(change: Change) -> list[object]:
    return [
        Paragraph(safe(change.name), STRONG),
        paragraph(change.before, SMALL, SENTENCES_LIMIT),
        paragraph(change.now, SMALL, SENTENCES_LIMIT),
        Paragraph(safe(change.word or change.verdict), SMALL_BOLD),
        paragraph(change.reason, SMALL, NOTE_LIMIT),
    ]


def _trend(figure: TrendFigure, width: float) -> list[Flowable]:
    chart_width = CHART_SHARE * width
    beside = width - chart_width - GUTTER
    listed = _listed(figure, beside)
    if heights(listed, beside) > BESIDE_CHART_HEIGHT:
        return [Spacer(1, 8), TrendChart(figure, chart_width), *_listed(figure, width)]
    cells = [[TrendChart(figure, chart_width), "", listed]]
    return [Spacer(1, 8), KeepTogether([flush_table(cells, [chart_width, GUTTER, beside], gap=0)])]


def _listed(figure: TrendFigure, width: float) -> list[Flowable]:
    """The results as text, the latest first; what was left out is said."""
    points = list(reversed(figure.points))[:MOST_LISTED]
    rows = [
        [paragraph(p.date, SMALL_BOLD if p.now else SMALL), paragraph(p.text, SMALL_BOLD if p.now else SMALL)]
        for p in points
    ]
    more = len(figure.points) - len(points)
    notes = [figure.note, f"{more} older results are drawn but not listed." if more else ""]
    table = flush_table(
        rows, [0.3 * width, 0.7 * width], *padded(1, 1.4), rule_below(0, -2, thickness=0.3), splitInRow=1
    )
    return [table, *(Paragraph(safe(note, SENTENCES_LIMIT), MUTED) for note in notes if note)]
