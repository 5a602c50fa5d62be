"""The index made anew from the files of a clinic, and whether the two agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from ironreport.clinic.index_models import ExamRow, KindRow, MarkRow, PatientRow, ReasonRow, ResultRow
from ironreport.clinic.index_rows import IndexedExam, date_or_empty, indexed
from ironreport.clinic.index_writing import put_all
from ironreport.clinic.opened_clinic import Clinic, exam_bytes, patient_in, visit_in
from ironreport.clinic.patient_files import Patient, is_pseudonym
from ironreport.clinic.store_engine import said
from ironreport.clinic.visits import Visit
from ironreport.errors import ClinicError, IronReportError
from ironreport.exam import open_exam

Progress = Callable[[int, int], None]
STRANGER = "P-2222-2222"
"""Pseudonym of exams that were put into the folder by hand and name no patient of ours."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found in the files.

    Parameters
    ----------
    problems : tuple of (str, int)
        Codes of what cannot be read, and how often.
    n_changed : int
        Exams of which the index had said something else.
    """

    n_exams: int
    n_patients: int
    n_changed: int
    problems: tuple[tuple[str, int], ...] = ()


def rebuild(clinic: Clinic, progress: Progress | None = None) -> Rebuilt:
    """Make the index anew from the files, in one step: until it is done, everybody sees the old one.

    Raises
    ------
    ClinicError
        ``CLINIC_GONE``, ``CLINIC_BUSY``, ``DISK_FULL``, ``STORE_FAILED``.
    """
    before = {line for line in contents(clinic) if line[0] == "exam"}
    rows, problems = read_rows(clinic, progress)
    patients = _patients(clinic, rows)
    writer = clinic.store.engine.execution_options(ironreport_writes=True)
    with said(), writer.begin() as connection:
        put_all(connection, rows, patients)
    after = {line for line in contents(clinic) if line[0] == "exam"}
    n_changed = len({line[1] for line in before ^ after})
    return Rebuilt(len(rows), len({p.pseudonym for p in patients.values()}), n_changed, tuple(sorted(problems.items())))


def read_rows(clinic: Clinic, progress: Progress | None = None) -> tuple[list[IndexedExam], Counter[str]]:
    """Every exam of the files as the index has it, by its id, and codes of what cannot be read."""
    rows, problems, ids = [], Counter[str](), clinic.folder.ids()
    for n_done, visit_id in enumerate(ids, start=1):
        try:
            row = _row(clinic, visit_id)
        except ClinicError as error:
            if error.refusal.code == "CLINIC_GONE":
                raise
            problems[error.refusal.code] += 1
            continue
        problems.update([row.problem] if row.problem else [])
        rows.append(row)
        if progress is not None:
            progress(n_done, len(ids))
    return rows, problems


def _row(clinic: Clinic, visit_id: str) -> IndexedExam:
    content = exam_bytes(clinic, visit_id)
    visit = visit_in(clinic, visit_id) or _stranger(visit_id, content)
    return indexed(visit, content, clinic.assess, clinic.knowledge)


def _stranger(visit_id: str, content: bytes | None) -> Visit:
    """The visit of an exam file without one, as somebody who copies files leaves it."""
    try:
        exam = open_exam(content or b"")
    except IronReportError:
        return Visit(visit_id, STRANGER, "", source="exam file without visit file")
    date = date_or_empty(exam.exam_date)
    pseudonym = exam.pseudonym if is_pseudonym(exam.pseudonym) else STRANGER
    return Visit(visit_id, pseudonym, date, ((date, "drawn"),), source="exam file without visit file")


def _patients(clinic: Clinic, rows: list[IndexedExam]) -> dict[str, Patient]:
    """The patient behind each pseudonym of the visits; a patient file that is damaged leaves the pseudonym alone."""
    found: dict[str, Patient] = {}
    for pseudonym in dict.fromkeys(row.visit.patient for row in rows):
        try:
            found[pseudonym] = patient_in(clinic, pseudonym)
        except ClinicError as error:
            if error.refusal.code == "CLINIC_GONE":
                raise
            found[pseudonym] = Patient(pseudonym)
    return found


def contents(clinic: Clinic) -> list[tuple[object, ...]]:
    """All that the index says, without the numbers by which its tables point at each other: two can be compared."""
    patient, reason, due_reason = aliased(PatientRow), aliased(ReasonRow), aliased(ReasonRow)
    exam_columns = [c for c in ExamRow.__table__.c if c.name not in ("key", "patient_key", "reason_key")]
    own_columns = [c for c in ResultRow.__table__.c if c.name not in ("exam_key", "kind_key")]
    own_columns += [c for c in KindRow.__table__.c if c.name != "key"]
    said_of = [c for c in PatientRow.__table__.c if c.name not in ("key", "reason_key")]
    with clinic.store.reading() as session:
        exams = session.execute(
            select(ExamRow.id, *exam_columns, patient.pseudonym, reason.text)
            .join(patient, patient.key == ExamRow.patient_key)
            .outerjoin(reason, reason.key == ExamRow.reason_key)
        )
        found: list[tuple[object, ...]] = [("exam", *row) for row in exams]
        results = session.execute(
            select(ExamRow.id, *own_columns)
            .select_from(ResultRow)
            .join(ExamRow, ExamRow.key == ResultRow.exam_key)
            .join(KindRow, KindRow.key == ResultRow.kind_key)
        )
        found += [("result", *row) for row in results]
        patients = session.execute(
            select(*said_of, due_reason.text).outerjoin(due_reason, due_reason.key == PatientRow.reason_key)
        )
        found += [("patient", *row) for row in patients]
        marks = select(MarkRow.mark, PatientRow.pseudonym).join(PatientRow, PatientRow.key == MarkRow.patient_key)
        found += [("mark", *row) for row in session.execute(marks)]
    return sorted(found, key=repr)
