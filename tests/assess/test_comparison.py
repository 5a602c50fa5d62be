"""Is a change since the earlier result more than the measurement error?"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess.assessment import assess, find
from ironreport.assess.comparison import change_limit, compare, latest
from ironreport.assess.precision import log_sd
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Choices,
    Context,
    Course,
    DecaySignal,
    Exam,
    Finding,
    Measurement,
    PreviousResult,
    PrintedResult,
)

KNOWLEDGE = published_knowledge()


def finding(organ: str, r2star_per_s: float, field: float | None = 1.5, calibration: str = "") -> Finding:
    printed = PrintedResult(organ, field, r2star_per_s=r2star_per_s)
    return find(Measurement(printed, Choices(calibration=calibration)), KNOWLEDGE)


def before(organ: str = "liver", **given: object) -> PreviousResult:
    return PreviousResult(**{"organ": organ, "field_tesla": 1.5, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cov_percent", "up", "down"),
    [(7.4, 22.7, -18.5), (9.4, 29.7, -22.9), (4.6, 13.6, -12.0), (7.9, 24.4, -19.6), (8.55, 26.7, -21.1),
     (6.23, 18.8, -15.8), (10.0, 31.9, -24.2)],
)  # fmt: skip
def test_the_published_precisions_give_their_change_limits(cov_percent: float, up: float, down: float) -> None:
    limit = change_limit(cov_percent)
    assert limit == pytest.approx(2.77 * log_sd(cov_percent), rel=1e-3)
    assert 100 * math.expm1(limit) == pytest.approx(up, abs=0.06)
    assert 100 * math.expm1(-limit) == pytest.approx(down, abs=0.06)


@pytest.mark.parametrize(
    ("earlier", "now", "verdict", "change"),
    [
        (100.0, 113.0, "no measurable change", "none"),
        (100.0, 114.0, "changed", "more-iron"),
        (100.0, 88.5, "no measurable change", "none"),
        (100.0, 87.5, "changed", "less-iron"),
    ],
)
def test_a_change_is_real_only_beyond_the_limit(earlier: float, now: float, verdict: str, change: str) -> None:
    found = compare(before(r2star_per_s=earlier), finding("liver", now), KNOWLEDGE)
    assert (found.verdict, found.change) == (verdict, change)
    assert "prec-liver-same" in found.reason


def test_heart_18_then_20_5_ms_is_no_measurable_change() -> None:
    found = compare(before("heart", r2star_per_s=1000 / 18.0), finding("heart", 1000 / 20.5), KNOWLEDGE)
    assert found.verdict == "no measurable change"


@given(st.floats(20.0, 1000.0), st.floats(20.0, 1000.0))
def test_the_verdict_is_the_same_in_both_directions(a: float, b: float) -> None:
    there = compare(before(r2star_per_s=a), finding("liver", b), KNOWLEDGE)
    back = compare(before(r2star_per_s=b), finding("liver", a), KNOWLEDGE)
    assert there.verdict == back.verdict


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"method": "R2/T2", "r2star_per_s": 100.0}, 1.5, "not interchangeable"),
        ({"method": "other", "lic_mg_per_g": 5.0}, 1.5, "not interchangeable"),
        ({"r2star_per_s": 100.0}, 3.0, "field strengths"),
        ({"r2star_per_s": 100.0, "field_tesla": None}, 1.5, "field strengths"),
        ({"r2star_per_s": 100.0, "calibration": "wood-2005"}, 1.5, "choose the earlier one"),
        ({"lic_mg_per_g": 5.0}, 1.5, "no R2*"),
        ({}, 1.5, "no R2*"),
    ],
)
def test_another_method_field_or_calibration_gives_no_numeric_change(
    given: dict[str, object], field: float, reason: str
) -> None:
    found = compare(before(**given), finding("liver", 100.0, field), KNOWLEDGE)
    assert found.verdict == "not comparable" and reason in found.reason
    assert "%" not in found.reason


def test_an_earlier_lic_is_read_back_through_its_own_calibration() -> None:
    earlier = before(lic_mg_per_g=10.0, calibration="wood-2005")
    now = finding("liver", 385.7, calibration="wood-2005")
    found = compare(earlier, now, KNOWLEDGE)
    assert found.verdict == "no measurable change" and "+0.0 %" in found.reason


@pytest.mark.parametrize(
    "given",
    [
        {"r2star_per_s": 0.0},
        {"lic_mg_per_g": 0.0, "calibration": "hernando-2023"},  # its line would give a rate of 6 s^-1
        {"lic_mg_per_g": 0.202, "calibration": "wood-2005"},  # where its line begins: a rate of zero
        {"lic_mg_per_g": 0.1, "calibration": "wood-2005"},
        {"lic_mg_per_g": 5.0, "calibration": "somebody-1999"},
    ],
)
def test_an_earlier_number_that_leads_to_no_rate_gives_no_verdict(given: dict[str, object]) -> None:
    now = finding("liver", 100.0, calibration="wood-2005" if given.get("calibration") == "wood-2005" else "")
    found = compare(before(**given), now, KNOWLEDGE)
    assert found.verdict == "not comparable" and "%" not in found.reason


@pytest.mark.parametrize("given", [{"r2star_per_s": 9e306}, {"lic_mg_per_g": 1e300, "calibration": "wood-2005"}])
def test_an_earlier_number_that_no_echo_could_tell_gives_no_verdict(given: dict[str, object]) -> None:
    assert compare(before(**given), finding("liver", 100.0), KNOWLEDGE).verdict == "not comparable"


def test_the_fastest_earlier_rate_that_counts_is_a_million_per_second() -> None:
    now = finding("liver", 100.0)
    verdicts = [compare(before(r2star_per_s=rate), now, KNOWLEDGE).verdict for rate in (1e6, 1.001e6)]
    assert verdicts == ["changed", "not comparable"]


def test_any_earlier_rate_above_zero_is_compared() -> None:
    assert compare(before(r2star_per_s=0.8), finding("liver", 0.8), KNOWLEDGE).verdict == "no measurable change"


@pytest.mark.parametrize(
    ("lic_mg_per_g", "calibration", "r2star_per_s"), [(0.9, "wood-2005", 27.5), (40.0, "garbowski-2014", 1248.0)]
)
def test_an_earlier_lic_is_read_back_however_small_or_large_it_was(
    lic_mg_per_g: float, calibration: str, r2star_per_s: float
) -> None:
    earlier = before(lic_mg_per_g=lic_mg_per_g, calibration=calibration)
    found = compare(earlier, finding("liver", r2star_per_s, calibration=calibration), KNOWLEDGE)
    assert found.verdict == "no measurable change"


def test_a_spin_echo_now_is_another_method() -> None:
    signal = DecaySignal("liver", (10.0, 20.0, 30.0), (800.0, 640.0, 512.0), "T2", 1.5)
    found = compare(before(r2star_per_s=100.0), find(Measurement(signal), KNOWLEDGE), KNOWLEDGE)
    assert found.change == "other-method"


def test_without_published_repeatability_there_is_no_verdict() -> None:
    found = compare(before("spleen", r2star_per_s=50.0), finding("spleen", 500.0), KNOWLEDGE)
    assert found.verdict == "not comparable" and "repeatability" in found.reason


@pytest.mark.parametrize("date", ["2027-08-20", "2026-10-03"])
def test_a_result_that_is_not_before_the_exam_has_no_verdict(date: str) -> None:
    later, now = before(date=date, r2star_per_s=121.4), finding("liver", 333.3)
    found = compare(later, now, KNOWLEDGE, "2026-10-03")
    assert found.verdict == "not comparable" and "correct one of the two dates" in found.reason
    assert compare(replace(later, date="2026-10-02"), now, KNOWLEDGE, "2026-10-03").verdict == "changed"
    assert {compare(later, now, KNOWLEDGE, date).verdict for date in ("", "autumn")} == {"changed"}


def test_a_result_dated_after_the_exam_prompts_for_no_rise() -> None:
    signal = PrintedResult("liver", 1.5, r2star_per_s=333.3)
    context = Context("tdt", previous=(before(date="2027-08-20", r2star_per_s=121.4),))
    rules = {
        date: {p.rule for p in assess(Exam("x", date, (Measurement(signal),), context), KNOWLEDGE).guidance.prompts}
        for date in ("2026-10-03", "2027-10-03")
    }
    assert "worse-1" in rules["2027-10-03"] and "worse-1" not in rules["2026-10-03"]


def test_the_latest_earlier_result_of_the_organ_counts() -> None:
    old, new = before(date="2024-03-01"), before(date="2025-03-01")
    assert latest("liver", (new, replace(old, date=""), old, before("heart", date="2026-01-01"))) == new
    assert latest("kidney", (old, new)) is None


# ------------------------------------------------------------------------------------- the course


def course(*previous: PreviousResult, now_per_s: float = 400.0) -> Course:
    printed = Measurement(PrintedResult("liver", 1.5, r2star_per_s=now_per_s))
    exam = Exam("Exam", "2026-11-21", (printed,), Context(previous=previous))
    return assess(exam, KNOWLEDGE).courses[0]


def test_a_course_runs_from_the_earliest_to_this_exam_in_the_quantity_of_the_class() -> None:
    found = course(before(date="2025-01-01", r2star_per_s=300.0), before(date="2024-01-01", r2star_per_s=350.0))
    assert [p.date for p in found.points] == ["2024-01-01", "2025-01-01", "2026-11-21"]
    assert {p.value.quantity for p in found.points} == {"lic_mg_per_g"}
    assert [p.joined for p in found.points] == [False, True, True]
    assert found.points[-1].now


def test_the_line_breaks_on_both_sides_of_a_result_that_cannot_be_compared() -> None:
    found = course(
        before(date="2023-01-01", r2star_per_s=300.0),
        before(date="2024-01-01", r2star_per_s=500.0, field_tesla=3.0),
        before(date="2025-01-01", r2star_per_s=310.0),
    )
    assert [p.joined for p in found.points] == [False, False, False, True]


def test_an_earlier_rate_is_recomputed_with_the_calibration_used_now() -> None:
    same = course(before(r2star_per_s=400.0, calibration=""), now_per_s=400.0)
    assert same.points[0].value.value == pytest.approx(same.points[1].value.value)


def test_a_change_between_scanners_needs_more() -> None:
    earlier = before(r2star_per_s=100.0)
    assert compare(earlier, finding("liver", 120.0), KNOWLEDGE).verdict == "changed"
    found = compare(replace(earlier, other_scanner=True), finding("liver", 120.0), KNOWLEDGE)
    assert (found.verdict, "prec-liver-other" in found.reason) == ("no measurable change", True)
