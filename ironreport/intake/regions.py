"""Regions of interest: geometry to pixels, pixels to the mean signal of each echo."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from numbers import Real

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.impossible import growth_of_noise, has_plateau, wraps_round
from ironreport.records import Caution, DecaySignal, EchoSeries, InversionSeries, Region
from ironreport.records.small_images import Magnitudes, PackedImages

MIN_PIXELS = 30
"""Below this the mean itself is uncertain by more than a fifth of the pixel scatter."""
FEWEST_PIXELS = 9
"""Three by three: fewer are an accident of the mouse, and hold as much of their neighbours as of themselves."""
MAX_SPREAD = 0.35
"""SD over mean at the first echo: noise and coil shading across one organ stay below, two tissues do not."""
MIN_CORNERS = 3

SHAPES = ("ellipse", "rectangle", "polygon")
MAX_ZERO_SHARE = 0.01
"""Masked or empty pixels; a few zeros are ordinary noise, more pull the late echoes down."""
WINDOW_PERCENTILES = (1.0, 99.5)
"""Leaves out the few brightest pixels (vessels, artefacts) that would darken a picture."""

BoolArray = npt.NDArray[np.bool_]


def region_mask(region: Region, shape: tuple[int, int]) -> BoolArray:
    """Pixels whose centre lies in a region.

    A rectangle of ``height`` 7 around row 111 covers rows 108 to 114; one of even size keeps its
    number of rows and leans to the lower one. The rim of an ellipse belongs to it. Where the line of a polygon
    crosses itself, a pixel belongs to it that an odd number of crossings parts from the outside. The browser draws by
    the same arithmetic (``canvas/geometry.js``), step by step, so that both find the same pixels.

    Parameters
    ----------
    region : Region
    shape : (n_rows, n_columns)

    Returns
    -------
    ndarray of bool, shape (n_rows, n_columns)

    Raises
    ------
    IntakeError
        ``REGION_INVALID`` where the numbers describe no region.

    Examples
    --------
    >>> mask = region_mask(Region("rectangle", row=111, column=198, height=7, width=7), (256, 256))
    >>> int(mask.sum()), bool(mask[108, 195]), bool(mask[115, 198])
    (49, True, False)
    """
    numbers = [region.row, region.column, region.height, region.width, *itertools.chain.from_iterable(region.points)]
    if region.shape not in SHAPES:
        raise IntakeError(
            "REGION_INVALID", f"There is no region of the shape '{region.shape}'.",
            "Give an ellipse, a rectangle, or a polygon with its points.",
        )  # fmt: skip
    n_corners_missing = region.shape == "polygon" and len(region.points) < MIN_CORNERS
    is_placed = all(isinstance(one, Real) and math.isfinite(one) for one in numbers)
    if n_corners_missing or not is_placed or min(region.height, region.width) <= 0:
        raise IntakeError(
            "REGION_INVALID", "The region has no size or no place.", "Draw the region again, or type its numbers."
        )
    if region.shape == "polygon":
        return _polygon_mask(region.points, shape)
    rows = (np.arange(shape[0]) - region.row)[:, np.newaxis] / region.height
    columns = (np.arange(shape[1]) - region.column)[np.newaxis, :] / region.width
    if region.shape == "ellipse":
        inside: BoolArray = rows * rows + columns * columns <= 0.25
        return inside
    return (rows >= -0.5) & (rows < 0.5) & (columns >= -0.5) & (columns < 0.5)


def _polygon_mask(points: tuple[tuple[float, float], ...], shape: tuple[int, int]) -> BoolArray:
    """Pixels whose centre lies inside a closed line, by the even-odd rule."""
    row_centres, column_centres = np.arange(shape[0]) + 0.5, np.arange(shape[1]) + 0.5
    mask = np.zeros(shape, dtype=np.bool_)
    for (row, column), (next_row, next_column) in zip(points, (*points[1:], points[0]), strict=True):
        crossed = np.flatnonzero((row_centres >= min(row, next_row)) & (row_centres < max(row, next_row)))
        if crossed.size:
            along = (row_centres[crossed] - row) * (next_column - column) / (next_row - row)
            mask[crossed] ^= column_centres < (column + along)[:, np.newaxis]
    return mask


def region_pixels(series: EchoSeries | InversionSeries, region: Region) -> npt.NDArray[np.float64]:
    """Signal of each pixel of a region at each echo or inversion time.

    Parameters
    ----------
    series : EchoSeries or InversionSeries
    region : Region
        In pixels of slice ``region.slice_index``, counted from 0.

    Returns
    -------
    ndarray, shape (n_pixels, n_times)
        Signal [arbitrary units], pixels row by row.

    Raises
    ------
    IntakeError
        ``REGION_INVALID``, ``REGION_OUTSIDE``, ``SLICE_OUTSIDE``, ``REGION_NOT_FINITE``.
    """
    return _masked(series, region)[2]


def _masked(
    series: EchoSeries | InversionSeries, region: Region
) -> tuple[npt.NDArray[np.float32], BoolArray, npt.NDArray[np.float64]]:
    """Images of a region's slice, its mask on them, and the signals of its pixels."""
    if not 0 <= region.slice_index < series.n_slices:
        raise IntakeError(
            "SLICE_OUTSIDE",
            f"There is no slice {region.slice_index + 1}; the series has {series.n_slices}.",
            "Choose a slice of this series.",
        )
    images: npt.NDArray[np.float32] = series.images[region.slice_index]
    mask = region_mask(region, (images.shape[1], images.shape[2]))
    if not mask.any():
        raise IntakeError(
            "REGION_OUTSIDE", "The region holds no pixel of the image.", "Draw the region on the image, and larger."
        )
    pixels = images[:, mask].T.astype(np.float64)
    if not np.isfinite(pixels).all():
        raise IntakeError("REGION_NOT_FINITE", "The region holds pixels without a number.", "Draw it elsewhere.")
    return images, mask, pixels


