"""R2* of every pixel of a series, with its doubt and the noise it rests on.

A map is for looking. The number that is reported comes from a region: its pixels are combined before the fit, and
never from the pixels of a map after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, binary_fill_holes, binary_opening

from ironreport.measure.map_noise import MapNoise, best_noise
from ironreport.records import EchoSeries, PixelFits
from ironreport.relaxometry.mapping import fit_map
from ironreport.units import TIME_OF_RATE, rate_per_s

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

LEAST_SIGNAL = 4.0
"""First echo in units of sigma sqrt(L) above which a pixel is fitted; of air, one pixel in 3000 is as bright."""

QUARTERS = (25.0, 50.0, 75.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IronMap:
    """Relaxation of every pixel of a series; arrays have the shape (n_slices, n_rows, n_columns).

    Parameters
    ----------
    series_key : str
        Fingerprint of the images.
    rate_quantity : str
        ``r2star_per_s`` of gradient echoes, ``r2_per_s`` of spin echoes.
    noise : MapNoise
        The noise the fits rest on, and where it was measured.
    fits : PixelFits
        Rates, their limits and whether they can be measured.
    body : ndarray of bool
        Pixels inside the body: those of them that are not measurable are shown as such.
    """

    series_key: str
    rate_quantity: str
    noise: MapNoise
    fits: PixelFits
    body: Mask

    def __repr__(self) -> str:
        return f"IronMap({self.rate_quantity}, {self.fits!r})"

    @property
    def time_quantity(self) -> str:
        """``t2star_ms`` or ``t2_ms``."""
        return TIME_OF_RATE[self.rate_quantity]

    @property
    def rates_per_s(self) -> Floats:
        """R2* [s^-1], nan where it cannot be measured."""
        return np.where(self.fits.measurable, self.fits.r2star_per_s, np.nan).astype(np.float32)

    @property
    def times_ms(self) -> Floats:
        """T2* [ms], nan where it cannot be measured."""
        return np.asarray(rate_per_s(1.0) / self.rates_per_s, dtype=np.float32)

    @property
    def unmeasurable(self) -> Mask:
        """Pixels of the body that hold no measurable decay."""
        return np.asarray(self.body & ~self.fits.measurable, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class PixelSpread:
    """Median and quartiles of R2* of single pixels [s^-1] in a region, and the share that cannot be measured.

    Pixels whose signal is gone too early count as faster than all others, so that leaving them out does not make
    heavy iron look lighter; a quartile that falls among them is None.
    """

    n_pixels: int
    low_per_s: float | None
    median_per_s: float | None
    high_per_s: float | None
    unmeasurable: float


def iron_map(
    series: EchoSeries,
    noise: MapNoise | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> IronMap:
    """The map of all slices of a series.

    Parameters
    ----------
    series : EchoSeries
    noise : MapNoise, optional
        As `best_noise` finds it where not given.
    progress, cancelled : callable, optional
        As of `fit_map`.

    Raises
    ------
    FitError
        As `best_noise` and `fit_map` do; ``CANCELLED`` where it was given up.
    """
    noise = noise or best_noise(series)
    bright = np.asarray(series.images[:, 0] > LEAST_SIGNAL * noise.sigma * np.sqrt(noise.n_coils), dtype=np.bool_)
    body = _body(bright)
    fits = fit_map(
        np.array(series.te_ms), np.asarray(series.images), noise.sigma, n_coils=noise.n_coils, mask=bright & body,
        progress=progress, cancelled=cancelled,
    )  # fmt: skip
    return IronMap(series.key, "r2_per_s" if series.contrast == "T2" else "r2star_per_s", noise, fits, body)


def r2star_map(series: EchoSeries, noise: MapNoise | None = None) -> Floats:
    """R2* (R2 of spin echoes) of all pixels [s^-1], shape (n_slices, n_rows, n_columns), nan where not measurable."""
    return iron_map(series, noise).rates_per_s


def _body(bright: Mask) -> Mask:
    """The body with its dark inside, and without specks of noise around it."""
    cross = np.array([[False, True, False], [True, True, True], [False, True, False]])[None]
    solid = bright & binary_dilation(binary_opening(bright, cross), cross)
    return np.array([binary_fill_holes(one) for one in solid], dtype=np.bool_).reshape(bright.shape)


def spread_in(one: IronMap, slice_index: int, inside: Mask) -> PixelSpread:
    """Median, quartiles and unmeasurable share of the pixels of a region, shape (n_rows, n_columns)."""
    rates = one.fits.r2star_per_s[slice_index][inside].astype(np.float64)
    seen = one.fits.measurable[slice_index][inside]
    no_decay = np.isfinite(one.fits.ci_high_per_s[slice_index][inside])
    ranked = np.where(seen, rates, np.where(no_decay, -np.inf, np.inf))
    quartiles = np.percentile(ranked, QUARTERS, method="inverted_cdf") if len(ranked) else [np.nan] * 3
    low, median, high = (float(q) if np.isfinite(q) else None for q in quartiles)
    return PixelSpread(len(ranked), low, median, high, float(np.mean(~seen)) if len(ranked) else 1.0)
