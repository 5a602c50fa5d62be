"""The Images page: files in, series and slice chosen, a region placed by numbers, its decay seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from PIL import Image

from ironreport.errors import IronReportError
from ironreport.intake import ReadResult, display_window, read_series, region_mask, region_signal, slice_picture
from ironreport.phantom import REGIONS
from ironreport.records import DecaySignal, EchoSeries, Region
from ironreport.samples import sample_images
from ironreport.ui import parts, state
from ironreport.ui.answer import show_answer
from ironreport.ui.shown import plain, without_controls

PICTURE_WIDTH_PX = 640
OUTLINE = (94, 194, 194)
OUTLINE_PX = 2
ROW_PX = 35
SAMPLE = "sample"


def show() -> None:
    """Draw the page."""
    _read_files()
    result = state.images()
    if result is None:
        st.info("Multi-echo gradient-echo images go here. Nothing leaves this computer.", icon=":material/info:")
        return
    _show_found(result)
    if result.n_patients > 1 or result.n_studies > 1:
        st.error(
            f"**The upload holds {result.n_patients} patients and {result.n_studies} exams.** "
            "A report of two would be wrong for both. Upload the files of one exam.", icon=":material/block:",
        )  # fmt: skip
        return
    if result.series:
        _workbench(result)


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


def _show_found(result: ReadResult) -> None:
    left_out = sum(x.n_files for x in result.left_out)
    if result.series:
        st.success(f"{len(result.series)} usable series; {left_out} files left out.", icon=":material/check_circle:")
    else:
        st.error("**No usable multi-echo magnitude series was found.** The table says why.", icon=":material/block:")
    with st.expander("What was found and what was left out, and why", expanded=not result.series):
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


def _workbench(result: ReadResult) -> None:
    left, right = st.columns([1, 1], gap="large")
    with left:
        series = _series_choice(result.series)
        slice_index, echo = _slice_and_echo(series)
        region = _region_form(series, slice_index)
    with right:
        _show_picture(series, region, echo)
    with left:
        organ, site, field_tesla = _whose(series)
    if organ is None or field_tesla is None:
        _show_signal(series, region, organ or "")
        st.info(
            "Choose the organ (and the field where the files do not state it) to see the fit.",
            icon=":material/arrow_forward:",
        )
        return
    try:
        signal = replace(region_signal(series, region, organ, site), field_tesla=field_tesla)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    _signal_table(signal)
    show_answer(signal, "images")


def _series_choice(series: tuple[EchoSeries, ...]) -> EchoSeries:
    chosen = st.selectbox(
        "Series",
        range(len(series)),
        format_func=lambda i: without_controls(series[i].label),
        key=f"series-{state.token()}",
    )
    return series[chosen or 0]


def _slice_and_echo(series: EchoSeries) -> tuple[int, int]:
    columns = st.columns(2)
    slice_number = 1
    if series.n_slices > 1:
        slice_number = columns[0].slider(
            "Slice", 1, series.n_slices, (series.n_slices + 1) // 2, key=f"slice-{series.key}"
        )
    echo = columns[1].slider("Echo shown", 1, series.n_echoes, 1, key=f"echo-{series.key}")
    columns[1].caption(f"TE {series.te_ms[echo - 1]:g} ms")
    return slice_number - 1, echo - 1


def _region_form(series: EchoSeries, slice_index: int) -> Region:
    n_rows, n_columns = series.images.shape[2:]
    st.markdown("**Region, in pixels from the top left (0)**")
    shape = st.radio("Shape", ["ellipse", "rectangle"], horizontal=True, key=f"shape-{series.key}")
    columns = st.columns(4)
    row = columns[0].number_input("Centre row", 0, n_rows - 1, n_rows // 2, key=f"row-{series.key}")
    column = columns[1].number_input("Centre column", 0, n_columns - 1, n_columns // 2, key=f"column-{series.key}")
    height = columns[2].number_input("Height", 1, n_rows, min(13, n_rows), key=f"height-{series.key}")
    width = columns[3].number_input("Width", 1, n_columns, min(13, n_columns), key=f"width-{series.key}")
    kind: Literal["ellipse", "rectangle"] = "rectangle" if shape == "rectangle" else "ellipse"
    return Region(kind, float(row), float(column), float(height), float(width), slice_index)


def _whose(series: EchoSeries) -> tuple[str | None, str, float | None]:
    columns = st.columns(2)
    with columns[0]:
        organ = parts.organ_choice(f"images-organ-{state.token()}")
        if organ:
            st.caption(plain(f"Place it in: {state.knowledge().organ(organ).site}.", 200))
            _sample_hint(organ)
    with columns[1]:
        site = st.text_input("Site (optional)", key=f"images-site-{state.token()}", max_chars=60)
        if series.field_tesla is not None:
            st.caption(f"Field strength read from the images: {series.field_tesla:g} T")
            return organ, site or "", series.field_tesla
        return organ, site or "", parts.field_choice(f"images-field-{state.token()}")


def _sample_hint(organ: str) -> None:
    """Where the organ lies in the sample images, for a first try."""
    place = REGIONS.get(organ)
    if st.session_state.get("images-of") == SAMPLE and place is not None:
        st.caption(
            f"In the sample: slice {place.slice_index + 1}, row {place.row:g}, column {place.column:g}, "
            f"height {place.height:g}, width {place.width:g}."
        )


def _show_picture(series: EchoSeries, region: Region, echo: int) -> None:
    images = series.images[region.slice_index]
    low, high = display_window(images)
    grey = slice_picture(images[echo], low, high)
    picture = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    scale = max(PICTURE_WIDTH_PX // picture.shape[1], 1)
    large = np.repeat(np.repeat(picture, scale, axis=0), scale, axis=1)
    try:
        large[_outline(region, grey.shape, scale)] = OUTLINE
    except IronReportError as error:
        parts.show_refusal(error)
    place = f"{region.shape} at row {region.row:g}, column {region.column:g}"
    words = f"Slice {region.slice_index + 1}, echo {echo + 1}, {place}"
    st.image(Image.fromarray(large), width="stretch", caption=words, alt=words)


def _outline(region: Region, shape: tuple[int, ...], scale: int) -> npt.NDArray[np.bool_]:
    """Rim of the region's own pixels, so that what is drawn is what is measured."""
    mask = region_mask(region, (shape[0], shape[1]))
    big = np.repeat(np.repeat(mask, scale, axis=0), scale, axis=1)
    inner = big.copy()
    for _ in range(OUTLINE_PX):
        kept = np.zeros_like(inner)
        kept[1:-1, 1:-1] = inner[1:-1, 1:-1] & inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
        inner = kept
    return np.asarray(big & ~inner)


def _show_signal(series: EchoSeries, region: Region, organ: str) -> None:
    try:
        _signal_table(region_signal(series, region, organ))
    except IronReportError as error:
        parts.show_refusal(error)


def _signal_table(signal: DecaySignal) -> None:
    st.markdown(f"**Mean of {signal.n_pixels} pixels at each echo**")
    frame = pd.DataFrame(
        {
            "TE [ms]": signal.te_ms,
            "mean": [round(s, 1) for s in signal.signal],
            "SD": [round(s, 1) for s in signal.sd] or None,
            "n": signal.n_pixels,
        },
        index=range(1, signal.n_echoes + 1),
    )
    frame.index.name = "echo"
    st.dataframe(frame, width="stretch", height=min(ROW_PX * (len(frame) + 1) + 3, 500), alt="Mean, SD and n per echo")
