"""One card per organ: the answer first, then the proof as notebook cells. Text only, nothing drawn."""

from __future__ import annotations

from dataclasses import replace

from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Ladder
from ironreport.records import (
    Assessment,
    CalibratedIron,
    DecaySignal,
    Estimate,
    Finding,
    Grading,
    IronEstimate,
    PrintedResult,
)
from ironreport.report.acquired import acquisition_of
from ironreport.report.answers import bounds_near, calibration_of, headline_estimate, ladder_of
from ironreport.report.content import BandBar, Card, CitedText, DecayFigure, Row
from ironreport.report.figures import band_bar, decay_figure
from ironreport.report.fit_words import fit_rows, fit_summary
from ironreport.report.numbers import interval, named, number, with_interval
from ironreport.report.steps import steps
from ironreport.units import NOTATION

NO_CLASS = "no class"
NOT_KNOWN = "not known"


def card(finding: Finding, assessment: Assessment, knowledge: Knowledge) -> Card:
    """All that is said about one organ."""
    organ = knowledge.organ(finding.organ)
    ladder = ladder_of(finding, knowledge)
    headline = headline_estimate(finding, ladder)
    lines = [x for x in (*assessment.sentences, *assessment.guidance.prompts) if x.organ == finding.organ]
    return Card(
        organ=organ.id,
        name=organ.name,
        standing=organ.standing,
        where=_where(finding),
        headline=_headline(headline, finding, ladder, knowledge),
        interval=_interval_text(headline, finding, ladder),
        class_word=class_word(finding.grading, ladder),
        severity=_severity(finding.grading, ladder),
        provisional=ladder is not None and ladder.provisional,
        measured=_measured(finding.estimate, ladder),
        other_calibrations=_others_text(finding, ladder, knowledge),
        calibration=_calibration_text(finding, knowledge),
        ladder=ladder.label if ladder else "",
        flags=_flags(finding, ladder, knowledge),
        band=_band(finding, ladder, headline),
        cautions=_cautions(finding, ladder),
        absence=_absence(finding),
        sentences=tuple(
            CitedText(filled(x.text, finding, knowledge), x.rule, x.evidence, knowledge.printed_sources(x.sources))
            for x in lines
            if x.kind == "sentence"
        ),
        tests=organ.tests_to_correlate,
        caveats=organ.caveats,
        decay=_decay(finding, organ.name),
        fit_rows=fit_rows(finding),
        fit_summary=fit_summary(finding),
        acquisition=acquisition_of(finding.measurement.signal),
        calibration_rows=_calibration_rows(finding, ladder, knowledge),
        steps=tuple(
            replace(s, sources=knowledge.printed_sources(s.sources)) for s in steps(finding, assessment, knowledge)
        ),
        critical=finding.critical,
    )


# ------------------------------------------------------------------------------------ the answer


def _headline(headline: Estimate | None, finding: Finding, ladder: Ladder | None, knowledge: Knowledge) -> str:
    if headline is None:
        return "not estimable"
    beyond = finding.estimate is not None and finding.estimate.iron is not None and finding.estimate.iron.beyond_range
    if beyond and finding.estimate is not None and headline.quantity == "lic_mg_per_g":
        assert finding.estimate.iron is not None  # noqa: S101 - narrowing
        calibration = calibration_of(finding.estimate.iron, finding.estimate, knowledge)
        notation = NOTATION[headline.quantity]
        return f"{notation.symbol} more than {calibration.range_high if calibration else 0:g} {notation.unit}"
    return named(headline, ladder.bounds if ladder else ())


def _interval_text(headline: Estimate | None, finding: Finding, ladder: Ladder | None) -> str:
    if headline is None:
        return ""
    iron = finding.estimate.iron if finding.estimate else None
    if iron is not None and iron.beyond_range and headline == iron.iron:
        return "above the calibrated range"
    if headline.bound:
        return "95 % limit; beyond this acquisition"
    limits = interval(headline, ladder.bounds if ladder else ())
    return f"95 % {limits}" if limits else "no interval"


def class_word(grading: Grading | None, ladder: Ladder | None) -> str:
    """The class and, where the interval crosses a limit, its neighbours."""
    if grading is None or ladder is None:
        return NO_CLASS
    others = [ladder.grade(g).label for g in grading.grades_in_interval if g != grading.grade]
    if grading.bound:
        return f"{ladder.grade(grading.grade).label}{' or worse' if others else ''}"
    return " / ".join([ladder.grade(grading.grade).label, *others])


