"""T1 after inversion: what comes back, with which doubt, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.errors import FitError
from ironreport.relaxometry.models import RECOVERY_MODELS, inversion_recovery
from ironreport.relaxometry.recovery import fit_recovery, fit_recovery_map
from ironreport.relaxometry.recovery_doubts import RecoveryFit

TI_MS = np.array([100.0, 200.0, 350.0, 500.0, 800.0, 1200.0, 1800.0, 2600.0])
EFFICIENCY = {"two-parameter": 2.0, "three-parameter": 1.8, "molli": 1.8}
SHARE = {"two-parameter": 1.0, "three-parameter": 1.0, "molli": 0.8}
"""T1 per fitted time constant."""


def recovery(method: str, time_ms: float = 600.0, m0: float = 1000.0) -> np.ndarray:
    return inversion_recovery(TI_MS, m0, time_ms, EFFICIENCY[method])


def codes(fit: RecoveryFit) -> set[str]:
    return {caution.code for caution in fit.cautions}


def refusal(ti_ms: object, signal: object, method: str = "three-parameter") -> str:
    with pytest.raises(FitError) as caught:
        fit_recovery(ti_ms, signal, method)  # type: ignore[arg-type]
    assert caught.value.refusal.cure
    return caught.value.refusal.code


@pytest.mark.parametrize("method", RECOVERY_MODELS)
@pytest.mark.parametrize("time_ms", [150.0, 400.0, 1100.0])
def test_noise_free_recovery_comes_back_with_and_without_its_sign(method: str, time_ms: float) -> None:
    signal = recovery(method, time_ms)
    for measured in (signal, np.abs(signal)):
        fit = fit_recovery(TI_MS, measured, method)
        assert fit.t1.value == pytest.approx(SHARE[method] * time_ms, rel=1e-8)
        assert fit.r1.value == pytest.approx(1000.0 / fit.t1.value)
        assert fit.predicted == pytest.approx(measured, abs=1e-5)
    assert fit.n_negative == np.sum(signal < 0.0)


def test_a_magnitude_of_zero_is_a_magnitude_and_no_sign() -> None:
    """A pixel at its zero crossing reads 0; the others then still hold no sign."""
    signal = np.abs(recovery("three-parameter", 350.0 / math.log(1.8)))
    signal[2] = 0.0
    fit = fit_recovery(TI_MS, signal)
    assert fit.n_negative is not None
    assert fit.t1.value == pytest.approx(350.0 / math.log(1.8), rel=1e-6)


@settings(max_examples=30)
@given(scale=st.floats(1e-3, 1e6), seed=st.integers(0, 1000))
def test_scale_and_order_change_nothing(scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    signal = np.abs(recovery("three-parameter") + rng.normal(size=8) * 10.0)
    order = rng.permutation(8)
    plain, other = fit_recovery(TI_MS, signal), fit_recovery(TI_MS[order], scale * signal[order])
    assert other.t1.value == pytest.approx(plain.t1.value, rel=1e-6)
    assert other.resting == pytest.approx(scale * plain.resting, rel=1e-6)
    assert other.ti_ms == plain.ti_ms


@pytest.mark.parametrize("method", RECOVERY_MODELS)
@pytest.mark.parametrize("snr", [15.0, 50.0])
@pytest.mark.parametrize("signed", [True, False])
def test_the_interval_holds_the_truth_as_often_as_it_says(method: str, snr: float, signed: bool) -> None:
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(2, 1, 1200, 8)) * 1000.0 / snr
    real = recovery(method) + noise[0]
    fit = fit_recovery_map(TI_MS, real if signed else np.hypot(real, noise[1]), method, signed=signed)
    truth_ms = 600.0 * SHARE[method]
    held = (fit.low_ms <= truth_ms) & (truth_ms <= fit.high_ms)
    assert 0.93 <= held.mean() <= 0.985
    assert np.all((fit.low_ms <= fit.t1_ms) & (fit.t1_ms <= fit.high_ms) | np.isnan(fit.t1_ms))


def test_a_map_reads_what_the_single_curves_read() -> None:
    rng = np.random.default_rng(3)
    signals = np.abs(recovery("molli") + rng.normal(size=(2, 3, 4, 8)) * 20.0)
    whole = fit_recovery_map(TI_MS, signals, "molli")
    assert whole.t1_ms.shape == (2, 3, 4)
    single = fit_recovery(TI_MS, signals[1, 2, 3], "molli")
    assert whole.t1_ms[1, 2, 3] == pytest.approx(single.t1.value, rel=1e-9)
    assert (whole.low_ms[1, 2, 3], whole.high_ms[1, 2, 3]) == pytest.approx((single.t1.low, single.t1.high))


def test_slices_read_later_are_fitted_at_their_own_times() -> None:
    delay_ms = 53.7
    signals = np.abs(inversion_recovery(TI_MS + delay_ms * np.arange(3)[:, None, None], 1000.0, 700.0))
    assert fit_recovery_map(TI_MS, signals, "two-parameter", slice_delay_ms=delay_ms).t1_ms == pytest.approx(700.0)
    late = fit_recovery_map(TI_MS, signals, "two-parameter").t1_ms[2, 0]
    assert abs(late / 700.0 - 1.0) > 0.05


def test_pixels_without_a_recovery_have_no_number() -> None:
    nothing = np.array([[np.full(8, np.nan), np.zeros(8), np.full(8, 5.0), 1000.0 * np.exp(-TI_MS / 900.0)]])
    fit = fit_recovery_map(TI_MS, nothing, "three-parameter")
    for values in (fit.t1_ms, fit.low_ms, fit.high_ms):
        assert np.isnan(values).all()


def test_an_uncertain_sign_widens_the_interval_and_is_said() -> None:
    fit = fit_recovery((100, 400, 700, 1000, 1300, 2500), (810, 336, 48, 192, 416, 747))
    assert fit.n_negative == 3
    assert "SIGN_UNCERTAIN" in codes(fit)
    other = fit_recovery(fit.ti_ms, np.array([-1, -1, 1, 1, 1, 1]) * np.array(fit.signal))
    assert fit.t1.low is not None
    assert fit.t1.low <= other.t1.value < 0.93 * fit.t1.value


def test_a_recovery_that_ends_early_is_said() -> None:
    fit = fit_recovery(TI_MS, np.abs(recovery("two-parameter", 2000.0)), "two-parameter")
    assert "SHORT_RECOVERY" in codes(fit)


def test_a_first_time_behind_the_zero_crossing_is_said() -> None:
    fit = fit_recovery(TI_MS, recovery("two-parameter", 120.0), "two-parameter")
    assert fit.n_negative == 0
    assert "NULL_BEFORE_FIRST" in codes(fit)


def test_scatter_is_said_and_withholds_the_class() -> None:
    jumping = np.abs(recovery("two-parameter")) * np.array([1, 1, 1, 1, 1.4, 0.7, 1.3, 1])
    found = [c for c in fit_recovery(TI_MS, jumping, "two-parameter").cautions if c.code == "NOT_EXPONENTIAL"]
    assert len(found) == 1
    assert found[0].blocks_grade


def test_an_inversion_that_hardly_inverts_is_said() -> None:
    weak = np.abs(inversion_recovery(TI_MS, 1000.0, 600.0, 1.3))
    assert "ODD_INVERSION" in codes(fit_recovery(TI_MS, weak))


def test_a_clean_curve_has_no_doubts() -> None:
    rng = np.random.default_rng(0)
    signal = np.abs(recovery("two-parameter") + rng.normal(size=8) * 3.0)
    assert fit_recovery(TI_MS, signal, "two-parameter").cautions == ()


@pytest.mark.parametrize("method", RECOVERY_MODELS)
def test_too_few_times_are_refused(method: str) -> None:
    n = RECOVERY_MODELS[method].n_parameters
    assert refusal(TI_MS[:n], np.abs(recovery(method))[:n], method) == "TOO_FEW_TIMES"
    assert refusal([100.0] * 8, np.abs(recovery(method)), method) == "TOO_FEW_TIMES"


def test_what_is_no_signal_is_refused() -> None:
    for bad in (np.full(8, np.nan), np.zeros(8), np.array([1.0, 2, 3, math.inf, 5, 6, 7, 8])):
        assert refusal(TI_MS, bad) == "BAD_SIGNAL"


def test_times_that_do_not_belong_are_refused() -> None:
    assert refusal(TI_MS[:7], recovery("molli")) == "BAD_TIMES"
    assert refusal(-TI_MS, recovery("molli")) == "BAD_TIMES"


def test_a_decay_is_not_taken_for_a_recovery() -> None:
    decay = 1000.0 * np.exp(-TI_MS / 700.0)
    assert {refusal(TI_MS, decay, method) for method in RECOVERY_MODELS} <= {"NULL_NOT_PASSED", "NO_RECOVERY"}


def test_a_signal_that_comes_back_to_nothing_is_refused() -> None:
    assert refusal(TI_MS, -1000.0 * np.exp(-TI_MS / 700.0)) == "NO_RECOVERY"


def test_a_flat_or_shuffled_signal_is_refused() -> None:
    assert refusal(TI_MS, np.full(8, 200.0)) == "NO_RECOVERY"
    assert refusal(TI_MS, [200, 900, 150, 1000, 100, 950, 120, 980], "two-parameter") == "NO_RECOVERY"


def test_an_unknown_method_is_refused() -> None:
    assert refusal(TI_MS, recovery("molli"), "four-parameter") == "UNKNOWN_METHOD"
