"""What the drawn regions say: each measured and fitted, the selected one shown, the exam kept in step."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ironreport.errors import IronReportError
from ironreport.exam import is_of_another_exam
from ironreport.intake import region_pixels, region_signal
from ironreport.records import DecaySignal, EchoSeries, Exam, Measurement
from ironreport.report.content import Card
from ironreport.report.numbers import named
from ironreport.ui import parts, state
from ironreport.ui.charts import band_chart
from ironreport.ui.shown import plain
from ironreport.ui.workbench import Board, DrawnRegion

ROW_PX = 35
READINGS, OWNERS, OFFERED = "region-readings", "region-of-organ", "regions-offered"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one region gave: its signal and T2* in words, or why there is none."""

    signal: DecaySignal | None = None
    medians: tuple[float, ...] = ()
    label: str = ""
    error: IronReportError | None = None


def readings_of(series: EchoSeries, board: Board, field_tesla: float | None) -> dict[str, Reading]:
    """The reading of each region by its id; a region that did not change is not measured again."""
    held: dict[Hashable, Reading] = st.session_state.get(READINGS, {})
    keys = {d.id: (series.key, d.organ, d.site, d.region, field_tesla) for d in board.regions}
    readings = {d.id: held.get(keys[d.id]) or _read(series, d, field_tesla) for d in board.regions}
    st.session_state[READINGS] = {keys[id_]: reading for id_, reading in readings.items()}
    return readings


def _read(series: EchoSeries, drawn: DrawnRegion, field_tesla: float | None) -> Reading:
    try:
        signal = measured(series, drawn, field_tesla)
        medians = np.median(region_pixels(series, drawn.region), axis=0)
    except IronReportError as error:
        return Reading(error=error)
    return Reading(signal, tuple(float(m) for m in medians), _label(signal))


def measured(series: EchoSeries, drawn: DrawnRegion, field_tesla: float | None) -> DecaySignal:
    """The signal of a drawn region: the one place where pixels under a region become numbers."""
    return replace(region_signal(series, drawn.region, drawn.organ, drawn.site), field_tesla=field_tesla)


def _label(signal: DecaySignal) -> str:
    """T2* (or T2) of the region for its name tag; empty until organ and field are known."""
    if not is_ready(signal):
        return ""
    estimate = state.assess_exam(Exam("", measurements=(Measurement(signal),))).findings[0].estimate
    return named(estimate.time) if estimate and estimate.time else "no number"


# ------------------------------------------------------------------------------------- the exam


def keep_exam_in_step(series: EchoSeries, board: Board, readings: Mapping[str, Reading]) -> bool:
    """Whether the exam had to change to hold what is drawn.

    The first region of an organ joins the exam by itself and stays in step with its outline. It never replaces
    what came from elsewhere, nor another region: that asks for a click.
    """
    before = state.exam()
    _forget_removed(series, board)
    owners, offered = _owners(), _offered()
    for drawn in board.regions:
        signal = readings[drawn.id].signal
        if signal is None or not is_ready(signal) or is_of_another_exam(signal, state.exam()):
            continue
        organs = {m.organ: m for m in state.exam().measurements}
        name = (series.key, drawn.id)
        if owners.get(drawn.organ) == name and drawn.organ in organs:
            if organs[drawn.organ].signal != signal:
                put_in_exam(series, drawn, signal)
        elif drawn.organ not in organs and (*name, drawn.organ) not in offered:
            put_in_exam(series, drawn, signal)
        offered.add((*name, drawn.organ))
    return state.exam() != before


def is_ready(signal: DecaySignal) -> bool:
    """Whether a signal says whose it is and at which field."""
    return bool(signal.organ) and signal.field_tesla is not None


def put_in_exam(series: EchoSeries, drawn: DrawnRegion, signal: DecaySignal) -> None:
    """Let a region speak for its organ in the exam; what the reader chose for the organ stays."""
    _owners()[drawn.organ] = (series.key, drawn.id)
    state.add(Measurement(signal, state.choices(drawn.organ)))


def _forget_removed(series: EchoSeries, board: Board) -> None:
    """Take from the exam what a deleted or renamed region had put there."""
    organ_of = {drawn.id: drawn.organ for drawn in board.regions}
    for organ, (series_key, region_id) in list(_owners().items()):
        if series_key == series.key and organ_of.get(region_id) != organ:
            del _owners()[organ]
            _offered().discard((series_key, region_id, organ))
            state.remove(organ)


def _owners() -> dict[str, tuple[str, str]]:
    """By organ the series and region whose signal the exam holds."""
    found: dict[str, tuple[str, str]] = st.session_state.setdefault(OWNERS, {})
    return found


def _offered() -> set[tuple[str, str, str]]:
    """Regions that had their chance to join by themselves: what a reader took out is not put back."""
    found: set[tuple[str, str, str]] = st.session_state.setdefault(OFFERED, set())
    return found


