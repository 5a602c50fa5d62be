"""Exams into a clinic and out of it: files first, each whole or not at all, then the index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from ironreport.clinic.clinic_folder import keyed_hash, put_file
from ironreport.clinic.index_models import ExamRow, MarkRow, PatientRow, UnderWayRow
from ironreport.clinic.index_rows import date_or_empty
from ironreport.clinic.opened_clinic import Clinic, exam_bytes, patient_file, patient_in, put_from_files, visit_in
from ironreport.clinic.patient_files import Patient, is_pseudonym
from ironreport.clinic.pseudonyms import KeyedMarks, Recognised, marks_of, pseudonym_of, recognise
from ironreport.clinic.visits import Visit, id_of, new_id, visit_text
from ironreport.errors import ClinicError
from ironreport.exam import open_exam, save_exam
from ironreport.intake.exams import Person, person_of
from ironreport.records import Exam


def now_text(now: dt.datetime | None = None) -> str:
    """A moment as visits keep it."""
    return (now or dt.datetime.now()).isoformat(timespec="seconds")


# ------------------------------------------------------------------------------------- who


def whose(clinic: Clinic, person: Person, study: str = "") -> Recognised:
    """The patient that a person of a header is; a new one is kept at once.

    Parameters
    ----------
    person : Person
        What the headers say; nothing of it is kept but keyed marks.
    study : str
        Identifies the study where the headers name nobody.
    """
    marks = marks_of(person, clinic.key)
    study = keyed_hash(clinic.key, "study", study) if study else ""
    with clinic.store.writing() as session:
        likely = pseudonym_of(marks, clinic.key, study=study)
        found = select(PatientRow.pseudonym).join(MarkRow, MarkRow.patient_key == PatientRow.key)
        by_mark = session.scalars(found.where(MarkRow.mark.in_(marks.all)).distinct()).all() if marks.all else []
        known = [patient_in(clinic, pseudonym).known for pseudonym in sorted({likely, *by_mark})]
        recognised = recognise(marks, [one for one in known if one.marks], clinic.key, study)
        _keep_marks(clinic, recognised.pseudonym, marks)
    return recognised


def _keep_marks(clinic: Clinic, pseudonym: str, marks: KeyedMarks) -> Patient:
    patient = patient_in(clinic, pseudonym)
    if marks.all and marks not in patient.marks:
        patient = replace(patient, marks=(*patient.marks, marks))
        put_file(*patient_file(clinic, patient))
    return patient


def pseudonym_for(clinic: Clinic, typed: str) -> str:
    """The pseudonym of a patient who was typed: as it is where it is one of ours, else by the text as a patient ID."""
    typed = typed.strip()
    if is_pseudonym(typed.upper()):
        return patient_in(clinic, typed.upper()).pseudonym
    if not typed:
        raise ClinicError("NO_PATIENT", "It is not said whose exam this is.", "Give the patient's ID or pseudonym.")
    return whose(clinic, person_of((typed, "", ""))).pseudonym


def say_same(clinic: Clinic, one: str, other: str) -> int:
    """Say that a patient is another one who is known too; gives back how many exams moved.

    Raises
    ------
    ClinicError
        ``SAME_PATIENT`` where they are one already, ``NO_SUCH_PATIENT``.
    """
    patient, target = patient_in(clinic, one), patient_in(clinic, other)
    if patient.pseudonym == target.pseudonym:
        raise ClinicError("SAME_PATIENT", "Both are one patient already.", "Nothing is to be done.")
    ids = _ids_of(clinic, patient.pseudonym)
    if not ids or not _ids_of(clinic, target.pseudonym):
        raise ClinicError("NO_SUCH_PATIENT", "There is no such patient in this clinic.", "Choose one of the registry.")
    _begin(clinic, ids)
    marks = tuple(dict.fromkeys((*target.marks, *patient.marks)))
    put_file(*patient_file(clinic, replace(target, marks=marks)))
    put_file(*patient_file(clinic, replace(patient, same_as=target.pseudonym)))
    for visit_id in ids:
        put_from_files(clinic, visit_id)
    return len(ids)


def _ids_of(clinic: Clinic, pseudonym: str) -> list[str]:
    with clinic.store.reading() as session:
        own = select(ExamRow.id).join(PatientRow, PatientRow.key == ExamRow.patient_key)
        return list(session.scalars(own.where(PatientRow.pseudonym == pseudonym)))


# ------------------------------------------------------------------------------------- in


def add_exam(
    clinic: Clinic, exam: Exam, patient: str = "", *, at: str = "", source: str = "exam file", visit_id: str = ""
) -> Visit:
    """Keep an exam in the clinic under its patient's pseudonym; the same exam again is the same visit.

    Parameters
    ----------
    patient : str
        Patient ID or pseudonym; what stands as pseudonym in the exam without it.
    at : str
        Moment, ISO; now without it.
    """
    pseudonym, at = pseudonym_for(clinic, patient or exam.pseudonym), at or now_text()
    kept = named(exam, pseudonym)
    visit_id = visit_id or id_of(keyed_hash(clinic.key, pseudonym, save_exam(kept)).encode())
    visit = visit_in(clinic, visit_id)
    if visit is None:
        visit = Visit(visit_id, pseudonym, at, source=source, exam_date=date_or_empty(exam.exam_date))
    keep(clinic, visit.moved("drawn", at) if visit.state == "new" else visit, kept)
    return visit_of(clinic, visit_id)


def named(exam: Exam, pseudonym: str) -> Exam:
    """The exam under a pseudonym, without what the reader typed of the patient's name, number and birth date."""
    details = replace(exam.details, patient_id="", birth_date="")
    return replace(exam, pseudonym=pseudonym, details=details)


