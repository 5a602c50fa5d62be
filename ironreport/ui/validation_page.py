"""The Validation page: pairs of a site's own measurements in, agreement and what it supports out."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ironreport.errors import IronReportError
from ironreport.exam import LARGEST_FILE_BYTES, open_exam
from ironreport.ui import parts, state
from ironreport.ui.agreement_chart import agreement_chart
from ironreport.ui.shown import plain
from ironreport.units import NOTATION
from ironreport.validation import (
    KINDS,
    Agreement,
    Kind,
    Pair,
    agreement,
    pairs_of_exams,
    read_pairs,
    sentence,
    settings_entry,
    table,
)

QUANTITIES = ("r2star_per_s", "t2star_ms", "lic_mg_per_g")
FOR_EXAMPLE = "For example:"
EXAMPLE = "P01; 212; 219\nP02; 88; 85\nP03; 431; 418"
PAIRS = "_validation-pairs"
"""Pairs that came from exam files, kept in the session."""


def show() -> None:
    """Draw the page."""
    st.caption(
        "Measure the same people twice, with two readers, on two scanners, or a phantom of known values. The page says "
        "how well the two agree and which change your department may call real. Nothing leaves this computer."
    )
    columns = st.columns(3)
    kind = columns[0].selectbox("What the pairs are", KINDS, key="validation-kind", persist_state="session")
    organs = state.knowledge().organs
    organ = columns[1].selectbox(
        "Organ", list(organs), format_func=lambda o: organs[o].name, key="validation-organ", persist_state="session"
    )
    quantity = columns[2].selectbox(
        "Quantity", QUANTITIES, format_func=_written, key="validation-quantity", persist_state="session"
    )
    if kind is None or organ is None or quantity is None:
        return
    typed, files = st.tabs(["Paste pairs", "Open exam files"])
    with typed:
        pairs = _pasted(kind)
    with files:
        pairs = _of_files(organ, quantity) or pairs
    if pairs:
        _show_agreement(kind, pairs, organ, quantity)


def _written(quantity: str) -> str:
    notation = NOTATION[quantity]
    return f"{notation.symbol} [{notation.unit}]"


def _pasted(kind: Kind) -> tuple[Pair, ...]:
    first = "the known value, then the measured one" if kind == "phantom" else "the first value, then the second"
    text = st.text_area(
        f"One pair in each line: a name, {first}", height=180, key="validation-text",
        placeholder=f"{FOR_EXAMPLE}\n{EXAMPLE}",
        max_chars=200_000, persist_state="session",
    )  # fmt: skip
    if not (text or "").strip():
        return ()
    try:
        return read_pairs(text or "")
    except IronReportError as error:
        parts.show_refusal(error)
        return ()


def _of_files(organ: str, quantity: str) -> tuple[Pair, ...]:
    files: list[UploadedFile] = st.file_uploader(
        "Exam files (.ironreport.json), two of each patient in the order they were measured",
        accept_multiple_files=True,
        key=f"validation-files-{state.token()}",
        max_upload_size=LARGEST_FILE_BYTES // 1024**2,
    )
    exams = []
    for file in files:
        try:
            exams.append(open_exam(file.getvalue()))
        except IronReportError as error:
            st.markdown(plain(file.name, 80))
            parts.show_refusal(error)
    pairs, left_out = pairs_of_exams(exams, organ, quantity, state.knowledge())
    for why in left_out:
        st.caption(plain(why, 200))
    return pairs


def _show_agreement(kind: Kind, pairs: tuple[Pair, ...], organ: str, quantity: str) -> None:
    try:
        found = agreement(kind, pairs)
    except IronReportError as error:
        parts.show_refusal(error)
        return
    name = f"{state.knowledge().organ(organ).name.lower()} {NOTATION[quantity].symbol}"
    st.markdown(f"**{plain(sentence(found, name), 600)}**")
    for caution in found.cautions:
        st.warning(plain(caution.text, 600), icon=":material/warning:")
    words = f"Difference of each pair in percent over its mean, {found.n_pairs} pairs, with the limits of agreement."
    st.vega_lite_chart(agreement_chart(found, _written(quantity)), width="stretch", key="agreement-chart", alt=words)
    st.table({"": [plain(n) for n, _ in table(found)], "Found": [plain(v) for _, v in table(found)]})
    st.caption(
        "Reckoned on logarithms (Bland and Altman, BMJ 1996;313:106), told in percent. Limits of agreement after Bland "
        "and Altman, Stat Methods Med Res 1999;8:135, their intervals after Carkeet, Optom Vis Sci 2015;92:e71."
    )
    if found.cov is not None and kind != "two readers" and quantity != "lic_mg_per_g":
        _offer_setting(found, organ)


def _offer_setting(found: Agreement, organ: str) -> None:
    """The entry for the settings file, as text to be put there by whoever keeps it."""
    with st.expander("Use it for this site's intervals and changes"):
        source = st.text_input(
            "When and how it was measured", max_chars=200, key="validation-source", persist_state="session",
            placeholder="e.g. 24 patients scanned twice within an hour, March 2026, scanner A",
        )  # fmt: skip
        if not (source or "").strip():
            return
        try:
            entry = settings_entry(found, organ, source or "")
        except IronReportError as error:
            parts.show_refusal(error)
            return
        st.code(entry, language="toml")
        st.caption("Put these lines at the end of the site settings and start again. Every report then names it.")
        st.download_button(
            "Download the lines", partial(str.encode, entry), "own_precision.toml", "text/plain", key="validation-entry"
        )
