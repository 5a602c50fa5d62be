"""The first line of an answer to a printed number: what it is, by what; and how many calibrations say otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.records import Finding, QuickCheck
from ironreport.report.answers import ladder_of
from ironreport.report.content import Card
from ironreport.report.numbers import interval, number

CONTRADICTIONS = ("PRODUCT_NOT_1000", "PRINTED_IRON_CONTRADICTS")
"""Codes of printed numbers of which one must be wrong; which one is not known."""


def first_line(check: QuickCheck, card: Card, knowledge: Knowledge) -> tuple[str, str]:
    """What the printed number is, and by what."""
    finding = check.assessment.findings[0]
    absence = finding.absence
    if absence is not None and absence.code in CONTRADICTIONS:
        return "No class: the two printed numbers contradict each other.", absence.what
    if check.printed.field_tesla is None:
        return _without_field(check, card, knowledge)
    ladder = ladder_of(finding, knowledge)
    if finding.grading is None or ladder is None:
        return f"{_headline(card)}: no class.", " ".join(card.absence)
    if ladder.quantity != "lic_mg_per_g":
        return f"{_headline(card)}: {card.class_word}.", f"Class by {ladder.label}."
    return _by_calibration(check, finding, card, ladder, knowledge)


def who_says_otherwise(check: QuickCheck, knowledge: Knowledge) -> str:
    """How many of the other calibrations of the field give another class, and which."""
    finding = check.assessment.findings[0]
    ladder, grading, estimate = ladder_of(finding, knowledge), finding.grading, finding.estimate
    if ladder is None or grading is None or estimate is None or not grading.grades_by_calibration:
        return ""
    others = {o.calibration: o.iron.value for o in estimate.others}
    n, field = len(others), _field(check, knowledge)
    different = [(c, g) for c, g in grading.grades_by_calibration if g != grading.grade]
    values = f"{min(others.values()):.2f} to {max(others.values()):.2f} mg/g"
    if check.reading.why == "not-known":
        return _if_it_came_from(check, ladder, others, different, knowledge)
    if not different:
        return f"The {n} other calibrations at {field} give the same class ({values})." if n > 1 else (
            f"The other calibration at {field} gives the same class ({values})."
        )  # fmt: skip
    by_class = "; ".join(
        f"{ladder.grade(g).label} by {_named([(c, others[c]) for c, x in different if x == g], check, knowledge)}"
        for g in dict.fromkeys(g for _, g in different)
    )
    if n == 1:
        return f"The other calibration at {field} says otherwise: {by_class}."
    n_other = len(different)
    return (
        f"{n_other} of the {n} other calibrations at {field} {'says' if n_other == 1 else 'say'} otherwise: {by_class}."
    )


# ------------------------------------------------------------------------------------- first lines


def _by_calibration(
    check: QuickCheck, finding: Finding, card: Card, ladder: Ladder, knowledge: Knowledge
) -> tuple[str, str]:
    used = _used(check, finding, knowledge)
    field, why, printed = _field(check, knowledge), check.reading.why, check.printed.lic_mg_per_g
    as_printed = f"Printed LIC {printed:.10g} mg/g: {card.class_word}" if printed is not None else ""
    computed = _computed(finding, ladder)
    by = used.label if used else ""
    if why == "not-known" or used is None:
        return f"{as_printed}.", f"As it stands: the calibration is not stated. Class by {ladder.label}."
    if why == "fits":
        n = len(check.reading.fitting)
        fits = (
            f"One of the {n} calibrations at {field} that give it: {computed}."
            if n > 1
            else f"The one calibration at {field} that gives it: {computed}."
        )
        return f"{as_printed} by {by}.", " ".join([fits, f"Class by {ladder.label}."])
    if why == "stated":
        return f"{as_printed} by {by}.", f"The calibration it came from: {computed}. Class by {ladder.label}."
    default = "The published default" if used.default else "The default of this site"
    default = "The curve of this kind of R2" if used.requires else default
    proof = [f"{default}; {card.interval}.", f"Class by {ladder.label}."]
    proof += [f"No calibration at {field} gives the printed LIC {printed:.10g} mg/g."] if why == "none-fits" else []
    return f"{card.headline}: {card.class_word} by {by}.", " ".join(proof)


def _headline(card: Card) -> str:
    """The value with its organ: a T2* alone does not say whose it is."""
    return f"{card.name} {card.headline} ({card.interval})" if card.interval else f"{card.name} {card.headline}"


def _computed(finding: Finding, ladder: Ladder) -> str:
    iron = finding.estimate.iron if finding.estimate else None
    if iron is None:
        return ""
    limits = interval(iron.iron, ladder.bounds)
    return f"{number(iron.iron, ladder.bounds)} mg/g{f', 95 % {limits}' if limits else ', no interval'}"


def _without_field(check: QuickCheck, card: Card, knowledge: Knowledge) -> tuple[str, str]:
    """Which calibrations of any field give the printed LIC; no class before the field is chosen."""
    every = [(o, field) for field, origins in check.origins_by_field for o in origins]
    printed = check.printed.lic_mg_per_g
    choose = "Choose the field strength: without it there is no class."
    if printed is None or not every or all(o.gives_printed is None for o, _ in every):
        head = f"Printed LIC {printed:.10g} mg/g" if printed is not None else _headline(card)
        return f"{head}: no class.", choose
    fitting = [(o.calibration, field) for o, field in every if o.gives_printed]
    lic = f"{printed:.10g}"
    if not fitting:
        n_every = len(every)
        return f"Printed LIC {lic} mg/g: none of the {n_every} calibrations here gives it from this rate.", choose
    named = " and ".join(_label(check.printed.organ, c, field, knowledge) for c, field in fitting)
    left = len(every) - len(fitting)
    return (
        f"Printed LIC {lic} mg/g: what {named} gives.",
        f"None of the {left} other calibrations here gives it. {choose}",
    )


# ------------------------------------------------------------------------------------- its parts


def _if_it_came_from(
    check: QuickCheck, ladder: Ladder, others: dict[str, float], different: list[tuple[str, str]], knowledge: Knowledge
) -> str:
    """A printed LIC alone, read anew with the published default from each calibration it may have come from."""
    n, field = len(others), _field(check, knowledge)
    if not different:
        return f"Read anew with the published default, all {n} possible origins at {field} give the same class."
    by_class = "; ".join(
        f"{ladder.grade(g).label} if it came from {origins}"
        for g, origins in (
            (g, _named([(c, others[c]) for c, x in different if x == g], check, knowledge, "or"))
            for g in dict.fromkeys(g for _, g in different)
        )
    )
    n_other = len(different)
    return (
        f"Read anew with the published default, {n_other} of the {n} possible origins at {field} "
        f"{'says' if n_other == 1 else 'say'} otherwise: {by_class}."
    )


def _named(found: Iterable[tuple[str, float]], check: QuickCheck, knowledge: Knowledge, last: str = "and") -> str:
    field = knowledge.field_class(check.printed.field_tesla)
    by_id = {c.id: c for c in knowledge.calibrations(check.printed.organ, field.id if field else None)}
    named = [_with_value(by_id.get(c), c, value) for c, value in found]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} {last} {named[-1]}"


def _with_value(calibration: Calibration | None, calibration_id: str, value: float) -> str:
    if calibration is None:
        return f"{calibration_id} ({value:.2f})"
    return f"{calibration.label} ({value:.2f}{', the published default' if calibration.default else ''})"


def _used(check: QuickCheck, finding: Finding, knowledge: Knowledge) -> Calibration | None:
    estimate = finding.estimate
    if estimate is None or estimate.iron is None:
        return None
    found = knowledge.calibrations(check.printed.organ, estimate.field)
    return next((c for c in found if c.id == estimate.iron.calibration), None)


def _label(organ: str, calibration: str, field: str, knowledge: Knowledge) -> str:
    label = next(f.label for f in knowledge.shared.field if f.id == field)
    found = next(c for c in knowledge.calibrations(organ, field) if c.id == calibration)
    return f"{found.label} at {label}"


def _field(check: QuickCheck, knowledge: Knowledge) -> str:
    found = knowledge.field_class(check.printed.field_tesla)
    return found.label if found else f"{check.printed.field_tesla:g} T"
