"""A real server and a real browser, both of this computer and gone when the tests are over."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, WebSocket, expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # one process less to speak with
    # No page is open long enough to earn back the time of the optimizing compiler, and helping threads take the core
    # from another worker.
    "--js-flags=--no-opt --single-threaded",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other computer is found, not even by its number.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
AXE = Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"
START_S = 60
ACTION_MS = 60_000
expect.set_options(timeout=ACTION_MS)  # another worker may hold the core just now; what is there is not waited for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that ``-m "not browser"`` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


# --------------------------------------------------------------------------- server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while not _healthy(url):
        if server.poll() is not None or time.monotonic() > until:
            pytest.fail(f"The app did not start; the end of its log:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


@contextmanager
def _running_app(folder: Path) -> Iterator[str]:
    """Address of a new server of the app, which ends with the block; its log stands in ``folder``."""
    port = _free_port()
    log = folder / f"server-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, server, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one server that all browser tests share; each test has its own session in it."""
    with _running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Start a server that nobody has visited, as often as called; a deep link must work there too."""
    with ExitStack() as running:
        yield lambda: running.enter_context(_running_app(tmp_path))


# --------------------------------------------------------------------------- browser


def _chromium(own: Path) -> str | None:
    """Path of a Chromium of this system, else of the one Playwright may have fetched."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    return found or (str(own) if own.is_file() else None)


@pytest.fixture(scope="session")
def browser(not_here: Callable[[str], NoReturn]) -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        path = _chromium(Path(playwright.chromium.executable_path))
        if path is None:
            not_here(f"No browser for the browser tests: none of {', '.join(CHROMIUM_NAMES)} is installed.")
        # the headless shell has no other way to run, and needs half the processor of the whole browser
        headless = [] if "headless" in Path(path).name else ["--headless=new"]
        chromium = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_ARGS, *headless])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe(not_here: Callable[[str], NoReturn]) -> str:
    """The source of a checker of accessibility."""
    if not AXE.is_file():
        not_here("The npm package axe-core is not here; make test installs it.")
    return AXE.read_text(encoding="utf-8")


def is_outside(url: str) -> bool:
    """Whether fetching ``url`` leaves this computer; data and blob addresses do not."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {"127.0.0.1", "localhost"}


@pytest.fixture
def outside_requests() -> list[str]:
    """Addresses beyond this computer that the page of this test asked for."""
    return []


TELL_BLOCKED = (
    "addEventListener('securitypolicyviolation', e => console.error('BLOCKED', e.violatedDirective, e.blockedURI))"
)


@pytest.fixture
def blocked() -> list[str]:
    """What the content policy of the app kept the page of this test from."""
    return []


@pytest.fixture
def page(browser: Browser, outside_requests: list[str], blocked: list[str]) -> Iterator[Page]:
    """A page of a browser that knows nothing yet.

    The test fails if it asks for anything outside this computer, or for what the app's content policy forbids.
    Requests are listened to and not held up: each page asks for a hundred files.
    """
    context = browser.new_context(
        accept_downloads=True,
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",  # what moves is painted sixty times a second
    )
    context.set_default_timeout(ACTION_MS)

    def heard(request: Request) -> None:
        if is_outside(request.url):
            outside_requests.append(request.url)

    def opened(websocket: WebSocket) -> None:
        if is_outside(websocket.url):
            outside_requests.append(websocket.url)

    context.on("request", heard)
    context.add_init_script(TELL_BLOCKED)
    context.on("console", lambda said: blocked.append(said.text) if said.text.startswith("BLOCKED") else None)
    context.on("page", lambda new: new.on("websocket", opened))
    yield context.new_page()
    context.close()
    if blocked:
        pytest.fail(f"The page asked for something that its content policy forbids: {blocked}")
    if outside_requests:
        pytest.fail(f"The page asked for something outside this computer: {outside_requests}")
