"""What the drawn regions measure: each alone and those of one organ together, kept while nothing changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from ironreport.errors import IronReportError
from ironreport.intake import region_mask, region_pixels
from ironreport.measure.region_signals import measure, measure_together
from ironreport.records import DecaySignal, EchoSeries, Exam, Measurement
from ironreport.relaxometry.region import kept_pixels
from ironreport.report.numbers import named
from ironreport.ui import state
from ironreport.ui.workbench.board import Board, DrawnRegion
from ironreport.ui.workbench.exclusion import KEPT, is_screened

READINGS, TOGETHER = "region-readings", "regions-together"


@dataclass(frozen=True, slots=True)
class RegionReading:
    """What one region, or several together, gave: the signal and T2* in words, or why there is none."""

    signal: DecaySignal | None = None
    label: str = ""
    error: IronReportError | None = None


@dataclass(frozen=True, slots=True)
class BoardReadings:
    """What a board gave: by id of the region, and by organ where its regions are used together."""

    alone: Mapping[str, RegionReading]
    together: Mapping[str, RegionReading]

    def of(self, drawn: DrawnRegion) -> RegionReading:
        """The reading that speaks for a region."""
        return self.together.get(drawn.organ) or self.alone[drawn.id]

    @property
    def labels(self) -> dict[str, str]:
        """T2* of each region by its id, where it is known."""
        return {id_: reading.label for id_, reading in self.alone.items() if reading.label}


def readings_of(series: EchoSeries, board: Board, field_tesla: float | None) -> BoardReadings:
    """The readings of a board; what did not change is not measured again."""
    held: dict[Hashable, RegionReading] = st.session_state.get(READINGS, {})
    kept: dict[Hashable, RegionReading] = {}

    def once(drawn: Sequence[DrawnRegion]) -> RegionReading:
        regions = tuple((d.organ, d.location, d.region) for d in drawn)
        key = (series.key, regions, is_screened(drawn[0].organ), field_tesla)
        kept[key] = held.get(key) or _reading(series, drawn, field_tesla)
        return kept[key]

    alone = {drawn.id: once([drawn]) for drawn in board.regions}
    groups = {organ: drawn for organ, drawn in regions_by_organ(board).items() if len(drawn) > 1}
    together = {organ: once(drawn) for organ, drawn in groups.items() if is_together(organ)}
    st.session_state[READINGS] = kept
    return BoardReadings(alone, together)


def _reading(series: EchoSeries, drawn: Sequence[DrawnRegion], field_tesla: float | None) -> RegionReading:
    try:
        signal = _at_field(_measured(series, drawn), field_tesla)
    except IronReportError as error:
        return RegionReading(error=error)
    return RegionReading(signal, _label(signal))


def _measured(series: EchoSeries, drawn: Sequence[DrawnRegion]) -> DecaySignal:
    """The signal of drawn regions of one organ: the one place where pixels under regions become numbers."""
    organ = drawn[0].organ
    screened = is_screened(organ)
    if len(drawn) == 1:
        return measure(series, drawn[0].region, organ, drawn[0].location, screened=screened)
    placed = [(d.location, d.region) for d in drawn]
    return measure_together(series, placed, organ, by_mean=is_by_mean(organ), screened=screened)


def _at_field(signal: DecaySignal, field_tesla: float | None) -> DecaySignal:
    """The signal with the field that the reader named where the images do not."""
    return replace(
        signal, field_tesla=field_tesla, parts=tuple(replace(p, field_tesla=field_tesla) for p in signal.parts)
    )


def _label(signal: DecaySignal) -> str:
    """T2* (or T2) for a name tag; empty until organ and field are known."""
    if not is_ready(signal):
        return ""
    estimate = state.assess_exam(Exam("", measurements=(Measurement(signal),))).findings[0].estimate
    return named(estimate.time) if estimate and estimate.time else "no number"


def is_ready(signal: DecaySignal) -> bool:
    """Whether a signal says whose it is and at which field."""
    return bool(signal.organ) and signal.field_tesla is not None


# ------------------------------------------------------------------------------ what the reader chose


def regions_by_organ(board: Board) -> dict[str, list[DrawnRegion]]:
    """The regions of a board by their organ; those without one are left out."""
    found: dict[str, list[DrawnRegion]] = {}
    for drawn in board.regions:
        if drawn.organ:
            found.setdefault(drawn.organ, []).append(drawn)
    return found


def is_by_mean(organ: str) -> bool:
    """Whether several regions of an organ make one value by the mean of their times."""
    return state.knowledge().organ(organ).pooling == "mean-of-regions"


def is_together(organ: str) -> bool:
    """Whether the regions of an organ are used together: as its rule says, until the reader chooses."""
    chosen: dict[str, bool] = st.session_state.get(TOGETHER, {})
    return chosen.get(organ, is_by_mean(organ))


def use_together(organ: str, together: bool) -> None:
    """Keep the reader's choice."""
    st.session_state[TOGETHER] = {**st.session_state.get(TOGETHER, {}), organ: together}


def leave_out_unlike(organ: str, on: bool) -> None:
    """Keep the reader's choice whether pixels unlike the rest count; the Maps page goes by it too."""
    all_kept: frozenset[str] = st.session_state.get(KEPT, frozenset())
    st.session_state[KEPT] = all_kept - {organ} if on else all_kept | {organ}


def left_out_pixels(series: EchoSeries, drawn: DrawnRegion | None, readings: BoardReadings) -> list[int]:
    """Pixels of a region that its fit leaves out as unlike the rest, counted row by row over the image."""
    signal = readings.alone[drawn.id].signal if drawn else None
    if drawn is None or signal is None or signal.pixels is None or signal.pixels.n_kept == signal.pixels.n_pixels:
        return []
    mask = region_mask(drawn.region, (series.images.shape[2], series.images.shape[3]))
    found: list[int] = np.flatnonzero(mask)[~kept_pixels(region_pixels(series, drawn.region))].tolist()
    return found
