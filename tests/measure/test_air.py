"""Where the pixels do not tell the number of coils, the air around the body may; it never overrules them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.measure import measure
from ironreport.measure.air import air_of, sharpened, told_by_air
from ironreport.records import EchoSeries, PixelSummary, Region, Technique
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.pixel_noise import Air, pixel_noise
from ironreport.units import rate_per_s

Floats = npt.NDArray[np.float64]
TE_MS = 0.95 + 0.7 * np.arange(12)
SIDE = 40
REGION = Region("ellipse", 20.0, 20.0, 9.0, 9.0)
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
BODY = np.hypot(ROWS - 20, COLUMNS - 20) < 13


def images_of(time_ms: float, n_coils: int, seed: int, snr: float = 30.0) -> Floats:
    """A body of one tissue in air, sigma 1, shape (1, n_echoes, SIDE, SIDE)."""
    rng = np.random.default_rng(seed)
    clean = snr * np.exp(-TE_MS / time_ms)[:, None, None] * BODY
    rest = rng.chisquare(2 * n_coils - 1, clean.shape)
    return np.asarray(np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rest))[None]


def series_of(images: Floats) -> EchoSeries:
    return EchoSeries(
        key="made", label="made", images=images, contrast="T2*", field_tesla=1.5, pixel_spacing_mm=(2.0, 2.0),
        slice_positions_mm=(0.0,), technique=Technique(), patient_key="made", study_key="made",
        te_ms=tuple(TE_MS.tolist()),
    )  # fmt: skip


def summary_of(images: Floats) -> PixelSummary:
    summary = measure(series_of(images), REGION, "liver").pixels
    assert summary is not None
    return summary


def by_pixels(images: Floats) -> PixelSummary:
    """What the pixels say alone."""
    masked = np.where(BODY, images, 0.0)
    return summary_of(masked)


@pytest.mark.parametrize("n_coils", [1, 2, 4, 8, 16, 32])
def test_air_tells_its_number_of_coils_and_its_power(n_coils: int) -> None:
    air = air_of(images_of(5.0, n_coils, 1))
    assert air is not None
    assert air.n_coils == pytest.approx(n_coils, rel=0.15)
    assert air.power == pytest.approx(2.0 * n_coils, rel=0.1)


@pytest.mark.parametrize("n_coils", [8, 32])
def test_where_no_echo_comes_near_the_floor_the_air_brings_the_true_rate(n_coils: int) -> None:
    """Pixels alone read T2* of 12 ms up to 12 % too long."""
    made = [images_of(12.0, n_coils, seed) for seed in range(4)]
    rates = [fit_decay(measure(series_of(images), REGION, "liver")).rate.value for images in made]
    assert np.median(rates) == pytest.approx(rate_per_s(12.0), rel=0.015)
    assert all(summary_of(images).n_coils == n_coils for images in made)


def test_one_coil_in_the_air_takes_the_doubt_of_many_away() -> None:
    images = images_of(20.0, 1, 3)
    assert by_pixels(images).rivals and not summary_of(images).rivals
    fits = [fit_decay(measure(series_of(made), REGION, "liver")) for made in (images, np.where(BODY, images, 0.0))]
    widths = [np.log((fit.rate.high or 0.0) / (fit.rate.low or 1.0)) for fit in fits]
    assert widths[0] < widths[1]


def test_what_the_pixels_deny_the_air_cannot_bring_back() -> None:
    images = images_of(2.0, 8, 1)
    other = np.where(BODY, images, images_of(2.0, 1, 2))
    assert summary_of(other) == by_pixels(other)
    assert summary_of(other).n_coils == 8


@pytest.mark.parametrize("n_coils", [1, 8])
def test_air_of_other_noise_than_the_tissue_tells_nothing(n_coils: int) -> None:
    """Parallel imaging, filters and masks leave air whose power and scatter belong to no one number of coils."""
    images = images_of(12.0, 4, 4)
    louder = np.where(BODY, images, 1.5 * images_of(12.0, n_coils, 5))
    assert summary_of(louder) == by_pixels(images)


def test_without_air_there_is_none() -> None:
    images = images_of(5.0, 4, 6)
    assert air_of(np.where(BODY, images, 0.0)) is None
    assert air_of(np.full_like(images, 7.0)) is None
    falling = images * np.exp(-TE_MS / 5.0)[:, None, None]
    assert air_of(falling) is None
    assert air_of(images[:, :3]) is None  # 192 samples


@pytest.mark.parametrize(
    ("power", "shape", "agrees"),
    [
        (8.0, 4.0, True), (12.7, 4.0, True), (12.9, 4.0, False), (5.1, 4.0, True), (4.9, 4.0, False),
        (8.0, 6.3, True), (8.0, 6.5, False), (8.0, 2.6, True), (8.0, 2.4, False),
    ],
)  # fmt: skip
def test_scatter_and_power_must_both_agree_within_a_factor(power: float, shape: float, agrees: bool) -> None:
    assert Air(power, shape).agrees(4, 1.0) is agrees
    assert Air(9.0 * power, shape).agrees(4, 3.0) is agrees


@pytest.mark.parametrize(("seed", "is_heard"), [(4, True), (2, False)])  # denied by 17 and 22
def test_a_number_that_the_air_tells_is_denied_by_a_likelihood_of_twenty(seed: int, is_heard: bool) -> None:
    rng = np.random.default_rng(seed)
    clean = np.repeat(30.0 * np.exp(-TE_MS / 4.0)[:, None], 20, axis=1)
    pixels = np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rng.chisquare(15, clean.shape))

    def numbers(air: Air | None) -> set[int]:
        noise = pixel_noise(TE_MS, pixels, air=air)
        return {noise.n_coils, *(rival.n_coils for rival in noise.rivals)}

    alone = numbers(None)
    assert 1 not in alone
    assert numbers(Air(2.0, 1.1)) == (alone | {1} if is_heard else alone)
    assert numbers(Air(16.0, 8.0)) == alone, "the air agrees with one that the pixels leave open"
    assert numbers(Air(20.0, 1.1)) == alone, "its power is not that of one coil"


def test_a_region_whose_air_is_heard_is_read_by_its_number_alone() -> None:
    pixels = 7.0 * images_of(4.0, 8, 1)[0][:, BODY][:, :20].T
    by_one = summarise_pixels(TE_MS, pixels, n_coils=1)
    air = Air(2.0 * by_one.sigma**2, 1.1)
    heard = summarise_pixels(TE_MS, pixels, air=air)
    assert (heard.n_coils, summarise_pixels(TE_MS, pixels).rivals) == (8, ())
    assert told_by_air(heard, air) == by_one


@pytest.mark.parametrize(("n_coils", "deviations", "is_sharper"), [(8, 2.4, True), (8, 2.6, False), (1, 1.0, False)])
def test_sigma_of_several_coils_lies_midway_to_the_air_where_that_is_within_its_doubt(
    n_coils: int, deviations: float, is_sharper: bool
) -> None:
    pixels = images_of(5.0, n_coils, 7)[0][:, BODY][:, :60].T
    summary = replace(summarise_pixels(TE_MS, pixels, n_coils=n_coils), sigma=1.0, rivals=())
    by_air = math.exp(deviations / math.sqrt(2.0 * summary.n_kept * 10.0))
    found = sharpened(summary, Air(2.0 * n_coils * by_air**2, n_coils)).sigma
    assert found == pytest.approx(math.sqrt(by_air) if is_sharper else 1.0, rel=1e-5)
    assert sharpened(summary, Air(2.0 * n_coils * by_air**2, 1.7 * n_coils)) == summary, "its scatter is another's"
    assert sharpened(summary, None) == summary


def test_of_the_numbers_that_agree_the_one_used_stays_the_first() -> None:
    pixels = images_of(12.0, 4, 7)[0][:, BODY].T
    summary = replace(summarise_pixels(TE_MS, pixels), n_coils=16, sigma=1.0, rivals=((8, 1.0), (4, 1.0), (1, 1.0)))
    twelve = air_of(images_of(12.0, 12, 8))
    told = told_by_air(summary, twelve)
    assert (told.n_coils, told.rivals) == (16, ((8, 1.0),))
    assert told_by_air(replace(summary, rivals=()), twelve).rivals == ()
