"""The canvas of the workbench: its browser files, and the pixels packed for it.

The pixels travel once: they are the constant data of components of their own, which Streamlit sends again only
where they change. No file is fetched and nothing is built; the sources below are what the browser runs.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ironreport.records import EchoSeries, InversionSeries

Images = EchoSeries | InversionSeries
FOLDER = Path(__file__).parent
SCRIPTS = ("geometry", "picture", "regions", "board", "pointing", "controls")
PART_BYTES = 24 * 2**20
"""Of unpacked pixels in one message; Streamlit sends at most ``maxMessageSize``."""
MOST_PART_BYTES = 48 * 2**20
"""Of a single slice that is larger than a part."""
MOST_BYTES = 256 * 2**20
"""Of unpacked pixels in all: an old tablet has no more to give."""
TOP = 65535


def _source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """The browser's code of one component in one piece."""
    return "\n".join(_source(f"{name}.js") for name in ("store", *names))


_canvas = st.components.v2.component(
    "ironreport_canvas", html=_source("workbench.html"), css=_source("workbench.css"), js=script(*SCRIPTS)
)
_pixels = st.components.v2.component("ironreport_pixels", js=script("pixels"))


def show(key: str, data: dict[str, Any], on_drawn: Callable[[], None]) -> None:
    """Draw the canvas; ``on_drawn`` runs after each change of a region."""
    _canvas(key=key, data=data, on_drawn_change=on_drawn)


def is_drawable(series: Images) -> bool:
    """Whether the series is small enough for a browser, and each slice for one message."""
    return series.images.size * 2 <= MOST_BYTES and series.images[0].size * 2 <= MOST_PART_BYTES


def send_pixels(series: Images) -> None:
    """Give the browser the pixels of a series, packed once in a session."""
    name = f"packed-{series.key}"
    if name not in st.session_state:
        st.session_state[name] = packed(series)
    for i, part in enumerate(st.session_state[name]):
        _pixels(key=f"pixels-{series.key}-{i}", data=part, height="content")


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
