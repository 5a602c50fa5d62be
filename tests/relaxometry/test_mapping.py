"""Promises of the pixelwise fit and of maps: many noisy decays at once, none of them a silent wrong number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import ive

from ironreport.errors import FitError
from ironreport.relaxometry import mapping
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.pixel_fits import fit_pixels

Array = npt.NDArray[np.float64]

LIVER_TE_MS = 0.93 + 1.34 * np.arange(12)
UNEVEN_TE_MS = np.array([0.9, 1.7, 2.4, 4.1, 5.0, 7.7, 9.2, 13.0])
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)


def noisy(te_ms: Array, time_ms: float | Array, snr: float, n: int, seed: int, n_coils: int = 1) -> Array:
    """Magnitudes of n pixels, shape (n, n_echoes), with sigma = 1."""
    clean = snr * np.exp(-te_ms / np.broadcast_to(time_ms, n)[:, None])
    rng = np.random.default_rng(seed)
    return np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape))


@pytest.mark.parametrize("te_ms", [LIVER_TE_MS, UNEVEN_TE_MS], ids=["even", "uneven"])
@given(
    st.lists(st.tuples(st.floats(2.0, 40.0), st.floats(0.5, 2000.0)), min_size=1, max_size=20),
    st.floats(1e-6, 1e6),
)
def test_noise_free_decays_come_back(te_ms: Array, decays: list[tuple[float, float]], unit: float) -> None:
    time_ms, s0 = np.array(decays).T
    signals = unit * s0[:, None] * np.exp(-te_ms / time_ms[:, None])
    fits = fit_pixels(te_ms, signals, sigma=1e-4 * unit * s0.min())
    assert fits.measurable.all()
    np.testing.assert_allclose(fits.r2star_per_s, 1000.0 / time_ms, rtol=1e-3)
    np.testing.assert_allclose(fits.s0, unit * s0, rtol=1e-3)


@settings(max_examples=20)
@given(st.floats(-6.0, 6.0))
def test_the_unit_of_the_signal_does_not_matter(exponent: float) -> None:
    unit = 10.0**exponent
    signals = noisy(LIVER_TE_MS, np.geomspace(0.5, 40.0, 60), 40.0, 60, seed=1)
    plain, scaled = fit_pixels(LIVER_TE_MS, signals, 1.0), fit_pixels(LIVER_TE_MS, unit * signals, unit)
    np.testing.assert_array_equal(plain.measurable, scaled.measurable)
    which = plain.measurable
    for name in ("r2star_per_s", "ci_low_per_s", "ci_high_per_s"):
        np.testing.assert_allclose(getattr(plain, name)[which], getattr(scaled, name)[which], rtol=2e-3)
    np.testing.assert_allclose(unit * plain.s0[which], scaled.s0[which], rtol=2e-3)


def test_the_order_of_the_echoes_does_not_matter() -> None:
    signals = noisy(LIVER_TE_MS, 5.0, 40.0, 50, seed=2)
    order = np.random.default_rng(2).permutation(len(LIVER_TE_MS))
    plain, mixed = fit_pixels(LIVER_TE_MS, signals, 1.0), fit_pixels(LIVER_TE_MS[order], signals[:, order], 1.0)
    np.testing.assert_array_equal(plain.r2star_per_s, mixed.r2star_per_s)


def test_longer_times_in_the_same_shape_give_proportional_rates() -> None:
    signals = noisy(LIVER_TE_MS, np.geomspace(0.7, 30.0, 80), 40.0, 80, seed=3)
    short, long = fit_pixels(LIVER_TE_MS, signals, 1.0), fit_pixels(10.0 * LIVER_TE_MS, signals, 1.0)
    which = short.measurable & long.measurable
    assert which.sum() > 60
    np.testing.assert_allclose(short.r2star_per_s[which], 10.0 * long.r2star_per_s[which], rtol=2e-3)


def minus_log_likelihood(point: Array, delay_ms: Array, signal: Array, n_coils: int) -> float:
    expected = np.exp(point[0] - delay_ms * np.exp(point[1]))
    z = np.maximum(signal * expected, 1e-12)
    return float(np.sum(0.5 * expected**2 - z - np.log(ive(n_coils - 1, z)) + (n_coils - 1) * np.log(expected)))


@pytest.mark.parametrize("n_coils", [1, 4])
@pytest.mark.parametrize("te_ms", [LIVER_TE_MS, UNEVEN_TE_MS, HEART_TE_MS], ids=["even", "uneven", "heart"])
def test_the_fast_fit_finds_the_optimum_of_the_exact_likelihood(te_ms: Array, n_coils: int) -> None:
    time_ms = np.geomspace(2.5, 20.0, 12)
    signals = noisy(te_ms, time_ms, 40.0, 12, seed=4, n_coils=n_coils)
    fits = fit_pixels(te_ms, signals, 1.0, n_coils=n_coils)
    error = np.log(fits.ci_high_per_s / fits.ci_low_per_s) / (2 * 1.96)
    for row, rate, tolerance in zip(signals, fits.r2star_per_s, 0.05 * error, strict=True):
        start = np.array([np.log(row[0]), np.log(rate / 1000.0)]) + 0.1
        best = minimize(
            minus_log_likelihood,
            start,
            (te_ms - te_ms[0], row, n_coils),
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-9},
        )
        assert abs(best.x[1] - np.log(rate / 1000.0)) < tolerance


@pytest.mark.parametrize(
    ("te_ms", "time_ms", "snr", "n_coils"),
    [
        (LIVER_TE_MS, 2.0, 20.0, 1),
        (LIVER_TE_MS, 1.0, 70.0, 1),
        (HEART_TE_MS, 15.0, 35.0, 1),
        (UNEVEN_TE_MS, 5.0, 15.0, 1),
        (LIVER_TE_MS, 5.0, 20.0, 4),
    ],
)
def test_intervals_hold_the_truth_as_often_as_they_say(te_ms: Array, time_ms: float, snr: float, n_coils: int) -> None:
    fits = fit_pixels(te_ms, noisy(te_ms, time_ms, snr, 4000, 5, n_coils), 1.0, n_coils=n_coils)
    rate = 1000.0 / time_ms
    assert 0.93 < np.mean((fits.ci_low_per_s <= rate) & (rate <= fits.ci_high_per_s)) < 0.97
    assert abs(np.median(fits.r2star_per_s) / rate - 1.0) < 0.03


def test_beyond_the_limit_the_interval_is_open_and_holds_the_truth() -> None:
    fits = fit_pixels(LIVER_TE_MS, noisy(LIVER_TE_MS, 0.5, 50.0, 2000, seed=6), 1.0)
    open_at_top = np.isinf(fits.ci_high_per_s)
    assert open_at_top.mean() > 0.9
    assert not fits.measurable[open_at_top].any()
    assert np.mean(fits.ci_low_per_s <= 2000.0) > 0.94


def test_what_is_no_decay_ends_as_not_measurable() -> None:
    rising = 50.0 * np.exp(LIVER_TE_MS / 20.0)
    rows = {
        "zeros": np.zeros(12),
        "nan": np.where(LIVER_TE_MS > 5.0, np.nan, 20.0),
        "inf": np.where(LIVER_TE_MS > 5.0, np.inf, 20.0),
        "negative": np.where(LIVER_TE_MS > 5.0, -20.0, 20.0),
        "rising": rising,
        "flat": np.full(12, 30.0),
        "one spike": np.where(LIVER_TE_MS > 15.0, 30.0, 0.0),
        "first echo only": np.where(LIVER_TE_MS < 1.0, 30.0, 1.0),
        "huge": np.full(12, 1e300),
    }
    fits = fit_pixels(LIVER_TE_MS, np.array(list(rows.values())), 1.0)
    measurable = [name for name, seen in zip(rows, fits.measurable, strict=True) if seen]
    assert measurable == []
    no_signal = [list(rows).index(name) for name in ("zeros", "nan", "inf", "negative")]
    for values in (fits.r2star_per_s, fits.ci_low_per_s, fits.ci_high_per_s, fits.s0):
        assert np.isnan(values[no_signal]).all()


def test_noise_alone_is_hardly_ever_measurable() -> None:
    fits = fit_pixels(LIVER_TE_MS, noisy(LIVER_TE_MS, 1.0, 0.0, 4000, seed=7), 1.0)
    assert fits.measurable.mean() < 0.02
    assert np.mean(fits.ci_low_per_s == 0.0) > 0.9


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_signals_never_warn_and_never_give_an_interval_without_its_estimate(unit: float, dtype: type) -> None:
    rng = np.random.default_rng(8)
    signals = unit * np.exp(rng.uniform(-12.0, 12.0, (3000, 12)))
    fits = fit_pixels(LIVER_TE_MS, signals.astype(dtype), sigma=unit)
    seen = fits.measurable
    assert np.all(fits.ci_low_per_s[seen] <= fits.r2star_per_s[seen])
    assert np.all(fits.r2star_per_s[seen] <= fits.ci_high_per_s[seen])
    assert np.isfinite(fits.s0[seen]).all()


def test_a_volume_is_its_slices_and_a_slice_its_pixels() -> None:
    rows = noisy(LIVER_TE_MS, np.geomspace(0.6, 30.0, 2 * 9 * 11), 30.0, 2 * 9 * 11, seed=9)
    volume = np.moveaxis(rows.reshape(2, 9, 11, 12), -1, 1)
    whole, pixels = fit_map(LIVER_TE_MS, volume, 1.0), fit_pixels(LIVER_TE_MS, rows, 1.0)
    assert whole.r2star_per_s.shape == (2, 9, 11)
    assert whole.r2star_per_s.dtype == np.float32
    np.testing.assert_allclose(whole.r2star_per_s.ravel(), pixels.r2star_per_s, rtol=1e-4)
    one = fit_map(LIVER_TE_MS, volume[1], 1.0)
    np.testing.assert_allclose(whole.ci_low_per_s[1], one.ci_low_per_s, rtol=1e-4)


def test_stored_integers_are_read_as_they_are() -> None:
    image = np.moveaxis(np.round(20.0 * noisy(LIVER_TE_MS, 8.0, 60.0, 30, seed=10)).reshape(5, 6, 12), -1, 0)
    integers = fit_map(LIVER_TE_MS, image.astype(np.uint16), 20.0)
    np.testing.assert_allclose(integers.r2star_per_s, fit_map(LIVER_TE_MS, image, 20.0).r2star_per_s, rtol=1e-5)


def test_outside_the_mask_nothing_is_reported() -> None:
    image = np.moveaxis(noisy(LIVER_TE_MS, 8.0, 60.0, 30, seed=11).reshape(5, 6, 12), -1, 0)
    mask = np.zeros((5, 6), dtype=bool)
    mask[1:4, 2] = True
    whole, masked = fit_map(LIVER_TE_MS, image, 1.0), fit_map(LIVER_TE_MS, image, 1.0, mask=mask)
    np.testing.assert_allclose(masked.r2star_per_s[mask], whole.r2star_per_s[mask], rtol=1e-5)
    assert np.isnan(masked.r2star_per_s[~mask]).all()
    np.testing.assert_array_equal(masked.measurable, mask)
    empty = fit_map(LIVER_TE_MS, image, 1.0, mask=np.zeros_like(mask))
    assert not empty.measurable.any()


def test_progress_reaches_the_total_and_cancel_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "CHUNK_SIZE", 16)
    image = np.moveaxis(noisy(LIVER_TE_MS, 1.0, 30.0, 100, seed=12).reshape(2, 5, 10, 12), -1, 1)
    seen: list[tuple[int, int]] = []
    fit_map(LIVER_TE_MS, image, 1.0, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (100, 100)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    seen.clear()
    with pytest.raises(FitError, match="stopped"):
        fit_map(
            LIVER_TE_MS,
            image,
            1.0,
            progress=lambda done, total: seen.append((done, total)),
            cancelled=lambda: len(seen) == 2,
        )
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("te_ms", "sigma", "mask", "code"),
    [
        (LIVER_TE_MS, 0.0, None, "NOISE_NOT_POSITIVE"),
        (LIVER_TE_MS, np.nan, None, "NOISE_NOT_POSITIVE"),
        (LIVER_TE_MS[:5], 1.0, None, "ECHOES_DO_NOT_MATCH"),
        (np.zeros(12), 1.0, None, "TE_ORDER"),
        (LIVER_TE_MS, 1.0, np.ones((2, 2), dtype=bool), "MASK_DOES_NOT_MATCH"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(
    te_ms: Array, sigma: float, mask: npt.NDArray[np.bool_] | None, code: str
) -> None:
    with pytest.raises(FitError) as caught:
        fit_map(te_ms, np.ones((12, 3, 3)), sigma, mask=mask)
    assert caught.value.refusal.code == code


def test_the_doubt_is_the_half_width_and_infinite_where_the_interval_is_open() -> None:
    fits = fit_pixels(LIVER_TE_MS, noisy(LIVER_TE_MS, np.array([8.0, 0.3]), 50.0, 2, seed=13), 1.0)
    clear, gone = fits.relative_half_width
    assert 0.04 < clear < 0.08
    assert np.isinf(gone)


def test_no_pixels_give_no_results() -> None:
    assert fit_pixels(LIVER_TE_MS, np.empty((0, 12)), 1.0).r2star_per_s.shape == (0,)
    assert fit_map(LIVER_TE_MS, np.empty((0, 12, 4, 4)), 1.0).r2star_per_s.shape == (0, 4, 4)


@pytest.mark.parametrize("sigma", [1.0, None])
def test_means_of_many_pixels_are_fitted_as_means(sigma: float | None) -> None:
    pixels = noisy(LIVER_TE_MS, 2.0, 50.0, 40 * 100, seed=14).reshape(40, 100, 12)
    fits = fit_pixels(LIVER_TE_MS, pixels.mean(axis=1), sigma, n_avg=100)
    assert abs(np.median(fits.r2star_per_s) / 500.0 - 1.0) < 0.01
    as_pixels = fit_pixels(LIVER_TE_MS, pixels.mean(axis=1), 1.0)
    assert np.median(fits.ci_high_per_s - fits.ci_low_per_s) < 0.5 * np.median(
        as_pixels.ci_high_per_s - as_pixels.ci_low_per_s
    )


@pytest.mark.parametrize("n_coils", [0, -3, 2.5, 1000])
def test_coils_that_cannot_be_have_no_map(n_coils: int) -> None:
    te_ms = np.array([1.0, 2.0, 4.0, 8.0])
    decay = 100.0 * np.exp(-te_ms / 5.0)[None]
    for fitted in (fit_map, fit_pixels):
        with pytest.raises(FitError) as refused:
            fitted(te_ms, decay, 1.0, n_coils=n_coils)
        assert refused.value.refusal.code == "COUNTS_INVALID"
