"""What the drawn regions say: the finding of the selected one, what it rests on, and its place in the exam."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ironreport.canvas import Board, DrawnRegion, Images
from ironreport.canvas.board_readings import BoardReadings, is_ready
from ironreport.exam import is_of_another_exam
from ironreport.records import DecaySignal, EchoSeries
from ironreport.report.content import Card
from ironreport.report.explained.explaining import formulas_of, texts_of_card
from ironreport.ui import parts, state
from ironreport.ui.charts import band_chart
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain
from ironreport.ui.workbench.edge_parts import show_parts
from ironreport.ui.workbench.exam_step import held, put_in_exam, regions_in_exam, why_outside
from ironreport.ui.workbench.exclusion import is_screened
from ironreport.ui.workbench.region_labels import number_of
from ironreport.ui.workbench.region_readings import is_by_mean, leave_out_unlike

ROW_PX = 35


def show_reading(series: EchoSeries, board: Board, readings: BoardReadings) -> None:
    """The selected region: its class and number first, then exam, decay, signals."""
    drawn = board.current
    if drawn is None:
        first = "Choose the organ, then outline it on the image."
        again = "Outline the next region, or choose one below the image."
        st.info(f"{again if board.regions else first} Its finding stands here.", icon=":material/draw:")
        return
    reading = readings.alone[drawn.id]
    if reading.error is not None:
        parts.show_refusal(reading.error)
    if reading.edge is not None:
        show_parts(series, drawn, reading.edge)
    _show_place(series, drawn, readings)
    card = _card_of(drawn.organ)
    if card is not None:
        _show_answer(card)
        _show_local_additions()
    shown = _measured_as(series, drawn, readings)
    if shown is not None:
        _show_screen(drawn, shown, is_marked=reading.edge is None)
    if card is not None:
        with st.expander("Decay and fit", expanded=True):
            parts.show_decay(card, f"region-{state.token()}")
    if shown is not None:
        _show_signals(shown)


def _card_of(organ: str) -> Card | None:
    """The card that the report prints for an organ; None where the exam does not hold it."""
    if not organ or held(organ) is None:
        return None
    return next(card for card in state.content().cards if card.organ == organ)


def _measured_as(series: EchoSeries, drawn: DrawnRegion, readings: BoardReadings) -> DecaySignal | None:
    """The signal behind the card; the region's own where there is no card, and none beside the card of others."""
    if drawn in regions_in_exam(series, drawn.organ, readings):
        return readings.of_organ[drawn.organ].signal
    return None if drawn.organ and held(drawn.organ) is not None else readings.alone[drawn.id].signal


def show_name_conflict(series: Images, drawn: DrawnRegion) -> None:
    """Where the header of T1 images names other organs: they raise no finding that could carry the doubt."""
    organs, ids = state.knowledge().organs, state.knowledge().organs_named(series.header_text)
    if drawn.organ and ids and drawn.organ not in ids:
        named = ", ".join(organs[o].name.lower() for o in ids)
        st.warning(
            plain(
                f"The header of this series names {named}, the region is named {organs[drawn.organ].name.lower()}. "
                "Both may be right; check series and organ.", 300,
            ),
            icon=":material/label:",
        )  # fmt: skip


def _show_place(series: EchoSeries, drawn: DrawnRegion, readings: BoardReadings) -> None:
    """Whether the region is in the report, with which others, and what each of them reads alone."""
    reading, why = readings.alone[drawn.id], why_outside(series, drawn, readings)
    if reading.signal is None:
        return
    if not is_ready(reading.signal):
        words = "Choose the organ (and the field where the files do not state it) to see the fit."
        st.info(words, icon=":material/arrow_forward:")
    elif is_of_another_exam(reading.signal, state.exam()):
        parts.show_of_another_exam()
    elif why:
        number = number_of(series, drawn, readings)
        st.warning(
            plain(f"**Not in the report**: {why}. This region reads {number}.", 300), icon=":material/label_off:"
        )
        _offer_to_exam(series, drawn, readings)
    else:
        _show_group(series, readings, drawn.organ)


