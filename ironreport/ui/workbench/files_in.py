"""Files for the Images page: chosen, read once, and let go of; what was read is kept in this session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.intake import ReadResult
from ironreport.intake.masks import Upload, read_upload
from ironreport.intake.numerals import Objection, read_numeral
from ironreport.records import EchoSeries
from ironreport.synthetic.sample_files import IMAGE_SAMPLES, PHANTOM_FOLDER
from ironreport.synthetic.samples import sample_images
from ironreport.ui import parts, state, turns
from ironreport.ui.clearing import drop_read, held_by, uploads_read
from ironreport.ui.kept_images import WHOLE, small
from ironreport.ui.workbench.found_masks import add_masks, put_masks

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SOURCE, TYPED = "images-of", "typed-echo-times"
ASKS_TIMES = {"ONE_TIME_WRITTEN", "NIFTI_TIMES"}
SAMPLES = {
    PHANTOM_FOLDER: "liver, spleen, heart; 1.5 T",
    **{s.folder: f"{s.organ}; {s.vendor}, {s.recipe.field_tesla:g} T" for s in IMAGE_SAMPLES},
}


def read_files() -> None:
    """Where files are chosen; new ones are read at once."""
    with st.expander("Files", expanded=state.images() is None):
        left, right, sample = st.columns([5, 5, 4], vertical_alignment="bottom")
        key = f"{state.token()}-{uploads_read()}"
        left.file_uploader("DICOM files or one zip (fastest)", accept_multiple_files=True, key=f"dicom-files-{key}")
        right.file_uploader("or a whole folder", accept_multiple_files="directory", key=f"dicom-folder-{key}")
        name = sample.selectbox(
            "Synthetic sample", list(SAMPLES), format_func=lambda s: SAMPLES[s], key=f"sample-{state.token()}"
        )
        if sample.button("Load the sample images", width="stretch"):
            _read([sample_images(name or PHANTOM_FOLDER)], name or PHANTOM_FOLDER)
        if state.images() is not None:
            st.caption("New images take the place of these; masks that come alone are offered on them.")
    chosen = [*held_by(f"dicom-files-{key}"), *held_by(f"dicom-folder-{key}")]
    te_ms = echo_times_of(st.session_state.get(f"{TYPED}-{state.token()}", "")) or ()
    fingerprint = repr([*((f.file_id, f.size) for f in chosen), te_ms])
    if chosen and st.session_state.get(SOURCE) != fingerprint:
        _read(((f.name, f.getvalue()) for f in chosen), fingerprint, te_ms, chosen)


def _read(
    files: Iterable[tuple[str, bytes]],
    fingerprint: str,
    te_ms: tuple[float, ...] = (),
    uploads: Sequence[UploadedFile] = (),
) -> None:
    """Read files, keep what they hold and let go of them; all that is large takes turns with its like elsewhere."""
    bar = st.progress(0.0, "Reading")

    def progress(done: int, total: int) -> None:
        share = min(done / max(total, 1), 1.0)
        bar.progress(share, f"Reading: {share:.0%}")

    try:
        with turns.aside():
            upload = read_upload(files, progress, te_ms, _held_series())
            if _is_read(upload):
                drop_read(uploads)
            upload = replace(upload, found=small(upload.found))
    except IronReportError as error:
        parts.show_refusal(error)
        return
    finally:
        bar.empty()
    if _is_of_masks(upload) and _held_series():
        add_masks(upload.masks)
    else:
        state.put_images(upload.found)
        put_masks(upload.masks)
        st.session_state[WHOLE] = upload.found
    st.session_state[SOURCE] = fingerprint
    st.rerun()


def _held_series() -> tuple[EchoSeries, ...]:
    held = state.images()
    return held.series if held else ()


def _is_of_masks(upload: Upload) -> bool:
    """Whether an upload holds masks and no series that they could lie on."""
    return not upload.found.series and bool(upload.masks.masks or upload.masks.left_out)


def _is_read(upload: Upload) -> bool:
    """Whether files need not be read again: a series was found, and no echo times are to be typed."""
    found = upload.found
    return bool(found.series or found.inversion_series or _is_of_masks(upload)) and not asks_times(found)


def asks_times(found: ReadResult) -> bool:
    """Whether the headers do not say the echo times, so that they may be typed."""
    doubts = {caution.code for series in found.series for caution in series.cautions}
    return "ECHO_TIMES_TYPED" in doubts or any(left.code in ASKS_TIMES for left in found.left_out)


def echo_times_of(typed: str) -> tuple[float, ...] | None:
    """Echo times [ms] as they were typed; None where they are no ascending list of numbers.

    >>> echo_times_of("1.2, 2.5 3,8 ms"), echo_times_of("2.5, 1.2"), echo_times_of("")
    ((1.2, 2.5, 3.8), None, None)
    """
    words = [word for word in re.split(r"[\s;]+|,\s+", typed.removesuffix("ms").strip(" ,;")) if word]
    found = [read_numeral(word.rstrip(",")) for word in words]
    times = [one.value for one in found if not isinstance(one, Objection) and not one.unit and not one.maybe_grouped]
    ascending = len(times) == len(words) > 0 and times[0] > 0 and times == sorted(set(times))
    return tuple(times) if ascending else None
