"""The canvas of a map: values packed once for the browser, and the tables that turn them into colours and words."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from ironreport.canvas import page, script, style
from ironreport.canvas.packing import PART_BYTES
from ironreport.intake import display_window, slice_picture
from ironreport.measure.iron_maps import IronMap
from ironreport.records import EchoSeries, Region
from ironreport.report.maps.scale import MapQuantity, MapScale
from ironreport.ui.spoken_canvas import spoken

OUTSIDE, UNMEASURABLE, FIRST_CODE, LAST_CODE = 0, 1, 2, 65535
RATE_ENDS_PER_S, DOUBT_ENDS = (0.1, 1e5), (1e-4, 10.0)
N_NODES = 1025
"""Between the nodes of a table, 1.4 % of a rate apart, a straight line is right to five digits."""
PLANES = ("grey", "rate", "doubt")
ROOM = 0.06
"""Least distance of a tick from a class limit, as a part of the bar."""
DARK_FILL = 330
"""Red, green and blue together, below which white text reads on a fill."""

Codes = npt.NDArray[np.uint16]

_map = st.components.v2.component(
    "ironreport_map",
    html=page("map"),
    css=style("map"),
    js=script("words", "geometry", "picture", "map"),
)
_planes = st.components.v2.component("ironreport_map_planes", js=script("pixels", "pixels_in_app"))


def show(key: str, data: dict[str, Any], on_view: Callable[[], None]) -> None:
    """Draw the map; ``on_view`` runs after slice or opacity changed."""
    _map(key=key, data=spoken(data), on_view_change=on_view)


def send(parts: Sequence[bytes], name: str) -> None:
    """Give the browser the planes of a map."""
    for i, part in enumerate(parts):
        _planes(key=f"planes-{name}-{i}", data=part, height="content")


def grey_of(series: EchoSeries) -> npt.NDArray[np.uint8]:
    """The first echo of all slices in one window, shape (n_slices, n_rows, n_columns)."""
    first = series.images[:, 0]
    window = display_window(first)
    return np.array([slice_picture(image, *window) for image in first])


def packed(one: IronMap, series: EchoSeries, name: str) -> tuple[bytes, ...]:
    """Parts of whole slices in the form of ``ironreport.canvas.packed``: grey, code of the rate, code of the doubt."""
    codes = np.stack([grey_of(series).astype(np.uint16), *codes_of(one)], axis=1)
    per_part = max(PART_BYTES // codes[0].nbytes, 1)
    shape = {"echoes": len(PLANES), "rows": codes.shape[2], "columns": codes.shape[3]}
    parts = []
    for first in range(0, len(codes), per_part):
        stored = codes[first : first + per_part].astype("<u2")
        header = json.dumps({"series": name, "first_slice": first, "n_slices": len(stored), **shape}).encode()
        parts.append(struct.pack("<I", len(header)) + header + zlib.compress(stored.tobytes(), 1))
    return tuple(parts)


def codes_of(one: IronMap) -> tuple[Codes, Codes]:
    """Rate and doubt of each pixel as codes; where nothing is measurable the doubt holds the rate's lower limit."""
    seen = one.fits.measurable
    limit = np.where(one.unmeasurable & (one.fits.ci_low_per_s > 0.0), one.fits.ci_low_per_s, np.nan)
    doubt = np.where(seen, coded(one.fits.relative_half_width, DOUBT_ENDS), coded(limit, RATE_ENDS_PER_S))
    rate = np.where(seen, coded(one.rates_per_s, RATE_ENDS_PER_S), np.where(one.body, UNMEASURABLE, OUTSIDE))
    return rate.astype(np.uint16), doubt.astype(np.uint16)


def coded(values: npt.NDArray[np.floating], ends: tuple[float, float]) -> Codes:
    """Even steps of the logarithm from `FIRST_CODE` on, 0 for what is no number; a step is 0.02 %."""
    known = np.isfinite(values)
    share = np.log(np.clip(np.where(known, values, ends[0]), *ends) / ends[0]) / np.log(ends[1] / ends[0])
    return np.where(known, np.rint(FIRST_CODE + share * (LAST_CODE - FIRST_CODE)), OUTSIDE).astype(np.uint16)


def nodes(ends: tuple[float, float]) -> list[float]:
    """Values that stand at the nodes of a table."""
    return [float(value) for value in np.geomspace(*ends, N_NODES)]


def tables(scale: MapScale, spoken: MapQuantity, *, is_doubt: bool) -> dict[str, Any]:
    """What the browser needs to colour the codes, draw the bar and say values."""
    ends = DOUBT_ENDS if is_doubt else RATE_ENDS_PER_S
    values = [float(f"{spoken.value_of(rate):.6g}") for rate in nodes(RATE_ENDS_PER_S)]
    return {
        "plane": PLANES.index("doubt" if is_doubt else "rate"),
        "breaks": [int(coded(np.array(band.high), ends)) for band in scale.bands[:-1]],
        "colours": [band.colour for band in scale.bands],
        "bar": {
            "title": f"{scale.title} · lines: class limits" if scale.limits else scale.title,
            "words": _bar_words(scale, "doubt" if is_doubt else "iron"),
            "bands": [_drawn(scale, i) for i in range(len(scale.bands))],
            "limits": [asdict(mark) for mark in scale.limits],
            "ticks": [asdict(mark) for mark in scale.ticks if _is_clear(mark.at, scale)],
        },
        "value": {
            "symbol": spoken.symbol,
            "unit": spoken.unit,
            "nodes": values,
            "falls": values[0] > values[-1],
            "doubt_of": "R2* " if spoken.is_iron else "",
        },
        "doubts": [float(f"{doubt:.4g}") for doubt in nodes(DOUBT_ENDS)],
    }


def outlines(regions: Sequence[tuple[str, Region]]) -> list[dict[str, Any]]:
    """Regions with their names, as the browser draws them."""
    return [{"name": name, "region": asdict(region)} for name, region in regions]


def _is_clear(at: float, scale: MapScale) -> bool:
    """Whether a tick has room beside the class limits."""
    return all(abs(at - limit.at) > ROOM for limit in scale.limits)


def _drawn(scale: MapScale, i: int) -> dict[str, Any]:
    band = scale.bands[i]
    ink = "#ffffff" if sum(bytes.fromhex(band.colour[1:])) < DARK_FILL else "#121212"
    place = {"from": round(scale.place(band.low), 5), "to": round(scale.place(band.high), 5)}
    return {**place, "colour": band.colour, "ink": ink, "label": band.label}


def _bar_words(scale: MapScale, more: str) -> str:
    """The bar in words, for those who do not see it."""
    classes = ", ".join(dict.fromkeys(band.label for band in scale.bands if band.label))
    limits = ", ".join(mark.text for mark in scale.limits)
    parts = [f"Colour bar of {scale.title}, the darker the more {more}"]
    parts += [f"class limits {limits}"] if limits else []
    parts += [f"classes {classes}"] if classes else []
    return "; ".join(parts)
