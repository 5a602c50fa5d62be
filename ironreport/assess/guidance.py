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
    interval = _interval(rules, answers, situation)
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
        return None if self.months is None else min([self.months, *(r.months or 0 for r in self.shorter_if)])


def _interval(rules: tuple[Rule, ...], answers: dict[str, Answer], situation: Situation) -> _Interval:
    if not any(situation.graded(o.id) for o in situation.knowledge.organs.values() if o.standing == "established"):
        return _Interval()
    by_role = {role: [r for r in rules if r.role == role] for role in ("default", "shorten", "extend")}
    default = [r for r in by_role["default"] if answers[r.id].holds]
    if not default:
        return _Interval(missing=_missing(by_role["default"], answers))
    holding = [r for r in by_role["shorten"] if answers[r.id].holds]
    if holding:
        months = min(r.months or 0 for r in holding)
        return _Interval(months, tuple(r for r in holding if r.months == months))
    open_rules = [r for r in by_role["shorten"] if answers[r.id].holds is None]
    missing = _missing([*open_rules, *by_role["extend"]], answers)
    extend = [r for r in by_role["extend"] if answers[r.id].holds]
    if extend and not missing:
        months = min(r.months or 0 for r in extend)
        return _Interval(months, tuple(r for r in extend if r.months == months))
    months = min(r.months or 0 for r in default)
    shorter = tuple(r for r in open_rules if (r.months or 0) < months)
    return _Interval(months, tuple(r for r in default if r.months == months), missing, shorter)


def _missing(rules: list[Rule], answers: dict[str, Answer]) -> tuple[str, ...]:
    """Names of the facts that rules wait for, each once."""
    return tuple(dict.fromkeys(name for r in rules if answers[r.id].holds is None for name in answers[r.id].missing))


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
        by_months.setdefault(rule.months or 0, []).append(rule.when)
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
