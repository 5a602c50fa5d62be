"""Keeps the exam in step with what is drawn, and lets nothing that came from elsewhere be replaced unasked."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ironreport.exam import is_of_another_exam
from ironreport.records import DecaySignal, EchoSeries, Measurement
from ironreport.ui import state
from ironreport.ui.workbench.board import Board
from ironreport.ui.workbench.region_readings import BoardReadings, RegionReading, is_ready, regions_by_organ

OWNERS, OFFERED = "region-of-organ", "regions-offered"
Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speaker:
    """What can speak for an organ in the exam: one region, or those that are used together."""

    ids: Ids
    signal: DecaySignal


def keep_exam_in_step(series: EchoSeries, board: Board, readings: BoardReadings) -> bool:
    """Whether the exam had to change to hold what is drawn.

    The first region of an organ joins the exam by itself and stays in step with its outline, alone or together with
    the others. It never replaces what came from elsewhere, nor another region: that asks for a click.
    """
    before = state.exam()
    speakers = {organ: _speakers(organ, board, readings) for organ in regions_by_organ(board)}
    _forget_silent(series, speakers)
    for organ, candidates in speakers.items():
        heir = _heir(series, organ, candidates, board.selected)
        fresh = [s for s in candidates if not _was_offered(series, organ, s.ids)]
        if heir is not None and _holds_ours(organ, series):
            _put(series, organ, heir)
        elif fresh and _held(organ) is None:
            _put(series, organ, fresh[0])
        _offered().update((series.key, id_, organ) for s in candidates for id_ in s.ids)
    return state.exam() != before


def is_in_exam(series: EchoSeries, organ: str, ids: Ids) -> bool:
    """Whether the exam holds just these regions for an organ."""
    return _owners().get(organ) == (series.key, ids) and _holds_ours(organ, series)


def put_in_exam(series: EchoSeries, ids: Ids, signal: DecaySignal) -> None:
    """Let regions speak for their organ in the exam; what the reader chose for the organ stays."""
    _put(series, signal.organ, Speaker(ids, signal))


def ids_of(board: Board, organ: str, region_id: str, readings: BoardReadings) -> Ids:
    """The regions that speak together with one: itself, or all of its organ."""
    if organ not in readings.together:
        return (region_id,)
    return tuple(drawn.id for drawn in regions_by_organ(board)[organ])


def _speakers(organ: str, board: Board, readings: BoardReadings) -> list[Speaker]:
    """The candidates of one organ that have a signal for this exam."""
    drawn = regions_by_organ(board)[organ]
    given: list[tuple[Ids, RegionReading]] = [((d.id,), readings.alone[d.id]) for d in drawn]
    if organ in readings.together:
        given = [(tuple(d.id for d in drawn), readings.together[organ])]
    return [
        Speaker(ids, reading.signal)
        for ids, reading in given
        if reading.signal is not None
        and is_ready(reading.signal)
        and not is_of_another_exam(reading.signal, state.exam())
    ]


def _heir(series: EchoSeries, organ: str, candidates: list[Speaker], selected: str) -> Speaker | None:
    """Who speaks on for the organ where regions were joined or parted: the selected one, else the first."""
    owner = _owners().get(organ)
    if owner is None or owner[0] != series.key:
        return None
    heirs = [s for s in candidates if set(s.ids) & set(owner[1])]
    return next((s for s in heirs if selected in s.ids), heirs[0]) if heirs else None


def _forget_silent(series: EchoSeries, speakers: dict[str, list[Speaker]]) -> None:
    """Take from the exam what regions had put there that were deleted, renamed or can no longer be measured."""
    for organ, (series_key, ids) in list(_owners().items()):
        if series_key != series.key or _heir(series, organ, speakers.get(organ, []), ""):
            continue
        if _holds_ours(organ, series):
            state.remove(organ)
        del _owners()[organ]
        _offered().difference_update((series_key, id_, organ) for id_ in ids)


def _put(series: EchoSeries, organ: str, speaker: Speaker) -> None:
    _owners()[organ] = (series.key, speaker.ids)
    if _held(organ) != speaker.signal:
        state.add(Measurement(speaker.signal, state.choices(organ)))


def _held(organ: str) -> object | None:
    return next((m.signal for m in state.exam().measurements if m.organ == organ), None)


def _holds_ours(organ: str, series: EchoSeries) -> bool:
    """Whether the exam holds a signal of this series for an organ, not one typed or opened since."""
    held = _held(organ)
    return isinstance(held, DecaySignal) and held.series_key == series.key


def _was_offered(series: EchoSeries, organ: str, ids: Ids) -> bool:
    return all((series.key, id_, organ) in _offered() for id_ in ids)


def _owners() -> dict[str, tuple[str, Ids]]:
    """By organ the series and regions whose signal the exam holds."""
    found: dict[str, tuple[str, Ids]] = st.session_state.setdefault(OWNERS, {})
    return found


def _offered() -> set[tuple[str, str, str]]:
    """Regions that had their chance to join by themselves: what a reader took out is not put back."""
    found: set[tuple[str, str, str]] = st.session_state.setdefault(OFFERED, set())
    return found
