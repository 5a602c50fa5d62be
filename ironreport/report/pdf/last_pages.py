"""After the organs: comparison, guidance, technique, numbered references, versions, disclaimer, signatures."""

from __future__ import annotations

from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from ironreport.report.content import Reference, ReportContent
from ironreport.report.pdf.balance_pages import balance_pages
from ironreport.report.pdf.comparison_pages import comparison
from ironreport.report.pdf.drawings import Bookmark
from ironreport.report.pdf.first_page import answer, cited_markup
from ironreport.report.pdf.style import (
    BULLET,
    GREY_HEX,
    GUTTER,
    INK,
    LABEL,
    MUTED,
    NUMBERED,
    SMALL,
    SMALL_BOLD,
    SMALL_BULLET,
    flush_table,
    padded,
    rule_below,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, paragraph, safe

SIGNATURE_ROW = 24.0
TECHNIQUE_LABEL_SHARE = 0.17


SHORT_FORM = (
    "Short form. Measurements, fit, calibrations, comparison, limitations, notes and sources stand in the full report "
    "of the same id."
)


def last_pages(content: ReportContent, width: float, limits: list[Flowable]) -> list[Flowable]:
    """Comparison to signatures in the width given [pt], with the limits that page 1 had no room for."""
    return [
        *comparison(content, width),
        *balance_pages(content.balance, width),
        *_guidance(content),
        *limits,
        *_technique(content, width),
        *_references(content),
        *_rules(content),
        KeepTogether([*_versions(content), *_signatures(width)]),
    ]


def _guidance(content: ReportContent) -> list[Flowable]:
    if not (content.prompts or content.information):
        return []
    prompts = [Paragraph(cited_markup(c), BULLET, bulletText="–") for c in content.prompts]
    information = [Paragraph(cited_markup(c), SMALL_BULLET, bulletText="·") for c in content.information]
    return [
        Bookmark("Guidance", "guidance"),
        *section("Guidance", "prompts from published sources, not orders", space=12),
        *prompts,
        *([Spacer(1, 3)] if information else []),
        *information,
        Paragraph(safe(content.physician_decides, NOTE_LIMIT), MUTED),
    ]


def _technique(content: ReportContent, width: float) -> list[Flowable]:
    if not content.technique:
        return []
    rows = [[Paragraph(safe(r.label), SMALL_BOLD), paragraph(r.value, SMALL, NOTE_LIMIT)] for r in content.technique]
    label_width = TECHNIQUE_LABEL_SHARE * width
    widths = [label_width, width - label_width]
    table = flush_table(rows, widths, *padded(1.6, 1.8), rule_below(0, -2, thickness=0.3), splitInRow=1)
    return [Bookmark("Technique", "technique"), *section("Technique"), table]


def _references(content: ReportContent) -> list[Flowable]:
    if not content.references:
        return []
    entries = [Paragraph(_reference(r), NUMBERED, bulletText=f"[{r.number}]") for r in content.references]
    beside = "what was read of each source when its values were entered stands in grey"
    return [Bookmark("References", "references"), *section("References", beside), *entries]


def _rules(content: ReportContent) -> list[Flowable]:
    """The ids of the rules behind the lines, for those who look them up where the knowledge is browsed."""
    lines = (*content.critical, *content.next_scan, *content.prompts, *content.information)
    sentences = (line for card in content.cards for line in card.sentences)
    ids = dict.fromkeys(line.rule for line in (*lines, *sentences) if line.rule)
    return [*section("Rules behind the lines"), Paragraph(safe(", ".join(ids), NOTE_LIMIT), MUTED)] if ids else []


def _reference(reference: Reference) -> str:
    citation = safe(reference.citation, NOTE_LIMIT).rstrip(". ")
    doi = f" doi: {safe(reference.doi)}." if reference.doi else ""
    return f'{citation}.{doi} <font color="{GREY_HEX}">{safe(reference.read)}</font>'


# -------------------------------------------------------------------------------- who answers for it


def short_form(content: ReportContent, width: float) -> list[Flowable]:
    """The answer, what the one page leaves out, the disclaimer and the signatures."""
    return [
        *answer(content, width),
        *section("About this page"),
        Paragraph(safe(SHORT_FORM), SMALL),
        Paragraph(safe(content.disclaimer, NOTE_LIMIT), MUTED),
        *_signatures(width),
    ]


def _versions(content: ReportContent) -> list[Flowable]:
    line = (
        f"{safe(content.software)} · knowledge {safe(content.knowledge_version)} · "
        f"reviewed {safe(content.reviewed)} · report {safe(content.report_id)} · field {safe(content.field)}"
    )
    return [
        Bookmark("Versions and signature", "versions"),
        *section("Methods and versions"),
        Paragraph(line, SMALL),
        Spacer(1, 3),
        Paragraph(safe(content.disclaimer, NOTE_LIMIT), SMALL),
        Paragraph(f"<b>{safe(content.not_a_device, NOTE_LIMIT)}</b>", SMALL),
    ]


def _signatures(width: float) -> list[Flowable]:
    half = (width - 2 * GUTTER) / 2
    blank = [[_signature("Reader", half), "", _signature("Second reader", half)]]
    return [*section("Signature"), flush_table(blank, [half, 2 * GUTTER, half], gap=0)]


def _signature(who: str, width: float) -> Flowable:
    lines = [Paragraph(label, LABEL) for label in (f"{who}: name", "Role", "Signature", "Date and time")]
    heights = [SIGNATURE_ROW] * len(lines)
    return flush_table([[line] for line in lines], [width], *padded(2, 3), rule_below(0, -1, INK), rowHeights=heights)
