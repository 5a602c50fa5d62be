"""What a fit promises for curves whose truth is known, and for real and published ones."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal
from ironreport.relaxometry import METHODS, fit_decay

LIVER_TE_MS = tuple(0.93 + 1.34 * i for i in range(12))
TIMES_MS = st.floats(0.5, 100.0)


def decay(time_ms: float, s0: float = 1000.0, te_ms: tuple[float, ...] = LIVER_TE_MS) -> DecaySignal:
    return DecaySignal("liver", te_ms, tuple(s0 * math.exp(-te / time_ms) for te in te_ms))


def noisy(seed: int, time_ms: float, relative_sd: float = 0.005) -> DecaySignal:
    rng = np.random.default_rng(seed)
    clean = np.array(decay(time_ms).signal)
    return DecaySignal("liver", LIVER_TE_MS, tuple(clean + rng.normal(0.0, relative_sd * clean[0], len(clean))))


@pytest.mark.parametrize("method", METHODS)
@given(time_ms=TIMES_MS, s0=st.floats(1e-3, 1e6))
@settings(deadline=None, max_examples=60)
def test_noise_free_decay_comes_back(method: str, time_ms: float, s0: float) -> None:
    fit = fit_decay(decay(time_ms, s0), method)
    # A floor that is truly zero is found to within rounding only, and a slow decay leaves room for it.
    tolerance = 1e-6 if method in {"auto", "mono"} else 1e-3
    assert fit.time.value == pytest.approx(time_ms, rel=tolerance)
    assert fit.s0 == pytest.approx(s0, rel=tolerance)
    assert fit.time.value * fit.rate.value == pytest.approx(1000.0)


@given(seed=st.integers(0, 10_000), time_ms=st.floats(2.0, 40.0), factor=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=30)
def test_scaling_the_signal_leaves_the_rate_unchanged(seed: int, time_ms: float, factor: float) -> None:
    signal = noisy(seed, time_ms)
    scaled = DecaySignal("liver", signal.te_ms, tuple(factor * value for value in map(abs, signal.signal)))
    plain = DecaySignal("liver", signal.te_ms, tuple(map(abs, signal.signal)))
    assert fit_decay(scaled).rate.value == pytest.approx(fit_decay(plain).rate.value, rel=1e-7)
    assert fit_decay(scaled).s0 == pytest.approx(factor * fit_decay(plain).s0, rel=1e-7)


@given(seed=st.integers(0, 10_000), time_ms=st.floats(2.0, 40.0), factor=st.floats(0.1, 10.0))
@settings(deadline=None, max_examples=30)
def test_scaling_the_echo_times_scales_the_time(seed: int, time_ms: float, factor: float) -> None:
    values = tuple(map(abs, noisy(seed, time_ms).signal))
    plain = fit_decay(DecaySignal("liver", LIVER_TE_MS, values))
    scaled = fit_decay(DecaySignal("liver", tuple(factor * te for te in LIVER_TE_MS), values))
    assert scaled.time.value == pytest.approx(factor * plain.time.value, rel=1e-6)
    assert scaled.used == plain.used


@given(order=st.permutations([1, 4, 7]))
@settings(deadline=None, max_examples=6)
def test_the_order_in_which_echoes_are_left_out_does_not_matter(order: list[int]) -> None:
    assert fit_decay(noisy(1, 9.0), left_out=order) == fit_decay(noisy(1, 9.0), left_out=(1, 4, 7))


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 10_000), time_ms=st.floats(2.0, 20.0))
@settings(deadline=None, max_examples=20)
def test_every_interval_holds_its_estimate(method: str, seed: int, time_ms: float) -> None:
    try:
        fit = fit_decay(DecaySignal("liver", LIVER_TE_MS, tuple(map(abs, noisy(seed, time_ms).signal))), method)
    except FitError as error:
        assert method in {"constant", "quadrature"}
        assert error.refusal.code == "NOT_DETERMINED"
        return
    readings = [estimate for reading in fit.bracket for estimate in (reading.time, reading.rate)]
    for estimate in (fit.time, fit.rate, *readings):
        assert estimate.low is not None
        assert estimate.high is not None
        assert 0.0 < estimate.low <= estimate.value <= estimate.high
    assert fit.time.low == pytest.approx(1000.0 / (fit.rate.high or 0.0))


@given(
    data=st.lists(st.tuples(st.floats(0.01, 300.0), st.floats(1e-6, 1e9)), min_size=0, max_size=20),
    method=st.sampled_from(sorted(METHODS)),
)
@settings(deadline=None, max_examples=300)
def test_any_numbers_give_a_finite_fit_or_a_reason(data: list[tuple[float, float]], method: str) -> None:
    te_ms = tuple(sorted(te for te, _ in data))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit = fit_decay(DecaySignal("liver", te_ms, tuple(value for _, value in data)), method)
        except FitError as error:
            assert error.refusal.what
            assert error.refusal.cure
            return
    numbers = [fit.time.value, fit.rate.value, fit.s0, *fit.predicted, *fit.residuals]
    assert np.all(np.isfinite(numbers))
    assert fit.time.value > 0.0


def test_predictions_and_residuals_stand_at_every_echo() -> None:
    signal = noisy(3, 9.0)
    fit = fit_decay(signal, left_out=(2,))
    np.testing.assert_allclose(np.add(fit.predicted, fit.residuals), signal.signal)
    assert fit.used[2] is False
    assert fit.left_out_because[2] == "left out by the reader"
    used = np.array(fit.used)
    rss = float(np.sum(np.square(fit.residuals)[used]))
    assert fit.residual_sd == pytest.approx(math.sqrt(rss / (fit.n_used - 2)))
    assert fit.r_squared == pytest.approx(
        1.0 - rss / float(np.sum((np.array(signal.signal)[used] - np.mean(np.array(signal.signal)[used])) ** 2))
    )


def test_the_log_covariance_gives_the_interval_of_a_curve_without_floor() -> None:
    fit = fit_decay(noisy(2, 12.0), "mono")
    assert fit.log_covariance is not None
    student_t_10_dof = 2.2281
    assert fit.rate.high == pytest.approx(
        fit.rate.value * math.exp(student_t_10_dof * math.sqrt(fit.log_covariance[2])), rel=1e-4
    )


def test_spin_echoes_are_named_t2() -> None:
    signal = decay(60.0, te_ms=tuple(15.0 * i for i in range(1, 9)))
    fit = fit_decay(DecaySignal("pituitary", signal.te_ms, signal.signal, contrast="T2"))
    assert (fit.time.quantity, fit.rate.quantity) == ("t2_ms", "r2_per_s")
    assert fit.time.value == pytest.approx(60.0)
    star = fit_decay(signal)
    assert (star.time.quantity, star.rate.quantity) == ("t2star_ms", "r2star_per_s")


# ------------------------------------------------------------------- published and real curves


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> dict[str, dict]:  # type: ignore[type-arg]
    return json.loads((shared_data / "golden_vectors.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def measured(golden: dict[str, dict], name: str, method: str = "mono") -> DecayFit:  # type: ignore[type-arg]
    curve = golden["measured_roi"][name]
    return fit_decay(DecaySignal("kidney", tuple(curve["TE"]), tuple(curve["mean"]), sd=tuple(curve["sd"])), method)


@pytest.mark.parametrize(
    ("name", "time_ms", "tolerance_ms"),
    [
        ("GE MR750 series16 (no fat sat) slice a", 37.19, 0.02),
        ("GE MR750 series16 (no fat sat) slice b", 34.77, 0.02),
        ("Siemens XA60 enhanced MESE17 muscle ROI", 41.36, 0.02),
        ("Siemens Trio MESE 3-echo phantom", 52.22, 0.02),
        ("Philips dStream 2-echo", 13.2135, 0.0005),
    ],
)
def test_measured_regions_agree_with_independent_fits(golden, name, time_ms, tolerance_ms) -> None:  # type: ignore[no-untyped-def]
    assert measured(golden, name).time.value == pytest.approx(time_ms, abs=tolerance_ms)


def test_published_synthetic_decays_come_back(golden) -> None:  # type: ignore[no-untyped-def]
    star = golden["published_synthetic"]["ukat_T2star"]
    fit = fit_decay(DecaySignal("kidney", tuple(star["TE"]), tuple(star["signal"])))
    assert fit.time.value == pytest.approx(50.0, abs=1e-6)
    assert fit.s0 == pytest.approx(3000.0, abs=1e-4)
    spin = golden["published_synthetic"]["ukat_T2"]
    te_ms, values = tuple(spin["TE"]), np.array(spin["signal"])
    assert fit_decay(DecaySignal("kidney", te_ms, tuple(values), "T2")).time.value == pytest.approx(120.0, abs=1e-5)
    raised = fit_decay(DecaySignal("kidney", te_ms, tuple(values + 250.0), "T2"), "constant")
    assert raised.time.value == pytest.approx(120.0, abs=1e-4)
    assert raised.noise_floor == pytest.approx(250.0, abs=1e-3)


def test_published_prostate_pixels_come_back(golden) -> None:  # type: ignore[no-untyped-def]
    demo = golden["published_per_pixel_maps"]["t2mapdemo_prostate_T2"]
    for pixel in demo["pixels"]:
        fit = fit_decay(DecaySignal("kidney", tuple(demo["TE"]), tuple(pixel["S"]), "T2"), "mono")
        assert fit.time.value == pytest.approx(pixel["T2"], rel=1e-4)


def test_three_echoes_that_do_not_fall_are_refused(golden) -> None:  # type: ignore[no-untyped-def]
    for method in ("auto", "mono"):
        with pytest.raises(FitError) as caught:
            measured(golden, "Siemens Prisma MEGRE3 phantom (NOT monotone)", method)
        assert caught.value.refusal.code == "NO_DECAY"


@pytest.mark.parametrize(("scale", "is_read"), [(1e-98, True), (1e-101, False), (1e-200, False)])
def test_signals_whose_squares_would_be_lost_are_refused(scale: float, is_read: bool) -> None:
    te_ms = tuple(1.0 + 1.5 * i for i in range(8))
    faint = DecaySignal("liver", te_ms, tuple(scale * math.exp(-te / 8.0) for te in te_ms), field_tesla=1.5)
    if is_read:
        assert fit_decay(faint).time.value == pytest.approx(8.0, rel=1e-3)
    else:
        with pytest.raises(FitError) as caught:
            fit_decay(faint)
        assert caught.value.refusal.code == "SIGNAL_NOT_FINITE"
