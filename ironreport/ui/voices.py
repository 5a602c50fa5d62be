"""Which series of images speaks for which organ of this session's exam."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ironreport.canvas import Board
from ironreport.records import DecaySignal

VOICES, OFFERED = "series-of-organ", "regions-offered"


@dataclass(frozen=True, slots=True)
class Voice:
    """The series whose regions speak for an organ, and the signal they last put into the exam; None for none.

    The exam may have been changed since, by hand or by another file: the series then speaks no more.
    """

    series_key: str
    signal: DecaySignal | None


def voices() -> dict[str, Voice]:
    """The voice of each organ that has one."""
    found: dict[str, Voice] = st.session_state.setdefault(VOICES, {})
    return found


def offered() -> set[tuple[str, str, str]]:
    """Series, region and organ of what had its chance to join the exam."""
    found: set[tuple[str, str, str]] = st.session_state.setdefault(OFFERED, set())
    return found


def board_name(series_key: str) -> str:
    """Where the board of a series is kept in the session."""
    return f"board-{series_key}"


def put_board(board: Board) -> None:
    """Keep a board; it outlives the visit of other pages."""
    st.session_state[board_name(board.series)] = board
