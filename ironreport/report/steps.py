"""The notebook cells of one organ: signal, fit, calibration, class, guidance, with numbers put in."""

from __future__ import annotations

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.records import Assessment, CalibratedIron, DecayFit, DecaySignal, Finding, PrintedResult
from ironreport.report.answers import bounds_near, ladder_of
from ironreport.report.content import Step
from ironreport.report.figures import limits_text
from ironreport.report.numbers import BOUND_SIGN, exact, named, precision_of_fit, with_interval
from ironreport.report.statuses import status_of
from ironreport.units import NOTATION


def steps(finding: Finding, assessment: Assessment, knowledge: Knowledge) -> tuple[Step, ...]:
    """Cells from the signal down to the guidance; the line ends where the finding ends."""
    found = [
        _signal(finding),
        _fit(finding, ladder_of(finding, knowledge)),
        _calibration(finding, knowledge),
        _class(finding, knowledge),
        _guidance(finding, assessment),
    ]
    return tuple(step for step in found if step is not None)


def _signal(finding: Finding) -> Step:
    signal = finding.measurement.signal
    cautions = tuple(c.text for c in signal.cautions)
    if isinstance(signal, PrintedResult):
        return Step("signal", "Printed number", (signal.origin,), (), tuple(_printed(signal)), cautions)
    given = (
        f"{signal.origin}, mean of {signal.n_pixels} pixels" if signal.n_pixels else signal.origin,
        f"{signal.n_echoes} echoes, TE {exact(signal.te_ms[0])} to {exact(signal.te_ms[-1])} ms",
    )
    shown = f"signal {exact(signal.signal[0])} at the first echo, {exact(signal.signal[-1])} at the last"
    return Step("signal", "Signal", given, (), (shown,), cautions)


def _printed(signal: PrintedResult) -> list[str]:
    given = {
        "r2star_per_s": signal.r2star_per_s,
        "t2star_ms": signal.t2star_ms,
        "lic_mg_per_g": signal.lic_mg_per_g,
        "r2_per_s": signal.r2_per_s,
    }
    return [f"{NOTATION[q].symbol} {v:g} {NOTATION[q].unit}" for q, v in given.items() if v is not None]


def _fit(finding: Finding, ladder: Ladder | None) -> Step | None:
    signal, fit, estimate = finding.measurement.signal, finding.fit, finding.estimate
    if isinstance(signal, PrintedResult):
        return _product(finding, ladder)
    if fit is None or estimate is None:
        why = (finding.absence.what, finding.absence.cure) if finding.absence else ()
        return Step("fit", "Fit", (), (), ("not estimable",), tuple(x for x in why if x))
    given = (fit.method, f"{fit.n_used} of {len(fit.used)} echoes used", *fit.reasons)
    precision = precision_of_fit(fit)
    result = (
        f"interval used: {estimate.interval_basis}",
        *((f"the fit alone: {precision}",) if precision else ()),
    )
    measured = tuple(
        with_interval(e, bounds_near(ladder, e.quantity)) for e in (estimate.time, estimate.rate) if e is not None
    )
    return Step(
        "fit", "Fit", given, _fit_formula(signal, fit), (*measured, *result), tuple(c.text for c in fit.cautions)
    )


def _fit_formula(signal: DecaySignal, fit: DecayFit) -> tuple[str, ...]:
    time, rate = NOTATION[fit.time.quantity].symbol, NOTATION[fit.rate.quantity].symbol
    if fit.rate.bound:
        return (f"{named(fit.rate)}: a slower decay would have left more signal in these echoes (95 %)",)
    return (
        f"S(TE) = S0 × exp(-TE / {time}) = {exact(fit.s0)} × exp(-TE / {exact(fit.time.value)} ms)",
        f"{rate} = 1000 / {time} = 1000 / {exact(fit.time.value)} = {exact(fit.rate.value)} s⁻¹",
    )


def _product(finding: Finding, ladder: Ladder | None) -> Step | None:
    signal, estimate = finding.measurement.signal, finding.estimate
    if not isinstance(signal, PrintedResult) or estimate is None or estimate.rate is None or estimate.time is None:
        return None
    formula = f"R2* = 1000 / T2*: {exact(estimate.rate.value)} s⁻¹ and {exact(estimate.time.value)} ms"
    if signal.r2star_per_s is not None and signal.t2star_ms is not None:
        product = signal.r2star_per_s * signal.t2star_ms
        formula = f"T2* × R2* = {signal.t2star_ms:g} × {signal.r2star_per_s:g} = {product:.1f} (must be 1000)"
    measured = tuple(with_interval(e, bounds_near(ladder, e.quantity)) for e in (estimate.time, estimate.rate))
    return Step("fit", "No fit", (f"interval: {estimate.interval_basis}",), (formula,), measured)