def region_signal(series: EchoSeries, region: Region, organ: str, location: str = "") -> DecaySignal:
    """Mean signal of a region at each echo time, with its scatter and its doubts.

    Parameters
    ----------
    series : EchoSeries
    region : Region
        In pixels of slice ``region.slice_index``, counted from 0.
    organ : str
        Organ id of the knowledge files.
    location : str
        Where in the organ, for example a segment.

    Raises
    ------
    IntakeError
        ``REGION_INVALID``, ``REGION_OUTSIDE``, ``SLICE_OUTSIDE``, ``REGION_NOT_FINITE``.
    """
    images, mask, pixels = _masked(series, region)
    n_pixels = len(pixels)
    return DecaySignal(
        organ=organ,
        te_ms=series.te_ms,
        signal=tuple(float(mean) for mean in pixels.mean(axis=0)),
        contrast=series.contrast,
        field_tesla=series.field_tesla,
        sd=tuple(float(sd) for sd in pixels.std(axis=0, ddof=1)) if n_pixels > 1 else (),
        n_pixels=n_pixels,
        location=location,
        origin=_origin(series, region),
        region=region,
        technique=series.technique,
        cautions=(*series.cautions, *_region_cautions(series, region, images, mask, pixels)),
        exam_key=series.exam_key,
    )


def _origin(series: EchoSeries, region: Region) -> str:
    """Where a signal came from, in words; of the series only its number, which names nobody."""
    name = "series without number" if series.number is None else f"series {series.number}"
    if series.acquisition:
        name = f"{name} (acquisition {series.acquisition})"
    if region.shape == "polygon":
        return (
            f"{name}, slice {region.slice_index + 1} of {series.n_slices}, polygon of {len(region.points)} corners, "
            f"{region.height:g} x {region.width:g} pixels centred at row {region.row:g}, column {region.column:g}"
        )
    return (
        f"{name}, slice {region.slice_index + 1} of {series.n_slices}, {region.shape} "
        f"{region.height:g} x {region.width:g} pixels centred at row {region.row:g}, column {region.column:g}"
    )


