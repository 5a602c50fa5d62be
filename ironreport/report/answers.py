"""Which number answers for an organ: on which ladder, by which calibration, near which class limits it is written."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.records import CalibratedIron, Estimate, Finding, IronEstimate
from ironreport.report.numbers import named


def ladder_of(finding: Finding, knowledge: Knowledge) -> Ladder | None:
    """The ladder the finding was graded on, or None without a class."""
    if finding.grading is None or finding.estimate is None:
        return None
    ladders = knowledge.ladders(finding.organ, finding.estimate.field)
    return next(x for x in ladders if x.id == finding.grading.ladder)


def calibration_of(iron: CalibratedIron, estimate: IronEstimate, knowledge: Knowledge) -> Calibration | None:
    """The calibration behind an iron value; None for a printed LIC of unknown origin."""
    found = knowledge.calibrations(estimate.organ, estimate.field)
    return next((c for c in found if c.id == iron.calibration), None)


def headline_estimate(finding: Finding, ladder: Ladder | None) -> Estimate | None:
    """The one number that answers: the graded quantity, else the relaxation time."""
    estimate = finding.estimate
    if estimate is None:
        return None
    iron = estimate.iron.iron if estimate.iron else None
    if ladder is None:
        return estimate.time or iron
    return next(e for e in (iron, estimate.time, estimate.rate) if e is not None and e.quantity == ladder.quantity)


def bounds_near(ladder: Ladder | None, quantity: str) -> tuple[float, ...]:
    """The class limits that a number of this quantity must not be rounded across."""
    return tuple(ladder.bounds) if ladder is not None and ladder.quantity == quantity else ()


def time_in_words(finding: Finding | None, knowledge: Knowledge) -> str:
    """T2* (or T2) of an organ as the report has it, in a few words, or that there is no number."""
    if finding is None or finding.estimate is None or finding.estimate.time is None:
        return "no number"
    printed = finding.estimate.time
    return named(printed, bounds_near(ladder_of(finding, knowledge), printed.quantity))
