"""Numbers of nature and of tables: the spectrum of fat, the law of the noise, and how far its tables are right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from ironreport.errors import FitError
from ironreport.records import FloatArray
from ironreport.relaxometry.bound import relative_bound
from ironreport.relaxometry.known_noise import fit_known
from ironreport.relaxometry.models import fat_phasor
from ironreport.relaxometry.noise_law import N_TABLE, TABLE_END, NoiseLaw, bessel_ratio, first_moment, noise_law
from ironreport.relaxometry.pixel_fits import fit_mean_curves

HAMILTON = ((5.30, 0.047), (4.20, 0.039), (2.75, 0.006), (2.10, 0.120), (1.30, 0.700), (0.90, 0.088))
"""Shift [ppm] and area of each peak, typed from the table of the paper (NMR Biomed 2011;24:784)."""

TE_MS = 0.93 + 1.34 * np.arange(12)


@pytest.mark.parametrize("field_tesla", [1.5, 3.0])
def test_fat_turns_by_the_published_spectrum_against_water_at_4_70_ppm(field_tesla: float) -> None:
    te_ms = np.linspace(0.0, 20.0, 41)
    turns = sum(
        area * np.exp(2j * np.pi * (ppm - 4.70) * 42.577 * field_tesla * te_ms / 1000.0) for ppm, area in HAMILTON
    )
    assert fat_phasor(te_ms, field_tesla) == pytest.approx(turns, abs=1e-9)


# ------------------------------------------------------------------------------------------ the noise


def test_the_tables_reach_sixty_sigma_in_steps_of_a_twentieth() -> None:
    assert (TABLE_END, TABLE_END / (N_TABLE - 1)) == (60.0, 0.05)


THETA = np.array([0.0, 0.013, 0.7, 1.9, 3.33, 8.1, 25.0, 59.9, 60.1, 200.0])


def exact_mean(theta: FloatArray, n_coils: int) -> FloatArray:
    """First moment of the noncentral chi law, by scipy's distribution of its square."""
    laws = [stats.ncx2(2 * n_coils, max(t, 1e-9) ** 2) for t in theta]
    return np.array([law.expect(np.sqrt, lb=law.ppf(1e-13), ub=law.isf(1e-13), epsabs=1e-11) for law in laws])


@pytest.mark.parametrize("n_coils", [1, 2, 4, 16])
def test_mean_median_and_scatter_of_the_noise_are_right_to_four_digits_everywhere(n_coils: int) -> None:
    law = noise_law(n_coils)
    mean = exact_mean(THETA, n_coils)
    assert law.mean(THETA) == pytest.approx(mean, rel=1e-4)
    median = np.sqrt([stats.ncx2(2 * n_coils, max(t, 1e-9) ** 2).median() for t in THETA])
    assert law.median(THETA) == pytest.approx(median, rel=1e-4)
    near = THETA < 30.0
    assert law.variance(THETA)[near] == pytest.approx((THETA**2 + 2 * n_coils - mean**2)[near], abs=2e-3)
    assert law.power(THETA) == pytest.approx(THETA**2 + 2 * n_coils)


@pytest.mark.parametrize("n_coils", [1, 4])
def test_slopes_of_the_noise_are_those_of_its_curves(n_coils: int) -> None:
    law, theta, h = noise_law(n_coils), np.array([0.5, 2.0, 10.0, 59.0, 61.0, 100.0]), 1e-3
    for value, slope in ((law.mean, law.mean_slope), (law.median, law.median_slope)):
        assert slope(theta) == pytest.approx((value(theta + h) - value(theta - h)) / (2.0 * h), abs=1e-5)


