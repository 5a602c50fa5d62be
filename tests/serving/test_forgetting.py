"""What was closed is forgotten without a visitor, and what *New exam* clears is held nowhere else."""

from __future__ import annotations

import asyncio
import gc
import sys
import tomllib
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.testing.v1 import AppTest

from ironreport.serving import forgetting
from ironreport.serving.forgetting import drop_expired, give_back, resident_mib
from ironreport.ui import clearing, state

from .conftest import run_apart

ROOT = Path(__file__).resolve().parents[2]


class Images:
    """Stands for hundreds of megabytes."""


class Session:
    """Stands for an exam that was left open."""

    id = "closed"

    def __init__(self) -> None:
        self.session_state = SessionState()
        self.session_state["images"] = Images()
        self._fragment_storage = MemoryFragmentStorage()
        self.ended = False

    def shutdown(self) -> None:
        self.ended = True


def _runtime_with(closed: Session, ttl_s: float) -> SimpleNamespace:
    """The real store of closed sessions, in the real manager, as a running server holds them."""
    storage = MemorySessionStorage(ttl_seconds=ttl_s)
    storage.save(SessionInfo(client=None, session=closed))
    nobody = SimpleNamespace()
    manager = WebsocketSessionManager(storage, nobody, nobody, lambda: None)
    return SimpleNamespace(_session_mgr=manager)


def test_an_expired_session_is_let_go_without_a_visitor() -> None:
    still_looked_at = Session()  # as Streamlit's idle loop does
    gone = weakref.ref(still_looked_at.session_state["images"])
    runtime = _runtime_with(still_looked_at, ttl_s=0)
    assert drop_expired(runtime)
    gc.collect()
    assert still_looked_at.ended
    assert gone() is None
    assert not drop_expired(runtime)


def test_a_tab_that_lost_its_line_for_a_moment_keeps_its_exam() -> None:
    closed = Session()
    runtime = _runtime_with(closed, ttl_s=60)
    assert not drop_expired(runtime)
    assert runtime._session_mgr._session_storage.get("closed").session is closed


def test_the_server_keeps_its_closed_sessions_where_they_are_looked_for() -> None:
    assert "_session_mgr" in Runtime.__init__.__code__.co_names


def test_a_streamlit_that_keeps_sessions_elsewhere_is_no_defect() -> None:
    assert not drop_expired(SimpleNamespace())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take memory back in their own way")
def test_freed_memory_goes_back_to_the_system() -> None:
    blocks = [bytes(100_000) for _ in range(1000)]  # small enough to come from the heap
    pinned = bytes(100_000)
    full_mib = resident_mib()
    del blocks
    give_back()
    assert len(pinned) and resident_mib() < full_mib - 50


