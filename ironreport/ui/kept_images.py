"""The images of this session, kept small: as stored, and the series that is shown as its pixels travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from ironreport.canvas import Images, OneSeries, kept_small, kept_stored
from ironreport.intake import ReadResult
from ironreport.ui import state

WHOLE = "images-of-all-exams"


def small(found: ReadResult) -> ReadResult:
    """What was read, in as little memory as its numbers allow: the series that is shown first as it travels."""
    stored = _each(found, kept_stored)
    series: tuple[Images, ...] = (*stored.series, *stored.inversion_series)
    shown = series[0] if series else None
    return stored if shown is None else _each(stored, lambda one: kept_small(one) if one is shown else one)


def opened(series: OneSeries) -> OneSeries:
    """The series that is shown, kept as its pixels travel, in this session too."""
    shown = kept_small(series)
    if shown is not series:
        for name in (state.IMAGES, WHOLE):
            held: ReadResult | None = st.session_state.get(name)
            if held is not None:
                st.session_state[name] = _each(held, lambda one: shown if one is series else one)
    return shown


def _each(found: ReadResult, change: Callable[[Any], Any]) -> ReadResult:
    """What was read, each series changed into one of its kind."""
    return replace(
        found,
        series=tuple(map(change, found.series)),
        inversion_series=tuple(map(change, found.inversion_series)),
    )