def _severity(grading: Grading | None, ladder: Ladder | None) -> str:
    return ladder.grade(grading.grade).severity if grading and ladder else ""


def _measured(estimate: IronEstimate | None, ladder: Ladder | None) -> str:
    if estimate is None:
        return ""
    found = (e for e in (estimate.rate, estimate.time) if e is not None)
    return " · ".join(with_interval(e, bounds_near(ladder, e.quantity)) for e in found)


def _where(finding: Finding) -> str:
    signal = finding.measurement.signal
    field = "field strength not stated" if signal.field_tesla is None else f"{signal.field_tesla:g} T"
    if isinstance(signal, PrintedResult):
        return f"{field} · {signal.origin}"
    pixels = f"{signal.n_pixels} pixels" if signal.n_pixels else ""
    return " · ".join(part for part in (signal.location, field, pixels) if part)


def _calibration_text(finding: Finding, knowledge: Knowledge) -> str:
    if finding.estimate is None or finding.estimate.iron is None:
        return ""
    found = calibration_of(finding.estimate.iron, finding.estimate, knowledge)
    if found is None:
        return "calibration not stated"
    if found.information_only:
        return f"{with_interval(finding.estimate.iron.iron)} by {found.label}, information only"
    return f"{found.label} ({found.id}) · {'' if found.default else 'not '}the published default"


def _others_text(finding: Finding, ladder: Ladder | None, knowledge: Knowledge) -> str:
    estimate = finding.estimate
    if estimate is None or not estimate.others:
        return ""
    values = [o.iron for o in estimate.others]
    low, high = min(values, key=lambda e: e.value), max(values, key=lambda e: e.value)
    near = bounds_near(ladder, low.quantity)
    span = f"{number(low, near)} to {number(high, near)} {NOTATION[low.quantity].unit}"
    if estimate.rate is None:
        by_origin = f"by its possible origins: {span}"
        return f"read with the published default calibration, {by_origin}"
    lowest = estimate.iron is not None and estimate.iron.iron.value < low.value and len(values) > 1
    given = f"other published calibrations of this field give {span}"
    return f"{given}; the calibration used is the lowest" if lowest else given


# --------------------------------------------------------------------------- doubts and absences


def _flags(finding: Finding, ladder: Ladder | None, knowledge: Knowledge) -> tuple[str, ...]:
    grading = finding.grading
    if grading is None or ladder is None:
        return ()
    flags = [f.text for f in knowledge.organ(finding.organ).flag if f.id in grading.flags]
    if grading.borderline:
        shares = ", ".join(f"{ladder.grade(g).label} {100 * share:.0f} %" for g, share in grading.probabilities)
        near = f"Near a class limit: the interval crosses it ({class_word(grading, ladder)})."
        flags.append(" ".join([near, *([f"By the measurement error alone: {shares}."] if shares else [])]))
    if grading.calibration_sensitive:
        flags.append(_sensitivity(finding, grading, ladder, knowledge))
    if ladder.caveat:
        flags.append(ladder.caveat)
    return (*flags, *_beside(finding, ladder, knowledge))


def _beside(finding: Finding, ladder: Ladder, knowledge: Knowledge) -> tuple[str, ...]:
    """The class by each other ladder that is always shown beside the chosen one."""
    estimate = finding.estimate
    ladders = knowledge.ladders(finding.organ, estimate.field) if estimate else ()
    others = [x for x in ladders if x.beside and x.id != ladder.id and x.quantity == ladder.quantity]
    found = [(x, headline_estimate(finding, x)) for x in others]
    return tuple(
        f"By another published ladder, {x.label}: {x.grade_of(e.value).label}{' or worse' if e.bound else ''}."
        for x, e in found
        if e is not None
    )


def _sensitivity(finding: Finding, grading: Grading, ladder: Ladder, knowledge: Knowledge) -> str:
    """The other classes by the calibrations that give them; of an iron without its rate, that it may come from."""
    labels = {c.id: c.label for c in knowledge.organ(finding.organ).calibration}
    others = dict.fromkeys(g for _, g in grading.grades_by_calibration if g != grading.grade)
    named = {g: [labels.get(c, c) for c, x in grading.grades_by_calibration if x == g] for g in others}
    if finding.estimate is not None and finding.estimate.rate is None:
        origins = "; ".join(f"{ladder.grade(g).label} if it came from {' or '.join(n)}" for g, n in named.items())
        return (
            f"Calibration-sensitive: read anew with the published default, {origins}. The class is that of the number."
        )
    by = "; ".join(f"{ladder.grade(g).label} by {', '.join(n)}" for g, n in named.items())
    return f"Calibration-sensitive: {by}. The class printed is that of the calibration used."