def _calibration(finding: Finding, knowledge: Knowledge) -> Step | None:
    estimate = finding.estimate
    if estimate is None or estimate.iron is None:
        return None
    near = bounds_near(ladder_of(finding, knowledge), estimate.iron.iron.quantity)
    calibrations = knowledge.calibrations(estimate.organ, estimate.field)
    chosen = next((c for c in calibrations if c.id == estimate.iron.calibration), None)
    others = tuple(
        f"{o.calibration}: {with_interval(o.iron, near)}" for o in estimate.others if estimate.rate is not None
    ) or tuple(
        f"if it came from {o.calibration}: {named(o.iron, near)} by the published default" for o in estimate.others
    )
    if chosen is None:
        return Step("calibration", "Calibration", ("not stated",), (), (named(estimate.iron.iron, near), *others))
    given = (
        f"{chosen.label} ({chosen.id}), {status_of(chosen.evidence)}: {chosen.cohort}",
        *((f"reference method: {chosen.reference_method}",) if chosen.reference_method else ()),
        f"fit model it was made with: {chosen.fit_model or 'not known'}",
        *((chosen.note,) if chosen.note else ()),
    )
    formula = _calibration_formula(chosen, finding, estimate.iron)
    cautions = tuple(c.text for c in estimate.cautions)
    result = (with_interval(estimate.iron.iron, near), *others)
    return Step("calibration", "Calibration", given, formula, result, cautions, chosen.sources)


def _calibration_formula(calibration: Calibration, finding: Finding, iron: CalibratedIron) -> tuple[str, ...]:
    estimate = finding.estimate
    measured = next(
        e for e in (estimate.time, estimate.rate) if estimate and e is not None and e.quantity == calibration.input
    ) if estimate else None  # fmt: skip
    if measured is None:
        return ()
    out = NOTATION[calibration.output].symbol
    symbol = NOTATION[calibration.input].symbol
    return (
        f"{out} = {calibration.formula(symbol)}",
        f"{out} = {calibration.formula(exact(measured.value))} = {exact(iron.iron.value)} mg/g",
    )


def _class(finding: Finding, knowledge: Knowledge) -> Step | None:
    grading, estimate = finding.grading, finding.estimate
    if estimate is None:
        return None
    if grading is None:
        why = (finding.absence.what, finding.absence.cure) if finding.absence else ()
        return Step("class", "Class", (), (), ("no class",), tuple(x for x in why if x))
    ladders = knowledge.ladders(finding.organ, estimate.field)
    ladder = next(x for x in ladders if x.id == grading.ladder)
    notation = NOTATION[ladder.quantity]
    limits = limits_text(ladder, grading.grade)
    value = f"{BOUND_SIGN.get(grading.bound, '')}{exact(grading.value)}"
    formula = f"{notation.symbol} {value} {notation.unit}: {limits} is {ladder.grade(grading.grade).label}"
    return Step(
        "class", "Class", (f"ladder {ladder.label} ({ladder.id}), {status_of(ladder.evidence)}",),
        (formula,), _class_result(finding, ladder), (ladder.caveat,) if ladder.caveat else (), ladder.sources,
    )  # fmt: skip


def _class_result(finding: Finding, ladder: Ladder) -> tuple[str, ...]:
    grading = finding.grading
    assert grading is not None  # noqa: S101 - _class() passes graded findings only
    touched = ", ".join(ladder.grade(g).label for g in grading.grades_in_interval)
    shares = tuple(f"{ladder.grade(g).label} {100 * share:.0f} %" for g, share in grading.probabilities)
    by_others = tuple(f"{c}: {ladder.grade(g).label}" for c, g in grading.grades_by_calibration)
    return (
        ladder.grade(grading.grade).label,
        f"the interval touches: {touched}",
        f"interval crosses a class limit: {'yes' if grading.borderline else 'no'}; "
        f"another calibration gives another class: {'yes' if grading.calibration_sensitive else 'no'}",
        *((f"by the measurement error alone: {', '.join(shares)}",) if shares else ()),
        *by_others,
    )


def _guidance(finding: Finding, assessment: Assessment) -> Step | None:
    guidance = assessment.guidance
    said = (*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information)
    lines = [x for x in said if x.organ in (finding.organ, None)]
    if finding.grading is None:
        return None
    given = (f"disease: {assessment.exam.context.disease}",)
    result = tuple(f"{x.text} ({status_of(x.evidence)})" for x in lines)
    sources = tuple(dict.fromkeys(s for x in lines for s in x.sources))
    return Step("guidance", "Guidance", given, (), result or ("no rule fires for this organ",), (), sources)
