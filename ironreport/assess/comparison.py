"""Whether a change since an earlier result is more than the measurement error (evidence section 6).

Decided on R2*, on the log scale; LIC follows from it and would only add the calibration's own bend.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from ironreport.assess.precision import NORMAL_95, is_wider, log_sd, repeatability_interval
from ironreport.knowledge import Knowledge
from ironreport.records import Comparison, Estimate, Finding, Method, PreviousResult, PrintedResult
from ironreport.units import rate_per_s

PER_SD = NORMAL_95 * math.sqrt(2.0)
"""Two measurements differ with 95 % confidence beyond this many standard deviations of one: 2.77."""
FASTEST_PER_S = 1e6
"""A T2* of one microsecond, which no echo can tell: such an earlier result is a slip of the pen."""
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
GRADIENT_ECHO: Method = "T2*/R2*"


def change_limit(cov_percent: float) -> float:
    """The smallest change of ln(R2*) that is more than measurement error.

    >>> round(100 * math.expm1(change_limit(7.4)), 1)
    22.7
    """
    return PER_SD * log_sd(cov_percent)


def latest(organ: str, previous: tuple[PreviousResult, ...]) -> PreviousResult | None:
    """The latest earlier result of an organ, by its date; one without a date counts as the oldest."""
    own = [p for p in previous if p.organ == organ]
    return max(own, key=lambda p: p.date) if own else None


def compare(previous: PreviousResult, finding: Finding, knowledge: Knowledge, exam_date: str = "") -> Comparison:
    """The verdict on one organ: no measurable change, changed, or not comparable with the reason.

    Parameters
    ----------
    previous : PreviousResult
        The earlier result; its R2* is used, or the one behind its LIC where the calibration is named.
    finding : Finding
        The finding of the same organ in this exam.
    exam_date : str
        YYYY-MM-DD of this exam, empty where it is not known: what is dated no earlier has no verdict.
    """
    refusal = _not_earlier(previous, exam_date) or _why_not(previous, finding, knowledge)
    if refusal is not None:
        return refusal
    before = earlier_rate_per_s(previous, knowledge)
    now = finding.estimate.rate if finding.estimate else None
    if before is None or now is None:
        return _not_comparable(previous.organ, "one of the two results has no R2* and no calibration that leads to it")
    if now.bound:
        return _not_comparable(previous.organ, "only a limit of R2* is known now; the decay is too fast for the echoes")
    precision = knowledge.precision(previous.organ, other_scanner=previous.other_scanner)
    if precision is None:
        return _not_comparable(previous.organ, "no repeatability is published for this organ, so there is no verdict")
    limit, change = change_limit(precision.cov_percent), math.log(now.value / before)
    is_inside = abs(change) <= limit
    reason = (
        f"R2* {before:.4g} and {now.value:.4g} s⁻¹, {_percent(change)} %; {'inside' if is_inside else 'beyond'} "
        f"{_percent(limit)} / {_percent(-limit)} % ({precision.kind}; {precision.id})"
    )
    if is_inside:
        return Comparison(previous.organ, "no measurable change", reason, "none")
    word: Literal["more-iron", "less-iron"] = "more-iron" if change > 0.0 else "less-iron"
    return Comparison(previous.organ, "changed", reason, word)


def _percent(log_change: float) -> str:
    """A change of ln(R2*) in percent, signed; a rounded zero is never negative."""
    return f"{round(100 * math.expm1(log_change), 1) + 0.0:+.1f}"


def _not_comparable(organ: str, reason: str) -> Comparison:
    return Comparison(organ, "not comparable", reason, "not-comparable")


def _not_earlier(previous: PreviousResult, exam_date: str) -> Comparison | None:
    """A result of the same or a later day is no earlier one; the change would be told the wrong way round."""
    if not ISO_DATE.fullmatch(exam_date) or not ISO_DATE.fullmatch(previous.date) or previous.date < exam_date:
        return None
    reason = f"it is dated {previous.date}, which is not before this exam ({exam_date}); correct one of the two dates"
    return _not_comparable(previous.organ, reason)


def _why_not(previous: PreviousResult, finding: Finding, knowledge: Knowledge) -> Comparison | None:
    """Another method, field or calibration: no numeric change at all."""
    now = method_of(finding)
    if previous.method != now:
        reason = f"measured by {previous.method} before and {now} now; the methods are not interchangeable"
        return Comparison(previous.organ, "not comparable", reason, "other-method")
    if previous.method != GRADIENT_ECHO:
        return _not_comparable(previous.organ, "a change is judged for R2* only")
    before = knowledge.field_class(previous.field_tesla)
    after = knowledge.field_class(finding.measurement.signal.field_tesla)
    if before is None or after is None or before.id != after.id:
        return _not_comparable(previous.organ, "the field strengths differ or are not both known")
    used = finding.estimate.iron.calibration if finding.estimate and finding.estimate.iron else ""
    if previous.calibration and used and previous.calibration != used:
        reason = f"calibrated by {previous.calibration} before and {used} now; choose the earlier one for this exam"
        return _not_comparable(previous.organ, reason)
    return None


def method_of(finding: Finding) -> Method:
    """How a finding was measured."""
    signal = finding.measurement.signal
    if isinstance(signal, PrintedResult):
        return "R2/T2" if signal.r2_per_s is not None else GRADIENT_ECHO
    return GRADIENT_ECHO if signal.contrast == "T2*" else "R2/T2"


def earlier_rate_per_s(previous: PreviousResult, knowledge: Knowledge) -> float | None:
    """R2* of an earlier result [s^-1], or the one behind its LIC where the calibration is named; else None."""
    rate = previous.r2star_per_s if previous.r2star_per_s is not None else _behind_lic_per_s(previous, knowledge)
    return rate if rate is not None and 0.0 < rate <= FASTEST_PER_S else None


def _behind_lic_per_s(previous: PreviousResult, knowledge: Knowledge) -> float | None:
    field = knowledge.field_class(previous.field_tesla)
    found = knowledge.calibrations(previous.organ, field.id if field else None)
    origin = next((c for c in found if c.id == previous.calibration and not c.requires), None)
    if origin is None or previous.lic_mg_per_g is None or not previous.lic_mg_per_g > 0.0:
        return None
    given = origin.input_for(previous.lic_mg_per_g)
    if not given > 0.0:
        return None
    return rate_per_s(given) if origin.input == "t2star_ms" else given


def earlier_rate(previous: PreviousResult, knowledge: Knowledge) -> Estimate | None:
    """R2* of an earlier result [s^-1] with the limits it came with; of another scanner with the error between them."""
    value = earlier_rate_per_s(previous, knowledge)
    if value is None:
        return None
    low, high = previous.r2star_low_per_s, previous.r2star_high_per_s
    known = low is not None and high is not None and 0.0 < low <= value <= high
    rate = Estimate("r2star_per_s", value, low, high) if known else Estimate("r2star_per_s", value)
    between = knowledge.precision(previous.organ, other_scanner=True) if previous.other_scanner else None
    if between is None:
        return rate
    wider = repeatability_interval(rate, between.cov_percent)
    return rate if is_wider(rate, wider) else wider
