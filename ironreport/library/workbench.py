"""The workbench of the app in a cell of a notebook. Needs the extra ``notebook``; `canvas_opening` says so."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from ironreport.canvas import (
    Board,
    DrawnRegion,
    board_from_browser,
    canvas_data,
    empty_board,
    packed,
    widget_script,
    with_region,
)
from ironreport.canvas.board_readings import BoardReadings, Reader, Readings, is_ready, marks_of
from ironreport.errors import AssessmentError
from ironreport.intake import display_window
from ironreport.knowledge import published_knowledge
from ironreport.library.choosing import known_organ
from ironreport.library.measuring import MeasuredOrgan
from ironreport.library.regions_given import Drawn, placed_regions
from ironreport.records import EchoSeries
from ironreport.report.answers import time_in_words
from ironreport.report.numbers import named


class Workbench(anywidget.AnyWidget):
    """A series on the canvas of the app: shown as the last line of a cell, read in the next.

    What is drawn, changed, undone or deleted in the browser stands in `regions` at once, as the app's records, and is
    measured by the app's own steps. The pixels are sent when the canvas asks; no saved notebook holds them.

    Parameters
    ----------
    images : EchoSeries
    organ : str
        Id of the organ that the first region is of; another can be chosen on the canvas.
    """

    _esm = traitlets.Unicode(widget_script()).tag(sync=True)
    _told = traitlets.Dict().tag(sync=True)

    def __init__(self, images: EchoSeries, organ: str = "") -> None:
        knowledge = published_knowledge()
        self._images, self._board, self._readings = images, empty_board(images), Readings()
        self._first_organ = known_organ(organ, knowledge) if organ else ""
        self._reader = Reader(knowledge, images.field_tesla)
        self._window = display_window(images.images)
        super().__init__()
        self.on_msg(self._hear)
        self._tell()

    @property
    def regions(self) -> tuple[DrawnRegion, ...]:
        """Regions as they stand, each with organ, location, region and whether it counts."""
        return self._board.regions

    @property
    def organs(self) -> tuple[MeasuredOrgan, ...]:
        """Every organ that was drawn and can be measured, from its regions with a tick."""
        return self._measured(self._read(self._board))

    def organ(self, organ: str) -> MeasuredOrgan:
        """One organ, measured in all its regions with a tick.

        Raises
        ------
        AssessmentError
            ``UNKNOWN_ORGAN``, ``NOT_DRAWN``.
        IntakeError
            Why the regions cannot be measured.
        """
        name = known_organ(organ, self._reader.knowledge)
        board = self._board
        readings = self._read(board)
        for one in self._measured(readings):
            if one.organ == name:
                return one
        ticked = [one for one in board.regions if one.organ == name and one.reported]
        for error in filter(None, (readings.alone[one.id].error for one in ticked)):
            raise error
        drawn = ", ".join(dict.fromkeys(one.organ or "no organ yet" for one in board.regions)) or "nothing"
        raise AssessmentError(
            "NOT_DRAWN",
            f"No region of the {name} counts on this canvas.",
            f"Draw one, or set its tick. Drawn: {drawn}.",
        )

    def add(self, drawn: Drawn, organ: str, location: str = "", *, slice_index: int | None = None) -> None:
        """Put a region or a mask on the canvas, where it can be changed like one that was drawn.

        Parameters are those of `ironreport.measure`.
        """
        board: Board = self._board
        name = known_organ(organ, self._reader.knowledge)
        for region in placed_regions(drawn, self._images, slice_index):
            board = with_region(board, name, location, region)
        self._board = board
        self._tell()

    def __repr__(self) -> str:
        organs = [one.organ or "no organ yet" for one in self.regions]
        counted = ", ".join(f"{organs.count(organ)} of {organ}" for organ in dict.fromkeys(organs))
        return f"Workbench({self._images.label[:60]!r}, regions: {counted or 'none yet'})"

    # ------------------------------------------------------------------------------ to and from the browser

    def _hear(self, _: object, message: Any, __: object) -> None:
        """Take what was drawn, or answer a canvas that asks for labels or pixels.

        A kernel may hear this beside a running cell. What was drawn is taken before anything is measured for a label,
        so that a cell that is run next finds it.
        """
        said = message if isinstance(message, dict) else {}
        if "drawn" in said:
            self._board = board_from_browser(said["drawn"], self._board, self._reader.knowledge.organs)
        if "labels" in said:
            self._tell()
        if "pixels" in said:
            for part in packed(self._images):
                self.send({"pixels": "here"}, [part])

    def _tell(self) -> None:
        """Give the canvas what Python knows: regions, numbers for their labels, pixels to mark."""
        board = self._board
        readings = self._read(board)
        labels = {one.id: self._label(one, readings) for one in board.regions}
        marks = marks_of(self._images, board.current, readings, self._reader)
        errors = {id_: error.refusal.what for id_, one in readings.alone.items() if (error := one.error)}
        self._told = canvas_data(
            self._images, board, self._reader.knowledge, self._window, labels, errors, marks, self._first_organ
        )

    def _read(self, board: Board) -> BoardReadings:
        return self._readings.of(self._images, board.regions, self._reader)

    def _measured(self, readings: BoardReadings) -> tuple[MeasuredOrgan, ...]:
        found = readings.of_organ.values()
        return tuple(MeasuredOrgan(one.signal, images=self._images) for one in found if one.signal)

    def _label(self, drawn: DrawnRegion, readings: BoardReadings) -> str:
        """T2* (or T2) as the report has it where the region alone speaks for its organ, else marked as its own."""
        reading = readings.alone[drawn.id]
        if reading.signal is None or not is_ready(reading.signal):
            return ""
        if readings.counted.get(drawn.organ) == (drawn,):
            return time_in_words(MeasuredOrgan(reading.signal).finding, self._reader.knowledge)
        own = reading.alone.time if reading.alone else None
        return f"{named(own)} alone" if own else "no number"
