"""The pixels of a series packed for the browser; they travel once."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np

from ironreport.records import EchoSeries, InversionSeries

Images = EchoSeries | InversionSeries
PART_BYTES = 24 * 2**20
"""Of unpacked pixels in one message; Streamlit sends at most ``maxMessageSize``."""
MOST_PART_BYTES = 48 * 2**20
"""Of a single slice that is larger than a part."""
MOST_BYTES = 256 * 2**20
"""Of unpacked pixels in all: an old tablet has no more to give."""
TOP = 65535


def is_drawable(series: Images) -> bool:
    """Whether the series is small enough for a browser, and each slice for one message."""
    return series.images.size * 2 <= MOST_BYTES and series.images[0].size * 2 <= MOST_PART_BYTES


def packed(series: Images) -> tuple[bytes, ...]:
    """Parts of whole slices: length of the header, header as JSON, zlib of uint16 (slice, echo, row, column).

    Signal is ``offset + step`` times the stored value; whole numbers that fit keep themselves.
    """
    images = np.nan_to_num(series.images, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(images.min()), float(images.max())
    is_whole = high - low <= TOP and bool(np.array_equal(images, np.rint(images)))
    step = 1.0 if is_whole or high == low else (high - low) / TOP
    per_part = max(PART_BYTES // (images[0].size * 2), 1)
    shape = {"echoes": images.shape[1], "rows": images.shape[2], "columns": images.shape[3]}
    scale = {"offset": low, "step": step, "top": round((high - low) / step)}
    parts = []
    for first in range(0, len(images), per_part):
        stored = np.rint((images[first : first + per_part] - low) / step).astype("<u2")
        header = json.dumps({"series": series.key, "first_slice": first, "n_slices": len(stored), **shape, **scale})
        raw = header.encode()
        parts.append(struct.pack("<I", len(raw)) + raw + zlib.compress(stored.tobytes(), 1))
    return tuple(parts)
