"""One visitor: a tab without a browser, which speaks to the server as Streamlit's page does.

It opens the app for its cookie, then a socket, and sends messages of Streamlit's own kind; a page is what the last
run sent. Whatever a page holds is searched for the names of all visitors: another's name is a leak.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

NAME = re.compile(rb"Crowd-\d{4}-[0-9a-f]{8}")
"""The pseudonym of a visitor, unlike anything else on a page."""
RUN_S = 180.0
LARGEST_MESSAGE_BYTES = 64 * 1024**2
VALUES = {"text_input": "string_value", "text_area": "string_value", "checkbox": "bool_value"}
"""Widgets whose value a browser sends with each run, changed or not."""


class VisitError(Exception):
    """The server did not answer as it must."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a page: how long the visitor waited [s], and what was wrong with it."""

    page: str
    waited_s: float
    problem: str = ""
    others: tuple[str, ...] = ()


@dataclass
class Visitor:
    """A tab at ``url``; use it as an asynchronous context."""

    url: str
    number: int
    name: str = ""
    runs: list[Run] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _cookies: dict[str, str] = field(default_factory=dict)
    _session: str = ""
    _pages: dict[str, str] = field(default_factory=dict)
    _page: str = ""
    _elements: dict[tuple[int, ...], ForwardMsg] = field(default_factory=dict)
    _known: dict[str, ForwardMsg] = field(default_factory=dict)
    _chosen: dict[str, WidgetState] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Load the page for its cookies, and open the socket."""
        self.name = f"Crowd-{self.number:04d}-{secrets.token_hex(4)}"
        self._cookies = await asyncio.to_thread(_cookies_of, self.url)
        xsrf = self._cookies.get("_streamlit_xsrf", "")
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            origin=self.url,
            subprotocols=[Subprotocol("streamlit"), Subprotocol(xsrf)],
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())},
            max_size=LARGEST_MESSAGE_BYTES,
            compression=None,
            open_timeout=RUN_S,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the tab."""
        if self._socket is not None:
            await self._socket.close()

    # --------------------------------------------------------------------------- what a visitor does

    async def open(self) -> None:
        """The first run."""
        await self._run("first", self._message())

    async def go(self, page: str, shows: str) -> None:
        """Another page, which must show ``shows``."""
        if page not in self._pages:
            raise VisitError(f"there is no page {page}")
        self._page = self._pages[page]
        await self._run(page, self._message(), shows)

    async def press(self, label: str, shows: str) -> None:
        """Press a button, after which the page must show ``shows``."""
        message = self._message()
        message.rerun_script.widget_states.widgets.add(id=self._id("button", label), trigger_value=True)
        await self._run(label, message, shows)

    async def type(self, label: str, text: str, kind: str = "text_input", shows: str = "") -> None:
        """Fill a field and leave it."""
        widget = self._id(kind, label)
        self._chosen[widget] = WidgetState(id=widget, string_value=text)
        await self._run(f"typed: {label}", self._message(), shows)

    async def upload(self, label: str, file_name: str, content: bytes, shows: str) -> None:
        """Upload a file, after which the page must show ``shows``."""
        widget = self._id("file_uploader", label)
        place = await self._place_of(file_name)
        await asyncio.to_thread(_put, f"{self.url}{place.upload_url}", file_name, content, self._cookies)
        state = WidgetState(id=widget)
        info = state.file_uploader_state_value.uploaded_file_info.add(file_id=place.file_id, name=file_name)
        info.size = len(content)
        info.file_urls.CopyFrom(place)
        self._chosen[widget] = state
        await self._run(f"upload: {file_name}", self._message(), shows)

    async def _place_of(self, file_name: str) -> FileURLs:
        """Ask where a file may be uploaded: only an address that this browser was told is answered."""
        if self._socket is None:
            raise VisitError("the socket is not open")
        message = BackMsg()
        asked = message.file_urls_request
        asked.request_id, asked.session_id = secrets.token_hex(8), self._session
        asked.file_names.append(file_name)
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(RUN_S):
            while True:
                received = ForwardMsg.FromString(bytes(await self._socket.recv(decode=False)))
                if received.WhichOneof("type") == "file_urls_response":
                    return received.file_urls_response.file_urls[0]

    # --------------------------------------------------------------------------- messages

    def _message(self) -> BackMsg:
        """What the browser sends for a run: its page, what it holds already, and every value on the page."""
        message = BackMsg()
        client = message.rerun_script
        client.page_script_hash = self._page
        client.cached_message_hashes.extend(self._known)
        client.widget_states.widgets.extend(self._values())
        return message

    def _values(self) -> Iterator[WidgetState]:
        for kind, widget in self._widgets():
            if widget.id in self._chosen:
                yield self._chosen[widget.id]
            elif kind in VALUES:
                value = widget.value if widget.set_value else widget.default
                yield WidgetState(id=widget.id, **{VALUES[kind]: value})

    def _widgets(self) -> Iterator[tuple[str, Any]]:
        for message in self._elements.values():
            kind = message.delta.new_element.WhichOneof("type")
            widget = getattr(message.delta.new_element, kind) if kind else None
            if kind and getattr(widget, "id", ""):
                yield kind, widget

    def _id(self, kind: str, label: str) -> str:
        found = [widget.id for of, widget in self._widgets() if of == kind and widget.label == label]
        if not found:
            raise VisitError(f"no {kind} {label!r} on the page")
        return str(found[0])

    async def _run(self, page: str, message: BackMsg, shows: str = "") -> None:
        """Send, wait until the run is over, look at what came."""
        if self._socket is None:
            raise VisitError("the socket is not open")
        began = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            async with asyncio.timeout(RUN_S):
                await self._until_finished(self._socket)
        except (TimeoutError, OSError, VisitError) as error:
            self.runs.append(Run(page, time.perf_counter() - began, f"{type(error).__name__}: {error}"))
            raise
        waited_s = time.perf_counter() - began
        content = b"".join(e.delta.SerializeToString() for e in self._elements.values())
        self.runs.append(Run(page, waited_s, self._problem(content, shows), self._others(content)))

    async def _until_finished(self, socket: ClientConnection) -> None:
        while True:
            received = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
            kind = received.WhichOneof("type")
            if kind == "new_session":
                self._session = received.new_session.initialize.session_id or self._session
                self._elements.clear()
            elif kind == "navigation":
                self._pages = {p.page_name: p.page_script_hash for p in received.navigation.app_pages}
                self._page = received.navigation.page_script_hash
            elif kind in {"delta", "ref_hash"}:
                self._take(received)
            elif kind == "script_finished" and received.script_finished in {
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            }:
                return

    def _take(self, received: ForwardMsg) -> None:
        if received.WhichOneof("type") == "ref_hash":
            if received.ref_hash not in self._known:
                raise VisitError("the server refers to a message that was never sent")
            path, received = tuple(received.metadata.delta_path), self._known[received.ref_hash]
        else:
            path = tuple(received.metadata.delta_path)
            if received.metadata.cacheable:
                self._known[received.hash] = received
        self._elements[path] = received

    def _problem(self, content: bytes, shows: str) -> str:
        kinds = {m.delta.new_element.WhichOneof("type") for m in self._elements.values()}
        if "exception" in kinds or b"met a defect" in content:
            return "an exception on the page"
        if shows.encode() not in content:
            return f"{shows!r} is not on the page"
        if any(run.page.startswith("typed") for run in self.runs) and self.name.encode() not in content:
            return "the visitor's own name is not on the page"
        return ""

    def _others(self, content: bytes) -> tuple[str, ...]:
        return tuple({found.decode() for found in NAME.findall(content)} - {self.name})

    async def pictures(self) -> int:
        """Fetch the pictures of the page, as a browser does; how many there are."""
        addresses = [
            image.url
            for message in self._elements.values()
            if message.delta.new_element.WhichOneof("type") == "imgs"
            for image in message.delta.new_element.imgs.imgs
            if image.url.startswith("/")
        ]
        for address in addresses:
            await asyncio.to_thread(_fetch, f"{self.url}{address}", self._cookies)
        return len(addresses)


