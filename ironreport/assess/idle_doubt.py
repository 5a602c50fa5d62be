"""What a doubt does to the class: one that can change nothing is not said, one that the class hangs on withholds it.

A doubt that stands under every slow curve is soon read by nobody.
"""

from __future__ import annotations

from dataclasses import replace

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import choose_ladder, grade, refusal_of
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Ladder
from ironreport.records import Caution, Estimate, Finding, Grading


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


def held_by_fat(finding: Finding, knowledge: Knowledge) -> Finding:
    """The finding without its class where fat that would not show in the echoes would make it worse.

    A class that such fat can only make milder, or leaves as it is, stands: its interval holds the others.
    """
    fit, grading = finding.fit, finding.grading
    doubt = next((c for c in fit.cautions if c.code == "FAT_NOT_EXCLUDED"), None) if fit else None
    if doubt is None or fit is None or fit.with_fat is None or grading is None or fit.with_fat.value <= fit.rate.value:
        return finding
    if _graded_as(finding, fit.with_fat, knowledge).grade == grading.grade:
        return finding
    return replace(finding, grading=None, absence=refusal_of(doubt))


def held_by_blood(finding: Finding, knowledge: Knowledge) -> Finding:
    """The finding without a normal class where a tenth of blood that would not show hides iron.

    A class of iron stands: without blood it is the same or worse, which the doubt says beside it.
    """
    fit, grading = finding.fit, finding.grading
    doubt = next((c for c in fit.cautions if c.code == "BLOOD_NOT_EXCLUDED"), None) if fit else None
    if doubt is None or fit is None or fit.without_blood is None or grading is None:
        return finding
    ladder = _ladder(finding, grading, knowledge)
    without = _graded_as(finding, fit.without_blood, knowledge)
    if not ladder.grade(grading.grade).severity == "normal" != ladder.grade(without.grade).severity:
        return finding
    return replace(finding, grading=None, absence=refusal_of(doubt))


def _all_mildest(finding: Finding, rate: Estimate, knowledge: Knowledge) -> bool:
    """Whether a rate, its interval and the other calibrations have the mildest class of the finding's ladder."""
    found = _graded_as(finding, rate, knowledge)
    ladder = _ladder(finding, found, knowledge)
    return {*found.grades_in_interval, *(g for _, g in found.grades_by_calibration)} == {ladder.grades[0].id}


def _ladder(finding: Finding, grading: Grading, knowledge: Knowledge) -> Ladder:
    field = knowledge.field_class(finding.measurement.signal.field_tesla)
    return choose_ladder(finding.organ, field.id if field else "", grading.ladder, knowledge)


def _graded_as(finding: Finding, rate: Estimate, knowledge: Knowledge) -> Grading:
    """Another rate on the ladder of the finding."""
    assert finding.grading is not None  # noqa: S101 - both doubts ask
    field_tesla, calibration = finding.measurement.signal.field_tesla, finding.measurement.choices.calibration
    estimate = estimate_iron(finding.organ, rate, field_tesla, knowledge, calibration)
    return grade(estimate, knowledge, finding.grading.ladder)


def _rest(cautions: tuple[Caution, ...]) -> tuple[Caution, ...]:
    return tuple(caution for caution in cautions if caution.code != "BLOOD_NOT_EXCLUDED")
