"""A printed number checked with the hospital's defaults: read, assessed, and asked what would change the answer."""

from __future__ import annotations

from ironreport.assess.deciding import deciding_facts
from ironreport.assess.printed import origins, origins_by_field, reading
from ironreport.hospital.defaults import (
    assess_at_hospital,
    default_calibration,
    describe_at_hospital,
    knowledge_at_hospital,
)
from ironreport.hospital.settings import HospitalSettings
from ironreport.knowledge import Knowledge
from ironreport.records import Choices, Context, Exam, Measurement, PrintedResult, QuickCheck, Recommendation
from ironreport.report.quick_answer import QuickAnswer, describe_quick


def check_at_hospital(
    printed: PrintedResult,
    context: Context,
    settings: HospitalSettings,
    knowledge: Knowledge,
    recommendation: Recommendation | None = None,
    notes: tuple[str, ...] = (),
) -> QuickCheck:
    """What can be said of a printed number and of a patient with these facts.

    Parameters
    ----------
    notes : tuple of str
        How numbers were read where that is not plain.

    Raises
    ------
    AssessmentError
        Where no number was given.
    """
    field = knowledge.field_class(printed.field_tesla)
    default = default_calibration(printed.organ, field.id if field else None, settings, knowledge)
    found = reading(printed, default, knowledge)
    measurement = Measurement(printed, Choices(calibration=found.calibration))
    exam = Exam("Quick check", measurements=(measurement,), context=context)
    assessment = assess_at_hospital(exam, settings, knowledge)
    by_field = origins_by_field(printed, knowledge) if printed.field_tesla is None else {}
    return QuickCheck(
        printed=printed,
        reading=found,
        assessment=assessment,
        origins=origins(printed, knowledge),
        origins_by_field=tuple(by_field.items()),
        deciding=deciding_facts(assessment, knowledge_at_hospital(settings, knowledge)),
        recommendation=recommendation,
        notes=notes,
    )


def answer_at_hospital(check: QuickCheck, settings: HospitalSettings, knowledge: Knowledge) -> QuickAnswer:
    """The answer in words, with what the settings add."""
    return describe_quick(check, describe_at_hospital(check.assessment, settings, knowledge), knowledge)