# ------------------------------------------------------------------------------- plain requests


def _cookies_of(url: str) -> dict[str, str]:
    """Cookies of the page and of the health route, which hands out the second of them."""
    held: dict[str, str] = {}
    for path in ("/", "/_stcore/health"):
        with urllib.request.urlopen(f"{url}{path}", timeout=RUN_S) as answer:  # noqa: S310 - this computer
            for text in answer.headers.get_all("Set-Cookie") or []:
                held.update({name: cookie.value for name, cookie in SimpleCookie(text).items()})
    return held


def _request(address: str, cookies: dict[str, str], **more: str) -> urllib.request.Request:
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **more}
    return urllib.request.Request(address, headers=headers)  # noqa: S310 - this computer


def _fetch(address: str, cookies: dict[str, str]) -> bytes:
    with urllib.request.urlopen(_request(address, cookies), timeout=RUN_S) as answer:  # noqa: S310 - this computer
        return bytes(answer.read())


def _put(address: str, file_name: str, content: bytes, cookies: dict[str, str]) -> None:
    mark = secrets.token_hex(16)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{file_name}"; filename="{file_name}"\r\n'
    body = b"".join([head.encode(), b"Content-Type: application/zip\r\n\r\n", content, f"\r\n--{mark}--\r\n".encode()])
    more = {
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "X-Xsrftoken": cookies.get("_streamlit_xsrf", ""),
    }
    request = _request(address, cookies, **more)
    request.method, request.data = "PUT", body
    with urllib.request.urlopen(request, timeout=RUN_S) as answer:  # noqa: S310 - this computer
        answer.read()
