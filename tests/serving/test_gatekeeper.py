"""Only the app's own page is answered, seen byte by byte, and each answer tells the browser to stay here."""

import base64
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit import file_util

KEY = base64.b64encode(b"0123456789abcdef").decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and each header with all its values."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def one(self, name: str) -> str:
        (value,) = self.headers[name]
        return value


def _ask(port: int, path: str, *lines: str, method: str = "GET") -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
    status, *rest = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in rest:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Answer(int(status.split()[1]), headers, body)


def _get(port: int, path: str, *lines: str, host: str = "") -> Answer:
    return _ask(port, path, f"Host: {host or f'127.0.0.1:{port}'}", "Connection: close", *lines)


def _cookie(port: int, name: str = "127.0.0.1") -> str:
    cookies = _get(port, "/", host=f"{name}:{port}").headers["set-cookie"]
    (own,) = [cookie for cookie in cookies if cookie.startswith(f"ironreport-{port}=")]
    return f"Cookie: {own.partition(';')[0]}"


def _handshake(port: int, *lines: str, host: str = "") -> int:
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")
    path = "/_stcore/stream"
    return _ask(port, path, f"Host: {host or f'127.0.0.1:{port}'}", *upgrade, *lines).status


# --------------------------------------------------------------------------- the socket


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_apps_own_page_opens_a_session(served: int, name: str) -> None:
    host = f"{name}:{served}"
    assert _handshake(served, f"Origin: http://{host}", _cookie(served, name), host=host) == 101


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:{port}", ""),
        ("127.0.0.1:{port}", "https://evil.example"),
        ("127.0.0.1:{port}", "http://127.0.0.1:9999"),
        ("127.0.0.1:{port}", "http://localhost:{port}"),
        ("127.0.0.1:{port}", "https://127.0.0.1:{port}"),
        ("127.0.0.1:{port}", "null"),
        ("evil.example:{port}", "http://evil.example:{port}"),
        ("rebound.example", "http://rebound.example"),
        ("192.168.1.5:{port}", "http://192.168.1.5:{port}"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("127.0.0.1:9999", "http://127.0.0.1:9999"),
    ],
)
def test_no_other_page_and_no_rebound_name_opens_a_session(served: int, host: str, origin: str) -> None:
    lines = [f"Origin: {origin.format(port=served)}"] if origin else []
    assert _handshake(served, *lines, _cookie(served), host=host.format(port=served)) == 403


def test_a_program_that_never_opened_the_page_opens_no_session(served: int) -> None:
    assert _handshake(served, f"Origin: http://127.0.0.1:{served}") == 403
    wrong = f"Cookie: ironreport-{served}=guessed"
    assert _handshake(served, f"Origin: http://127.0.0.1:{served}", wrong) == 403


# --------------------------------------------------------------------------- plain requests

PAGES = ("/", "/Signals", "/_stcore/health", "/_stcore/host-config", "/static/none.js", "/media/0.pdf")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1:9999",
        "127.0.0.1",
        "x@127.0.0.1:{port}",
        "127.0.0.1:{port}/a",
        "[",
        "",
    ],
)
def test_another_name_is_answered_nothing_on_any_route(served: int, path: str, host: str) -> None:
    answer = _ask(served, path, f"Host: {host.format(port=served)}", "Connection: close")
    assert answer.status in {400, 403}
    assert b"<html" not in answer.body


def test_two_names_in_one_request_are_answered_nothing(served: int) -> None:
    assert _get(served, "/", "Host: evil.example").status in {400, 403}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_from_elsewhere_is_answered_nothing(served: int, path: str) -> None:
    for origin in ("https://evil.example", "http://127.0.0.1:9999", "null"):
        assert _get(served, path, f"Origin: {origin}").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/mcp",
        "/_stcore/agent/interact",
        "/_stcore/script-health-check",
        "/_stcore/anything-new",
        "/%5Fstcore/metrics",
        "/auth/login",
        "/oauth2callback",
        "/app/static/x",
        "/component/x",
    ],
)
def test_what_no_page_needs_is_closed(served: int, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        asked = _ask(served, path, f"Host: 127.0.0.1:{served}", "Connection: close", _cookie(served), method=method)
        assert asked.status == 404
        assert b"<html" not in asked.body


@pytest.mark.parametrize("path", ["/media/0.pdf", "/_stcore/upload_file/0/0"])
def test_what_belongs_to_an_exam_needs_the_cookie_of_the_page(served: int, path: str) -> None:
    assert _get(served, path).status == 403
    known = _get(served, path, _cookie(served))
    assert known.status != 403
    assert known.one("cache-control") == "no-store"
    assert _get(served, path, _cookie(served), "Sec-Fetch-Site: same-site").status == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served: int) -> None:
    given = [cookie for cookie in _get(served, "/").headers["set-cookie"] if cookie.startswith("ironreport-")]
    assert [cookie.partition("; ")[2] for cookie in given] == ["Path=/; HttpOnly; SameSite=Strict"]
    held = _get(served, "/", _cookie(served)).headers.get("set-cookie", [])
    assert not [cookie for cookie in held if cookie.startswith("ironreport-")]


def test_a_page_left_open_is_known_again_after_a_new_start(served: int) -> None:
    """It asks for the server's health before it opens its socket again, with the cookie of the old server."""
    stale = _get(served, "/_stcore/health", f"Cookie: ironreport-{served}=of-the-server-before")
    assert any(cookie.startswith(f"ironreport-{served}=") for cookie in stale.headers["set-cookie"])


@pytest.mark.parametrize("path", [*PAGES, "/_stcore/metrics"])
def test_every_answer_tells_the_browser_to_stay_here(served: int, path: str) -> None:
    answer = _get(served, path, _cookie(served))
    policy = dict(part.split(" ", 1) for part in answer.one("content-security-policy").split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "http:", "*"} & set(policy["script-src"].split())
    assert answer.one("x-frame-options") == "DENY"
    assert answer.one("x-content-type-options") == "nosniff"
    assert answer.one("referrer-policy") == "no-referrer"
    assert answer.one("cross-origin-resource-policy") == "same-origin"


def test_a_method_of_no_use_is_no_way_in(served: int) -> None:
    for method in ("POST", "PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
        asked = _ask(served, "/", "Host: evil.example", "Connection: close", method=method)
        assert asked.status in {400, 403, 405}, method


def test_random_bytes_leave_the_server_alive(served: int) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", served), timeout=20) as connection:
            connection.sendall(os.urandom(512) + b"\r\n\r\n")
    assert _get(served, "/_stcore/health").status == 200


def test_the_apps_own_fonts_are_no_files_of_an_exam(served: int) -> None:
    static = Path(file_util.get_static_dir())
    font = next((static / "static/media").glob("MaterialSymbols*.woff2"))
    answer = _get(served, f"/{font.relative_to(static)}", _cookie(served))
    assert answer.status == 200
    assert "no-store" not in answer.one("cache-control")
