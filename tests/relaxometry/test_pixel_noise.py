"""The noise of a region comes back from its own pixels, whatever iron they hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.pixel_noise import pixel_noise

LIVER_MS = 0.93 + 1.34 * np.arange(12)
HEART_MS = 2.0 + 2.2 * np.arange(8)


def magnitudes(
    te_ms: npt.NDArray[np.float64], time_ms: float, snr: float, n_coils: int, seed: int, spread: float = 0.15
) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    rate = np.exp(spread * rng.standard_normal(100)) / time_ms
    clean = snr * (1.0 + spread * rng.standard_normal(100)) * np.exp(-np.outer(te_ms, rate))
    power = (clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape)
    return np.sqrt(power)


@pytest.mark.parametrize("spread", [0.0, 0.15])
@pytest.mark.parametrize(
    ("te_ms", "time_ms", "snr"),
    [(LIVER_MS, 0.8, 50.0), (LIVER_MS, 2.0, 20.0), (LIVER_MS, 20.0, 50.0), (HEART_MS, 10.0, 20.0)],
    ids=["heavy iron", "low signal", "no floor", "heart"],
)
def test_sigma_comes_back(te_ms: npt.NDArray[np.float64], time_ms: float, snr: float, spread: float) -> None:
    found = [pixel_noise(te_ms, magnitudes(te_ms, time_ms, snr, 1, seed, spread)) for seed in range(8)]
    assert np.mean([noise.sigma for noise in found]) == pytest.approx(1.0, abs=0.03)
    assert all(noise.n_coils == 1 for noise in found)


@pytest.mark.parametrize("n_coils", [4, 8])
def test_the_number_of_coils_shows_where_echoes_reach_the_floor(n_coils: int) -> None:
    found = [pixel_noise(LIVER_MS, magnitudes(LIVER_MS, 2.0, 50.0, n_coils, seed)) for seed in range(6)]
    assert [noise.n_coils for noise in found] == [n_coils] * 6
    assert np.mean([noise.sigma for noise in found]) == pytest.approx(1.0, abs=0.02)


def test_one_coil_is_taken_where_no_echo_reaches_the_floor() -> None:
    assert all(pixel_noise(LIVER_MS, magnitudes(LIVER_MS, 25.0, 60.0, 4, seed)).n_coils == 1 for seed in range(4))


def test_air_gives_the_noise_it_is_made_of() -> None:
    air = magnitudes(LIVER_MS, 1.0, 1e-9, 1, 3)
    assert pixel_noise(LIVER_MS, air).sigma == pytest.approx(1.0, abs=0.04)


def test_sigma_is_in_the_unit_of_the_signal() -> None:
    pixels = magnitudes(LIVER_MS, 3.0, 30.0, 1, 5)
    one, thousand = pixel_noise(LIVER_MS, pixels), pixel_noise(LIVER_MS, 1000.0 * pixels)
    assert thousand.sigma == pytest.approx(1000.0 * one.sigma, rel=1e-4)


def test_what_is_known_is_kept() -> None:
    pixels = magnitudes(LIVER_MS, 2.0, 50.0, 4, 6)
    assert pixel_noise(LIVER_MS, pixels, sigma=1.0).sigma == 1.0
    assert pixel_noise(LIVER_MS, pixels, sigma=1.0).n_coils == 4
    assert pixel_noise(LIVER_MS, pixels, n_coils=4).sigma == pytest.approx(1.0, abs=0.05)


def test_rounding_to_whole_numbers_is_harmless() -> None:
    pixels = magnitudes(LIVER_MS, 3.0, 50.0, 1, 7)
    assert pixel_noise(LIVER_MS, np.round(pixels)).sigma == pytest.approx(pixel_noise(LIVER_MS, pixels).sigma, rel=0.06)


@pytest.mark.parametrize("time_ms", [1.0, 2.0])
def test_a_bright_region_of_few_whole_numbers_has_the_noise_of_their_steps(time_ms: float) -> None:
    """Late echoes are zero in every pixel, so that the darkest one tells no noise at all."""
    pixels = np.rint(40.0 / 500.0 * magnitudes(LIVER_MS - LIVER_MS[0], time_ms, 500.0, 1, 8, spread=0.01))
    assert not pixels[-1].any()
    assert 0.02 < pixel_noise(LIVER_MS, pixels).sigma < 0.5


def test_no_noise_is_next_to_none() -> None:
    clean = np.outer(np.exp(-LIVER_MS / 5.0), np.linspace(80.0, 120.0, 30))
    assert pixel_noise(LIVER_MS, clean).sigma < 1e-3


@pytest.mark.parametrize("n_coils", [2, 4, 8, 16, 32])
@pytest.mark.parametrize("time_ms", [0.8, 3.0])
def test_the_number_of_coils_is_found_from_a_start_of_its_own(n_coils: int, time_ms: float) -> None:
    found = [pixel_noise(LIVER_MS, magnitudes(LIVER_MS, time_ms, 50.0, n_coils, seed)) for seed in range(3)]
    assert [noise.n_coils for noise in found] == [n_coils] * 3
    assert np.mean([noise.sigma for noise in found]) == pytest.approx(1.0, abs=0.05)


def test_numbers_that_fit_alike_are_named_beside_the_one_used() -> None:
    clear = pixel_noise(LIVER_MS, magnitudes(LIVER_MS, 2.0, 50.0, 4, 1))
    open_ = pixel_noise(LIVER_MS, magnitudes(LIVER_MS, 25.0, 60.0, 4, 1))
    assert clear.rivals == ()
    assert open_.n_coils == 1 and 4 in {rival.n_coils for rival in open_.rivals}


def test_the_floor_of_many_coils_never_passes_for_a_slow_signal() -> None:
    dark = magnitudes(LIVER_MS, 0.3, 30.0, 8, 2)
    noise = pixel_noise(LIVER_MS, dark)
    assert noise.n_coils >= 4
    assert noise.sigma * np.sqrt(2.0 * noise.n_coils) == pytest.approx(np.sqrt(np.mean(dark[4:] ** 2)), rel=0.03)


# ---------------------------------------------------------------------------- what all pixels share is no noise


def with_fat(field_tesla: float, te_ms: npt.NDArray[np.float64], time_ms: float, fat: float, seed: int, n: int = 60,
             n_coils: int = 1) -> npt.NDArray[np.float64]:  # fmt: skip
    rng = np.random.default_rng(seed)
    clean = np.outer(fat_water(te_ms, 40.0, 1000.0 / time_ms, fat, field_tesla), 1.0 + 0.1 * rng.standard_normal(n))
    power = (clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(2 * n_coils - 1, clean.shape)
    return np.sqrt(power)


@pytest.mark.parametrize("n", [12, 60, 200])
@pytest.mark.parametrize("fat", [0.1, 0.25, 0.4])
@pytest.mark.parametrize("time_ms", [4.0, 8.0, 25.0])
@pytest.mark.parametrize(
    ("field_tesla", "te_ms"),
    [(1.5, LIVER_MS), (1.5, 1.2 + 1.1 * np.arange(6)), (3.0, 1.2 + 1.5 * np.arange(8))],
    ids=["12 echoes", "6 echoes", "3 T"],
)
def test_fat_is_no_noise(
    field_tesla: float, te_ms: npt.NDArray[np.float64], time_ms: float, fat: float, n: int
) -> None:
    found = [pixel_noise(te_ms, with_fat(field_tesla, te_ms, time_ms, fat, seed, n)).sigma for seed in range(2)]
    assert np.mean(found) == pytest.approx(1.0, abs=0.08 + 0.4 / np.sqrt(n))


@pytest.mark.parametrize("n_coils", [1, 4, 16])
def test_fat_does_not_hide_the_number_of_coils(n_coils: int) -> None:
    noise = pixel_noise(LIVER_MS, with_fat(1.5, LIVER_MS, 2.0, 0.3, 1, n_coils=n_coils))
    assert n_coils in {noise.n_coils, *(rival.n_coils for rival in noise.rivals)}
