"""Classes: every limit of every enabled ladder and calibration, both flags, the field."""

from __future__ import annotations

import math

import pytest

from ironreport.assess.assessment import find
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import grade, grade_probabilities, grades_between, why_no_grade
from ironreport.errors import AssessmentError
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, Choices, Estimate, Finding, IronEstimate, Measurement, PrintedResult
from ironreport.units import rate_per_s, time_ms

KNOWLEDGE = published_knowledge()
LIVER_LADDERS = {
    "esgar-sar-2023": [(1.8, "normal", "borderline"), (3.2, "borderline", "mild"), (7.0, "mild", "moderate"),
                       (15.0, "moderate", "severe")],
    "emam-2-7-15": [(2.0, "normal", "light"), (7.0, "light", "moderate"), (15.0, "moderate", "severe")],
    "henninger-2020": [(2.0, "none", "insignificant"), (4.0, "insignificant", "mild"), (6.0, "mild", "moderate"),
                       (8.0, "moderate", "moderate-severe"), (16.0, "moderate-severe", "severe")],
}  # fmt: skip
FIELDS = {"1.5": 1.5, "2.89": 2.89, "3.0": 3.0}
LIVER_CASES = [
    (ladder, calibration.id, field, *limit)
    for ladder, limits in LIVER_LADDERS.items()
    for field in FIELDS
    for calibration in KNOWLEDGE.calibrations("liver", field)
    if not calibration.requires
    for limit in limits
]


def liver(lic: float, calibration_id: str, field: str, ladder: str) -> str:
    calibration = next(c for c in KNOWLEDGE.calibrations("liver", field) if c.id == calibration_id)
    x = calibration.input_for(lic)
    rate = Estimate("r2star_per_s", rate_per_s(x) if calibration.input == "t2star_ms" else x)
    return grade(estimate_iron("liver", rate, FIELDS[field], KNOWLEDGE, calibration_id), KNOWLEDGE, ladder).grade


@pytest.mark.parametrize(("ladder", "calibration", "field", "limit", "below", "above"), LIVER_CASES)
def test_liver_class_changes_within_a_hundredth_of_each_limit(
    ladder: str, calibration: str, field: str, limit: float, below: str, above: str
) -> None:
    assert liver(limit - 0.01, calibration, field, ladder) == below
    assert liver(limit + 0.01, calibration, field, ladder) == above


@pytest.mark.parametrize(("ladder", "limit", "at"), [
    ("esgar-sar-2023", 1.8, "borderline"), ("esgar-sar-2023", 7.0, "moderate"), ("esgar-sar-2023", 15.0, "moderate"),
    ("emam-2-7-15", 2.0, "light"), ("emam-2-7-15", 15.0, "moderate"), ("henninger-2020", 16.0, "moderate-severe"),
])  # fmt: skip
def test_a_limit_belongs_to_the_class_the_source_says(ladder: str, limit: float, at: str) -> None:
    found = next(x for x in KNOWLEDGE.ladders("liver", "1.5") if x.id == ladder)
    assert found.grade_of(limit).id == at


def heart(t2star_ms: float, field_tesla: float) -> Finding:
    return find(Measurement(PrintedResult("heart", field_tesla, t2star_ms=t2star_ms)), KNOWLEDGE)


@pytest.mark.parametrize(("field_tesla", "limit", "better", "worse"), [
    (1.5, 20.0, "normal", "mild-moderate"), (1.5, 10.0, "mild-moderate", "severe"),
    (3.0, 21.1, "normal", "indeterminate"), (3.0, 12.6, "indeterminate", "mild-moderate"),
    (3.0, 5.8, "mild-moderate", "severe"),
])  # fmt: skip
def test_heart_class_changes_within_a_hundredth_of_each_limit(
    field_tesla: float, limit: float, better: str, worse: str
) -> None:
    grades = []
    for t2star_ms in (limit + 0.01, limit, limit - 0.01):
        grading = heart(t2star_ms, field_tesla).grading
        assert grading is not None
        grades.append(grading.grade)
    assert grades == [better, better, worse]


