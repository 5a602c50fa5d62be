"""The house keeps to itself: the guard catches what leaves, the server lets nobody in from elsewhere."""

import json
import socket
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


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


def _status_of_handshake(app_url: str, host: str) -> int:
    address = urlsplit(app_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(HANDSHAKE.format(host=host).encode())
        return int(client.recv(1000).split()[1])


def test_a_rebound_host_name_gets_no_session(app_url: str) -> None:
    port = urlsplit(app_url).port
    assert _status_of_handshake(app_url, f"127.0.0.1:{port}") == 101
    assert _status_of_handshake(app_url, f"evil.example:{port}") == 403


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's table of sockets")
def test_the_server_listens_to_this_computer_only(app_url: str) -> None:
    port = f"{urlsplit(app_url).port:04X}"
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]


def test_the_agent_interface_is_off(app_url: str) -> None:
    with urllib.request.urlopen(f"{app_url}/_stcore/agent/openapi.json", timeout=10) as answer:
        assert json.load(answer)["info"]["x-streamlit-agent-api"] == "disabled"