def keep(clinic: Clinic, visit: Visit, exam: Exam | None = None) -> None:
    """Write visit and exam file, then the index; where the program ends in between, the next start finds it.

    What was written before this returns is there after a power cut.
    """
    _begin(clinic, [visit.id])
    if exam is not None:
        content = save_exam(exam, clinic.assess(exam)).encode()
        put_file(clinic.folder.exam_file(visit.id), content)
    put_file(clinic.folder.visit_file(visit.id), visit_text(visit).encode())
    put_from_files(clinic, visit.id)


def _begin(clinic: Clinic, ids: Iterable[str]) -> None:
    """Note which exams are being written."""
    with clinic.store.writing() as session:
        for visit_id in ids:
            session.merge(UnderWayRow(id=visit_id))


# ------------------------------------------------------------------------------------- out


def visit_of(clinic: Clinic, visit_id: str) -> Visit:
    """The visit of an exam.

    Raises
    ------
    ClinicError
        ``NO_SUCH_EXAM``, ``VISIT_DAMAGED``.
    """
    visit = visit_in(clinic, visit_id)
    if visit is None:
        raise ClinicError("NO_SUCH_EXAM", "There is no such exam in this clinic.", "Choose one of the list.")
    return visit


def exam_of(clinic: Clinic, visit_id: str) -> Exam:
    """The exam as its file has it, its doubts found anew; an empty one where nothing was measured yet.

    Raises
    ------
    ClinicError
        ``NO_SUCH_EXAM``.
    IntakeError
        As `ironreport.exam.open_exam`, of a file that was changed by hand.
    """
    visit, content = visit_of(clinic, visit_id), exam_bytes(clinic, visit_id)
    if content is not None:
        return open_exam(content)
    return Exam(visit.patient, visit.exam_date)


def study_id(clinic: Clinic, *words: str) -> str:
    """Id of the exam of a study: the same study gives the same one, so that it never stands twice."""
    return id_of(keyed_hash(clinic.key, "study", *words).encode()) if any(words) else new_id()


def earlier_ids(clinic: Clinic, visit_id: str) -> Sequence[str]:
    """Ids of the patient's other measured exams, the earliest first; other readings of this one are not among them."""
    with clinic.store.reading() as session:
        own, first = (
            select(column).where(ExamRow.id == visit_id).scalar_subquery()
            for column in (ExamRow.patient_key, ExamRow.second_of)
        )
        others = (ExamRow.id != visit_id, ExamRow.id != first, ExamRow.second_of == "")
        found = select(ExamRow.id).where(ExamRow.patient_key == own, *others)
        return session.scalars(found.where(ExamRow.file_print != "").order_by(ExamRow.exam_date, ExamRow.id)).all()
