"""What the hospital's settings do to an exam and add to its report; the stages know nothing of settings."""

from __future__ import annotations

from dataclasses import replace

from ironreport.assess import Finder, assess
from ironreport.assess.conditions import stated_number
from ironreport.assess.grading import graded_estimate
from ironreport.hospital.settings import HospitalDefault, HospitalSettings, LocalLimit, SettingsFile, open_calibrations
from ironreport.knowledge import Knowledge
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.site_limits import with_site_limits
from ironreport.knowledge.site_precision import with_site_precision
from ironreport.records import Assessment, Choices, Context, Exam, Finding, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.content import LocalAdditions, ReportContent
from ironreport.report.numbers import interval, named
from ironreport.units import NOTATION, TIME_OF_RATE, Notation

T1 = Notation("T1", "ms")
"""Known to local limits only: nothing here measures it."""


def assess_at_hospital(
    exam: Exam, settings: HospitalSettings, knowledge: Knowledge, finder: Finder | None = None
) -> Assessment:
    """The assessment of an exam with the hospital's defaults where the reader chose nothing."""
    filled = with_hospital_defaults(exam, settings, knowledge)
    return assess(filled, knowledge_at_hospital(settings, knowledge), finder)


def knowledge_at_hospital(settings: HospitalSettings, knowledge: Knowledge) -> Knowledge:
    """The knowledge with the limits a hospital has set and the repeatability it measured; every report names them."""
    own = [one.record for one in settings.file.own_precision]
    limited = with_site_limits(knowledge, {limit.id: limit.value for limit in settings.file.site_limit})
    return with_site_precision(limited, own)


def describe_at_hospital(assessment: Assessment, settings: HospitalSettings, knowledge: Knowledge) -> ReportContent:
    """The report of an assessment with what the settings add to it."""
    return describe(assessment, knowledge, local_additions(assessment, settings, knowledge))


# ---------------------------------------------------------------------------------- into the exam


def with_hospital_defaults(exam: Exam, settings: HospitalSettings, knowledge: Knowledge) -> Exam:
    """The exam with the hospital's calibration, ladder and hospital name wherever the reader left them empty."""
    measurements = tuple(replace(m, choices=_filled(m, settings.file, knowledge)) for m in exam.measurements)
    hospital = exam.details.hospital.strip() or settings.file.hospital
    facts = dict(exam.context.facts)
    open_facts = {f.id: f.answer for f in settings.file.default_fact if facts.get(f.id, "unknown") == "unknown"}
    context = replace(exam.context, facts=tuple({**facts, **open_facts}.items())) if open_facts else exam.context
    return replace(exam, measurements=measurements, context=context, details=replace(exam.details, hospital=hospital))


def _filled(measurement: Measurement, file: SettingsFile, knowledge: Knowledge) -> Choices:
    choices, field = measurement.choices, _field(measurement, knowledge)
    calibration = choices.calibration or _hospital_calibration(measurement, field, file, knowledge)
    ladder = choices.ladder or _named(file.default_ladder, measurement.organ, field)
    return replace(choices, calibration=calibration, ladder=ladder)


def _field(measurement: Measurement, knowledge: Knowledge) -> str | None:
    found = knowledge.field_class(measurement.signal.field_tesla)
    return found.id if found else None


def _named(defaults: tuple[HospitalDefault, ...], organ: str, field: str | None) -> str:
    return next((d.id for d in defaults if (d.organ, d.field) == (organ, field)), "")


def _hospital_calibration(measurement: Measurement, field: str | None, file: SettingsFile, knowledge: Knowledge) -> str:
    """Id of the hospital's default where it can read this signal: no curve of T2* or R2* is put on an R2."""
    named_id = _named(file.default_calibration, measurement.organ, field)
    found = open_calibrations(measurement.organ, field, knowledge)
    return next((c.id for c in found if c.id == named_id and c.input in _quantities(measurement)), "")


