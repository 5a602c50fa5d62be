"""The boards of this session: the regions drawn on each series, kept while other pages are visited."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ironreport.canvas import Board, Images, Marks, board_from_browser, canvas_data, empty_board
from ironreport.intake import display_window
from ironreport.ui import canvas, state
from ironreport.ui.spoken_canvas import spoken
from ironreport.ui.voices import board_name, put_board


def board_of(series: Images) -> Board:
    """The board of a series in this session; an empty one at first."""
    held: Board | None = st.session_state.get(board_name(series.key))
    return held or empty_board(series)


def show_canvas(
    series: Images, labels: Mapping[str, str], outside: Mapping[str, str] | None = None, marks: Marks | None = None
) -> None:
    """Draw the canvas.

    Parameters
    ----------
    series : EchoSeries or InversionSeries
    labels : dict
        By region what was found, for example its T2*.
    outside : dict or None
        By region why it is not in the report; None where no region of the series ever is.
    marks : Marks, optional
    """
    board, knowledge = board_of(series), state.knowledge()
    key = f"canvas-{series.key}"

    def receive() -> None:
        put_board(board_from_browser(st.session_state[key].get("drawn"), board_of(series), knowledge.organs))

    data = canvas_data(series, board, knowledge, _window(series), labels, outside, marks or Marks())
    canvas.show(key, spoken(data), receive)


def _window(series: Images) -> tuple[float, float]:
    """Window of the whole series, found once."""
    name = f"window-{series.key}"
    if name not in st.session_state:
        st.session_state[name] = display_window(series.images)
    found: tuple[float, float] = st.session_state[name]
    return found
