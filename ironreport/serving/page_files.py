"""Streamlit's own scripts and styles: handed over at once, and named to the browser before it finds that it needs them.

A page is made of a hundred small files. Streamlit opens each in another thread, which waits for its turn while the
server is still loading, and the browser learns of the second half of them only once the first page is drawn.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ironreport.serving.stillness import STILLNESS

WANTED = ("BidiComponent", "Button", "FileUploader", "PageLink", "Selectbox", "TextInput")
"""What every page is drawn with, by the names of Streamlit's elements: side panel and links between pages."""
FOR_EVER = "public, immutable, max-age=31536000"
"""The name of each file holds a digest of its content."""


class PageFiles:
    """ASGI middleware: answers for the files below ``/static/``, and tells of those that a page will ask for.

    Parameters
    ----------
    app
        What answers everything else.
    folder : str
        Streamlit's folder of static files.
    """

    def __init__(self, app: ASGIApp, folder: str) -> None:
        self.app, self.folder = app, Path(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        STILLNESS.answered()
        file = self._files.get(scope["path"]) if _is_plain(scope) else None
        if file is None:
            await self.app(scope, receive, self._noting(scope, send))
        else:
            await _whole(file)(scope, receive, send)

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Each file by its address: what is not in this list is no file of it, however it is written."""
        below = (path for path in (self.folder / "static").rglob("*") if path.is_file())
        return {f"/{path.relative_to(self.folder).as_posix()}": path for path in below}

    @cached_property
    def _link(self) -> str:
        return ", ".join(f"</{name}>; rel=modulepreload; crossorigin" for name in wanted_files(self.folder, WANTED))

    def _noting(self, scope: Scope, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    STILLNESS.asked(scope["path"].rpartition("/")[2])
                    if self._link:
                        headers["Link"] = self._link
            await send(message)
            STILLNESS.answered()

        return noting


def _is_plain(scope: Scope) -> bool:
    """Whether a file is asked for whole."""
    return scope["type"] == "http" and scope["method"] == "GET" and "range" not in Headers(scope=scope)


def _whole(file: Path) -> Response:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": FOR_EVER})


def wanted_files(folder: Path, elements: Iterable[str]) -> list[str]:
    """The scripts that elements of a page need beyond those that the page itself names; none where there is no list.

    Parameters
    ----------
    folder : Path
        Streamlit's folder of static files, with the list that its builder made.
    elements : iterable of str
        Names of elements; what the list does not know is left out.
    """
    try:
        listed = json.loads((folder / "manifest.json").read_bytes())
        page = listed["index.html"]
        named = {Path(place).stem: place for place in page.get("dynamicImports", ())}
        wanted = [named[element] for element in elements if element in named]
        held = set(_below("index.html", listed, set()))
        return [listed[place]["file"] for place in _all_below(wanted, listed, held)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _all_below(places: Iterable[str], listed: Any, seen: set[str]) -> Iterator[str]:
    for place in places:
        yield from _below(place, listed, seen)


def _below(place: str, listed: Any, seen: set[str]) -> Iterator[str]:
    """A script and all that it imports, each once."""
    if place in seen:
        return
    seen.add(place)
    yield place
    yield from _all_below(listed[place].get("imports", ()), listed, seen)