def _quantities(measurement: Measurement) -> tuple[str, str]:
    signal = measurement.signal
    spin_echo = signal.r2_per_s if isinstance(signal, PrintedResult) else signal.contrast == "T2"
    rate = "r2_per_s" if spin_echo else "r2star_per_s"
    return TIME_OF_RATE[rate], rate


def default_calibration(organ: str, field: str | None, settings: HospitalSettings, knowledge: Knowledge) -> str:
    """Id of the calibration that an empty choice means: the hospital's, else the published one; empty without any."""
    published = next((c.id for c in open_calibrations(organ, field, knowledge)), "")
    return _named(settings.file.default_calibration, organ, field) or published


def default_ladder(organ: str, field: str | None, settings: HospitalSettings, knowledge: Knowledge) -> str:
    """Id of the ladder that an empty choice means: the hospital's, else the published one; empty without any."""
    published = next((x.id for x in knowledge.ladders(organ, field)), "")
    return _named(settings.file.default_ladder, organ, field) or published


# ------------------------------------------------------------------------------- into the report


def local_additions(assessment: Assessment, settings: HospitalSettings, knowledge: Knowledge) -> LocalAdditions:
    """What the settings add to the report of an assessment: other defaults in force, local limits, logo."""
    whose = settings.file.hospital or "this site"
    lines = [line for f in assessment.findings for line in _default_lines(f, settings, knowledge)]
    lines += _fact_lines(assessment, settings, knowledge)
    lines += _own_limit_lines(settings, knowledge)
    lines += _own_precision_lines(assessment, knowledge)
    limits = [
        _limit_line(limit, f, assessment.exam.context, knowledge)
        for f in assessment.findings
        for limit in settings.file.local_limit
        if f.estimate is not None and (f.organ, f.estimate.field) == (limit.organ, limit.field)
    ]
    limits += [line for organ in knowledge.organs.values() for line in _native_t1(organ, assessment, settings)]
    return LocalAdditions(tuple(f"{line} (settings of {whose})." for line in lines), tuple(limits), settings.logo)


def _fact_lines(assessment: Assessment, settings: HospitalSettings, knowledge: Knowledge) -> list[str]:
    """What the site answered for itself and this exam used."""
    labels = {f.id: f.label for f in knowledge.shared.fact}
    used = [f for f in settings.file.default_fact if assessment.exam.context.fact(f.id) == f.answer]
    return [f"Site default: {labels[f.id]}: {f.answer}" for f in used]


def _own_precision_lines(assessment: Assessment, knowledge: Knowledge) -> list[str]:
    """The site's own repeatability where a finding rests on it."""
    used = {f.estimate.precision for f in assessment.findings if f.estimate}
    return [
        f"Site repeatability: {knowledge.organ(one.organ).name}, coefficient of variation {one.cov_percent:g} % "
        f"from {one.n_pairs} pairs, by {one.source}"
        for one in assessment.own_precision
        if one.id in used
    ]


def _own_limit_lines(settings: HospitalSettings, knowledge: Knowledge) -> list[str]:
    """Each limit of the site's own in place of ours, on every report: whether it acted cannot be told from one exam."""
    limits = {limit.id: limit for limit in knowledge.shared.site_limit}
    return [
        f"Site limit: {limits[own.id].label}: {limits[own.id].written(own.value)} instead of "
        f"{limits[own.id].written(limits[own.id].value)}, by {own.source}"
        for own in settings.file.site_limit
        if own.value != limits[own.id].value
    ]


def _native_t1(organ: OrganFile, assessment: Assessment, settings: HospitalSettings) -> list[str]:
    """A native T1 without a local limit of its field: the value only, because published cut-offs disagree."""
    t1_ms = _stated_t1_ms(organ, assessment.exam.context)
    if organ.native_t1 is None or t1_ms is None:
        return []
    finding = assessment.finding(organ.id)
    field = finding.estimate.field if finding and finding.estimate else None
    if any((x.organ, x.quantity, x.field) == (organ.id, "t1_ms", field) for x in settings.file.local_limit):
        return []
    name = f"{organ.native_t1.name[0].upper()}{organ.native_t1.name[1:]}"
    return [f"{name} {t1_ms:g} ms: value only, no local limit of this field is entered in the site settings."]


