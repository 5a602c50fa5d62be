"""One row per region of interest as CSV or XLSX: numbers stay numbers, and text never becomes a formula."""

from __future__ import annotations

import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO, StringIO

from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, DecaySignal, Finding
from ironreport.records.direction_marks import without_direction_marks
from ironreport.report.answers import headline_estimate, ladder_of
from ironreport.report.balance_cells import Record, balance_columns, balance_record
from ironreport.report.codes import UCUM_UNIT
from ironreport.report.content import Card, ReportContent
from ironreport.report.quantities import Stated, input_sha256, stated

FORMULA_STARTS = frozenset("=+-@\t\r\0")
LONGEST_TEXT = 32_000
"""A spreadsheet cell holds 32,767 characters."""
SHEET = "IronReport"
NO_DATE = b"1980-01-01T00:00:00Z"
WRITTEN_WHEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def to_csv(assessment: Assessment, content: ReportContent, knowledge: Knowledge) -> bytes:
    """The exam as CSV in UTF-8 with a byte order mark, one line per region under one heading line.

    All text is quoted, so that a semicolon in it never ends a cell.
    """
    return csv_file(row_columns(), rows(assessment, content, knowledge))


def csv_file(columns: Sequence[str], records: Iterable[Record]) -> bytes:
    """Records as CSV in UTF-8 with a byte order mark; their text is safe already."""
    page = StringIO(newline="")
    writer = csv.writer(page, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([record[name] for name in columns] for record in records)
    return page.getvalue().encode("utf-8-sig")


def to_xlsx(assessment: Assessment, content: ReportContent, knowledge: Knowledge) -> bytes:
    """The same rows as a workbook of one sheet; equal input gives equal bytes."""
    return xlsx_file({SHEET: (row_columns(), rows(assessment, content, knowledge))}, content.software)


def xlsx_file(sheets: Mapping[str, tuple[Sequence[str], Sequence[Record]]], creator: str) -> bytes:
    """Columns and records of each sheet as a workbook; their text is safe already."""
    from openpyxl import Workbook  # noqa: PLC0415  4 MB, for workbooks only
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (columns, records) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(list(columns))
        for record in records:
            sheet.append([record[name] for name in columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    book.properties.creator = creator
    file = BytesIO()
    book.save(file)
    return _without_clock(file.getvalue())


def rows(assessment: Assessment, content: ReportContent, knowledge: Knowledge) -> tuple[Record, ...]:
    """One record per measured region, by column; text is safe to open in a spreadsheet, None is an empty cell."""
    pairs = zip(assessment.findings, content.cards, strict=True)
    balance = assessment.balance
    found = (
        {**_empty(), **_record(f, card, content, knowledge), **balance_record(balance, f.organ)} for f, card in pairs
    )
    return tuple({k: safe(v) if isinstance(v, str) else v for k, v in record.items()} for record in found)


def safe(text: str) -> str:
    """The text as a cell that no spreadsheet reads as a formula: an apostrophe before what would start one.

    A semicolon starts a new cell where the decimal sign is a comma, so what follows one is guarded too.

    >>> safe("=1+1"), safe("  @SUM(A1)"), safe("＝1+1"), safe("liver;=1+1"), safe("liver")
    ("'=1+1", "'  @SUM(A1)", "'＝1+1", "liver;'=1+1", 'liver')
    """
    return ";".join(_guarded(part) for part in text[:LONGEST_TEXT].split(";"))


def _guarded(text: str) -> str:
    first = next((c for c in text if not _is_blank(c)), "")
    starts = text[:1] in FORMULA_STARTS or unicodedata.normalize("NFKC", first)[:1] in FORMULA_STARTS
    shown = without_direction_marks(text)
    printable = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") or c in "\ufffe\uffff" else c for c in shown)
    return f"'{printable}" if starts and text else printable


def _is_blank(character: str) -> bool:
    """True for what a spreadsheet may skip before a formula: spaces, controls, invisible marks."""
    return unicodedata.category(character)[0] in "ZC"


# ------------------------------------------------------------------------------------- one row


def row_columns() -> tuple[str, ...]:
    """Every column of a region's row in its order."""
    return tuple(_empty())


def _empty() -> Record:
    """Every column in its order, empty."""
    head = (
        "report_id", "patient", "exam_date", "organ", "standing", "site", "field_tesla",
        "quantity", "value", "comparator", "unit", "low_95", "high_95", "printed",
        "class", "severity", "classes_in_interval", "provisional", "flags", "why_no_value", "why_no_class",
    )  # fmt: skip
    measured = (f"{quantity}{end}" for quantity in UCUM_UNIT for end in ("", "_comparator", "_low_95", "_high_95"))
    proof = (
        "calibration", "calibration_label", "ladder", "ladder_label", "model", "echoes", "echoes_used", "pixels",
        "interval_basis", "cautions", "origin", "software", "knowledge", "input_sha256",
    )  # fmt: skip
    return dict.fromkeys((*head, *measured, *proof, *balance_columns()))


def _record(finding: Finding, card: Card, content: ReportContent, knowledge: Knowledge) -> Record:
    found = {s.quantity: s for s in stated(finding, knowledge)}
    headline = headline_estimate(finding, ladder_of(finding, knowledge))
    signal = finding.measurement.signal
    return {
        "report_id": content.report_id,
        "patient": next((row.value for row in content.patient if row.label == "Patient"), content.pseudonym),
        "exam_date": content.exam_date,
        "organ": finding.organ,
        "standing": card.standing,
        "site": signal.location if isinstance(signal, DecaySignal) else "",
        "field_tesla": signal.field_tesla,
        **_value(found[headline.quantity] if headline else None, finding),
        "printed": " ".join(part for part in (card.headline, card.interval) if part),
        **_class(finding, card),
        **{name: cell for s in found.values() for name, cell in _quantity(s).items()},
        **_proof(finding, card),
        "origin": signal.origin,
        "software": content.software,
        "knowledge": content.knowledge_version,
        "input_sha256": input_sha256(finding.measurement),
    }


def _value(one: Stated | None, finding: Finding) -> Record:
    """The number that answers, or why there is none."""
    if one is None:
        return {"why_no_value": str(finding.absence) if finding.absence else "not measured"}
    return {
        "quantity": one.quantity,
        "value": one.value,
        "comparator": one.comparator,
        "unit": UCUM_UNIT[one.quantity],
        "low_95": one.low,
        "high_95": one.high,
        "why_no_value": one.why_no_value,
    }


def _quantity(one: Stated) -> Record:
    cells = (one.value, one.comparator, one.low, one.high)
    return {
        f"{one.quantity}{end}": cell
        for end, cell in zip(("", "_comparator", "_low_95", "_high_95"), cells, strict=True)
    }


def _class(finding: Finding, card: Card) -> Record:
    grading = finding.grading
    if grading is None:
        return {"why_no_class": str(finding.absence) if finding.absence else "no class is published"}
    return {
        "class": card.class_word,
        "severity": "" if grading.bound and len(grading.grades_in_interval) > 1 else card.severity,
        "classes_in_interval": ", ".join(grading.grades_in_interval),
        "provisional": "yes" if grading.provisional else "no",
        "flags": " ".join(card.flags),
    }


def _proof(finding: Finding, card: Card) -> Record:
    signal, fit, estimate = finding.measurement.signal, finding.fit, finding.estimate
    return {
        "calibration": estimate.iron.calibration if estimate and estimate.iron else "",
        "calibration_label": card.calibration,
        "ladder": finding.grading.ladder if finding.grading else "",
        "ladder_label": card.ladder,
        "model": fit.method if fit else "",
        "echoes": signal.n_echoes if isinstance(signal, DecaySignal) else None,
        "echoes_used": fit.n_used if fit else None,
        "pixels": signal.n_pixels if isinstance(signal, DecaySignal) else None,
        "interval_basis": estimate.interval_basis if estimate else "",
        "cautions": " ".join(card.cautions),
    }


# ------------------------------------------------------------------------------------- the file


def _without_clock(file: bytes) -> bytes:
    """The same workbook without the time it was written at."""
    cleaned = BytesIO()
    with zipfile.ZipFile(BytesIO(file)) as old, zipfile.ZipFile(cleaned, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            body = old.read(name)
            if name == "docProps/core.xml":
                body = WRITTEN_WHEN.sub(rb"\g<1>" + NO_DATE, body)
            entry = zipfile.ZipInfo(name)  # dated 1980-01-01
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return cleaned.getvalue()
