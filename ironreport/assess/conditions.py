"""The closed vocabulary of conditions, answered with yes, no or not known.

Nothing is ever evaluated from text. A condition on something not measured or not stated is *not
known* (None), and the answer names what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ironreport.assess.comparison import compare, latest
from ironreport.assess.grading import graded_estimate
from ironreport.knowledge import Knowledge
from ironreport.knowledge.rules import Condition
from ironreport.knowledge.schema import Ladder
from ironreport.records import Comparison, Context, Estimate, Finding


@dataclass(frozen=True, slots=True)
class Answer:
    """True, False or None (not known), and the names of the facts that are missing."""

    holds: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions may look at: the findings of the exam and the context of the patient."""

    findings: tuple[Finding, ...]
    context: Context
    knowledge: Knowledge

    def graded(self, organ: str) -> Finding | None:
        """The finding of an organ if it has a class; guidance never rests on less (safe-6)."""
        return next((f for f in self.findings if f.organ == organ and f.grading is not None), None)

    def ladder(self, finding: Finding) -> Ladder:
        """The ladder a finding was graded on."""
        assert finding.grading is not None and finding.estimate is not None  # noqa: S101 - graded() gives only such
        ladders = self.knowledge.ladders(finding.organ, finding.estimate.field)
        return next(x for x in ladders if x.id == finding.grading.ladder)


def all_hold(conditions: Iterable[Condition], situation: Situation) -> Answer:
    """Whether every condition holds; one plain no settles it."""
    answers = [answer(c, situation) for c in conditions]
    if any(a.holds is False for a in answers):
        return Answer(False)
    missing = tuple(dict.fromkeys(name for a in answers for name in a.missing))
    return Answer(None, missing) if missing else Answer(True)


def any_holds(conditions: Iterable[Condition], situation: Situation) -> Answer:
    """Whether at least one condition holds; one plain yes settles it."""
    answers = [answer(c, situation) for c in conditions]
    if any(a.holds for a in answers):
        return Answer(True)
    missing = tuple(dict.fromkeys(name for a in answers for name in a.missing))
    return Answer(None, missing) if missing else Answer(False)


def answer(condition: Condition, situation: Situation) -> Answer:
    """The answer to one condition."""
    if condition.fact is not None:
        return _fact(condition, situation)
    finding = situation.graded(condition.organ or "")
    if condition.graded is not None:
        return Answer((finding is not None) == condition.graded)
    if condition.change:
        return _change(condition, situation)
    if finding is None:
        organ = situation.knowledge.organ(condition.organ or "")
        return Answer(None, (f"{organ.name.lower()} ({organ.measures.split(',')[0]})",))
    holds = _has_severity(condition, finding, situation) if condition.severity else _in_limits(condition, finding)
    if holds is None:
        organ = situation.knowledge.organ(finding.organ)
        return Answer(None, (f"{organ.name.lower()} beyond the limit of this acquisition",))
    return Answer(holds)


def _fact(condition: Condition, situation: Situation) -> Answer:
    context = situation.context
    value = context.disease if condition.fact == "disease" else context.fact(condition.fact or "")
    label = next((f.label for f in situation.knowledge.shared.fact if f.id == condition.fact), "disease")
    unknown = Answer(None, (label[0].lower() + label[1:] if label[1:2].islower() else label,))
    if condition.limited:
        given = stated_number(value)
        return unknown if given is None else Answer(condition.within(given))
    if value in condition.answers:
        return Answer(True)
    return unknown if value == "unknown" and condition.fact != "disease" else Answer(False)


def stated_number(text: str) -> float | None:
    """A fact as a number; None where it is unknown or no number above zero.

    >>> stated_number("1222.5"), stated_number("unknown"), stated_number("nan")
    (1222.5, None, None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0.0 else None


def _change(condition: Condition, situation: Situation) -> Answer:
    found = comparison(condition.organ or "", situation)
    if found is None:
        return Answer(None, (f"an earlier result of the {condition.organ}",))
    return Answer(found.change in condition.change)


def comparison(organ: str, situation: Situation) -> Comparison | None:
    """The organ against its latest earlier result; None where it has no class now or no earlier result."""
    finding, before = situation.graded(organ), latest(organ, situation.context.previous)
    return None if finding is None or before is None else compare(before, finding, situation.knowledge)


def _has_severity(condition: Condition, finding: Finding, situation: Situation) -> bool | None:
    grading = finding.grading
    assert grading is not None  # noqa: S101 - narrowing for the type checker
    if grading.bound:
        ladder = situation.ladder(finding)
        possible = {ladder.grade(g).severity for g in grading.grades_in_interval}
        return True if possible <= set(condition.severity) else None if possible & set(condition.severity) else False
    counted = situation.ladder(finding).grade_of(grading.guidance_value)
    return counted.severity in condition.severity and not (condition.clear and grading.borderline)


def _in_limits(condition: Condition, finding: Finding) -> bool | None:
    assert finding.grading is not None and finding.estimate is not None  # noqa: S101 - narrowing
    if condition.field is not None and condition.field != finding.estimate.field:
        return False
    value = _value(condition.quantity or "", finding)
    if value is None:
        return False
    found = graded_estimate(finding.estimate, condition.quantity or "")
    if found is None or not found.bound:
        return condition.within(value)
    return _beyond_limits(condition, found)


def _beyond_limits(condition: Condition, limit: Estimate) -> bool | None:
    """Whether every value beyond a limit lies inside the condition; None where only some do."""
    above = limit.bound == "above"
    farthest = math.inf if above else 0.0
    nearest = math.nextafter(limit.value, farthest)
    if condition.within(nearest) and condition.within(farthest):
        return True
    ends = (condition.below, condition.up_to) if above else (condition.above, condition.at_least)
    passed = any(e is not None and (e <= limit.value if above else e >= limit.value) for e in ends)
    return False if passed else None


def _value(quantity: str, finding: Finding) -> float | None:
    assert finding.grading is not None and finding.estimate is not None  # noqa: S101 - narrowing
    if quantity == finding.grading.quantity:
        return finding.grading.guidance_value
    found = graded_estimate(finding.estimate, quantity)
    return None if found is None else found.value
