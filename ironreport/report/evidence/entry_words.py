"""Every kind of knowledge entry in words: its value with unit, its conditions, its status.

A kind that is not known here is still shown: its text, then each further key with its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ironreport.knowledge import Knowledge
from ironreport.knowledge.curves import symbol
from ironreport.knowledge.rules import Phrase, Rule, State
from ironreport.knowledge.schema import Calibration, Check, Cited, Flag, Ladder, Note, Plausible, Precision
from ironreport.report.statuses import status_of
from ironreport.units import NOTATION

WHY_DISABLED = {
    "C": "disabled: not confirmed, never used for a class or an interval",
    "rejected": "disabled: known wrong, kept so that it is recognised",
}
SHOWN_APART = frozenset(
    {"id", "label", "text", "evidence", "sources", "where", "enabled", "note", "field", "fields", "default"}
)
"""Keys that every row shows in a place of their own."""

Lines = tuple[tuple[str, ...], frozenset[str]]
"""Lines of words, and the keys they already say."""


def status_words(entry: Cited) -> str:
    """The status of an entry: how much of its source was read."""
    return status_of(entry.evidence)


def enabled_words(entry: Cited, knowledge: Knowledge) -> str:
    """Whether an entry is used, and why not."""
    if entry.usable and not knowledge.printable(entry):
        return "enabled, never printed as a sentence: no paper, guideline or label stands behind it"
    if entry.usable:
        return "enabled, default" if getattr(entry, "default", False) else "enabled"
    return WHY_DISABLED.get(entry.evidence, "disabled: switched off in the file")


def value_lines(entry: Cited, knowledge: Knowledge) -> tuple[str, ...]:
    """What an entry says: numbers with their units, conditions, text, and every further key."""
    writer = next((w for kind, w in _WRITERS.items() if isinstance(entry, kind)), None)
    lines, said = writer(entry, knowledge) if writer else ((), frozenset[str]())
    text = getattr(entry, "text", "")
    if text and isinstance(entry, Check):
        text = text.replace("{limit}", f"{entry.value:g}")
    given = entry.model_dump(by_alias=True, exclude_defaults=True)
    rest = tuple(_key_words(k, v) for k, v in given.items() if k not in SHOWN_APART | said)
    return tuple(line for line in (*lines, text, *rest) if line)


def field_words(entry: Cited, knowledge: Knowledge) -> str:
    """The field strengths an entry holds for; empty where it names none."""
    ids = getattr(entry, "fields", ()) or ((getattr(entry, "field", "") or "",))
    return ", ".join(_field(f, knowledge) for f in ids if f)


def _field(field_id: str, knowledge: Knowledge) -> str:
    return next((f.label for f in knowledge.shared.field if f.id == field_id), field_id)


def _key_words(key: str, value: Any) -> str:
    name = key.replace("_", " ")
    if value is True:
        return name
    return f"{name}: {_plain_value(value)}"


def _plain_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{str(k).replace('_', ' ')} {_plain_value(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_plain_value(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unit(quantity: str) -> str:
    return NOTATION[quantity].unit if quantity in NOTATION else quantity.partition("_")[2].replace("_per_", "/")


def _symbol(quantity: str) -> str:
    return symbol(quantity) if quantity in NOTATION else quantity.partition("_")[0]


# ------------------------------------------------------------------------------------- each kind


def _calibration(c: Calibration, _: Knowledge) -> Lines:
    x, y, example = symbol(c.input), symbol(c.output), c.worked_example
    lines = [
        f"{y} = {c.formula(x)}, {y} in {_unit(c.output)}, {x} in {_unit(c.input)}",
        f"Worked example: {x} {example.input:g} {_unit(c.input)} gives {y} {example.output:g} {_unit(c.output)}",
        f"Cohort: {c.cohort}",
        f"Reference: {c.reference_method}" if c.reference_method else "",
        f"Made with the fit model: {c.fit_model}" if c.fit_model else "",
        f"Calibrated up to {c.range_high:g} {_unit(c.output)}" if c.range_high is not None else "",
    ]
    said = {
        "input",
        "output",
        "form",
        "coefficients",
        "worked_example",
        "cohort",
        "reference_method",
        "fit_model",
        "range_high",
    }
    return tuple(lines), frozenset(said)


def _ladder(ladder: Ladder, _: Knowledge) -> Lines:
    classes = "; ".join(f"{g.label} {_class_limits(ladder, i)}".strip() for i, g in enumerate(ladder.grades))
    line = f"{symbol(ladder.quantity)} in {_unit(ladder.quantity)}: {classes}"
    return (line,), frozenset({"quantity", "worse", "grades"})


def _class_limits(ladder: Ladder, i: int) -> str:
    """Limits of a class, every digit of the file: at the better end, then at the worse end."""
    grade = ladder.grades[i]
    before = ladder.grades[i - 1] if i else None
    if ladder.worse == "lower":
        first = f"{grade.bound:g} or more" if grade.bound is not None else ""
        return f"{grade.bound:g} to {before.bound:g}" if first and before else first or f"below {before.bound:g}"  # type: ignore[union-attr]
    if before is None:
        return f"{'up to' if grade.bound_included else 'below'} {grade.bound:g}"
    if grade.bound is None:
        return f"{'above' if before.bound_included else 'from'} {before.bound:g}"
    return f"{before.bound:g} to {grade.bound:g}{' inclusive' if grade.bound_included else ''}"


def _flag(flag: Flag, _: Knowledge) -> Lines:
    line = f"{symbol(flag.quantity)} below {flag.below:g} {_unit(flag.quantity)}"
    return (line,), frozenset({"quantity", "below"})


def _precision(precision: Precision, _: Knowledge) -> Lines:
    line = f"Coefficient of variation {precision.cov_percent:g} %: {precision.kind}"
    return (line,), frozenset({"cov_percent", "kind"})


def _check(check: Check, _: Knowledge) -> Lines:
    words = check.crossed.replace("-per-s", " [s⁻¹]").replace("-ms", " [ms]").replace("-", " ")
    return (f"Crossed where: {words} {check.value:g}",), frozenset({"crossed", "value"})


def _plausible(limit: Plausible, _: Knowledge) -> Lines:
    end, value = ("above", limit.above) if limit.above is not None else ("below", limit.below)
    line = f"No class where {symbol(limit.quantity)} is {end} {value:g} {_unit(limit.quantity)}: {limit.why}"
    return (line,), frozenset({"quantity", "above", "below", "why"})


def _note(note: Note, _: Knowledge) -> Lines:
    given = note.model_dump(exclude_defaults=True)
    if "quantity" not in given or "value" not in given:
        return (), frozenset()
    line = f"{_symbol(given['quantity'])} {given['value']:g} {_unit(given['quantity'])}"
    return (line,), frozenset({"quantity", "value"})


def _rule(rule: Rule, knowledge: Knowledge) -> Lines:
    months = f"about {rule.months} months" if rule.months is not None else ""
    line = ", ".join(x for x in (rule.kind, rule.role, months) if x)
    conditions = _conditions(rule.model_dump(by_alias=True, exclude_defaults=True), knowledge)
    return (line[:1].upper() + line[1:], *conditions), frozenset({"kind", "role", "months", "all", "any", "organ"})


def _state(state: State, knowledge: Knowledge) -> Lines:
    given = state.model_dump(by_alias=True, exclude_defaults=True)
    return _conditions(given, knowledge), frozenset({"any"})


def _phrase(phrase: Phrase, knowledge: Knowledge) -> Lines:
    given = phrase.model_dump(by_alias=True, exclude_defaults=True)
    return _conditions(given, knowledge), frozenset({"all", "any"})


def _conditions(given: Mapping[str, Any], knowledge: Knowledge) -> tuple[str, ...]:
    lines = []
    for key, start, joint in (("all", "If", " and "), ("any", "If one of", "; ")):
        found: Iterable[Mapping[str, Any]] = given.get(key, ())
        words = joint.join(condition_words(c, knowledge) for c in found)
        lines += [f"{start}: {words}"] if words else []
    return tuple(lines)


def condition_words(given: Mapping[str, Any], knowledge: Knowledge) -> str:
    """A condition of the closed vocabulary in words; a key that is not known here is named as it stands."""
    left = dict(given)
    words = []
    if organ := left.pop("organ", ""):
        words.append(knowledge.organs[organ].name if organ in knowledge.organs else organ)
    if state := left.pop("state", ""):
        words.append(f"{'' if left.pop('holds', True) else 'not known: '}{str(state).replace('-', ' ')}")
    if fact := left.pop("fact", ""):
        words.append(_fact_words(str(fact), left.pop("is", ()), knowledge))
    if severity := left.pop("severity", ()):
        words.append(f"class {' or '.join(s.replace('-', ' to ') for s in severity)}")
        words += ["and not borderline"] if left.pop("clear", False) else []
        words += ["reached by the interval"] if left.pop("touched", False) else []
        probability = left.pop("probability_from", None)
        words += [f"with a probability of {100 * probability:g} % or more"] if probability is not None else []
    quantity, field = left.pop("quantity", ""), left.pop("field", "")
    limits = {"from": "from", "above": "above", "below": "below", "up_to": "up to"}
    ends = " ".join(f"{word} {left.pop(key):g}" for key, word in limits.items() if key in left)
    end = left.pop("end", "value")
    words += [f"with the {'lower' if end == 'low' else 'upper'} end of the interval of"] if end != "value" else []
    if quantity or ends:
        words.append(f"{_symbol(quantity)} {ends} {_unit(quantity)}".strip())
    words += [f"at {_field(field, knowledge)}"] if field else []
    words += ["or not measured"] if left.pop("or_absent", False) else []
    return " ".join([*words, *(_key_words(k, v) for k, v in left.items())])


def _fact_words(fact: str, answers: Iterable[str], knowledge: Knowledge) -> str:
    labels = {f.id: f.label for f in knowledge.shared.fact}
    if fact == "disease":
        answers = [knowledge.diseases[d].name if d in knowledge.diseases else d for d in answers]
    said = " or ".join(answers)
    label = labels.get(fact, fact.replace("_", " ").capitalize())
    return f"{label}: {said}" if said else label


_WRITERS: dict[type[Cited], Callable[[Any, Knowledge], Lines]] = {
    Calibration: _calibration,
    Ladder: _ladder,
    Flag: _flag,
    Precision: _precision,
    Check: _check,
    Plausible: _plausible,
    Note: _note,
    Rule: _rule,
    Phrase: _phrase,
    State: _state,
}
