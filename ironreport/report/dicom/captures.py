"""Colour pictures for viewers that show no maps: a slice with its region, and R2* in colour with its scale."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ironreport.records import Region
from ironreport.report.content import RegionPicture
from ironreport.report.fonts import REGULAR_FILE
from ironreport.report.pictures import region_outline

Colours = npt.NDArray[np.uint8]

SIDE_PX, FONT_PX, MARGIN_PX = 768, 17, 10
OUTLINE, TEXT = (0, 200, 255), (235, 235, 235)
STOPS = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
"""From no decay to the fastest: dark to light, so that the order survives grey."""
NOT_MEASURED = (96, 96, 96)
BAR_PX = 26
HIGHEST_PERCENTILE = 99.0


def region_capture(picture: RegionPicture, lines: tuple[str, ...]) -> Colours:
    """The slice with the outline of the region, and lines of text below it; shape (n_rows, n_columns, 3)."""
    grey = Image.open(io.BytesIO(picture.png)).convert("RGB")
    image = _enlarged(grey, (1.0, 1.0), Image.Resampling.BICUBIC)
    for line in picture.outlines:
        _draw_outline(image, [(x * image.width, y * image.height) for x, y in line])
    return _with_lines(image, lines)


def map_capture(
    r2star_per_s: npt.NDArray[np.floating],
    regions: Sequence[Region],
    spacing_mm: tuple[float, float],
    lines: tuple[str, ...],
) -> Colours:
    """One slice of R2* in colour with its scale and the outlines of regions; shape (n_rows, n_columns, 3).

    Parameters
    ----------
    r2star_per_s : ndarray, shape (n_rows, n_columns)
        R2* [s^-1]; grey where it is not finite.
    spacing_mm : (float, float)
        Distance of rows and of columns [mm].
    """
    known = np.isfinite(r2star_per_s)
    highest = float(np.percentile(r2star_per_s[known], HIGHEST_PERCENTILE)) if known.any() else 1.0
    colours = coloured(np.where(known, r2star_per_s, 0.0) / max(highest, 1.0))
    colours[~known] = NOT_MEASURED
    image = _enlarged(Image.fromarray(colours), spacing_mm, Image.Resampling.NEAREST)
    y, x = image.height / r2star_per_s.shape[0], image.width / r2star_per_s.shape[1]
    for region in regions:
        _draw_outline(image, [(column * x, row * y) for row, column in region_outline(region)])
    return _with_lines(_with_scale(image, max(highest, 1.0)), lines)


def coloured(share: npt.NDArray[np.floating]) -> Colours:
    """Colours of parts of the scale, 0 to 1; what lies beyond has the colour of the end.

    >>> coloured(np.array([[-1.0, 0.25, 9.0]])).tolist()
    [[[0, 0, 4], [87, 16, 110], [252, 255, 164]]]
    """
    at = np.linspace(0.0, 1.0, len(STOPS))
    channels = [np.interp(share, at, [stop[channel] for stop in STOPS]) for channel in range(3)]
    colours: Colours = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return colours


def _enlarged(image: Image.Image, spacing_mm: tuple[float, float], how: Image.Resampling) -> Image.Image:
    """The picture in true shape, as large as a viewer shows it."""
    height, width = image.height * spacing_mm[0], image.width * spacing_mm[1]
    scale = SIDE_PX / max(height, width)
    return image.resize((max(round(width * scale), 1), max(round(height * scale), 1)), how)


def _draw_outline(image: Image.Image, points: list[tuple[float, float]]) -> None:
    ImageDraw.Draw(image).line([*points, points[0]], fill=OUTLINE, width=2, joint="curve")


def _with_scale(image: Image.Image, highest_per_s: float) -> Image.Image:
    """The picture with a colour bar at its right, its ends named."""
    font = ImageFont.truetype(REGULAR_FILE, FONT_PX)
    names = [(1.0, f"{highest_per_s:.0f} s⁻¹"), (0.5, f"{highest_per_s / 2:.0f}"), (0.0, "0")]
    left = image.width + MARGIN_PX
    right = left + BAR_PX + MARGIN_PX
    wide = Image.new("RGB", (right + round(font.getlength(names[0][1])) + MARGIN_PX, image.height))
    wide.paste(image, (0, 0))
    bar = coloured(np.repeat(np.linspace(1.0, 0.0, image.height)[:, np.newaxis], BAR_PX, axis=1))
    wide.paste(Image.fromarray(bar), (left, 0))
    pen = ImageDraw.Draw(wide)
    for share, name in names:
        y = min(max((1.0 - share) * image.height - FONT_PX / 2, 0), image.height - FONT_PX - 4)
        pen.text((right, y), name, TEXT, font)
    return wide


def _with_lines(image: Image.Image, lines: tuple[str, ...]) -> Colours:
    """The picture with text below it, as small as its longest line needs."""
    longest = max(ImageFont.truetype(REGULAR_FILE, FONT_PX).getlength(line) for line in lines)
    size = min(FONT_PX, int(FONT_PX * (image.width - 2 * MARGIN_PX) / max(longest, 1.0)))
    font, step = ImageFont.truetype(REGULAR_FILE, max(size, 1)), round(1.4 * FONT_PX)
    tall = Image.new("RGB", (image.width, image.height + step * len(lines) + MARGIN_PX))
    tall.paste(image, (0, 0))
    pen = ImageDraw.Draw(tall)
    for n, line in enumerate(lines):
        pen.text((MARGIN_PX, image.height + MARGIN_PX / 2 + n * step), line, TEXT, font)
    return np.asarray(tall, dtype=np.uint8)
