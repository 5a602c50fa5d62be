"""Median curves of known noise give their decay back, and correct a sigma that their own floor contradicts."""

from __future__ import annotations

import numpy as np
import pytest

from ironreport.relaxometry.median_curves import LARGEST_DECAY, fit_medians
from ironreport.relaxometry.noise_law import noise_law

TE_MS = 0.93 + 1.34 * np.arange(12)
RATES_PER_MS = np.array([0.02, 0.2, 0.8, 1.5])


@pytest.mark.parametrize("n_coils", [1, 4])
def test_exact_medians_come_back(n_coils: int) -> None:
    curves = noise_law(n_coils).median(50.0 * np.exp(-np.outer(RATES_PER_MS, TE_MS)))
    fits = fit_medians(TE_MS, curves, n_coils, 100)
    assert fits.rate_per_ms == pytest.approx(RATES_PER_MS, rel=1e-5)
    assert fits.medians(TE_MS) == pytest.approx(curves, abs=1e-5)


def test_curves_fitted_together_are_fitted_as_alone() -> None:
    rng = np.random.default_rng(0)
    curves = noise_law(1).median(30.0 * np.exp(-np.outer(RATES_PER_MS, TE_MS))) + 0.1 * rng.standard_normal((4, 12))
    together = fit_medians(TE_MS, curves, 1, 100).rate_per_ms
    alone = [fit_medians(TE_MS, curve[np.newaxis], 1, 100).rate_per_ms[0] for curve in curves]
    assert together == pytest.approx(alone, rel=1e-5)


def test_a_sigma_five_percent_low_costs_little_where_the_floor_is_seen() -> None:
    curves = noise_law(1).median(50.0 * np.exp(-np.outer([1.5], TE_MS))) / 0.95
    fits = fit_medians(TE_MS, curves, 1, 100)
    assert fits.rate_per_ms[0] == pytest.approx(1.5, rel=0.03)
    assert np.exp(fits.log_sigma[0]) == pytest.approx(1.0 / 0.95, abs=0.02)


def test_one_echo_above_the_noise_runs_to_the_limit_and_not_beyond() -> None:
    curve = noise_law(1).median(np.array([[5.0, *np.zeros(11)]]))
    fits = fit_medians(TE_MS, curve, 1, 100)
    assert 4.0 < fits.rate_per_ms[0] * 1.34 <= LARGEST_DECAY * (1.0 + 1e-9)
