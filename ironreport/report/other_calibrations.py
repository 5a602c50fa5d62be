"""What each calibration of the field would say of the exam at hand."""

from __future__ import annotations

from dataclasses import dataclass

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Grade, Ladder
from ironreport.records import CalibratedIron, Finding
from ironreport.report.numbers import interval, named


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What one calibration says of the current exam; ``differs`` where its class is another one."""

    id: str
    label: str
    role: str
    iron: str
    interval: str
    grade: str
    differs: bool


def readings(finding: Finding, knowledge: Knowledge) -> tuple[OtherReading, ...]:
    """The same signal by each calibration of its field, the chosen one first; empty without iron."""
    estimate = finding.estimate
    if estimate is None or estimate.iron is None:
        return ()
    ladders = knowledge.ladders(finding.organ, estimate.field)
    ladder = next((x for x in ladders if finding.grading and x.id == finding.grading.ladder), None)
    chosen = _grade(estimate.iron, ladder)
    return tuple(
        _reading(x, i == 0, finding, ladder, chosen, knowledge) for i, x in enumerate((estimate.iron, *estimate.others))
    )


def _grade(x: CalibratedIron, ladder: Ladder | None) -> Grade | None:
    return ladder.grade_of(x.iron.value) if ladder and ladder.quantity == x.iron.quantity else None


def _reading(
    x: CalibratedIron, first: bool, finding: Finding, ladder: Ladder | None, chosen: Grade | None, knowledge: Knowledge
) -> OtherReading:
    field = finding.estimate.field if finding.estimate else None
    found = next((c for c in knowledge.calibrations(finding.organ, field) if c.id == x.calibration), None)
    grade = _grade(x, ladder)
    bounds = ladder.bounds if ladder and grade else ()
    roles = [word for word, holds in (("chosen", first), ("default", found is not None and found.default)) if holds]
    value, top = named(x.iron, bounds), found.range_high if x.beyond_range and found else None
    return OtherReading(
        id=x.calibration,
        label=found.label if found else x.calibration or "as printed in the other report",
        role=", ".join(roles),
        iron=value if top is None else f"{value}, above the calibrated {top:g} mg/g",
        interval=interval(x.iron, bounds) or "no interval",
        grade=grade.label if grade else "not graded by iron",
        differs=grade != chosen,
    )