# -------------------------------------------------------------------------------- what is shown


def show_reading(
    series: EchoSeries, board: Board, readings: Mapping[str, Reading], *, with_charts: bool = True
) -> None:
    """The selected region: its class and number first, then exam, decay, signals.

    Charts take most of the time: they are drawn last, and left to the next run where one follows at once.
    """
    drawn = board.current
    if drawn is None:
        first = "Choose the organ, then outline it on the image."
        again = "Outline the next region, or choose one below the image."
        st.info(f"{again if board.regions else first} Its finding stands here.", icon=":material/draw:")
        return
    reading = readings[drawn.id]
    if reading.error is not None:
        parts.show_refusal(reading.error)
    if reading.signal is None:
        return
    found = _show_finding(series, drawn, reading.signal)
    decay = st.container()
    _show_signals(reading.signal, reading.medians)
    if found and with_charts:
        _show_charts(*found, decay)


def _show_finding(series: EchoSeries, drawn: DrawnRegion, signal: DecaySignal) -> tuple[Card, DeltaGenerator] | None:
    """The card shown and the place of its band bar; None where there is no finding yet."""
    current = state.exam()
    if not is_ready(signal):
        st.info(
            "Choose the organ (and the field where the files do not state it) to see the fit.",
            icon=":material/arrow_forward:",
        )
        return None
    if is_of_another_exam(signal, current):
        st.error(
            "**These images belong to another patient or exam than those already measured.** "
            "One report of both would be wrong for both. Choose *New exam* first, or load the right images.",
            icon=":material/block:",
        )
        return None
    measurement = Measurement(signal, state.choices(drawn.organ))
    alone = Exam(current.pseudonym, measurements=(measurement,), context=current.context)
    content = state.described(state.assess_exam(alone))
    card = content.cards[0]
    band = _show_answer(card)
    _show_place_in_exam(series, drawn, signal, card.name)
    for line in (*content.site.lines, *content.site.local_limits):
        st.caption(plain(line, 500))
    return card, band


def _show_charts(card: Card, band: DeltaGenerator, decay: DeltaGenerator) -> None:
    if card.band is not None:
        words = f"{card.name}: {card.headline}, {card.class_word}"
        band.altair_chart(band_chart(card.band), width="stretch", key="band-region", alt=words)
    with decay.expander("Decay and fit", expanded=True):
        parts.show_decay(card, f"region-{state.token()}")


def _show_answer(card: Card) -> DeltaGenerator:
    """The place of the band bar in the finding card in short: number, interval, class and every doubt.

    The sentences stand in Findings.
    """
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(card.name)}** :small[{plain(card.where)} · {plain(parts.STANDING[card.standing])}]")
        if card.critical:
            st.error(
                "**Critical result.** The referring physician needs to know now.", icon=":material/emergency_home:"
            )
        st.markdown(f"### {plain(card.headline)}")
        word = f"{card.class_word}, provisional" if card.provisional else card.class_word
        st.markdown(f"**{plain(word)}** · {plain(card.interval or 'no interval')}")
        band = st.container()
        st.markdown(plain(card.measured, 400))
        st.caption(plain(" · ".join(p for p in (card.calibration, card.other_calibrations) if p), 500))
        if card.absence and not card.severity:
            st.info(plain(" ".join(card.absence), 900), icon=":material/do_not_disturb_on:")
        for flag in card.flags:
            st.info(plain(flag, 600), icon=":material/flag:")
        parts.show_cautions(card.cautions)
    return band


def _show_place_in_exam(series: EchoSeries, drawn: DrawnRegion, signal: DecaySignal, organ: str) -> None:
    organs = {m.organ for m in state.exam().measurements}
    if drawn.organ in organs and _owners().get(drawn.organ) == (series.key, drawn.id):
        st.caption("In the exam, and kept in step with the outline. *Findings* shows every step.")
        return
    label = f"Replace {organ.lower()} in the exam" if drawn.organ in organs else "Add to exam"
    if st.button(label, type="primary", key=f"region-to-exam-{state.token()}"):
        put_in_exam(series, drawn, signal)
        st.rerun()


def _show_signals(signal: DecaySignal, medians: tuple[float, ...]) -> None:
    frame = pd.DataFrame(
        {
            "TE [ms]": signal.te_ms,
            "mean": [round(s, 1) for s in signal.signal],
            "median": [round(m, 1) for m in medians],
            "SD": [round(s, 1) for s in signal.sd] or None,
            "n": signal.n_pixels,
        },
        index=range(1, signal.n_echoes + 1),
    )
    frame.index.name = "echo"
    with st.expander(f"Mean of {signal.n_pixels} pixels at each echo"):
        height = min(ROW_PX * (len(frame) + 1) + 3, 500)
        st.dataframe(frame, width="stretch", height=height, alt="Mean, median, SD and n per echo")
