"""The start page: a name, a sentence, four doors, a sample exam, and copies where the reader keeps them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from ironreport.errors import IronReportError
from ironreport.ui import browser_copy, state, ways_in
from ironreport.ui.keeping import KeptCopy, kept_copies, read_copy
from ironreport.ui.shown import plain

DOORS = (
    ("pages/3_Images.py", "I have images", ":material/image:"),
    ("pages/2_Signals.py", "I have numbers", ":material/table:"),
    ("pages/1_Quick_check.py", "I have another report", ":material/description:"),
    ("pages/10_Learn.py", "I want to learn", ":material/school:"),
)
BEHIND = (
    "DICOM files or a zip: outline an organ, read its T2* and its iron.",
    "Echo times and signals from another program or a printout.",
    "A printed T2*, R2* or iron value: its class and the next scan.",
    "Guided cases, regions to draw, a simulator, a glossary.",
)


def show() -> None:
    """Draw the page; everything on it fits the first screen."""
    ways_in.follow()
    st.header("IronReport")
    st.markdown("From the signal decay of an MRI to the iron of an organ, its doubt, its class and a report.")
    _doors()
    _exam_or_sample()
    ways_in.show_refused(ways_in.ON_PAGE)
    _copies()
    browser_copy.offer_kept()


def _doors() -> None:
    for column, (page, label, icon), behind in zip(st.columns(4), DOORS, BEHIND, strict=True):
        with column, st.container(border=True, gap="xsmall", height="stretch"):
            st.page_link(page, label=f"**{label}**", icon=icon)
            st.caption(behind)


def _exam_or_sample() -> None:
    """The exam at hand where there is one, else the sample: one click from first sight to a finding."""
    n_organs = len(state.exam().measurements)
    if n_organs:
        measured = (
            "1 organ is measured in this exam." if n_organs == 1 else f"{n_organs} organs are measured in this exam."
        )
        st.caption(measured)
        st.page_link(ways_in.FINDINGS, label="Go on to its findings", icon=":material/arrow_forward:")
        return
    st.button("See a sample exam", type="primary", on_click=_see_sample)
    st.caption("A patient who never was: three organs, two earlier visits, a report to look at.")


def _see_sample() -> None:
    ways_in.open_sample()
    ways_in.go_on_to(ways_in.FINDINGS)


def _copies() -> None:
    """The newest copies on this computer, and where the others lie; nothing where none are kept."""
    copies = kept_copies()
    if not copies.newest:
        return
    st.markdown("**Kept on this computer**")
    with st.container(horizontal=True, key="copies"):
        for copy in copies.newest:
            st.button(plain(_words(copy), 80), key=f"copy-{copy.path.stem}", on_click=partial(_open, copy.path))
    if n := copies.n_older:
        where = copies.folder
        older = (
            f"1 older copy lies beside them in {where}. To forget a copy, delete its file there."
            if n == 1
            else f"{n} older copies lie beside them in {where}. To forget a copy, delete its file there."
        )
        st.caption(plain(older, 400))


def _words(copy: KeptCopy) -> str:
    return f"{copy.pseudonym or copy.path.name} · {copy.changed:%Y-%m-%d %H:%M}"


def _open(path: Path) -> None:
    try:
        text = read_copy(path)
    except IronReportError as error:
        st.session_state[ways_in.ON_PAGE] = error.refusal
        return
    if ways_in.open_text(text, ways_in.ON_PAGE):
        ways_in.go_on_to(ways_in.FINDINGS)
