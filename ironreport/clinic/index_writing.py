"""Puts exams into the index, one after the other or all of a clinic at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.orm import Session

from ironreport.clinic.index_models import ExamRow, KindRow, MarkRow, PatientRow, ReasonRow, ResultRow, UnderWayRow
from ironreport.clinic.index_rows import IndexedExam, IndexedResult
from ironreport.clinic.outlooks import Outlook, PastExam, outlook
from ironreport.clinic.patient_files import Patient

Cells = dict[str, Any]
SOURCE_SERIES = "; "
Kind = tuple[str, ...]
KIND_COLUMNS = (
    KindRow.organ, KindRow.quantity, KindRow.bound, KindRow.field, KindRow.grade, KindRow.severity, KindRow.ladder,
    KindRow.absence,
)  # fmt: skip


def put_exam(session: Session, row: IndexedExam, patient: Patient) -> None:
    """Put one exam in the place of what the index held of it, and its patient's outlook with it."""
    patient_key = put_patient(session, patient)
    reason_key = _reason_key(session, row.why)
    held = session.execute(select(ExamRow.key, ExamRow.patient_key).where(ExamRow.id == row.visit.id)).first()
    if held is None:
        exam_key = 1 + (session.scalar(select(func.max(ExamRow.key))) or 0)
        session.execute(insert(ExamRow).values(exam_cells(row, exam_key, patient_key, reason_key)))
    else:
        exam_key = held.key
        session.execute(delete(ResultRow).where(ResultRow.exam_key == exam_key))
        cells = exam_cells(row, exam_key, patient_key, reason_key)
        session.execute(update(ExamRow).where(ExamRow.key == exam_key).values(cells))
    kinds = {kind: _kind_key(session, kind) for kind in {kind_of(result) for result in row.results}}
    if results := result_cells(row, exam_key, kinds):
        session.execute(insert(ResultRow), results)
    for key in {patient_key, held.patient_key if held else patient_key}:
        _put_outlook(session, key)


def put_patient(session: Session, patient: Patient) -> int:
    """Key of a patient's row, made where there is none; marks and sealed name as the file has them."""
    key = session.scalar(select(PatientRow.key).where(PatientRow.pseudonym == patient.pseudonym))
    if key is None:
        key = 1 + (session.scalar(select(func.max(PatientRow.key))) or 0)
        session.execute(insert(PatientRow).values(patient_cells(patient, key, Outlook())))
    else:
        session.execute(update(PatientRow).where(PatientRow.key == key).values(sealed=patient.sealed))
        session.execute(delete(MarkRow).where(MarkRow.patient_key == key))
    if marks := mark_cells(patient, key):
        session.execute(insert(MarkRow), marks)
    return key


def _reason_key(session: Session, why: str) -> int | None:
    if not why:
        return None
    key = session.scalar(select(ReasonRow.key).where(ReasonRow.text == why))
    if key is None:
        key = 1 + (session.scalar(select(func.max(ReasonRow.key))) or 0)
        session.execute(insert(ReasonRow).values(key=key, text=why))
    return key


def _kind_key(session: Session, kind: Kind) -> int:
    alike = [column == value for column, value in zip(KIND_COLUMNS, kind, strict=True)]
    key = session.scalar(select(KindRow.key).where(*alike))
    if key is None:
        key = 1 + (session.scalar(select(func.max(KindRow.key))) or 0)
        session.execute(insert(KindRow).values(_kind_cells(kind, key)))
    return key


def _put_outlook(session: Session, patient_key: int) -> None:
    found = outlook(_past_exams(session, patient_key))
    session.execute(update(PatientRow).where(PatientRow.key == patient_key).values(outlook_cells(found)))
    own = ResultRow.exam_key.in_(select(ExamRow.key).where(ExamRow.patient_key == patient_key))
    session.execute(update(ResultRow).where(own).values(is_latest=False))
    for exam_key, organ in found.latest:
        of_organ = select(KindRow.key).where(KindRow.organ == organ)
        one = (ResultRow.exam_key == exam_key) & ResultRow.kind_key.in_(of_organ)
        session.execute(update(ResultRow).where(one).values(is_latest=True))
    if not session.scalar(select(func.count()).select_from(ExamRow).where(ExamRow.patient_key == patient_key)):
        session.execute(delete(MarkRow).where(MarkRow.patient_key == patient_key))
        session.execute(delete(PatientRow).where(PatientRow.key == patient_key))


def _past_exams(session: Session, patient_key: int) -> list[PastExam]:
    organs: dict[int, list[str]] = {}
    found = select(ResultRow.exam_key, KindRow.organ).join(KindRow, KindRow.key == ResultRow.kind_key)
    found = found.join(ExamRow, ExamRow.key == ResultRow.exam_key)
    found = found.where(ExamRow.patient_key == patient_key)
    for exam_key, organ in session.execute(found):
        organs.setdefault(exam_key, []).append(organ)
    first = (ExamRow.patient_key == patient_key) & (ExamRow.second_of == "")
    asked = select(
        ExamRow.key, ExamRow.id, ExamRow.exam_date, ExamRow.disease, ExamRow.months, ExamRow.months_to, ExamRow.rule,
        ExamRow.reason_key,
    ).where(first)  # fmt: skip
    return [PastExam(*row, tuple(organs.get(row.key, ()))) for row in session.execute(asked)]


