"""A region that crosses an edge: both parts in colour on the image, and one click that keeps one of them."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from ironreport.measure.edges import Edge
from ironreport.records import EchoSeries, Region
from ironreport.ui.workbench.board import DrawnRegion, Marks, board_of, put_board, with_outline
from ironreport.ui.workbench.region_readings import BoardReadings, left_out_pixels

NAMES = {True: "Orange", False: "Blue"}
"""Colours of the faster and the slower part, as the canvas paints them."""


def marks_of(series: EchoSeries, drawn: DrawnRegion | None, readings: BoardReadings) -> Marks:
    """What the canvas colours in a region: both parts where it crosses an edge, else the pixels unlike the rest."""
    edge = readings.alone[drawn.id].edge if drawn else None
    if edge is None:
        return Marks(left_out=left_out_pixels(series, drawn, readings))
    faster, slower = (np.flatnonzero(part).tolist() for part in (edge.faster, edge.slower))
    return Marks(faster=faster, slower=slower)


def show_parts(series: EchoSeries, drawn: DrawnRegion, edge: Edge) -> None:
    """What each part reads, and the buttons that keep it as the region; undo takes it back."""
    st.markdown("**The region crosses an edge.** Keep the part that lies in the organ (undo takes it back):")
    for faster, column in zip((True, False), st.columns(2), strict=True):
        region = edge.inside(faster=faster, slice_index=drawn.region.slice_index)
        rate = edge.rates_per_s[0 if faster else 1]
        reads = f"{rate:.3g} s⁻¹" if math.isfinite(rate) else "no decay"
        column.button(
            f"{NAMES[faster]}, {reads}", key=f"keep-{NAMES[faster].lower()}-{drawn.id}", disabled=region is None,
            width="stretch",
            on_click=_keep, args=(series, drawn.id, region),
        )  # fmt: skip


def _keep(series: EchoSeries, id_: str, region: Region | None) -> None:
    if region is not None:
        put_board(with_outline(board_of(series), id_, region))
