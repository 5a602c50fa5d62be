"""What is kept of an exam beside the state of its session: bytes of uploads, what widgets point to, parsed addresses.

The first two last until the tab is closed. A widget that is not drawn any more keeps its functions, and a function
keeps the images that it was made beside. The last would outlive it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ironreport.serving.forgetting import give_back

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

ENDED, PAGE, UPLOADS_READ = "exam-ended", "page-before", "uploads-read"
RUNS = 2
"""In which the garbage of an exam that has ended is looked for: Streamlit lets go of its fragments at the end of the
first, and with them of the images that they were given."""


def drop_uploads(*, had_images: bool) -> None:
    """Drop the bytes of this session's uploads; the next run then also drops its widgets.

    Parameters
    ----------
    had_images : bool
        Whether the exam had images; what holds itself is then looked for at once, and else with that of everybody: a
        look at all that a hundred people hold takes longer than a page.
    """
    if run := get_script_run_ctx():
        run.uploaded_file_mgr.remove_session_files(run.session_id)
    st.session_state[ENDED] = (RUNS, had_images)


def drop_read(files: Iterable[UploadedFile]) -> None:
    """Drop the bytes of uploads of which all that is needed was read.

    The field that held them is drawn under another key from now on (`UPLOADS_READ`), empty.
    """
    run = get_script_run_ctx()
    remove = getattr(run.uploaded_file_mgr, "remove_file", None) if run else None
    for file in files:
        file.close()  # the field holds it until its page has been drawn again
        if run and remove:
            remove(run.session_id, file.file_id)
    st.session_state[UPLOADS_READ] = uploads_read() + 1


def held_by(key: str) -> list[UploadedFile]:
    """Files of an upload field as they lie in memory; the field itself gives copies, one more exam for who waits."""
    return [file for file in st.session_state.get(key) or [] if hasattr(file, "getvalue")]


def uploads_read() -> int:
    """How many uploads were read and dropped; part of the key of a field whose files are."""
    n: int = st.session_state.get(UPLOADS_READ, 0)
    return n


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
    ended: tuple[int, bool] = st.session_state.pop(ENDED, (0, False))
    runs_left, had_images = ended
    if not runs_left:
        return
    if runs_left > 1:
        st.session_state[ENDED] = (runs_left - 1, had_images)
    run = get_script_run_ctx()
    kept = getattr(getattr(run, "session_state", None), "_state", None)
    widgets = getattr(getattr(kept, "_new_widget_state", None), "widget_metadata", None)
    if widgets is not None:
        widgets.clear()
    if had_images:
        gc.collect()
        give_back()


def forget_addresses() -> None:
    """Drop the addresses that Python keeps after parsing them, in one cache for all.

    Streamlit parses the address of every picture, and that of a page of a report is the page itself.
    """
    getattr(urlsplit, "cache_clear", lambda: None)()
