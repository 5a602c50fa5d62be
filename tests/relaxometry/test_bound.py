"""Promises of the bound: it is what simulations reach, and the largest rate is where it meets 20 %."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.relaxometry.bound import largest_rate_per_s, relative_bound
from ironreport.relaxometry.noise_law import information
from ironreport.relaxometry.pixel_fits import fit_pixels

Array = npt.NDArray[np.float64]

PROTOCOLS = {
    "liver 1.5 T": 0.93 + 1.34 * np.arange(12),
    "liver 3 T": 0.80 + 0.90 * np.arange(12),
    "heart": 2.0 + 2.2 * np.arange(8),
    "pancreas": 1.2 + 2.0 * np.arange(10),
    "late liver": 4.8 + 1.34 * np.arange(12),
}
LIVER_TE_MS = PROTOCOLS["liver 1.5 T"]

# Computed apart from this code: a quadrature over the density of noncentral chi-squared, and bisection.
LARGEST_RATES = [
    ("liver 1.5 T", 20.0, 1618.0, 622.0),
    ("liver 1.5 T", 50.0, 2083.0, 1221.0),
    ("liver 1.5 T", 100.0, 2425.0, 1643.0),
    ("liver 3 T", 20.0, 2119.0, 792.0),
    ("liver 3 T", 50.0, 2742.0, 1555.0),
    ("heart", 50.0, 1108.0, 627.0),
    ("pancreas", 50.0, 1489.0, 888.0),
    ("late liver", 50.0, 668.0, 351.0),
]


def closed_form_per_s(te_ms: Array, snr: float, n_pixels: int, n_coils: int = 1) -> float:
    """Fitted to many exact roots: the second echo must still carry 0.5 sigma in a region, 3.3 sigma in a pixel."""
    reach_ms = te_ms[0] + max(te_ms[1] - te_ms[0], 0.45 * te_ms[0])
    needed = 3.3 * n_coils**0.25 if n_pixels == 1 else 1.5 * (n_coils / n_pixels) ** 0.25
    return float(1000.0 * np.log(snr / needed) / reach_ms)


@pytest.mark.parametrize(("protocol", "snr", "region_per_s", "pixel_per_s"), LARGEST_RATES)
def test_the_largest_rate_is_that_of_the_table(
    protocol: str, snr: float, region_per_s: float, pixel_per_s: float
) -> None:
    te_ms = PROTOCOLS[protocol]
    assert largest_rate_per_s(te_ms, snr, n_pixels=100) == pytest.approx(region_per_s, rel=0.005)
    assert largest_rate_per_s(te_ms, snr) == pytest.approx(pixel_per_s, rel=0.005)


@pytest.mark.parametrize("n_coils", [1, 4])
@pytest.mark.parametrize("n_pixels", [1, 100])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_largest_rate_is_near_the_closed_form(protocol: str, n_pixels: int, n_coils: int) -> None:
    te_ms = PROTOCOLS[protocol]
    exact = largest_rate_per_s(te_ms, 50.0, n_pixels, n_coils)
    assert exact == pytest.approx(closed_form_per_s(te_ms, 50.0, n_pixels, n_coils), rel=0.16)


@given(st.floats(5.0, 300.0), st.integers(1, 900), st.sampled_from([1, 2, 4, 8]))
def test_at_the_largest_rate_the_bound_is_a_fifth(snr: float, n_pixels: int, n_coils: int) -> None:
    rate = largest_rate_per_s(LIVER_TE_MS, snr, n_pixels, n_coils)
    if rate is None:
        rates = np.geomspace(5.0, 5000.0, 200)
        assert np.all(relative_bound(LIVER_TE_MS, rates, snr, n_pixels=n_pixels, n_coils=n_coils) > 0.199)
    else:
        bound = relative_bound(LIVER_TE_MS, rate, snr, n_pixels=n_pixels, n_coils=n_coils)
        assert float(bound) == pytest.approx(0.2, rel=1e-6)


def test_more_pixels_less_noise_and_earlier_echoes_reach_further() -> None:
    base = largest_rate_per_s(LIVER_TE_MS, 50.0)
    better = [
        largest_rate_per_s(LIVER_TE_MS, 50.0, n_pixels=4),
        largest_rate_per_s(LIVER_TE_MS, 80.0),
        largest_rate_per_s(LIVER_TE_MS - 0.3, 50.0),
    ]
    assert base is not None
    assert all(rate is not None and rate > base for rate in better)


def test_where_noise_is_too_high_there_is_no_largest_rate() -> None:
    assert largest_rate_per_s(LIVER_TE_MS, 1.0) is None


@pytest.mark.parametrize(
    ("te_ms", "time_ms", "snr", "n_coils"),
    [(LIVER_TE_MS, 2.0, 50.0, 1), (PROTOCOLS["heart"], 10.0, 35.0, 1), (LIVER_TE_MS, 5.0, 50.0, 4)],
)
def test_simulated_fits_scatter_as_the_bound_says(te_ms: Array, time_ms: float, snr: float, n_coils: int) -> None:
    rng = np.random.default_rng(1)
    clean = np.broadcast_to(snr * np.exp(-te_ms / time_ms), (8000, len(te_ms)))
    signals = np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape))
    scatter = np.std(fit_pixels(te_ms, signals, 1.0, n_coils=n_coils).r2star_per_s) * time_ms / 1000.0
    assert scatter == pytest.approx(float(relative_bound(te_ms, 1000.0 / time_ms, snr, n_coils=n_coils)), rel=0.04)


@pytest.mark.parametrize(("n_coils", "tolerance"), [(1, 0.06), (4, 0.02)])
def test_the_cheap_information_of_the_map_is_near_the_exact_one(n_coils: int, tolerance: float) -> None:
    time_ms, te_ms = 2.0, np.array([1.0, 3.0])
    for snr in (5.0, 20.0, 100.0):
        theta = snr * np.exp(-te_ms / time_ms)
        weight = theta**2 * information(theta, n_coils)
        cheap = time_ms * np.sqrt(weight.sum() / weight.prod()) / (te_ms[1] - te_ms[0])
        exact = float(relative_bound(te_ms, 1000.0 / time_ms, snr, n_coils=n_coils))
        assert cheap == pytest.approx(exact, rel=tolerance)
