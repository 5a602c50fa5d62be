"""The page put together: one file, no request, and a policy in its head that forbids any."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from importlib.resources import files
from typing import Any

from ironreport.knowledge import Knowledge
from ironreport.onepage.carried import carried
from ironreport.onepage.translating import phrases, translations
from ironreport.report.palette import SEVERITY, text_on

_HERE = files("ironreport.onepage")


def one_page(knowledge: Knowledge) -> str:
    """The page as HTML, the same for the same knowledge."""
    style = _part("quick.css") + _colours()
    script = "\n".join(_part(name) for name in ("words.js", "numbers.js", "reckoning.js", "screen.js"))
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page, data = _part("quick.html"), carried(knowledge)
    spoken = translations(said_on_the_page(data))
    filling = {"POLICY": policy, "STYLE": style, "DATA": _json(data), "TRANSLATIONS": _json(spoken), "SCRIPT": script}
    for mark, content in filling.items():
        page = page.replace(f"%{mark}%", content)
    return page


def said_on_the_page(data: dict[str, Any]) -> tuple[str, ...]:
    """Every text the page may show with the knowledge it carries, in English."""
    return phrases(data, _part("quick.html"), (_part("reckoning.js"), _part("screen.js")))


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _json(data: dict[str, Any]) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")


def _colours() -> str:
    return "".join(
        f".severity-{name} {{ background: {fill}; color: {text_on(name)}; }}\n" for name, fill in SEVERITY.items()
    )
