"""The noise a map rests on: of the image corners, of a background region, or of the pixels about their own decays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from ironreport.errors import FitError
from ironreport.intake import region_pixels
from ironreport.intake.impossible import corners_of
from ironreport.records import EchoSeries, Region
from ironreport.relaxometry.noise_law import COIL_NUMBERS
from ironreport.relaxometry.pixel_noise import pixel_noise

NoiseSource = Literal["corners", "background", "residuals"]

CORNER_PART = 12
"""Side of a corner as a part of the image."""

MOST_ZEROS = 0.5
"""More zeros than numbers: the scanner masked the air, or rounded its noise away."""

NOISE_FALL = 1.25
"""First echo over last echo: noise alone does not fall, and a rim of tissue in a corner does."""

LOUDEST_CORNER = 1.5
"""Power of a corner over that of the quietest one; ghosts and flow make some corners loud."""

LIKE_ONE_LAW = 1.6
"""Noise of so many coils says their number twice, by its mean and by the scatter of its squares, alike within what
small corners scatter; ghosts, and noise that differs from place to place, have another scatter."""

LIKE_THE_TISSUE = 1.25
"""Corners count where their sigma is that of the tissue within a fourth, which tiles of even tissue keep within 15 %.
Parallel imaging makes the middle of a body up to twice as noisy as its corners, and a floor that is set too low turns
the end of a fast decay into a slow one."""

N_COMPARED, QUARTER = 12, 4
"""Tiles whose quieter fourth stands for the tissue where the corners are compared with it."""

TILE, MOST_TILES, FEWEST_TILE_ECHOES = 12, 40, 3
TILE_BRIGHTNESS, QUIET_PART = 0.2, 10
"""Tiles of 12 x 12 pixels whose darkest first echo has a fifth of the bright signal lie inside the body."""


@dataclass(frozen=True, slots=True)
class MapNoise:
    """SD of one pixel in one channel [unit of the images], the coils of its law, and where it was measured."""

    sigma: float
    n_coils: int
    source: NoiseSource
    words: str


def best_noise(series: EchoSeries, regions: Sequence[Region] = ()) -> MapNoise:
    """Noise of the image corners, or of the pixels' own decays where corners hold no noise or not that of the tissue.

    Raises
    ------
    FitError
        As `residual_noise` does.
    """
    try:
        corners = corner_noise(series)
    except FitError:
        return residual_noise(series, regions)
    tissue = _sigma_of_tissue(series, regions, corners.n_coils)
    if tissue is None or is_of_tissue(corners.sigma, tissue):
        return corners
    pixels = residual_noise(series, regions)  # of the quietest places: fat in few of them passes for noise
    if is_of_tissue(corners.sigma, pixels.sigma):
        return corners
    apart = f"the image corners say {corners.sigma:.3g}, which is not the noise of the tissue"
    return replace(pixels, words=f"{pixels.words}; {apart}")


def is_of_tissue(sigma: float, tissue: float) -> bool:
    """Whether the noise of the corners may be that of the tissue."""
    return max(tissue / sigma, sigma / tissue) <= LIKE_THE_TISSUE


def _sigma_of_tissue(series: EchoSeries, regions: Sequence[Region], n_coils: int) -> float | None:
    """Sigma of pixels about their own decays by a known number of coils, from a few places; None where unknown."""
    if series.n_echoes < FEWEST_TILE_ECHOES:
        return None
    places = [region_pixels(series, region).T for region in regions] or _tiles(series, N_COMPARED)
    found = sorted(pixel_noise(np.array(series.te_ms), p, n_coils=n_coils).sigma for p in places if p.any())
    return found[len(found) // QUARTER] if found else None


def corner_noise(series: EchoSeries) -> MapNoise:
    """Noise of the image corners that hold nothing else, over all slices and echoes.

    Raises
    ------
    FitError
        ``NO_AIR_IN_CORNERS`` or ``CORNERS_UNEVEN``.
    """
    quiet = quiet_corners(np.asarray(series.images))
    if not quiet:
        raise FitError(
            "NO_AIR_IN_CORNERS", "The corners of these images hold no plain noise: they are masked, or hold tissue.",
            "Take the noise from the pixels' own decays, or place a background region in air.",
        )  # fmt: skip
    side = quiet[0].shape[-1]
    words = f"image corners, {len(quiet)} of 4 ({side} x {side} pixels, all slices and echoes)"
    signals = np.concatenate([corner.reshape(-1) for corner in quiet])
    noise = _noise_of(signals, "corners", words)
    squares = np.square(signals, dtype=np.float64)
    by_scatter = float(squares.mean()) ** 2 / max(float(squares.var()), np.finfo(float).tiny)
    if not scatters_as_one_law(by_scatter, noise.n_coils):
        raise FitError(
            "CORNERS_UNEVEN", "The corners of these images scatter as no even noise does: ghosts, or a filter.",
            "Take the noise from the pixels' own decays, or place a background region in air.",
        )  # fmt: skip
    return noise


def scatters_as_one_law(by_scatter: float, n_coils: int) -> bool:
    """Whether noise whose mean tells a number of coils has squares that scatter as those of so many."""
    return 1.0 / LIKE_ONE_LAW < by_scatter / n_coils < LIKE_ONE_LAW


def quiet_corners(images: npt.NDArray[np.floating]) -> list[npt.NDArray[np.floating]]:
    """The corners of images, shape (n_slices, n_echoes, n_rows, n_columns), that hold noise and nothing louder."""
    air = [corner for corner in corners_of(images, CORNER_PART) if _is_air(corner)]
    power = [_power(corner) for corner in air]
    return [c for c, p in zip(air, power, strict=True) if p <= LOUDEST_CORNER * min(power)]


def background_noise(series: EchoSeries, region: Region) -> MapNoise:
    """Noise of a region placed in air, over all echoes of its slice.

    Raises
    ------
    FitError
        ``NO_AIR_IN_REGION``.
    IntakeError
        As `region_pixels` does.
    """
    pixels = region_pixels(series, region).T
    if not _is_air(pixels[None]):
        raise FitError(
            "NO_AIR_IN_REGION", "The background region holds no plain noise: its signal falls, or is mostly zero.",
            "Place it in air, away from ghosts, or take the noise from the pixels' own decays.",
        )  # fmt: skip
    words = f"background region of {pixels.shape[1]} pixels in slice {region.slice_index + 1}, all echoes"
    return _noise_of(pixels.reshape(-1), "background", words)


def residual_noise(series: EchoSeries, regions: Sequence[Region] = ()) -> MapNoise:
    """Noise from the scatter of pixels about their own decays: in the regions, else in tiles all over the body.

    The quietest tenth counts: fat, moving tissue and rims do not decay as one exponential, and look noisier.

    Raises
    ------
    FitError
        ``TOO_FEW_ECHOES`` or ``NO_BODY``.
    """
    if series.n_echoes < FEWEST_TILE_ECHOES:
        raise FitError(
            "TOO_FEW_ECHOES", f"The noise of pixels cannot be told from {series.n_echoes} echoes.",
            "Take it from the image corners or from a background region.",
        )  # fmt: skip
    pixels = [region_pixels(series, region).T for region in regions] or _tiles(series)
    found = [pixel_noise(np.array(series.te_ms), p) for p in pixels if p.any()]
    if not found:
        raise FitError("NO_BODY", "The images hold no even tissue to measure noise in.", "Place a background region.")
    quiet = sorted(found, key=lambda noise: noise.sigma)[len(found) // QUIET_PART]
    place = "regions of the exam" if regions else f"the quietest tenth of {len(found)} tiles inside the body"
    return MapNoise(quiet.sigma, quiet.n_coils, "residuals", f"scatter of pixels about their own decays, {place}")


def _is_air(signals: npt.NDArray[np.floating]) -> bool:
    """Whether magnitudes, shape (n_slices, n_echoes, ...), are noise: neither masked nor falling."""
    if not np.isfinite(signals).all() or np.mean(signals == 0.0) > MOST_ZEROS:
        return False
    return bool(signals[:, 0].mean() <= NOISE_FALL * signals[:, -1].mean())


def _power(signals: npt.NDArray[np.floating]) -> float:
    return float(np.mean(signals.astype(np.float64) ** 2))


def _noise_of(signals: npt.NDArray[np.floating], source: NoiseSource, words: str) -> MapNoise:
    """Sigma from the power 2 L sigma^2 of noise alone; L from the square of its mean over its power.

    That ratio is (Gamma(L + 1/2) / Gamma(L))^2 / L: 0.785 of Rayleigh noise, closer to 1 with more coils.
    """
    power = _power(signals)
    ratio = float(signals.mean(dtype=np.float64)) ** 2 / power

    def misfit(n_coils: int) -> float:
        return abs(float(np.exp(2.0 * (gammaln(n_coils + 0.5) - gammaln(n_coils)))) / n_coils - ratio)

    n_coils = min(COIL_NUMBERS, key=misfit)
    return MapNoise(float(np.sqrt(power / (2.0 * n_coils))), n_coils, source, words)


def _tiles(series: EchoSeries, most: int = MOST_TILES) -> list[npt.NDArray[np.float64]]:
    """Signals of tiles inside the body, each of shape (n_echoes, n_pixels)."""
    n_slices, n_echoes, n_rows, n_columns = series.images.shape
    down, across = n_rows // TILE, n_columns // TILE
    whole = np.asarray(series.images)[:, :, : down * TILE, : across * TILE].reshape(
        n_slices, n_echoes, down, TILE, across, TILE
    )
    tiles = whole.transpose(0, 2, 4, 1, 3, 5).reshape(-1, n_echoes, TILE * TILE)
    tiles = tiles[np.isfinite(tiles).all(axis=(1, 2))]
    if not len(tiles):
        return []
    darkest = tiles[:, 0].min(axis=1)
    inside = np.flatnonzero(darkest > TILE_BRIGHTNESS * np.percentile(tiles[:, 0].max(axis=1), 90))
    chosen = inside[:: max(len(inside) // most, 1)]
    return [tile.astype(np.float64) for tile in tiles[chosen]]
