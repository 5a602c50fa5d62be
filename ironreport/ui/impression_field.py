"""The impression as it will be printed, to be edited: it follows the findings until the reader writes in it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.language import said
from ironreport.ui import state
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

MOST_CHARACTERS = 4000
FOLLOWS = "Made of the findings, and follows them. What you change here is printed as yours."
WRITTEN = "Written by you: printed as the reader's, and kept with the exam."
CHANGED = (
    "**The findings changed since you wrote this.** Your words are kept. The report says so beside them until you "
    "reset them or confirm that they fit."
)


def show_impression() -> None:
    """The field and, once the reader has written in it, the ways back."""
    content, details = state.content(), state.exam().details
    key = f"detail-impression-{state.token()}"
    st.session_state[key] = details.impression or said(content.impression_generated, here())
    st.text_area(
        "Impression (printed as it stands here)", max_chars=MOST_CHARACTERS, height="content", key=key,
        on_change=_keep, args=(key,),
    )  # fmt: skip
    if content.impression_outdated:
        st.warning(CHANGED, icon=":material/sync_problem:")
        st.caption(f"The findings now read: {plain(content.impression_generated, MOST_CHARACTERS)}")
    elif not details.impression:
        st.caption(FOLLOWS)
    else:
        st.caption(WRITTEN)
    _ways_back(content.impression_outdated)


def _ways_back(outdated: bool) -> None:
    with st.container(horizontal=True):
        if state.exam().details.impression:
            st.button("Reset to the findings", on_click=_reset, key="impression-reset")
        elif _before_reset() in st.session_state:
            st.button("Take my words back", on_click=_take_back, key="impression-back")
        if outdated:
            st.button("My words fit the findings", on_click=_confirm, key="impression-confirm")


def _keep(key: str) -> None:
    """Keep what was typed and the findings it was typed from; the generated paragraph or nothing is no edit."""
    typed, details = str(st.session_state[key]), state.exam().details
    generated = state.content().impression_generated
    if typed.strip() in ("", generated, said(generated, here())):
        _put("", "")
    else:
        _put(typed, details.impression_of if details.impression else generated)


def _reset() -> None:
    """The generated paragraph again; the reader's words can be taken back."""
    details = state.exam().details
    st.session_state[_before_reset()] = (details.impression, details.impression_of)
    _put("", "")


def _take_back() -> None:
    _put(*st.session_state.pop(_before_reset()))


def _confirm() -> None:
    """The reader has read the words against the findings as they are now."""
    _put(state.exam().details.impression, state.content().impression_generated)


def _put(impression: str, impression_of: str) -> None:
    state.put_details(replace(state.exam().details, impression=impression, impression_of=impression_of))


def _before_reset() -> str:
    return f"impression-before-reset-{state.token()}"
