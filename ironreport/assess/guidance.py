"""Which guidance lines fire, and the suggested time to the next scan.

The most restrictive interval wins, and a rule that withholds leaves none. A longer one needs every fact
it rests on, and every fact that could shorten it, to be known; what is missing is named, and what would
shorten the interval is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ironreport.assess.conditions import Answer, Situation, all_hold, answer, any_holds
from ironreport.assess.grading import LIMIT_LEAVES_ALL_OPEN
from ironreport.assess.lines import line
from ironreport.knowledge import Knowledge
from ironreport.knowledge.rules import Rule
from ironreport.records import Finding, Guidance


def advise(situation: Situation) -> Guidance:
    """Prompts, information and the suggested interval for one exam.

    Only graded findings are looked at, and only rules of the patient's disease are read.
    """
    rules = _speaking(situation)
    answers = {rule.id: fires(rule, situation) for rule in rules}
    interval = _interval(_Answered(rules, answers), situation)
    fired = [rule for rule in rules if answers[rule.id].holds and _fits_beside(rule, interval)]
    return Guidance(
        months=interval.months,
        interval=tuple(line(r, situation, interval.shorter_if) for r in interval.rules),
        prompts=tuple(line(r, situation) for r in fired if r.kind == "prompt"),
        information=tuple(line(r, situation) for r in fired if r.kind == "information"),
        missing=interval.missing,
        critical=_critical(fired, situation),
        months_to=next((r.months_to for r in interval.rules), None),
        shortest_months=interval.shortest_months,
        withheld=tuple(line(r, situation) for r in interval.withheld),
    )


def fires(rule: Rule, situation: Situation) -> Answer:
    """Whether a rule holds: all of ``all``, and one of ``any`` where given."""
    both = all_hold(rule.all, situation), any_holds(rule.any, situation) if rule.any else Answer(True)
    if any(a.holds is False for a in both):
        return Answer(False)
    missing = tuple(dict.fromkeys(name for a in both for name in a.missing))
    return Answer(None, missing) if missing else Answer(True)


def _speaking(situation: Situation) -> tuple[Rule, ...]:
    """The rules of the patient's disease, without those of its own file where a rule silences them."""
    disease = situation.context.disease
    rules = situation.knowledge.rules(disease)
    if not any(rule.silences and fires(rule, situation).holds for rule in rules):
        return rules
    own = {rule.id for rule in situation.knowledge.diseases[disease].rule}
    return tuple(rule for rule in rules if rule.id not in own)


# -------------------------------------------------------------------------------------- interval


@dataclass(frozen=True, slots=True)
class _Interval:
    """The interval chosen, the rules behind it or against any, and what the facts not known could still do to it."""

    months: int | None = None
    rules: tuple[Rule, ...] = ()
    missing: tuple[str, ...] = ()
    shorter_if: tuple[Rule, ...] = ()
    withheld: tuple[Rule, ...] = ()

    @property
    def shortest_months(self) -> int | None:
        """The interval if every fact not known turned out badly."""
        return None if self.months is None else min([self.months, *map(_months, self.shorter_if)])


def _fits_beside(rule: Rule, interval: _Interval) -> bool:
    """Whether a rule may be printed beside the interval chosen: one that speaks of an interval only beside its own."""
    return not rule.beside_months or interval.months in rule.beside_months


@dataclass(frozen=True, slots=True)
class _Answered:
    """The rules of the patient's disease with their answers."""

    rules: tuple[Rule, ...]
    answers: dict[str, Answer]

    def of(self, role: str, holds: bool | None) -> tuple[Rule, ...]:
        """Interval rules of one role that hold (True), or that wait for facts (None)."""
        return tuple(r for r in self.rules if r.role == role and self.answers[r.id].holds is holds)

    def missing(self, *roles: str) -> tuple[str, ...]:
        """Names of the facts that rules of these roles wait for, each once."""
        waiting = [rule for role in roles for rule in self.of(role, None)]
        return tuple(dict.fromkeys(name for rule in waiting for name in self.answers[rule.id].missing))


def _interval(answered: _Answered, situation: Situation) -> _Interval:
    """None where a rule withholds it; else the default, a shorter one, or a longer one where no fact is missing."""
    if withheld := answered.of("withhold", True):
        return _Interval(withheld=withheld)
    default = answered.of("default", True)
    if not _is_established_organ_graded(situation):
        return _Interval()
    if not default:
        return _Interval(missing=answered.missing("default"))
    if shorter := answered.of("shorten", True):
        return _shortest(shorter)
    missing, longer = answered.missing("shorten", "extend"), answered.of("extend", True)
    if longer and not missing:
        return _shortest(longer)
    usual = _shortest(default)
    would_shorten = tuple(r for r in answered.of("shorten", None) if _months(r) < _months(usual.rules[0]))
    return replace(usual, missing=missing, shorter_if=would_shorten)


def _is_established_organ_graded(situation: Situation) -> bool:
    """Whether an organ that may decide an interval has a class at all."""
    organs = situation.knowledge.organs.values()
    return any(situation.graded(organ.id) for organ in organs if organ.standing == "established")


def _shortest(rules: tuple[Rule, ...]) -> _Interval:
    """The shortest interval of rules that hold, with every rule that says it."""
    months = min(map(_months, rules))
    return _Interval(months, tuple(rule for rule in rules if _months(rule) == months))


def _months(rule: Rule) -> int:
    """Months of an interval rule; the check of the files lets none pass without."""
    return rule.months or 0


# -------------------------------------------------------------------------------------- critical


def _critical(fired: list[Rule], situation: Situation) -> tuple[str, ...]:
    """Ids of the flags raised and of the critical rules that fire, on whatever they rest."""
    flagged = [flag for f in situation.findings if f.grading is not None for flag in f.grading.flags]
    return (*flagged, *(r.id for r in fired if r.critical))


def is_critical(finding: Finding, situation: Situation) -> bool:
    """Whether the result of one organ is critical: a flag of it is raised, or a critical rule fires by its value.

    A rule that fires by a fact alone (reduced LVEF) makes no organ's result critical.
    """
    if finding.grading is None:
        return _may_be_flagged(finding, situation.knowledge)
    first = replace(situation, findings=(finding, *situation.findings))  # conditions see the first finding of an organ
    rules = [r for r in _speaking(first) if r.critical]
    return bool(finding.grading.flags) or any(_fires_by(finding, rule, first) for rule in rules)


def _may_be_flagged(finding: Finding, knowledge: Knowledge) -> bool:
    """Whether only a limit is known that leaves every class open, and the organ has a flag for its worst values."""
    if finding.absence is None or finding.absence.code != LIMIT_LEAVES_ALL_OPEN:
        return False
    return finding.estimate is not None and bool(knowledge.flags(finding.organ, finding.estimate.field))


def _fires_by(finding: Finding, rule: Rule, situation: Situation) -> bool:
    """Whether a rule fires, and a value or class of this finding is one of its reasons."""
    own = [c for c in rule.conditions if c.organ == finding.organ and (c.quantity or c.severity)]
    return fires(rule, situation).holds is True and any(answer(c, situation).holds for c in own)
