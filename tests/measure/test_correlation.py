"""Filtered and interpolated images hold fewer pixels than they show, and their intervals say so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.measure.correlation import pixels_per_independent
from ironreport.relaxometry import fit_summary, summarise_pixels

Floats = npt.NDArray[np.float64]
TE_MS = 0.95 + 0.7 * np.arange(12)
SIDE = 10
PLACES = np.column_stack([np.zeros(SIDE**2, dtype=np.intp), *np.divmod(np.arange(SIDE**2), SIDE)])


def region(time_ms: float, seed: int, *, smooth: bool) -> Floats:
    """Magnitudes of SNR 40, shape (n_pixels, n_echoes); the noise smoothed along rows and columns or white."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, len(TE_MS), SIDE + 2, SIDE + 2))
    if smooth:
        for axis in (2, 3):
            noise = 0.25 * np.roll(noise, 1, axis) + 0.5 * noise + 0.25 * np.roll(noise, -1, axis)
    noise = noise[:, :, 1:-1, 1:-1].reshape(2, len(TE_MS), -1)
    noise /= noise.std()
    clean = 40.0 * np.exp(-TE_MS / time_ms)[:, np.newaxis]
    return np.hypot(clean + noise[0], noise[1]).T


def counted(pixels: Floats) -> float:
    return pixels_per_independent(TE_MS, pixels, PLACES)


@pytest.mark.parametrize("time_ms", [3.0, 12.0])
def test_white_noise_counts_every_pixel(time_ms: float) -> None:
    found = [pixels_per_independent(TE_MS, region(time_ms, seed, smooth=False), PLACES) for seed in range(6)]
    assert np.mean(found) < 1.1 and max(found) < 1.3


@pytest.mark.parametrize("time_ms", [3.0, 12.0])
def test_smoothed_noise_counts_fewer_pixels(time_ms: float) -> None:
    found = [pixels_per_independent(TE_MS, region(time_ms, seed, smooth=True), PLACES) for seed in range(6)]
    assert min(found) > 3.0


def test_pixels_of_different_regions_are_no_neighbours() -> None:
    apart = PLACES.copy()
    apart[:, 0] = np.arange(SIDE**2)
    assert pixels_per_independent(TE_MS, region(3.0, 1, smooth=True), apart) == 1.0


def test_shared_noise_widens_the_interval_and_says_so() -> None:
    pixels = region(3.0, 2, smooth=True)
    plain, placed = summarise_pixels(TE_MS, pixels), summarise_pixels(TE_MS, pixels, per_independent=counted(pixels))
    narrow, wide = fit_summary(TE_MS, plain), fit_summary(TE_MS, placed)
    assert wide.r2star_per_s == narrow.r2star_per_s
    assert wide.ci_low_per_s < narrow.ci_low_per_s and wide.ci_high_per_s > narrow.ci_high_per_s
    assert [c.code for c in placed.cautions] == ["PIXELS_CORRELATED"] and plain.cautions == ()


def test_places_change_nothing_where_the_noise_is_white() -> None:
    pixels = region(3.0, 3, smooth=False)
    plain, placed = summarise_pixels(TE_MS, pixels), summarise_pixels(TE_MS, pixels, per_independent=counted(pixels))
    assert placed.cautions == () and placed.curve == plain.curve and placed.sigma == plain.sigma