def test_new_exam_drops_the_bytes_of_every_upload_of_this_person_only(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryUploadedFileManager("")
    for person in ("mine", "others"):
        files.add_file(person, UploadedFileRec("1", "exam.zip", "application/zip", b"patient"))
    context = SimpleNamespace(uploaded_file_mgr=files, session_id="mine")
    monkeypatch.setattr(clearing, "get_script_run_ctx", lambda: context)
    monkeypatch.setattr(state.st, "session_state", {state.EXAM: object()})
    state.new_exam()
    assert files.get_files("mine", ["1"]) == []
    assert len(files.get_files("others", ["1"])) == 1


def test_another_page_drops_the_bytes_of_uploads_and_the_same_page_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryUploadedFileManager("")
    files.add_file("mine", UploadedFileRec("1", "exam.zip", "application/zip", b"patient"))
    monkeypatch.setattr(
        clearing, "get_script_run_ctx", lambda: SimpleNamespace(uploaded_file_mgr=files, session_id="mine")
    )
    monkeypatch.setattr(clearing.st, "session_state", {})
    for page, n_kept in (("Images", 1), ("Images", 1), ("Findings", 0)):
        clearing.drop_uploads_left_behind(page)
        assert len(files.get_files("mine", ["1"])) == n_kept


def opened_with_images(script: Callable[[], None]) -> tuple[AppTest, weakref.ref[Images]]:
    """A page that holds images which nobody else holds, and whether they are gone."""
    page, images = AppTest.from_function(script, default_timeout=30), Images()
    page.session_state[state.IMAGES] = images
    return page.run(), weakref.ref(images)


def _page_with_a_function_beside_images() -> None:
    import streamlit as st

    from ironreport.ui import clearing, state

    clearing.drop_widgets()
    images = state.images()
    if images is not None:
        st.button("Use", key=f"use-{state.token()}", on_click=lambda: state.put_images(images))
    st.button("New exam", on_click=state.new_exam)


def test_no_image_outlives_new_exam_by_a_function_of_a_widget() -> None:
    """Streamlit keeps the function of a widget that is not drawn any more, and with it all that stands around it."""
    page, gone = opened_with_images(_page_with_a_function_beside_images)
    page.button[0].click().run()
    assert gone() is not None
    page.button[1].click().run()
    gc.collect()
    assert [button.label for button in page.button] == ["New exam"]
    assert not page.exception
    assert gone() is None


@pytest.mark.parametrize(("held", "n_looks"), [({}, 0), ({state.IMAGES: object()}, clearing.RUNS)])
def test_garbage_of_everybody_is_looked_for_only_where_an_exam_had_images(
    held: dict[str, object], n_looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at all that a hundred people hold takes longer than the page that each of them waits for."""
    looks: list[int] = []
    session = {state.EXAM: object(), **held}
    monkeypatch.setattr(state.st, "session_state", session)
    monkeypatch.setattr(clearing.gc, "collect", lambda: looks.append(1))
    state.new_exam()
    for _ in range(clearing.RUNS + 2):
        clearing.drop_widgets()
    assert len(looks) == n_looks and clearing.ENDED not in session


def _page_with_a_part_beside_images() -> None:
    import streamlit as st

    from ironreport.ui import clearing, state

    clearing.drop_widgets()
    images = state.images()
    if images is not None:
        whole = [images]
        whole.append(whole)  # type: ignore[arg-type]  # as scripts and their functions hold themselves
        st.fragment(lambda: st.caption(str(len(whole))))()
    st.button("New exam", on_click=state.new_exam)


def test_no_image_outlives_the_page_after_new_exam_by_a_part_that_was_drawn_alone() -> None:
    page, gone = opened_with_images(_page_with_a_part_beside_images)
    gc.disable()
    try:
        page.button[0].click().run()
        page.run()
        assert gone() is None and not page.exception
    finally:
        gc.enable()


def test_what_a_closed_tab_leaves_is_looked_for_in_the_round_after_too(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, done = iter([True, False, False]), []

    async def sleep(_: float) -> None:
        done.append("round")

    def drop(_: object) -> bool:
        if (found := next(rounds, None)) is None:
            raise asyncio.CancelledError
        return found

    monkeypatch.setattr(forgetting.asyncio, "sleep", sleep)
    monkeypatch.setattr(forgetting.time, "process_time", lambda: 0.0)
    monkeypatch.setattr(forgetting, "resident_mib", lambda: 0.0)
    monkeypatch.setattr(forgetting.gc, "collect", lambda: done.append("looked"))
    monkeypatch.setattr(forgetting, "give_back", lambda: done.append("given back"))
    monkeypatch.setattr(forgetting, "drop_expired", drop)
    monkeypatch.setattr(forgetting.Runtime, "instance", lambda: None)
    with pytest.raises(asyncio.CancelledError):
        run_apart(forgetting.forget_closed_sessions())
    assert done == [*["round", "looked", "given back"] * 2, "round", "round"]


def test_what_holds_itself_is_dropped_after_work_and_not_looked_for_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit would look after each page; the settings of the server tell it not to."""
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["postScriptGC"] is False
    used_s = iter([10.0, 10.0, 10.001, 20.0, 20.0])  # asked again after each search
    looked: list[int] = []
    rounds = iter(range(4))

    async def sleep(_: float) -> None:
        if next(rounds) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(forgetting.asyncio, "sleep", sleep)
    monkeypatch.setattr(forgetting.time, "process_time", lambda: next(used_s))
    monkeypatch.setattr(forgetting.gc, "collect", lambda: looked.append(1))
    monkeypatch.setattr(forgetting, "drop_expired", lambda _: False)
    monkeypatch.setattr(forgetting.Runtime, "instance", lambda: None)
    with pytest.raises(asyncio.CancelledError):
        run_apart(forgetting.forget_closed_sessions())
    assert len(looked) == 2
