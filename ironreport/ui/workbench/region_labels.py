"""What stands on the label of each region: the number of the report, or what it reads alone and why it is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ironreport.canvas import Board, DrawnRegion
from ironreport.canvas.board_readings import BoardReadings, is_ready
from ironreport.records import EchoSeries
from ironreport.report.answers import time_in_words
from ironreport.report.numbers import named
from ironreport.ui import state
from ironreport.ui.workbench.exam_step import regions_in_exam, why_outside


@dataclass(frozen=True, slots=True)
class RegionLabels:
    """By id of the region its number in words, and why it is not in the report."""

    numbers: Mapping[str, str]
    outside: Mapping[str, str]


def labels_of(series: EchoSeries, board: Board, readings: BoardReadings) -> RegionLabels:
    """The labels of a board whose exam is in step with it."""
    numbers = {drawn.id: number_of(series, drawn, readings) for drawn in board.regions}
    outside = {drawn.id: why_outside(series, drawn, readings) for drawn in board.regions}
    return RegionLabels({k: v for k, v in numbers.items() if v}, {k: v for k, v in outside.items() if v})


def number_of(series: EchoSeries, drawn: DrawnRegion, readings: BoardReadings) -> str:
    """T2* (or T2) as the report has it where the region alone speaks for its organ, else marked as its own."""
    reading, inside = readings.alone[drawn.id], regions_in_exam(series, drawn.organ, readings)
    if reading.signal is None or not is_ready(reading.signal):
        return ""
    if inside == (drawn,):
        return time_in_words(state.assessment().finding(drawn.organ), state.knowledge())
    own = reading.alone.time if reading.alone else None
    return f"{named(own)} alone" if own else "no number"
