"""The same number under every calibration: what each makes of it, its class, and whether it gives the printed LIC."""

from __future__ import annotations

from dataclasses import dataclass

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration
from ironreport.records import Origin, QuickCheck
from ironreport.report.answers import ladder_of
from ironreport.report.numbers import exact

GIVES = {True: "yes", False: "no", None: "possible"}


@dataclass(frozen=True, slots=True)
class OriginRow:
    """One calibration of one field, all text; ``class_word`` is empty where the field strength is not stated."""

    calibration: str
    label: str
    r2star: str
    lic: str
    class_word: str
    gives_printed: str
    is_used: bool
    sources: tuple[str, ...]
    marks: str = ""


def origin_rows(check: QuickCheck, knowledge: Knowledge) -> tuple[OriginRow, ...]:
    """A row for each calibration of the field, or of every field where none is stated."""
    organ, absence = check.printed.organ, check.assessment.findings[0].absence
    if absence is not None and absence.code == "PRODUCT_NOT_1000":
        return ()  # which of the two numbers is wrong is not known
    if check.origins:
        found = knowledge.field_class(check.printed.field_tesla)
        field = found.id if found else ""
        by_id = {c.id: c for c in knowledge.calibrations(organ, field)}
        return tuple(_row(o, by_id[o.calibration], check, knowledge, "") for o in check.origins)
    rows = []
    for field, origins in check.origins_by_field:
        label = next(f.label for f in knowledge.shared.field if f.id == field)
        by_id = {c.id: c for c in knowledge.calibrations(organ, field)}
        rows += [_row(o, by_id[o.calibration], check, knowledge, f" at {label}") for o in origins]
    return tuple(rows)


def _row(origin: Origin, calibration: Calibration, check: QuickCheck, knowledge: Knowledge, where: str) -> OriginRow:
    finding = check.assessment.findings[0]
    ladder = ladder_of(finding, knowledge)
    iron = finding.estimate.iron if finding.estimate else None
    word = ladder.grade_of(origin.lic_mg_per_g).label if ladder and ladder.quantity == "lic_mg_per_g" else ""
    return OriginRow(
        calibration=origin.calibration,
        label=f"{calibration.label}{where}{', published default' if calibration.default and not where else ''}",
        r2star=exact(origin.r2star_per_s),
        lic=f"{origin.lic_mg_per_g:.2f}",
        class_word=word,
        gives_printed=GIVES[origin.gives_printed] if check.printed.lic_mg_per_g is not None else "-",
        is_used=iron is not None and iron.calibration == origin.calibration,
        sources=knowledge.printed_sources(calibration.sources),
    )
