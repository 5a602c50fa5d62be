"""What lies right beside a region: tissue that decays faster there may be the organ that the region was meant for.

A region drawn wholly into a neighbour looks like one tissue, and of one with a few pixels of its organ the edge cannot
be seen inside it. So the look goes a few pixels beyond: each pixel has a rate by the fall between its early and its
late signal, smoothed by its neighbours, and a signal at TE 0 that tells tissue from air, lung and bone. Whether what
is found stands for a worse class, the knowledge says (``assess``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_cdt, label, median_filter

from ironreport.intake import region_mask, region_pixels
from ironreport.records import EchoSeries, FasterBeside, FloatArray, Region
from ironreport.relaxometry.models import fat_bend
from ironreport.relaxometry.pixel_fits import fit_pixels
from ironreport.relaxometry.screening import SD_PER_MAD, brightness
from ironreport.units import rate_per_s

Mask = npt.NDArray[np.bool_]

LOOKED_AT_PIXELS = 8
"""Round the region: enough of a neighbour to tell a tissue from the rim of a vessel."""

BESIDE_PIXELS = 3
"""A tissue this near is beside the region, about a centimetre at the usual 3 mm; a reader aims no worse."""

FEWEST_TOGETHER = 30
"""Pixels of a tissue, about 3 cm² at 3 mm; a papillary muscle or the shadow of a bubble of gas is smaller."""

MUCH_FASTER = 1.5
"""Of the region's rate. Less is what one organ varies by; two tissues a class apart are usually further apart."""

CLEAR_OF_NOISE = 3.0
"""By which the fall must exceed that of the region, in SD of the fall of one pixel: seven of a smoothed one."""

DARKEST = -0.9
"""ln of the signal at TE 0 by that of the region: 40 % of it. Air, lung and bone hold less."""

FAT_SHARES = tuple(0.05 * i for i in range(21))
MUCH_FAT = 0.35
"""A tissue with more of it is fat or marrow, whose beat passes for a fast decay in the late echoes."""

CLEARLY_FAT = 0.7
"""Misfit with much fat by that with little: echoes of water without fat reach this by chance in few pixels."""

SMALLEST_WEIGHT, ROUNDING = np.finfo(np.float64).tiny, 1e-12
"""Keep pixels that are lit at one echo only, or at none, from dividing by zero."""

FAINTEST_BEND = 0.02
"""Where water and fat cancel other things remain."""

WINDOW = 3
"""Pixels across which each is smoothed; a line one pixel wide, as a chemical shift draws round an organ, is gone."""

N_RATES = 200
FASTEST_PER_GAP = 5.0
SLOWEST_PER_LAST_TE = 0.01
"""Rates that a fall is compared with, times the spacing of the echoes and the last echo time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Fall of each pixel, and smoothed its rate [per ms] and ln of the signal at TE 0, shape (n_rows, n_columns)."""

    fall: FloatArray
    smooth_fall: FloatArray
    rate_per_ms: FloatArray
    log_s0: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _LookedAt:
    """The part of the image round a region: which of it is drawn, how far the rest is away, and what is seen in it."""

    te_ms: FloatArray
    image: FloatArray
    drawn: Mask
    away: npt.NDArray[np.int_]
    seen: _Seen
    place: tuple[slice, slice]
    field_tesla: float | None


def faster_beside(series: EchoSeries, region: Region) -> FasterBeside | None:
    """The largest tissue beside a region, or at its rim, that decays much faster than the region; None without one.

    Raises
    ------
    IntakeError
        As `region_pixels` does.
    """
    looked_at = _looked_at(series, region)
    if looked_at is None or (piece := _piece(looked_at)) is None:
        return None
    return FasterBeside(
        _rate_per_s(looked_at.te_ms, looked_at.image, looked_at.seen, piece),
        int(np.count_nonzero(piece)),
        int(looked_at.away[piece].min()),
    )


def beside_piece(series: EchoSeries, region: Region) -> Mask | None:
    """The pixels of what `faster_beside` finds, shape (n_rows, n_columns)."""
    looked_at = _looked_at(series, region)
    if looked_at is None or (piece := _piece(looked_at)) is None:
        return None
    whole = np.zeros(series.images.shape[2:], dtype=np.bool_)
    whole[looked_at.place] = piece
    return whole


def _looked_at(series: EchoSeries, region: Region) -> _LookedAt | None:
    region_pixels(series, region)
    images = series.images[region.slice_index]
    drawn = region_mask(region, (images.shape[1], images.shape[2]))
    te_ms = np.asarray(series.te_ms, dtype=np.float64)
    if len(te_ms) < 2:
        return None
    place = _around(drawn)
    image, drawn = np.nan_to_num(images[:, *place].astype(np.float64)), drawn[place]
    away = np.asarray(distance_transform_cdt(~drawn, "chessboard"))
    field_tesla = series.field_tesla if series.contrast == "T2*" else None
    return _LookedAt(te_ms, image, drawn, away, _seen(te_ms, image), place, field_tesla)


def _piece(looked_at: _LookedAt) -> Mask | None:
    """The tissue beside the region, in the part of the image that is looked at."""
    te_ms, away = looked_at.te_ms, looked_at.away
    faster = _is_faster(te_ms, looked_at.seen, looked_at.drawn) & (away <= LOOKED_AT_PIXELS)
    if looked_at.field_tesla is not None and np.count_nonzero(faster) >= FEWEST_TOGETHER:
        faster &= ~_is_fat(te_ms, looked_at.image, looked_at.field_tesla)
    return _largest_piece(faster, away)


