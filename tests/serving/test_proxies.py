"""The recipes of docs/proxy before the real app: TLS, sign-in, the line of the page, an upload, headers."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from ironreport.serving.users import add_user

from .conftest import ROOT, free_port, started

RECIPES = ROOT / "docs/proxy"
PASSWORD = "four odd quiet words"
HASHED = "$2a$04$abcdefghijklmnopqrstuuxVSmzOkP6EzVxvXPQrmt6J4qGzcLFhi"  # bcrypt of PASSWORD, at the least cost
UNPACKED = Path(sys.prefix) / "proxies"
ELSEWHERE = {"nginx": ["/usr/sbin/nginx", str(UNPACKED / "usr/sbin/nginx")], "caddy": [str(UNPACKED / "usr/bin/caddy")]}
PROXIES = {"nginx": "nginx.conf", "caddy": "Caddyfile"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own, and room for the proxies."""
    folder = tmp_path_factory.mktemp("proxy")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def public() -> int:
    return free_port()


@pytest.fixture(scope="module")
def app(folder: Path, public: int) -> Iterator[int]:
    """Port of the app, as an administrator starts it."""
    port, users = free_port(), folder / "users"
    add_user(users, "ada", PASSWORD)
    command = [sys.executable, "-m", "ironreport", "serve", "--behind-proxy", f"https://localhost:{public}"]
    with started([*command, "--users", str(users), "--port", str(port)], port, folder / "log"):
        yield port


@contextmanager
def proxied(
    name: str, recipe: str, folder: Path, public: int, app: int, not_here: Callable[[str], NoReturn], second: int = 0
) -> Iterator[None]:
    """A proxy started with a recipe, in which only names, ports and places are exchanged."""
    program = next((path for path in map(shutil.which, (name, *ELSEWHERE[name])) if path), None)
    if program is None:
        not_here(f"{name} is not installed; `make test` unpacks Debian's package where there is apt-get.")
    text = (RECIPES / recipe).read_text(encoding="utf-8").replace("127.0.0.1:8501", f"127.0.0.1:{app}")
    text = text.replace("127.0.0.1:8502", f"127.0.0.1:{second}")
    text = re.sub(r"\$2a\$14\$REPLACE\S+", HASHED, text.replace("/etc/ironreport", str(folder)))
    if name == "nginx":
        text = text.replace("listen 443", f"listen 127.0.0.1:{public}").replace("iron.hospital.example", "localhost")
        text = (
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/kept; "
            f"fastcgi_temp_path {folder}/kept; uwsgi_temp_path {folder}/kept; scgi_temp_path {folder}/kept;\n{text}}}"
        )
        command = [program, "-p", str(folder), "-c", str(folder / recipe), "-e", "stderr"]
    else:
        text = text.replace("iron.hospital.example {", f"https://localhost:{public} {{\nbind 127.0.0.1")
        text = f"{{\nadmin off\nauto_https disable_redirects\nstorage file_system {folder}/kept\n}}\n{text}"
        command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / recipe)]
    (folder / recipe).write_text(text, encoding="utf-8")
    with (folder / f"{name}.log").open("wb") as log:
        proxy = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": ""})
    try:
        until = time.monotonic() + 30
        while not _listens(public):
            if proxy.poll() is not None or time.monotonic() > until:
                pytest.fail((folder / f"{name}.log").read_text()[-2000:])
            time.sleep(0.1)
        yield
    finally:
        proxy.terminate()
        proxy.wait(timeout=20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=PROXIES)
def proxy(
    request: pytest.FixtureRequest, folder: Path, public: int, app: int, not_here: Callable[[str], NoReturn]
) -> Iterator[str]:
    with proxied(request.param, PROXIES[request.param], folder, public, app, not_here):
        yield f"https://localhost:{public}"


@pytest.fixture
def tabs(folder: Path) -> Iterator[Callable[[str], Tab]]:
    """Open a tab of its own browser, as often as called."""
    with ExitStack() as opened:
        yield lambda url: opened.enter_context(closing(Tab(url, folder)))


class Tab:
    """A browser's tab without the browser."""

    def close(self) -> None:
        self.client.close()

    def __init__(self, url: str, folder: Path) -> None:
        import httpx

        self.url, self.trust = url, ssl.create_default_context(cafile=str(folder / "cert.pem"))
        self.client = httpx.Client(
            base_url=url, verify=self.trust, timeout=60, headers={"Origin": url}, trust_env=False
        )

    def sign_in(self, password: str) -> int:
        seal = re.findall(r'name="seal" value="([^"]+)"', self.client.get("/sign-in").text)[0]
        return self.client.post("/sign-in", data={"seal": seal, "name": "ada", "password": password}).status_code

    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)

    def socket(self) -> ClientConnection:
        xsrf = self.client.cookies["_streamlit_xsrf"]
        return connect(
            f"{self.url.replace('https', 'wss')}/_stcore/stream", ssl=self.trust, origin=self.url, max_size=None,
            subprotocols=["streamlit", xsrf], additional_headers={"Cookie": self.cookies()}, proxy=None,
        )  # fmt: skip


