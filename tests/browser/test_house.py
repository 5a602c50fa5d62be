"""The house keeps to itself: the guard of these tests catches what leaves, and the app's own policy stops it before.

Who is let in is tested byte by byte in ``tests/serving``.
"""

import socket
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page


@pytest.mark.parametrize(
    "attempt",
    [
        "fetch('https://example.invalid/metrics.json').catch(() => 0)",
        "new Promise(done => { const i = new Image(); i.onerror = done; i.src = 'http://example.invalid/a.png' })",
        "new Promise(done => { new WebSocket('wss://example.invalid/stream').onclose = () => done(0) })",
    ],
)
def test_a_request_to_another_computer_is_caught(page: Page, outside_requests: list[str], attempt: str) -> None:
    page.evaluate(f"() => {attempt}")
    assert [urlsplit(url).hostname for url in outside_requests] == ["example.invalid"]
    outside_requests.clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has a second address of this computer")
def test_a_request_to_another_computer_never_reaches_it(page: Page, outside_requests: list[str]) -> None:
    with socket.create_server(("127.0.0.2", 0)) as other:
        other.setblocking(False)
        url = f"http://127.0.0.2:{other.getsockname()[1]}/a.png"
        page.evaluate("(url) => fetch(url, {mode: 'no-cors', signal: AbortSignal.timeout(5000)}).catch(() => 0)", url)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert outside_requests == [url]
    outside_requests.clear()


def test_a_data_address_is_not_outside(page: Page, outside_requests: list[str]) -> None:
    assert page.evaluate("async () => (await fetch('data:text/plain,42')).text()") == "42"
    assert outside_requests == []


def test_the_content_policy_stops_what_the_guard_would_catch(
    page: Page, app_url: str, outside_requests: list[str], blocked: list[str]
) -> None:
    page.goto(app_url)
    with page.expect_console_message(lambda said: said.text.startswith("BLOCKED")):
        page.evaluate("() => fetch('https://example.invalid/metrics.json').catch(() => 0)")
    assert blocked == ["BLOCKED connect-src https://example.invalid/metrics.json"]
    blocked.clear()
    outside_requests.clear()  # the browser may tell of a request that it did not send