def _cautions(finding: Finding, ladder: Ladder | None) -> tuple[str, ...]:
    shown = [c.text for c in finding.cautions if finding.absence is None or c.text != finding.absence.what]
    return tuple(dict.fromkeys(shown))


def _absence(finding: Finding) -> tuple[str, ...]:
    return tuple(x for x in (finding.absence.what, finding.absence.cure) if x) if finding.absence else ()


# ------------------------------------------------------------------------------- tables, drawings


def _band(finding: Finding, ladder: Ladder | None, headline: Estimate | None) -> BandBar | None:
    if ladder is None or headline is None or finding.estimate is None:
        return None
    return band_bar(ladder, headline, finding.estimate.others)


def _decay(finding: Finding, name: str) -> DecayFigure | None:
    signal = finding.measurement.signal
    return (
        decay_figure(signal, finding.fit, f"Signal decay, {name.lower()}") if isinstance(signal, DecaySignal) else None
    )


def _calibration_rows(finding: Finding, ladder: Ladder | None, knowledge: Knowledge) -> tuple[Row, ...]:
    estimate = finding.estimate
    if estimate is None or estimate.iron is None:
        return ()
    return tuple(_calibration_row(c, estimate, ladder, knowledge) for c in (estimate.iron, *estimate.others))


def _calibration_row(iron: CalibratedIron, estimate: IronEstimate, ladder: Ladder | None, knowledge: Knowledge) -> Row:
    calibration = calibration_of(iron, estimate, knowledge)
    label = calibration.label if calibration else "as printed, calibration not stated"
    word = ""
    if ladder is not None and ladder.quantity == iron.iron.quantity:
        word = f" · {ladder.grade_of(iron.iron.value).label}"
    return Row(label, f"{with_interval(iron.iron, bounds_near(ladder, iron.iron.quantity))}{word}")


# ------------------------------------------------------------------------------------- sentences


def filled(text: str, finding: Finding, knowledge: Knowledge) -> str:
    """A published sentence with this patient's numbers put in."""
    ladder = ladder_of(finding, knowledge)
    return text.format_map({**_class_words(finding, knowledge), **_numbers(finding.estimate, ladder)})


def _class_words(finding: Finding, knowledge: Knowledge) -> dict[str, str]:
    """Class with its neighbours, and by what: ladder, calibration, field."""
    ladder, grading = ladder_of(finding, knowledge), finding.grading
    field = knowledge.field_class(finding.measurement.signal.field_tesla)
    return {
        "class": ladder.grade(grading.grade).label if ladder and grading else NO_CLASS,
        "classes": class_word(grading, ladder),
        "ladder": ladder.label if ladder else "no ladder",
        "calibration": _calibration_text(finding, knowledge).partition(" · ")[0],
        "field": field.label if field else "an unknown field",
    }


def _numbers(estimate: IronEstimate | None, ladder: Ladder | None) -> dict[str, str]:
    """Rate, time, iron with its interval, and the iron of the other calibrations from lowest to highest."""
    iron = estimate.iron.iron if estimate and estimate.iron else None
    return {
        "r2star": _number(estimate.rate if estimate else None, ladder),
        "t2star": _number(estimate.time if estimate else None, ladder),
        "lic": _number(iron, ladder),
        "interval": _interval_words(iron, ladder),
        "others": _other_words(estimate, ladder),
    }


def _number(estimate: Estimate | None, ladder: Ladder | None) -> str:
    return number(estimate, bounds_near(ladder, estimate.quantity)) if estimate else NOT_KNOWN


def _interval_words(iron: Estimate | None, ladder: Ladder | None) -> str:
    """The printed interval of the iron, or in words why it has none."""
    if iron is not None and iron.bound:
        return "95 % limit"
    limits = interval(iron, bounds_near(ladder, iron.quantity)) if iron else ""
    return f"95 % {limits}" if limits else "no interval"


def _other_words(estimate: IronEstimate | None, ladder: Ladder | None) -> str:
    """What the other calibrations of the field make of the same rate."""
    others = sorted((other.iron for other in estimate.others), key=lambda e: e.value) if estimate else []
    if not others:
        return "no other calibration of this field is published"
    return (
        f"other published calibrations of this field give {_number(others[0], ladder)} to {_number(others[-1], ladder)}"
    )
