"""Words that a caller may get wrong, checked where they are given: each mistake is one sentence and its cure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import numpy as np

from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.library.arguments import is_number
from ironreport.records import Context, PreviousResult
from ironreport.relaxometry import METHODS

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


def chosen_names(organ: str, calibration: str, ladder: str, method: str, knowledge: Knowledge) -> tuple[str, str, str]:
    """Ids of calibration, ladder and method of an organ, each empty where none was chosen.

    Raises
    ------
    AssessmentError
        ``UNKNOWN_CALIBRATION``, ``UNKNOWN_LADDER``, ``UNKNOWN_METHOD``.
    """
    known = knowledge.organ(organ)
    return (
        _one_of("calibration", calibration, [one.id for one in known.calibration]) if calibration else "",
        _one_of("ladder", ladder, [one.id for one in known.ladder]) if ladder else "",
        _one_of("method", method, METHODS) if method else "",
    )


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
        ``UNKNOWN_DISEASE``, ``NOT_FACTS``, ``UNKNOWN_FACT``, ``UNKNOWN_ANSWER``; of earlier results ``UNKNOWN_ORGAN``,
        ``NOT_A_DATE``, ``NOT_A_RESULT``, ``NOT_A_NUMBER``.
    """
    named = disease if disease == UNKNOWN else _disease(disease, knowledge)
    results = tuple(previous) if isinstance(previous, Iterable) else (previous,)
    if not isinstance(facts, Mapping):
        raise AssessmentError("NOT_FACTS", "facts are no mapping.", "Give a dict: facts={'lvef_reduced': 'yes'}.")
    for one in results:
        _checked(one)
        known_organ(one.organ, knowledge)
        iso_date(one.date, "an earlier result")
    answers = tuple((name, _answer(name, value, knowledge)) for name, value in facts.items())
    return Context(named, answers, results)


def _checked(one: object) -> None:
    """Refuse an earlier result that is none, or holds what is no number from zero up."""
    if not isinstance(one, PreviousResult):
        raise AssessmentError(
            "NOT_A_RESULT", f"{type(one).__name__} is no earlier result.", "Give ir.PreviousResult(...), or several."
        )
    positive_or_none(one, "field_tesla", "r2star_per_s", "lic_mg_per_g", "r2star_low_per_s", "r2star_high_per_s")


def positive_or_none(record: object, *names: str) -> None:
    """Refuse a record in which one of these values is given and is no finite number from zero up.

    Raises
    ------
    AssessmentError
        ``NOT_A_NUMBER``.
    """
    for name in names:
        value = getattr(record, name)
        if value is not None and not (is_number(value) and math.isfinite(value) and value >= 0.0):
            raise AssessmentError(
                "NOT_A_NUMBER", f"{name} is {str(value)[:40]!r}, which is no number from zero up.",
                "Give the number without a unit, or None where it is not known.",
            )  # fmt: skip


def iso_date(date: str, whose: str) -> str:
    """A date as YYYY-MM-DD, or empty where it is not known.

    Raises
    ------
    AssessmentError
        ``NOT_A_DATE``.
    """
    try:
        is_date = not date or dt.date.fromisoformat(date).isoformat() == date
    except (ValueError, TypeError):
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
        if not is_number(value) or not math.isfinite(value) or value < 0.0:  # type: ignore[arg-type, operator]
            raise AssessmentError(
                "UNKNOWN_ANSWER", f"{name} ({question.label}) is a number, not {value!r}.", "Give it without a unit."
            )
        return f"{value:g}"
    words = ("yes" if value else "no") if isinstance(value, bool | np.bool_) else str(value)
    return words if question.kind == "text" else _one_of(f"answer to {name}", words, (*question.answers, UNKNOWN))


def _one_of(what: str, given: str, known: Iterable[str]) -> str:
    names = list(known)
    if isinstance(given, str) and given in names:
        return given
    alike = get_close_matches(str(given).casefold(), names, n=1, cutoff=0.5)
    cure = [f"Did you mean '{alike[0]}'?"] if alike else []
    code = f"UNKNOWN_{what.split()[0].upper()}"
    raise AssessmentError(code, f"There is no {what} '{given}'.", " ".join([*cure, f"Known: {', '.join(names)}."]))
