"""When a patient is due, out of all exams: by the guidance of those that hold the latest result of an organ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ironreport.clinic.index_rows import months_later


@dataclass(frozen=True, slots=True)
class PastExam:
    """What an exam says of the next one; a rule without months withholds any interval."""

    key: int
    id: str
    exam_date: str
    disease: str
    months: int | None
    months_to: int | None
    rule: str
    reason_key: int | None
    organs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a patient is due: from ``due`` to ``due_to``, empty where there is no interval."""

    n_exams: int = 0
    last_exam: str = ""
    disease: str = ""
    due: str = ""
    due_to: str = ""
    due_of: str = ""
    months: int | None = None
    rule: str = ""
    reason_key: int | None = None
    latest: tuple[tuple[int, str], ...] = ()


def outlook(exams: Sequence[PastExam]) -> Outlook:
    """The outlook of one patient.

    An exam counts as long as it holds the latest result of an organ: a liver scan of today does not take away the date
    that the heart of last month asks for. Of several dates the earliest holds. Where a rule of the last exam
    withholds any interval, that is said instead of an older date.
    """
    ordered = sorted(exams, key=lambda e: (e.exam_date, e.id))
    measured = [exam for exam in ordered if exam.organs]
    if not measured:
        return Outlook(len(ordered), ordered[-1].exam_date if ordered else "")
    last = measured[-1]
    holder = {organ: exam.key for exam in measured for organ in exam.organs}
    latest = tuple(sorted((key, organ) for organ, key in holder.items()))
    start = Outlook(len(ordered), last.exam_date, last.disease, latest=latest)
    asking = [e for e in measured if e.key in holder.values() and e.months is not None and e.exam_date]
    if (last.months is None and last.rule) or not asking:
        return _said(start, last)
    first = min(reversed(asking), key=lambda e: months_later(e.exam_date, e.months or 0))
    return _dated(_said(start, first), first)


def _said(start: Outlook, exam: PastExam) -> Outlook:
    return Outlook(
        start.n_exams, start.last_exam, start.disease, rule=exam.rule, reason_key=exam.reason_key, latest=start.latest
    )


def _dated(said: Outlook, exam: PastExam) -> Outlook:
    months = exam.months or 0
    return Outlook(
        said.n_exams, said.last_exam, said.disease,
        due=months_later(exam.exam_date, months), due_to=months_later(exam.exam_date, exam.months_to or months),
        due_of=exam.exam_date, months=months, rule=said.rule, reason_key=said.reason_key, latest=said.latest,
    )  # fmt: skip
