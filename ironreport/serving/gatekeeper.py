"""Who may ask the app, and what its answers forbid the browser: stands before everything Streamlit answers.

A page of any site runs in the same browser and may send requests to this computer. It is told apart by what a browser
does not let it choose: the name it asked for (``Host``), where it comes from (``Origin``), and a cookie it cannot read.
Where the app is offered to a network, the guard decides beside that who may pass (``guard.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ironreport.serving.cookies import Signed, all_cookies, name_of, setting
from ironreport.serving.ending import EndingLine
from ironreport.serving.guard import OF_THE_PROVIDER, Admitted, Guard
from ironreport.serving.notice import OPEN_LINE, PERSON
from ironreport.serving.service import Service
from ironreport.serving.sign_in import POLICY
from ironreport.serving.told import Told

NEEDED = re.compile(r"/_stcore/(health|host-config|stream|upload_file/[^/]+/[^/]+|bidi-components/.+)")
"""All that the pages ask of Streamlit's own routes; metrics, the agent API and its description stay shut."""
CLOSED = re.compile(r"/(_stcore|auth|oauth2callback|component|app)(/|$)")
OF_AN_EXAM = re.compile(r"/(media|_stcore/(stream|upload_file))(/|$)")
"""Holds what was read or entered: only for a browser that has opened the app."""
OF_A_FILE = re.compile(r"/(media|_stcore/upload_file)(/|$)")
"""Only for the browser that was told the address."""
NEVER_FROM_OUTSIDE = frozenset({PERSON.encode(), OPEN_LINE.encode()})
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
    service
        To whom the app is offered.
    guard
        Who may pass; None where nobody is asked.
    """

    def __init__(self, app: ASGIApp, policy: str, service: Service | None = None, guard: Guard | None = None) -> None:
        self.app, self.policy, self.guard = app, policy, guard
        self.service = service or Service()
        self.browsers, self.told = Signed(), Told()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k.lower() not in NEVER_FROM_OUTSIDE]}
        answer = self._refusal(scope)
        if answer is not None or self.guard is None:
            await self._pass(scope, receive, send, answer, self._browser(scope))
        else:
            await self._guarded(self.guard, scope, receive, send)

    async def _guarded(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        answer, known = None, None
        if scope["type"] == "http":
            answer = await guard.own_page(scope, receive, _peer(scope, self.service))
        if answer is None:
            known = guard.known(scope)
            if known is not None:
                scope = {**scope, "headers": [*scope["headers"], *guard.told_to_the_app(known)]}
            elif not (self.service.way == "oidc" and scope["path"] in OF_THE_PROVIDER):
                answer = guard.turned_away(scope)
        if known is not None and scope["type"] == "websocket" and answer is None:
            line = EndingLine(guard.visits, known.visit, receive, send)
            receive, send = line.receive, line.send
        await self._pass(scope, receive, send, answer, known)

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, answer: Response | None, known: Admitted | str | None
    ) -> None:
        cookie = known.cookie if isinstance(known, Admitted) else known or ""
        if answer is None and OF_AN_EXAM.match(scope["path"]):
            answer = self._of_a_stranger(scope, cookie)
        marking = self._marking(scope, send, known)
        if answer is None:
            await self.app(scope, receive, marking)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await answer(scope, receive, marking)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope["path"]
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if self.service.only_from and _sender(scope) != self.service.only_from:
            return _said(403, "Only the proxy is answered.")
        own = f"{'https' if self.service.secure else 'http'}://{hosts[0]}" if len(hosts) == 1 else ""
        if own not in self.service.origins(_own_port(scope)):
            return _said(403, "This name is not that of the app.")
        if len(origins) > 1 or (origins and origins[0] != own):
            return _said(403, "This page is not one of the app.")
        if scope["type"] == "websocket" and not origins:
            return _said(403, "Only a browser opens the app.")
        if CLOSED.search(path) and not (NEEDED.fullmatch(path) or self._of_the_provider(path)):
            return _said(404, "Not Found")
        return None

    def _of_the_provider(self, path: str) -> bool:
        return self.service.way == "oidc" and path in OF_THE_PROVIDER

    def _of_a_stranger(self, scope: Scope, cookie: str) -> Response | None:
        # a page of another port of this computer sends no Origin for a picture, but the browser tells of it
        if Headers(scope=scope).get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return _said(403, "This page is not one of the app.")
        if not cookie:
            return _said(403, "This browser has not opened the app. Open its first page.")
        if OF_A_FILE.match(scope["path"]) and not self.told.knows(cookie, scope["path"]):
            return _said(404, "Not Found")
        return None

    def _browser(self, scope: Scope) -> str | None:
        """The cookie of a browser that has opened the app, where nobody is asked who they are."""
        cookie = all_cookies(scope).get(name_of("ironreport", _own_port(scope), secure=False), "")
        return cookie if cookie and self.browsers.is_ours(cookie) else None

    def _marking(self, scope: Scope, send: Send, known: Admitted | str | None) -> Send:
        cookie = known.cookie if isinstance(known, Admitted) else known or ""

        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(scope, MutableHeaders(scope=message), known)
            elif message["type"] == "websocket.send" and cookie:
                self.told.note(cookie, message.get("bytes") or b"")
            await send(message)

        return mark

    def _mark(self, scope: Scope, headers: MutableHeaders, known: Admitted | str | None) -> None:
        own_page = self.guard is not None and scope["path"].startswith("/sign-")
        for name, value in FIXED_HEADERS.items():
            headers[name] = value
        headers["Content-Security-Policy"] = POLICY if own_page else self.policy
        if own_page:  # with "no-referrer" a browser says of the form that it comes from nowhere
            headers["Referrer-Policy"] = "same-origin"
        if OF_AN_EXAM.match(scope["path"]) or (self.guard and not scope["path"].startswith("/static/")):
            headers["Cache-Control"] = "no-store"
        if given := self._given(scope, known):
            headers.append("Set-Cookie", given)
        if self.service.secure:
            _make_secure(headers)

    def _given(self, scope: Scope, known: Admitted | str | None) -> str:
        if self.guard is not None:
            return self.guard.given(scope, known) if isinstance(known, Admitted) and known.new else ""
        # with every answer, so that a page left open finds its way back when the server was started again
        if known is None and not OF_AN_EXAM.match(scope["path"]) and not scope["path"].startswith("/static/"):
            return setting(name_of("ironreport", _own_port(scope), secure=False), self.browsers.new(), secure=False)
        return ""


def _said(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=status)


def _make_secure(headers: MutableHeaders) -> None:
    """Cookies that Streamlit sets go over TLS only, too: it does not know of the proxy."""
    cookies = headers.getlist("set-cookie")
    if cookies:
        del headers["set-cookie"]
        for cookie in cookies:
            headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")


def _own_port(scope: Scope) -> int | None:
    server = scope.get("server")
    return server[1] if server else None


def _sender(scope: Scope) -> str:
    """IP address that a request comes from, as the network tells it; not what the request says of itself."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _peer(scope: Scope, service: Service) -> str:
    """The computer of the person: what the proxy adds last, where there is one."""
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return told if service.public and told else _sender(scope)
