"""One question about a table that can be read in more than one way, answered by one click for the whole table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase

import pandas as pd
import streamlit as st

from ironreport.intake.table import EchoTable, LineProblem, TableQuestion
from ironreport.ui import state
from ironreport.ui.shown import plain, without_controls

ROW_PX = 35
_MOST_COMPARED = 3

Words = Callable[[str], str]


def answer() -> str:
    """The answer that was clicked last, or empty; to another table it is none, so it needs no clearing."""
    return str(st.session_state.get(_key(), ""))


def _key() -> str:
    return f"table-answer-{state.token()}"


def _choose(key: str) -> None:
    st.session_state[_key()] = key


def _picked(widget: str) -> None:
    _choose(str(st.session_state[widget] or ""))


def show_question(question: TableQuestion, words: Words) -> None:
    """The question, its answers to click, and below what each would make of the lines."""
    st.warning(plain(words(question.text), 900), icon=":material/help:")
    answers = dict(zip(ascii_uppercase, question.answers, strict=False))
    keys = {one.key: letter for letter, one in answers.items()}
    widget = f"answers-{state.token()}-{question.answers[0].key}"
    st.radio(
        "One click settles the whole table. Nothing is computed before.", list(keys), index=None, key=widget,
        format_func=lambda key: f"**{keys[key]}** · {plain(words(answers[keys[key]].says), 300)}",
        captions=[plain(words(one.gives)) for one in answers.values()], on_change=_picked, args=(widget,),
    )  # fmt: skip
    _show_readings(question, words)


def show_answered() -> None:
    """The way back to the question."""
    st.button("Ask me again", icon=":material/undo:", key=f"ask-again-{state.token()}", on_click=_choose, args=("",))


def _show_readings(question: TableQuestion, words: Words) -> None:
    """The first readings side by side, pair by pair."""
    compared = question.answers[:_MOST_COMPARED]
    pairs = {
        letter: [f"{te:.6g} → {value:.6g}" for te, value in zip(one.table.te_ms, one.table.signal, strict=True)]
        for letter, one in zip(ascii_uppercase, compared, strict=False)
    }
    most = max(map(len, pairs.values()))
    frame = pd.DataFrame({name: [*column, *[""] * (most - len(column))] for name, column in pairs.items()})
    frame.index = pd.RangeIndex(1, most + 1, name="echo")
    st.markdown(f"**As it would be read: {words('TE')} [ms] → signal**")
    st.dataframe(frame, width="stretch", height=min(ROW_PX * (most + 1) + 3, 420), alt="The table by each answer")


def was_answered(table: EchoTable) -> bool:
    """Whether a table was read by an answer."""
    return any(note.startswith("as you answered") for note in table.notes)


# ----------------------------------------------------------------------------------------- refusals


def show_problems(problems: Sequence[LineProblem], words: Words) -> None:
    """Each fault once, with the lines that have it; what was typed stays in the box."""
    faults: dict[tuple[str, str], list[LineProblem]] = {}
    for one in problems:
        faults.setdefault((words(one.what), words(one.cure)), []).append(one)
    for (what, cure), lines in faults.items():
        numbers = list(dict.fromkeys(one.line for one in lines))
        named = f"Line{'s' * (len(numbers) > 1)} {plain(runs(numbers))}"
        st.markdown(f"- **{named}** `{_code(lines[0].text)}` {plain(what, 400)} {plain(cure)}")


def runs(numbers: Sequence[int]) -> str:
    """Ascending line numbers in few words.

    >>> runs([1, 2, 3, 5, 8, 9])
    '1 to 3, 5, 8, 9'
    """
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number == groups[-1][-1] + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    return ", ".join(f"{g[0]} to {g[-1]}" if len(g) > 2 else ", ".join(map(str, g)) for g in groups)


def _code(text: str) -> str:
    """Text for inside a code span, where only the backtick could end it."""
    return without_controls(text).replace("`", "'")[:80] or " "
