"""The Images page: files in, exam and series chosen, regions drawn or placed by numbers, each with its finding."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from ironreport.canvas import Images, is_drawable, with_region
from ironreport.canvas.board_readings import marks_of
from ironreport.errors import IronReportError
from ironreport.exam import is_of_another_exam
from ironreport.intake import ExamFound, ReadResult, listing, region_pixels, suggested_use
from ironreport.records import EchoSeries, InversionSeries, Region
from ironreport.synthetic.phantom import REGIONS
from ironreport.synthetic.sample_files import PHANTOM_FOLDER
from ironreport.ui import canvas, parts, state
from ironreport.ui.kept_images import WHOLE, opened
from ironreport.ui.served import served_by
from ironreport.ui.shown import plain, series_name, without_controls
from ironreport.ui.t1_panel import method_choice, show_recovery
from ironreport.ui.voices import put_board
from ironreport.ui.workbench.board import board_of, show_canvas
from ironreport.ui.workbench.exam_step import keep_exam_in_step
from ironreport.ui.workbench.files_in import SOURCE, TYPED, asks_times, echo_times_of, read_files
from ironreport.ui.workbench.found_masks import masks_left_out, offer_masks
from ironreport.ui.workbench.readout import show_name_conflict, show_reading
from ironreport.ui.workbench.region_labels import labels_of
from ironreport.ui.workbench.region_readings import reader, readings_of


def show() -> None:
    """Draw the page."""
    left, middle, right = st.columns([1, 2, 2]) if state.images() else (st.container(),) * 3
    with left:
        read_files()
    result = state.images()
    if result is None:
        words = f"Multi-echo and inversion recovery images go here. Nothing leaves {served_by()}."
        st.info(words, icon=":material/info:")
        return
    with middle:
        _show_found(result)
    whole: ReadResult = st.session_state.get(WHOLE, result)
    if whole.n_studies > 1:
        chosen = _exam_choice(whole)
        if chosen is None:
            return
        result = chosen
    series: tuple[Images, ...] = (*result.series, *result.inversion_series)
    if series:
        with right:
            one = opened(_series_choice(series))
        st.caption(plain(" ".join(suggested_use(one, state.knowledge().organs_named(one.header_text))), 400))
        offer_masks(one)
        _show_workbench(one)


# ------------------------------------------------------------------------------------- what was found


def _show_found(result: ReadResult) -> None:
    found = listing(result, state.knowledge().organs_named)
    n_left, n_usable = sum(left["files"] for left in found["left_out"]), len(found["series"])
    if not n_usable:
        st.error("**No usable multi-echo magnitude series was found.** The table says why.", icon=":material/block:")
    n_masks = sum(mask.n_files for mask in masks_left_out())
    left_out = _files(n_left + n_masks)
    said = f"{n_usable} usable series; {left_out} left out{f', {n_masks} of masks' if n_masks else ''}."
    with st.expander(said, expanded=not n_usable):
        if n_usable:
            st.dataframe(_series_table(found), hide_index=True, width="stretch", alt="Series found")
        for left in found["left_out"]:
            why = f"{plain(left['what'], 400)} {plain(left['cure'], 400)}"
            st.markdown(f"- **{_files(left['files'])} · {plain(left['code'])}** {why}")
        for mask in masks_left_out():
            st.markdown(
                f"- **Mask {plain(mask.example)} · {plain(mask.code)}** {plain(f'{mask.what} {mask.cure}', 400)}"
            )
        if asks_times(result):
            _ask_echo_times()


def _ask_echo_times() -> None:
    """The echo times of a series in whose headers one stands on all echoes; typed, the files are read again."""
    typed = st.text_input(
        "Echo times of the protocol [ms], in the order of the images", placeholder="e.g. 1.2, 2.5, 3.8",
        key=f"{TYPED}-{state.token()}", max_chars=400, persist_state="session",
    )  # fmt: skip
    if typed and echo_times_of(typed) is None:
        st.error("Type ascending times in ms, parted by a comma and a space, for example 1.2, 2.5, 3.8.")


def _files(n: int) -> str:
    return "1 file" if n == 1 else f"{n} files"


def _series_table(found: dict[str, Any]) -> pd.DataFrame:
    series = found["series"]
    table = {
        "series": [without_controls(s["series"]) for s in series],
        "kind": [s["kind"] for s in series],
        "slices": [s["slices"] for s in series],
        "TE or TI [ms]": [_times(s) for s in series],
        "field [T]": ["not stated" if s["field_tesla"] is None else f"{s['field_tesla']:g}" for s in series],
    }
    return pd.DataFrame({"exam": [s["exam"] for s in series], **table} if len(found["exams"]) > 1 else table)


def _times(series: dict[str, Any]) -> str:
    name = "ti_ms" if series["ti_ms"] else "te_ms"
    times = series[name]
    return f"{name[:2].upper()} {times[0]:g} to {times[-1]:g} ({len(times)})"


def _exam_choice(whole: ReadResult) -> ReadResult | None:
    """The one exam that the reader means; nothing is measured before."""
    exams = {exam.study_key: exam for exam in whole.exams}
    chosen = st.radio(
        f"**The upload holds {whole.n_patients} {'patient' if whole.n_patients == 1 else 'patients'} and "
        f"{whole.n_studies} exams. Which one is meant?** One report of two would be wrong for both.",
        list(exams), index=None, format_func=lambda key: _exam_words(exams[key]),
        key=f"exam-meant-{'-'.join(key[:6] for key in exams)}", persist_state="session",
    )  # fmt: skip
    part = whole if chosen is None else whole.of_exam(chosen)
    held = state.images()
    if held is None or held.exams != part.exams:
        state.put_images(part)
    return None if chosen is None else part


def _exam_words(exam: ExamFound) -> str:
    scanner = without_controls(exam.scanner) or "scanner not stated"
    counts = f"{exam.n_files} files, {exam.n_series} usable series"
    return plain(f"Patient {exam.patient_number} · {exam.exam_date or 'no date'} · {scanner} · {counts}", 200)


def _series_choice(series: tuple[Images, ...]) -> Images:
    chosen = st.selectbox(
        "Series",
        range(len(series)),
        format_func=lambda i: series_name(series[i]),
        key=f"series-{state.token()}-{series[0].study_key[:6]}",
        label_visibility="collapsed",
    )
    return series[chosen or 0]


# ------------------------------------------------------------------------------------ workbench


def _show_workbench(series: Images) -> None:
    """Image left, finding right. Pixels are sent outside the part that runs again with each line drawn."""
    can_draw = is_drawable(series)
    if not can_draw:
        st.warning(
            "This series is too large to be drawn on in a browser. Regions can be placed by numbers.",
            icon=":material/warning:",
        )
    if isinstance(series, EchoSeries):
        _show_board(series, can_draw)
    else:
        _show_recovery_board(series, can_draw)
    if can_draw:
        canvas.send_pixels(series)


@st.fragment
def _show_board(series: EchoSeries, can_draw: bool) -> None:
    left, right = st.columns([8, 5], gap="medium")
    with right:
        field_tesla = _field(series)
        board = board_of(series)
        readings = readings_of(series, board, field_tesla)
        must_run_again = keep_exam_in_step(series, board, readings)
    with left:
        if can_draw:
            labels = labels_of(series, board, readings)
            marks = marks_of(series, board.current, readings, reader(field_tesla))
            show_canvas(series, labels.numbers, labels.outside, marks)
        _place_by_numbers(series)
    with right:
        show_reading(series, board, readings)
    if must_run_again:
        st.rerun()


@st.fragment
def _show_recovery_board(series: InversionSeries, can_draw: bool) -> None:
    left, right = st.columns([8, 5], gap="medium")
    with left:
        if can_draw:
            show_canvas(series, {})
        _place_by_numbers(series)
    drawn = board_of(series).current
    with right:
        method = method_choice("images", one_series=series.one_series)
        if drawn is None:
            st.info("Choose the organ, then outline it on the image. Its T1 stands here.", icon=":material/draw:")
            return
        if is_of_another_exam(series, state.exam()):
            parts.show_of_another_exam()
            return
        show_name_conflict(series, drawn)
        try:
            pixels = region_pixels(series, drawn.region)
        except IronReportError as error:
            parts.show_refusal(error)
            return
        st.caption(f"Mean signal of {len(pixels)} pixels at each inversion time.")
        parts.show_cautions([c.text for c in series.cautions])
        show_recovery(series.ti_ms, tuple(float(m) for m in pixels.mean(axis=0)), drawn.organ, method, "images")


def _field(series: EchoSeries) -> float | None:
    if series.field_tesla is None:
        return parts.field_choice(f"images-field-{state.token()}")
    st.caption(f"Field strength read from the images: {series.field_tesla:g} T")
    return series.field_tesla


def _place_by_numbers(series: Images) -> None:
    """The way without drawing: organ, shape, place and size typed."""
    with st.expander("Place a region by numbers"):
        organ = parts.organ_choice(f"images-organ-{state.token()}")
        if organ:
            st.caption(plain(f"Place it in: {state.knowledge().organ(organ).location}.", 200))
            _sample_hint(organ)
        location = parts.location_field(organ, f"images-location-{state.token()}")
        region = _region_form(series)
        st.button(
            "Place the region", key=f"place-{series.key}", type="primary", disabled=not organ,
            on_click=lambda: put_board(with_region(board_of(series), organ or "", location, region)),
        )  # fmt: skip


def _region_form(series: Images) -> Region:
    n_slices, _, n_rows, n_columns = series.images.shape
    shape = st.radio("Shape", ["ellipse", "rectangle"], horizontal=True, key=f"shape-{series.key}")
    st.caption("In pixels, counted from 0 at the top left.")
    fields = (
        ("Centre row", 0, n_rows - 1, n_rows // 2),
        ("Centre column", 0, n_columns - 1, n_columns // 2),
        ("Height", 1, n_rows, min(13, n_rows)),
        ("Width", 1, n_columns, min(13, n_columns)),
        ("Slice number", 1, n_slices, (n_slices + 1) // 2),
    )
    row, column, height, width, slice_number = (
        box.number_input(label, low, high, value, key=f"{label}-{series.key}")
        for box, (label, low, high, value) in zip(st.columns(5), fields, strict=True)
    )
    kind: Literal["ellipse", "rectangle"] = "rectangle" if shape == "rectangle" else "ellipse"
    return Region(kind, float(row), float(column), float(height), float(width), slice_number - 1)


def _sample_hint(organ: str) -> None:
    """Where the organ lies in the sample images, for a first try."""
    place = REGIONS.get(organ)
    if st.session_state.get(SOURCE) == PHANTOM_FOLDER and place is not None:
        st.caption(
            f"In the sample: slice {place.slice_index + 1}, row {place.row:g}, column {place.column:g}, "
            f"height {place.height:g}, width {place.width:g}."
        )