def _region_cautions(
    series: EchoSeries,
    region: Region,
    slice_images: npt.NDArray[np.float32],
    mask: BoolArray,
    pixels: npt.NDArray[np.float64],
) -> list[Caution]:
    """Doubts about one region: small, at the edge, mixed, with empty or clipped pixels, or of phase."""
    found: list[Caution] = []
    n_pixels = len(pixels)
    if n_pixels < MIN_PIXELS:
        found.append(
            Caution(
                "FEW_PIXELS",
                f"The region holds {n_pixels} pixels; use at least {MIN_PIXELS} where the organ allows.",
                blocks_grade=n_pixels < FEWEST_PIXELS,
            )
        )
    if mask[[0, -1], :].any() or mask[:, [0, -1]].any():
        found.append(
            Caution("REGION_AT_EDGE", "The region touches the edge of the image; check that it lies in the organ.")
        )
    mean, sd = float(pixels[:, 0].mean()), float(pixels[:, 0].std())
    if sd > MAX_SPREAD * mean > 0.0:
        found.append(
            Caution(
                "HIGH_SPREAD",
                f"At the first echo the pixels of the region scatter by {sd / mean:.0%} of their mean; it may hold "
                "more than one tissue, vessels, or little signal. Look at its outline on several echoes.",
            )
        )
    zero_share = float(np.mean(pixels == 0.0))
    if zero_share > MAX_ZERO_SHARE:
        found.append(
            Caution(
                "ZEROS_IN_REGION",
                f"{zero_share:.1%} of the region's signals are zero; move the region away from masked or empty parts.",
            )
        )
    found.extend(_clipped(series, slice_images, pixels))
    found.extend(_no_magnitude(slice_images, pixels))
    return found


def _clipped(
    series: EchoSeries, slice_images: npt.NDArray[np.float32], pixels: npt.NDArray[np.float64]
) -> Iterator[Caution]:
    """A doubt of values cut off at the largest one stored, or at one below it."""
    is_named = any(caution.code == "CLIPPED" for caution in series.cautions)
    n_top = int(np.count_nonzero(pixels == slice_images.max(axis=(1, 2)))) if is_named else 0
    if n_top:
        text = (
            f"{n_top} signals of the region stand at the largest stored value and may be clipped, which makes "
            "the decay look slower. Move the region."
        )
        yield Caution("CLIPPED_IN_REGION", text, blocks_grade=True)
    elif has_plateau(pixels):
        text = (
            "Many signals of the region stand at one and the same largest value, with others far below it: they are "
            "clipped, by the scanner, an export or a display window, which makes the decay look slower. Use the images "
            "as the scanner made them."
        )
        yield Caution("CLIPPED_IN_REGION", text, blocks_grade=True)


def _no_magnitude(slice_images: npt.NDArray[np.float32], pixels: npt.NDArray[np.float64]) -> Iterator[Caution]:
    """Doubts of images that behave as no magnitude from the scanner does."""
    if wraps_round(pixels, slice_images):
        text = (
            "Pixels of the region rise from dark to bright at one echo or another, or the air takes any value, as in "
            "phase images and hardly in the magnitude of a tissue. Choose the magnitude images, or look at the region "
            "on each echo."
        )
        yield Caution("PHASE_LIKE", text, blocks_grade=True)
    elif growth := growth_of_noise(slice_images):
        text = (
            f"The air of this slice gets {growth:.2f} times brighter along the train, which noise never does: each "
            "image seems scaled by itself, as exports do it, and the decay then looks slower than it is. Use the "
            "images as the scanner made them."
        )
        yield Caution("NOISE_GROWS", text, blocks_grade=True)


def display_window(images: Magnitudes) -> tuple[float, float]:
    """Signals to be shown as black and as white, so that an organ is seen.

    Raises
    ------
    IntakeError
        ``WINDOW_INVALID`` where no pixel holds a number.
    """
    if isinstance(images, PackedImages):
        low, high = images.percentiles
        return (low, high) if high > low else (low, low + 1.0)
    signals = np.asarray(images)
    finite = signals[np.isfinite(signals)]
    if finite.size == 0:
        raise IntakeError("WINDOW_INVALID", "The image holds no numbers.", "Choose another image.")
    low, high = (float(v) for v in np.percentile(finite, WINDOW_PERCENTILES))
    return (low, high) if high > low else (low, low + 1.0)


def slice_picture(image: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint8]:
    """Grey picture of one image: ``low`` and below black, ``high`` and above white.

    Parameters
    ----------
    image : ndarray, shape (n_rows, n_columns)
        Signal [arbitrary units].
    low, high : float
        Window limits [arbitrary units].

    Raises
    ------
    IntakeError
        ``WINDOW_INVALID`` where ``high`` is not above ``low``.

    Examples
    --------
    >>> slice_picture(np.array([[0.0, 50.0, 200.0]], dtype=np.float32), 0.0, 100.0).tolist()
    [[0, 128, 255]]
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise IntakeError("WINDOW_INVALID", "The brightness window is empty.", "Set its upper limit above the lower.")
    scaled = np.clip((np.nan_to_num(image.astype(np.float64)) - low) / (high - low), 0.0, 1.0)
    return np.rint(scaled * 255.0).astype(np.uint8)
