"""What a clinic keeps of an exam beside its exam file: whose it is, where it came from, how far it has come."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from typing import Literal, get_args

from pydantic import TypeAdapter

from ironreport.clinic.record_files import read_record, record_text
from ironreport.errors import ClinicError
from ironreport.records import Caution

State = Literal["new", "drawn", "read", "printed", "signed"]
STATES: tuple[State, ...] = get_args(State)
STATE_WORDS: dict[State, str] = {
    "new": "new", "drawn": "drawn", "read": "read", "printed": "printed", "signed": "signed off",
}  # fmt: skip
FORMAT = "ironreport-visit"
_ID = re.compile(r"[a-z2-7]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Visit:
    """One exam of one patient in a clinic.

    Parameters
    ----------
    id : str
        Sixteen letters that name nobody; names the files of the exam.
    patient : str
        Pseudonym of the patient.
    added_at : str
        When the exam came into the clinic, ISO with seconds.
    history : tuple of (str, str)
        Each state that it had, and since when; the last one holds.
    study : str
        Keyed hash of the study of its images; empty where there are none.
    exam_date : str
        YYYY-MM-DD as the images say, until an exam file says it.
    images : tuple of str
        Names of the files of its images: fingerprints of their content.
    series : tuple of str
        Organ series found among the images, in words.
    source : str
        Where it came from, in words.
    doubts : tuple of Caution
        What speaks against taking it for this patient's.
    second_of : str
        Id of the exam that this is a second reading of.
    """

    id: str
    patient: str
    added_at: str
    history: tuple[tuple[str, State], ...] = ()
    study: str = ""
    exam_date: str = ""
    images: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    source: str = ""
    doubts: tuple[Caution, ...] = ()
    second_of: str = ""

    @property
    def state(self) -> State:
        """How far the exam has come."""
        return self.history[-1][1] if self.history else "new"

    def moved(self, state: State, at: str) -> Visit:
        """The visit in another state; the same where it has it."""
        return self if self.history and self.state == state else replace(self, history=(*self.history, (at, state)))


_VISIT: TypeAdapter[Visit] = TypeAdapter(Visit)


def new_id() -> str:
    """A fresh id that no exam has."""
    return id_of(secrets.token_bytes(16))


def id_of(fingerprint: bytes) -> str:
    """The id that belongs to a fingerprint: always the same one."""
    digest = hashlib.sha256(fingerprint).digest()
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in digest[:16])


def is_id(text: str) -> bool:
    """Whether a text can be the id of an exam, so that no path is made of anything else."""
    return _ID.fullmatch(text) is not None


def visit_text(visit: Visit) -> str:
    """The visit as a readable JSON text."""
    return record_text(_VISIT, FORMAT, "visit", visit)


def read_visit(content: str | bytes) -> Visit:
    """The visit that ``visit_text`` wrote.

    Raises
    ------
    ClinicError
        ``VISIT_DAMAGED``.
    """
    visit = read_record(_VISIT, FORMAT, "visit", content)
    if visit is None or not is_id(visit.id):
        raise ClinicError(
            "VISIT_DAMAGED", "A visit file of the clinic is damaged or was changed by hand.",
            "Put back an unchanged copy, or delete it and rebuild the clinic: the exam file beside it stays.",
        )  # fmt: skip
    return visit
