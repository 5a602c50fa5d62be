"""The two refusals of a file: it is no exam, or it is a damaged one; neither repeats what the file holds."""

from __future__ import annotations

from ironreport.errors import IntakeError


def not_an_exam(why: str) -> IntakeError:
    """The refusal of a file that is no exam."""
    return IntakeError(
        "NOT_AN_EXAM", f"The file is not an IronReport exam: {why}.", "Choose a file that ends in .ironreport.json."
    )


def damaged(why: str) -> IntakeError:
    """The refusal of an exam file that holds what IronReport never writes; ``why`` names the place."""
    cure = "Open an unchanged copy of the file, or measure the organs again."
    return IntakeError("EXAM_DAMAGED", f"The exam file is damaged or was changed by hand: {why}.", cure)
