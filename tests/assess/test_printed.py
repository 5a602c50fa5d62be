"""A number without its curve: what can be said, what is missing, and what cannot be right."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ironreport.assess.assessment import find
from ironreport.assess.printed import check_printed, half_digit, origins, printed_rate
from ironreport.errors import AssessmentError
from ironreport.knowledge import published_knowledge
from ironreport.records import Estimate, Measurement, PrintedResult

KNOWLEDGE = published_knowledge()


def test_the_starting_case_comes_from_one_enabled_calibration() -> None:
    printed = PrintedResult("liver", 1.5, 67.73, 14.76, 2.1)
    assert [o.calibration for o in origins(printed, KNOWLEDGE) if o.gives_printed] == ["garbowski-2014"]
    assert check_printed(printed) == ()


@pytest.mark.parametrize(
    ("r2star", "t2star", "agrees"),
    [
        (67.73, 14.76, True),
        (67.7, 14.8, True),
        (68.0, 15.0, True),
        (67.73, 15.76, False),
        (14.76, 14.76, False),
        (68.0, 14.8, True),
        (70.0, 14.0, True),
        (66.0, 15.0, True),
        (67.0, 14.9, True),
        (69.0, 14.8, False),
        (66.0, 14.9, False),
    ],
)
def test_rate_and_time_agree_within_their_rounding_or_are_doubted(r2star: float, t2star: float, agrees: bool) -> None:
    cautions = check_printed(PrintedResult("liver", 1.5, r2star, t2star))
    assert (cautions == ()) == agrees
    assert all(c.blocks_grade for c in cautions)


def test_the_doubt_of_rate_and_time_says_what_their_product_is() -> None:
    (doubt,) = check_printed(PrintedResult("liver", 1.5, 67.73, 15.76))
    assert "is 1067 and must be 1000" in doubt.text


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
    graded = {c for c, _ in found.grading.grades_by_calibration}
    assert graded >= {"hernando-2023", "wood-2005", "hankins-2009", "garbowski-2014", "henninger-2015"}
    assert graded == {c.id for c in KNOWLEDGE.calibrations("liver", "1.5") if c.input != "r2_per_s"}


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


@pytest.mark.parametrize(("lic_mg_per_g", "possible"), [(0.202, False), (0.22, True)])
def test_an_lic_can_come_from_a_calibration_only_above_the_beginning_of_its_line(
    lic_mg_per_g: float, possible: bool
) -> None:
    found = {o.calibration for o in origins(PrintedResult("liver", 1.5, lic_mg_per_g=lic_mg_per_g), KNOWLEDGE)}
    assert ("wood-2005" in found) == possible


def test_without_a_field_there_is_no_class() -> None:
    found = find(Measurement(PrintedResult("liver", None, 67.73, 14.76, 2.1)), KNOWLEDGE)
    assert found.grading is None and found.absence is not None and found.absence.code == "NO_FIELD"


@pytest.mark.parametrize("printed", [PrintedResult("liver", 1.5), PrintedResult("liver", 1.5, -3.0)])
def test_nothing_or_a_negative_number_is_refused(printed: PrintedResult) -> None:
    with pytest.raises(AssessmentError):
        check_printed(printed)
    assert find(Measurement(printed), KNOWLEDGE).absence is not None


@pytest.mark.parametrize(("value", "right"), [(0.0, False), (math.inf, False), (math.nan, False), (0.4, True)])
@pytest.mark.parametrize("quantity", ["r2star_per_s", "t2star_ms", "lic_mg_per_g", "r2_per_s"])
def test_a_printed_number_is_above_zero_and_finite(quantity: str, value: float, right: bool) -> None:
    printed = PrintedResult("liver", 1.5, **{quantity: value})
    if right:
        assert check_printed(printed) == ()
        return
    with pytest.raises(AssessmentError) as refused:
        check_printed(printed)
    assert refused.value.refusal.code == "NOT_POSITIVE" and quantity in refused.value.refusal.what


# --------------------------------------------------------------------------- the rate behind a printed number


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({"r2star_per_s": 67.7, "t2star_ms": 14.8, "lic_mg_per_g": 2.1}, Estimate("r2star_per_s", 67.7)),
        ({"t2star_ms": 16.0, "lic_mg_per_g": 2.1}, Estimate("r2star_per_s", 62.5)),
        ({"r2_per_s": 100.0, "r2star_per_s": 67.7}, Estimate("r2_per_s", 100.0)),
        ({"lic_mg_per_g": 2.1}, None),
        ({"lic_mg_per_g": 2.1, "calibration": "somebody-1999"}, None),
        ({"lic_mg_per_g": 0.1, "calibration": "wood-2005"}, None),  # below its line
        ({"lic_mg_per_g": 0.202, "calibration": "wood-2005"}, None),  # where its line begins: no rate at all
        ({"lic_mg_per_g": 5.0, "calibration": "stpierre-2005-r2"}, None),  # leads to an R2, not to an R2*
        ({"calibration": "wood-2005"}, None),
    ],
)
def test_a_measured_rate_goes_before_a_time_and_a_time_before_the_iron(
    given: dict[str, Any], rate: Estimate | None
) -> None:
    assert printed_rate(PrintedResult("liver", 1.5, **given), KNOWLEDGE) == rate


@pytest.mark.parametrize(
    ("lic_mg_per_g", "calibration", "r2star_per_s"), [(0.22, "wood-2005", 0.71), (40.0, "garbowski-2014", 1248.0)]
)
def test_an_lic_leads_back_to_its_rate_however_small_or_large(
    lic_mg_per_g: float, calibration: str, r2star_per_s: float
) -> None:
    rate = printed_rate(PrintedResult("liver", 1.5, lic_mg_per_g=lic_mg_per_g, calibration=calibration), KNOWLEDGE)
    assert rate is not None and rate.value == pytest.approx(r2star_per_s, rel=0.01)


# --------------------------------------------------------------------------- where a printed LIC can come from


def gives(r2star_per_s: float | None, lic_mg_per_g: float | None, origin: str = "garbowski-2014") -> bool | None:
    printed = PrintedResult("liver", 1.5, r2star_per_s=r2star_per_s, lic_mg_per_g=lic_mg_per_g)
    return next(o for o in origins(printed, KNOWLEDGE) if o.calibration == origin).gives_printed


@pytest.mark.parametrize(
    ("lic_mg_per_g", "given"),
    [(2.08, True), (2.09, False), (2.07, False), (2.1, True), (1.9, False), (2.2, False), (None, None)],
)
def test_a_calibration_gives_the_printed_lic_only_to_its_last_digit(
    lic_mg_per_g: float | None, given: bool | None
) -> None:
    """By this calibration 67.73 s^-1 is 2.083 mg/g."""
    assert gives(67.73, lic_mg_per_g) is given


def test_without_a_rate_every_origin_is_possible_and_none_is_confirmed() -> None:
    assert gives(None, 2.1) is None
    shown = {o.calibration: o.r2star_per_s for o in origins(PrintedResult("liver", 1.5, lic_mg_per_g=2.083), KNOWLEDGE)}
    assert shown["garbowski-2014"] == pytest.approx(67.73, abs=0.01)


def test_each_origin_shows_its_own_lic_beside_a_printed_rate() -> None:
    shown = {o.calibration: o.lic_mg_per_g for o in origins(PrintedResult("liver", 1.5, 67.73), KNOWLEDGE)}
    assert shown["garbowski-2014"] == pytest.approx(2.083, abs=6e-4)
    assert shown["hernando-2023"] == pytest.approx(1.603, abs=6e-4)


@pytest.mark.parametrize("given", [{"r2_per_s": 100.0}, {"r2_per_s": 100.0, "lic_mg_per_g": 2.1}, {}])
def test_a_spin_echo_rate_or_nothing_has_no_origin_among_the_curves_of_r2star(given: dict[str, float]) -> None:
    assert origins(PrintedResult("liver", 1.5, **given), KNOWLEDGE) == ()


def test_a_printed_spin_echo_r2_grades_the_pituitary_and_in_the_liver_meets_the_ferriscan_curve_only() -> None:
    pituitary = find(Measurement(PrintedResult("pituitary", 1.5, r2_per_s=15.0)), KNOWLEDGE)
    assert pituitary.grading is not None and pituitary.grading.grade == "raised"
    liver = find(Measurement(PrintedResult("liver", 1.5, r2_per_s=102.1)), KNOWLEDGE)
    assert liver.estimate is not None and liver.estimate.iron is not None
    assert liver.estimate.iron.calibration == "stpierre-2005-r2"
    heart = find(Measurement(PrintedResult("heart", 1.5, r2_per_s=20.0)), KNOWLEDGE)
    assert heart.grading is None and heart.absence is not None
