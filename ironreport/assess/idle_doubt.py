"""A doubt that can change nothing is not said: one that stands under every slow curve is soon read by nobody."""

from __future__ import annotations

from dataclasses import replace

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import choose_ladder, grade
from ironreport.knowledge import Knowledge
from ironreport.records import Caution, Estimate, Finding


def without_idle_doubt(finding: Finding, knowledge: Knowledge) -> Finding:
    """The finding without the doubt about blood, where all that its interval holds is the mildest class either way.

    Without a class there is nothing to compare with, and the doubt stays.
    """
    fit = finding.fit
    if fit is None or fit.without_blood is None or finding.grading is None:
        return finding
    if not _all_mildest(finding, fit.without_blood, knowledge):
        return finding
    return replace(finding, cautions=_rest(finding.cautions), fit=replace(fit, cautions=_rest(fit.cautions)))


def _all_mildest(finding: Finding, rate: Estimate, knowledge: Knowledge) -> bool:
    """Whether a rate, its interval and the other calibrations have the mildest class of the finding's ladder."""
    assert finding.grading is not None  # noqa: S101 - without_idle_doubt() asked
    field_tesla, calibration = finding.measurement.signal.field_tesla, finding.measurement.choices.calibration
    estimate = estimate_iron(finding.organ, rate, field_tesla, knowledge, calibration)
    ladder = choose_ladder(finding.organ, estimate.field or "", finding.grading.ladder, knowledge)
    found = grade(estimate, knowledge, ladder.id)
    return {*found.grades_in_interval, *(g for _, g in found.grades_by_calibration)} == {ladder.grades[0].id}


def _rest(cautions: tuple[Caution, ...]) -> tuple[Caution, ...]:
    return tuple(caution for caution in cautions if caution.code != "BLOOD_NOT_EXCLUDED")
