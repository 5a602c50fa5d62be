"""The straight line: signal -> fit -> iron -> class -> guidance, one organ after the other.

This is the only module that knows the order of the stages. A stage that fails ends the line for its
organ with a named reason; it never yields a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ironreport.assess.balance import iron_balance
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.conditions import Situation
from ironreport.assess.course import courses
from ironreport.assess.early_echoes import normal_but_for_an_echo
from ironreport.assess.grading import choose_ladder, grade, refusal_of, why_no_grade
from ironreport.assess.guidance import advise, fires, is_critical
from ironreport.assess.idle_doubt import held_by_blood, held_by_fat, without_idle_doubt
from ironreport.assess.measured_where import beside_doubts, header_doubts, name_doubts, region_doubts
from ironreport.assess.plausible import implausible
from ironreport.assess.printed import check_printed, origins, printed_rate
from ironreport.assess.stored import stored_doubt
from ironreport.assess.wording import sentences
from ironreport.errors import IronReportError, Refusal
from ironreport.knowledge import Knowledge
from ironreport.records import (
    Assessment,
    CalibratedIron,
    Caution,
    Choices,
    Contrast,
    DecaySignal,
    Estimate,
    Exam,
    Finding,
    IronEstimate,
    Measurement,
    PrintedResult,
)

FERRISCAN = "ferriscan-r2"
Finder = Callable[[Measurement, Knowledge], Finding]


def assess(exam: Exam, knowledge: Knowledge, finder: Finder | None = None) -> Assessment:
    """The whole answer for one exam: findings heart first, guidance, knowledge version.

    Parameters
    ----------
    exam : Exam
        Measurements with the reader's choices, and what is known of the patient.
    knowledge : Knowledge
        Validated knowledge files.
    finder : callable, optional
        Gives what `find` gives; for who keeps findings while the rest of the exam changes.
    """
    finder = finder or find
    ordered = sorted(exam.measurements, key=lambda m: _rank(m.organ, knowledge))
    found = Situation(tuple(finder(m, knowledge) for m in ordered), exam.context, knowledge, exam.exam_date)
    findings = tuple(_withdrawn(f, found) for f in found.findings)
    situation = replace(found, findings=findings)
    judged = tuple(replace(f, critical=is_critical(f, situation)) for f in findings)
    found_courses = courses(findings, exam, knowledge)
    found_balance = iron_balance(findings, found_courses, exam, knowledge)
    said, version = sentences(situation), knowledge.version
    own = knowledge.own_precision
    return Assessment(exam, judged, advise(situation), said, version, found_courses, found_balance, own)


def _withdrawn(finding: Finding, situation: Situation) -> Finding:
    """The finding, or only the reason where a rule says that the organ cannot have been measured."""
    rules = situation.knowledge.rules(situation.context.disease)
    rule = next((r for r in rules if r.withdraws == finding.organ and fires(r, situation).holds), None)
    if rule is None:
        return finding
    cure = "Take the organ out of the exam, or correct the answer about the patient."
    return Finding(finding.organ, finding.measurement, absence=Refusal("NOT_APPLICABLE", rule.text, cure))


def _rank(organ: str, knowledge: Knowledge) -> int:
    """Heart before liver before the rest: the knowledge holds the organs in reading order."""
    return list(knowledge.organs).index(organ) if organ in knowledge.organs else len(knowledge.organs)


def find(measurement: Measurement, knowledge: Knowledge) -> Finding:
    """The finding of one organ, as far down the line as it comes, with a doubt where its exam file says otherwise."""
    found = _found(measurement, knowledge)
    return replace(found, cautions=found.cautions + stored_doubt(found, knowledge))


def _found(measurement: Measurement, knowledge: Knowledge) -> Finding:
    signal = measurement.signal
    where = (*header_doubts(signal, knowledge), *name_doubts(signal, knowledge))
    start = Finding(measurement.organ, measurement, cautions=(*signal.cautions, *where))
    try:
        if isinstance(signal, PrintedResult):
            return _from_printed(start, signal, knowledge)
        return _from_signal(start, signal, knowledge)
    except IronReportError as error:
        return replace(start, absence=error.refusal)


def _from_signal(start: Finding, signal: DecaySignal, knowledge: Knowledge) -> Finding:
    from ironreport import relaxometry  # noqa: PLC0415  scipy is behind it, and a page without a signal waits for neither

    choices = start.measurement.choices
    fit = relaxometry.fit_decay(
        signal,
        choices.method,
        choices.left_out,
        shortest_time_per_first_te=_limit("time-per-first-te-below", signal.organ, knowledge),
    )
    apart = (*region_doubts(signal, choices, knowledge), *beside_doubts(signal, fit.rate, choices, knowledge))
    fitted = replace(start, fit=fit, cautions=start.cautions + apart + fit.cautions)
    crossed = _crossed(signal, fit.rate, knowledge)
    doubts = (*fitted.cautions, *crossed)
    refusal = why_no_grade(signal.organ, signal.field_tesla, signal.contrast, doubts, knowledge)
    measured = _with_iron(fitted, fit.rate, signal.field_tesla if refusal is None else None, knowledge)
    graded = _graded(replace(measured, cautions=measured.cautions + crossed), refusal, knowledge)
    graded = without_idle_doubt(graded, knowledge)
    return held_by_blood(held_by_fat(graded, knowledge), knowledge)


def _from_printed(start: Finding, printed: PrintedResult, knowledge: Knowledge) -> Finding:
    doubted = replace(start, cautions=start.cautions + check_printed(printed))
    found = _read_printed(doubted, printed, knowledge)
    contradiction = _printed_iron_contradicts(found, printed, knowledge)
    if not contradiction:
        return found
    return _read_printed(replace(doubted, cautions=doubted.cautions + contradiction), printed, knowledge)


def _read_printed(doubted: Finding, printed: PrintedResult, knowledge: Knowledge) -> Finding:
    declared = _declared(printed, knowledge)
    contrast: Contrast = "T2" if printed.r2_per_s is not None and not declared else "T2*"
    refusal = why_no_grade(printed.organ, printed.field_tesla, contrast, doubted.cautions, knowledge)
    rate = printed_rate(printed, knowledge)
    if rate is None:
        return _graded(_with_printed_iron(doubted, printed, knowledge), refusal, knowledge)
    field_tesla = printed.field_tesla if refusal is None else None
    return _graded(_with_iron(doubted, rate, field_tesla, knowledge, declared), refusal, knowledge)


def _printed_iron_contradicts(finding: Finding, printed: PrintedResult, knowledge: Knowledge) -> tuple[Caution, ...]:
    """A doubt where the class of the printed LIC is one that no calibration gives for the rate printed beside it."""
    estimate, grading, lic = finding.estimate, finding.grading, printed.lic_mg_per_g
    if lic is None or grading is None or grading.quantity != "lic_mg_per_g":
        return ()
    if estimate is None or estimate.rate is None or estimate.iron is None:
        return ()
    ladder = choose_ladder(finding.organ, estimate.field or "", grading.ladder, knowledge)
    if ladder.grade_of(lic).id in {*grading.grades_in_interval, *(g for _, g in grading.grades_by_calibration)}:
        return ()
    values = [estimate.iron.iron.value, *(other.iron.value for other in estimate.others)]
    text = (
        f"The printed LIC {lic:.10g} mg/g does not belong to the rate printed beside it: the calibrations here give "
        f"{min(values):.2f} to {max(values):.2f} mg/g, of another class. One of the two is wrong, or they are of "
        "different organs or regions. Check both, and leave one out."
    )
    return (Caution("PRINTED_IRON_CONTRADICTS", text, blocks_grade=True),)


def _declared(printed: PrintedResult, knowledge: Knowledge) -> str:
    """What a printed R2 is: FerriScan's where the organ has a curve for it, else a plain spin-echo R2."""
    curves = {c.requires for c in knowledge.organ(printed.organ).calibration}
    return FERRISCAN if printed.r2_per_s is not None and FERRISCAN in curves else ""


