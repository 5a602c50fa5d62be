"""Streamlit's scripts come whole, only by their own names, and the page tells of those that it will need."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse
from streamlit import file_util

from ironreport.serving.page_files import WANTED, PageFiles, wanted_files
from ironreport.serving.stillness import STILLNESS

from .conftest import run_apart

STREAMLIT = Path(file_util.get_static_dir())
LEFT = b"from Streamlit"


async def _behind(scope: Any, receive: Any, send: Any) -> None:
    answer = HTMLResponse("<p>page</p>") if scope["path"] in {"/", "/Maps"} else PlainTextResponse(LEFT)
    await answer(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Answer:
    content: bytes
    headers: dict[str, str]


Browser = Callable[..., Answer]


@pytest.fixture(scope="module")
def browser() -> Browser:
    files = PageFiles(_behind, str(STREAMLIT))

    def ask(path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> Answer:
        scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            told.append(message)

        run_apart(files(scope, receive, send))
        found = {name.decode(): value.decode() for name, value in told[0]["headers"]}
        return Answer(b"".join(one.get("body", b"") for one in told), found)

    return ask


def test_each_file_is_the_one_on_the_disk_and_may_be_kept(browser: Browser) -> None:
    scripts = {path.name: path for path in (STREAMLIT / "static").rglob("*.*")}
    for name in ("js", "css", "woff2"):
        path = next(path for path in scripts.values() if path.suffix == f".{name}")
        answer = browser(f"/{path.relative_to(STREAMLIT).as_posix()}")
        assert answer.content == path.read_bytes() and "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].split(";")[0] in {"text/javascript", "text/css", "font/woff2"}


@pytest.mark.parametrize(
    "path", ["/static/../manifest.json", "/static/js/../js/x.js", "/static/js", "/static/js/", "//static/js", "/static"]
)
def test_what_is_no_file_of_the_list_is_left_to_streamlit(browser: Browser, path: str) -> None:
    assert browser(path).content == LEFT
    script = next((STREAMLIT / "static" / "js").iterdir()).name
    assert browser(f"/static/js/{script}", "GET", (b"range", b"bytes=0-9")).content == LEFT
    assert browser(f"/static/js/{script}", "POST").content == LEFT


def test_a_page_names_the_scripts_that_it_will_need_and_is_noted_as_asked_for(browser: Browser) -> None:
    STILLNESS._asked.clear()
    link = browser("/Maps").headers["link"]
    named = [one.partition(">")[0].removeprefix("</") for one in link.split(", ")]
    assert all((STREAMLIT / name).is_file() for name in named)
    assert all(any(f"/{element}." in name for name in named) for element in WANTED)
    page = (STREAMLIT / "index.html").read_text(encoding="utf-8")
    assert not any(name in page for name in named), "what the page names itself"
    assert STILLNESS._asked.pop() == "Maps"
    assert "link" not in browser("/_stcore/health").headers


@pytest.mark.parametrize(
    "listed", ["", "[]", '{"index.html": {}}', '{"index.html": {"dynamicImports": ["x/Button.tsx"]}}']
)
def test_another_version_without_the_list_names_nothing(tmp_path: Path, listed: str) -> None:
    if listed:
        (tmp_path / "manifest.json").write_text(listed, encoding="utf-8")
    assert wanted_files(tmp_path, WANTED) == []
    (tmp_path / "manifest.json").write_text(
        json.dumps({"index.html": {"dynamicImports": ["x/Button.tsx"]}, "x/Button.tsx": {"file": "static/b.js"}})
    )
    assert wanted_files(tmp_path, WANTED) == ["static/b.js"]
