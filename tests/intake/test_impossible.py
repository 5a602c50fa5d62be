"""Values that no magnitude of a tissue takes: cut off at a largest one, or starting anew as an angle does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.intake.impossible import growth_of_noise, has_plateau, wraps_round
from ironreport.intake.regions import region_signal
from ironreport.records import EchoSeries, Region, Technique


def plateau(share: float, low: float, n_pixels: int = 100) -> bool:
    """Whether pixels are clipped of which a share stands at 100, and six below at ``low``, the rest one step below."""
    first = np.full(n_pixels, 99.0)
    first[: round(share * n_pixels)] = 100.0
    first[-6:] = low
    return has_plateau(np.stack([first, np.linspace(10.0, 40.0, n_pixels).round()], axis=1))


def test_values_are_clipped_where_a_fifth_stands_at_the_top_and_others_three_steps_below() -> None:
    assert plateau(0.20, 97.0)
    assert not plateau(0.19, 97.0)
    assert not plateau(0.20, 98.0)
    assert plateau(0.25, 97.0, n_pixels=24)
    assert not plateau(0.25, 97.0, n_pixels=20), "five pixels may be chance"


def test_an_echo_without_noise_beside_one_with_noise_is_clipped() -> None:
    """Three echoes, two of them cut off in every pixel: T2* 3.9 ms read 57 ms, normal."""
    scattered = np.array([318.0, 318.0, 318.0, 312.0, 309.0, 305.0, 300.0, 297.0, 296.0, 290.0])
    wholly = np.full(10, 318.0)
    assert has_plateau(np.stack([wholly, wholly, scattered], axis=1))
    assert not has_plateau(np.stack([wholly, np.full(10, 310.0), np.full(10, 305.0)], axis=1))
    assert not has_plateau(np.stack([wholly, wholly - 5.0, np.where(scattered > 309.0, 300.0, 299.0)], axis=1))


def test_an_echo_of_which_a_few_pixels_escape_the_edge_is_clipped_too() -> None:
    """Three echoes, of the first one pixel of 74 left whole: T2* 14 ms read 21 ms, normal."""
    scattered = np.round(np.linspace(690.0, 740.0, 100))

    def escaped(n_below: int, depth: float = 2.0) -> np.ndarray:
        first = np.full(100, 782.0)
        first[:n_below] -= depth
        return np.stack([first, scattered, scattered - 60.0], axis=1)

    assert has_plateau(escaped(1))
    assert has_plateau(escaped(5))
    assert not has_plateau(escaped(6)), "what lies two steps below a full bin may be noise"
    assert has_plateau(escaped(6, depth=3.0))


@pytest.mark.parametrize(
    ("n_pixels", "sd", "most"), [(20, 0.3, 0), (20, 1.2, 25), (20, 4.0, 1), (100, 1.2, 0), (100, 40.0, 0)]
)
def test_rounded_noise_is_hardly_ever_clipped(n_pixels: int, sd: float, most: int) -> None:
    """Of 500 regions; small ones whose noise is about one step are taken for clipped now and then."""
    decay = np.exp(-np.arange(6) / 4.0)
    drawn = np.random.default_rng(n_pixels).normal(300.0, sd, (500, n_pixels, 6))
    assert sum(has_plateau(values) for values in np.round(drawn * decay)) <= most


def test_values_without_noise_are_not_clipped() -> None:
    assert not has_plateau(np.ones((50, 4)) * [80.0, 60.0, 40.0, 20.0])
    assert not has_plateau(np.full((50, 4), 7.0))


# ------------------------------------------------------------------------------------------ phase


def falling(n_pixels: int = 100, n_echoes: int = 3) -> np.ndarray:
    """Signals of pixels that fall from 100 to 60, the brightest of them 200."""
    values = np.tile(np.linspace(100.0, 60.0, n_echoes), (n_pixels, 1))
    values[-1] = 200.0
    return values


def risen(n_risen: int, n_pixels: int = 100, dark: float = 19.0, bright: float = 161.0) -> np.ndarray:
    """The same with pixels that rise at the second echo."""
    values = falling(n_pixels)
    values[:n_risen, 0], values[:n_risen, 1] = dark, bright
    return values


def slice_with_corners(spread: float, n_wide: int, n_echoes: int = 3) -> np.ndarray:
    """A slice of 48 x 48 whose brightest tissue is 100, with corners of 6 x 6 of which some vary by ``spread``."""
    images = np.full((n_echoes, 48, 48), 100.0)
    corners = [(rows, columns) for rows in (slice(0, 6), slice(-6, None)) for columns in (slice(0, 6), slice(-6, None))]
    for i, (rows, columns) in enumerate(corners):
        images[:, rows, columns] = 40.0 + (spread if i < n_wide else 1.0) * (-1.0) ** np.arange(6)
    return images.astype(np.float32)


TISSUE = slice_with_corners(1.0, 4)


@pytest.mark.parametrize(
    ("n_risen", "n_pixels", "is_phase"),
    [(5, 100, True), (4, 100, False), (3, 40, True), (2, 40, False), (10, 200, True), (9, 200, False)],
)
def test_pixels_that_rise_from_dark_to_bright_are_phase(n_risen: int, n_pixels: int, is_phase: bool) -> None:
    """One pixel of twenty, three or more: one or two may be spikes."""
    assert wraps_round(risen(n_risen, n_pixels), TISSUE) is is_phase


def test_a_pixel_that_rises_again_and_again_is_one() -> None:
    values = falling(100, n_echoes=8)
    values[:4, 0::2], values[:4, 1::2] = 19.0, 161.0
    assert not wraps_round(values, np.repeat(TISSUE[:1], 8, axis=0))


def test_dark_is_a_tenth_of_the_brightest_signal_and_bright_four_fifths() -> None:
    assert not wraps_round(risen(6, dark=20.0), TISSUE)
    assert not wraps_round(risen(6, bright=160.0), TISSUE)


@pytest.mark.parametrize(("n_risen", "is_phase"), [(50, True), (51, False)])
def test_where_most_pixels_rise_at_one_echo_it_is_fat_in_phase(n_risen: int, is_phase: bool) -> None:
    assert wraps_round(risen(n_risen), TISSUE) is is_phase


@pytest.mark.parametrize(("spread", "n_wide", "is_phase"), [(23.0, 3, True), (21.0, 4, False), (23.0, 2, False)])
def test_three_corners_of_any_value_are_the_air_of_phase(spread: float, n_wide: int, is_phase: bool) -> None:
    assert wraps_round(falling(), slice_with_corners(spread, n_wide)) is is_phase


def test_a_corner_is_an_eighth_of_the_slice() -> None:
    images = slice_with_corners(1.0, 4)
    for columns in (slice(4, 6), slice(-6, -4)):
        images[:, :6, columns] = images[:, -6:, columns] = [[0.0, 90.0]] * 6
    assert wraps_round(falling(), images)


def test_corners_that_fade_from_echo_to_echo_are_tissue() -> None:
    images = slice_with_corners(1.0, 4, n_echoes=8) * np.exp(-np.arange(8.0))[:, np.newaxis, np.newaxis]
    assert not wraps_round(falling(100, 8), images.astype(np.float32))


def body(n_echoes: int = 8, side: int = 96) -> np.ndarray:
    """A round body of T2* 30 ms with a bright rim in air, without noise."""
    row, column = np.meshgrid(*[np.linspace(-1.0, 1.0, side)] * 2, indexing="ij")
    radius = np.hypot(row, column / 0.8)
    still = np.where(radius < 0.8, 700.0, 0.0) + np.where((radius > 0.7) & (radius < 0.8), 300.0, 0.0)
    return still * np.exp(-(2.0 + 2.2 * np.arange(n_echoes)) / 30.0)[:, np.newaxis, np.newaxis]


def imaged(clean: np.ndarray, seed: int = 1) -> np.ndarray:
    real, imaginary = np.random.default_rng(seed).normal(0.0, 12.0, (2, *clean.shape))
    return np.hypot(clean + real, imaginary).astype(np.float32)


def is_phase(images: np.ndarray) -> bool:
    return wraps_round(images[:, 44:54, 44:54].reshape(len(images), -1).T.astype(np.float64), images)


@pytest.mark.parametrize("shifts", [(3, 0, 0, 0, 0, 0, 0, 0), (0, 1, 0, 1, 0, 1, 0, 1), (0, 2, -1, 3, 0, -2, 1, 0)])
def test_a_body_that_moves_between_two_echoes_is_no_phase(shifts: tuple[int, ...]) -> None:
    moved = np.array([np.roll(echo, shift, axis=0) for echo, shift in zip(body(), shifts, strict=True)])
    assert not is_phase(imaged(moved))


def test_marrow_of_half_fat_in_and_out_of_phase_and_a_flashing_vessel_are_no_phase() -> None:
    clean = body()
    clean[0::2, 70:84, 40:60] *= 0.03
    clean[1::2, 30:34, 30:34] = 2000.0
    assert not is_phase(imaged(clean))


def masked(images: np.ndarray, clean: np.ndarray) -> np.ndarray:
    return np.where((clean > 0.0).any(axis=0), images, 0.0).astype(np.float32)


def phase_of_a_body(turns_per_row: float, turns_per_echo: float, side: int = 96) -> np.ndarray:
    """Phase from 1 to 1000 that runs over the rows of a round body and from echo to echo; the air is masked."""
    echoes, rows = np.arange(8)[:, np.newaxis, np.newaxis], np.arange(side)[:, np.newaxis]
    turns = np.broadcast_to(0.05 + turns_per_row * rows + turns_per_echo * echoes, (8, side, side))
    return masked(1.0 + 999.0 * (turns % 1.0), body())


def test_lines_along_which_a_turn_ends_tell_phase_whose_air_is_masked() -> None:
    assert wraps_round(falling(100, 8), phase_of_a_body(0.03, -0.02))
    assert not wraps_round(falling(100, 8), phase_of_a_body(0.03, 0.0)), "what stands still may be a border"
    assert not wraps_round(falling(100, 8), phase_of_a_body(0.0, -0.02)), "what rises all at once may be fat in phase"


@pytest.mark.parametrize(
    ("turns_per_echo", "turns_per_row", "is_phase"),
    [(-0.009, 0.03, True), (-0.0085, 0.03, False), (-0.06, 0.013, True), (-0.06, 0.012, False)],
)
def test_one_step_in_a_hundred_rises_and_one_pair_in_two_hundred_jumps_in_masked_phase(
    turns_per_echo: float, turns_per_row: float, is_phase: bool
) -> None:
    assert wraps_round(falling(100, 8), phase_of_a_body(turns_per_row, turns_per_echo)) is is_phase


@pytest.mark.parametrize(("share", "told"), [(0.11, True), (0.09, False)])
def test_a_slice_is_masked_from_a_tenth_of_its_pixels_on(share: float, told: bool) -> None:
    echoes, rows = np.arange(8)[:, np.newaxis, np.newaxis], np.arange(100)[:, np.newaxis]
    turns = np.broadcast_to(0.05 + 0.03 * rows - 0.02 * echoes, (8, 100, 100))
    images = (1.0 + 999.0 * (turns % 1.0)).astype(np.float32)
    images[:, :, : round(100 * share)] = 0.0
    assert wraps_round(falling(100, 8), images) is told


@pytest.mark.parametrize("shift", [0, 3])
def test_a_masked_body_that_moves_with_marrow_and_gas_beside_fat_is_no_phase(shift: int) -> None:
    clean = body()
    clean[0::2, 70:84, 40:60] *= 0.03
    clean[:, 60:70, 30:40] = 0.5
    clean[:, 58:60, 30:40] *= 1.5
    moved = np.array([np.roll(echo, shift * (i % 2), axis=0) for i, echo in enumerate(clean)])
    assert not is_phase(masked(imaged(moved), clean))


@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_what_is_no_number_beside_the_region_is_passed_by(odd: float) -> None:
    images = imaged(body())
    images[:, :7] = odd
    assert not is_phase(images)
    assert growth_of_noise(images) is None


@given(st.floats(5.0, 100.0), st.floats(1.0, 40.0), st.integers(0, 2**32 - 1))
def test_magnitudes_of_tissue_and_air_are_never_phase(snr: float, t2star_ms: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clean = np.zeros((12, 48, 48))
    clean[:, 12:36, 12:36] = np.exp(-np.arange(1.0, 13.0) / t2star_ms)[:, np.newaxis, np.newaxis]
    real, imaginary = rng.normal(0.0, clean.max() / snr, (2, *clean.shape))
    images = np.hypot(clean + real, imaginary).astype(np.float32)
    assert not wraps_round(images[:, 18:30, 18:30].reshape(12, -1).T.astype(np.float64), images)


@pytest.mark.parametrize("turns_per_echo", [-0.05, -0.01])
def test_a_region_over_phase_that_falls_like_a_decay_has_no_class(turns_per_echo: float) -> None:
    """Its own pixels do not start anew, those around it do: five echoes of a liver read 14 ms, normal."""
    rng = np.random.default_rng(5)
    echoes = np.arange(5.0)[:, np.newaxis, np.newaxis]
    body = (0.9 + turns_per_echo * echoes + np.zeros((1, 40, 40))) * 4095.0
    around = rng.uniform(0.0, 4095.0, (5, 40, 40))
    inside = np.zeros((40, 40), dtype=bool)
    inside[12:28, 12:28] = True
    images = np.where(inside, body + rng.normal(0.0, 20.0, body.shape), around).round().astype(np.float32)
    series = EchoSeries(
        key="", label="1", images=images[None], contrast="T2*", field_tesla=1.5, pixel_spacing_mm=None,
        slice_positions_mm=(0.0,), technique=Technique(), patient_key="", study_key="", te_ms=(1.0, 2.0, 3.0, 4.0, 5.0),
    )  # fmt: skip
    signal = region_signal(series, Region("rectangle", 20, 20, 10, 10), "liver")
    assert ("PHASE_LIKE", True) in {(c.code, c.blocks_grade) for c in signal.cautions}


# ------------------------------------------------------------------------------------------ noise that grows

N_DARK = 450
"""Pixels of air of the slice below, 15 % of 3,000."""


def slice_with_air(growth: float, level: float = 40.0, n_dark: int = N_DARK, n_echoes: int = 5) -> np.ndarray:
    """A slice whose darkest part grows evenly from ``level``, and whose tissue falls from 1000."""
    grows = level * growth ** np.linspace(0.0, 1.0, n_echoes)
    tissue = 1000.0 * 0.9 ** np.arange(n_echoes)
    n_tissue = round(n_dark / 0.15) - n_dark
    flat = np.concatenate([np.tile(grows, (n_dark, 1)), np.tile(tissue, (n_tissue, 1))])
    return flat.T.reshape(n_echoes, -1, 50).astype(np.float32)


@pytest.mark.parametrize(("growth", "is_named"), [(1.14, False), (1.16, True), (0.5, False)])
def test_air_that_grows_by_more_than_fifteen_hundredths_is_named(growth: float, is_named: bool) -> None:
    assert growth_of_noise(slice_with_air(growth)) == (pytest.approx(growth, rel=1e-4) if is_named else None)


@pytest.mark.parametrize(("echo", "times"), [(0, 0.7), (0, 0.05), (2, 1.5), (4, 1.5)])
@pytest.mark.parametrize("n_echoes", [5, 8])
def test_one_echo_scaled_otherwise_is_no_growth(echo: int, times: float, n_echoes: int) -> None:
    images = slice_with_air(1.0, n_echoes=n_echoes)
    images[echo] *= times
    assert growth_of_noise(images) is None


@pytest.mark.parametrize(("level", "is_named"), [(199.0, True), (201.0, False)])
def test_what_is_brighter_than_a_fifth_of_the_tissue_is_no_air(level: float, is_named: bool) -> None:
    assert (growth_of_noise(slice_with_air(1.2, level)) is not None) is is_named


@pytest.mark.parametrize(("n_dark", "is_named"), [(390, False), (405, True)])
def test_fewer_than_four_hundred_pixels_of_air_tell_nothing(n_dark: int, is_named: bool) -> None:
    assert (growth_of_noise(slice_with_air(1.3, n_dark=n_dark)) is not None) is is_named


@pytest.mark.parametrize(("n_bright", "is_named"), [(1, False), (15, True)])
def test_one_pixel_in_a_thousand_may_be_bright_without_being_tissue(n_bright: int, is_named: bool) -> None:
    """Of 3,000 pixels of air: fifteen are an organ, one is a spike."""
    images = np.tile(40.0 * np.linspace(1.0, 1.3, 5)[:, np.newaxis, np.newaxis], (1, 60, 50)).astype(np.float32)
    images[:, 0, :n_bright] = 1000.0
    assert (growth_of_noise(images) is not None) is is_named


def test_masked_pixels_are_not_air() -> None:
    images = slice_with_air(1.3)
    images[:, :9] = 0.0
    assert growth_of_noise(images) is None


@pytest.mark.parametrize(("first", "is_named"), [(0, True), (1, False), (2, False)])
def test_of_forty_thousand_pixels_every_fourth_is_looked_at(first: int, is_named: bool) -> None:
    flat = np.tile(1000.0 * 0.9 ** np.arange(5), (40_000, 1))
    flat[first::8] = 40.0 * np.linspace(1.0, 1.3, 5)
    assert (growth_of_noise(flat.T.reshape(5, 200, 200).astype(np.float32)) is not None) is is_named


def test_images_scaled_each_by_itself_have_no_class_and_as_they_were_made_have_no_doubt() -> None:
    """T2* 7.6 ms read 30 ms, normal: each image was stretched to its own brightest pixel."""
    rng = np.random.default_rng(7)
    te_ms = tuple(2.0 + 1.4 * i for i in range(8))
    clean = np.zeros((8, 64, 64))
    clean[:, 16:48, 16:48] = 1000.0 * np.exp(-np.array(te_ms) / 7.6)[:, np.newaxis, np.newaxis]
    real, imaginary = rng.normal(0.0, 20.0, (2, *clean.shape))
    made = np.hypot(clean + real, imaginary)
    scaled = 1000.0 * made / np.quantile(made, 0.999, axis=(1, 2), keepdims=True)
    for images, is_doubted in ((made, False), (scaled, True)):
        series = EchoSeries(
            key="", label="1", images=images.round().astype(np.float32)[None], contrast="T2*", field_tesla=1.5,
            pixel_spacing_mm=None, slice_positions_mm=(0.0,), technique=Technique(), patient_key="", study_key="",
            te_ms=te_ms,
        )  # fmt: skip
        signal = region_signal(series, Region("rectangle", 32, 32, 12, 12), "heart")
        assert (("NOISE_GROWS", True) in {(c.code, c.blocks_grade) for c in signal.cautions}) is is_doubted