def _with_iron(
    finding: Finding, rate: Estimate, field_tesla: float | None, knowledge: Knowledge, declared: str = ""
) -> Finding:
    choice = finding.measurement.choices.calibration
    estimate = estimate_iron(finding.organ, rate, field_tesla, knowledge, choice, declared)
    return replace(finding, estimate=estimate, cautions=finding.cautions + estimate.cautions)


def _with_printed_iron(finding: Finding, printed: PrintedResult, knowledge: Knowledge) -> Finding:
    """A printed LIC of unknown origin: the number itself, beside what the default would make of it."""
    if printed.lic_mg_per_g is None:
        return finding
    field = knowledge.field_class(printed.field_tesla)
    default = next(iter(knowledge.calibrations(printed.organ, field.id if field else None)), None)
    others: list[CalibratedIron] = []
    for origin in origins(printed, knowledge) if default is not None else ():
        assert default is not None  # noqa: S101 - the loop is empty otherwise
        reread = default.iron_mg_per_g(origin.r2star_per_s)
        others.append(CalibratedIron(origin.calibration, Estimate("lic_mg_per_g", reread)))
    estimate = IronEstimate(
        organ=printed.organ,
        time=None,
        rate=None,
        field=field.id if field else None,
        interval_basis="none: the printed number came without its rate, so no interval can be computed",
        iron=CalibratedIron(printed.calibration, Estimate("lic_mg_per_g", printed.lic_mg_per_g)),
        others=tuple(others),
    )
    return replace(finding, estimate=estimate)


