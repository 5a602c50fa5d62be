"""Iron with its interval: which interval counts, and where a curve says nothing any more."""

from __future__ import annotations

import math

import pytest

from ironreport.assess.calibration import calibrated, estimate_iron, measurement_interval
from ironreport.assess.precision import inverted, is_wider
from ironreport.errors import AssessmentError
from ironreport.knowledge import published_knowledge
from ironreport.records import Estimate

KNOWLEDGE = published_knowledge()
REPEATABILITY = measurement_interval(Estimate("r2star_per_s", 300.0), "liver", KNOWLEDGE)[0]


def widened(by: float) -> Estimate:
    """A fit whose interval is so many times as wide as repeatability allows, on the log scale."""
    assert REPEATABILITY.high is not None
    half = by * math.log(REPEATABILITY.high / 300.0)
    return Estimate("r2star_per_s", 300.0, 300.0 * math.exp(-half), 300.0 * math.exp(half))


# --------------------------------------------------------------------------- the wider interval counts


def test_a_fit_narrower_than_repeatability_gets_the_interval_of_repeatability() -> None:
    rate, basis, precision = measurement_interval(widened(0.99), "liver", KNOWLEDGE)
    assert rate == REPEATABILITY
    assert basis.startswith("repeatability, coefficient of variation") and basis.endswith("wider than the fit")
    assert precision == "prec-liver-same"


def test_a_fit_wider_than_repeatability_keeps_its_own_interval() -> None:
    rate, basis, precision = measurement_interval(widened(1.01), "liver", KNOWLEDGE)
    assert rate == widened(1.01)
    assert basis.startswith("fit (wider than repeatability")
    assert precision == "prec-liver-same"


def test_a_rate_without_interval_gets_that_of_repeatability_and_says_that_the_fit_has_none() -> None:
    rate, basis, _ = measurement_interval(Estimate("r2star_per_s", 300.0), "liver", KNOWLEDGE)
    assert rate.low is not None and rate.high is not None
    assert rate.low < 300.0 < rate.high
    assert basis.endswith("no interval of the fit")


@pytest.mark.parametrize(("quantity", "organ"), [("r2_per_s", "liver"), ("r2star_per_s", "spleen")])
def test_without_a_published_repeatability_the_fit_stands_alone_and_says_so(quantity: str, organ: str) -> None:
    fit = Estimate(quantity, 50.0, 49.0, 51.0)
    rate, basis, precision = measurement_interval(fit, organ, KNOWLEDGE)
    assert (rate, precision) == (fit, None) and basis.startswith("fit only")


def test_an_interval_that_reaches_zero_is_wider_than_any_other() -> None:
    open_below = Estimate("r2star_per_s", 300.0, 0.0, 301.0)
    assert is_wider(open_below, Estimate("r2star_per_s", 300.0, 1.0, 9000.0))
    assert not is_wider(Estimate("r2star_per_s", 300.0, 1.0, 9000.0), open_below)
    assert measurement_interval(open_below, "liver", KNOWLEDGE)[0] == open_below


def test_two_equal_intervals_are_not_wider_than_each_other() -> None:
    assert not is_wider(widened(1.5), widened(1.5))


def test_no_interval_or_half_of_one_is_never_wider() -> None:
    narrow = widened(0.01)
    for bare in (Estimate("r2star_per_s", 300.0), Estimate("r2star_per_s", 300.0, low=1.0),
                 Estimate("r2star_per_s", 300.0, high=9000.0)):  # fmt: skip
        assert not is_wider(bare, narrow)
    assert not is_wider(Estimate("r2star_per_s", 300.0, 300.0, 300.0), Estimate("r2star_per_s", 300.0))


def test_limits_change_places_between_rate_and_time() -> None:
    assert inverted(Estimate("r2star_per_s", 100.0, 50.0, 200.0), "t2star_ms") == Estimate("t2star_ms", 10.0, 5.0, 20.0)
    assert inverted(Estimate("r2star_per_s", 100.0, low=50.0), "t2star_ms") == Estimate("t2star_ms", 10.0, high=20.0)
    assert inverted(Estimate("r2star_per_s", 100.0, high=200.0), "t2star_ms") == Estimate("t2star_ms", 10.0, low=5.0)


# --------------------------------------------------------------------------- the ends of a curve


@pytest.mark.parametrize(("r2star_per_s", "code"), [(5.0, "BELOW_CALIBRATED_RANGE"), (8.0, "")])
def test_a_rate_below_the_line_of_a_calibration_is_said_to_be_not_measurable(r2star_per_s: float, code: str) -> None:
    estimate = estimate_iron("liver", Estimate("r2star_per_s", r2star_per_s), 1.5, KNOWLEDGE, "hernando-2023")
    assert [c.code for c in estimate.cautions] == ([code] if code else [])
    assert estimate.iron is not None and (estimate.iron.iron.value > 0.0) == (not code)


@pytest.mark.parametrize(("end_per_value", "beyond"), [(0.999, True), (1.0, False), (1.001, False)])
def test_iron_is_beyond_its_calibration_only_above_the_upper_end(end_per_value: float, beyond: bool) -> None:
    rate, time = Estimate("r2star_per_s", 400.0), Estimate("t2star_ms", 2.5)
    linear = next(c for c in KNOWLEDGE.calibrations("liver", "1.5") if c.id == "hernando-2023")
    ending = linear.model_copy(update={"range_high": linear.iron_mg_per_g(400.0) * end_per_value})
    assert calibrated(ending, time, rate).beyond_range == beyond


def test_a_calibration_without_a_published_end_has_none() -> None:
    endless = next(c for c in KNOWLEDGE.calibrations("liver", "1.5") if c.range_high is None)
    assert not calibrated(endless, Estimate("t2star_ms", 0.5), Estimate("r2star_per_s", 2000.0)).beyond_range


def test_the_limits_of_iron_stay_in_order_for_a_curve_that_falls_with_time() -> None:
    estimate = estimate_iron("liver", Estimate("r2star_per_s", 100.0, 50.0, 200.0), 1.5, KNOWLEDGE, "garbowski-2014")
    assert estimate.iron is not None
    iron = estimate.iron.iron
    assert iron.low is not None and iron.high is not None
    assert iron.low < iron.value < iron.high


def test_a_calibration_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(AssessmentError) as error:
        estimate_iron("liver", Estimate("r2star_per_s", 100.0), 1.5, KNOWLEDGE, "somebody-1999")
    assert error.value.refusal.code == "NO_SUCH_CALIBRATION"
    assert "hernando-2023" in error.value.refusal.cure and "stpierre-2005-r2" not in error.value.refusal.cure
