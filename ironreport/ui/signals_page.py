"""The Signals page: text in, echoed table, decay (or recovery) and a first answer before anything is added."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ironreport.errors import IronReportError
from ironreport.intake import parse_file, parse_table
from ironreport.intake.table import EchoTable, TableError
from ironreport.intake.tables.table_shape import Times
from ironreport.records import Contrast, DecaySignal
from ironreport.ui import parts, reading_question, state
from ironreport.ui.answer import show_answer
from ironreport.ui.shown import plain
from ironreport.ui.t1_panel import method_choice, show_recovery

FOR_EXAMPLE = "For example:"
EXAMPLE = "TE (ms)\tsignal\n1.3\t648.3\n2.5\t434.6\n3.7\t291.3"
BLOCKED = ":material/block:"
SEQUENCES: dict[str, Contrast] = {"gradient echo (T2*)": "T2*", "spin echo (T2)": "T2"}
RECOVERY = "inversion recovery (T1)"
TIMES: dict[str, Times] = {**SEQUENCES, RECOVERY: "TI"}
FORMS = (
    "Echo times and signals in two columns or two rows: tab, semicolon, comma or spaces between them; any digits, "
    "decimal point or comma, thousands; with or without a heading. What can be read in two ways is asked."
)


def show() -> None:
    """Draw the page."""
    organ, field_tesla, sequence, location = _whose()
    left, right = st.columns([1, 1], gap="large")
    with left:
        text, file = _given()
    with right:
        table = _read(text, file, sequence)
        if table is not None:
            _show_table(table, sequence)
    if table is None:
        return
    if sequence == RECOVERY:
        method = method_choice("signals")
        show_recovery(table.te_ms, table.signal, organ, method, "signals")
        return
    noise_sd, n_pixels, n_coils = _noise()
    if organ is None or field_tesla is None:
        st.info("Choose organ and field strength above to see the fit.", icon=":material/arrow_upward:")
        return
    signal = DecaySignal(
        organ=organ, te_ms=table.te_ms, signal=table.signal, contrast=SEQUENCES[sequence], field_tesla=field_tesla,
        location=location, cautions=table.cautions, noise_sd=noise_sd, n_pixels=n_pixels, n_coils=n_coils,
    )  # fmt: skip
    show_answer(signal, "signals")


def _whose() -> tuple[str | None, float | None, str, str]:
    organ = parts.organ_choice(f"signal-organ-{state.token()}")
    columns = st.columns([5, 4, 4], gap="small")
    with columns[0]:
        field_tesla = parts.field_choice(f"signal-field-{state.token()}")
    with columns[1]:
        sequence = st.selectbox(
            "Sequence", [*SEQUENCES, RECOVERY], key=f"signal-kind-{state.token()}",
            persist_state="session", help="Limits and calibrations here are for gradient-echo T2*.",
        )  # fmt: skip
    with columns[2]:
        location = parts.location_field(organ, f"signal-location-{state.token()}")
    return organ, field_tesla, sequence or next(iter(SEQUENCES)), location


def _noise() -> tuple[float | None, int | None, int]:
    """Noise, pixel count and coils, where the reader knows them: with them the fit knows the noise floor."""
    with st.expander("Noise and number of pixels, if known: the interval and the limit of the acquisition gain"):
        columns = st.columns(3)
        with columns[0]:
            noise_sd = parts.typed_number(
                "Noise SD of one pixel", f"signal-noise-{state.token()}", "not known",
                "SD of one real or imaginary channel: in air without signal the mean of the magnitude / 1.253.",
            )  # fmt: skip
        with columns[1]:
            pixels = parts.typed_number(
                "Pixels in the region", f"signal-pixels-{state.token()}", "not known", "How many pixels were averaged."
            )
        with columns[2]:
            coils = st.selectbox(
                "Coils combined by sum of squares", [1, 2, 4, 8, 16], key=f"signal-coils-{state.token()}",
                persist_state="session", help="1 where not known or where the coils were combined adaptively.",
            )  # fmt: skip
        if (noise_sd is None) != (pixels is None):
            st.caption("Both the noise SD and the number of pixels are needed; until then neither is used.")
        return noise_sd, None if pixels is None else max(round(pixels), 1), coils or 1


def _given() -> tuple[str, UploadedFile | None]:
    """What was typed or pasted, and the file if one was loaded; the file wins."""
    text = st.text_area(
        "Echo times and signals", key=f"paste-{state.token()}", height=250, help=FORMS,
        placeholder=f"{FOR_EXAMPLE}\n{EXAMPLE}",
        persist_state="session",
    )  # fmt: skip
    st.caption(FORMS)
    return text or "", st.file_uploader(
        "or a CSV, TSV, TXT or XLSX file", key=f"table-{state.token()}", max_upload_size=5
    )


def _read(text: str, file: UploadedFile | None, sequence: str) -> EchoTable | None:
    """The table, or beside the box why there is none: nothing given, a fault in a line, a question not answered."""
    words = partial(_times_of, sequence)
    try:
        if file is None and not text.strip():
            st.info("The table as it was read appears here before any number is computed.", icon=":material/search:")
            return None
        answer, times = reading_question.answer(), TIMES[sequence]
        table = parse_table(text, answer, times) if file is None else parse_file(
            file.name, file.getvalue(), answer, times
        )  # fmt: skip
    except TableError as error:
        st.error(f"**{plain(words(error.refusal.what), 600)}** {plain(words(error.refusal.cure))}", icon=BLOCKED)
        reading_question.show_problems(error.problems, words)
    except IronReportError as error:
        parts.show_refusal(error)
    else:
        if table.question is None:
            return table
        reading_question.show_question(table.question, words)
    return None


def _times_of(sequence: str, text: str) -> str:
    """A sentence of the reader, which reads tables of echo times and of inversion times alike."""
    return text.replace("echo time", "inversion time").replace("TE", "TI") if sequence == RECOVERY else text


def _show_table(table: EchoTable, sequence: str) -> None:
    """The pairs as read; doubts about echo times are none about inversion times."""
    is_recovery = sequence == RECOVERY
    name, times = ("TI", "inversion times") if is_recovery else ("TE", "echoes")
    st.markdown(f"**As read: {len(table.te_ms)} {times}**")
    frame = pd.DataFrame({f"{name} [ms]": table.te_ms, "signal": table.signal}, index=range(1, len(table.te_ms) + 1))
    frame.index.name = "time" if is_recovery else "echo"
    height = min(reading_question.ROW_PX * (len(frame) + 1) + 3, 420)
    st.dataframe(frame, width="stretch", height=height, alt="Times and signals as read")
    for note in table.notes:
        st.caption(plain(_times_of(sequence, note), 400))
    if reading_question.was_answered(table):
        reading_question.show_answered()
    if not is_recovery:
        parts.show_cautions([c.text for c in table.cautions])