def _graded(finding: Finding, refusal: Refusal | None, knowledge: Knowledge) -> Finding:
    if refusal is not None or finding.estimate is None:
        return replace(finding, absence=refusal)
    if doubts := implausible(finding.estimate, knowledge):
        return replace(finding, cautions=finding.cautions + doubts, absence=refusal_of(doubts[0]))
    try:
        grading = grade(finding.estimate, knowledge, finding.measurement.choices.ladder)
    except IronReportError as error:
        return replace(finding, absence=error.refusal)
    graded = replace(finding, grading=grading)
    doubt = normal_but_for_an_echo(graded, knowledge) or _other_classes(graded, knowledge)
    if doubt is None:
        return graded
    doubted = replace(graded, cautions=(*graded.cautions, doubt))
    return replace(doubted, grading=None, absence=refusal_of(doubt)) if doubt.blocks_grade else doubted


def _other_classes(finding: Finding, knowledge: Knowledge) -> Caution | None:
    """A doubt where the models disagree so far that another one gives another class (hazards H5, H8).

    A normal class that another model does not give is withheld, unless the reader chose the model: a vessel or a
    constant under the decay of a loaded heart makes it read normal.
    """
    fit, grading = finding.fit, finding.grading
    if fit is None or grading is None or not any(c.code == "MODEL_DEPENDENT" for c in fit.cautions):
        return None
    labels: dict[str, str] = {}
    is_withheld, is_automatic = False, finding.measurement.choices.method == Choices().method
    for reading in fit.bracket:
        estimate = _with_iron(finding, reading.rate, finding.measurement.signal.field_tesla, knowledge).estimate
        if estimate is None:
            continue
        other = grade(estimate, knowledge, grading.ladder)
        if other.grade != grading.grade:
            ladder = choose_ladder(finding.organ, estimate.field or "", grading.ladder, knowledge)
            mine, theirs = ladder.grade(grading.grade), ladder.grade(other.grade)
            labels[reading.model.lower()] = theirs.label
            is_withheld |= mine.severity == "normal" != theirs.severity
    if not labels:
        return None
    named = "; ".join(f"{label} by the model '{model}'" for model, label in labels.items())
    text = (
        f"The class depends on the model: {named}. Measure tissue without vessels, or choose on the decay chart the "
        "model that holds."
    )
    return Caution("CLASS_DEPENDS_ON_MODEL", text, blocks_grade=is_withheld and is_automatic)


def _limit(crossed: str, organ: str, knowledge: Knowledge) -> float | None:
    return next((c.value for c in knowledge.checks(organ) if c.crossed == crossed), None)


def _crossed(signal: DecaySignal, rate: Estimate, knowledge: Knowledge) -> tuple[Caution, ...]:
    """Acquisition limits of the organ that this signal crosses."""
    if knowledge.organ(signal.organ).contrast != signal.contrast:
        return ()
    measured = {"first-te-ms-above": signal.te_ms[0], "r2star-per-s-above": rate.value}
    if signal.contrast == "T2*" and _is_unlabelled(signal):
        measured["unlabelled-first-te-and-spacing-ms-above"] = min(signal.te_ms[0], float(np.diff(signal.te_ms).min()))
    return tuple(
        Caution(c.id, c.text.format(limit=f"{c.value:g}"), blocks_grade=c.withholds)
        for c in knowledge.checks(signal.organ)
        if c.crossed in measured and measured[c.crossed] > c.value
    )


def _is_unlabelled(signal: DecaySignal) -> bool:
    """Whether no header says that the signal comes from gradient echoes."""
    return signal.technique is None or any(caution.code == "CONTRAST_UNKNOWN" for caution in signal.cautions)
