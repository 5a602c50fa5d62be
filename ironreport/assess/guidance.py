"""Which guidance lines fire, and the suggested time to the next scan.

The most restrictive interval wins. A longer one needs every fact it rests on, and every fact that
could shorten it, to be known; what is missing is named.
"""

from __future__ import annotations

from ironreport.assess.conditions import Answer, Situation, all_hold, any_holds
from ironreport.knowledge.rules import Rule
from ironreport.records import Guidance, GuidanceLine


def advise(situation: Situation) -> Guidance:
    """Prompts, information and the suggested interval for one exam.

    Only graded findings are looked at, and only rules of the patient's disease are read.
    """
    context = situation.context
    rules = situation.knowledge.rules(context.disease)
    answers = {rule.id: fires(rule, situation) for rule in rules}
    fired = [rule for rule in rules if answers[rule.id].holds]
    months, interval, missing = _interval(rules, answers, situation)
    return Guidance(
        months=months,
        interval=tuple(_line(r, situation) for r in interval),
        prompts=tuple(_line(r, situation) for r in fired if r.kind == "prompt"),
        information=tuple(_line(r, situation) for r in fired if r.kind == "information"),
        missing=missing,
        critical=_critical(fired, situation),
    )


def fires(rule: Rule, situation: Situation) -> Answer:
    """Whether a rule holds: all of ``all``, and one of ``any`` where given."""
    both = all_hold(rule.all, situation), any_holds(rule.any, situation) if rule.any else Answer(True)
    if any(a.holds is False for a in both):
        return Answer(False)
    missing = tuple(dict.fromkeys(name for a in both for name in a.missing))
    return Answer(None, missing) if missing else Answer(True)


def _interval(
    rules: tuple[Rule, ...], answers: dict[str, Answer], situation: Situation
) -> tuple[int | None, list[Rule], tuple[str, ...]]:
    by_role = {role: [r for r in rules if r.role == role] for role in ("default", "shorten", "extend")}
    if not by_role["default"] or not any(situation.graded(f.organ) for f in situation.findings):
        return None, [], ()
    shorten = [r for r in by_role["shorten"] if answers[r.id].holds]
    if shorten:
        months = min(r.months or 0 for r in shorten)
        return months, [r for r in shorten if r.months == months], ()
    open_rules = [r for role in ("shorten", "extend") for r in by_role[role] if answers[r.id].holds is None]
    missing = tuple(dict.fromkeys(name for r in open_rules for name in answers[r.id].missing))
    extend = [r for r in by_role["extend"] if answers[r.id].holds]
    if extend and not missing:
        return max(r.months or 0 for r in extend), extend, ()
    return by_role["default"][0].months, by_role["default"], missing


def _line(rule: Rule, situation: Situation) -> GuidanceLine:
    disease = None if rule.id.startswith("safe-") else situation.context.disease
    text = f"{rule.text} {_counted(rule, situation)}".strip()
    return GuidanceLine(rule.id, rule.kind, text, rule.evidence, rule.sources, rule.organ, disease, rule.industry)


def _counted(rule: Rule, situation: Situation) -> str:
    """What to add where a rule fires on the more severe side of a limit that the interval crosses (safe-12)."""
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


def _critical(fired: list[Rule], situation: Situation) -> tuple[str, ...]:
    flagged = [flag for f in situation.findings if f.grading is not None for flag in f.grading.flags]
    return (*flagged, *(r.id for r in fired if r.critical))
