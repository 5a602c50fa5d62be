"""A copy of the exam in the reader's own browser, encrypted: F5 and a closed tab bring it back, leaving it warns.

The server keeps nothing: it hands the browser the text of the exam file and the key of this person, and is told what
the browser has when a session begins. What comes back is a claim like any file, and comes through the same door.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ironreport.exam import save_exam
from ironreport.records import DecaySignal, Exam
from ironreport.serving.browser_key import browser_key, key_was_damaged
from ironreport.serving.notice import notice
from ironreport.ui import state, ways_in
from ironreport.ui.kept import kept
from ironreport.ui.shown import plain

COMPONENT, PLACE, REFUSED = "browser-copy", "_browser", "_browser-refused"
N_SHOWN, MOST_ASKED = 5, 50
IN_TAB = "An encrypted copy in this tab brings the exam back after F5, without its images. It ends with the tab."
TILL_NEW_EXAM = "Kept encrypted until New exam, at most 7 days; no images. Start offers it in a new tab."
KEPT_HELP = (
    "An encrypted copy of numbers and answers then also outlasts the tab. Anybody who opens IronReport in this "
    "browser under your name can bring it back: not for an account that you share."
)
KEY_LOST = (
    "The key of the copies in this browser was damaged and is made anew. Copies that were kept before cannot be read."
)
_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}", re.ASCII)
_ID = re.compile(r"[0-9a-f-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InBrowser:
    """An exam of a closed tab that this browser keeps.

    Parameters
    ----------
    id : str
    at : str
        When it was kept, by the clock of the browser.
    opens : bool
        Whether the browser could decrypt it.
    apart : bool
        Whether it was refused on opening, and is kept apart since.
    """

    id: str
    at: str
    opens: bool = True
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What this session and its browser have told each other; it outlasts an exam."""

    session: str = field(default_factory=lambda: secrets.token_hex(8))
    heard: int = 0
    kept: tuple[InBrowser, ...] = ()
    asked: int = 0
    asks: tuple[str, ...] = ()
    back: str = ""
    told_of_key: bool = False


_component = st.components.v2.component(
    "ironreport_browser_copy", html="<span></span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False,
)  # fmt: skip


def can_keep() -> bool:
    """Whether the browser may encrypt: it does so for this computer and over TLS only."""
    told = notice()
    return told is None or told.encrypted


def begin() -> DeltaGenerator:
    """Say what came back, and hold the place from which the browser is told of the exam at the end of the run."""
    place = st.container(key="browser-copy-place")
    ways_in.show_refused(REFUSED)
    told = _told()
    if can_keep() and notice() is None and key_was_damaged() and not told.told_of_key:
        st.toast(plain(KEY_LOST, 400), icon=":material/key_off:", duration="long")
        told = replace(told, told_of_key=True)
        _put(told)
    if told.back:
        st.toast(plain(told.back, 400), icon=":material/settings_backup_restore:", duration="long")
        _put(replace(told, back=""))
    return place


def keep_in_step(place: DeltaGenerator, *, on_disk: bool) -> None:
    """Hand the browser the exam as it stands after all that this run has changed.

    Parameters
    ----------
    on_disk : bool
        Whether a copy of it is kept in a file, so that leaving it loses nothing.
    """
    told, exam = _told(), state.exam()
    who = notice()
    left, left_s = ways_in.held_for_undo()
    data = {
        "session": told.session,
        "key": browser_key(who.person if who else None) if can_keep() else "",
        "alone": who is None,
        "text": kept("browser-copy-text", (exam,), partial(_text, exam)),
        "keep": bool(st.session_state.get(_toggle())),
        "safe": on_disk or ways_in.is_sample(exam),
        "left": left,
        "left_s": round(left_s),
        "heard": told.heard,
        "asks": told.asks,  # no list and no dictionary: Streamlit would load pandas to see what it is
    }
    with place:
        _component(key=COMPONENT, data=data, on_told_change=_hear)


def offer() -> None:
    """The switch that keeps the copy when the tab is closed, and what holds without it."""
    if not can_keep():
        st.caption("This line is not encrypted, so the browser keeps no copy: use Save exam.")
        return
    wanted = st.toggle("Keep in this browser", key=_toggle(), persist_state="session", help=KEPT_HELP)
    st.caption(TILL_NEW_EXAM if wanted else IN_TAB)


