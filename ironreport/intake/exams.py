"""Whose images an upload holds: patients and studies told apart, and none of them named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydicom.dataset import Dataset

from ironreport.intake.reasons import clean_text
from ironreport.intake.values import iso_date, short_hash, text
from ironreport.records import EchoSeries, InversionSeries

_PERSON = ("PatientID", "PatientName", "PatientBirthDate")
MAX_COMPARED = 100
"""Forms of patients in one study that are compared with each other; no study of one patient has so many."""


@dataclass(frozen=True, slots=True)
class ExamFound:
    """One study of one patient among the images given.

    Parameters
    ----------
    patient_key, study_key : str
        As in the series of the exam.
    patient_number : int
        1 for the patient whose images came first, and so on; stands for the name, which is not shown.
    exam_date : str
        YYYY-MM-DD, or empty.
    scanner : str
        Manufacturer and model as the scanner wrote them; outside text.
    n_files, n_series : int
        MR files of the exam, and series of it that can be used.
    """

    patient_key: str
    study_key: str
    patient_number: int
    exam_date: str
    scanner: str
    n_files: int
    n_series: int


class Person(NamedTuple):
    """What a header says of the patient, in the form in which PS3.5 compares it."""

    number: str
    names: frozenset[str]
    birth: str

    def may_be(self, other: Person) -> bool:
        """Whether nothing that both state differs; what only one states tells no persons apart."""
        numbers, births = {self.number, other.number} - {""}, {self.birth, other.birth} - {""}
        same_name = not self.names or not other.names or bool(self.names & other.names)
        return len(numbers) <= 1 and len(births) <= 1 and same_name

    def is_known_as(self, other: Person) -> bool:
        """Whether both state the same number, or the same name and birth date, or both nothing."""
        if not self.may_be(other):
            return False
        by_name = bool(self.names & other.names) and bool(self.birth) and self.birth == other.birth
        return self == other or (bool(self.number) and self.number == other.number) or by_name


class Owner(NamedTuple):
    """Patient and study of a file, and whether the study's files say unlike things of the patient."""

    patient_key: str
    study_key: str
    is_gathered: bool


def owners(mr_files: Sequence[Dataset]) -> list[Owner]:
    """Patient and study of each file.

    Files of one study whose headers do not contradict each other are of one patient, although some lack a name or a
    date, or write it in another form.
    """
    return owners_by([text(dataset, "StudyInstanceUID") for dataset in mr_files], list(map(person_words, mr_files)))


def person_words(dataset: Dataset) -> tuple[str, ...]:
    """Number, name and birth date of the patient as the header has them. In memory only."""
    return tuple(text(dataset, keyword) for keyword in _PERSON)


def owners_by(uids: Sequence[str], written: Sequence[tuple[str, ...]]) -> list[Owner]:
    """`owners` of files of which only the study and the words about the patient are known."""
    studies: dict[str, dict[tuple[str, ...], Person]] = {}
    for uid, words in zip(uids, written, strict=True):
        studies.setdefault(uid, {}).setdefault(words, person_of(words))
    found = {uid: _owners_of_study(uid, persons) for uid, persons in studies.items()}
    return [found[uid][words] for uid, words in zip(uids, written, strict=True)]


def person_of(words: tuple[str, ...]) -> Person:
    """Person of the words of a header: no padding, no trailing delimiters, no case, no order of names.

    >>> person_of(("7 ", "Doe^Jane^^^", "1970.01.01")) == person_of(("7", "DOE^JANE", "19700101"))
    True
    """
    number, name, birth = words
    return Person(number.strip(), frozenset(map(_letters, name.split("="))) - {""}, re.sub(r"\D", "", birth))


def _letters(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(sorted(re.findall(r"\w+", plain)))


def _owners_of_study(uid: str, persons: dict[tuple[str, ...], Person]) -> dict[tuple[str, ...], Owner]:
    """Owner by the words of a header, within one study."""
    fullest = sorted(persons, key=lambda words: (-sum(map(bool, words)), words))
    groups: list[list[tuple[str, ...]]] = []
    for words in fullest:
        homes = [g for g in groups[:MAX_COMPARED] if all(persons[words].may_be(persons[other]) for other in g)]
        if len(homes) == 1 and (uid or persons[words].is_known_as(persons[homes[0][0]])):
            homes[0].append(words)
        else:
            groups.append([words])
    found = {}
    for group in groups:
        key = short_hash(*group[0])
        is_gathered = len({persons[words] for words in group}) > 1
        found.update(dict.fromkeys(group, Owner(key, short_hash(key, uid), is_gathered)))
    return found


def exams_among(
    mr_files: Sequence[Dataset],
    owned: Sequence[Owner],
    series: Sequence[EchoSeries | InversionSeries],
    sources: Sequence[int],
) -> tuple[ExamFound, ...]:
    """Exams that MR files belong to, by patient and date; ``sources`` number the files, of which some hold several."""
    files: dict[str, list[Dataset]] = {}
    numbered: dict[str, set[int]] = {}
    patients: dict[str, str] = {}
    for dataset, owner, source in zip(mr_files, owned, sources, strict=True):
        files.setdefault(owner.study_key, []).append(dataset)
        numbered.setdefault(owner.study_key, set()).add(source)
        patients[owner.study_key] = owner.patient_key
    numbers = _patient_numbers(files)
    found = [
        ExamFound(
            patient_key=patients[key],
            study_key=key,
            patient_number=numbers[key],
            exam_date=iso_date(datasets[0]),
            scanner=clean_text(f"{text(datasets[0], 'Manufacturer')} {text(datasets[0], 'ManufacturerModelName')}"),
            n_files=len(numbered[key]),
            n_series=sum(one.study_key == key for one in series),
        )
        for key, datasets in files.items()
    ]
    return tuple(sorted(found, key=lambda exam: (exam.patient_number, exam.exam_date)))


def _patient_numbers(files: dict[str, list[Dataset]]) -> dict[str, int]:
    """Number of the patient of each study; the same person in several studies has one."""
    met: list[Person] = []
    numbers: dict[str, int] = {}
    for key, datasets in files.items():
        words = min(
            {tuple(text(dataset, keyword) for keyword in _PERSON) for dataset in datasets},
            key=lambda words: (-sum(map(bool, words)), words),
        )
        person = person_of(words)
        known = [n for n, other in enumerate(met[:MAX_COMPARED], start=1) if person.is_known_as(other)]
        if not known:
            met.append(person)
        numbers[key] = known[0] if known else len(met)
    return numbers
