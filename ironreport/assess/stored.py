"""What an exam file says was found, beside what is found now: where the two differ, both are said."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.records import Caution, Finding, StoredResult
from ironreport.units import NOTATION

SAME = 1e-3
"""Share by which two numbers may differ that another computer's rounding explains; print shows three digits."""
DIGITS = 4
MOST_NAMED = 3


def stored_doubt(finding: Finding, knowledge: Knowledge) -> tuple[Caution, ...]:
    """A doubt with both results where the exam file holds another one; nothing where they agree.

    Parameters
    ----------
    finding : Finding
        What is found now, as far as it came.
    """
    stored = finding.measurement.stored
    if stored is None:
        return ()
    then, now = dict(stored.values), _values(finding)
    grade = finding.grading.grade if finding.grading else ""
    differ = [q for q in NOTATION if q in then or q in now if not _same(then.get(q), now.get(q))]
    if not differ and stored.grade == grade:
        return ()
    shown = differ[:MOST_NAMED]
    text = (
        f"The exam file says {_said(then, shown, stored.grade, finding.organ, knowledge)}; computed now: "
        f"{_said(now, shown, grade, finding.organ, knowledge)}. {_why(stored, knowledge)} "
        "What is computed now stands in this report; compare the two before you sign it."
    )
    return (Caution("FILE_SAYS_OTHERWISE", text),)


def _values(finding: Finding) -> dict[str, float]:
    estimate = finding.estimate
    if estimate is None:
        return {}
    iron = estimate.iron.iron if estimate.iron else None
    return {e.quantity: e.value for e in (estimate.time, estimate.rate, iron) if e is not None}


def _same(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return abs(then - now) <= SAME * max(abs(then), abs(now))


def _said(values: dict[str, float], shown: list[str], grade: str, organ: str, knowledge: Knowledge) -> str:
    """Numbers and class in words; the word of a class comes from the knowledge, never from the file."""
    numbers = [
        f"{NOTATION[q].symbol} {values[q]:.{DIGITS}g} {NOTATION[q].unit}" if q in values else f"no {NOTATION[q].symbol}"
        for q in shown
    ]
    return ", ".join([*numbers, f'class "{_label(grade, organ, knowledge)}"' if grade else "no class"])


def _label(grade: str, organ: str, knowledge: Knowledge) -> str:
    file = knowledge.organs.get(organ)
    grades = (g for ladder in (file.ladder if file else ()) for g in ladder.grades)
    return next((g.label for g in grades if g.id == grade), "unknown here")


def _why(stored: StoredResult, knowledge: Knowledge) -> str:
    if stored.knowledge != knowledge.version:
        return "The file was saved with other knowledge, or settings, or was changed."
    return "The settings are others, or the file was changed."
