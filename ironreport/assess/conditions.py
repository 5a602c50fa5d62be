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
from ironreport.records import Comparison, Context, Estimate, Finding, Grading

GONE_EARLY = frozenset({"BEYOND_ACQUISITION", "SHORTER_THAN_FIRST_ECHO"})
"""Codes with which a fit is refused because nothing is left of the signal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """True, False or None (not known), and the names of the facts that are missing."""

    holds: bool | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions may look at: the findings of the exam, the context of the patient and the date."""

    findings: tuple[Finding, ...]
    context: Context
    knowledge: Knowledge
    exam_date: str = ""

    def measured(self, organ: str) -> bool:
        """Whether the exam holds the organ at all, with a class or without."""
        return any(f.organ == organ for f in self.findings)

    def gone_early(self, organ: str) -> bool:
        """Whether the signal of an organ was gone too early for any number, as heavy iron makes it."""
        return any(f.organ == organ and f.absence is not None and f.absence.code in GONE_EARLY for f in self.findings)

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
    if condition.state is not None:
        return Answer(_is_known_to_hold(condition.state, situation) == condition.holds)
    if condition.fact is not None:
        return _fact(condition, situation)
    organ = condition.organ or ""
    finding = situation.graded(organ)
    if condition.measured is not None:
        return Answer(situation.measured(organ) == condition.measured)
    if condition.graded is not None:
        return Answer((finding is not None) == condition.graded)
    if condition.only_a_limit is not None:
        only = finding is not None and finding.grading is not None and bool(finding.grading.bound)
        return Answer(only == condition.only_a_limit)
    if condition.gone_early is not None:
        return Answer(situation.gone_early(organ) == condition.gone_early)
    if condition.change:
        return _change(condition, situation)
    if finding is None and condition.or_absent and not situation.measured(organ):
        return Answer(True)
    if finding is None:
        return Answer(None, (_name(organ, situation),))
    return _of_finding(condition, finding, situation)


def _is_known_to_hold(state: str, situation: Situation) -> bool:
    conditions = next(x.any for x in situation.knowledge.shared.state if x.id == state)
    return any_holds(conditions, situation).holds is True


def _name(organ: str, situation: Situation) -> str:
    """What was not measured, by its own name where that names the organ too."""
    file = situation.knowledge.organ(organ)
    name, measures = file.name.lower(), file.measures.split(",")[0]
    return measures if name in measures.lower() else f"{name} ({measures})"


def _of_finding(condition: Condition, finding: Finding, situation: Situation) -> Answer:
    if condition.field is not None and finding.estimate and condition.field != finding.estimate.field:
        return Answer(False)
    holds = _has_severity(condition, finding, situation) if condition.severity else _in_limits(condition, finding)
    if holds is None:
        organ = situation.knowledge.organ(finding.organ).name.lower()
        limit = finding.grading is not None and finding.grading.bound
        return Answer(None, (f"{organ} beyond the limit of this acquisition" if limit else f"interval of the {organ}",))
    return Answer(holds)


# ------------------------------------------------------------------------------ facts of the form


def _fact(condition: Condition, situation: Situation) -> Answer:
    context = situation.context
    value = context.disease if condition.fact == "disease" else context.fact(condition.fact or "")
    if condition.stated is not None:
        return Answer(_is_stated(condition.fact or "", value, situation) == condition.stated)
    if condition.other_fact is not None:
        return _two_facts(condition, situation)
    if condition.limited:
        given = stated_number(value)
        return _unknown(condition.fact, situation) if given is None else Answer(condition.within(given))
    if value in condition.answers:
        return Answer(True)
    return _unknown(condition.fact, situation) if value == "unknown" and condition.fact != "disease" else Answer(False)


def _is_stated(fact: str, value: str, situation: Situation) -> bool:
    numbers = {f.id for f in situation.knowledge.shared.fact if f.kind == "number"}
    return stated_number(value) is not None if fact in numbers else value != "unknown"


def _unknown(fact: str | None, situation: Situation) -> Answer:
    label = next((f.label for f in situation.knowledge.shared.fact if f.id == fact), "disease")
    return Answer(None, (label[0].lower() + label[1:] if label[1:2].islower() else label,))


def _two_facts(condition: Condition, situation: Situation) -> Answer:
    """One number of the form against another one."""
    numbers = {
        name: stated_number(situation.context.fact(name or "")) for name in (condition.fact, condition.other_fact)
    }
    first, second = numbers[condition.fact], numbers[condition.other_fact]
    if first is None or second is None:
        open_facts = (_unknown(name, situation).missing for name, number in numbers.items() if number is None)
        return Answer(None, tuple(label for missing in open_facts for label in missing))
    return Answer(first >= second if condition.from_fact is not None else first < second)


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


# -------------------------------------------------------------------------------- earlier results


def _change(condition: Condition, situation: Situation) -> Answer:
    found = comparison(condition.organ or "", situation)
    if found is None:
        return Answer(True) if condition.or_absent else Answer(None, (f"an earlier result of the {condition.organ}",))
    return Answer(found.change in condition.change)


def comparison(organ: str, situation: Situation) -> Comparison | None:
    """The organ against its latest earlier result; None where it has no class now or no earlier result."""
    finding, before = situation.graded(organ), latest(organ, situation.context.previous)
    return (
        None
        if finding is None or before is None
        else compare(before, finding, situation.knowledge, situation.exam_date)
    )


# ------------------------------------------------------------------------------- values and classes


def _has_severity(condition: Condition, finding: Finding, situation: Situation) -> bool | None:
    grading, ladder = finding.grading, situation.ladder(finding)
    assert grading is not None  # noqa: S101 - narrowing for the type checker
    asked: set[str] = set(condition.severity)
    touched = {ladder.grade(g).severity for g in grading.grades_in_interval}
    if condition.touched:
        return bool(touched & asked)
    if condition.probability_from is not None:
        return _is_as_probable(condition.probability_from, asked, grading, ladder)
    if grading.bound:
        return True if touched <= asked else None if touched & asked else False
    return ladder.grade(grading.grade).severity in asked and not (condition.clear and grading.borderline)


def _is_as_probable(at_least: float, asked: set[str], grading: Grading, ladder: Ladder) -> bool | None:
    """Whether the measurement error leaves these classes so much probability; None where it is not known."""
    if not grading.probabilities:
        return None
    return sum(share for grade, share in grading.probabilities if ladder.grade(grade).severity in asked) >= at_least


def _in_limits(condition: Condition, finding: Finding) -> bool | None:
    assert finding.grading is not None and finding.estimate is not None  # noqa: S101 - narrowing
    found = graded_estimate(finding.estimate, condition.quantity or "")
    if condition.known is not None:
        return (found is not None) == condition.known
    if found is None:
        return False
    if found.bound:
        return _beyond_limits(condition, found)
    value = {"value": found.value, "low": found.low, "high": found.high}[condition.end]
    return None if value is None else condition.within(value)


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
