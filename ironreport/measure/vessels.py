"""What the screen for vessels leaves out of a region, and what that does to its T2*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.intake import region_mask, region_pixels
from ironreport.records import DecayFit, DecaySignal, EchoSeries, Region, RegionFit
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.region import fit_region, kept_pixels

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Exclusion:
    """One region read three ways, and the pixels between the first and the others.

    Parameters
    ----------
    drawn, left_out : ndarray of bool, shape (n_rows, n_columns)
        Pixels of the region, and those unlike the rest: vessels, bile ducts, artefacts.
    screened, unscreened : RegionFit or None
        Median curve of the kept pixels, and of all pixels; None where there is no fit.
    mean_curve : DecayFit or None
        One exponential through the plain mean of all pixels.
    """

    drawn: Mask
    left_out: Mask
    screened: RegionFit | None
    unscreened: RegionFit | None
    mean_curve: DecayFit | None

    @property
    def share(self) -> float:
        """Share of the drawn pixels that is left out."""
        return float(np.count_nonzero(self.left_out)) / max(int(np.count_nonzero(self.drawn)), 1)


def exclusion(series: EchoSeries, region: Region) -> Exclusion:
    """Pixels that the screen leaves out of a region, and its relaxation with and without them.

    Raises
    ------
    IntakeError
        As `region_pixels` does.
    FitError
        Where the pixels are no magnitudes, or too few.
    """
    pixels = region_pixels(series, region)
    drawn = region_mask(region, (series.images.shape[2], series.images.shape[3]))
    left_out = np.zeros_like(drawn)
    left_out[drawn] = ~kept_pixels(pixels)
    mean = DecaySignal("", series.te_ms, tuple(pixels.mean(axis=0).tolist()), series.contrast, series.field_tesla)
    return Exclusion(drawn, left_out, _fit(series, pixels, True), _fit(series, pixels, False), _mean_fit(mean))


def _fit(series: EchoSeries, pixels: npt.NDArray[np.float64], screened: bool) -> RegionFit | None:
    try:
        return fit_region(series.te_ms, pixels, screened=screened)
    except FitError:
        return None


def _mean_fit(signal: DecaySignal) -> DecayFit | None:
    try:
        return fit_decay(signal, "mono")
    except FitError:
        return None
