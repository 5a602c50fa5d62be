"""A region that crosses an edge: both parts in colour on the image, and one click that keeps one of them."""

from __future__ import annotations

import math

import streamlit as st

from ironreport.canvas import DrawnRegion, with_outline
from ironreport.measure.edges import Edge
from ironreport.records import EchoSeries, Region
from ironreport.ui.voices import put_board
from ironreport.ui.workbench.board import board_of

NAMES = {True: "Orange", False: "Blue"}
"""Colours of the faster and the slower part, as the canvas paints them."""


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