@pytest.mark.parametrize("n_coils", [1, 2, 4])
def test_amplitudes_come_back_from_their_means_and_are_zero_at_the_floor(n_coils: int) -> None:
    moment, theta = first_moment(n_coils), np.array([0.5, 3.0, 20.0, 59.0, 1e4, 1e8])
    assert moment.amplitude(moment.value(theta)) == pytest.approx(theta, rel=1e-4, abs=1e-3)
    floor = NoiseLaw(n_coils).mean(np.zeros(1))
    assert moment.amplitude(np.append(0.5 * floor, floor)) == pytest.approx([0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize(("n_coils", "error"), [(1, 1.25e-3), (2, 5e-4), (4, 5e-4), (8, 5e-4), (16, 3e-3), (32, 5e-3)])
def test_the_ratio_of_bessel_functions_is_right_to_about_a_thousandth(n_coils: int, error: float) -> None:
    z = np.geomspace(1e-3, 1e4, 400)
    exact = special.ive(n_coils, z) / special.ive(n_coils - 1, z)
    worst = float(np.max(np.abs(bessel_ratio(z, n_coils) / exact - 1.0)))
    assert worst < error


# ------------------------------------------------------------------------------------------ what can be measured


@pytest.mark.parametrize("n_coils", [1, 4])
def test_the_bound_is_the_information_of_the_law(n_coils: int) -> None:
    """Information of each echo by quadrature over the density, apart from the table."""
    theta = 30.0 * np.exp(-0.3 * TE_MS)
    information = []
    for t in theta:
        m = np.linspace(1e-6, t + 14.0 + 2 * n_coils, 40_001)
        z = m * t
        log_density = n_coils * np.log(m) - (n_coils - 1) * np.log(t) - 0.5 * (m - t) ** 2
        density = np.exp(log_density) * special.ive(n_coils - 1, z)
        score = m * special.ive(n_coils, z) / special.ive(n_coils - 1, z) - t
        information.append(np.trapezoid(density * score**2, m))
    slopes = np.stack([theta, -0.3 * TE_MS * theta], axis=1)
    covariance = np.linalg.inv(slopes.T @ (np.array(information)[:, None] * slopes))
    found = float(relative_bound(TE_MS, 300.0, 30.0, n_coils=n_coils))
    assert found == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-5)


# ------------------------------------------------------------------------------------------ counts


def test_thirty_two_coils_are_the_most() -> None:
    values = np.array([[100.0, 60.0, 35.0, 20.0]])
    te_ms = np.array([1.0, 2.0, 3.0, 4.0])
    assert np.isfinite(fit_mean_curves(te_ms, values, 1.0, n_avg=50, n_coils=32).r2star_per_s[0])
    for n_avg, n_coils in ((50, 33), (50, 0), (0, 1)):
        with pytest.raises(FitError) as caught:
            fit_mean_curves(te_ms, values, 1.0, n_avg=n_avg, n_coils=n_coils)
        assert caught.value.refusal.code == "COUNTS_INVALID"


@pytest.mark.parametrize("te_ms", [(0.0, 2.0, 3.0), (-0.5, 2.0, 3.0), (1.0, 1.0, 3.0), (1.0, math.nan, 3.0)])
def test_echo_times_ascend_from_above_zero(te_ms: tuple[float, ...]) -> None:
    with pytest.raises(FitError) as caught:
        fit_mean_curves(np.array(te_ms), np.array([[100.0, 60.0, 35.0]]), 1.0)
    assert caught.value.refusal.code == "TE_ORDER"


def test_two_echoes_are_a_curve_and_one_is_not() -> None:
    assert np.isfinite(fit_mean_curves(np.array([1.0, 3.0]), np.array([[100.0, 40.0]]), 1.0).r2star_per_s[0])
    with pytest.raises(FitError) as caught:
        fit_mean_curves(np.array([1.0]), np.array([[100.0]]), 1.0)
    assert caught.value.refusal.code == "LENGTHS_DIFFER"


def test_a_fit_comes_to_rest_where_its_own_weights_leave_it() -> None:
    """Three times reweighted: fitted once more from there, nothing moves by a hundredth of its error."""
    moment = first_moment(1)
    values = moment.value(40.0 * np.exp(-TE_MS / 2.0)) + 0.1 * np.cos(3.0 * np.arange(12))
    fits = fit_known(TE_MS, values[None], 100, moment, None)
    decay = np.exp(fits.log_s0[0] - TE_MS * np.exp(fits.log_rate[0]))
    weights = 100.0 / moment.variance(decay)
    slope = moment.slope(decay) * decay
    score = float(np.sum(weights * (values - moment.value(decay)) * slope * TE_MS * np.exp(fits.log_rate[0])))
    error = math.sqrt(fits.covariance[0, 1, 1])
    assert abs(score * error) < 0.02
