"""Who may ask the app, and what its answers forbid the browser: stands before everything Streamlit answers.

A page of any site runs in the same browser and may send requests to this computer. It is told apart by what a browser
does not let it choose: the name it asked for (``Host``), where it comes from (``Origin``), and a cookie it cannot read.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ironreport.serving.address import OWN_NAMES

NEEDED = re.compile(r"/_stcore/(health|host-config|stream|upload_file/[^/]+/[^/]+|bidi-components/.+)")
"""All that the pages ask of Streamlit's own routes; metrics, the agent API and its description stay shut."""
CLOSED = re.compile(r"/(_stcore|auth|oauth2callback|component|app)(/|$)")
OF_AN_EXAM = re.compile(r"/(media|_stcore/(stream|upload_file))(/|$)")
"""Holds what was read or entered: only for a browser that has opened the app."""
FIXED_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
}


def content_policy(inline_scripts: Iterable[str]) -> str:
    """What the browser may load: from here only; the scripts that stand in the page itself by their hashes."""
    scripts = " ".join(f"'{script}'" for script in inline_scripts)
    return "; ".join([
        "default-src 'self'",
        f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}".strip(),  # the drawing canvas, 64-bit integers
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ])  # fmt: skip


class Gatekeeper:
    """ASGI middleware: refuses what does not come from the app's own page, and marks every answer.

    Parameters
    ----------
    app
        What answers if nothing is to be refused.
    policy
        Value of ``Content-Security-Policy``.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = {**FIXED_HEADERS, "Content-Security-Policy": policy}
        self.token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, self._marking(scope, send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            status, sentence = refused
            await PlainTextResponse(sentence, status_code=status)(scope, receive, self._marking(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers, path = Headers(scope=scope), scope["path"]
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not _is_own(f"http://{hosts[0]}", scope):
            return 403, "This name is not that of the app."
        if len(origins) > 1 or (origins and origins[0] != f"http://{hosts[0]}"):
            return 403, "This page is not one of the app."
        if scope["type"] == "websocket" and not origins:
            return 403, "Only a browser opens the app."
        if CLOSED.search(path) and not NEEDED.fullmatch(path):
            return 404, "Not Found"
        if OF_AN_EXAM.search(path):
            return self._of_a_stranger(headers, scope)
        return None

    def _of_a_stranger(self, headers: Headers, scope: Scope) -> tuple[int, str] | None:
        # a page of another port of this computer sends no Origin for a picture, but the browser tells of it
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return 403, "This page is not one of the app."
        if not self._knows(headers, scope):
            return 403, "This browser has not opened the app. Open its first page."
        return None

    def _knows(self, headers: Headers, scope: Scope) -> bool:
        try:
            cookies = SimpleCookie("; ".join(headers.getlist("cookie")))
        except CookieError:
            return False
        held = cookies.get(_cookie_name(scope))
        return held is not None and secrets.compare_digest(held.value.encode(), self.token.encode())

    def _marking(self, scope: Scope, send: Send) -> Send:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                if OF_AN_EXAM.search(scope["path"]):
                    headers["Cache-Control"] = "no-store"
                elif not (scope["path"].startswith("/static/") or self._knows(Headers(scope=scope), scope)):
                    # with every answer, so that a page left open finds its way back when the server was started again
                    cookie = f"{_cookie_name(scope)}={self.token}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append("Set-Cookie", cookie)
            await send(message)

        return mark


def _cookie_name(scope: Scope) -> str:
    """A browser keeps cookies by name of the computer, so that of another port must have another name."""
    return f"ironreport-{_own_port(scope)}"


def _own_port(scope: Scope) -> int | None:
    server = scope.get("server")
    return server[1] if server else None


def _is_own(origin: str, scope: Scope) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.hostname in OWN_NAMES and (parts.port or 80) == _own_port(scope) and origin == _plain(origin)
    except ValueError:
        return False


def _plain(origin: str) -> str:
    """Scheme, name and port alone; a path, a user or a query makes it another text."""
    parts = urlsplit(origin)
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port else "")
