"""Hostile text in every kind of element that reads markdown: through the door nothing is fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from ..serving.conftest import ROOT, free_port

PAGE = """
import sys
import streamlit as st
from ironreport.ui.shown import plain

raw = "raw" in st.query_params

def hostile(kind):
    text = f"![{kind}](http://127.0.0.1:{sys.argv[1]}/{kind}.png) <img src=http://127.0.0.1:{sys.argv[1]}/{kind}.html>"
    return text if raw else plain(text, 400)

for kind in ("markdown", "caption", "info", "warning", "error", "success", "title", "header", "subheader", "write"):
    getattr(st, kind)(hostile(kind))
st.button(hostile("button"), help=hostile("help"))
st.download_button(hostile("download_button"), b"x")
st.expander(hostile("expander"), expanded=True).text("x")
st.popover(hostile("popover")).text("x")
st.toggle(hostile("toggle"))
st.checkbox(hostile("checkbox"))
st.text_input(hostile("text_input"))
st.text_area(hostile("text_area"))
st.number_input(hostile("number_input"))
st.selectbox(hostile("selectbox"), ["x"])
st.multiselect(hostile("multiselect"), ["x"])
st.file_uploader(hostile("file_uploader"))
st.radio(hostile("radio"), [hostile("radio_option")], captions=[hostile("radio_caption")])
st.pills(hostile("pills"), [hostile("pills_option")])
st.segmented_control(hostile("segmented_control"), [hostile("segmented_option")])
st.metric(hostile("metric"), "1", delta=hostile("delta"))
st.toast(hostile("toast"))
st.progress(50, text=hostile("progress"))
st.tabs([hostile("tabs")])
st.table({hostile("table_head"): [hostile("table_cell")]})
st.link_button(hostile("link_button"), "/x")
st.badge(hostile("badge"))
st.text("drawn")
"""


@pytest.fixture
def asked() -> Iterator[tuple[int, set[str]]]:
    """Port of a listener, and what was asked of it."""
    paths: set[str] = set()

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.add(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=listener.serve_forever, daemon=True).start()
    yield listener.server_port, paths
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def bare_app(tmp_path: Path, asked: tuple[int, set[str]]) -> Iterator[str]:
    """The page above on a server without gatekeeper and content policy: only the door stands before the browser."""
    (tmp_path / "kinds.py").write_text(PAGE)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "kinds.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--", str(asked[0])],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
        )
    try:
        until = time.monotonic() + 60
        while b"URL" not in (tmp_path / "log").read_bytes():
            assert server.poll() is None and time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_through_the_door_no_kind_of_element_fetches_anything(
    page: Page, bare_app: str, asked: tuple[int, set[str]]
) -> None:
    page.goto(bare_app)
    expect(page.get_by_text("drawn")).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("![markdown](http").first.is_visible()
    assert asked[1] == set()
    page.goto(f"{bare_app}/?raw=1")
    expect(page.get_by_text("drawn")).to_be_visible(timeout=60_000)
    until = time.monotonic() + 60
    while len(asked[1]) < 10 and time.monotonic() < until:  # the page asks for some of them late on a busy computer
        page.wait_for_timeout(100)
    assert len(asked[1]) >= 10, f"without the door these ask: {sorted(asked[1])}"
