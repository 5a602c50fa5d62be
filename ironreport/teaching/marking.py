"""Marks answers to the questions of a case: right or wrong, why, and which reading it leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ironreport.teaching.case_file import Case, CaseQuestion, CaseReading
from ironreport.teaching.case_numbers import BenchReading


@dataclass(frozen=True, slots=True)
class AnswerMark:
    """What an answer was worth; ``because`` is empty where the case has no sentence for it.

    ``shown`` where the reader asked for the answer.
    """

    right: bool
    because: str
    reading: CaseReading | None = None
    shown: bool = False


def mark_choice(case: Case, question: CaseQuestion, index: int) -> AnswerMark:
    """The mark of one of the answers of a question."""
    answer = question.answer[index]
    return AnswerMark(answer.right, answer.because, reading_named(case, answer.reading))


def mark_bench(case: Case, question: CaseQuestion, found: BenchReading) -> AnswerMark:
    """The mark of a method with its echoes: by the reading of the case that it is, else by the number it gives."""
    known = known_reading(case.reading, found)
    if known is not None:
        return AnswerMark(known.right, known.because, known)
    right = [r for r in case.reading if r.right and r.by != "typed"]
    if found.t2star_ms is None:
        return AnswerMark(any(r.refused for r in right), "")
    goals = [case.data.true_t2star_ms, *(r.t2star_ms for r in right if not r.refused)]
    near = any(goal is not None and abs(found.t2star_ms / goal - 1.0) <= question.within for goal in goals)
    return AnswerMark(near and not any(r.refused for r in right), "")


def known_reading(readings: Sequence[CaseReading], found: BenchReading) -> CaseReading | None:
    """The reading of a case that was made at the bench, or None."""
    left_out = set(found.left_out)
    return next((r for r in readings if r.by == found.method and set(r.left_out) == left_out), None)


def reading_named(case: Case, name: str) -> CaseReading | None:
    """A reading by its id."""
    return next((r for r in case.reading if r.id == name), None)
