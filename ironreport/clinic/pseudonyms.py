"""Who is who, without names: keyed marks of what headers say, a pseudonym for each person, doubts where they clash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from ironreport.clinic.clinic_folder import keyed_hash
from ironreport.intake.exams import Person
from ironreport.records import Caution


@dataclass(frozen=True, slots=True)
class KeyedMarks:
    """Keyed hashes of number, names (each form) and birth date; empty where a header does not state it."""

    number: str = ""
    names: tuple[str, ...] = ()
    birth: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Every mark by which a person can be looked for."""
        return tuple(m for m in (self.number, *self.names) if m)

    def may_be(self, other: KeyedMarks) -> bool:
        """Whether nothing that both state differs."""
        numbers, births = {self.number, other.number} - {""}, {self.birth, other.birth} - {""}
        same_name = not self.names or not other.names or bool({*self.names} & {*other.names})
        return len(numbers) <= 1 and len(births) <= 1 and same_name

    def is_named_as(self, other: KeyedMarks) -> bool:
        """Whether both state the same name and the same birth date."""
        return bool({*self.names} & {*other.names}) and bool(self.birth) and self.birth == other.birth


@dataclass(frozen=True, slots=True)
class Known:
    """A patient of the clinic, by the marks of every form in which a header named them."""

    pseudonym: str
    marks: tuple[KeyedMarks, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose an exam is: pseudonym, whether it is a new one, and what is doubtful about it."""

    pseudonym: str
    is_new: bool
    doubts: tuple[Caution, ...] = ()


def marks_of(person: Person, key: bytes) -> KeyedMarks:
    """The marks of a person; the same person gives the same marks under one key."""
    return KeyedMarks(
        keyed_hash(key, "number", person.number) if person.number else "",
        tuple(sorted(keyed_hash(key, "name", name) for name in person.names)),
        keyed_hash(key, "birth", person.birth) if person.birth else "",
    )


def pseudonym_of(marks: KeyedMarks, key: bytes, taken: Sequence[str] = (), study: str = "") -> str:
    """Eight letters and digits that belong to these marks, e.g. ``P-K3QF-7TZA``; others where they are taken."""
    for turn in range(1 + len(taken)):
        words = "\x1f".join([marks.number, *marks.names, marks.birth, study, str(turn) if turn else ""])
        digest = base64.b32encode(hmac.new(key, words.encode(), hashlib.sha256).digest()).decode()
        made = f"P-{digest[:4]}-{digest[4:8]}"
        if made not in taken:
            return made
    raise AssertionError  # one more turn than names that are taken


def recognise(marks: KeyedMarks, known: Sequence[Known], key: bytes, study: str = "") -> Recognised:
    """The patient that marks belong to among those who share one; two who share a number are never made one.

    Parameters
    ----------
    known : sequence of Known
        Patients who share at least one mark, or have the pseudonym that these marks would give.
    study : str
        Keyed hash of the study: who is not named at all is known by it alone.
    """
    if not marks.all:
        text = "The images name no patient: the exam stands by itself and is not put beside earlier ones."
        taken = [one.pseudonym for one in known]
        return Recognised(pseudonym_of(marks, key, taken, study), True, (Caution("NO_PATIENT_NAMED", text),))
    for one in known:
        is_stated = any(marks.number == other.number and marks.is_named_as(other) for other in one.marks)
        is_likely = any(_is_same(marks, other) for other in one.marks)
        if is_stated or (is_likely and all(marks.may_be(other) for other in one.marks)):
            return Recognised(one.pseudonym, False)
    doubts = tuple(doubt for one in known if (doubt := _clash(marks, one)) is not None)
    return Recognised(pseudonym_of(marks, key, [one.pseudonym for one in known]), True, doubts)


def _is_same(marks: KeyedMarks, other: KeyedMarks) -> bool:
    same_number = bool(marks.number) and marks.number == other.number
    return marks.may_be(other) and (same_number or marks.is_named_as(other))


def _clash(marks: KeyedMarks, known: Known) -> Caution | None:
    """Why somebody who shares a mark is not taken for the same person."""
    if any(marks.number and marks.number == other.number for other in known.marks):
        text = (
            f"The patient ID is also that of {known.pseudonym}, whose name or birth date is another: two patients may "
            "have one ID. They are kept apart. Check the ID at the scanner."
        )
        return Caution("ID_OF_TWO_PATIENTS", text)
    if any(marks.is_named_as(other) for other in known.marks):
        text = (
            f"Name and birth date are those of {known.pseudonym}, the patient ID is another: one patient may have two "
            "IDs. They are kept apart until somebody says that they are the same."
        )
        return Caution("PATIENT_WITH_TWO_IDS", text)
    return None
