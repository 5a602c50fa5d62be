"""The server and the browser killed while a reader types: the kept copy holds what was confirmed. Linux only."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import threading
from pathlib import Path

from playwright.sync_api import Error, Page, expect, sync_playwright

from benchmarks.scorecard.walk import WAIT_MS, Served, open_page, served
from benchmarks.workbench import settled
from ironreport.exam import open_exam

COUNT_RUNS = """() => {
  window.runsEnded = 0;
  const app = document.querySelector('[data-testid=stApp]');
  new MutationObserver(() => {
    if (app.getAttribute('data-test-script-state') === 'notRunning') window.runsEnded += 1;
  }).observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
}"""
AT_REST = """(before) => window.runsEnded > before
  && document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"""
CONNECTED = "document.querySelector('[data-testid=stApp]').getAttribute('data-test-connection-state') === 'CONNECTED'"
STEP_MS = 30_000


def fault_of_server(folder: Path, seed: int, port: int) -> str:
    """What is wrong after the server was killed while a reader typed, and after it was started again."""
    rng = random.Random(seed)  # noqa: S311 - moments
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless=new", "--no-sandbox"]
        )
        with served(folder, port) as server:
            page = chromium.new_page()
            _begin(page, server)
            timer = threading.Timer(rng.uniform(0.2, 3.0), server.process.kill)
            timer.start()
            confirmed = _type_until_it_ends(page)
            server.process.wait()
        wrong = _wrong_copy(folder, confirmed)
        if not wrong:
            with served(folder, port) as server:
                wrong = _reopened(chromium.new_page(), server, folder)
        chromium.close()
    return wrong


def fault_of_browser(server: Served, seed: int) -> str:
    """What is wrong after the browser was killed while a reader typed."""
    rng = random.Random(seed)  # noqa: S311 - moments
    for old in _copies(server.folder):
        old.unlink()
    profile = server.folder / f"profile-{seed}"
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=["--headless=new", "--no-sandbox"]
        )
        page = context.pages[0]
        _begin(page, server)
        timer = threading.Timer(rng.uniform(0.2, 3.0), lambda: _kill_browser(profile))
        timer.start()
        confirmed = _type_until_it_ends(page)
        with contextlib.suppress(Error):
            context.close()
    shutil.rmtree(profile, ignore_errors=True)
    return _wrong_copy(server.folder, confirmed)


def _kill_browser(profile: Path) -> None:
    """Kill the processes of one browser: those that were started with its profile, which is ours alone."""
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"--user-data-dir={profile}".encode() in status.read_bytes().split(b"\0"):
                os.kill(int(status.parent.name), signal.SIGKILL)


def _begin(page: Page, server: Served) -> None:
    """A sample exam of which a copy is kept."""
    page.set_default_timeout(WAIT_MS)
    open_page(page, f"{server.url}/Signals", "Signals")
    page.get_by_role("button", name="Load a sample exam").click()
    expect(page.get_by_text("Heart: done")).to_be_visible()
    settled(page)
    page.get_by_text("Keep a copy on this computer").click()
    expect(page.get_by_text(re.compile("Kept as"))).to_be_visible()
    settled(page)
    page.evaluate(COUNT_RUNS)
    page.set_default_timeout(STEP_MS)


def _type_until_it_ends(page: Page) -> int:
    """Change the name again and again until the other side is gone; the last change whose run had ended."""
    name = page.get_by_role("textbox", name="Whose exam (pseudonym)")
    confirmed = 0
    for k in range(1, 1000):
        try:
            before = page.evaluate("window.runsEnded")
            name.fill(f"change {k}")
            name.press("Enter")
            page.wait_for_function(AT_REST, arg=before, timeout=5_000)
            page.wait_for_timeout(50)
            if page.evaluate(CONNECTED) is not True or not page.get_by_text(re.compile("Kept as")).first.is_visible():
                break  # the page also comes to rest where its server is gone
        except Error:
            break
        confirmed = k
    return confirmed


def _copies(folder: Path) -> list[Path]:
    return list((folder / "home").rglob("*.ironreport.json"))


def _wrong_copy(folder: Path, confirmed: int) -> str:
    copies = _copies(folder)
    if len(copies) != 1:
        return f"{len(copies)} copies"
    exam = open_exam(copies[0].read_bytes())
    change = re.fullmatch(r"change (\d+)", exam.pseudonym)
    held = int(change.group(1)) if change else 0
    return "" if confirmed <= held <= confirmed + 1 else f"the copy holds change {held}, confirmed was {confirmed}"


def _reopened(page: Page, server: Served, folder: Path) -> str:
    """Whether a fresh server opens the copy."""
    open_page(page, f"{server.url}/Signals", "Signals")
    page.get_by_text("Open a saved exam").click()
    chooser = page.get_by_test_id("stSidebar").get_by_test_id("stFileUploaderDropzoneInput")
    chooser.set_input_files(_copies(folder)[0])
    try:
        expect(page.get_by_text("Heart: done")).to_be_visible()
    except AssertionError:
        return "the copy does not open"
    return ""