def _run(page: ClientConnection) -> bytes:
    """Everything that the app sends until its page is drawn."""
    asked = BackMsg()
    asked.rerun_script.page_name = "Signals"
    page.send(asked.SerializeToString())
    drawn = b""
    while True:
        raw = page.recv(timeout=60)
        drawn += raw
        message = ForwardMsg.FromString(raw)
        if message.WhichOneof("type") == "script_finished" and b"signed in as ada" in drawn:
            return drawn


def _upload_address(page: ClientConnection, session: str) -> str:
    asked = BackMsg()
    asked.file_urls_request.request_id = "1"
    asked.file_urls_request.file_names.append("exam.zip")
    asked.file_urls_request.session_id = session
    page.send(asked.SerializeToString())
    while True:
        message = ForwardMsg.FromString(page.recv(timeout=60))
        if message.WhichOneof("type") == "file_urls_response":
            return str(message.file_urls_response.file_urls[0].upload_url)


@pytest.mark.slow
def test_a_recipe_carries_the_whole_app_and_its_refusals(proxy: str, folder: Path, tabs: Callable[[str], Tab]) -> None:
    tab = tabs(proxy)
    first = tab.client.get("/")
    assert (first.status_code, first.headers["location"]) == (303, "/sign-in")
    assert first.headers["strict-transport-security"] == "max-age=31536000"
    assert first.headers["x-frame-options"] == "DENY" and "default-src" in first.headers["content-security-policy"]
    assert not any(char.isdigit() for char in first.headers.get("server", ""))
    assert tab.sign_in("wrong") == 401
    assert tab.sign_in(PASSWORD) == 303
    assert tab.client.get("/").status_code == 200
    assert all(cookie.secure for cookie in tab.client.cookies.jar)
    tab.client.get("/_stcore/health")
    with tab.socket() as page:
        drawn = _run(page)
        assert b"not encrypted" not in drawn
        session = re.search(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", drawn)[0].decode()
        address = _upload_address(page, session)
        images = {"file": ("exam.zip", b"\x00" * 20_000_000)}
        xsrf = {"X-Xsrftoken": tab.client.cookies["_streamlit_xsrf"]}
        assert tab.client.put(address, files=images, headers=xsrf).status_code == 204
        stranger = tabs(proxy)
        assert stranger.client.put(address, files={"file": b"x"}, headers=xsrf).status_code == 401
    assert b"<html" not in tab.client.get("/", headers={"Host": "evil.example"}).content
    assert tab.client.get("/", headers={"Origin": "https://evil.example"}).status_code == 403
    assert tab.client.get("/sign-out").status_code == 200
    assert tab.client.get("/").status_code == 303
    spilled = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]
    assert spilled == []


class _Echo(BaseHTTPRequestHandler):
    """Stands for the app: says who it was told is there."""

    def do_GET(self) -> None:
        body = repr([self.headers.get_all("X-Remote-User"), self.headers.get("Authorization")]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("name", PROXIES)
def test_a_recipe_that_signs_people_in_says_its_own_name_and_never_the_browsers(
    name: str, folder: Path, not_here: Callable[[str], NoReturn]
) -> None:
    import httpx

    (folder / "nginx-passwords").write_text(f"ada:{{PLAIN}}{PASSWORD}\n")
    echo = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    Thread(target=echo.serve_forever, daemon=True).start()
    public, recipe = free_port(), {"nginx": "nginx-header.conf", "caddy": "Caddyfile-header"}[name]
    try:
        with proxied(name, recipe, folder, public, echo.server_port, not_here):
            trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
            with httpx.Client(
                base_url=f"https://localhost:{public}", verify=trust, trust_env=False, timeout=60
            ) as client:
                assert client.get("/", headers={"X-Remote-User": "eve"}).status_code == 401
                named = client.get("/", auth=("ada", PASSWORD), headers={"X-Remote-User": "eve"})
        assert named.text == "[['ada'], None]"
    finally:
        echo.shutdown()
        echo.server_close()


class _Service(BaseHTTPRequestHandler):
    """Stands for one of two services: answers every way of asking with its own port."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        body = str(self.server.server_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


SEVERAL = {"nginx": "nginx-several.conf", "caddy": "Caddyfile-several"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SEVERAL)
def test_each_visitor_of_several_services_stays_at_one_and_all_are_used(
    name: str, folder: Path, tabs: Callable[[str], Tab], not_here: Callable[[str], NoReturn]
) -> None:
    public = free_port()
    with ExitStack() as running:
        services = [ThreadingHTTPServer(("127.0.0.1", 0), _Service) for _ in range(2)]
        for service in services:
            Thread(target=service.serve_forever, daemon=True).start()
            running.callback(service.server_close)
            running.callback(service.shutdown)
        one, two = (service.server_port for service in services)
        running.enter_context(proxied(name, SEVERAL[name], folder, public, one, not_here, two))
        met = []
        for _ in range(16):
            client = tabs(f"https://localhost:{public}").client
            first = client.get("/")
            cookie = first.headers["set-cookie"]
            assert cookie.startswith("ironreport_at=") and str(one) not in cookie and str(two) not in cookie
            asked = ("/_stcore/stream", "/media/picture.png", "/_stcore/health", "/static/x.js")
            answers = {client.get(path).text for path in asked} | {
                client.put("/_stcore/upload_file/a/b", content=b"x" * 9).text
            }
            assert answers == {first.text}
            met.append(first.text)
    assert set(met) == {str(one), str(two)}
