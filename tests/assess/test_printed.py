"""A number without its curve: what can be said, what is missing, and what cannot be right."""

from __future__ import annotations

import pytest

from ironreport.assess.assessment import find
from ironreport.assess.printed import check_printed, half_digit, origins
from ironreport.errors import AssessmentError
from ironreport.knowledge import load_knowledge
from ironreport.records import Measurement, PrintedResult

KNOWLEDGE = load_knowledge()


def test_the_starting_case_comes_from_one_enabled_calibration() -> None:
    printed = PrintedResult("liver", 1.5, 67.73, 14.76, 2.1)
    assert [o.calibration for o in origins(printed, KNOWLEDGE) if o.gives_printed] == ["garbowski-2014"]
    assert check_printed(printed) == ()


@pytest.mark.parametrize(
    ("r2star", "t2star", "agrees"),
    [(67.73, 14.76, True), (67.7, 14.8, True), (68.0, 15.0, True), (67.73, 15.76, False), (14.76, 14.76, False)],
)
def test_rate_and_time_agree_within_their_rounding_or_are_doubted(r2star: float, t2star: float, agrees: bool) -> None:
    cautions = check_printed(PrintedResult("liver", 1.5, r2star, t2star))
    assert (cautions == ()) == agrees
    assert all(c.blocks_grade for c in cautions)


@pytest.mark.parametrize(("value", "half"), [(67.73, 0.005), (2.1, 0.05), (15.0, 0.5)])
def test_the_rounding_of_a_printed_number_is_half_its_last_digit(value: float, half: float) -> None:
    assert half_digit(value) == pytest.approx(half)


def test_an_lic_with_its_calibration_leads_back_to_the_rate() -> None:
    found = find(Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=8.517, calibration="hernando-2023")), KNOWLEDGE)
    assert found.estimate is not None and found.estimate.rate is not None
    assert found.estimate.rate.value == pytest.approx(333.3, abs=0.1)
    assert found.grading is not None and found.grading.grade == "moderate"


def test_an_lic_of_unknown_origin_is_graded_as_printed_beside_what_each_origin_would_mean() -> None:
    found = find(Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=2.1)), KNOWLEDGE)
    assert found.estimate is not None and found.estimate.rate is None and found.estimate.iron is not None
    assert found.estimate.iron.iron.value == 2.1 and found.estimate.iron.iron.low is None
    assert found.grading is not None and found.grading.grade == "borderline"
    assert found.grading.calibration_sensitive
    assert {c for c, _ in found.grading.grades_by_calibration} == {
        "hernando-2023", "wood-2005", "hankins-2009", "garbowski-2014", "henninger-2015",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lic_mg_per_g", "origin", "by_default"),
    [(2.083, "garbowski-2014", 1.603), (1.922, "wood-2005", 1.603), (0.6, "hernando-2023", 0.6)],
)
def test_an_lic_of_unknown_origin_shows_what_the_default_makes_of_each_origins_rate(
    lic_mg_per_g: float, origin: str, by_default: float
) -> None:
    found = find(Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=lic_mg_per_g)), KNOWLEDGE)
    assert found.estimate is not None
    reread = {other.calibration: other.iron.value for other in found.estimate.others}
    assert reread[origin] == pytest.approx(by_default, abs=2e-3)


def test_an_lic_below_a_calibrations_line_cannot_have_come_from_it() -> None:
    possible = {o.calibration for o in origins(PrintedResult("liver", 1.5, lic_mg_per_g=0.25), KNOWLEDGE)}
    assert "henninger-2015" not in possible and "hernando-2023" in possible


def test_without_a_field_there_is_no_class() -> None:
    found = find(Measurement(PrintedResult("liver", None, 67.73, 14.76, 2.1)), KNOWLEDGE)
    assert found.grading is None and found.absence is not None and found.absence.code == "NO_FIELD"


@pytest.mark.parametrize("printed", [PrintedResult("liver", 1.5), PrintedResult("liver", 1.5, -3.0)])
def test_nothing_or_a_negative_number_is_refused(printed: PrintedResult) -> None:
    with pytest.raises(AssessmentError):
        check_printed(printed)
    assert find(Measurement(printed), KNOWLEDGE).absence is not None


def test_a_printed_spin_echo_r2_grades_the_pituitary_and_in_the_liver_meets_the_ferriscan_curve_only() -> None:
    pituitary = find(Measurement(PrintedResult("pituitary", 1.5, r2_per_s=15.0)), KNOWLEDGE)
    assert pituitary.grading is not None and pituitary.grading.grade == "raised"
    liver = find(Measurement(PrintedResult("liver", 1.5, r2_per_s=102.1)), KNOWLEDGE)
    assert liver.estimate is not None and liver.estimate.iron is not None
    assert liver.estimate.iron.calibration == "stpierre-2005-r2"
    heart = find(Measurement(PrintedResult("heart", 1.5, r2_per_s=20.0)), KNOWLEDGE)
    assert heart.grading is None and heart.absence is not None