def test_the_6_ms_flag_holds_at_1_5_t_below_6_ms_only() -> None:
    for t2star_ms, field_tesla, flagged in ((5.99, 1.5, True), (6.0, 1.5, False), (5.0, 3.0, False)):
        grading = heart(t2star_ms, field_tesla).grading
        assert grading is not None
        assert grading.flags == (("heart-1t5-flag6",) if flagged else ())


def test_3_t_hearts_are_provisional_and_get_no_myocardial_iron() -> None:
    found = heart(9.0, 3.0)
    assert found.grading is not None and found.grading.provisional
    assert found.estimate is not None and found.estimate.iron is None


@pytest.mark.parametrize("field_tesla", [0.55, 7.0, 1.0, None])
@pytest.mark.parametrize("organ", ["liver", "heart", "pancreas", "kidney", "marrow"])
def test_a_field_without_limits_gives_relaxation_but_no_iron_and_no_class(
    organ: str, field_tesla: float | None
) -> None:
    found = find(Measurement(PrintedResult(organ, field_tesla, r2star_per_s=100.0)), KNOWLEDGE)
    assert found.grading is None and found.absence is not None and found.absence.cure
    assert found.estimate is not None and found.estimate.iron is None
    assert found.estimate.time is not None and found.estimate.time.value == pytest.approx(time_ms(100.0))


WORKED = {
    "hernando-2023": (1.603, 1.451, 1.769, ("normal",)),
    "garbowski-2014": (2.083, 1.901, 2.283, ("borderline",)),
    "wood-2005": (1.922, 1.774, 2.085, ("normal", "borderline")),
    "henninger-2015": (1.903, 1.762, 2.056, ("normal", "borderline")),
    "hankins-2009": (1.442, 1.279, 1.621, ("normal",)),
}


@pytest.mark.parametrize("calibration", WORKED)
def test_the_worked_example_gives_its_five_rows(calibration: str) -> None:
    printed = PrintedResult("liver", 1.5, r2star_per_s=67.73)
    found = find(Measurement(printed, Choices(calibration=calibration)), KNOWLEDGE)
    assert found.estimate is not None and found.estimate.iron is not None and found.grading is not None
    iron = found.estimate.iron.iron
    value, low, high, grades = WORKED[calibration]
    assert (iron.value, iron.low, iron.high) == pytest.approx((value, low, high), abs=6e-4)
    assert found.grading.grades_in_interval == grades
    assert found.grading.calibration_sensitive


def test_far_from_any_limit_no_flag_is_raised() -> None:
    found = find(Measurement(PrintedResult("liver", 1.5, r2star_per_s=400.0)), KNOWLEDGE)
    assert found.grading is not None
    assert not found.grading.borderline and not found.grading.calibration_sensitive


def test_above_the_calibrated_range_the_class_is_severe_and_the_caution_says_more_than() -> None:
    found = find(Measurement(PrintedResult("liver", 1.5, r2star_per_s=1700.0)), KNOWLEDGE)
    assert found.grading is not None and found.grading.grade == "severe"
    assert any("more than 42.7" in c.text for c in found.cautions)


def test_a_multi_echo_t2_never_meets_the_ferriscan_curve() -> None:
    t2 = estimate_iron("liver", Estimate("r2_per_s", 100.0), 1.5, KNOWLEDGE)
    declared = estimate_iron("liver", Estimate("r2_per_s", 102.1), 1.5, KNOWLEDGE, declared="ferriscan-r2")
    assert t2.iron is None
    assert declared.iron is not None and declared.iron.iron.value == pytest.approx(6.975, abs=1e-3)
    assert declared.others == ()


def test_a_borderline_heart_keeps_the_class_of_its_value_and_says_what_else_its_interval_reaches() -> None:
    grading = heart(10.5, 1.5).grading
    assert grading is not None
    assert grading.grade == "mild-moderate" and grading.grades_in_interval == ("mild-moderate", "severe")
    assert grading.value == 10.5 and dict(grading.probabilities)["severe"] == pytest.approx(0.25, abs=0.01)


