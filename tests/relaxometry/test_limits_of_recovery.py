"""From where a T1 is refused, doubted, or left without an interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from ironreport.errors import FitError
from ironreport.records import Caution, Estimate, FloatArray
from ironreport.relaxometry.models import MOLLI, THREE_PARAMETERS, RecoveryModel, inversion_recovery
from ironreport.relaxometry.recovery import fit_recovery, fit_recovery_map
from ironreport.relaxometry.recovery_doubts import RecoveryFit, RecoveryPixels, recovery_doubts, refuse_no_recovery

TI_MS = np.array([100.0, 200.0, 350.0, 500.0, 800.0, 1200.0, 1800.0, 2600.0])
OFF = np.array([0.4, -1.1, 0.7, 0.8, -0.9, 0.3, -0.5, 0.4])


def finished(
    *, t1_ms: float = 600.0, low_ms: float | None = 590.0, high_ms: float | None = 610.0, apparent_ms: float = 600.0,
    inversion: float = 2.0, misfit: float = 0.0, n_negative: int | None = 2,
) -> RecoveryFit:  # fmt: skip
    """A finished fit with the doubt in question; ``misfit`` is the scatter per largest signal."""
    return RecoveryFit(
        method="", t1=Estimate("t1_ms", t1_ms, low_ms, high_ms), r1=Estimate("r1_per_s", 1000.0 / t1_ms),
        apparent_ms=apparent_ms, resting=100.0, inversion=inversion, ti_ms=tuple(TI_MS.tolist()),
        signal=(-200.0, *[100.0] * 7), predicted=(100.0,) * 8, residuals=(200.0 * misfit, -200.0 * misfit) * 4,
        residual_sd=1.0, n_negative=n_negative,
    )  # fmt: skip


def said(fit: RecoveryFit, n_places: int = 1, model: RecoveryModel = THREE_PARAMETERS) -> dict[str, Caution]:
    return {c.code: c for c in recovery_doubts(model, fit, n_places)}


def test_a_clean_recovery_has_no_doubts() -> None:
    assert said(finished()) == {}


@pytest.mark.parametrize(("ratio", "wide"), [(1.49, False), (1.51, True)])
def test_a_t1_whose_upper_limit_is_one_and_a_half_times_its_lower_is_wide(ratio: float, wide: bool) -> None:
    found = said(finished(low_ms=500.0, high_ms=500.0 * ratio))
    assert ("WIDE_INTERVAL" in found) is wide
    if wide:
        assert found["WIDE_INTERVAL"].blocks_grade
        assert "too wide" in found["WIDE_INTERVAL"].text


@pytest.mark.parametrize(("low_ms", "high_ms"), [(None, None), (500.0, None), (None, 500.0)])
def test_a_t1_without_limits_is_wide(low_ms: float | None, high_ms: float | None) -> None:
    assert "open or too wide" in said(finished(low_ms=low_ms, high_ms=high_ms))["WIDE_INTERVAL"].text


@pytest.mark.parametrize(("misfit", "withheld"), [(0.049, False), (0.051, True)])
def test_scatter_of_five_percent_of_the_largest_signal_is_no_recovery_of_one_t1(misfit: float, withheld: bool) -> None:
    found = said(finished(misfit=misfit))
    assert ("NOT_EXPONENTIAL" in found) is withheld
    if withheld:
        assert found["NOT_EXPONENTIAL"].blocks_grade
        assert "scatters by 5 % of its largest" in found["NOT_EXPONENTIAL"].text


@pytest.mark.parametrize(
    ("ratio", "n_places", "uncertain"), [(1.09, 2, False), (1.11, 2, True), (1.11, 1, False), (1.11, 3, True)]
)
def test_another_place_of_the_sign_is_said_where_it_moves_t1_by_a_tenth(
    ratio: float, n_places: int, uncertain: bool
) -> None:
    found = said(finished(low_ms=500.0, high_ms=500.0 * ratio), n_places)
    assert ("SIGN_UNCERTAIN" in found) is uncertain
    if uncertain:
        assert not found["SIGN_UNCERTAIN"].blocks_grade
    assert "SIGN_UNCERTAIN" in said(finished(low_ms=None, high_ms=None), 2)


def test_a_first_time_behind_the_crossing_is_said_where_the_signs_were_found() -> None:
    assert set(said(finished(n_negative=0))) == {"NULL_BEFORE_FIRST"}
    assert said(finished(n_negative=None)) == {}
    assert said(finished(n_negative=1)) == {}


@pytest.mark.parametrize(("last_per_time", "short"), [(1.99, True), (2.01, False)])
def test_a_recovery_is_short_where_its_last_time_comes_before_two_t1(last_per_time: float, short: bool) -> None:
    found = said(finished(apparent_ms=2600.0 / last_per_time))
    assert ("SHORT_RECOVERY" in found) is short
    if short:
        assert "has seen 86 % of the way back" in found["SHORT_RECOVERY"].text


@pytest.mark.parametrize(("inversion", "odd"), [(1.49, True), (1.5, False), (2.15, False), (2.16, True)])
def test_an_inversion_below_1_5_or_above_2_15_is_odd(inversion: float, odd: bool) -> None:
    assert ("ODD_INVERSION" in said(finished(inversion=inversion))) is odd
    assert "ODD_INVERSION" not in said(finished(inversion=inversion), model=MOLLI), "read-out pulses bend it"


# ------------------------------------------------------------------------------------------ what is refused


def pixel(t1_ms: float = 600.0, n_negative: int = 2) -> RecoveryPixels:
    one = np.ones(1)
    return RecoveryPixels(t1_ms * one, one, one, one, one, one, np.array([n_negative]), one, np.array([1]))


@pytest.mark.parametrize(("unexplained", "refused"), [(0.49, False), (0.51, True)])
def test_a_curve_that_leaves_half_of_the_changes_unexplained_is_no_recovery(unexplained: float, refused: bool) -> None:
    values = np.array([50.0, 10.0, 40.0, 80.0, 100.0, 120.0, 130.0, 140.0])
    miss = math.sqrt(unexplained * float(np.sum((values - values.mean()) ** 2)) / 8)
    predicted = values + miss
    if refused:
        with pytest.raises(FitError) as caught:
            refuse_no_recovery(pixel(), TI_MS, values, predicted, signed=False)
        assert caught.value.refusal.code == "NO_RECOVERY"
    else:
        refuse_no_recovery(pixel(), TI_MS, values, predicted, signed=False)


def test_a_recovery_without_a_time_or_a_curve_is_refused() -> None:
    values = np.array([50.0, 10.0, 40.0, 80.0, 100.0, 120.0, 130.0, 140.0])
    for lost, predicted in ((math.nan, values), (600.0, np.full(8, math.nan))):
        with pytest.raises(FitError) as caught:
            refuse_no_recovery(pixel(lost), TI_MS, values, predicted, signed=False)
        assert caught.value.refusal.code == "NO_RECOVERY"


@pytest.mark.parametrize("n_negative", [2, 8])
@pytest.mark.parametrize("signed", [True, False])
def test_a_magnitude_that_never_turns_back_is_refused(n_negative: int, signed: bool) -> None:
    still_falling = np.array([140.0, 130.0, 120.0, 100.0, 80.0, 40.0, 20.0, 10.0])
    turned = still_falling[::-1]
    for values, falls in ((still_falling, True), (turned, n_negative == 8)):
        if falls and not signed:
            with pytest.raises(FitError) as caught:
                refuse_no_recovery(pixel(n_negative=n_negative), TI_MS, values, values, signed=signed)
            assert caught.value.refusal.code == "NULL_NOT_PASSED"
        else:
            refuse_no_recovery(pixel(n_negative=n_negative), TI_MS, values, values, signed=signed)


@pytest.mark.parametrize(("efficiency", "rests"), [(4.9, True), (5.1, False)])
def test_an_inversion_above_five_is_no_recovery_to_a_signal_at_rest(efficiency: float, rests: bool) -> None:
    signal = inversion_recovery(TI_MS, 100.0, 300.0, efficiency)
    found = fit_recovery_map(TI_MS, signal[None, None], signed=True)
    assert bool(np.isfinite(found.t1_ms[0, 0])) is rests


@pytest.mark.parametrize(("t1_ms", "found"), [(21.0, True), (19.0, False), (25_000.0, True), (27_000.0, False)])
def test_a_t1_is_sought_from_a_fifth_of_the_first_time_to_ten_times_the_last(t1_ms: float, found: bool) -> None:
    signal = inversion_recovery(TI_MS, 100.0, t1_ms)
    pixels = fit_recovery_map(TI_MS, signal[None, None], "two-parameter", signed=True)
    assert bool(np.isfinite(pixels.t1_ms[0, 0])) is found


def test_a_first_time_of_zero_does_not_lengthen_the_search() -> None:
    times = np.array([0.0, *TI_MS])
    pixels = fit_recovery_map(times, inversion_recovery(times, 100.0, 21.0)[None, None], "two-parameter", signed=True)
    assert pixels.t1_ms[0, 0] == pytest.approx(21.0, rel=1e-6)


# ------------------------------------------------------------------------------------------ the interval


def test_the_interval_of_a_signed_recovery_is_student_s_of_its_scatter() -> None:
    signal = inversion_recovery(TI_MS, 1000.0, 600.0, 1.8) + 4.0 * OFF

    def misses(point: FloatArray) -> FloatArray:
        return np.asarray(point[0] * (1.0 - point[1] * np.exp(-TI_MS / math.exp(point[2]))) - signal)

    answer = optimize.least_squares(misses, [900.0, 1.9, 6.3], x_scale=[1e3, 1.0, 1.0], xtol=1e-14, ftol=1e-14)
    variance = np.linalg.inv(answer.jac.T @ answer.jac)[2, 2] * 2.0 * answer.cost / 5
    half_width = float(stats.t.isf(0.025, 5)) * math.sqrt(variance)
    t1 = fit_recovery(TI_MS, signal).t1
    assert t1.low is not None and t1.high is not None
    assert t1.value == pytest.approx(math.exp(answer.x[2]), rel=1e-5)
    assert math.log(t1.high / t1.value) == pytest.approx(half_width, rel=1e-3)
    assert math.log(t1.value / t1.low) == pytest.approx(half_width, rel=1e-3)


def magnitudes_in_doubt(scatter: float) -> FloatArray:
    return np.abs(inversion_recovery(TI_MS, 1000.0, 540.0, 1.9)) + scatter * OFF


def test_a_place_of_the_sign_shares_in_the_interval_up_to_the_limit_of_its_likelihood() -> None:
    """Its misfit may exceed the best one by Student's t squared per degree of freedom, as 95 % ask."""
    limit = 1.0 + float(stats.t.isf(0.025, 5)) ** 2 / 5
    ratios = []
    for scatter in np.linspace(1.0, 12.0, 23):
        values = magnitudes_in_doubt(float(scatter))
        places = []
        for n in range(9):
            signed = values * np.where(np.arange(8) < n, -1.0, 1.0)
            found = fit_recovery_map(TI_MS, signed[None, None], signed=True)
            places.append(float(found.rss[0, 0]) if np.isfinite(found.t1_ms[0, 0]) else math.inf)
        whole = fit_recovery_map(TI_MS, values[None, None])
        ratio = np.array(places) / min(places)
        if np.isfinite(whole.t1_ms[0, 0]):
            assert int(whole.n_places[0, 0]) == int(np.sum(ratio <= limit))
            ratios.append(np.sort(ratio)[1])
    assert min(abs(np.array(ratios) / limit - 1.0)) < 0.05, "some curve stands near the limit"
    assert min(ratios) < limit < max(ratios)


