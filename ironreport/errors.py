"""What can go wrong, one class per stage, each with what happened and what to do.

An error never carries a number and never the raw text of another library's exception,
which may hold a patient's name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no result: a stable code, one sentence on what happened, one on the cure."""

    code: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what} {self.cure}".strip()


class IronReportError(Exception):
    """Base of all errors that a user may see; ``refusal`` says what happened and what to do."""

    def __init__(self, code: str, what: str, cure: str) -> None:
        self.refusal = Refusal(code, what, cure)
        super().__init__(str(self.refusal))


class KnowledgeError(IronReportError):
    """A knowledge file is wrong; the message names file, place and cure."""


class IntakeError(IronReportError):
    """Text or files cannot be read as a measurement."""


class FitError(IronReportError):
    """The signal cannot be turned into a relaxation time."""


class AssessmentError(IronReportError):
    """The exam cannot be assessed with the choices made."""


class ReportError(IronReportError):
    """The report cannot be written."""


class ClinicError(IronReportError):
    """The folder or the database of a clinic cannot be used as asked."""


class SettingsError(IronReportError):
    """The settings file is wrong; the message names file, key and cure."""


class ValidationError(IronReportError):
    """Pairs of measurements cannot be compared as given."""


class ReceiveError(IronReportError):
    """Images cannot be received or fetched as asked."""
