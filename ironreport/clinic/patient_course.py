"""The years of one patient: the course of each organ out of the exam files, as Follow-up draws it."""

from __future__ import annotations

from dataclasses import replace

from ironreport.assess.earlier import earlier_results
from ironreport.clinic.clinic_queries import exams_of
from ironreport.clinic.exam_keeping import exam_of
from ironreport.clinic.opened_clinic import Clinic
from ironreport.errors import IronReportError
from ironreport.records import Exam, PreviousResult
from ironreport.report import describe
from ironreport.report.balance_content import BalanceSection
from ironreport.report.content import Change, TrendFigure

MOST_EXAMS = 30
"""Exams that are read for a course, the latest ones: two and a half years of monthly scans, decades of yearly ones."""


def measured_exams(clinic: Clinic, pseudonym: str) -> list[Exam]:
    """The exams of a patient that can be read and hold a result, the earliest first."""
    listed = [e for e in exams_of(clinic, pseudonym) if not e.second_of and not e.problem and e.exam_date]
    found = []
    for one in listed[-MOST_EXAMS:]:
        try:
            exam = exam_of(clinic, one.id)
        except IronReportError:
            continue
        found += [exam] if exam.measurements else []
    return found


def courses_of(clinic: Clinic, exams: list[Exam]) -> tuple[tuple[Change, TrendFigure | None], ...]:
    """What became of each organ with two results or more, as of the last exam that measured it."""
    results = [_results(clinic, exam) for exam in exams]
    made: dict[str, tuple[Change, TrendFigure | None]] = {}
    for n, exam in enumerate(exams):
        organs = {m.organ for m in exam.measurements}
        later = {m.organ for one in exams[n + 1 :] for m in one.measurements}
        if not organs - later:
            continue
        before = tuple(result for own in results[:n] for result in own if result.organ in organs - later)
        if not before:
            continue
        asked = replace(exam, context=replace(exam.context, previous=before))
        content = describe(clinic.assess(asked), clinic.knowledge)
        trends = {figure.organ: figure for figure in content.trends}
        made |= {change.organ: (change, trends.get(change.organ)) for change in content.changes}
    order = list(clinic.knowledge.organs)
    return tuple(made[organ] for organ in sorted(made, key=order.index))


def balance_of(clinic: Clinic, exams: list[Exam]) -> tuple[str, BalanceSection] | None:
    """Date and iron balance of the last exam in which a reader said what was transfused since the one before."""
    for n in range(len(exams) - 1, 0, -1):
        if exams[n].context.transfused.stated:
            before = tuple(result for one in exams[:n] for result in _results(clinic, one))
            asked = replace(exams[n], context=replace(exams[n].context, previous=before))
            section = describe(clinic.assess(asked), clinic.knowledge).balance
            return (exams[n].exam_date, section) if section else None
    return None


def _results(clinic: Clinic, exam: Exam) -> tuple[PreviousResult, ...]:
    try:
        return earlier_results(exam, clinic.knowledge)
    except IronReportError:
        return ()


def with_earlier(clinic: Clinic, exam: Exam, pseudonym: str) -> Exam:
    """A fresh exam with the results of the earlier ones, and the disease of the last."""
    before = [one for one in measured_exams(clinic, pseudonym) if one.exam_date != exam.exam_date]
    results = tuple(result for one in before for result in _results(clinic, one))
    disease = next((one.context.disease for one in reversed(before) if one.context.disease != "unknown"), "unknown")
    return replace(exam, context=replace(exam.context, previous=results, disease=disease))
