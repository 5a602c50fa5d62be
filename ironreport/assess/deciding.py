"""Which facts not known would change the interval, found by answering them one after the other.

No disease and no fact is known here by name: every question of the context form is answered in every way that a rule
of the knowledge can tell apart, and what moves the interval decides.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import chain

from ironreport.assess.conditions import Situation
from ironreport.assess.guidance import advise, fires
from ironreport.knowledge import Knowledge
from ironreport.knowledge.rules import Condition, Fact, Rule
from ironreport.records import Assessment, Context, DecidingFact, Guidance, Outcome
from ironreport.records.quick_check import How

DISEASE = "disease"
ASKED_AT_ONCE = 3
"""Questions at one time; more are a form, which has a page of its own."""


def deciding_facts(assessment: Assessment, knowledge: Knowledge, most: int = ASKED_AT_ONCE) -> tuple[DecidingFact, ...]:
    """Facts not known that would change the suggested interval, the weightiest first.

    The disease alone where it is not known, for every other question depends on it. Then facts of the disease's own
    rules that change the interval by themselves, those that lengthen it only together, facts of rules of every
    disease, and last those that change what else is advised.
    """
    situation = Situation(assessment.findings, assessment.exam.context, knowledge, assessment.exam.exam_date)
    if assessment.exam.context.disease == "unknown":
        return _disease(situation)
    alone = [*_alone(situation), *_after_another(situation)]
    own, of_all = _own_first(alone, situation)
    found: dict[str, DecidingFact] = {}
    for decision in chain(
        own, _together(situation), of_all, _lines(situation)
    ):  # the last takes longest: only if asked
        found.setdefault(decision.fact, decision)
        if len(found) == most:
            break
    return tuple(found.values())


def interval_of(guidance: Guidance) -> tuple[int | None, int | None, bool]:
    """The suggested months, the end of their range, and whether a rule withholds any."""
    return guidance.months, guidance.months_to, bool(guidance.withheld)


# ------------------------------------------------------------------------------------ one answer


def _disease(situation: Situation) -> tuple[DecidingFact, ...]:
    others = [d for d in situation.knowledge.diseases if d != "unknown"]
    answered = [(d, advise(replace(situation, context=replace(situation.context, disease=d)))) for d in others]
    before = advise(situation)
    outcomes = tuple(_outcome(d, after) for d, after in answered if _differs(before, after))
    return (DecidingFact(DISEASE, outcomes),) if outcomes else ()


def _alone(situation: Situation) -> tuple[DecidingFact, ...]:
    """Facts of which one answer by itself changes the interval, those of critical rules first."""
    critical = [r for r in situation.knowledge.rules(situation.context.disease) if r.critical]
    leading = {c.fact for rule in critical for c in _conditions(rule, situation)}
    return tuple(sorted(_changing(situation, _asked(situation), "alone"), key=lambda d: d.fact not in leading))


def _lines(situation: Situation) -> Iterator[DecidingFact]:
    """Facts of the disease's own rules that change which lines of advice are printed, and how."""
    own = {r.id for r in situation.knowledge.diseases[situation.context.disease].rule}
    own |= {r.id for r in situation.knowledge.combined.rule}
    return _changing(situation, _asked(situation, own), "lines")


def _changing(situation: Situation, asked: set[str], how: How) -> Iterator[DecidingFact]:
    """Open facts with the answers that change something; a number that does so whatever it says is left out."""
    differs, said = (_differs_in_lines, _lines_of) if how == "lines" else (_differs, interval_of)
    before = advise(situation)
    for fact in _open_facts(situation, asked):
        answered = [(a, advise(_with(situation, fact.id, a))) for a in answers_of(fact, situation)]
        changed = [(a, after) for a, after in answered if differs(before, after)]
        whatever_it_says = len(changed) == len(answered) and len({said(after) for _, after in changed}) == 1
        if changed and not (fact.kind == "number" and whatever_it_says):
            yield DecidingFact(fact.id, tuple(_outcome(a, after) for a, after in changed), how)


def _differs_in_lines(before: Guidance, after: Guidance) -> bool:
    return _lines_of(before) != _lines_of(after)


def _lines_of(guidance: Guidance) -> Hashable:
    return frozenset(line.text for line in guidance.prompts)


def _differs(before: Guidance, after: Guidance) -> bool:
    """Whether the interval is another one; without any, a reason more against it changes nothing."""
    if before.months is None and after.months is None:
        return False
    return interval_of(before) != interval_of(after)


