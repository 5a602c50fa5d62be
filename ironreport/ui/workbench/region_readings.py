"""The readings of this session's boards, and what the reader chose for them."""

from __future__ import annotations

import streamlit as st

from ironreport.canvas import Board
from ironreport.canvas.board_readings import BoardReadings, Reader, Readings
from ironreport.records import EchoSeries
from ironreport.ui import state
from ironreport.ui.workbench.exclusion import KEPT, kept_whole

READINGS = "region-readings"


def readings_of(series: EchoSeries, board: Board, field_tesla: float | None) -> BoardReadings:
    """The readings of a board; what did not change is not measured again."""
    held: Readings = st.session_state.setdefault(READINGS, Readings())
    return held.of(series, board.regions, reader(field_tesla))


def reader(field_tesla: float | None = None) -> Reader:
    """How the regions of this session are read."""
    return Reader(state.knowledge(), field_tesla, kept_whole())


def is_by_mean(organ: str) -> bool:
    """Whether several regions of an organ make one value by the mean of their times."""
    return reader().is_by_mean(organ)


def leave_out_unlike(organ: str, on: bool) -> None:
    """Keep the reader's choice whether pixels unlike the rest count; the Maps page goes by it too."""
    st.session_state[KEPT] = kept_whole() - {organ} if on else kept_whole() | {organ}
