"""Keeps the exam in step with what is drawn, and lets nothing that came from elsewhere be replaced unasked.

All regions of an organ that carry a tick are the organ's measurement. Which regions the exam holds, and why another
one is not among them, is asked here and nowhere else: the labels, the finding beside the image and the maps go by it.
"""

from __future__ import annotations

from ironreport.canvas import Board, DrawnRegion, regions_by_organ
from ironreport.canvas.board_readings import BoardReadings, is_ready
from ironreport.exam import is_of_another_exam
from ironreport.records import DecaySignal, EchoSeries, Measurement, PrintedResult
from ironreport.ui import state
from ironreport.ui.voices import Voice, offered, voices


def keep_exam_in_step(series: EchoSeries, board: Board, readings: BoardReadings) -> bool:
    """Whether the exam had to change to hold what is drawn.

    The regions of an organ join the exam by themselves and stay in step with their outlines and ticks. They never
    replace what came from elsewhere: that asks for a click.
    """
    before = state.exam()
    ours = [organ for organ, voice in voices().items() if voice.series_key == series.key]
    for organ in dict.fromkeys((*ours, *regions_by_organ(board.regions))):
        signal = _joining(organ, readings)
        is_new = signal is not None and held(organ) is None and _is_fresh(series, readings.counted[organ])
        if is_new or _speaks(series, organ):
            _put(series, organ, signal)
        if signal is not None:
            offered().update((series.key, d.id, d.organ) for d in readings.counted[organ])
    return state.exam() != before


def regions_in_exam(series: EchoSeries, organ: str, readings: BoardReadings) -> tuple[DrawnRegion, ...]:
    """The regions whose measurement the exam holds for an organ."""
    is_there = _speaks(series, organ) and held(organ) is not None
    return readings.counted.get(organ, ()) if is_there else ()


def put_in_exam(series: EchoSeries, organ: str, readings: BoardReadings) -> None:
    """Let the regions of this series speak for an organ; what the reader chose for it stays."""
    _put(series, organ, _joining(organ, readings))


def why_outside(series: EchoSeries, drawn: DrawnRegion, readings: BoardReadings) -> str:
    """Why a region is not in the report; empty where it is."""
    reading = readings.alone[drawn.id]
    if drawn in regions_in_exam(series, drawn.organ, readings):
        return ""
    if not drawn.organ:
        return "its organ is not named"
    if reading.signal is None:
        return "it cannot be measured"
    if not drawn.reported:
        return "its tick is off"
    if not is_ready(reading.signal):
        return "the field strength is not stated"
    if is_of_another_exam(reading.signal, state.exam()):
        return "its images are of another exam"
    if held(drawn.organ) is None:
        return "the organ was taken out of the exam"
    return "the organ was measured elsewhere"


def held(organ: str) -> DecaySignal | PrintedResult | None:
    """What the exam holds for an organ."""
    return next((m.signal for m in state.exam().measurements if m.organ == organ), None)


def _joining(organ: str, readings: BoardReadings) -> DecaySignal | None:
    """The signal of an organ's regions where it can stand in this exam."""
    reading = readings.of_organ.get(organ)
    signal = reading.signal if reading else None
    if signal is None or not is_ready(signal) or is_of_another_exam(signal, state.exam()):
        return None
    return signal


def _speaks(series: EchoSeries, organ: str) -> bool:
    """Whether the exam still holds for an organ what the regions of this series put there."""
    voice = voices().get(organ)
    return voice is not None and voice.series_key == series.key and voice.signal == held(organ)


def _put(series: EchoSeries, organ: str, signal: DecaySignal | None) -> None:
    voices()[organ] = Voice(series.key, signal)
    if signal is None and held(organ) is not None:
        state.remove(organ)
    elif signal is not None and held(organ) != signal:
        state.add(Measurement(signal, state.choices(organ)))


def _is_fresh(series: EchoSeries, counted: tuple[DrawnRegion, ...]) -> bool:
    """Whether one of the regions never had its chance to join: what a reader took out is not put back."""
    return any((series.key, d.id, d.organ) not in offered() for d in counted)