def test_an_organ_without_published_limits_gets_its_value_and_no_class() -> None:
    found = find(Measurement(PrintedResult("spleen", 1.5, t2star_ms=20.0)), KNOWLEDGE)
    assert found.grading is None and found.absence is not None and "no limit" in found.absence.what
    assert found.estimate is not None and found.estimate.iron is None


def refused(organ: str, contrast: str) -> str:
    refusal = why_no_grade(organ, 1.5, contrast, (), KNOWLEDGE)
    return refusal.code if refusal else ""


def test_the_kind_of_signal_is_asked_of_the_organ() -> None:
    assert refused("pituitary", "T2") == "" and refused("pituitary", "T2*") == "NOT_SPIN_ECHO"
    assert refused("liver", "T2*") == "" and refused("liver", "T2") == "SPIN_ECHO"
    assert refused("spleen", "T2*") == "" and refused("spleen", "T2") == ""


def test_an_organ_with_limits_at_another_field_only_says_at_which() -> None:
    estimate = estimate_iron("pancreas", Estimate("r2star_per_s", 60.0), 3.0, KNOWLEDGE)
    with pytest.raises(AssessmentError) as error:
        grade(estimate, KNOWLEDGE)
    assert error.value.refusal.what == "No limit is published for the pancreas at 3 T: value only."
    assert "A class needs 1.5 T" in error.value.refusal.cure


def test_a_ladder_that_does_not_exist_is_refused_with_those_that_do() -> None:
    estimate = estimate_iron("kidney", Estimate("r2star_per_s", 30.0), 1.5, KNOWLEDGE)
    with pytest.raises(AssessmentError) as error:
        grade(estimate, KNOWLEDGE, "esgar-sar-2023")
    assert error.value.refusal.code == "NO_SUCH_LADDER" and "kidney-lln-31" in error.value.refusal.cure


def test_an_unconfirmed_ladder_cannot_be_chosen() -> None:
    estimate = estimate_iron("pancreas", Estimate("r2star_per_s", 60.0), 1.5, KNOWLEDGE)
    with pytest.raises(AssessmentError):
        grade(estimate, KNOWLEDGE, "panc-bands-30-100-400")


# --------------------------------------------------------------------------- what the interval touches

ESGAR = next(x for x in KNOWLEDGE.ladders("liver", "1.5") if x.id == "esgar-sar-2023")
HEART = KNOWLEDGE.ladders("heart", "1.5")[0]


@pytest.mark.parametrize(
    ("low", "value", "high", "touched"),
    [
        (None, 5.0, None, ["mild"]),
        (3.3, 5.0, 6.9, ["mild"]),
        (3.1, 5.0, 6.9, ["borderline", "mild"]),
        (3.3, 5.0, 7.1, ["mild", "moderate"]),
        (1.0, 5.0, 20.0, ["normal", "borderline", "mild", "moderate", "severe"]),
    ],
)
def test_every_class_between_the_ends_of_the_interval_is_touched(
    low: float | None, value: float, high: float | None, touched: list[str]
) -> None:
    assert list(grades_between(ESGAR, Estimate("lic_mg_per_g", value, low, high))) == touched


# --------------------------------------------------------------------------- shares of the classes


def shares(low: float | None, value: float, high: float | None, quantity: str = "lic_mg_per_g") -> dict[str, float]:
    ladder = ESGAR if quantity == "lic_mg_per_g" else HEART
    return dict(grade_probabilities(ladder, Estimate(quantity, value, low, high)))


@pytest.mark.parametrize(("high", "shown"), [(13.58, False), (13.65, True)])
def test_a_class_is_named_once_its_share_would_not_read_as_zero(high: float, shown: bool) -> None:
    """10 mg/g: half a percent lies above 15 where the upper limit is 13.61."""
    assert ("severe" in shares(9.9, 10.0, high)) == shown


