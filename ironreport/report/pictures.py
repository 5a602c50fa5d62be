"""The slice an organ was measured on, cropped around its region, as a small grey picture with an outline."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from ironreport.errors import ReportError
from ironreport.records import Region
from ironreport.report.content import RegionPicture

MOST_PX = 256
"""Longest side of a picture: two pixels for each printed point."""
LEAST_SHARE = 0.5
"""The crop shows at least this share of the image's longer side, so that the organ's surroundings are recognised."""
MARGIN = 2.5
"""Side of the crop in extents of the region."""
WINDOW_PERCENTILES = (1.0, 99.5)
"""Leaves out the few brightest pixels (vessels, artefacts) that would darken the picture."""
ELLIPSE_CORNERS = 48

Points = tuple[tuple[float, float], ...]


def region_picture(
    organ: str,
    image: npt.NDArray[np.floating],
    regions: Region | Sequence[Region],
    caption: str = "",
    pixel_spacing_mm: tuple[float, float] = (1.0, 1.0),
) -> RegionPicture:
    """The picture of the regions drawn on one slice; equal input gives equal bytes.

    Parameters
    ----------
    organ : str
        Organ id of the knowledge files.
    image : ndarray, shape (n_rows, n_columns)
        Signal [arbitrary units] of the slice the regions were drawn on.
    regions : Region or sequence of Region
    caption : str
        Which slice and echo it is. It is printed, so it names nobody.
    pixel_spacing_mm : (float, float)
        Distance of rows and of columns [mm]; where they differ the picture is stretched to true shape.

    Raises
    ------
    ReportError
        ``NO_PICTURE`` where the image holds no numbers or the regions lie beside it.

    Examples
    --------
    >>> image = np.add.outer(np.arange(64.0), np.arange(64.0))
    >>> made = region_picture("liver", image, Region("rectangle", row=20, column=30, height=7, width=7))
    >>> made.width_px, made.height_px, made.outlines[0][0]
    (32, 32, (0.40625, 0.40625))
    """
    outlines = [region_outline(one) for one in ((regions,) if isinstance(regions, Region) else regions)]
    around = tuple(corner for outline in outlines for corner in outline)
    top, bottom, left, right = _crop(around, (image.shape[0], image.shape[1]), pixel_spacing_mm)
    height_px, width_px = _size(bottom - top, right - left, pixel_spacing_mm)
    png = _png(_windowed(image[top:bottom, left:right]), (width_px, height_px))
    inside = tuple(
        tuple(((x - left) / (right - left), (y - top) / (bottom - top)) for y, x in outline) for outline in outlines
    )
    key = hashlib.sha256(png).hexdigest()[:12]
    return RegionPicture(organ, caption, key, width_px, height_px, inside, png)


def on_one_slice(regions: Sequence[Region]) -> tuple[Region, ...]:
    """Those regions that lie on the slice with the most of them; the first such slice."""
    if not regions:
        return ()
    [(slice_index, _)] = Counter(region.slice_index for region in regions).most_common(1)
    return tuple(region for region in regions if region.slice_index == slice_index)


def region_outline(region: Region) -> Points:
    """Corners (row, column) around the pixels of a region, counted from the outer corner of the top left pixel.

    >>> region_outline(Region("rectangle", row=111, column=198, height=7, width=6))
    ((108.0, 195.0), (108.0, 201.0), (115.0, 201.0), (115.0, 195.0))
    """
    if region.shape == "polygon":
        return region.points
    if region.shape == "ellipse":
        angles = (2.0 * math.pi * i / ELLIPSE_CORNERS for i in range(ELLIPSE_CORNERS))
        row, column = region.row + 0.5, region.column + 0.5
        return tuple(
            (row + 0.5 * region.height * math.sin(a), column + 0.5 * region.width * math.cos(a)) for a in angles
        )
    # the pixels whose middle lies inside: an even number of rows leans to the lower one
    top, bottom = (float(math.ceil(region.row + half * region.height)) for half in (-0.5, 0.5))
    left, right = (float(math.ceil(region.column + half * region.width)) for half in (-0.5, 0.5))
    return ((top, left), (top, right), (bottom, right), (bottom, left))


def _crop(outline: Points, shape: tuple[int, int], spacing_mm: tuple[float, float]) -> tuple[int, int, int, int]:
    """First and last (excluded) row, then column, of a square [mm] around a region, cut at the edge of the image."""
    numbers = [number for corner in outline for number in corner]
    rows, columns = [corner[0] for corner in outline], [corner[1] for corner in outline]
    is_beside = not numbers or not all(map(math.isfinite, numbers))
    if is_beside or max(rows) <= 0 or max(columns) <= 0 or min(rows) >= shape[0] or min(columns) >= shape[1]:
        raise _no_picture()
    extent_mm = max((max(rows) - min(rows)) * spacing_mm[0], (max(columns) - min(columns)) * spacing_mm[1])
    image_mm = max(shape[0] * spacing_mm[0], shape[1] * spacing_mm[1])
    side_mm = max(MARGIN * extent_mm, LEAST_SHARE * image_mm)
    ends: list[int] = []
    for around, n, step_mm in zip((rows, columns), shape, spacing_mm, strict=True):
        length = min(round(side_mm / step_mm), n)
        first = min(max(round((min(around) + max(around) - length) / 2), 0), n - length)
        ends += [first, first + length]
    return ends[0], ends[1], ends[2], ends[3]


def _size(n_rows: int, n_columns: int, spacing_mm: tuple[float, float]) -> tuple[int, int]:
    """Height and width of the picture [px] in true shape; nothing is enlarged beyond the finer spacing."""
    fine = min(spacing_mm)
    height, width = n_rows * spacing_mm[0] / fine, n_columns * spacing_mm[1] / fine
    scale = min(1.0, MOST_PX / max(height, width))
    return max(round(height * scale), 1), max(round(width * scale), 1)


def _windowed(image: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    finite = image[np.isfinite(image)]
    if not finite.size:
        raise _no_picture()
    low, high = (float(v) for v in np.percentile(finite, WINDOW_PERCENTILES))
    known = np.nan_to_num(image.astype(np.float64), nan=low, posinf=high, neginf=low)
    return np.rint(255.0 * np.clip((known - low) / (high - low or 1.0), 0.0, 1.0)).astype(np.uint8)


def _png(grey: npt.NDArray[np.uint8], size_px: tuple[int, int]) -> bytes:
    picture = Image.fromarray(grey)
    if picture.size != size_px:
        picture = picture.resize(size_px, Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _no_picture() -> ReportError:
    return ReportError(
        "NO_PICTURE", "There is no picture of the region: it lies beside the image, or the image holds no numbers.",
        "Draw the region again on its images.",
    )  # fmt: skip