@pytest.mark.parametrize(("reach", "known"), [(95.0, True), (105.0, False)])
def test_an_upper_limit_of_a_hundred_times_t1_is_none(reach: float, known: bool) -> None:
    def high_per_t1(scatter: float) -> float:
        signal = inversion_recovery(TI_MS, 1000.0, 3000.0, 2.0) + scatter * OFF
        pixels = fit_recovery_map(TI_MS, signal[None, None], signed=True)
        return float(pixels.high_ms[0, 0] / pixels.t1_ms[0, 0])

    scatter = float(optimize.brentq(lambda s: math.log(high_per_t1(s) / reach), 1.0, 150.0))
    t1 = fit_recovery(TI_MS, inversion_recovery(TI_MS, 1000.0, 3000.0, 2.0) + scatter * OFF).t1
    assert (t1.high is not None) is known
    assert (t1.low is not None) is known


@pytest.mark.parametrize(("step_ms", "known"), [(1.0, False), (100.0, True)])
def test_times_too_close_to_determine_t1_leave_its_interval_open(step_ms: float, known: bool) -> None:
    times = 1000.0 + step_ms * np.arange(5)
    pixels = fit_recovery_map(times, inversion_recovery(times, 1000.0, 600.0)[None, None], signed=True)
    assert bool(np.isfinite(pixels.high_ms[0, 0]) and pixels.high_ms[0, 0] < 1e6) is known
