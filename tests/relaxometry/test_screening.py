"""Vessels and artefacts are taken out of a region, tissue stays in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.records import DecaySignal
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.screening import brightness, masked_median, n_falling_faster, tissue, unrounded

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


# ------------------------------------------------------------------------------------ coarse whole numbers


def whole_numbers(n_values: int, first: float = 0.0) -> npt.NDArray[np.float64]:
    """One echo of pixels at even steps of 3, each value twice, shape (1, n_pixels)."""
    return 3.0 * np.repeat(np.arange(n_values) + first, 2)[np.newaxis]


@pytest.mark.parametrize(("n_values", "coarse"), [(20, True), (22, False)])
def test_whole_numbers_are_coarse_where_half_the_pixels_lie_within_ten_steps(n_values: int, coarse: bool) -> None:
    echo = whole_numbers(n_values)
    assert np.array_equal(unrounded(echo), echo) != coarse


def test_a_coarse_number_is_drawn_anew_within_half_a_step_and_never_below_zero() -> None:
    echo = whole_numbers(8)
    drawn = unrounded(echo)
    assert np.all(np.abs(drawn - echo) <= 1.5) and np.all(drawn >= 0.0)
    assert len(np.unique(drawn)) == drawn.size
    assert np.array_equal(unrounded(echo), drawn)


@pytest.mark.parametrize(("off", "whole"), [(0.008, True), (0.012, False)])
def test_signals_within_a_hundredth_of_a_step_are_whole_numbers(off: float, whole: bool) -> None:
    echo = whole_numbers(8)
    echo[0, -1] += 3.0 * off
    echo[0, -2] += 3.0 * off
    assert np.array_equal(unrounded(echo), echo) != whole


@pytest.mark.parametrize(("n_steps", "coarse"), [(9, True), (10, False)])
def test_whole_numbers_are_fine_from_ten_steps_between_their_quarters_on(n_steps: int, coarse: bool) -> None:
    """Medians then step by a tenth of the spread or less, which no noise of a region shows."""
    echo = np.repeat([0.0, 1.0, n_steps + 1.0, n_steps + 2.0], [1, 8, 8, 1])[np.newaxis]
    assert np.array_equal(unrounded(echo), echo) != coarse


def test_pixels_of_one_feature_fall_as_fast_as_each_other() -> None:
    assert n_falling_faster(np.array([[1.0, 2.0, 9.0]]), np.array([True, True, False])) == 0


def test_signals_of_which_no_two_are_equal_are_not_rounded() -> None:
    echo = np.arange(8.0)[np.newaxis]
    assert np.array_equal(unrounded(echo), echo)


def test_an_echo_of_fine_steps_keeps_its_numbers_beside_a_coarse_one() -> None:
    echoes = np.concatenate([np.repeat(np.arange(40.0), 2)[np.newaxis], np.tile(np.arange(4.0), 20)[np.newaxis]])
    drawn = unrounded(echoes)
    assert np.array_equal(drawn[0], echoes[0]) and not np.array_equal(drawn[1], echoes[1])


def test_medians_of_whole_numbers_from_0_to_20_are_no_bad_echo() -> None:
    """Rounded, the same medians step by half of their noise, and an echo passes for a bad one in all regions."""
    rng, te_ms, flagged = np.random.default_rng(5), 0.95 + 0.7 * np.arange(12), 0
    for _ in range(12):
        clean = 44.2 * np.exp(-te_ms / 1.2)
        pixels = np.rint(np.hypot(clean + 1.1 * rng.standard_normal((60, 12)), 1.1 * rng.standard_normal((60, 12))))
        signal = DecaySignal(
            "liver", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=1.5,
            pixels=summarise_pixels(te_ms, pixels),
        )  # fmt: skip
        fit = fit_decay(signal)
        flagged += any(caution.blocks_grade for caution in fit.cautions)
        assert fit.rate.low is not None and fit.rate.high is not None
        assert fit.rate.low < 1000.0 / 1.2 * 1.05 and fit.rate.high > 1000.0 / 1.2 * 0.95
    assert flagged <= 3
