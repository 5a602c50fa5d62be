"""Mean curves: decays come back, intervals hold the truth, and a curve that says nothing gets no number to trust."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ironreport.errors import FitError
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.pixel_fits import fit_mean_curves

Curves = npt.NDArray[np.float64]

LIVER_TE_MS = 0.93 + 1.34 * np.arange(12)
LATE_TE_MS = 4.8 + 1.34 * np.arange(12)
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)
N_PIXELS = 100

CELLS = [
    (LIVER_TE_MS, 1.0, 50.0),
    (LIVER_TE_MS, 2.0, 20.0),
    (LIVER_TE_MS, 5.0, 20.0),
    (LIVER_TE_MS, 20.0, 50.0),
    (HEART_TE_MS, 4.0, 50.0),
    (HEART_TE_MS, 30.0, 50.0),
    (LATE_TE_MS, 4.0, 50.0),
]


def pixels(clean: Curves, n_curves: int, seed: int, n_coils: int = 1) -> Curves:
    rng = np.random.default_rng(seed)
    shape = (n_curves, N_PIXELS, len(clean))
    power = (clean + rng.standard_normal(shape)) ** 2 + rng.chisquare(2 * n_coils - 1, shape)
    return np.sqrt(power)


def decay(te_ms: Curves, time_ms: float, s0: float) -> Curves:
    return s0 * np.exp(-te_ms / time_ms)


@pytest.mark.parametrize("n_coils", [1, 4])
@pytest.mark.parametrize("time_ms", [0.8, 2.0, 10.0, 40.0])
def test_noise_free_decay_comes_back_from_the_first_moment(time_ms: float, n_coils: int) -> None:
    curve = noise_law(n_coils).mean(decay(LIVER_TE_MS, time_ms, 80.0))
    fits = fit_mean_curves(LIVER_TE_MS, 3.0 * curve[None], 3.0, n_avg=400, n_coils=n_coils, field_tesla=1.5)
    assert fits.r2star_per_s[0] == pytest.approx(1000.0 / time_ms, rel=1e-5)
    assert fits.s0[0] == pytest.approx(240.0, rel=1e-5)


@pytest.mark.parametrize("time_ms", [2.0, 10.0, 40.0])
def test_noise_free_decay_comes_back_without_knowledge_of_the_noise(time_ms: float) -> None:
    fits = fit_mean_curves(LIVER_TE_MS, decay(LIVER_TE_MS, time_ms, 80.0)[None])
    assert fits.r2star_per_s[0] == pytest.approx(1000.0 / time_ms, rel=1e-5)


@pytest.mark.parametrize(("te_ms", "time_ms", "snr"), CELLS)
def test_an_independent_optimiser_finds_the_same_rate(te_ms: Curves, time_ms: float, snr: float) -> None:
    curve = pixels(decay(te_ms, time_ms, snr), 1, 21)[:, :, :].mean(axis=1)[0]
    law = noise_law(1)
    ours = fit_mean_curves(te_ms, curve[None], 1.0, n_avg=N_PIXELS)
    weights = N_PIXELS / law.variance(ours.s0[0] * np.exp(-te_ms * ours.r2star_per_s[0] / 1000.0))

    def cost(point: Curves) -> float:
        return float(np.sum(weights * (curve - law.mean(np.exp(point[0] - te_ms * np.exp(point[1])))) ** 2))

    starts = [np.array([np.log(curve[0] * 1.5), np.log(rate)]) for rate in np.geomspace(0.01, 2.0, 8)]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    best = min((minimize(cost, x0, method="Nelder-Mead", options=options) for x0 in starts), key=lambda a: a.fun)
    assert ours.r2star_per_s[0] == pytest.approx(1000.0 * np.exp(best.x[1]), rel=1e-4)


@pytest.mark.parametrize("sigma", [1.0, None], ids=["noise known", "noise unknown"])
def test_bias_stays_below_two_percent_and_intervals_hold_the_truth(sigma: float | None) -> None:
    held = []
    for seed, (te_ms, time_ms, snr) in enumerate(CELLS):
        curves = pixels(decay(te_ms, time_ms, snr), 150, 30 + seed).mean(axis=1)
        fits = fit_mean_curves(te_ms, curves, sigma, n_avg=N_PIXELS, field_tesla=1.5)
        truth = 1000.0 / time_ms
        assert fits.r2star_per_s.mean() == pytest.approx(truth, rel=0.004 if sigma else 0.02)
        held.append(np.mean((fits.ci_low_per_s <= truth) & (truth <= fits.ci_high_per_s)))
    assert np.mean(held) > 0.92
    assert min(held) > 0.86


@pytest.mark.parametrize("sigma", [1.0, None], ids=["noise known", "noise unknown"])
@pytest.mark.parametrize(("te_ms", "time_ms", "snr"), [(LIVER_TE_MS, 0.35, 50.0), (LATE_TE_MS, 0.8, 50.0)])
def test_beyond_the_acquisition_the_upper_limit_is_open(
    te_ms: Curves, time_ms: float, snr: float, sigma: float | None
) -> None:
    curves = pixels(decay(te_ms, time_ms, snr), 100, 40).mean(axis=1)
    fits = fit_mean_curves(te_ms, curves, sigma, n_avg=N_PIXELS)
    truth = 1000.0 / time_ms
    assert np.mean(np.isposinf(fits.ci_high_per_s)) > 0.8
    assert np.mean((fits.ci_high_per_s < truth / 2) & (fits.r2star_per_s < truth / 2)) < 0.035
    assert not np.any(fits.measurable & np.isposinf(fits.ci_high_per_s))


@pytest.mark.parametrize("curve", [np.full(12, 50.0), np.linspace(10.0, 50.0, 12)], ids=["flat", "rising"])
@pytest.mark.parametrize("sigma", [1.0, None])
def test_a_curve_that_does_not_decay_is_not_measurable(curve: Curves, sigma: float | None) -> None:
    assert not fit_mean_curves(LIVER_TE_MS, curve[None], sigma, n_avg=N_PIXELS).measurable[0]


def test_a_mean_curve_that_ends_in_a_zero_is_still_a_curve() -> None:
    te_ms = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    curve = np.round(40.0 * np.exp(-te_ms / 3.0), 1)
    curve[-1] = 0.0
    for sigma in (0.2, None):
        found = fit_mean_curves(te_ms, curve[np.newaxis], sigma, n_avg=50)
        assert found.r2star_per_s[0] == pytest.approx(1000.0 / 3.0, rel=0.05)


@pytest.mark.parametrize("sigma", [1.0, None])
def test_rows_without_signal_are_no_number_and_do_not_disturb_the_others(sigma: float | None) -> None:
    good = decay(LIVER_TE_MS, 8.0, 100.0)
    rows = np.stack([good, np.zeros(12), np.full(12, np.nan), -good])
    fits = fit_mean_curves(LIVER_TE_MS, rows, sigma, n_avg=N_PIXELS)
    alone = fit_mean_curves(LIVER_TE_MS, good[None], sigma, n_avg=N_PIXELS)
    assert np.all(np.isnan(fits.r2star_per_s[1:]))
    assert not fits.measurable[1:].any()
    assert fits.r2star_per_s[0] == pytest.approx(alone.r2star_per_s[0], rel=1e-12)


SCALES = st.floats(1e-3, 1e6)


@settings(max_examples=25, deadline=None)
@given(scale=SCALES, seed=st.integers(0, 1000), time_ms=st.floats(1.0, 40.0), known=st.booleans())
def test_the_scale_of_the_signal_changes_nothing_but_s0(scale: float, seed: int, time_ms: float, known: bool) -> None:
    curve = pixels(decay(LIVER_TE_MS, time_ms, 60.0), 1, seed).mean(axis=1)
    one = fit_mean_curves(LIVER_TE_MS, curve, 1.0 if known else None, n_avg=N_PIXELS, field_tesla=1.5)
    other = fit_mean_curves(LIVER_TE_MS, scale * curve, scale if known else None, n_avg=N_PIXELS, field_tesla=1.5)
    for name in ("r2star_per_s", "ci_low_per_s", "ci_high_per_s"):
        assert getattr(other, name)[0] == pytest.approx(getattr(one, name)[0], rel=1e-5)
    assert other.s0[0] == pytest.approx(scale * one.s0[0], rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), time_ms=st.floats(0.5, 40.0), snr=st.floats(5.0, 200.0), known=st.booleans())
def test_the_interval_holds_the_estimate(seed: int, time_ms: float, snr: float, known: bool) -> None:
    curve = pixels(decay(LIVER_TE_MS, time_ms, snr), 1, seed).mean(axis=1)
    fits = fit_mean_curves(LIVER_TE_MS, curve, 1.0 if known else None, n_avg=N_PIXELS, field_tesla=1.5)
    assert fits.ci_low_per_s[0] <= fits.r2star_per_s[0] <= fits.ci_high_per_s[0]


def test_one_curve_and_many_give_the_same() -> None:
    curves = pixels(fat_water(LIVER_TE_MS, 50.0, 200.0, 0.1, 1.5), 5, 50).mean(axis=1)
    many = fit_mean_curves(LIVER_TE_MS, curves, 1.0, n_avg=N_PIXELS, field_tesla=1.5)
    for i, curve in enumerate(curves):
        choice = choose_model(LIVER_TE_MS, curve, 1.0, N_PIXELS, 1, 1.5)
        assert choice.r2star_per_s == pytest.approx(many.r2star_per_s[i], rel=1e-6)
        assert choice.ci_high_per_s == pytest.approx(many.ci_high_per_s[i], rel=1e-5)


def test_the_choice_of_fat_is_said_with_its_evidence() -> None:
    curve = pixels(fat_water(LIVER_TE_MS, 50.0, 200.0, 0.12, 1.5), 1, 51).mean(axis=1)[0]
    choice = choose_model(LIVER_TE_MS, curve, 1.0, N_PIXELS, 1, 1.5)
    assert choice.model == "fat"
    assert choice.fat_fraction is not None
    assert choice.fat_fraction == pytest.approx(0.12, abs=0.015)
    fraction, gain, threshold = map(int, re.findall(r"(\d+)(?: %| against|\))", choice.sentences[0]))
    assert fraction == round(100 * choice.fat_fraction)
    assert gain > 10 * threshold
    assert choice.sentences[0].startswith("Fat explains the zig-zag of the residuals")
    assert choice.sentences[0].endswith("R2* is fitted with fat.")
    assert curve == pytest.approx(np.array(choice.predicted), abs=0.5)


def test_the_bad_echo_is_said_with_its_number_counted_from_one() -> None:
    clean = decay(LIVER_TE_MS, 8.0, 50.0)
    clean[3] *= 0.8
    choice = choose_model(LIVER_TE_MS, pixels(clean, 1, 52).mean(axis=1)[0], 1.0, N_PIXELS, 1, 1.5)
    assert (choice.model, choice.left_out) == ("bad echo", 3)
    assert choice.sentences[0].startswith("Echo 4 does not fit the others")


def test_larger_noise_than_given_is_said_and_nothing_changed() -> None:
    curve = 1.4 * pixels(decay(LIVER_TE_MS, 2.0, 50.0), 1, 53).mean(axis=1)[0]
    choice = choose_model(LIVER_TE_MS, curve, 1.0, N_PIXELS, 1, 1.5)
    assert (choice.model, choice.noise, choice.flagged) == ("mono", "larger", True)
    assert re.search(r"noise 1\.[34] times as large as given", choice.sentences[0])


def test_without_the_noise_a_floor_is_found_and_its_limits_said() -> None:
    choice = choose_model(LIVER_TE_MS, pixels(decay(LIVER_TE_MS, 2.0, 20.0), 1, 54).mean(axis=1)[0])
    assert choice.model == "floor"
    assert choice.noise_floor == pytest.approx(1.25, abs=0.1)
    assert choice.sentences[-1] == "Without the pixels a vessel in the region cannot be told from a noise floor."


def test_every_choice_on_clean_curves_says_why() -> None:
    curve = pixels(decay(LIVER_TE_MS, 8.0, 50.0), 1, 55).mean(axis=1)[0]
    known, blind = choose_model(LIVER_TE_MS, curve, 1.0, N_PIXELS), choose_model(HEART_TE_MS, curve[:8])
    assert known.model == blind.model == "mono"
    assert known.sentences[-1] == "Fat was not tried: the field strength is not known."
    assert known.misfit_chance is not None
    assert known.misfit_chance > 0.01
    assert blind.misfit_chance is None


@pytest.mark.parametrize(
    ("te_ms", "signal", "sigma", "code"),
    [
        ([1.0], [5.0], 1.0, "LENGTHS_DIFFER"),
        ([1.0, 2.0], [5.0, 4.0, 3.0], 1.0, "LENGTHS_DIFFER"),
        ([2.0, 1.0], [5.0, 4.0], 1.0, "TE_ORDER"),
        ([0.0, 1.0], [5.0, 4.0], None, "TE_ORDER"),
        ([1.0, 2.0], [5.0, 4.0], 0.0, "NOISE_NOT_POSITIVE"),
        ([1.0, 2.0], [0.0, 0.0], 1.0, "SIGNAL_NOT_POSITIVE"),
        ([1.0, 2.0], [5.0, -1.0], None, "SIGNAL_NOT_POSITIVE"),
    ],
)
def test_what_is_no_curve_is_refused(te_ms: list[float], signal: list[float], sigma: float | None, code: str) -> None:
    with pytest.raises(FitError) as caught:
        choose_model(np.array(te_ms), np.array(signal), sigma)
    assert caught.value.refusal.code == code
