"""A decay too fast for its echoes: only a limit is known, and nothing better than the limit is ever said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.comparison import compare
from ironreport.assess.conditions import Situation, answer
from ironreport.assess.grading import grade, grade_probabilities
from ironreport.assess.guidance import is_critical
from ironreport.errors import AssessmentError
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.rules import Condition
from ironreport.records import Context, DecaySignal, Estimate, Finding, Measurement, PreviousResult
from ironreport.report.numbers import named, with_interval

KNOWLEDGE = published_knowledge()
SIGNAL = DecaySignal("liver", (4.8, 7.0), (25.0, 19.0), field_tesla=1.5)


def beyond(organ: str, r2star_per_s: float) -> Finding:
    """The finding of an organ whose R2* is only known to be above a limit."""
    estimate = estimate_iron(organ, Estimate("r2star_per_s", r2star_per_s, bound="above"), 1.5, KNOWLEDGE)
    known = Finding(organ, Measurement(SIGNAL), estimate=estimate)
    try:
        return replace(known, grading=grade(estimate, KNOWLEDGE))
    except AssessmentError as error:
        return replace(known, absence=error.refusal)


def asked(finding: Finding, **condition: object) -> bool | None:
    situation = Situation((finding,), Context(), KNOWLEDGE)
    return answer(Condition.model_validate({"organ": finding.organ, **condition}), situation).holds


def test_a_limit_of_the_rate_is_a_limit_of_time_and_iron() -> None:
    estimate = beyond("liver", 900.0).estimate
    assert estimate is not None and estimate.iron is not None and estimate.time is not None
    assert (estimate.time.bound, estimate.iron.iron.bound) == ("below", "above")
    assert (estimate.iron.iron.low, estimate.iron.iron.high, estimate.precision) == (None, None, None)
    assert "only its 95 % limit is known" in estimate.interval_basis


def test_the_class_is_the_best_one_the_limit_allows_and_all_worse_ones() -> None:
    grading = beyond("liver", 200.0).grading
    assert grading is not None
    assert grading.grade == grading.grades_in_interval[0]
    assert grading.grades_in_interval[-1] == "severe"
    assert not grading.borderline
    assert not grading.probabilities


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"severity": ["severe"]}, None),
        ({"severity": ["normal"]}, False),
        ({"severity": ["mild", "moderate", "severe"]}, True),
        ({"quantity": "r2star_per_s", "above": 150.0}, True),
        ({"quantity": "r2star_per_s", "above": 500.0}, None),
        ({"quantity": "r2star_per_s", "below": 150.0}, False),
        ({"quantity": "r2star_per_s", "below": 500.0}, None),
        ({"quantity": "t2star_ms", "below": 10.0}, True),
        ({"quantity": "t2star_ms", "above": 10.0}, False),
        ({"quantity": "lic_mg_per_g", "from": 3.0}, True),
    ],
)
def test_a_rule_fires_only_where_every_value_beyond_the_limit_makes_it(
    condition: dict[str, object], holds: bool | None
) -> None:
    assert asked(beyond("liver", 200.0), **condition) is holds


def test_a_heart_beyond_the_acquisition_is_critical() -> None:
    assert asked(beyond("heart", 400.0), quantity="t2star_ms", below=10.0) is True
    grading = beyond("heart", 400.0).grading
    assert grading is not None
    assert (grading.grade, grading.flags != ()) == ("severe", True)


@pytest.mark.parametrize("r2star_per_s", [400.0, 60.0, 30.0])
def test_a_heart_known_only_by_a_limit_is_critical_because_it_may_be(r2star_per_s: float) -> None:
    finding = beyond("heart", r2star_per_s)
    situation = Situation((finding,), Context("scd", (("lvef_reduced", "no"),)), KNOWLEDGE)
    assert is_critical(finding, situation)
    assert not is_critical(beyond("liver", 900.0), situation)


@pytest.mark.parametrize("r2star_per_s", [20.0, 125.0])
def test_a_heart_that_must_or_may_be_critical_beyond_its_limit_is_critical(r2star_per_s: float) -> None:
    """T2* below 8 ms must be below 10 ms, and T2* below 50 ms may be."""
    heart = beyond("heart", r2star_per_s)
    assert heart.grading is None or heart.grading.flags == ()
    assert is_critical(heart, Situation((heart,), Context("tdt"), KNOWLEDGE))


def test_nothing_is_compared_with_a_limit() -> None:
    earlier = PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=300.0)
    found = compare(earlier, beyond("liver", 900.0), KNOWLEDGE)
    assert found.verdict == "not comparable"
    assert "only a limit of R2* is known now" in found.reason


def test_a_limit_is_written_with_its_sign_and_claims_no_more_than_it_knows() -> None:
    assert named(Estimate("r2star_per_s", 899.97, bound="above")) == "R2* > 899 s⁻¹"
    assert named(Estimate("t2star_ms", 1.1111, bound="below")) == "T2* < 1.12 ms"
    assert with_interval(Estimate("t2star_ms", 1.1111, bound="below")).endswith("(95 % limit)")


@given(value=st.floats(0.1, 60.0), spread=st.floats(1.01, 4.0))
def test_class_probabilities_are_shares_of_one_and_grow_with_the_interval(value: float, spread: float) -> None:
    ladder = next(iter(KNOWLEDGE.ladders("liver", "1.5")))
    shares = grade_probabilities(ladder, Estimate("lic_mg_per_g", value, value / spread, value * spread))
    assert 0.97 < sum(share for _, share in shares) <= 1.0 + 1e-9
    own = ladder.grade_of(value).id
    assert max(dict(shares).values()) == pytest.approx(dict(shares)[own], abs=0.5)


def test_a_value_on_a_limit_belongs_to_either_class_with_one_half() -> None:
    ladder = next(iter(KNOWLEDGE.ladders("liver", "1.5")))
    bound = ladder.bounds[1]
    shares = grade_probabilities(ladder, Estimate("lic_mg_per_g", bound, bound * 0.9, bound * 1.1))
    assert [round(share, 2) for _, share in shares] == [0.5, 0.5]


def test_a_limit_that_leaves_every_class_open_has_none() -> None:
    """T2* of the heart below 33 ms, "normal or worse", would be read as normal; below 19 ms the normal is ruled out."""
    opened, closed = beyond("heart", 30.0), beyond("heart", 52.0)
    assert opened.grading is None
    assert opened.absence is not None and opened.absence.code == "LIMIT_LEAVES_ALL_OPEN"
    assert "heavy iron too" in opened.absence.what
    assert closed.grading is not None and closed.grading.grade == "mild-moderate"
    assert not is_critical(beyond("liver", 20.0), Situation((beyond("liver", 20.0),), Context("tdt"), KNOWLEDGE))
