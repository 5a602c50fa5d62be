"""Whether a region is one tissue: where pixels of two kinds lie side by side, an organ ends inside the region.

The screen of the fit knows no places: of a region half over an edge it keeps the larger half, whichever that is. Here
pixels are cut in two by their early, middle and late signal and by their fall; two tissues are told from noise by the
gap between the kinds, and from vessels by where they lie: an edge is one part at the rim, vessels are small islands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, binary_erosion, label

from ironreport.intake import region_mask, region_pixels
from ironreport.intake.outlines import region_of_mask
from ironreport.records import Caution, EchoSeries, FloatArray, Region
from ironreport.relaxometry.pixel_fits import fit_pixels
from ironreport.relaxometry.screening import SD_PER_MAD, brightness, unrounded

Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.bool_]

FEWEST_PIXELS = 20
"""Fewer pixels are too few to see where two kinds of them lie."""

FEWEST_INSIDE = 9
"""Of a part that is kept: fewer pixels give no number."""

CLEAR_GAP = 5.0
"""Gap between the medians of two kinds, in SD within them. One tissue cut in two at its middle has a gap of 2.7."""

SMALLEST_SD = 1e-3
"""Of the logarithm of a signal: less is rounding."""

FEWEST_TOGETHER = 5
"""Pixels of a piece that is no speck of noise."""

FAST_SHARE, NOT_DARK = 0.015, -0.9
"""A few pixels at the rim that fall faster than the rest, and are no darker than 40 % of it at the start, are the organ
of a region drawn beside it."""

DARK_SHARE = 0.06
"""A darker part of this share, as of air or lung, is another tissue; less leaves the median where it was."""

SLOW_SHARE, SLOW_PIECE = 0.18, 0.08
"""A slower part can be vessels, which the screen leaves out without harm, unless it is a fifth of the region in pieces
larger than a vessel is."""

MOSTLY = 0.6
"""A kind of which less than this lies in pieces at the rim is scattered, as vessels and bile ducts are."""

ISLAND_SHARE = 0.15
"""A single piece of this share is a structure of its own even where it does not reach the rim."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """Two tissues in one region.

    Parameters
    ----------
    faster, slower : ndarray of bool, shape (n_rows, n_columns)
        Pixels of the part whose signal falls faster, and all others of the region.
    rates_per_s : (float, float)
        R2* (or R2) of each part [s^-1]; nan where its mean curve holds no measurable decay.
    """

    faster: Mask
    slower: Mask
    rates_per_s: tuple[float, float]

    def inside(self, *, faster: bool, slice_index: int = 0) -> Region | None:
        """The part that falls faster, or the other one, a pixel away from its neighbour: a region of one tissue.

        None where too little of it is left to be measured.
        """
        part, other = (self.faster, self.slower) if faster else (self.slower, self.faster)
        apart = _largest_piece(part & ~binary_dilation(other, np.ones((3, 3), dtype=np.bool_)))
        return region_of_mask(apart, slice_index) if np.count_nonzero(apart) >= FEWEST_INSIDE else None

    @property
    def caution(self) -> Caution:
        """What the reader is told; no class is given."""
        n_faster, n_slower = (int(np.count_nonzero(part)) for part in (self.faster, self.slower))
        fast, slow = (f"{rate:.3g} s⁻¹" if math.isfinite(rate) else "no decay" for rate in self.rates_per_s)
        text = (
            f"The region crosses an edge: {n_faster} of its pixels read {fast}, the {n_slower} beside them {slow}. "
            "Draw it inside one tissue; until then there is no class."
        )
        return Caution("REGION_CROSSES_EDGE", text, blocks_grade=True)


def find_edge(series: EchoSeries, region: Region) -> Edge | None:
    """The edge that a region crosses, or None where it looks like one tissue, with or without vessels in it.

    Raises
    ------
    IntakeError
        As `region_pixels` does.
    """
    drawn = region_mask(region, (series.images.shape[2], series.images.shape[3]))
    pixels = unrounded(region_pixels(series, region).T).T
    if len(pixels) < FEWEST_PIXELS or not pixels.any():
        return None
    features = brightness(pixels.T)
    fall = features[-1] - features[0]
    for feature in (*features, fall):
        minor = _smaller_kind(feature)
        if minor is None:
            continue
        falls_faster = np.median(fall[minor]) < np.median(fall[~minor])
        is_dark = np.median(features[0][minor]) - np.median(features[0][~minor]) < NOT_DARK
        least = DARK_SHARE if is_dark else FAST_SHARE if falls_faster else SLOW_SHARE
        piece = _edge_piece(minor, drawn, least, SLOW_PIECE if least == SLOW_SHARE else 0.0)
        if piece is not None:
            return _edge(np.asarray(series.te_ms), pixels, drawn, piece, fall)
    return None


def _smaller_kind(feature: FloatArray) -> Kinds | None:
    """Pixels of the smaller kind where a feature cuts them clearly in two (Otsu N, IEEE Trans SMC 1979;9:62)."""
    values = np.sort(feature)
    n_below = np.arange(1, len(values))
    sum_below = np.cumsum(values)[:-1]
    between = (sum_below - n_below / len(values) * values.sum()) ** 2 / (n_below * (len(values) - n_below))
    cut = int(np.argmax(between))
    high = feature > (values[cut] + values[cut + 1]) / 2.0
    medians = [np.median(feature[kind]) for kind in (high, ~high) if kind.any()]
    if len(medians) < 2:
        return None
    within = np.concatenate([np.abs(feature[kind] - m) for kind, m in zip((high, ~high), medians, strict=True)])
    if medians[0] - medians[1] < CLEAR_GAP * (SD_PER_MAD * float(np.median(within)) + SMALLEST_SD):
        return None
    return np.asarray(high if 2 * np.count_nonzero(high) <= len(high) else ~high, dtype=np.bool_)


def _edge_piece(minor: Kinds, drawn: Mask, least_share: float, least_piece: float) -> Mask | None:
    """Where the smaller kind lies in pieces at the rim, or in one large piece; None where it is scattered."""
    image = np.zeros_like(drawn)
    image[drawn] = minor
    pieces, n_pieces = label(image)
    rim = drawn & ~binary_erosion(drawn)
    sizes = np.bincount(pieces.ravel(), minlength=n_pieces + 1)
    n_pixels = int(np.count_nonzero(drawn))
    standing = [
        i for i in range(1, n_pieces + 1)
        if sizes[i] >= max(FEWEST_TOGETHER, least_piece * n_pixels)
        and (np.any(rim & (pieces == i)) or sizes[i] >= ISLAND_SHARE * n_pixels)
    ]  # fmt: skip
    found = np.isin(pieces, standing)
    n_found = int(np.count_nonzero(found))
    return found if n_found >= max(least_share * n_pixels, MOSTLY * np.count_nonzero(minor), 1) else None


def _edge(te_ms: FloatArray, pixels: FloatArray, drawn: Mask, piece: Mask, fall: FloatArray) -> Edge:
    rest = drawn & ~piece
    inside = piece[drawn]
    faster, slower = (piece, rest) if np.median(fall[inside]) <= np.median(fall[~inside]) else (rest, piece)
    return Edge(faster, slower, (_rate_per_s(te_ms, pixels, faster[drawn]), _rate_per_s(te_ms, pixels, slower[drawn])))


def _rate_per_s(te_ms: FloatArray, pixels: FloatArray, kind: Kinds) -> float:
    """R2* of the median curve of some pixels [s^-1]."""
    fit = fit_pixels(te_ms, np.median(pixels[kind], axis=0)[np.newaxis])
    return float(fit.r2star_per_s[0]) if fit.measurable[0] else math.nan


def _largest_piece(mask: Mask) -> Mask:
    """The largest connected part of a mask (side by side, not corner to corner); empty where it is empty."""
    pieces, n_pieces = label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=2)[1:]
    return np.asarray((pieces == 1 + int(np.argmax(sizes))) & (n_pieces > 0), dtype=np.bool_)
