"""Iron in, iron out: what two results of one organ and the blood given between them say of the whole body.

Body iron is a multiple of the organ's iron (Angelucci 2000). Iron in is what the blood held; iron out is iron in less
the change of body iron. Every number carries the doubt of what it was made from; independent doubts add in quadrature.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.comparison import earlier_rate
from ironreport.assess.precision import NORMAL_95
from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.knowledge.body_iron import BloodUnit, BodyIronLaw, IronBalanceFile
from ironreport.records import (
    Caution,
    Course,
    Estimate,
    Exam,
    Finding,
    IronBalance,
    IronFlow,
    IronLedger,
    NoBalance,
    Transfused,
)

BODY = "body_iron_mg_per_kg"
TOTAL = "iron_mg_per_kg"
PER_DAY = "iron_mg_per_kg_per_day"
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WHOLE_PERCENT = 100.0
MOST = 1e6
"""Units or millilitres beyond any patient's: what is larger is no amount of blood."""


# ---------------------------------------------------------------------------------- the arithmetic


def body_iron(iron: Estimate, law: BodyIronLaw) -> Estimate:
    """Body iron [mg/kg] of an organ's iron [mg/g dry weight]; the interval holds the law's own error too.

    References
    ----------
    Angelucci E. N Engl J Med 2000;343:327-31
    """
    factor, own = law.mg_per_kg_of_one_mg_per_g, NORMAL_95 * law.standard_error_mg_per_kg
    value = factor * iron.value
    below = math.hypot(factor * _below(iron), own)
    above = math.hypot(factor * _above(iron), own)
    return Estimate(BODY, value, max(value - below, 0.0), value + above)


def iron_in(transfused: Transfused, unit: BloodUnit) -> Estimate:
    """Iron brought by blood [mg/kg]; its interval is the range of iron in a unit, none where the reader gave its iron.

    Parameters
    ----------
    transfused : Transfused
        Weight, and either the units or all three numbers of a volume.
    """
    weight_kg = transfused.weight_kg or math.nan
    if transfused.n_units is None:
        volume_ml, haematocrit_percent, iron_mg_per_ml = (number or 0.0 for number in transfused.by_volume)
        return Estimate(TOTAL, volume_ml * haematocrit_percent / 100.0 * iron_mg_per_ml / weight_kg)
    per_kg = transfused.n_units / weight_kg
    if transfused.iron_per_unit_mg is not None:
        return Estimate(TOTAL, per_kg * transfused.iron_per_unit_mg)
    low, high = per_kg * unit.low_mg, per_kg * unit.high_mg
    return Estimate(TOTAL, (low + high) / 2.0, low, high)


def less(a: Estimate, b: Estimate) -> Estimate:
    """The iron ``a`` less the iron ``b`` [mg/kg], with the limits that two independent doubts leave."""
    value = a.value - b.value
    below, above = math.hypot(_below(a), _above(b)), math.hypot(_above(a), _below(b))
    return Estimate(TOTAL, value, value - below, value + above)


def flow(total: Estimate, n_days: int) -> IronFlow:
    """The same iron as a whole and each day."""
    low, high = (None if x is None else x / n_days for x in (total.low, total.high))
    return IronFlow(total, Estimate(PER_DAY, total.value / n_days, low, high))


def ledger(before: Estimate, now: Estimate, n_days: int, transfused: Transfused, file: IronBalanceFile) -> IronLedger:
    """Body iron before and now, its change, iron in and iron out.

    Parameters
    ----------
    before, now : Estimate
        Iron of the organ by one calibration [mg/g dry weight].
    """
    body_before, body_now = body_iron(before, file.law), body_iron(now, file.law)
    change, gained = less(body_now, body_before), iron_in(transfused, file.unit)
    lost = less(gained, change)
    return IronLedger(body_before, body_now, flow(change, n_days), flow(gained, n_days), flow(lost, n_days))


def _below(estimate: Estimate) -> float:
    return 0.0 if estimate.low is None else estimate.value - estimate.low


def _above(estimate: Estimate) -> float:
    return 0.0 if estimate.high is None else estimate.high - estimate.value


