"""How far the reader has come in each case, kept in this session only."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from ironreport.teaching.case_file import Case, CaseQuestion, Method
from ironreport.teaching.case_numbers import BenchReading, read_at_bench
from ironreport.teaching.marking import AnswerMark

HELD = "learn-cases"
BENCH_METHODS: tuple[Method, ...] = ("log-linear", "least-squares", "constant", "program")


@dataclass
class CaseState:
    """What was answered so far; the last mark of a solved question is right, or the answer was shown."""

    answered: dict[str, list[AnswerMark]] = field(default_factory=dict)
    hints: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)

    def keep(self, question: CaseQuestion, mark: AnswerMark) -> None:
        """Keep the mark of an answer."""
        self.answered.setdefault(question.id, []).append(mark)

    def hint(self, question: CaseQuestion) -> None:
        """Show the hint from now on."""
        self.hints.add(question.id)

    def give_up(self, question: CaseQuestion) -> None:
        """Show the answer and go on."""
        self.given_up.add(question.id)
        right = next((a for a in question.answer if a.right), None)
        because = f"{right.say.rstrip('.')}. {right.because}" if right else question.hint
        self.keep(question, AnswerMark(True, because, shown=True))

    def marks(self, question: CaseQuestion) -> list[AnswerMark]:
        """The last mark of a question; none before it was answered."""
        return self.answered.get(question.id, [])[-1:]

    def is_solved(self, question: CaseQuestion) -> bool:
        """Whether a question was answered right, by whomever."""
        return any(mark.right for mark in self.answered.get(question.id, []))

    def is_over(self, case: Case) -> bool:
        """Whether every question was answered."""
        return all(self.is_solved(question) for question in case.question)

    def open_question(self, case: Case) -> CaseQuestion | None:
        """The first question that was not answered yet."""
        return next((question for question in case.question if not self.is_solved(question)), None)

    def bench(self, case: Case) -> BenchReading:
        """What the bench reads as it is set."""
        method: Method = st.session_state.get(f"bench-method-{case.id}") or "log-linear"
        left_out = tuple(sorted(st.session_state.get(f"bench-out-{case.id}") or ()))
        return read_at_bench(case.data, method, left_out, case.organ)


def case_state(case: Case) -> CaseState:
    """The state of a case in this session."""
    held: dict[str, CaseState] = st.session_state.setdefault(HELD, {})
    return held.setdefault(case.id, CaseState())


def play_again(case: Case) -> None:
    """Forget the answers to a case, and what its widgets were set to."""
    st.session_state[HELD].pop(case.id, None)
    of_case = (f"answer-{case.id}-", f"bench-method-{case.id}", f"bench-out-{case.id}", f"lesson-{case.id}-")
    for key in [k for k in st.session_state if str(k).startswith(of_case)]:
        del st.session_state[key]
