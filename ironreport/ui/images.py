"""The Images page: files in, series chosen, regions drawn or placed by numbers, each with its finding beside it."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from ironreport.errors import IronReportError
from ironreport.intake import ReadResult, read_series
from ironreport.phantom import REGIONS
from ironreport.records import EchoSeries, Region
from ironreport.samples import sample_images
from ironreport.ui import canvas, parts, state
from ironreport.ui.shown import plain, without_controls
from ironreport.ui.workbench import board_of, put_board, show_canvas, with_region
from ironreport.ui.workbench_findings import keep_exam_in_step, readings_of, show_reading

SAMPLE = "sample"


def show() -> None:
    """Draw the page."""
    left, middle, right = st.columns([1, 2, 2]) if state.images() else (st.container(),) * 3
    with left:
        _read_files()
    result = state.images()
    if result is None:
        st.info("Multi-echo gradient-echo images go here. Nothing leaves this computer.", icon=":material/info:")
        return
    with middle:
        _show_found(result)
    if result.n_patients > 1 or result.n_studies > 1:
        st.error(
            f"**The upload holds {result.n_patients} patients and {result.n_studies} exams.** "
            "A report of two would be wrong for both. Upload the files of one exam.", icon=":material/block:",
        )  # fmt: skip
        return
    if result.series:
        with right:
            series = _series_choice(result.series)
        _show_workbench(series)


# ------------------------------------------------------------------------------------- files in


def _read_files() -> None:
    with st.expander("Files", expanded=state.images() is None):
        left, right, sample = st.columns([2, 2, 1], vertical_alignment="bottom")
        files = left.file_uploader(
            "DICOM files or one zip (fastest)", accept_multiple_files=True, key=f"dicom-files-{state.token()}"
        )
        folder = right.file_uploader(
            "or a whole folder", accept_multiple_files="directory", key=f"dicom-folder-{state.token()}"
        )
        if sample.button("Load the sample images", width="stretch"):
            _read([sample_images()], SAMPLE)
    chosen = [*(files or []), *(folder or [])]
    fingerprint = repr([(f.file_id, f.size) for f in chosen])
    if chosen and st.session_state.get("images-of") != fingerprint:
        _read([(f.name, f.getvalue()) for f in chosen], fingerprint)


def _read(files: list[tuple[str, bytes]], fingerprint: str) -> None:
    bar = st.progress(0.0, "Reading")

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(total, 1), f"Reading {done} of {total}")

    try:
        result = read_series(files, progress)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    finally:
        bar.empty()
    state.put_images(result)
    st.session_state["images-of"] = fingerprint
    st.rerun()


def _show_found(result: ReadResult) -> None:
    left_out = sum(x.n_files for x in result.left_out)
    if not result.series:
        st.error("**No usable multi-echo magnitude series was found.** The table says why.", icon=":material/block:")
    with st.expander(f"{len(result.series)} usable series; {left_out} files left out.", expanded=not result.series):
        if result.series:
            st.dataframe(_series_table(result.series), hide_index=True, width="stretch", alt="Series found")
        for left in result.left_out:
            files = "1 file" if left.n_files == 1 else f"{left.n_files} files"
            st.markdown(f"- **{files} · {plain(left.code)}** {plain(left.what, 400)} {plain(left.cure, 400)}")


def _series_table(series: tuple[EchoSeries, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": [s.label for s in series],
            "kind": [s.contrast for s in series],
            "slices": [s.n_slices for s in series],
            "echoes": [s.n_echoes for s in series],
            "TE [ms]": [f"{s.te_ms[0]:g} to {s.te_ms[-1]:g}" for s in series],
            "field [T]": ["not stated" if s.field_tesla is None else f"{s.field_tesla:g}" for s in series],
        }
    )


# ------------------------------------------------------------------------------------ workbench


def _show_workbench(series: EchoSeries) -> None:
    """Image left, finding right. Pixels are sent outside the part that runs again with each line drawn."""
    is_drawable = canvas.is_drawable(series)
    if not is_drawable:
        st.warning(
            "This series is too large to be drawn on in a browser. Regions can be placed by numbers.",
            icon=":material/warning:",
        )
    _show_board(series, is_drawable)
    if is_drawable:
        canvas.send_pixels(series)


@st.fragment
def _show_board(series: EchoSeries, is_drawable: bool) -> None:
    left, right = st.columns([8, 5], gap="medium")
    with right:
        field_tesla = _field(series)
        board = board_of(series)
        readings = readings_of(series, board, field_tesla)
        must_run_again = keep_exam_in_step(series, board, readings)
    with left:
        if is_drawable:
            show_canvas(series, {id_: reading.label for id_, reading in readings.items() if reading.label})
        _place_by_numbers(series)
    with right:
        show_reading(series, board, readings, with_charts=not must_run_again)
    if must_run_again:
        st.rerun()


def _series_choice(series: tuple[EchoSeries, ...]) -> EchoSeries:
    chosen = st.selectbox(
        "Series",
        range(len(series)),
        format_func=lambda i: without_controls(series[i].label),
        key=f"series-{state.token()}",
        label_visibility="collapsed",
    )
    return series[chosen or 0]


def _field(series: EchoSeries) -> float | None:
    if series.field_tesla is None:
        return parts.field_choice(f"images-field-{state.token()}")
    st.caption(f"Field strength read from the images: {series.field_tesla:g} T")
    return series.field_tesla


def _place_by_numbers(series: EchoSeries) -> None:
    """The way without drawing: organ, shape, place and size typed."""
    with st.expander("Place a region by numbers"):
        organ = parts.organ_choice(f"images-organ-{state.token()}")
        if organ:
            st.caption(plain(f"Place it in: {state.knowledge().organ(organ).site}.", 200))
            _sample_hint(organ)
        site = st.text_input("Site (optional)", key=f"images-site-{state.token()}", max_chars=60)
        region = _region_form(series)
        st.button(
            "Place the region", key=f"place-{series.key}", type="primary", disabled=not organ,
            on_click=lambda: put_board(with_region(board_of(series), organ or "", site or "", region)),
        )  # fmt: skip


def _region_form(series: EchoSeries) -> Region:
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
    if st.session_state.get("images-of") == SAMPLE and place is not None:
        st.caption(
            f"In the sample: slice {place.slice_index + 1}, row {place.row:g}, column {place.column:g}, "
            f"height {place.height:g}, width {place.width:g}."
        )