# ------------------------------------------------------------------------------------- of an exam


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two results of one organ by one calibration [mg/g dry weight], and the days between them."""

    finding: Finding
    course: Course
    file: IronBalanceFile
    before: Estimate
    now: Estimate
    n_days: int


def iron_balance(
    findings: tuple[Finding, ...], courses: tuple[Course, ...], exam: Exam, knowledge: Knowledge
) -> IronBalance | NoBalance | None:
    """The balance of an exam, or why there is none; None where nobody asked, for nothing was typed.

    Only for two results of the same method, field and calibration, far enough apart, whose change is more than the
    measurement error.
    """
    found = next(((c, file) for c in courses if (file := knowledge.organ(c.organ).balance)), None)
    if found is None or not exam.context.transfused.stated:
        return None
    course, file = found
    finding = next(f for f in findings if f.organ == course.organ)
    try:
        pair = _pair(finding, course, file, exam, knowledge)
        _check_typed(exam.context.transfused, file)
        return _drawn(pair, exam, knowledge)
    except AssessmentError as error:
        return NoBalance(course.organ, error.refusal.code, error.refusal.what, error.refusal.cure)


def _drawn(pair: _Pair, exam: Exam, knowledge: Knowledge) -> IronBalance:
    transfused, iron = exam.context.transfused, pair.finding.estimate
    assert iron is not None and iron.iron is not None  # noqa: S101 - _pair() passes such findings only
    found = ledger(pair.before, pair.now, pair.n_days, transfused, pair.file)
    others = tuple(
        (other.calibration, ledger(before, other.iron, pair.n_days, transfused, pair.file).iron_out.per_day.value)
        for other in iron.others
        if not other.beyond_range
        and (before := _iron_before(pair.course, pair.finding, knowledge, other.calibration)) is not None
    )
    return IronBalance(
        organ=pair.course.organ,
        since=pair.course.earlier.date,
        until=exam.exam_date,
        n_days=pair.n_days,
        calibration=iron.iron.calibration,
        transfused=transfused,
        iron_before=pair.before,
        iron_now=pair.now,
        ledger=found,
        out_by_calibration=others,
        cautions=_cautions(pair, found),
    )


def _cautions(pair: _Pair, found: IronLedger) -> tuple[Caution, ...]:
    file, highest = pair.file, pair.file.law.highest_mg_per_g
    gained, lost = found.iron_in, found.iron_out
    is_beyond = any((x.high or x.value) > highest for x in (pair.before, pair.now))
    doubts = (
        (Caution("BEYOND_BODY_IRON", file.beyond_law.text), is_beyond),
        (Caution("ABOVE_USUAL", file.above_usual.text), gained.per_day.value > file.limits.most_mg_per_kg_per_day),
        (Caution("MORE_THAN_TRANSFUSED", file.more_than_transfused.text), lost.total.value < 0.0),
    )
    return tuple(caution for caution, holds in doubts if holds)


# ------------------------------------------------------------------------------ the two results


def _pair(finding: Finding, course: Course, file: IronBalanceFile, exam: Exam, knowledge: Knowledge) -> _Pair:
    n_days = _days_between(course.earlier.date, exam.exam_date, file)
    verdict = course.comparison
    if verdict.verdict == "not comparable":
        raise AssessmentError(
            "NOT_COMPARABLE", f"The two results cannot be compared: {verdict.reason}.",
            "An iron balance needs the same method, field and calibration at both dates.",
        )  # fmt: skip
    iron = finding.estimate.iron if finding.estimate else None
    before = _iron_before(course, finding, knowledge, iron.calibration) if iron else None
    if iron is None or iron.beyond_range or before is None:
        raise AssessmentError(
            "NO_IRON", "One of the two results is no iron inside the range of its calibration.",
            "Choose a calibration that holds for both.",
        )  # fmt: skip
    if not all(0.0 < x.value <= file.law.highest_mg_per_g for x in (before, iron.iron)):
        raise AssessmentError(
            "BEYOND_BODY_IRON",
            f"Body iron is told from more than 0 to {file.law.highest_mg_per_g:.1f} mg/g only "
            f"({file.law.highest_mg_per_kg:g} mg/kg), and one of the two results lies outside.",
            "There is no iron balance so far out.",
        )
    if verdict.verdict != "changed":
        raise AssessmentError("WITHIN_ERROR", file.within_error.text, "")
    return _Pair(finding, course, file, before, iron.iron, n_days)


def _iron_before(course: Course, finding: Finding, knowledge: Knowledge, calibration: str) -> Estimate | None:
    """The earlier iron by the calibration named, with its interval."""
    rate = earlier_rate(course.earlier, knowledge)
    if rate is None:
        return None
    found = estimate_iron(finding.organ, rate, course.earlier.field_tesla, knowledge, calibration).iron
    return None if found is None or found.beyond_range else found.iron


def _days_between(since: str, until: str, file: IronBalanceFile) -> int:
    first, last = _day(since, "earlier result"), _day(until, "exam")
    n_days = (last - first).days
    if n_days <= 0:
        raise AssessmentError(
            "DATES_REVERSED", f"The earlier result is dated {since}, which is not before the exam ({until}).",
            "Correct one of the two dates.",
        )  # fmt: skip
    if n_days < file.limits.fewest_days:
        raise AssessmentError(
            "TOO_SOON", f"The two results are {n_days} days apart; an iron balance needs {file.limits.fewest_days}.",
            "Compare with an older result.",
        )  # fmt: skip
    return n_days


def _day(text: str, whose: str) -> dt.date:
    try:
        if ISO_DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise AssessmentError("NO_DATE", f"The date of the {whose} is not known.", "Write it as YYYY-MM-DD.")


# --------------------------------------------------------------------------------- what was typed


def _check_typed(transfused: Transfused, file: IronBalanceFile) -> None:
    limits, weight_kg = file.limits, transfused.weight_kg
    if weight_kg is None:
        raise AssessmentError("NO_WEIGHT", "The body weight is not stated.", "Type the weight in kg.")
    if not limits.lightest_kg <= weight_kg <= limits.heaviest_kg:
        raise AssessmentError(
            "WEIGHT", f"A body weight of {weight_kg:g} kg cannot be right.",
            f"Type the weight in kg, from {limits.lightest_kg:g} to {limits.heaviest_kg:g}.",
        )  # fmt: skip
    by_volume = [number is not None for number in transfused.by_volume]
    if transfused.n_units is not None and any(by_volume):
        raise AssessmentError("TWO_WAYS", "Both units and a volume are stated.", "State one: either would count twice.")
    if transfused.n_units is None and not all(by_volume):
        raise AssessmentError(
            "NO_TRANSFUSION", "What was transfused between the two results is not fully stated.",
            "Type the units (0 where there were none), or volume, haematocrit and the iron of its red cells.",
        )  # fmt: skip
    _check_amounts(transfused)


def _check_amounts(transfused: Transfused) -> None:
    given = (transfused.n_units, transfused.iron_per_unit_mg, *transfused.by_volume)
    share = transfused.haematocrit_percent
    too_much = share is not None and share > WHOLE_PERCENT
    if too_much or not all(x is None or 0.0 <= x <= MOST for x in given):
        raise AssessmentError(
            "AMOUNT", "An amount of blood or iron cannot be right.",
            "Check units, volume, haematocrit (up to 100 %) and the iron in them.",
        )  # fmt: skip
