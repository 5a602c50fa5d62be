"""The sample exam that fills every page: images with regions, three organs, two earlier visits, an iron balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ironreport.assess.earlier import earlier_results
from ironreport.canvas import Board, empty_board, with_region
from ironreport.canvas.board_readings import Reader, Readings
from ironreport.intake import ReadResult, read_series
from ironreport.records import (
    Assessment,
    Context,
    DecaySignal,
    EchoSeries,
    Exam,
    Finding,
    Measurement,
    PreviousResult,
    Transfused,
)
from ironreport.synthetic.sample_patient import EARLIER_T2STAR_MS, PLACES, earlier_signals, sample_patient_files
from ironreport.ui import state
from ironreport.ui.kept_images import small
from ironreport.ui.voices import Voice, offered, put_board, voices
from ironreport.ui.ways_in import leave_exam

NAME = "Sample exam (synthetic)"
TRANSFUSED = Transfused(weight_kg=54.0, n_units=26.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The exam, its images, what is drawn and what is found; the same for everybody, as no patient is behind it."""

    exam: Exam
    images: ReadResult
    board: Board
    assessed: Assessment
    found: Mapping[str, Finding]


@cache
def sample() -> Sample:
    """The sample, measured once for the process as a reader's own images are."""
    images = small(read_series(sample_patient_files()))
    (series,) = images.series
    board = _board(series)
    read = Readings().of(series, board.regions, Reader(state.knowledge(), series.field_tesla))
    measured = tuple(Measurement(reading.signal) for reading in read.of_organ.values() if reading.signal is not None)
    context = Context("tdt", previous=_earlier(), transfused=TRANSFUSED)
    exam, found = Exam(NAME, exam_date="2026-11-01", measurements=measured, context=context), dict[str, Finding]()
    return Sample(exam, images, board, state.assess_exam(exam, found), found)


def _board(series: EchoSeries) -> Board:
    board = empty_board(series)
    for organ, location, region in PLACES:
        board = with_region(board, organ, location, region)
    return board


def _earlier() -> tuple[PreviousResult, ...]:
    visits = (
        Exam(NAME, exam_date=date, measurements=tuple(map(Measurement, earlier_signals(t2star_ms))))
        for date, t2star_ms in EARLIER_T2STAR_MS
    )
    return tuple(result for visit in visits for result in earlier_results(visit, state.knowledge()))


def open_sample() -> None:
    """Put the sample exam in place of this one, with its images and what is drawn on them."""
    held = sample()
    leave_exam()
    state.put(held.exam)
    state.put_assessed(held.exam, held.assessed, held.found)
    state.put_images(held.images)
    put_board(held.board)
    signals = (m.signal for m in held.exam.measurements)
    voices().update((s.organ, Voice(held.board.series, s)) for s in signals if isinstance(s, DecaySignal))
    offered().update((held.board.series, d.id, d.organ) for d in held.board.regions)
