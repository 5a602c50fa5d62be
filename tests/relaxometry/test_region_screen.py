"""The screen for vessels can be seen and switched off."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.relaxometry.region import fit_region, kept_pixels, summarise_pixels

TE_MS = 0.93 + 1.34 * np.arange(12)


def with_vessels(share: float, seed: int = 1) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Magnitudes of sigma 1 of tissue with 500 s^-1, and which pixels are vessels of 30 s^-1."""
    rng = np.random.default_rng(seed)
    vessel = rng.random(300) < share
    clean = 50.0 * np.exp(-np.outer(np.where(vessel, 30.0, 500.0), TE_MS) / 1000.0)
    return np.hypot(clean + rng.standard_normal(clean.shape), rng.standard_normal(clean.shape)), vessel


def test_kept_pixels_are_the_very_pixels_that_are_summarised() -> None:
    pixels, vessel = with_vessels(0.15)
    kept = kept_pixels(pixels)
    assert not kept[vessel].any()
    assert np.count_nonzero(kept) == summarise_pixels(TE_MS, pixels).n_kept


def test_kept_pixels_stand_in_the_order_they_came() -> None:
    pixels, _ = with_vessels(0.15)
    order = np.random.default_rng(2).permutation(len(pixels))
    assert np.array_equal(kept_pixels(pixels[order]), kept_pixels(pixels)[order])


def test_pixels_without_signal_are_never_kept() -> None:
    pixels, _ = with_vessels(0.0)
    pixels[[3, 40]] = 0.0
    assert not kept_pixels(pixels)[[3, 40]].any()
    assert summarise_pixels(TE_MS, pixels, screened=False).n_kept == len(pixels) - 2
    assert not kept_pixels(np.zeros((6, 12))).any()


def test_without_the_screen_vessels_count() -> None:
    pixels, vessel = with_vessels(0.4)
    summary = summarise_pixels(TE_MS, pixels, screened=False)
    assert summary.n_kept == summary.n_pixels == len(vessel)
    assert not any(caution.code == "PIXELS_SCREENED" for caution in summary.cautions)
    screened, unscreened = (fit_region(TE_MS, pixels, screened=s).r2star_per_s for s in (True, False))
    assert screened == pytest.approx(500.0, rel=0.02)
    assert unscreened < 0.95 * screened
