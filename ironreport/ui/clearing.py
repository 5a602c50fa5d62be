"""What Streamlit keeps of an exam beside the state of its session: the bytes of uploads, and what widgets point to.

Both last until the tab is closed. A widget that is not drawn any more keeps its functions, and a function keeps the
images that it was made beside.
"""

from __future__ import annotations

import gc

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ENDED = "exam-ended"


def drop_uploads() -> None:
    """Drop the bytes of this session's uploads; the next run then also drops its widgets."""
    if run := get_script_run_ctx():
        run.uploaded_file_mgr.remove_session_files(run.session_id)
    st.session_state[ENDED] = True


def drop_widgets() -> None:
    """Drop what belongs to widgets of an exam that has ended.

    First in a run, before any widget is drawn: *New exam* itself is a function of one of them, perhaps not the last
    to be called. Streamlit has no public name for it; a version that keeps them elsewhere drops them with the tab.
    """
    if not st.session_state.pop(ENDED, False):
        return
    run = get_script_run_ctx()
    kept = getattr(getattr(run, "session_state", None), "_state", None)
    widgets = getattr(getattr(kept, "_new_widget_state", None), "widget_metadata", None)
    if widgets is not None:
        widgets.clear()
    gc.collect()
