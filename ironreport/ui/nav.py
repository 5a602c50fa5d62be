"""The page frame and the guard that makes each page work as the first one opened.

Streamlit runs a file below ``pages/`` bare, without ``app.py``, when a deep link is the first request
to a fresh server. ``guard`` on the first line of each page builds the frame and runs it again.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image, ImageDraw

from ironreport.language import said
from ironreport.ui import ahead, turns
from ironreport.ui.spoken import here, open_door

PAGES = (
    ("pages/0_Start.py", "Start"),
    ("pages/1_Quick_check.py", "Quick check"),
    ("pages/2_Signals.py", "Signals"),
    ("pages/3_Images.py", "Images"),
    ("pages/7_Maps.py", "Maps"),
    ("pages/4_Findings.py", "Findings"),
    ("pages/6_Follow_up.py", "Follow-up"),
    ("pages/5_Report.py", "Report"),
    ("pages/10_Learn.py", "Learn"),
    ("pages/8_Evidence.py", "Evidence"),
    ("pages/11_Clinic.py", "Clinic"),
)
SELF_CHECK = ("pages/9_Self_check.py", "Self-check")
VALIDATION = ("pages/12_Validation.py", "Validation")
LOG = logging.getLogger("ironreport")


@cache
def _icon() -> bytes:
    """A teal square with a falling curve as PNG, drawn here so that the browser fetches nothing."""
    icon = Image.new("RGB", (64, 64), "#0f5c5c")
    curve = [(8 + 6 * i, 54 - round(44 * 0.6**i)) for i in range(9)]
    ImageDraw.Draw(icon).line(curve, fill="white", width=6, joint="curve")
    out = BytesIO()
    icon.save(out, "PNG")
    return out.getvalue()


def build() -> Any:
    """The navigation of this run; ``set_page_config`` stands here because both must be in one run."""
    st.set_page_config(page_title="IronReport", page_icon=_icon(), layout="wide", initial_sidebar_state="auto")
    # Streamlit serves the first page at "/" alone, where bookmarks of the app lead
    pages = [st.Page(path, title=said(title, here()), default=path == PAGES[0][0]) for path, title in PAGES]
    # reached from the foot of the side panel
    pages += [st.Page(path, title=said(title, here()), visibility="hidden") for path, title in (SELF_CHECK, VALIDATION)]
    return st.navigation(pages, position="top")


def guard() -> None:
    """First line of every page: run again inside the frame if ``app.py`` has not run yet."""
    if not st.session_state.get("_entered"):
        build()
        st.rerun()


def enter() -> None:
    """The whole app: frame, side panel, page."""
    ahead.load_first()
    # the frame must be configured before anything draws
    from ironreport.ui import browser_copy, filled, language_choice, state  # noqa: PLC0415
    from ironreport.ui.clearing import drop_uploads_left_behind, drop_widgets  # noqa: PLC0415
    from ironreport.ui.density import dense  # noqa: PLC0415
    from ironreport.ui.keeping import keep_in_step  # noqa: PLC0415
    from ironreport.ui.panel import show_panel  # noqa: PLC0415
    from ironreport.ui.served import show_banner  # noqa: PLC0415

    open_door()
    st.session_state["_entered"] = True
    drop_widgets()
    filled.settle()
    language_choice.begin(state.exam())
    page = build()
    ahead.load_for(page.url_path)
    drop_uploads_left_behind(page.url_path)
    newest = state.newest()
    try:
        # in this order: whoever waits for an earlier run of the same tab must not hold a place that it needs
        with newest.under_way, turns.turn():
            show_banner()
            copy_place = browser_copy.begin()
            copy_said = show_panel(page.url_path)
            dense()
            language_choice.say_to_the_page()
            page.run()
            language_choice.say_what_is_english()
            newest.held = state.exam()
            if copy_said is not None:
                keep_in_step(copy_said)  # last: panel and page may both have changed the exam
            in_clinic, panel_is_behind = _kept_in_the_clinic() if state.clinic_is_open() else (False, False)
            browser_copy.keep_in_step(copy_place, on_disk=copy_said is not None or in_clinic)
            filled.drawn()
        if panel_is_behind:
            st.rerun()
    except Exception as error:
        _show_unexpected(error)


def _kept_in_the_clinic() -> tuple[bool, bool]:
    """Whether the exam is a visit of the clinic, which now has what was changed, and whether the panel is behind."""
    clinic_exam = ahead.room("clinic_exam")
    panel_is_behind = clinic_exam.keep_in_step()
    return bool(clinic_exam.visit_id()), panel_is_behind


def _show_unexpected(error: Exception) -> None:
    """What the reader is told of a defect; the log gets its kind and place, never its text.

    The text of an exception may hold a patient's name, and Streamlit would print it to the log.
    """
    number = secrets.token_hex(4)
    last = traceback.extract_tb(error.__traceback__)[-1]
    LOG.error("defect %s: %s at %s:%s", number, type(error).__name__, Path(last.filename).name, last.lineno)
    st.error(
        f"**This page met a defect (number {number}).** Nothing entered is lost: go to another page and back, "
        "or change the last thing you entered. The number and the place stand in the program's log.",
        icon=":material/block:",
    )
