"""The map as a picture to keep: what stands on the screen, with its colour bar and caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from ironreport.measure.iron_maps import IronMap
from ironreport.records import EchoSeries
from ironreport.report.maps.picture import MapLayers, map_picture
from ironreport.report.maps.scale import MapScale
from ironreport.ui import state
from ironreport.ui.maps import map_canvas


def show_download(
    series: EchoSeries, one: IronMap, scale: MapScale, view: dict[str, Any], lines: Sequence[str], *, is_doubt: bool
) -> None:
    """The button; the picture is made when it is pressed."""

    def picture() -> bytes:
        layers = layers_of(series, one, view["slice"], is_doubt=is_doubt)
        return map_picture(layers, scale, view["opacity"], lines)

    st.download_button(
        "Download this map (PNG)", picture, file_name=f"map-slice-{view['slice'] + 1}.png", mime="image/png",
        on_click="ignore", key=f"map-png-{state.token()}",
    )  # fmt: skip


def layers_of(series: EchoSeries, one: IronMap, slice_index: int, *, is_doubt: bool) -> MapLayers:
    """One slice of a map as it is drawn."""
    values = one.fits.relative_half_width if is_doubt else one.rates_per_s
    spacing = series.pixel_spacing_mm
    return MapLayers(
        grey=map_canvas.grey_of(series)[slice_index],
        values=np.where(one.fits.measurable, values, np.nan)[slice_index],
        hatched=one.unmeasurable[slice_index],
        aspect=spacing[0] / spacing[1] if spacing else 1.0,
    )
