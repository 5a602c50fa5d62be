"""Two people of one server behind the log-in: nothing of the one reaches the other, and nothing stays behind."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from ironreport.serving.users import add_user

from ..serving.conftest import ROOT, free_port, started

GONE_S = 5.0
"""The heading of a page stands before its run ends, and what no page shows goes with the end; a download stays 10 s."""
PASSWORD = "four odd quiet words"
ADAS, BEAS = "Zephyrine Quillfeather", "Bartholomew Nightwhistle"


@dataclass(frozen=True, slots=True)
class House:
    """A server with a log-in, and every folder it could leave something in."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    for name in ("home", "tmp", "state"):
        (folder / name).mkdir()
    for name in ("ada", "bea"):
        add_user(folder / "users", name, PASSWORD)
    port = free_port()
    command = [sys.executable, "-m", "ironreport", "serve", "--users", str(folder / "users"), "--port", str(port)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        for variable, name in (("HOME", "home"), ("TMPDIR", "tmp"), ("XDG_STATE_HOME", "state")):
            patched.setenv(variable, str(folder / name))
        with started(command, port, folder / "log"):
            yield House(f"http://127.0.0.1:{port}", folder)


class Reader:
    """A person at a browser of their own, and all that the server sends there."""

    def __init__(self, page: Page, house: House, name: str) -> None:
        self.page, self.house, self.name = page, house, name
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        page.on("websocket", self._hear)

    def _hear(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.sent.append(bytes(frame)))
        socket.on(
            "framereceived", lambda frame: self.received.append(frame if isinstance(frame, bytes) else frame.encode())
        )

    def sign_in(self, password: str = PASSWORD) -> None:
        self.page.goto(self.house.url)
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def enter_exam(self, patient: str) -> None:
        expect(self.page.get_by_text(f"signed in as {self.name}")).to_be_visible(timeout=60_000)
        self.page.get_by_role("button", name="Load a sample exam").click(timeout=60_000)
        whose = self.page.get_by_role("textbox", name="Whose exam (pseudonym)")
        expect(whose).to_have_value("Sample exam (synthetic)")
        whose.fill(patient)
        whose.press("Enter")
        self.page.get_by_role("link", name="Report", exact=True).click()
        expect(self.page.get_by_role("heading", name="Report").first).to_be_visible()

    def download(self) -> str:
        """Address of the report, downloaded."""
        with self.page.expect_download() as pressed:
            self.page.get_by_role("button", name=re.compile("PDF")).first.click()
        assert Path(pressed.value.path()).read_bytes().startswith(b"%PDF")
        return pressed.value.url

    def status_of(self, url: str) -> int:
        return self.page.request.get(url).status


def test_two_people_share_a_server_and_nothing_else(
    browser: Browser, page: Page, house: House, blocked: list[str]
) -> None:
    ada = Reader(page, house, "ada")
    ada.sign_in("four odd quiet word")
    expect(page.get_by_role("alert")).to_have_text("Name or password is not right.")
    ada.sign_in()
    expect(page.get_by_text("signed in as ada")).to_be_visible(timeout=60_000)  # the first page of a new server
    expect(page.get_by_text("This line is not encrypted")).to_be_visible()
    ada.enter_exam(ADAS)
    with browser.new_context() as other:
        bea = Reader(other.new_page(), house, "bea")
        bea.sign_in()
        bea.enter_exam(BEAS)
        hers = ada.download()  # asked for at once: the next run of anybody may drop what nobody shows
        assert (ada.status_of(hers), bea.status_of(hers)) == (200, 404)
        theirs = bea.download()
        assert (bea.status_of(theirs), ada.status_of(theirs)) == (200, 404)
        seen_by_ada, seen_by_bea = b"".join(ada.received), b"".join(bea.received)
        assert ADAS.encode() in b"".join(ada.sent) and BEAS.encode() in b"".join(bea.sent)
        assert len(seen_by_ada) > 100_000 and len(seen_by_bea) > 100_000
        assert ADAS.encode() not in seen_by_bea and BEAS.encode() not in seen_by_ada
        assert ADAS not in page.title() and ADAS.split()[1] not in page.url

    page.get_by_role("button", name="New exam").click()
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    page.get_by_role("link", name="Signals", exact=True).click()
    expect(page.get_by_role("heading", name="Signals").first).to_be_visible()
    until = time.monotonic() + GONE_S
    while ada.status_of(hers) != 404:
        assert time.monotonic() < until, "the PDF of an exam that has ended is still handed out"
        page.wait_for_timeout(50)

    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in to IronReport")).to_be_visible()
    assert blocked == []

    held = [path for path in house.folder.rglob("*") if path.is_file()]
    assert house.folder / "log" in held
    for path in held:
        text = path.read_bytes()
        assert not any(word.encode() in text for name in (ADAS, BEAS) for word in name.split()), path
