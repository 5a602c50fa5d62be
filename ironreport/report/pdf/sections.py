"""What follows the answer, section by section: notes, guidance, limits, technique, references, disclaimer."""

from __future__ import annotations

from collections.abc import Iterable

from reportlab.platypus import Flowable, Spacer

from ironreport.report.content import CitedText, Reference, ReportContent
from ironreport.report.pdf.drawings import Bookmark
from ironreport.report.pdf.first_page import bullets, cited_markup
from ironreport.report.pdf.style import (
    BODY,
    BULLET,
    GREY_HEX,
    MUTED,
    NUMBERED,
    SMALL,
    SMALL_BULLET,
    section,
)
from ironreport.report.pdf.typeset import NOTE_LIMIT, Paragraph, note, paragraph, safe

SHORT_FORM = (
    "Short form. Curves, fit, calibrations, comparison, sources and what had no room here stand in the full report of "
    "the same id."
)


def notes(content: ReportContent, width: float) -> list[Flowable]:
    """What the reader adds in free words."""
    return [*section("Notes", "written by the reader"), *note(content.notes, BODY)] if content.notes else []


def plain_words(content: ReportContent, width: float) -> list[Flowable]:
    """The answer for the patient, where it is asked for."""
    said = content.plain_words
    return [*section("In plain words", "for the patient"), Paragraph(safe(said, NOTE_LIMIT), BODY)] if said else []


def guidance(content: ReportContent, width: float) -> list[Flowable]:
    """Prompts, then information; what stands in the critical box is not said twice."""
    prompts = [Paragraph(cited_markup(c), BULLET, bulletText="–") for c in _not_yet_said(content.prompts, content)]
    information = [Paragraph(cited_markup(c), SMALL_BULLET, bulletText="·") for c in content.information]
    if not (prompts or information):
        return []
    return [
        Bookmark("Guidance", "guidance"),
        *section("Guidance", "prompts from published sources, not orders; the treating physician decides"),
        *prompts,
        *([Spacer(1, 2)] if prompts and information else []),
        *information,
    ]


def _not_yet_said(lines: Iterable[CitedText], content: ReportContent) -> list[CitedText]:
    said = {line.text for line in content.critical}
    return [line for line in lines if line.text not in said]


def limits(content: ReportContent, width: float) -> list[Flowable]:
    """What the report cannot say, what it should name and does not, and what it is not."""
    missing = (f"Not stated for this report: {'; '.join(content.missing)}.",) if content.missing else ()
    lines = bullets((*content.limitations, *missing), "small")
    return [*section("Limitations"), *lines, Spacer(1, 2), Paragraph(safe(content.disclaimer, NOTE_LIMIT), MUTED)]


def technique(content: ReportContent, width: float) -> list[Flowable]:
    """How it was measured in the reader's words; what the headers say stands with each organ."""
    lines = [paragraph(row.value, SMALL, NOTE_LIMIT) for row in content.technique]
    return [Bookmark("Technique", "technique"), *section("Technique", "by the reader"), *lines] if lines else []


def references(content: ReportContent, width: float) -> list[Flowable]:
    """The numbered sources of all that is said."""
    if not content.references:
        return []
    entries = [Paragraph(_reference(r), NUMBERED, bulletText=f"[{r.number}]") for r in content.references]
    beside = "what was read of each source when its values were entered stands in grey"
    return [Bookmark("References", "references"), *section("References", beside), *entries]


def _reference(reference: Reference) -> str:
    citation = safe(reference.citation, NOTE_LIMIT).rstrip(". ")
    doi = f" doi: {safe(reference.doi)}." if reference.doi else ""
    return f'{citation}.{doi} <font color="{GREY_HEX}">{safe(reference.read)}</font>'


def about_short_form(content: ReportContent, width: float) -> list[Flowable]:
    """What the one page leaves out, and what it is not."""
    return [
        *section("About this page"),
        Paragraph(safe(SHORT_FORM), SMALL),
        Paragraph(safe(content.disclaimer, NOTE_LIMIT), MUTED),
    ]
