"""The gatekeeper before a small app of its own, asked as a browser or a proxy asks, without a server."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ironreport.serving.gatekeeper import Gatekeeper
from ironreport.serving.guard import Guard
from ironreport.serving.service import Service
from ironreport.serving.ways import proof_of

with warnings.catch_warnings():  # it asks for the successor of httpx, which nothing else here needs
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PUBLIC = "https://iron.hospital.example"
FILE = "/media/" + "a1" * 28
OTHERS_FILE = "/media/" + "b2" * 28


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def _page(request: Request) -> JSONResponse:
    answer = JSONResponse(dict(request.headers))
    answer.set_cookie("_of_streamlit", "1")
    return answer


async def _file(request: Request) -> PlainTextResponse:
    return PlainTextResponse("of the exam")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_bytes(b"\x0a\x12" + f"{FILE}.pdf".encode() + b"\x00")
    try:
        while True:
            await socket.send_bytes(b"heard " + await socket.receive_bytes())
    except WebSocketDisconnect:
        return


def _app() -> Starlette:
    return Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", _socket),
            Mount("/media", routes=[Route("/{name}", _file)]),
            Route("/_stcore/upload_file/{session}/{file}", _file, methods=["PUT"]),
            Route("/{rest:path}", _page, methods=["GET", "POST"]),
        ]
    )


class Served:
    """A service as it would be started, its clock in the hands of the test."""

    def __init__(
        self, service: Service, read_cookie: Callable[[dict[str, str]], bytes | None] = lambda _: None
    ) -> None:
        self.service, self.clock = service, Clock()
        proof = proof_of(service, read_cookie) if service.asks else None
        self.guard = Guard(service, proof, lambda: "/auth/login?provider=x") if proof else None
        if self.guard is not None:
            self.guard.visits.clock = self.clock
            if self.guard.passwords is not None:
                self.guard.passwords.of_names.clock = self.guard.passwords.of_computers.clock = self.clock
        self.app = Gatekeeper(_app(), "default-src 'self'", service, self.guard)

    def browser(self, sender: str = "127.0.0.1", **headers: str) -> TestClient:
        """A browser with cookies of its own."""
        url = self.service.public or "http://192.168.1.5:8501"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return TestClient(self.app, base_url=url, client=(sender, 50000), follow_redirects=False, headers=sent)


def socket_of(browser: TestClient, **headers: str) -> Any:
    """The socket of a page, as the browser opens it."""
    url = str(browser.base_url)
    sent = {"Origin": url, **headers}
    return browser.websocket_connect(f"{url.replace('http', 'ws', 1)}/_stcore/stream", headers=sent)