def _around(drawn: Mask) -> tuple[slice, slice]:
    """Rows and columns of the region and of all that is looked at round it."""
    reach = LOOKED_AT_PIXELS + WINDOW
    ends = [(int(at.min()) - reach, int(at.max()) + reach + 1) for at in np.nonzero(drawn)]
    return slice(max(ends[0][0], 0), ends[0][1]), slice(max(ends[1][0], 0), ends[1][1])


def _seen(te_ms: FloatArray, image: FloatArray) -> _Seen:
    features = brightness(image.reshape(len(te_ms), -1)).reshape(-1, *image.shape[1:])
    fall = features[-1] - features[0]
    smooth_fall, smooth_early, step = (median_filter(each, WINDOW) for each in (fall, features[0], _first_step(image)))
    rates, falls, early = _table(te_ms)
    # late signals of the heaviest iron are noise, and its first two echoes know better
    rate_per_ms = np.maximum(np.interp(-smooth_fall, -falls, rates), step / (te_ms[1] - te_ms[0]))
    return _Seen(fall, smooth_fall, rate_per_ms, smooth_early - np.interp(rate_per_ms, rates, early))


def _first_step(image: FloatArray) -> FloatArray:
    """Fall of ln of the signal from the first echo to the second, of pixels that hold any."""
    first, second = np.log(np.maximum(image[:2], np.finfo(np.float64).tiny))
    return np.asarray(np.where(image[1] > 0.0, first - second, 0.0))


def _table(te_ms: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rates [per ms], ascending, and the fall and the early signal of a decay of 1 at TE 0 with each of them."""
    gap_ms = float(np.diff(te_ms).min())
    rates = np.geomspace(SLOWEST_PER_LAST_TE / te_ms[-1], FASTEST_PER_GAP / gap_ms, N_RATES)
    features = brightness(np.exp(-np.outer(te_ms, rates)))
    return rates, features[-1] - features[0], features[0]


def _is_faster(te_ms: FloatArray, seen: _Seen, drawn: Mask) -> Mask:
    """Pixels of tissue whose fall is that of a much faster decay than the region's, beyond its noise."""
    rates, falls, _ = _table(te_ms)
    usual = float(np.median(seen.fall[drawn]))
    much_faster = float(np.interp(MUCH_FASTER * np.interp(-usual, -falls, rates), rates, falls))
    scatter = np.abs(seen.fall - seen.smooth_fall)[drawn]
    clear = usual - CLEAR_OF_NOISE * SD_PER_MAD * float(np.median(scatter))
    is_tissue = seen.log_s0 > float(np.median(seen.log_s0[drawn])) + DARKEST
    return np.asarray((seen.smooth_fall < min(much_faster, clear)) & is_tissue)


def _is_fat(te_ms: FloatArray, image: FloatArray, field_tesla: float) -> Mask:
    """Pixels whose echoes are those of a decay with much fat rather than with little, smoothed."""
    shares = np.array(FAT_SHARES)
    bends = np.log(np.maximum([fat_bend(te_ms, share, field_tesla) for share in shares], FAINTEST_BEND))
    misfits = _misfits(te_ms, np.maximum(image.reshape(len(te_ms), -1), np.finfo(np.float32).tiny), bends)
    much, little = (misfits[kind].min(axis=0) for kind in (shares > MUCH_FAT, shares <= MUCH_FAT))
    fat = (much < CLEARLY_FAT * little).reshape(image.shape[1:])
    return np.asarray(median_filter(fat.astype(np.uint8), WINDOW) > 0)


def _misfits(te_ms: FloatArray, pixels: FloatArray, bends: FloatArray) -> FloatArray:
    """Misfit of a line through ln(signal) less each bend, weighted as its noise asks, shape (n_bends, n_pixels)."""
    logs, weights = np.log(pixels), (pixels / pixels.max(initial=1.0)) ** 2
    w, wt, wy = np.maximum(weights.sum(axis=0), SMALLEST_WEIGHT), te_ms @ weights, (weights * logs).sum(axis=0)
    whole = te_ms**2 @ weights
    spread = np.maximum(whole - wt**2 / w, ROUNDING * whole + SMALLEST_WEIGHT)
    y = wy - bends @ weights
    ty = te_ms @ (weights * logs) - (bends * te_ms) @ weights
    yy = (weights * logs**2).sum(axis=0) - 2.0 * bends @ (weights * logs) + bends**2 @ weights
    return np.asarray(yy - y**2 / w - (ty - wt * y / w) ** 2 / spread)


def _largest_piece(faster: Mask, away: npt.NDArray[np.int_]) -> Mask | None:
    """The largest connected part that comes near enough and is large enough; None without one."""
    pieces, n_pieces = label(faster)
    sizes = np.bincount(pieces.ravel(), minlength=n_pieces + 1)
    near = [i for i in np.unique(pieces[away <= BESIDE_PIXELS]) if i and sizes[i] >= FEWEST_TOGETHER]
    return np.asarray(pieces == max(near, key=lambda i: sizes[i])) if near else None


def _rate_per_s(te_ms: FloatArray, image: FloatArray, seen: _Seen, piece: Mask) -> float:
    """R2* of the median curve of a tissue [s^-1]; where its echoes hold no number, that of its pixels by their fall."""
    fit = fit_pixels(te_ms, np.median(image[:, piece], axis=1)[np.newaxis])
    return (
        float(fit.r2star_per_s[0]) if fit.measurable[0] else rate_per_s(1.0 / float(np.median(seen.rate_per_ms[piece])))
    )
