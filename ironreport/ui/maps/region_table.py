"""The regions of the exam on its maps: what their single pixels hold, and what the screen for vessels leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from ironreport.canvas.board_readings import at_field
from ironreport.errors import IronReportError
from ironreport.intake import region_mask
from ironreport.measure.iron_maps import IronMap, PixelSpread, spread_in
from ironreport.measure.region_signals import measure_together
from ironreport.records import DecaySignal, EchoSeries, Measurement, Region
from ironreport.report.answers import bounds_near, ladder_of
from ironreport.report.content import Row
from ironreport.report.maps.scale import MapQuantity, MapScale
from ironreport.report.numbers import named
from ironreport.ui import parts, state
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain
from ironreport.ui.workbench.board import board_of
from ironreport.ui.workbench.exam_step import keep_exam_in_step
from ironreport.ui.workbench.exclusion import is_screened, left_out_of, show_exclusion
from ironreport.ui.workbench.region_readings import is_by_mean, leave_out_unlike, readings_of

N_BINS = 60
LEAST_PART = 1e-3
"""Iron of zero has no place on a logarithmic axis."""
BAR, LIMIT = "#2a9d9d", "#8a8f94"


@dataclass(frozen=True, slots=True)
class MeasuredRegion:
    """A region of this series that speaks for its organ in the exam, alone or with others."""

    measurement: Measurement
    signal: DecaySignal
    location: str
    region: Region

    @property
    def organ(self) -> str:
        """Organ id."""
        return self.signal.organ

    @property
    def name(self) -> str:
        """Organ and location for its label."""
        organ = state.knowledge().organ(self.organ).name
        return f"{organ} · {self.location}" if self.location else organ


def measured_regions(series: EchoSeries) -> tuple[MeasuredRegion, ...]:
    """The regions of the exam that were drawn on this series."""
    found = [(m, m.signal) for m in state.exam().measurements if isinstance(m.signal, DecaySignal)]
    return tuple(
        MeasuredRegion(measurement, signal, location, region)
        for measurement, signal in found
        if _is_on(signal, series)
        for location, region in _placed(signal)
    )


def _is_on(signal: DecaySignal, series: EchoSeries) -> bool:
    if signal.series_key:
        return signal.series_key == series.key
    return signal.te_ms == series.te_ms and signal.exam_key == series.exam_key


def _placed(signal: DecaySignal) -> list[tuple[str, Region]]:
    """Locations and regions behind a signal."""
    if signal.regions:
        return [(one.location, one.region) for one in signal.regions]
    return [(part.location, part.region) for part in (signal.parts or (signal,)) if part.region is not None]


def show_regions(
    series: EchoSeries, one: IronMap, regions: tuple[MeasuredRegion, ...], shown: MapQuantity, scale: MapScale
) -> tuple[MeasuredRegion | None, dict[str, Any] | None]:
    """The region chosen with its pixels; and those of them that are unlike the rest, for the browser to mark."""
    if not regions:
        st.info(
            "Measure a region on the *Images* page to see the pixels inside it, and which of them are vessels.",
            icon=":material/draw:",
        )
        return None, None
    chosen = regions[0]
    if len(regions) > 1:
        picked = st.selectbox(
            "Region", range(len(regions)), format_func=lambda i: regions[i].name,
            key=f"map-region-{series.key}-{len(regions)}",
        )  # fmt: skip
        chosen = regions[picked or 0]
    mask = region_mask(chosen.region, (series.images.shape[2], series.images.shape[3]))
    _show_spread(chosen, spread_in(one, chosen.region.slice_index, mask), shown)
    chart = histogram(one.rates_per_s[chosen.region.slice_index][mask], shown, scale)
    if chart is not None:
        words = f"Histogram of {shown.title} of the pixels in the region {chosen.name}"
        st.vega_lite_chart(chart, width="stretch", key=f"map-histogram-{state.token()}", alt=words)
    try:
        with st.container(border=True):
            show_exclusion(series, chosen.region, chosen.signal.contrast)
            _show_switch(series, chosen)
        return chosen, left_out_of(series, chosen.region)
    except IronReportError as error:
        parts.show_refusal(error)
        return chosen, None


# ------------------------------------------------------------------------------------ the switch


def _show_switch(series: EchoSeries, chosen: MeasuredRegion) -> None:
    key = f"map-screened-{chosen.organ}-{state.token()}"
    st.session_state[key] = is_screened(chosen.organ)
    st.toggle(
        "Leave them out of the number reported", key=key, on_change=_switched, args=(series, chosen, key),
        disabled=chosen.signal.pixels is None,
    )  # fmt: skip


def _switched(series: EchoSeries, chosen: MeasuredRegion, key: str) -> None:
    """Keep the choice, and measure the regions of the exam by it: all of the board, or the one the exam holds."""
    leave_out_unlike(chosen.organ, bool(st.session_state[key]))
    signal, board = chosen.signal, board_of(series)
    keep_exam_in_step(series, board, readings_of(series, board, signal.field_tesla))
    is_unchanged = next((m.signal for m in state.exam().measurements if m.organ == chosen.organ), None) is signal
    if is_unchanged and (placed := _placed(signal)):
        again = measure_together(
            series, placed, chosen.organ, by_mean=is_by_mean(chosen.organ), screened=is_screened(chosen.organ)
        )
        again = replace(at_field(again, signal.field_tesla), header_organs=signal.header_organs)
        state.add(replace(chosen.measurement, signal=again))


# ------------------------------------------------------------------------------------ the pixels


def _show_spread(chosen: MeasuredRegion, spread: PixelSpread, shown: MapQuantity) -> None:
    """The number reported first, then what the single pixels say."""
    finding = next((f for f in state.assessment().findings if f.organ == chosen.organ), None)
    estimate = finding.estimate if finding else None
    iron = estimate.iron.iron if estimate and estimate.iron else None
    ladder = ladder_of(finding, state.knowledge()) if finding else None
    found = [e for e in (iron, estimate.time if estimate else None) if e is not None]
    reported = [named(e, bounds_near(ladder, e.quantity)) for e in found]
    said = f"{chosen.name}: {' · '.join(reported) or 'no number'}"
    st.markdown(f"**{plain(chosen.name)}**: {plain(' · '.join(reported) or 'no number')} :small[(reported)]")
    rows = [
        Row(f"Pixels, median {shown.symbol}", _value(spread.median_per_s, shown)),
        Row("Middle half of the pixels", _middle_half(spread, shown)),
        Row("Not measurable", f"{100 * spread.unmeasurable:.1f} % of {spread.n_pixels} pixels"),
    ]
    parts.show_rows(rows, "Pixels of the region")
    show_explained([said, *(f"{row.label}: {row.value}" for row in rows)])


def _value(rate: float | None, shown: MapQuantity) -> str:
    return "not measurable" if rate is None else f"{shown.value_of(rate):.3g} {shown.unit}"


def _middle_half(spread: PixelSpread, shown: MapQuantity) -> str:
    ends = (spread.low_per_s, spread.high_per_s)
    words = ["not measurable" if rate is None else f"{shown.value_of(rate):.3g}" for rate in ends]
    if all(rate is not None for rate in ends):
        words = sorted(words, key=float)
    return f"{words[0]} to {words[1]} {shown.unit}"


def histogram(rates_per_s: npt.NDArray[np.floating], shown: MapQuantity, scale: MapScale) -> dict[str, Any] | None:
    """Pixels on the axis of the colour bar, what lies beyond it in its last steps; None where none can be measured."""
    seen = rates_per_s[np.isfinite(rates_per_s)].astype(np.float64)
    if not seen.size:
        return None
    steps = np.geomspace(scale.low, scale.high, N_BINS + 1)
    counts, _ = np.histogram(np.clip(seen, scale.low, scale.high), steps)
    values = np.array([shown.value_of(rate) for rate in steps.tolist()])
    edges = np.maximum(values, LEAST_PART * values.max()).tolist()
    rows = [{"from": a, "to": b, "pixels": n} for a, b, n in zip(edges, edges[1:], counts.tolist(), strict=False)]
    axis = {"type": "log", "domain": sorted((edges[0], edges[-1])), "reverse": edges[0] > edges[-1], "nice": False}
    x = {"field": "from", "type": "quantitative", "title": f"{shown.title}, the ends and beyond", "scale": axis}
    tips = [{"field": name, "type": "quantitative", "format": ".3g"} for name in ("from", "to", "pixels")]
    y = {"field": "pixels", "type": "quantitative", "title": "Pixels"}
    bars = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}, "tooltip": tips}
    limits = [{"limit": float(mark.text), "word": mark.text} for mark in scale.limits]
    rule = {"type": "rule", "color": LIMIT, "strokeDash": [5, 4], "strokeWidth": 1.5}
    layers = [{"data": {"values": rows}, "mark": {"type": "rect", "color": BAR, "clip": True}, "encoding": bars}]
    if limits:
        place = {"x": {"field": "limit", "type": "quantitative", "scale": axis}}
        layers.append({"data": {"values": limits}, "mark": rule, "encoding": place})
        word = {"type": "text", "baseline": "bottom", "dy": -2, "fontSize": 11}
        named_limit = {**place, "y": {"value": 0}, "text": {"field": "word"}}
        layers.append({"data": {"values": limits}, "mark": word, "encoding": named_limit})
    return {"layer": layers, "height": 150, "width": "container"}