def _stated_t1_ms(organ: OrganFile, context: Context) -> float | None:
    """The native T1 of an organ [ms] as typed in the context form; it was measured elsewhere, so it has no interval."""
    return stated_number(context.fact(organ.native_t1.fact)) if organ.native_t1 else None


def _default_lines(finding: Finding, settings: HospitalSettings, knowledge: Knowledge) -> list[str]:
    estimate, grading, lines = finding.estimate, finding.grading, []
    if estimate is None or estimate.field is None:
        return []
    where = f"{finding.organ} at {_label(estimate.field, knowledge)}"
    curve = _hospital_calibration(finding.measurement, estimate.field, settings.file, knowledge)
    if curve and estimate.rate is not None and estimate.iron is not None:
        published = open_calibrations(finding.organ, estimate.field, knowledge)[0].id
        lines += _line(where, "calibrated with", curve, published, estimate.iron.calibration)
    ladder = _named(settings.file.default_ladder, finding.organ, estimate.field)
    if ladder and grading is not None:
        published = knowledge.ladders(finding.organ, estimate.field)[0].id
        lines += _line(where, "graded on the ladder", ladder, published, grading.ladder)
    return lines


def _line(where: str, how: str, default: str, published: str, used: str) -> list[str]:
    if default == published:
        return []
    if used == default:
        return [f"Site default: {where} is {how} {default} instead of the published default {published}"]
    if used == published:
        return [f"Site default: {where} is {how} {default}, but the reader chose {used}, the published default"]
    return [
        f"Site default: {where} is {how} {default}, but the reader chose {used}; the published default is {published}"
    ]


def _label(field: str, knowledge: Knowledge) -> str:
    return next(f.label for f in knowledge.shared.field if f.id == field)


def _limit_line(limit: LocalLimit, finding: Finding, context: Context, knowledge: Knowledge) -> str:
    assert finding.estimate is not None  # noqa: S101 - local_additions() passes such findings only
    notation = NOTATION.get(limit.quantity, T1)
    side = "below" if limit.below is not None else "above"
    sequence = f" ({limit.sequence})" if limit.sequence else ""
    what = (
        f"Local limit, {finding.organ} at {_label(limit.field, knowledge)}: "
        f"{notation.symbol}{sequence} {side} {limit.limit:g} {notation.unit} is abnormal by {limit.source}."
    )
    said = _comparison(limit, side, finding, _stated_t1_ms(knowledge.organ(limit.organ), context))
    return f"{what} {said} This is a local limit, not a published class."


def _typed_t1(limit: LocalLimit, side: str, t1_ms: float | None) -> str:
    """How a native T1 that was typed lies to the limit."""
    if t1_ms is None:
        return "It was not measured here."
    beyond = t1_ms < limit.limit if side == "below" else t1_ms > limit.limit
    return f"Entered: T1 {t1_ms:g} ms (no interval), which is {'' if beyond else 'not '}{side} it."


def _comparison(limit: LocalLimit, side: str, finding: Finding, t1_ms: float | None) -> str:
    """How the measured value lies to the limit; its digits never carry it across."""
    assert finding.estimate is not None  # noqa: S101 - narrowing
    found = graded_estimate(finding.estimate, limit.quantity)
    if found is None and limit.quantity == "t1_ms":
        return _typed_t1(limit, side, t1_ms)
    if found is None:
        return "It was not measured here."
    beyond = found.value < limit.limit if side == "below" else found.value > limit.limit
    limits = interval(found, (limit.limit,))
    shown = f"{named(found, (limit.limit,))}{f' ({limits})' if limits else ''}"
    crossed = found.low is not None and found.high is not None and found.low < limit.limit < found.high
    return (
        f"Measured: {shown}, which is {'' if beyond else 'not '}{side} it"
        f"{', and its 95 % interval crosses it' if crossed else ''}."
    )
