"""The course of an organ: each earlier result in the quantity of this exam, joined only to what it compares with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Choices, Context, Course, CoursePoint, Exam, Measurement, PreviousResult, PrintedResult

KNOWLEDGE = published_knowledge()
LIVER_NOW = PrintedResult("liver", 1.5, r2star_per_s=400.0)


def courses(now: PrintedResult, *previous: PreviousResult, date: str = "2026-11-21") -> tuple[Course, ...]:
    return assess(Exam("now", date, (Measurement(now),), Context(previous=previous)), KNOWLEDGE).courses


def first_point(now: PrintedResult, previous: PreviousResult) -> CoursePoint:
    (course,) = courses(now, previous)
    assert len(course.points) == 2 and course.points[-1].now
    return course.points[0]


def test_an_organ_without_an_earlier_result_has_no_course() -> None:
    assert courses(LIVER_NOW) == ()
    assert courses(LIVER_NOW, PreviousResult("heart", "2025-01-01", field_tesla=1.5, r2star_per_s=50.0)) == ()


def test_what_has_no_date_says_so_on_either_end() -> None:
    (course,) = courses(LIVER_NOW, PreviousResult("liver", field_tesla=1.5, r2star_per_s=300.0), date="")
    assert [p.date for p in course.points] == ["date not stated", "date not stated"]
    (dated,) = courses(LIVER_NOW, PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=300.0))
    assert [p.date for p in dated.points] == ["2025-01-01", "2026-11-21"]


def test_an_earlier_rate_reads_as_it_would_with_the_calibration_chosen_now() -> None:
    printed = Measurement(LIVER_NOW, Choices(calibration="wood-2005"))
    before = PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=263.0)
    point = assess(Exam("now", "", (printed,), Context(previous=(before,))), KNOWLEDGE).courses[0].points[0]
    assert point.value.value == pytest.approx(6.882, abs=6e-4)
    assert not point.now


def test_an_earlier_rate_keeps_its_own_interval_where_that_is_wider_than_the_repeatability() -> None:
    plain = PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=263.0)
    wide = replace(plain, r2star_low_per_s=200.0, r2star_high_per_s=350.0)
    narrow = replace(plain, r2star_low_per_s=262.0, r2star_high_per_s=264.0)
    first, second, third = (first_point(LIVER_NOW, p).value for p in (plain, wide, narrow))
    assert second.high == pytest.approx(0.02603 * 350.0 - 0.16) and second.value == first.value
    assert third == first


def test_a_rate_of_another_field_is_read_at_its_own_field_and_not_joined() -> None:
    point = first_point(LIVER_NOW, PreviousResult("liver", "2025-01-01", field_tesla=3.0, r2star_per_s=372.9))
    assert point.value.value == pytest.approx(5.0, abs=2e-3)
    assert (point.how, point.joined) == ("T2*/R2*, 3 T", False)


@pytest.mark.parametrize(
    ("calibration", "how"),
    [("", "R2/T2, 1.5 T, calibration not stated"), ("stpierre-2005-r2", "R2/T2, 1.5 T, stpierre-2005-r2")],
)
def test_an_lic_of_another_method_stands_as_printed_with_its_origin_and_is_not_joined(
    calibration: str, how: str
) -> None:
    before = PreviousResult(
        "liver", "2025-01-01", method="R2/T2", field_tesla=1.5, calibration=calibration, lic_mg_per_g=5.0
    )
    (course,) = courses(LIVER_NOW, before)
    assert (course.points[0].value.value, course.points[0].how) == (5.0, how)
    assert [p.joined for p in course.points] == [False, False]


def test_the_spin_echo_rate_of_an_earlier_result_is_never_read_as_r2star() -> None:
    before = PreviousResult("liver", "2025-01-01", "R2/T2", 1.5, r2star_per_s=200.0, lic_mg_per_g=5.0)
    assert first_point(LIVER_NOW, before).value.value == 5.0


def test_a_heart_that_gets_no_class_runs_in_its_time_and_says_that_the_field_is_not_stated() -> None:
    now = PrintedResult("heart", None, t2star_ms=20.0)
    point = first_point(now, PreviousResult("heart", "2025-01-01", field_tesla=None, r2star_per_s=100.0))
    assert (point.value.quantity, point.value.value) == ("t2star_ms", pytest.approx(10.0))
    assert point.how == "T2*/R2*, field not stated"


def test_an_earlier_lic_is_no_point_in_a_course_of_times() -> None:
    now = PrintedResult("heart", 1.5, t2star_ms=20.0)
    (course,) = courses(now, PreviousResult("heart", "2025-01-01", field_tesla=1.5, lic_mg_per_g=3.0))
    assert [p.now for p in course.points] == [True]


def test_a_rate_that_gives_no_iron_is_no_point_in_a_course_of_iron() -> None:
    (course,) = courses(LIVER_NOW, PreviousResult("liver", "2025-01-01", field_tesla=None, r2star_per_s=372.9))
    assert [p.now for p in course.points] == [True]


def test_an_exam_that_measured_nothing_ends_the_course_with_the_earlier_result() -> None:
    (course,) = courses(
        PrintedResult("liver", 1.5), PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=372.9)
    )
    assert [(p.date, p.now) for p in course.points] == [("2025-01-01", False)]
    assert course.comparison.verdict == "not comparable"


def test_results_of_another_organ_stay_out_of_the_course() -> None:
    (course,) = courses(
        LIVER_NOW,
        PreviousResult("liver", "2024-01-01", field_tesla=1.5, r2star_per_s=300.0),
        PreviousResult("heart", "2025-01-01", field_tesla=1.5, r2star_per_s=50.0),
    )
    assert [p.date for p in course.points] == ["2024-01-01", "2026-11-21"]
    assert course.earlier.organ == "liver"


def test_iron_without_a_class_still_runs_in_iron_and_a_withheld_class_in_time() -> None:
    before = PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=300.0)
    unknown_ladder = Measurement(LIVER_NOW, Choices(ladder="nobody-1999"))
    course = assess(Exam("now", "", (unknown_ladder,), Context(previous=(before,))), KNOWLEDGE).courses[0]
    assert {p.value.quantity for p in course.points} == {"lic_mg_per_g"}
    contradicting = PrintedResult("liver", 1.5, r2star_per_s=400.0, t2star_ms=9.0)
    assert first_point(contradicting, before).value.quantity == "t2star_ms"
