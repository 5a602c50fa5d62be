"""Which guidance lines fire, and the suggested time to the next scan.

The most restrictive interval wins. A longer one needs every fact it rests on, and every fact that
could shorten it, to be known; what is missing is named, and what would shorten the interval is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ironreport.assess.conditions import Answer, Situation, all_hold, answer, any_holds, comparison
from ironreport.knowledge.rules import Rule
from ironreport.records import Finding, Guidance, GuidanceLine


def advise(situation: Situation) -> Guidance:
    """Prompts, information and the suggested interval for one exam.

    Only graded findings are looked at, and only rules of the patient's disease are read.
    """
    context = situation.context
    rules = situation.knowledge.rules(context.disease)
    answers = {rule.id: fires(rule, situation) for rule in rules}
    fired = [rule for rule in rules if answers[rule.id].holds]
    interval = _interval(_Answered(rules, answers), situation)
    return Guidance(
        months=interval.months,
        interval=tuple(_line(r, situation, interval.shorter_if) for r in interval.rules),
        prompts=tuple(_line(r, situation) for r in fired if r.kind == "prompt"),
        information=tuple(_line(r, situation) for r in fired if r.kind == "information"),
        missing=interval.missing,
        critical=_critical(fired, situation),
        months_to=next((r.months_to for r in interval.rules), None),
        shortest_months=interval.shortest_months,
    )


def fires(rule: Rule, situation: Situation) -> Answer:
    """Whether a rule holds: all of ``all``, and one of ``any`` where given."""
    both = all_hold(rule.all, situation), any_holds(rule.any, situation) if rule.any else Answer(True)
    if any(a.holds is False for a in both):
        return Answer(False)
    missing = tuple(dict.fromkeys(name for a in both for name in a.missing))
    return Answer(None, missing) if missing else Answer(True)


@dataclass(frozen=True, slots=True)
class _Interval:
    """The interval chosen, the rules behind it, and what the facts not known could still do to it."""

    months: int | None = None
    rules: tuple[Rule, ...] = ()
    missing: tuple[str, ...] = ()
    shorter_if: tuple[Rule, ...] = ()

    @property
    def shortest_months(self) -> int | None:
        """The interval if every fact not known turned out badly."""
        return None if self.months is None else min([self.months, *map(_months, self.shorter_if)])


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
    """The default of the disease; a shorter one as soon as it holds, a longer one only where no fact is missing."""
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


def _line(rule: Rule, situation: Situation, shorter_if: tuple[Rule, ...] = ()) -> GuidanceLine:
    shared = rule in situation.knowledge.shared.rule
    parts = (
        _counted(rule, situation),
        rule.text,
        _compared(rule, situation),
        _research(rule, situation),
        _shorter(shorter_if, situation),
    )
    text = " ".join(part for part in parts if part)
    disease = None if shared else situation.context.disease
    return GuidanceLine(rule.id, rule.kind, text, rule.evidence, rule.sources, rule.organ, disease, rule.industry)


def _compared(rule: Rule, situation: Situation) -> str:
    """What became of each organ whose change made the rule fire, with the reason."""
    found = [(c, comparison(c.organ or "", situation)) for c in (*rule.all, *rule.any) if c.change]
    return " ".join(
        f"{situation.knowledge.organ(seen.organ).name}: {seen.verdict} ({seen.reason}{_mark(seen.organ, situation)})."
        for condition, seen in found
        if seen is not None and seen.change in condition.change
    )


def _mark(organ: str, situation: Situation) -> str:
    research = situation.knowledge.organ(organ).standing == "research"
    return f"; {situation.knowledge.line('research')}" if research else ""


def _research(rule: Rule, situation: Situation) -> str:
    """The mark of a research-level organ, on the same line as what is said of it (safe-5)."""
    asked = {rule.organ, *(c.organ for c in (*rule.all, *rule.any) if not c.change)} - {None}
    if any(situation.knowledge.organ(organ or "").standing == "research" for organ in asked):
        return f"({situation.knowledge.line('research')})"
    return ""


def _shorter(rules: tuple[Rule, ...], situation: Situation) -> str:
    """What would make the interval shorter, said where it is not known."""
    by_months: dict[int, list[str]] = {}
    for rule in rules:
        by_months.setdefault(_months(rule), []).append(rule.when)
    line = situation.knowledge.line("shorter-if")
    return " ".join(line.format(months=m, when=", or if ".join(by_months[m])) for m in sorted(by_months))


def _counted(rule: Rule, situation: Situation) -> str:
    """What stands before a rule that fires on the more severe side of a limit that the interval crosses (safe-12)."""
    asked = {c.organ for c in (*rule.all, *rule.any) if c.organ}
    counted = [
        f for f in situation.findings
        if f.organ in asked and f.grading is not None and f.grading.guidance_value != f.grading.value
    ]  # fmt: skip
    if not counted:
        return ""
    finding = counted[0]
    assert finding.grading is not None  # noqa: S101 - narrowing for the type checker
    worse = situation.ladder(finding).grade_of(finding.grading.guidance_value).label
    return situation.knowledge.line("counted-worse").format_map({"class": worse})


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
        return False
    first = replace(situation, findings=(finding, *situation.findings))  # conditions see the first finding of an organ
    rules = [r for r in situation.knowledge.rules(situation.context.disease) if r.critical]
    return bool(finding.grading.flags) or any(_fires_by(finding, rule, first) for rule in rules)


def _fires_by(finding: Finding, rule: Rule, situation: Situation) -> bool:
    """Whether a rule fires, and a value or class of this finding is one of its reasons.

    Of a result known only as a limit it is enough that it may fire: the true value lies beyond the limit.
    """
    enough = (True, None) if finding.grading and finding.grading.bound else (True,)
    own = [c for c in (*rule.all, *rule.any) if c.organ == finding.organ and (c.quantity or c.severity)]
    return fires(rule, situation).holds in enough and any(answer(c, situation).holds in enough for c in own)