def test_the_share_beyond_the_upper_or_the_lower_limit_is_one_in_forty() -> None:
    assert shares(9.0, 10.0, 15.0)["severe"] == pytest.approx(0.025, abs=1e-4)
    assert shares(7.0, 10.0, 11.0)["mild"] == pytest.approx(0.025, abs=1e-4)
    assert shares(10.0, 15.0, 16.0, "t2star_ms")["severe"] == pytest.approx(0.025, abs=1e-4)
    assert shares(14.0, 15.0, 20.0, "t2star_ms")["normal"] == pytest.approx(0.025, abs=1e-4)


def test_an_interval_open_to_one_side_leaves_that_half_undecided() -> None:
    assert shares(10.0, 15.0, math.inf, "t2star_ms") == pytest.approx(
        {"normal": 0.5, "mild-moderate": 0.475, "severe": 0.025}, abs=1e-4
    )


def test_a_side_without_width_has_no_share() -> None:
    assert shares(10.0, 10.0, 15.0) == pytest.approx({"moderate": 0.975, "severe": 0.025}, abs=1e-4)
    assert shares(9.0, 10.0, 10.0) == {"moderate": pytest.approx(1.0)}
    assert shares(0.0, 10.0, 10.0) == {"moderate": 1.0}


@pytest.mark.parametrize(("low", "value", "high"), [(None, 10.0, 12.0), (9.0, 10.0, None), (0.0, 0.0, 1.0)])
def test_without_an_interval_or_a_value_there_are_no_shares(
    low: float | None, value: float, high: float | None
) -> None:
    assert shares(low, value, high) == {}


@pytest.mark.parametrize(("bound", "above"), [(0.0, 1.0), (-1.0, 1.0), (0.9, 0.975)])
def test_a_class_below_zero_has_no_share_and_one_just_above_zero_has_its_own(bound: float, above: float) -> None:
    best, *_, worst = ESGAR.grades
    ladder = ESGAR.model_copy(update={"grades": (best.model_copy(update={"bound": bound}), worst)})
    found = dict(grade_probabilities(ladder, Estimate("lic_mg_per_g", 1.0, 0.9, 1.2)))
    assert found["severe"] == pytest.approx(above, abs=1e-4)


def test_tiny_iron_still_has_its_shares() -> None:
    assert shares(0.4, 0.5, 0.6) == {"normal": pytest.approx(1.0)}


# --------------------------------------------------------------------------- no class, with the reason


@pytest.mark.parametrize(
    ("organ", "field", "code"),
    [("spleen", "1.5", "NO_CLASS"), ("liver", None, "NO_FIELD_CLASS"), ("liver", "1.5", "NOT_GRADABLE")],
)
def test_an_estimate_without_what_a_class_needs_is_refused_by_name(organ: str, field: str | None, code: str) -> None:
    with pytest.raises(AssessmentError) as refused:
        grade(IronEstimate(organ, None, None, field, "none"), KNOWLEDGE)
    assert refused.value.refusal.code == code


def test_only_the_first_doubt_that_blocks_withholds_the_class() -> None:
    doubts = (Caution("MILD", "Mild."), Caution("FIRST", "First.", blocks_grade=True),
              Caution("SECOND", "Second.", blocks_grade=True))  # fmt: skip
    refusal = why_no_grade("liver", 1.5, "T2*", doubts, KNOWLEDGE)
    assert refusal is not None and (refusal.code, refusal.what) == ("FIRST", "First.")
    assert why_no_grade("liver", 1.5, "T2*", doubts[:1], KNOWLEDGE) is None


def test_a_field_without_limits_is_told_from_a_field_that_nobody_stated() -> None:
    codes = [why_no_grade("liver", field, "T2*", (), KNOWLEDGE) for field in (None, 0.55, 1.5)]
    assert [c.code if c else None for c in codes] == ["NO_FIELD", "FIELD_WITHOUT_LIMITS", None]


def test_a_class_by_time_depends_on_no_calibration_of_iron() -> None:
    grading = heart(9.0, 1.5).grading
    assert grading is not None and grading.grades_by_calibration == ()
