"""What passes for noise of pixels: scatter, but no misfit common to all; and how many coils they tell of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special

from ironreport.records import FloatArray
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.pixel_decays import fit_decays, log_linear
from ironreport.relaxometry.pixel_noise import pixel_noise

TE_MS = 1.0 + np.arange(12.0)


def magnitudes(amplitude: FloatArray, n: int, seed: int, n_coils: int = 1) -> FloatArray:
    """Magnitudes of sigma 1, shape (n_echoes, n)."""
    rng = np.random.default_rng(seed)
    clean = amplitude[:, None] * np.ones(n)
    return np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape))


def decay(snr: float, time_ms: float, te_ms: FloatArray = TE_MS) -> FloatArray:
    return np.asarray(snr * np.exp(-te_ms / time_ms))


# ------------------------------------------------------------------------------------------ echoes evened


def sigma_for_one_echo_off(factor: float, snr: float, n: int, te_ms: FloatArray = TE_MS) -> float:
    """Noise found with an echo off in all pixels alike, per noise found without."""
    pixels = magnitudes(decay(snr, 20.0, te_ms), n, 1)
    off = pixels.copy()
    off[len(te_ms) // 2 - 1] *= factor
    return pixel_noise(te_ms, off, n_coils=1).sigma / pixel_noise(te_ms, pixels, n_coils=1).sigma


@pytest.mark.parametrize(("factor", "evened"), [(1.020, False), (1.025, True)])
def test_an_echo_off_by_two_percent_in_all_pixels_is_no_noise(factor: float, evened: bool) -> None:
    """The other echoes draw the curve a little towards it, so that 2 % are seen where it is off by 2.3."""
    found = sigma_for_one_echo_off(factor, 1000.0, 60)
    assert (found == pytest.approx(1.0, abs=0.02)) is evened
    assert evened or found > 2.0


@pytest.mark.parametrize(("factor", "evened"), [(1.060, False), (1.080, True)])
def test_in_small_noisy_regions_it_takes_four_deviations(factor: float, evened: bool) -> None:
    found = sigma_for_one_echo_off(factor, 20.0, 25)
    assert (found < 1.02) is evened
    assert (found > 1.02) is not evened


@pytest.mark.parametrize(("n_echoes", "evened"), [(4, False), (5, True)])
def test_five_echoes_can_tell_an_odd_one_and_four_cannot(n_echoes: int, evened: bool) -> None:
    assert (sigma_for_one_echo_off(1.1, 1000.0, 60, TE_MS[:n_echoes]) < 2.0) is evened


@pytest.mark.parametrize(("last", "evened"), [(4.5, False), (5.8, True)])
def test_only_echoes_above_five_sigma_are_evened(last: float, evened: bool) -> None:
    """The last of twelve echoes holds so many sigma, and is off by a fifth in all pixels."""
    pixels = magnitudes(200.0 * (last / 200.0) ** ((TE_MS - 1.0) / 11.0), 280, 0)
    off = pixels.copy()
    off[-1] *= 1.2
    ratio = pixel_noise(TE_MS, off, n_coils=1).sigma / pixel_noise(TE_MS, pixels, n_coils=1).sigma
    assert (ratio == pytest.approx(1.0, abs=0.03)) is evened
    assert evened or ratio > 1.05


# ------------------------------------------------------------------------------------------ nothing but noise


def is_dark(pixels: FloatArray) -> bool:
    """Whether the noise found is that of pixels without any signal."""
    return bool(np.isclose(pixel_noise(TE_MS, pixels, n_coils=1).sigma, np.sqrt(np.mean(pixels**2) / 2.0), rtol=1e-9))


def test_two_parameters_a_pixel_must_gain_one_and_a_half_of_log_likelihood_each() -> None:
    """Noise alone gains one; a signal of three sigma gains two and more."""
    assert sum(is_dark(magnitudes(decay(1e-9, 20.0), 60, seed)) for seed in range(10)) == 10
    assert sum(is_dark(magnitudes(decay(1.6, 20.0), 60, seed)) for seed in range(10)) == 10
    assert sum(is_dark(magnitudes(decay(3.0, 20.0), 60, seed)) for seed in range(10)) == 0


@pytest.mark.parametrize(("n", "counts"), [(299, True), (599, True), (600, False)])
def test_above_six_hundred_pixels_every_second_one_is_enough(n: int, counts: bool) -> None:
    pixels = magnitudes(decay(30.0, 5.0), n, 2)
    other = pixels.copy()
    other[:, 1] = other[::-1, 1]
    assert (pixel_noise(TE_MS, other, n_coils=1) != pixel_noise(TE_MS, pixels, n_coils=1)) is counts


def test_pixels_without_any_noise_have_a_millionth_of_the_brightest_at_least() -> None:
    clean = np.outer(decay(100.0, 5.0), np.linspace(0.8, 1.2, 30))
    assert 1e-6 * clean.max() <= pixel_noise(TE_MS, clean, n_coils=1).sigma < 1e-3 * clean.max()


# ------------------------------------------------------------------------------------------ coils


def log_likelihood(pixels: FloatArray, n_coils: int) -> float:
    """Exact log likelihood of pixels by the law of so many coils, the decay of each sought by another optimiser."""
    sigma = pixel_noise(TE_MS, pixels, n_coils=n_coils).sigma
    total = -pixels.size * np.log(sigma)
    for measured in pixels.T / sigma:

        def minus(point: FloatArray, m: FloatArray = measured) -> float:
            theta = np.maximum(np.exp(point[0] - np.exp(point[1]) * (TE_MS - TE_MS[0])), 1e-3)
            bessel = np.log(special.ive(n_coils - 1, m * theta))
            terms = n_coils * np.log(m) - (n_coils - 1) * np.log(theta) - (m - theta) ** 2 / 2.0 + bessel
            return -float(np.sum(terms))

        starts = ([np.log(measured[0]), np.log(rate)] for rate in (0.2, 0.6))
        total -= min(optimize.minimize(minus, start, method="Nelder-Mead").fun for start in starts)
    return float(total)


@pytest.mark.parametrize(
    ("time_ms", "seed", "copies", "n_coils", "rivals"),
    [
        (2.0, 0, 3, 1, [2]),  # two coils explain 4.1 less
        (2.0, 0, 4, 1, []),  # 5.4 less
        (2.5, 0, 1, 1, [2]),  # 2.0 more
        (2.0, 2, 1, 2, [1]),  # 3.0 more
        (2.5, 0, 2, 2, [1]),  # 4.1 more
        (2.5, 0, 3, 2, [1]),  # 6.1 more
    ],
)
def test_more_than_one_coil_must_gain_two_and_a_half_and_numbers_within_five_are_not_told_apart(
    time_ms: float, seed: int, copies: int, n_coils: int, rivals: list[int]
) -> None:
    """So many copies of the same five pixels have so many times the evidence."""
    pixels = magnitudes(decay(20.0, time_ms), 5, seed)
    gain = copies * (log_likelihood(pixels, 2) - log_likelihood(pixels, 1))
    assert (n_coils == 2) is (gain > 2.5)
    assert bool(rivals) is (gain > -5.0)
    assert min(abs(gain - 2.5), abs(gain + 5.0), abs(gain - 5.0)) < 2.4, "near a limit"
    found = pixel_noise(TE_MS, np.tile(pixels, (1, copies)))
    assert found.n_coils == n_coils
    assert [rival.n_coils for rival in found.rivals] == rivals
    for rival in found.rivals:
        assert rival.sigma == pytest.approx(pixel_noise(TE_MS, pixels, n_coils=rival.n_coils).sigma, rel=1e-3)


@pytest.mark.parametrize(("n_pixels", "seed", "rivals"), [(8, 18, [1]), (12, 27, [])])
def test_one_coil_is_ruled_out_by_a_gain_of_ten(n_pixels: int, seed: int, rivals: list[int]) -> None:
    """Gains of 9.1 and 12.2."""
    pixels = magnitudes(decay(20.0, 2.5), n_pixels, seed, 2)
    gain = log_likelihood(pixels, 2) - log_likelihood(pixels, 1)
    assert abs(gain - 10.0) < 2.4 and bool(rivals) is (gain < 10.0)
    assert [rival.n_coils for rival in pixel_noise(TE_MS, pixels).rivals] == rivals


def test_pixels_that_share_their_noise_count_as_fewer_in_the_choice_of_coils() -> None:
    """A gain of 12.2 says as much as one of 2.4 where five pixels say as much as one."""
    pixels = magnitudes(decay(20.0, 2.5), 12, 27, 2)
    alone, shared = pixel_noise(TE_MS, pixels), pixel_noise(TE_MS, pixels, per_independent=5.0)
    assert (alone.n_coils, shared.n_coils) == (2, 1)
    assert 2 in {rival.n_coils for rival in shared.rivals}
    assert 1 in {rival.n_coils for rival in pixel_noise(TE_MS, pixels, per_independent=1.3).rivals}


def test_each_number_of_coils_is_tried() -> None:
    for n_coils in (1, 2, 4, 8, 16):
        pixels = magnitudes(decay(60.0, 2.0), 300, 3, n_coils)
        assert pixel_noise(TE_MS, pixels).n_coils == n_coils


def test_short_trains_of_eight_coils_that_look_like_sixteen_keep_eight_beside_them() -> None:
    """Each pixel's own two parameters favour sixteen, the more pixels the more; adjusted for them eight is best."""
    te_ms = 1.2 + 1.1 * np.arange(6.0)
    found = [pixel_noise(te_ms, magnitudes(decay(30.0, 2.0, te_ms), 240, seed, 8)) for seed in range(4)]
    assert [noise.n_coils for noise in found].count(16) >= 2
    assert all(8 in {noise.n_coils, *(rival.n_coils for rival in noise.rivals)} for noise in found)


