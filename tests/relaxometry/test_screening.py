"""Vessels and artefacts are taken out of a region, tissue stays in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.relaxometry.screening import brightness, masked_median, tissue

TE_MS = 0.93 + 1.34 * np.arange(12)


def noisy(r2star_per_s: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    clean = 50.0 * np.exp(-np.outer(TE_MS, r2star_per_s) / 1000.0)
    return np.hypot(clean + rng.standard_normal(clean.shape), rng.standard_normal(clean.shape))


def test_an_even_region_loses_few_pixels() -> None:
    lost = [1.0 - tissue(brightness(noisy(np.full(100, 300.0), seed))).mean() for seed in range(20)]
    assert np.mean(lost) < 0.04 and max(lost) < 0.12


def test_vessels_are_found_in_dark_tissue() -> None:
    rates = np.where(np.arange(100) % 10 == 0, 30.0, 500.0)
    kept = tissue(brightness(noisy(rates, 1)))
    assert not kept[rates == 30.0].any()
    assert kept[rates == 500.0].mean() > 0.9


@pytest.mark.parametrize("echo", [0, 4, 11])
def test_an_artefact_in_any_part_of_the_train_is_found(echo: int) -> None:
    pixels = noisy(np.full(60, 60.0), 2)
    pixels[echo, 7] *= 8.0
    assert not tissue(brightness(pixels))[7]


def test_the_median_ignores_what_was_screened() -> None:
    values = np.array([[1.0, 2.0, 3.0, 900.0], [4.0, 700.0, 5.0, 6.0]])
    kept = np.array([[True, True, True, False], [True, False, True, True]])
    assert masked_median(values, kept).tolist() == [2.0, 5.0]
    assert masked_median(values[:1], np.array([True, True, False, False])).tolist() == [1.5]


def test_regions_screened_side_by_side_are_screened_as_alone() -> None:
    features = brightness(noisy(np.where(np.arange(40) < 4, 30.0, 400.0), 3))
    drawn = np.random.default_rng(0).integers(40, size=(5, 40))
    together = tissue(features[:, drawn])
    assert all(np.array_equal(together[i], tissue(features[:, drawn[i]])) for i in range(5))


def test_the_screen_never_takes_most_of_a_region() -> None:
    rng = np.random.default_rng(4)
    for n_pixels in (5, 6, 7):
        features = rng.standard_normal((3, 500, n_pixels)) ** 5
        assert np.all(2 * tissue(features).sum(axis=-1) >= n_pixels)


def test_pixels_all_alike_or_zero_are_kept_without_a_warning() -> None:
    assert tissue(brightness(np.full((12, 9), 7.0))).all()
    assert tissue(brightness(np.zeros((3, 9)))).all()


@pytest.mark.parametrize(("n_echoes", "n_features"), [(2, 2), (3, 2), (6, 3), (12, 3)])
def test_short_trains_have_the_parts_they_have(n_echoes: int, n_features: int) -> None:
    assert brightness(np.ones((n_echoes, 4))).shape == (n_features, 4)
