"""The pixels of a series packed for the browser; they travel once, and what travels is what is kept of them."""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from ironreport.intake.regions import WINDOW_PERCENTILES
from ironreport.records import EchoSeries, InversionSeries
from ironreport.records.small_images import (
    TOP,
    PackedImages,
    PackedPart,
    StoredImages,
    packed_images,
    stored_images,
)

Images = EchoSeries | InversionSeries
OneSeries = TypeVar("OneSeries", bound=EchoSeries | InversionSeries)
PART_BYTES = 24 * 2**20
"""Of unpacked pixels in one message; Streamlit sends at most ``maxMessageSize``."""
MOST_PART_BYTES = 48 * 2**20
"""Of a single slice that is larger than a part."""
MOST_BYTES = 256 * 2**20
"""Of unpacked pixels in all: an old tablet has no more to give."""


def is_drawable(series: Images) -> bool:
    """Whether the series is small enough for a browser, and each slice for one message."""
    of_slice = math.prod(series.images.shape[1:])
    return series.images.size * 2 <= MOST_BYTES and of_slice * 2 <= MOST_PART_BYTES


def is_packed(series: Images) -> bool:
    """Whether the pixels are kept as the browser gets them."""
    return isinstance(series.images, PackedImages)


def kept_stored(series: OneSeries) -> OneSeries:
    """The series with its pixels as the numbers that were stored, in half the memory.

    Pixels that these numbers would not give back to the digit stay as they are.
    """
    if not isinstance(series.images, np.ndarray):
        return series
    stored = stored_images(series.images, series.scale_lines) or stored_images(series.images, ())
    return series if stored is None else replace(series, images=stored)


def kept_small(series: OneSeries) -> OneSeries:
    """The series with its pixels packed as the browser gets them, so that they are held once.

    Pixels that stored numbers would not give back, or that are too many for a browser, stay as they are.
    """
    stored = kept_stored(series).images
    if is_packed(series) or not isinstance(stored, StoredImages) or not is_drawable(series):
        return series
    return replace(series, images=packed_images(stored, PART_BYTES, WINDOW_PERCENTILES))


def packed(series: Images) -> tuple[bytes, ...]:
    """Parts of whole slices: length of the header, header as JSON, zlib of uint16 (slice, echo, row, column).

    Signal is ``offset + step`` times the stored value, with ``lines`` of its own for each image where they differ.
    """
    small = kept_small(series).images
    if not isinstance(small, PackedImages):
        return _rounded(series)
    heads = (_head(series, part.first_slice, len(part.ends), _scale(small, part)) for part in small.parts)
    return tuple(head + part.stream for head, part in zip(heads, small.parts, strict=True))


def _scale(images: PackedImages, part: PackedPart) -> dict[str, Any]:
    """What makes signals of the numbers of a part."""
    slopes, intercepts = images.lines[..., 0].reshape(-1), images.lines[..., 1].reshape(-1)
    offsets = intercepts + slopes * images.lowest
    one = {"offset": float(offsets[0]), "step": float(slopes[0]), "top": images.top}
    if (slopes == slopes[0]).all() and (offsets == offsets[0]).all():
        return one
    first = part.first_slice * images.shape[1]
    last = first + len(part.ends) * images.shape[1]
    return {**one, "lines": np.column_stack([offsets, slopes])[first:last].tolist()}


def _rounded(series: Images) -> tuple[bytes, ...]:
    """Parts of signals that are no whole numbers, in even steps."""
    images = np.nan_to_num(np.asarray(series.images), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(images.min()), float(images.max())
    step = 1.0 if high == low else (high - low) / TOP
    per_part = max(PART_BYTES // (images[0].size * 2), 1)
    parts = []
    for first in range(0, len(images), per_part):
        stored = np.rint((images[first : first + per_part] - low) / step).astype("<u2")
        head = _head(series, first, len(stored), {"offset": low, "step": step, "top": round((high - low) / step)})
        parts.append(head + zlib.compress(stored.tobytes(), 1))
    return tuple(parts)


def _head(series: Images, first_slice: int, n_slices: int, scale: dict[str, Any]) -> bytes:
    """Header of a part and its length."""
    _, echoes, rows, columns = series.images.shape
    place = {"series": series.key, "first_slice": first_slice, "n_slices": n_slices}
    raw = json.dumps({**place, "echoes": echoes, "rows": rows, "columns": columns, **scale}).encode()
    return struct.pack("<I", len(raw)) + raw