def _outcome(answer: str, after: Guidance) -> Outcome:
    return Outcome(answer, after.months, after.months_to, bool(after.withheld))


def _open_facts(situation: Situation, asked: set[str]) -> Iterator[Fact]:
    """Questions without an answer among those asked for."""
    for fact in situation.knowledge.shared.fact:
        if fact.id in asked and situation.context.fact(fact.id) == "unknown":
            yield fact


def _asked(situation: Situation, of_rules: set[str] | None = None) -> set[str]:
    """Facts that interval rules of the disease ask for, of a state too, or those the rules named ask for themselves."""
    rules = situation.knowledge.rules(situation.context.disease)
    chosen = [r for r in rules if (r.id in of_rules if of_rules is not None else bool(r.role))]
    asking = [c for r in chosen for c in (_conditions(r, situation) if of_rules is None else _own_conditions(r))]
    return {name for c in asking for name in (c.fact, c.other_fact) if name}


def _own_conditions(rule: Rule) -> tuple[Condition, ...]:
    return (*rule.conditions, *(part.condition for part in rule.parts))


def _conditions(rule: Rule, situation: Situation) -> tuple[Condition, ...]:
    return (*situation.knowledge.conditions(rule), *(part.condition for part in rule.parts))


def answers_of(fact: Fact, situation: Situation) -> tuple[str, ...]:
    """Answers worth trying: those of a choice; of a number, one on each side of every limit that a rule has."""
    if fact.kind == "choice":
        return fact.answers
    rules = situation.knowledge.rules(situation.context.disease)
    limits = {limit for r in rules for c in _conditions(r, situation) if c.fact == fact.id for limit in _limits(c)}
    sides = [value for x in sorted(limits) for value in (math.nextafter(x, 0.0), x, math.nextafter(x, math.inf))]
    return tuple(repr(value) for value in sides if value > 0.0)


def _limits(condition: Condition) -> tuple[float, ...]:
    four = (condition.at_least, condition.above, condition.below, condition.up_to)
    return tuple(limit for limit in four if limit is not None)


def _with(situation: Situation, fact: str, answer: str) -> Situation:
    return replace(situation, context=with_fact(situation.context, fact, answer))


def with_fact(context: Context, fact: str, answer: str) -> Context:
    """The context with one more answer; ``unknown`` takes it out."""
    if fact == DISEASE:
        return replace(context, disease=answer)
    facts = {**dict(context.facts), fact: answer}
    return replace(context, facts=tuple((name, value) for name, value in facts.items() if value != "unknown"))


# ---------------------------------------------------------------------------------- several answers


def _own_first(found: list[DecidingFact], situation: Situation) -> tuple[list[DecidingFact], list[DecidingFact]]:
    """Facts of the disease's own interval rules, and those of rules of every disease."""
    own = [r for r in situation.knowledge.diseases[situation.context.disease].rule if r.role]
    own_facts = {c.fact for rule in own for c in _conditions(rule, situation)}
    return [d for d in found if d.fact in own_facts], [d for d in found if d.fact not in own_facts]


def _after_another(situation: Situation) -> tuple[DecidingFact, ...]:
    """Facts that count once the first answer that gives an interval is given."""
    if advise(situation).months is not None:
        return ()
    giving = next(((d.fact, o.answer) for d in _alone(situation) for o in d.outcomes if o.months is not None), None)
    return _alone(_with(situation, *giving)) if giving else ()


def _together(situation: Situation) -> Iterator[DecidingFact]:
    """Facts of a longer interval that waits for nothing but answers."""
    before = advise(situation)
    for rule in situation.knowledge.rules(situation.context.disease):
        if rule.role != "extend" or fires(rule, situation).holds is not None:
            continue
        wanted = _wanted(rule, situation)
        favourable = situation
        for fact, answer in wanted.items():
            favourable = _with(favourable, fact, answer)
        after = advise(favourable)
        if fires(rule, favourable).holds and _differs(before, after):
            yield from (DecidingFact(f, (_outcome(a, after),), "with-others") for f, a in wanted.items())


def _wanted(rule: Rule, situation: Situation) -> dict[str, str]:
    """The answers a rule asks for to every question that is open."""
    facts = {fact.id: fact for fact in _open_facts(situation, _asked(situation))}
    wanted = {}
    for condition in rule.all:
        if condition.fact in facts and (condition.answers or condition.limited):
            tried = condition.answers or answers_of(facts[condition.fact], situation)
            fitting = [a for a in tried if condition.answers or condition.within(float(a))]
            wanted[condition.fact] = next(iter(fitting), "unknown")
    return wanted
