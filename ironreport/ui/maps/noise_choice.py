"""Which noise the map rests on: measured, named, and chosen anew by the reader."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.measure.map_noise import (
    MapNoise,
    NoiseSource,
    background_noise,
    best_noise,
    corner_noise,
    residual_noise,
)
from ironreport.records import EchoSeries, Region
from ironreport.ui import parts
from ironreport.ui.shown import plain

HELD = "map-noise"
SOURCES: dict[NoiseSource, str] = {
    "corners": "image corners", "residuals": "the pixels' own decays", "background": "a background region",
}  # fmt: skip


def noise_of(series: EchoSeries, regions: tuple[Region, ...]) -> MapNoise | None:
    """The noise chosen; at first that of the image corners, or of the pixels where corners hold none or another.

    None, with its reason on the page, where it cannot be measured so.
    """
    with st.expander("Noise of the map"):
        try:
            best = _held((series.key, "best", regions), lambda: best_noise(series, regions))
        except IronReportError:
            best = None
        source = st.radio(
            "Measured in", list(SOURCES), index=list(SOURCES).index(best.source if best else "background"),
            format_func=lambda s: SOURCES[s], horizontal=True, key=f"map-noise-{series.key}",
        )  # fmt: skip
        region = _background(series) if source == "background" else None
        try:
            noise = _held((series.key, source, region or regions), lambda: _measured(series, source, region, regions))
        except IronReportError as error:
            parts.show_refusal(error)
            return None
        found = best if best and source == best.source else noise
        words = [f"σ {noise.sigma:.3g}{f', law of {noise.n_coils} coils' if noise.n_coils > 1 else ''}: {found.words}."]
        words += (
            [f"In doubt: σ {best.sigma:.3g} by {best.words}."] if best and best.source != source == "corners" else []
        )
        st.markdown(f":small[{plain(' '.join(words), 400)}]")
    return noise


def _held(name: tuple[object, ...], measure: Callable[[], MapNoise]) -> MapNoise:
    """A noise measured once in this session."""
    held: dict[tuple[object, ...], MapNoise] = st.session_state.setdefault(HELD, {})
    if name not in held:
        held[name] = measure()
    return held[name]


def _measured(series: EchoSeries, source: NoiseSource, region: Region | None, regions: tuple[Region, ...]) -> MapNoise:
    if region is not None:
        return background_noise(series, region)
    return corner_noise(series) if source == "corners" else residual_noise(series, regions)


def _background(series: EchoSeries) -> Region:
    n_rows, n_columns = series.images.shape[2:]
    fields = (
        ("Row", 0, n_rows - 1, n_rows // 12),
        ("Column", 0, n_columns - 1, n_columns // 12),
        ("Height", 1, n_rows, n_rows // 8),
        ("Width", 1, n_columns, n_columns // 8),
        ("Slice", 1, series.n_slices, 1),
    )
    row, column, height, width, number = (
        box.number_input(label, low, high, max(value, low), key=f"background-{label}-{series.key}")
        for box, (label, low, high, value) in zip(st.columns(5), fields, strict=True)
    )
    return Region("rectangle", float(row), float(column), float(height), float(width), number - 1)
