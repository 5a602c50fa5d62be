"""The signatures at the foot of page 1: who answers for the report signs where the answer stands."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from ironreport.report.pdf.style import INK, LABEL, STRONG, flush_table, padded, rule_below
from ironreport.report.pdf.typeset import Paragraph

ROW = 25.0
READERS = ("Reader", "Second reader")
SIGNATURE_HEIGHT = ROW * len(READERS) + 8.0
"""Room at the foot of page 1 that the signatures take [pt]."""
SHARES = (0.16, 0.34, 0.29, 0.21)


def draw_signatures(canvas: Canvas, left: float, bottom: float, width: float) -> None:
    """A line for each reader, in the room above ``bottom`` [pt]."""
    asked = [Paragraph(label, LABEL) for label in ("Name and role", "Signature", "Date and time")]
    rows = [[Paragraph(who, STRONG), *asked] for who in READERS]
    look = [*padded(3, 3), rule_below(0, -1, INK)]
    table = flush_table(rows, [share * width for share in SHARES], *look, rowHeights=[ROW] * len(rows))
    table.wrapOn(canvas, width, SIGNATURE_HEIGHT)
    table.drawOn(canvas, left, bottom)
