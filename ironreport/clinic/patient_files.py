"""One file for each patient of a clinic: the pseudonym, keyed marks behind it, a sealed name if there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import TypeAdapter

from ironreport.clinic.pseudonyms import KeyedMarks, Known
from ironreport.clinic.record_files import read_record, record_text
from ironreport.errors import ClinicError

FORMAT = "ironreport-patient"
PSEUDONYM = re.compile(r"P-[A-Z2-7]{4}-[A-Z2-7]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient of a clinic.

    Parameters
    ----------
    marks : tuple of KeyedMarks
        Every form in which a header or a reader named this patient, as keyed hashes.
    sealed : str
        The name, encrypted; empty where the clinic keeps no names.
    same_as : str
        Pseudonym of the patient that somebody said this one is; empty for most.
    """

    pseudonym: str
    marks: tuple[KeyedMarks, ...] = ()
    sealed: str = ""
    same_as: str = ""

    @property
    def known(self) -> Known:
        """The patient as somebody who may come again."""
        return Known(self.pseudonym, self.marks)


_PATIENT: TypeAdapter[Patient] = TypeAdapter(Patient)


def is_pseudonym(text: str) -> bool:
    """Whether a text is a pseudonym as a clinic makes them."""
    return PSEUDONYM.fullmatch(text) is not None


def patient_text(patient: Patient) -> str:
    """The patient as a readable JSON text."""
    return record_text(_PATIENT, FORMAT, "patient", patient)


def read_patient(content: str | bytes) -> Patient:
    """The patient that ``patient_text`` wrote.

    Raises
    ------
    ClinicError
        ``PATIENT_DAMAGED``.
    """
    patient = read_record(_PATIENT, FORMAT, "patient", content)
    if patient is None or not is_pseudonym(patient.pseudonym):
        raise ClinicError(
            "PATIENT_DAMAGED", "A patient file of the clinic is damaged or was changed by hand.",
            "Put back an unchanged copy of it.",
        )  # fmt: skip
    return patient
