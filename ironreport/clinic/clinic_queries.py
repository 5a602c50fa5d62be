"""What pages and commands ask of a clinic: today's exams, the patients, who is due, the pictures of the cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, text

from ironreport.clinic.index_models import STILL_OPEN, ExamRow, KindRow, PatientRow, ReasonRow, ResultRow
from ironreport.clinic.opened_clinic import Clinic


@dataclass(frozen=True, slots=True)
class ListedExam:
    """A line of the worklist."""

    id: str
    pseudonym: str
    exam_date: str
    added_on: str
    state: str
    series: str
    n_images: int
    n_doubts: int
    is_critical: bool
    problem: str
    second_of: str


@dataclass(frozen=True, slots=True)
class ListedPatient:
    """A line of the registry or of the recall list; ``why`` says which interval and why, or why there is none."""

    pseudonym: str
    disease: str
    n_exams: int
    last_exam: str
    due: str
    due_to: str
    due_of: str
    months: int | None
    rule: str
    why: str
    sealed: str


@dataclass(frozen=True, slots=True)
class ListedResult:
    """A result of one organ, for course and cohort."""

    pseudonym: str
    exam_id: str
    exam_date: str
    organ: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    bound: str
    field: str
    grade: str
    severity: str
    ladder: str
    absence: str


_EXAM = (
    ExamRow.id, PatientRow.pseudonym, ExamRow.exam_date, ExamRow.added_on, ExamRow.state, ExamRow.series,
    ExamRow.n_images, ExamRow.n_doubts, ExamRow.is_critical, ExamRow.problem, ExamRow.second_of,
)  # fmt: skip
_PATIENT = (
    PatientRow.pseudonym, PatientRow.disease, PatientRow.n_exams, PatientRow.last_exam, PatientRow.due,
    PatientRow.due_to, PatientRow.due_of, PatientRow.months, PatientRow.rule, func.coalesce(ReasonRow.text, ""),
    PatientRow.sealed,
)  # fmt: skip
_RESULT = (
    PatientRow.pseudonym, ExamRow.id, ExamRow.exam_date, KindRow.organ, KindRow.quantity, ResultRow.value,
    ResultRow.low, ResultRow.high, KindRow.bound, KindRow.field, KindRow.grade, KindRow.severity,
    KindRow.ladder, KindRow.absence,
)  # fmt: skip


def worklist(clinic: Clinic, day: str = "") -> list[ListedExam]:
    """Exams that came in on a day, or all that are not signed off without one; the first come first."""
    asked = select(*_EXAM).join(PatientRow, PatientRow.key == ExamRow.patient_key)
    asked = asked.where(ExamRow.added_on == day if day else text(f"exam.{STILL_OPEN}"))
    with clinic.store.reading() as session:
        found = session.execute(asked.order_by(ExamRow.added_on, ExamRow.key))
        return [ListedExam(*row) for row in found]


def exams_of(clinic: Clinic, pseudonym: str) -> list[ListedExam]:
    """Exams of one patient, the earliest first."""
    asked = select(*_EXAM).join(PatientRow, PatientRow.key == ExamRow.patient_key)
    asked = asked.where(PatientRow.pseudonym == pseudonym).order_by(ExamRow.exam_date, ExamRow.id)
    with clinic.store.reading() as session:
        return [ListedExam(*row) for row in session.execute(asked)]


def patients(clinic: Clinic, words: str = "", limit: int = 10_000) -> list[ListedPatient]:
    """Patients of the registry, the last seen first; ``words`` are parts of pseudonym, disease or a date."""
    asked = _patients()
    for word in words.split():
        like = f"%{word.replace('%', '').replace('_', '')}%"
        asked = asked.where(
            or_(PatientRow.pseudonym.ilike(like), PatientRow.disease.ilike(like), PatientRow.last_exam.like(like))
        )
    return _listed(clinic, asked.order_by(PatientRow.last_exam.desc(), PatientRow.pseudonym).limit(limit))


def patient(clinic: Clinic, pseudonym: str) -> ListedPatient | None:
    """One patient."""
    return next(iter(_listed(clinic, _patients().where(PatientRow.pseudonym == pseudonym))), None)


def due(clinic: Clinic, until: str, since: str = "", limit: int = 20_000) -> list[ListedPatient]:
    """Patients whose next scan is due by a day (ISO), the longest overdue first."""
    asked = _patients().where(PatientRow.due != "", PatientRow.due <= until)
    asked = asked.where(PatientRow.due >= since) if since else asked
    return _listed(clinic, asked.order_by(PatientRow.due, PatientRow.pseudonym).limit(limit))


def without_date(clinic: Clinic, limit: int = 20_000) -> list[ListedPatient]:
    """Patients of whom something was measured and to whom no interval is given: somebody must decide."""
    asked = _patients().where(PatientRow.due == "", PatientRow.reason_key.is_not(None))
    return _listed(clinic, asked.order_by(PatientRow.last_exam, PatientRow.pseudonym).limit(limit))


def _patients() -> Any:
    return select(*_PATIENT).outerjoin(ReasonRow, ReasonRow.key == PatientRow.reason_key)


def _listed(clinic: Clinic, asked: Any) -> list[ListedPatient]:
    with clinic.store.reading() as session:
        return [ListedPatient(*row) for row in session.execute(asked)]


def results_of(clinic: Clinic, pseudonym: str) -> list[ListedResult]:
    """Results of one patient, the earliest first."""
    asked = _results().where(PatientRow.pseudonym == pseudonym, ExamRow.second_of == "")
    with clinic.store.reading() as session:
        found = session.execute(asked.order_by(ExamRow.exam_date, ExamRow.id, KindRow.organ))
        return [ListedResult(*row) for row in found]


def results_in(clinic: Clinic, exam_id: str) -> list[ListedResult]:
    """Results of one exam."""
    asked = _results().where(ExamRow.id == exam_id)
    with clinic.store.reading() as session:
        return [ListedResult(*row) for row in session.execute(asked)]


def latest_results(clinic: Clinic, organs: Sequence[str]) -> list[ListedResult]:
    """The latest result of each patient for some organs."""
    asked = _results().where(ResultRow.is_latest, KindRow.organ.in_(organs))
    with clinic.store.reading() as session:
        return [ListedResult(*row) for row in session.execute(asked)]


def _results() -> Any:
    exam, person = ExamRow.key == ResultRow.exam_key, PatientRow.key == ExamRow.patient_key
    asked = select(*_RESULT).select_from(ResultRow).join(ExamRow, exam).join(PatientRow, person)
    return asked.join(KindRow, KindRow.key == ResultRow.kind_key)


def pairs(clinic: Clinic, one: str, other: str) -> list[tuple[str, float, str, float, str]]:
    """Latest graded values of two organs for each patient who has both: pseudonym, value and ladder of each."""
    with clinic.store.reading() as session:
        first, second = (session.execute(_latest_graded(organ)).all() for organ in (one, other))
    held = {pseudonym: (value, quantity) for pseudonym, value, quantity in second}
    return [(who, value, quantity, *held[who]) for who, value, quantity in first if who in held]


def _latest_graded(organ: str) -> Any:
    """The latest value of each patient that has a class and is no limit."""
    asked = select(PatientRow.pseudonym, ResultRow.value, KindRow.quantity).select_from(ResultRow)
    asked = asked.join(ExamRow, ExamRow.key == ResultRow.exam_key).join(
        PatientRow, PatientRow.key == ExamRow.patient_key
    )
    asked = asked.join(KindRow, KindRow.key == ResultRow.kind_key)
    return asked.where(ResultRow.is_latest, KindRow.organ == organ, KindRow.bound == "", KindRow.grade != "")


def classes_by_year(clinic: Clinic, organ: str) -> list[tuple[str, str, int]]:
    """Year, severity and number of exams of one organ; severity is empty where there is no class."""
    year = func.substr(ExamRow.exam_date, 1, 4)
    asked = (
        select(year, KindRow.severity, func.count())
        .select_from(ResultRow)
        .join(KindRow, KindRow.key == ResultRow.kind_key)
        .join(ExamRow, ExamRow.key == ResultRow.exam_key)
        .where(KindRow.organ == organ)
        .group_by(year, KindRow.severity)
        .order_by(year, KindRow.severity)
    )
    with clinic.store.reading() as session:
        return [(year, severity, int(n)) for year, severity, n in session.execute(asked)]