def offer_kept() -> None:
    """The exams of closed tabs that this browser keeps, and the way to forget each; nothing where there are none."""
    told = _told()
    if not told.kept:
        return
    st.markdown("**Kept in this browser**")
    for one in told.kept[:N_SHOWN]:
        _offer_one(one)
    if told.kept[N_SHOWN:]:
        with st.expander("Older copies"):
            for one in told.kept[N_SHOWN:]:
                _offer_one(one)


def _offer_one(one: InBrowser) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"in-browser-{one.id}"):
        if one.opens:
            st.button(
                plain(f"Bring back the exam of {one.at}"), key=f"bring-{one.id}", on_click=_ask, args=("bring", one.id)
            )
        st.button("Forget it", key=f"forget-{one.id}", on_click=_ask, args=("forget", one.id))
        if not one.opens:
            st.caption(plain(f"The copy of {one.at} cannot be read: it is damaged, or its key is gone."))
        elif one.apart:
            st.caption("It was refused when it was opened, and is kept apart until you forget it, at most 7 days.")


def _text(exam: Exam) -> str:
    return save_exam(exam, state.assessment()) if ways_in.would_be_missed(exam) else ""


def _toggle() -> str:
    return f"keep-in-browser-{state.token()}"


def _told() -> Talk:
    told: Talk = st.session_state.setdefault(PLACE, Talk())
    return told


def _put(told: Talk) -> None:
    st.session_state[PLACE] = told


def _ask(what: str, name: str) -> None:
    """Ask something of the browser: all of it is asked until it was heard, as two clicks may come in one run."""
    told = _told()
    left = tuple(one for one in told.kept if one.id != name) if what in ("bring", "forget") else told.kept
    asks = (*told.asks, f"{told.asked + 1} {what} {name}")[-MOST_ASKED:]
    _put(replace(told, asked=told.asked + 1, asks=asks, kept=left))


def _hear() -> None:
    """Take what the browser told; of what it claims nothing is believed before it was read as a file is."""
    told, said = _told(), st.session_state[COMPONENT].get("told")
    if not isinstance(said, Mapping):
        return
    heard, kept_there = said.get("n"), said.get("kept")
    _put(
        replace(
            told,
            heard=heard if isinstance(heard, int) else told.heard,
            kept=told.kept if kept_there is None else _kept(kept_there),
        )
    )
    _hear_of_left(said.get("left"), said.get("left_s"))
    text, at, name = said.get("text"), said.get("at"), str(said.get("id"))
    if isinstance(text, str) and text and isinstance(at, str) and _CLOCK.fullmatch(at) and _ID.fullmatch(name):
        _bring_back(text, at, name, keeps=said.get("keeps") is True, by_itself=said.get("what") == "looked")
    elif said.get("what") == "brought":
        _put(replace(_told(), back="The exam is no longer in this browser, or cannot be read any more."))


def _hear_of_left(text: object, left_s: object) -> None:
    """Take over the exam that can still be brought back since *New exam*, where this session knows of none."""
    is_one = isinstance(text, str) and text and isinstance(left_s, int | float) and left_s > 0
    if is_one and not ways_in.held_for_undo()[0]:
        ways_in.hold_for_undo(str(text), float(str(left_s)))


def _kept(listed: object) -> tuple[InBrowser, ...]:
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    named = (
        InBrowser(str(one.get("id")), str(one.get("at")), one.get("opens") is not False, one.get("apart") is True)
        for one in rows
    )
    found = {one.id: one for one in named if _ID.fullmatch(one.id) and _CLOCK.fullmatch(one.at)}
    return tuple(found.values())


def _bring_back(text: str, at: str, name: str, *, keeps: bool, by_itself: bool) -> None:
    if by_itself and ways_in.would_be_missed(state.exam()):
        ways_in.hold_for_undo(text)  # somebody was quicker than the browser: what they began stays
        return
    if not ways_in.open_text(text, REFUSED):
        _ask("apart", name)
        back = f"The copy of {at} was refused. It is kept apart: Start lists it until you forget it, at most 7 days."
        _put(replace(_told(), back=back))
        return
    _ask("mine", name)
    st.session_state[_toggle()] = keeps
    had_images = any(isinstance(m.signal, DecaySignal) and m.signal.drawn for m in state.exam().measurements)
    back = (
        f"Your exam of {at} is back: numbers and answers. Its images are not kept: drop them in again to draw on them."
        if had_images
        else f"Your exam of {at} is back: numbers and answers."
    )
    _put(replace(_told(), back=back))
    if not by_itself:
        ways_in.go_on_to(ways_in.FINDINGS)