def _offer_to_exam(series: EchoSeries, drawn: DrawnRegion, readings: BoardReadings) -> None:
    if not drawn.reported:
        return
    organ = state.knowledge().organ(drawn.organ).name.lower()
    label = "Add to exam" if held(drawn.organ) is None else f"Replace {plain(organ)} in the exam"
    if st.button(label, type="primary", key=f"region-to-exam-{state.token()}"):
        put_in_exam(series, drawn.organ, readings)
        st.rerun()


def _show_group(series: EchoSeries, readings: BoardReadings, organ: str) -> None:
    group = regions_in_exam(series, organ, readings)
    if len(group) == 1:
        st.caption("In the report, and kept in step with the outline. *Findings* shows every step.")
        return
    how = "as the mean of their times" if is_by_mean(organ) else "as one set of pixels"
    each = "; ".join(f"{d.location or f'region {n}'} {number_of(series, d, readings)}" for n, d in enumerate(group, 1))
    st.caption(plain(f"In the report: {len(group)} regions, {how}. {each}.", 900))


def _show_screen(drawn: DrawnRegion, signal: DecaySignal, *, is_marked: bool) -> None:
    """How many pixels are unlike the rest, and the switch that takes them back."""
    n_drawn, n_kept = _pixels_of(signal)
    key = f"workbench-screened-{drawn.organ}-{state.token()}"

    def chosen() -> None:
        leave_out_unlike(drawn.organ, bool(st.session_state[key]))

    st.toggle(
        "Leave out pixels unlike the rest (vessels)", value=is_screened(drawn.organ), key=key, on_change=chosen,
        disabled=not n_drawn,
    )  # fmt: skip
    if n_drawn and is_screened(drawn.organ):
        words = f"{n_drawn - n_kept} of {n_drawn} pixels are left out of the fit"
        st.caption(f"{words}, magenta on the image." if n_kept < n_drawn and is_marked else f"{words}.")


def _pixels_of(signal: DecaySignal) -> tuple[int, int]:
    """Pixels drawn and kept, of all regions; zeros where the fit rests on the mean signal."""
    summaries = [p.pixels for p in (signal.parts or (signal,)) if p.pixels is not None]
    return sum(s.n_pixels for s in summaries), sum(s.n_kept for s in summaries)


def _show_local_additions() -> None:
    local = state.content().local
    for line in (*local.lines, *local.local_limits):
        st.caption(plain(line, 500))


def _show_answer(card: Card) -> None:
    """The finding card in short: number, interval, class and every doubt.

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
        if card.band is not None:
            words = f"{card.name}: {card.headline}, {card.class_word}"
            st.vega_lite_chart(band_chart(card.band), width="stretch", key="band-region", alt=words)
        st.markdown(plain(card.measured, 400))
        st.caption(plain(" · ".join(p for p in (card.calibration, card.other_calibrations) if p), 500))
        if card.absence and not card.severity:
            st.info(plain(" ".join(card.absence), 900), icon=":material/do_not_disturb_on:")
        for flag in card.flags:
            st.info(plain(flag, 600), icon=":material/flag:")
        parts.show_cautions(card.cautions)
        show_explained(texts_of_card(card), formulas_of(card))


def _show_signals(signal: DecaySignal) -> None:
    """Mean and scatter of all pixels drawn, and the median of those the fit rests on."""
    frame = pd.DataFrame(
        {
            "TE [ms]": signal.te_ms,
            "mean": [round(s, 1) for s in signal.signal],
            "SD": [round(s, 1) for s in signal.sd] or None,
            "median of kept": [round(m, 1) for m in signal.pixels.curve] if signal.pixels else None,
        },
        index=range(1, signal.n_echoes + 1),
    )
    frame.index.name = "echo"
    with st.expander(f"Mean of {signal.n_pixels} pixels at each echo"):
        height = min(ROW_PX * (len(frame) + 1) + 3, 500)
        st.dataframe(frame, width="stretch", height=height, alt="Mean, SD and median at each echo")