# ------------------------------------------------------------------------------------- all at once


def put_all(connection: Connection, rows: Sequence[IndexedExam], patients: Mapping[str, Patient]) -> None:
    """Put these exams and nothing else into the index.

    Parameters
    ----------
    patients : mapping of str to Patient
        The patient of each exam, by the pseudonym in its visit.
    """
    for table in (ResultRow, KindRow, ExamRow, MarkRow, PatientRow, ReasonRow, UnderWayRow):
        connection.execute(delete(table))
    own = {patients[row.visit.patient].pseudonym: patients[row.visit.patient] for row in rows}
    keys = {pseudonym: n for n, pseudonym in enumerate(own, start=1)}
    reasons = {why: n for n, why in enumerate(dict.fromkeys(row.why for row in rows if row.why), start=1)}
    all_kinds = dict.fromkeys(kind_of(result) for row in rows for result in row.results)
    kinds = {kind: n for n, kind in enumerate(all_kinds, start=1)}
    of_patient: dict[int, list[PastExam]] = {}
    exams, results = [], []
    for n, row in enumerate(rows, start=1):
        key, reason_key = keys[patients[row.visit.patient].pseudonym], reasons.get(row.why)
        exams.append(exam_cells(row, n, key, reason_key))
        results.extend(result_cells(row, n, kinds))
        if not row.visit.second_of:
            of_patient.setdefault(key, []).append(_past(row, n, reason_key))
    outlooks = {key: outlook(of_patient.get(key, [])) for key in keys.values()}
    latest = {pair for found in outlooks.values() for pair in found.latest}
    organs = {n: organ for (organ, *_), n in kinds.items()}
    for cells in results:
        cells["is_latest"] = (cells["exam_key"], organs[cells["kind_key"]]) in latest
    _insert(connection, ReasonRow, ({"key": n, "text": why} for why, n in reasons.items()))
    _insert(connection, PatientRow, (patient_cells(own[p], key, outlooks[key]) for p, key in keys.items()))
    _insert(connection, MarkRow, (mark for p, key in keys.items() for mark in mark_cells(own[p], key)))
    _insert(connection, ExamRow, exams)
    _insert(connection, KindRow, (_kind_cells(kind, n) for kind, n in kinds.items()))
    _insert(connection, ResultRow, results)


def _past(row: IndexedExam, key: int, reason_key: int | None) -> PastExam:
    organs = tuple(result.organ for result in row.results)
    visit_id = row.visit.id
    return PastExam(key, visit_id, row.exam_date, row.disease, row.months, row.months_to, row.rule, reason_key, organs)


def _insert(connection: Connection, table: Any, cells: Iterable[Cells]) -> None:
    if rows := list(cells):
        connection.execute(insert(table), rows)


# ------------------------------------------------------------------------------------- cells


def exam_cells(row: IndexedExam, key: int, patient_key: int, reason_key: int | None) -> Cells:
    """Cells of an exam's row."""
    visit = row.visit
    return {
        "key": key, "id": visit.id, "patient_key": patient_key, "exam_date": row.exam_date,
        "added_on": visit.added_at[:10], "state": visit.state, "second_of": visit.second_of,
        "disease": row.disease, "series": SOURCE_SERIES.join(visit.series), "n_images": len(visit.images),
        "n_doubts": row.n_doubts, "months": row.months, "months_to": row.months_to, "rule": row.rule,
        "reason_key": reason_key, "is_critical": row.is_critical, "problem": row.problem, "file_print": row.file_print,
    }  # fmt: skip


def kind_of(result: IndexedResult) -> Kind:
    """What a result has in common with others."""
    return (
        result.organ, result.quantity, result.bound, result.field, result.grade, result.severity, result.ladder,
        result.absence,
    )  # fmt: skip


def _kind_cells(kind: Kind, key: int) -> Cells:
    return {"key": key, **{column.key: value for column, value in zip(KIND_COLUMNS, kind, strict=True)}}


def result_cells(row: IndexedExam, key: int, kinds: Mapping[Kind, int]) -> list[Cells]:
    """Cells of the rows of an exam's results."""
    return [
        {
            "exam_key": key, "kind_key": kinds[kind_of(r)], "is_latest": False,
            "value": r.value, "low": r.low, "high": r.high,
        }
        for r in row.results
    ]  # fmt: skip


def patient_cells(patient: Patient, key: int, found: Outlook) -> Cells:
    """Cells of a patient's row."""
    named = {"key": key, "pseudonym": patient.pseudonym, "same_as": patient.same_as, "sealed": patient.sealed}
    return {**named, **outlook_cells(found)}


def outlook_cells(found: Outlook) -> Cells:
    """Cells of a patient's row that follow from the exams."""
    return {
        "disease": found.disease, "n_exams": found.n_exams, "last_exam": found.last_exam, "due": found.due,
        "due_to": found.due_to, "due_of": found.due_of, "months": found.months, "rule": found.rule,
        "reason_key": found.reason_key,
    }  # fmt: skip


def mark_cells(patient: Patient, key: int) -> list[Cells]:
    """Cells of the marks by which a patient is found."""
    return [{"mark": m, "patient_key": key} for m in sorted({m for marks in patient.marks for m in marks.all})]