@pytest.mark.parametrize("n_coils", [1, 2, 8])
def test_sigma_rests_where_no_decay_describes_the_pixels(n_coils: int) -> None:
    """Fat of 40 % at 3 T: the fits stepped to and fro, and sigma came out by chance."""
    te_ms = 1.2 + 1.5 * np.arange(8.0)
    delay_ms, pixels = te_ms - te_ms[0], magnitudes(fat_water(te_ms, 40.0, 250.0, 0.4, 3.0), 60, 3)
    once, _ = fit_decays(delay_ms, pixels, log_linear(delay_ms, pixels, None), n_coils, None)
    again, _ = fit_decays(delay_ms, pixels, once, n_coils, None)
    assert again.sigma == pytest.approx(once.sigma, rel=2e-3)


@pytest.mark.parametrize("seed", [10, 24])
def test_what_one_likely_number_of_coils_explains_is_no_shared_misfit(seed: int) -> None:
    """32 coils gain a little more by chance and miss the curve; 16, which made it, do not."""
    te_ms = 2.0 + 2.2 * np.arange(8.0)
    rng = np.random.default_rng(seed)
    clean = np.outer(decay(30.0, 10.5, te_ms), np.ones(60))
    pixels = np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(31, clean.shape))
    found = pixel_noise(te_ms, pixels)
    assert 16 in {found.n_coils, *(rival.n_coils for rival in found.rivals)}
