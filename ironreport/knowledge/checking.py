"""Checks that need several entries or files at once: sources, defaults, sentences, conditions."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Iterable

from ironreport.errors import KnowledgeError
from ironreport.knowledge.body_iron import BloodUnit, BodyIronLaw
from ironreport.knowledge.held import Knowledge, all_entries
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import Condition, Phrase, Rule, SiteLimit
from ironreport.knowledge.schema import PRINTED_KINDS, Cited, Entry, Flag, Sentence
from ironreport.knowledge.site_limits import numbers_equal_to

PLACEHOLDERS = frozenset(
    {
        "class",
        "classes",
        "ladder",
        "calibration",
        "field",
        "limit",
        "r2star",
        "t2star",
        "lic",
        "interval",
        "others",
        "missing",
    }
)
"""What a sentence of a knowledge file may have filled in."""
OF_RULES = frozenset({"class", "worse", "probability"})
"""What the text of a rule may have filled in, beside the facts of the context form and the limits of a site."""
OF_A_RULE = re.compile(r"\.rule\[[^\]]+\]\.(?:all|any)\[")
"""The place of a condition that decides whether a rule fires."""


def inconsistent(what: str, cure: str) -> KnowledgeError:
    """The error for entries that do not fit each other."""
    return KnowledgeError("INCONSISTENT", what, cure)


def _check_sources(knowledge: Knowledge, entries: list[tuple[str, Entry]]) -> None:
    cited = {source for _, entry in entries if isinstance(entry, Cited) for source in entry.sources}
    for place, entry in entries:
        for source in entry.sources if isinstance(entry, Cited) else ():
            if source not in knowledge.sources:
                raise inconsistent(
                    f"{place} cites '{source}', which sources.toml does not list.", "Add the source, or correct its id."
                )
    for source in knowledge.sources:
        if source not in cited:
            raise inconsistent(
                f"sources.toml lists '{source}', which nothing cites.", "Cite it where it is used, or remove it."
            )


def _check_text(entries: Iterable[tuple[str, Entry]], of_rules: set[str]) -> None:
    for place, entry in entries:
        text = getattr(entry, "text", "")
        known = OF_RULES | of_rules if isinstance(entry, Rule) else PLACEHOLDERS
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None and name not in known:
                raise inconsistent(
                    f"{place} has the unknown placeholder {{{name}}}.", f"Known: {', '.join(sorted(known))}."
                )


def _one_default(place: str, keys: Iterable[str]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            raise inconsistent(f"{place} has {count} defaults for {key}.", "Leave default = true at one of them.")


def _check_organ(organ: OrganFile, fields: set[str], numbers: set[str]) -> None:
    place = f"organs/{organ.id}.toml"
    _one_default(place, [f"calibrations at {c.field} T" for c in organ.calibration if c.default])
    _one_default(place, [f"ladders at {f} T" for x in organ.ladder if x.default for f in x.fields])
    _one_default(place, ["precision" for p in organ.precision if p.default])
    for field in [c.field for c in organ.calibration] + [f for x in organ.ladder for f in x.fields]:
        if field not in fields:
            raise inconsistent(f"{place} names the field '{field}'.", f"Known fields: {', '.join(sorted(fields))}.")
    if organ.native_t1 is not None and organ.native_t1.fact not in numbers:
        raise inconsistent(
            f"{place} keeps its native T1 in '{organ.native_t1.fact}', which is no number of the context form.",
            f"Facts with a number: {', '.join(sorted(numbers))}.",
        )
    for ladder in organ.ladder:
        for grade in ladder.grades:
            if grade.sentence not in organ.sentence:
                raise inconsistent(
                    f"{place}, ladder {ladder.id}: grade '{grade.id}' has no sentence '{grade.sentence}'.",
                    "Add it under [sentence], or name one that stands there.",
                )


def _check_condition(place: str, condition: Condition, knowledge: Knowledge) -> None:
    if condition.organ is not None and condition.organ not in knowledge.organs:
        raise inconsistent(f"{place} asks for the organ '{condition.organ}'.", "Add its file, or correct the id.")
    if condition.organ is not None and condition.severity:
        known: set[str] = {g.severity for x in knowledge.organs[condition.organ].ladder for g in x.grades}
        unknown = set(condition.severity) - known
        if unknown:
            raise inconsistent(
                f"{place} asks for the grade {sorted(unknown)}, which no ladder of {condition.organ} has.",
                f"Grades of {condition.organ}: {', '.join(sorted(known))}.",
            )
    if condition.fact is not None:
        _check_fact(place, condition, knowledge)
    if condition.state is not None:
        _check_state(place, condition.state, knowledge)


def _check_state(place: str, state: str, knowledge: Knowledge) -> None:
    known = sorted(x.id for x in knowledge.shared.state)
    if state not in known:
        raise inconsistent(f"{place} asks for the state '{state}'.", f"States of shared.toml: {', '.join(known)}.")
    if place.startswith("shared.toml.state"):
        raise inconsistent(f"{place} rests on the state '{state}'.", "A state rests on organs and facts only.")


def _numbers(knowledge: Knowledge) -> set[str]:
    """Facts of the context form that are numbers."""
    return {f.id for f in knowledge.shared.fact if f.kind == "number"}


def _check_fact(place: str, condition: Condition, knowledge: Knowledge) -> None:
    answers = {f.id: {*f.answers, "unknown"} for f in knowledge.shared.fact if f.kind == "choice"}
    answers["disease"] = set(knowledge.diseases)
    numbers = _numbers(knowledge)
    compared = {condition.fact, condition.other_fact or condition.fact}
    if (condition.limited or condition.other_fact) and not compared <= numbers:
        raise inconsistent(
            f"{place} compares {condition.fact} with a number.", f"Facts with a number: {', '.join(sorted(numbers))}."
        )
    if condition.stated is not None and condition.fact not in {f.id for f in knowledge.shared.fact}:
        raise inconsistent(f"{place} asks whether {condition.fact} is stated.", "Use a fact of shared.toml.")
    if condition.answers and not set(condition.answers) <= answers.get(condition.fact or "", set()):
        raise inconsistent(
            f"{place} asks for {condition.fact} = {list(condition.answers)}.",
            "Use a fact of shared.toml and its answers.",
        )


def _check_rule(place: str, rule: Rule, knowledge: Knowledge) -> None:
    """Organs and diseases exist, a rule of two organs says whose it is, and research never moves an interval."""
    unknown = [o for o in (rule.organ, rule.withdraws) if o is not None and o not in knowledge.organs]
    if unknown:
        raise inconsistent(f"{place} names the organ '{unknown[0]}'.", "Add its file, or correct the id.")
    if place.startswith("combined") != bool(rule.diseases) or not set(rule.diseases) <= set(knowledge.diseases):
        raise inconsistent(
            f"{place} has diseases = {list(rule.diseases)}.",
            f"A rule of combined.toml, and no other, names its diseases: {', '.join(sorted(knowledge.diseases))}.",
        )
    asked = [knowledge.organs[c.organ] for c in knowledge.conditions(rule) if c.organ in knowledge.organs]
    research = [organ.id for organ in asked if organ.standing == "research"]
    if rule.kind == "interval" and research:
        raise inconsistent(
            f"{place} lets the research-level organ '{research[0]}' change an interval.",
            "Make it a prompt or information (safe-5).",
        )


def _check_printed(place: str, entry: Cited, knowledge: Knowledge) -> None:
    """A sentence of an organ stands on every report: it rests on a paper, a guideline or a label."""
    if entry.usable and not knowledge.printable(entry):
        raise inconsistent(
            f"{place} rests on {', '.join(entry.sources)} alone, which no report may cite.",
            f"Cite a source of one of the kinds {', '.join(sorted(PRINTED_KINDS))}, or switch the entry off.",
        )


def _check_site_limit(place: str, condition: Condition, knowledge: Knowledge) -> None:
    """A condition of a rule may hold one limit that a site can set, as the same number."""
    if condition.site_limit is None:
        return
    limit = next((x for x in knowledge.shared.site_limit if x.id == condition.site_limit), None)
    if limit is None or not OF_A_RULE.search(place):
        known = ", ".join(x.id for x in knowledge.shared.site_limit)
        raise inconsistent(
            f"{place} asks for the site limit '{condition.site_limit}'.",
            f"Name one of shared.toml in a condition of a rule: {known}.",
        )
    if len(numbers_equal_to(limit.value, condition)) != 1:
        raise inconsistent(
            f"{place} names the site limit '{limit.id}' but does not hold its {limit.value:g} once.",
            "Write the number of shared.toml in the condition too.",
        )


def _check_order(limit: SiteLimit, knowledge: Knowledge) -> None:
    higher = {x.id: x.value for x in knowledge.shared.site_limit}
    if limit.not_above is not None and limit.value > higher.get(limit.not_above, -math.inf):
        raise inconsistent(
            f"shared.toml: '{limit.id}' lies above '{limit.not_above}'.", "Correct one of the two, or its name."
        )


def _check_unique(entries: Iterable[tuple[str, Entry]]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for place, entry in entries:
        if not isinstance(entry, Cited) or not hasattr(entry, "id"):
            continue
        key = (type(entry).__name__, entry.id, getattr(entry, "field", ""))
        if key in seen:
            raise inconsistent(f"{place} has the same id and field as {seen[key]}.", "Give one of them another id.")
        seen[key] = place


def checked(knowledge: Knowledge) -> Knowledge:
    """The same knowledge, after every check that needs several entries at once.

    Raises
    ------
    KnowledgeError
        Naming file, place and cure of the first mistake.
    """
    entries = all_entries(knowledge)
    _check_sources(knowledge, entries)
    limits = {limit.id for limit in knowledge.shared.site_limit}
    _check_text(entries, {fact.id for fact in knowledge.shared.fact} | limits)
    _check_unique(entries)
    for organ in knowledge.organs.values():
        _check_organ(organ, {f.id for f in knowledge.shared.field}, _numbers(knowledge))
    for limit in knowledge.shared.site_limit:
        _check_order(limit, knowledge)
    for place, entry in entries:
        if isinstance(entry, Condition):
            _check_condition(place, entry, knowledge)
            _check_site_limit(place, entry, knowledge)
        if isinstance(entry, Rule):
            _check_rule(place, entry, knowledge)
        if isinstance(entry, Sentence | Flag | Phrase | BodyIronLaw | BloodUnit):
            _check_printed(place, entry, knowledge)
    return knowledge
