"""Earlier results out of an earlier exam file: what was found then, read with what is known now."""

from __future__ import annotations

from ironreport.assess.assessment import assess
from ironreport.assess.comparison import method_of
from ironreport.errors import IntakeError
from ironreport.knowledge import Knowledge
from ironreport.records import Exam, Finding, PreviousResult


def earlier_results(exam: Exam, knowledge: Knowledge) -> tuple[PreviousResult, ...]:
    """One earlier result for each organ of an exam file that gave a rate or an iron, and no doubt that blocks.

    A number too doubtful for a class is too doubtful for a change: `doubted_results` names those.

    Raises
    ------
    IntakeError
        ``NO_EARLIER_RESULT`` where the exam holds none.
    """
    findings = assess(exam, knowledge).findings
    found = tuple(r for f in findings if not _blocking(f) and (r := _result(f, exam.exam_date)) is not None)
    if not found:
        what = "The exam file holds no result that could be compared."
        raise IntakeError("NO_EARLIER_RESULT", what, "Choose the file of an exam with at least one measured organ.")
    return found


def doubted_results(exam: Exam, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Findings of an exam file that have a number, and a doubt that keeps it from being compared."""
    findings = assess(exam, knowledge).findings
    return tuple(f for f in findings if f.absence is not None and _blocking(f) and _result(f, exam.exam_date))


def _blocking(finding: Finding) -> bool:
    return any(caution.blocks_grade for caution in finding.cautions)


def _result(finding: Finding, date: str) -> PreviousResult | None:
    estimate = finding.estimate
    if estimate is None:
        return None
    rate = estimate.rate if estimate.rate is not None and not estimate.rate.bound else None
    r2star = rate if rate is not None and rate.quantity == "r2star_per_s" else None
    iron = estimate.iron.iron if estimate.iron is not None and not estimate.iron.iron.bound else None
    if rate is None and iron is None:
        return None
    return PreviousResult(
        organ=finding.organ,
        date=date,
        method=method_of(finding),
        field_tesla=finding.measurement.signal.field_tesla,
        calibration=estimate.iron.calibration if estimate.iron else "",
        r2star_per_s=r2star.value if r2star else None,
        lic_mg_per_g=iron.value if iron is not None and iron.quantity == "lic_mg_per_g" else None,
        r2star_low_per_s=r2star.low if r2star else None,
        r2star_high_per_s=r2star.high if r2star else None,
    )
