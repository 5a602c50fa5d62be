"""An earlier exam file as earlier results: what was measured then, and nothing that was not."""

from __future__ import annotations

import math

import pytest

from ironreport.assess.assessment import find
from ironreport.assess.earlier import doubted_results, earlier_results
from ironreport.errors import IntakeError
from ironreport.knowledge import published_knowledge
from ironreport.records import Caution, Choices, DecaySignal, Exam, Measurement, PreviousResult, PrintedResult

KNOWLEDGE = published_knowledge()


def results(*measured: Measurement) -> tuple[PreviousResult, ...]:
    return earlier_results(Exam("then", "2025-03-01", measured), KNOWLEDGE)


def test_a_liver_gives_its_rate_and_its_iron_with_calibration_field_and_date() -> None:
    printed = PrintedResult("liver", 3.0, r2star_per_s=521.1)
    (found,) = results(Measurement(printed, Choices(calibration="hernando-2021")))
    assert (found.organ, found.date, found.method, found.field_tesla) == ("liver", "2025-03-01", "T2*/R2*", 3.0)
    assert (found.calibration, found.r2star_per_s) == ("hernando-2021", 521.1)
    assert found.lic_mg_per_g == pytest.approx(7.348, abs=6e-4)


def test_the_interval_of_a_rate_comes_along() -> None:
    measured = Measurement(PrintedResult("liver", 1.5, r2star_per_s=300.0))
    estimate = find(measured, KNOWLEDGE).estimate
    (found,) = results(measured)
    assert estimate is not None and estimate.rate is not None and estimate.rate.low is not None
    assert (found.r2star_low_per_s, found.r2star_high_per_s) == (estimate.rate.low, estimate.rate.high)


def test_a_heart_gives_its_rate_and_no_liver_iron() -> None:
    (found,) = results(Measurement(PrintedResult("heart", 1.5, t2star_ms=20.0)))
    assert (found.r2star_per_s, found.lic_mg_per_g) == (pytest.approx(50.0), None)


def test_a_spleen_gives_its_rate_without_a_calibration() -> None:
    (found,) = results(Measurement(PrintedResult("spleen", 1.5, t2star_ms=20.0)))
    assert (found.r2star_per_s, found.calibration) == (pytest.approx(50.0), "")


def test_an_lic_printed_without_its_rate_comes_back_as_an_lic() -> None:
    (found,) = results(Measurement(PrintedResult("liver", 1.5, lic_mg_per_g=5.0)))
    assert (found.r2star_per_s, found.lic_mg_per_g) == (None, 5.0)


def test_a_spin_echo_rate_is_never_taken_for_an_r2star() -> None:
    (found,) = results(Measurement(PrintedResult("liver", 1.5, r2_per_s=102.1)))
    assert (found.method, found.r2star_per_s) == ("R2/T2", None)
    assert found.lic_mg_per_g == pytest.approx(6.975, abs=1e-3)


def test_every_measured_organ_comes_back_and_one_that_was_not_measurable_does_not() -> None:
    liver = Measurement(PrintedResult("liver", 1.5, r2star_per_s=100.0))
    nothing = Measurement(PrintedResult("heart", 1.5))
    heart = Measurement(PrintedResult("heart", 1.5, t2star_ms=20.0))
    assert [r.organ for r in results(liver, nothing)] == ["liver"]
    assert [r.organ for r in results(liver, heart)] == ["heart", "liver"]


def test_a_limit_is_no_earlier_result() -> None:
    """A decay too fast for its echoes gives a limit only; nothing can be compared with it later."""
    te_ms, noise_sd = tuple(4.8 + 1.34 * i for i in range(12)), 20.0
    magnitude = tuple(math.hypot(1000.0 * math.exp(-te / 1.3), 1.25 * noise_sd) for te in te_ms)
    gone = DecaySignal("liver", te_ms, magnitude, field_tesla=1.5, noise_sd=noise_sd, n_pixels=100)
    estimate = find(Measurement(gone), KNOWLEDGE).estimate
    assert estimate is not None and estimate.rate is not None and estimate.rate.bound == "above"
    with pytest.raises(IntakeError) as refused:
        results(Measurement(gone))
    assert refused.value.refusal.code == "NO_EARLIER_RESULT" and refused.value.refusal.cure


def test_an_exam_without_measurements_holds_no_earlier_result() -> None:
    with pytest.raises(IntakeError):
        results()


def test_a_number_too_doubtful_for_a_class_is_not_compared_and_is_named() -> None:
    te_ms = tuple(1.0 + 1.3 * i for i in range(10))
    curve = tuple(1000.0 * math.exp(-te / 3.0) for te in te_ms)
    seconds = Caution("ECHO_TIME_UNIT", "The unit is not settled.", blocks_grade=True)
    liver = Measurement(DecaySignal("liver", te_ms, curve, field_tesla=1.5, cautions=(seconds,)))
    heart = Measurement(PrintedResult("heart", 1.5, t2star_ms=20.0))
    exam = Exam("then", "2025-03-01", (liver, heart))
    assert [r.organ for r in earlier_results(exam, KNOWLEDGE)] == ["heart"]
    (doubted,) = doubted_results(exam, KNOWLEDGE)
    assert doubted.organ == "liver" and doubted.absence is not None and doubted.absence.code == "ECHO_TIME_UNIT"
    with pytest.raises(IntakeError):
        results(liver)
    spleen = Exam("then", "2025-03-01", (Measurement(PrintedResult("spleen", 1.5, t2star_ms=20.0)),))
    assert doubted_results(spleen, KNOWLEDGE) == ()
