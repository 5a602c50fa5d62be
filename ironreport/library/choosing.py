"""Words that a caller may get wrong, checked where they are given: each mistake is one sentence and its cure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.records import Context, PreviousResult

Answer = str | float | int | bool
UNKNOWN = "unknown"


def known_organ(organ: str, knowledge: Knowledge) -> str:
    """The id of an organ.

    Raises
    ------
    AssessmentError
        ``UNKNOWN_ORGAN``.
    """
    return _one_of("organ", organ, knowledge.organs)


def context_of(
    disease: str, facts: Mapping[str, Answer], previous: Iterable[PreviousResult], knowledge: Knowledge
) -> Context:
    """What is known of the patient.

    Parameters
    ----------
    disease : str
        Id of a disease, or ``unknown``.
    facts : mapping
        Answers to questions of the context form by their id, e.g. ``{"lvef_reduced": "yes", "age_years": 14}``. True
        and False stand for yes and no.

    Raises
    ------
    AssessmentError
        ``UNKNOWN_DISEASE``, ``UNKNOWN_FACT``, ``UNKNOWN_ANSWER``; of earlier results ``UNKNOWN_ORGAN``, ``NOT_A_DATE``.
    """
    named = disease if disease == UNKNOWN else _disease(disease, knowledge)
    results = tuple(previous)
    for one in results:
        known_organ(one.organ, knowledge)
        iso_date(one.date, "an earlier result")
    answers = tuple((name, _answer(name, value, knowledge)) for name, value in facts.items())
    return Context(named, answers, results)


def iso_date(date: str, whose: str) -> str:
    """A date as YYYY-MM-DD, or empty where it is not known.

    Raises
    ------
    AssessmentError
        ``NOT_A_DATE``.
    """
    try:
        is_date = not date or dt.date.fromisoformat(date).isoformat() == date
    except ValueError:
        is_date = False
    if not is_date:
        raise AssessmentError(
            "NOT_A_DATE", f"'{date}' is no date of {whose}.", "Write it as YYYY-MM-DD, for example 2026-11-01."
        )
    return date


def _disease(disease: str, knowledge: Knowledge) -> str:
    """The id of a disease; the cure says which disease each id is."""
    try:
        return _one_of("disease", disease, knowledge.diseases)
    except AssessmentError as error:
        known = ", ".join(f"{name} ({one.name})" for name, one in knowledge.diseases.items())
        raise AssessmentError(error.refusal.code, error.refusal.what, f"Known: {known}.") from None


def _answer(name: str, value: Answer, knowledge: Knowledge) -> str:
    questions = {fact.id: fact for fact in knowledge.shared.fact}
    question = questions[_one_of("fact", name, questions)]
    if question.kind == "number":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise AssessmentError(
                "UNKNOWN_ANSWER", f"{name} ({question.label}) is a number, not {value!r}.", "Give it without a unit."
            )
        return f"{value:g}"
    words = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return words if question.kind == "text" else _one_of(f"answer to {name}", words, (*question.answers, UNKNOWN))


def _one_of(what: str, given: str, known: Iterable[str]) -> str:
    names = list(known)
    if given in names:
        return given
    alike = get_close_matches(str(given).casefold(), names, n=1, cutoff=0.5)
    meant = f"Did you mean '{alike[0]}'? " if alike else ""
    code = f"UNKNOWN_{what.split()[0].upper()}"
    raise AssessmentError(code, f"There is no {what} '{given}'.", f"{meant}Known: {', '.join(names)}.")
