"""Values that no magnitude of a tissue takes: cut off at a largest one, or starting anew as an angle does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.intake.impossible import has_plateau, wraps_round
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


@given(st.integers(9, 200), st.floats(0.2, 40.0), st.integers(0, 2**32 - 1))
def test_rounded_noise_is_hardly_ever_clipped(n_pixels: int, sd: float, seed: int) -> None:
    values = np.round(np.random.default_rng(seed).normal(300.0, sd, (n_pixels, 6)) * np.exp(-np.arange(6) / 4.0))
    assert not has_plateau(values)


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


def slice_of(pixels: np.ndarray, n_rows: int = 60) -> np.ndarray:
    """A slice with these pixels in its first rows, and tissue around them, shape (n_echoes, n_rows, 100)."""
    whole = falling(n_rows * 100, pixels.shape[1])
    whole[: len(pixels)] = pixels
    return whole.T.reshape(-1, n_rows, 100).astype(np.float32)


TISSUE = slice_of(falling())


def test_two_of_a_hundred_pixels_that_rise_from_dark_to_bright_are_phase() -> None:
    assert wraps_round(risen(2), TISSUE)
    assert not wraps_round(risen(1), TISSUE), "one may be a spike"
    assert not wraps_round(risen(1, n_pixels=20), TISSUE)
    assert not wraps_round(risen(3, n_pixels=200), TISSUE), "three of 200 are fewer than a fiftieth"


def test_dark_is_a_tenth_of_the_brightest_signal_and_bright_four_fifths() -> None:
    assert not wraps_round(risen(5, dark=20.0), TISSUE)
    assert not wraps_round(risen(5, bright=160.0), TISSUE)


def test_one_in_a_thousand_steps_of_a_slice_that_rise_so_are_phase() -> None:
    """Two steps in each of 6,000 pixels."""
    assert wraps_round(falling(), slice_of(risen(12)))
    assert not wraps_round(falling(), slice_of(risen(11)))
    assert not wraps_round(falling(), slice_of(risen(9), n_rows=10)), "nine may be pulsation"
    assert wraps_round(falling(), slice_of(risen(10), n_rows=10))


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
