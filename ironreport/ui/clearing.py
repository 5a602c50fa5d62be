"""What is kept of an exam beside the state of its session: bytes of uploads, what widgets point to, parsed addresses.

The first two last until the tab is closed. A widget that is not drawn any more keeps its functions, and a function
keeps the images that it was made beside. The last would outlive it.
"""

from __future__ import annotations

import gc
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ENDED, PAGE = "exam-ended", "page-before"
RUNS = 2
"""In which the garbage of an exam that has ended is looked for: Streamlit lets go of its fragments at the end of the
first, and with them of the images that they were given."""


def drop_uploads() -> None:
    """Drop the bytes of this session's uploads; the next run then also drops its widgets."""
    if run := get_script_run_ctx():
        run.uploaded_file_mgr.remove_session_files(run.session_id)
    st.session_state[ENDED] = RUNS


def drop_uploads_left_behind(page: str) -> None:
    """Drop the bytes of uploads where another page is opened: what was read of them is kept, they are not shown again.

    Parameters
    ----------
    page : str
        The page of this run.
    """
    if st.session_state.get(PAGE, page) != page and (run := get_script_run_ctx()):
        run.uploaded_file_mgr.remove_session_files(run.session_id)
    st.session_state[PAGE] = page


def drop_widgets() -> None:
    """Drop what belongs to widgets of an exam that has ended.

    First in a run, before any widget is drawn: *New exam* itself is a function of one of them, perhaps not the last
    to be called. Streamlit has no public name for it; a version that keeps them elsewhere drops them with the tab.
    """
    runs_left: int = st.session_state.pop(ENDED, 0)
    if not runs_left:
        return
    if runs_left > 1:
        st.session_state[ENDED] = runs_left - 1
    run = get_script_run_ctx()
    kept = getattr(getattr(run, "session_state", None), "_state", None)
    widgets = getattr(getattr(kept, "_new_widget_state", None), "widget_metadata", None)
    if widgets is not None:
        widgets.clear()
    gc.collect()


def forget_addresses() -> None:
    """Drop the addresses that Python keeps after parsing them, in one cache for all.

    Streamlit parses the address of every picture, and that of a page of a report is the page itself.
    """
    getattr(urlsplit, "cache_clear", lambda: None)()
