"""A map as a picture: colours over the grey image, hatch where nothing can be measured, bar and caption below."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ironreport.report.fonts import REGULAR_FILE
from ironreport.report.maps.scale import MapScale

WIDTH_PX = 900
SIDE_PX, LINE_PX = 24, 22
BAR_PX = 26
HATCH_PX, HATCH = 9, (158, 166, 170)
INK, PAPER = (18, 18, 18), (255, 255, 255)


@dataclass(frozen=True, slots=True, eq=False)
class MapLayers:
    """One slice of a map: arrays of shape (n_rows, n_columns).

    Parameters
    ----------
    grey : ndarray of uint8
        The image below.
    values : ndarray
        In the unit of the scale's axis, nan where there is nothing to colour.
    hatched : ndarray of bool
        What cannot be measured.
    aspect : float
        Height of a pixel over its width.
    """

    grey: npt.NDArray[np.uint8]
    values: npt.NDArray[np.floating]
    hatched: npt.NDArray[np.bool_]
    aspect: float = 1.0


def map_picture(layers: MapLayers, scale: MapScale, opacity: float, caption: Sequence[str]) -> bytes:
    """A PNG of a map with its colour bar and caption.

    Parameters
    ----------
    opacity : float
        Of the colours over the image, 0 to 1.
    caption : sequence of str
        Lines below the bar; long ones are wrapped.
    """
    picture = _overlaid(layers, scale, opacity)
    font = ImageFont.truetype(str(REGULAR_FILE), 15)
    lines = [part for line in caption for part in _wrapped(line, font)]
    foot = 4 * LINE_PX + BAR_PX + LINE_PX * len(lines)
    page = Image.new("RGB", (WIDTH_PX, picture.height + foot), PAPER)
    page.paste(picture, (0, 0))
    draw = ImageDraw.Draw(page)
    top = _drawn_bar(draw, font, scale, picture.height + LINE_PX // 2)
    for i, line in enumerate(lines):
        draw.text((SIDE_PX, top + i * LINE_PX), line, INK, font)
    held = io.BytesIO()
    page.save(held, "PNG", optimize=True)
    return held.getvalue()


def _overlaid(layers: MapLayers, scale: MapScale, opacity: float) -> Image.Image:
    grey = np.repeat(layers.grey[..., np.newaxis], 3, axis=-1).astype(np.float64)
    coloured = np.isfinite(layers.values)[..., np.newaxis]
    mixed = np.where(coloured, (1.0 - opacity) * grey + opacity * scale.colours(layers.values), grey)
    n_rows, n_columns = layers.grey.shape
    size = (WIDTH_PX, round(WIDTH_PX * n_rows * layers.aspect / n_columns))
    picture = Image.fromarray(np.rint(mixed).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    where = Image.fromarray(layers.hatched).resize(size, Image.Resampling.NEAREST)
    across, down = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    strokes = Image.fromarray(((across + down) % HATCH_PX < 2) & np.asarray(where, dtype=np.bool_))
    picture.paste(HATCH, mask=strokes)
    return picture


def _drawn_bar(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, scale: MapScale, top: int) -> int:
    """Draw title, bar, ticks and class limits; the height where the caption begins."""
    length = WIDTH_PX - 2 * SIDE_PX
    draw.text((SIDE_PX, top), scale.title, INK, font)
    if not any(band.label for band in scale.bands) and scale.limits:
        draw.text((WIDTH_PX - SIDE_PX, top), "lines: class limits", INK, font, anchor="ra")
    bar = top + LINE_PX
    for band in scale.bands:
        left, right = (SIDE_PX + length * scale.place(value) for value in (band.low, band.high))
        draw.rectangle((left, bar, right, bar + BAR_PX), fill=band.colour)
        if band.label:
            ink = INK if sum(bytes.fromhex(band.colour[1:])) > 330 else PAPER
            draw.text(((left + right) / 2, bar + BAR_PX / 2), band.label, ink, font, anchor="mm")
    below = bar + BAR_PX
    for limit in scale.limits:
        x = SIDE_PX + length * limit.at
        draw.line((x, bar - 3, x, below + 3), INK, 2)
        draw.text((x, below + 7), limit.text, INK, font, anchor="mt")
    for tick in () if scale.limits else scale.ticks:
        draw.text((SIDE_PX + length * tick.at, below + 5), tick.text, INK, font, anchor="mt")
    return below + 2 * LINE_PX


def _wrapped(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > WIDTH_PX - 2 * SIDE_PX:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
