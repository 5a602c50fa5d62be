"""A rule that fires as one printed line: its text with class and probability, and the facts behind it."""

from __future__ import annotations

from collections.abc import Iterable

from ironreport.assess.conditions import Situation, answer, comparison
from ironreport.knowledge.rules import Rule
from ironreport.records import Finding, GuidanceLine


def line(rule: Rule, situation: Situation, shorter_if: tuple[Rule, ...] = ()) -> GuidanceLine:
    """The line of a rule; ``shorter_if`` are rules that would shorten the interval, were their facts known."""
    parts = (
        rule.text.format_map(_fillings(rule, situation)),
        _parts(rule, situation),
        _rests_on(rule, situation),
        _compared(rule, situation),
        _research(rule, situation),
        _shorter(shorter_if, situation),
    )
    own = rule in situation.knowledge.diseases[situation.context.disease].rule or bool(rule.diseases)
    disease = situation.context.disease if own else None
    text = " ".join(part for part in parts if part)
    return GuidanceLine(rule.id, rule.kind, text, rule.evidence, rule.sources, rule.organ, disease, rule.industry)


def _fillings(rule: Rule, situation: Situation) -> dict[str, str]:
    """The class on the ladder chosen, the worst class in the interval, its probability, and every stated fact."""
    found = _finding(rule, situation)
    classes = {} if found is None else _classes(found, situation)
    unstated = dict.fromkeys((f.id for f in situation.knowledge.shared.fact), "not stated")
    return {**unstated, **dict(situation.context.facts), **_limits(situation), **classes}


def _limits(situation: Situation) -> dict[str, str]:
    """The limits that a site may set, with their units, and whose they are."""
    knowledge, own = situation.knowledge, situation.knowledge.own_limits
    return {
        limit.id: knowledge.line("site-limit" if limit.id in own else "our-limit").format(
            value=limit.written(limit.value)
        )
        for limit in knowledge.shared.site_limit
    }


def _finding(rule: Rule, situation: Situation) -> Finding | None:
    organs = dict.fromkeys(o for o in (rule.organ, *(c.organ for c in rule.conditions)) if o)
    return next((f for organ in organs if (f := situation.graded(organ)) is not None), None)


def _classes(finding: Finding, situation: Situation) -> dict[str, str]:
    grading, ladder = finding.grading, situation.ladder(finding)
    assert grading is not None  # noqa: S101 - situation.graded() gives only such
    worse = ladder.grades[ladder.index(grading.grade) + 1 :]
    beyond = {grade.id for grade in worse}
    share = sum(share for grade, share in grading.probabilities if grade in beyond)
    return {
        "class": ladder.grade(grading.grade).label,
        "worse": ladder.grade(grading.grades_in_interval[-1]).label,
        "probability": f"P = {100 * share:.0f} %" if share >= 0.005 else "P below 1 %",
    }


def _parts(rule: Rule, situation: Situation) -> str:
    """Which parts of a published threshold are met, which not, and which are not known."""
    said: dict[str, list[str]] = {"met": [], "not met": [], "not known": []}
    for part in rule.parts:
        holds = answer(part.condition, situation).holds
        said["not known" if holds is None else "met" if holds else "not met"].append(part.words)
    words = "; ".join(f"{state}: {', '.join(found)}" for state, found in said.items() if found)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _rests_on(rule: Rule, situation: Situation) -> str:
    """The answers about the patient that a longer interval rests on."""
    if rule.role != "extend":
        return ""
    labels = {f.id: f.label for f in situation.knowledge.shared.fact}
    facts = dict.fromkeys(c.fact for c in rule.conditions if c.fact in labels)
    words = "; ".join(f"{labels[f or '']}: {situation.context.fact(f or '')}" for f in facts)
    return situation.knowledge.line("rests-on").format(facts=words)


def _compared(rule: Rule, situation: Situation) -> str:
    """What became of each organ whose change made the rule fire, with the reason."""
    found = [(c, comparison(c.organ or "", situation)) for c in rule.conditions if c.change and not c.or_absent]
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
    asked: Iterable[str | None] = {rule.organ, *(c.organ for c in rule.conditions if not c.change)} - {None}
    if any(situation.knowledge.organ(organ or "").standing == "research" for organ in asked):
        return f"({situation.knowledge.line('research')})"
    return ""


def _shorter(rules: tuple[Rule, ...], situation: Situation) -> str:
    """What would make the interval shorter, said where it is not known."""
    by_months: dict[int, dict[str, None]] = {}
    for rule in rules:
        by_months.setdefault(rule.months or 0, {})[rule.when] = None
    sentence = situation.knowledge.line("shorter-if")
    return " ".join(sentence.format(months=m, when=_any_of(by_months[m])) for m in sorted(by_months))


def _any_of(conditions: Iterable[str]) -> str:
    """Conditions of which one suffices."""
    first, *others = conditions
    return f"{first}, or if {_any_of(others)}" if others else first
