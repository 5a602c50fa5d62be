"""The short answer to "Why?": what was measured, what it was turned into, what that is called."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.glossary import ShortWhy
from ironreport.records import Finding, PrintedResult
from ironreport.report.answers import bounds_near, ladder_of
from ironreport.report.content import Card, Step
from ironreport.report.numbers import exact, named
from ironreport.units import NOTATION


def short_why(finding: Finding, card: Card, sentences: ShortWhy, knowledge: Knowledge) -> tuple[str, ...]:
    """Three sentences for an organ that was graded; fewer where the line ended early."""
    if finding.estimate is None:
        return (sentences.refused.format(**_absence(finding)),)
    steps = {step.key: step for step in card.steps}
    found = (_measured(finding, card, sentences, knowledge), _iron(finding, card, steps, sentences, knowledge))
    return (*found, _classed(finding, card, sentences, knowledge))


def _absence(finding: Finding) -> dict[str, str]:
    refusal = finding.absence
    return {"what": refusal.what, "cure": refusal.cure} if refusal else {"what": "", "cure": ""}


def _measured(finding: Finding, card: Card, sentences: ShortWhy, knowledge: Knowledge) -> str:
    fit, estimate = finding.fit, finding.estimate
    if fit is None or estimate is None or isinstance(finding.measurement.signal, PrintedResult):
        return sentences.printed.format(given=card.measured or card.headline)
    ladder = ladder_of(finding, knowledge)
    time, rate = (
        named(e, bounds_near(ladder, e.quantity)) if e is not None else "" for e in (estimate.time, estimate.rate)
    )
    basis = estimate.interval_basis.partition(" (")[0]
    return sentences.measured.format(used=fit.n_used, n_echoes=len(fit.used), time=time, rate=rate, basis=basis)


def _iron(finding: Finding, card: Card, steps: dict[str, Step], sentences: ShortWhy, knowledge: Knowledge) -> str:
    ladder, estimate = ladder_of(finding, knowledge), finding.estimate
    if estimate is None or estimate.iron is None or "calibration" not in steps or not steps["calibration"].formula:
        quantity = NOTATION[ladder.quantity].symbol if ladder else "T2*"
        return sentences.uncalibrated.format(quantity=quantity)
    label = card.calibration.partition(" (")[0]
    label = label.rpartition(" by ")[2] or label
    iron = named(estimate.iron.iron, bounds_near(ladder, estimate.iron.iron.quantity))
    return sentences.calibrated.format(calibration=label, iron=iron, formula=steps["calibration"].formula[-1])


def _classed(finding: Finding, card: Card, sentences: ShortWhy, knowledge: Knowledge) -> str:
    ladder, grading = ladder_of(finding, knowledge), finding.grading
    if ladder is None or grading is None:
        return sentences.unclassed.format(**_absence(finding))
    others = grading.grades_by_calibration
    words = {
        "ladder": ladder.label,
        "value": f"{NOTATION[ladder.quantity].symbol} {exact(grading.value)} {NOTATION[ladder.quantity].unit}",
        "class": ladder.grade(grading.grade).label,
        "reached": " / ".join(ladder.grade(g).label for g in grading.grades_in_interval) or card.class_word,
        "by_others": sum(grade != grading.grade for _, grade in others),
        "n_others": len(others),
    }
    return (sentences.classed if others else sentences.classed_alone).format(**words)
