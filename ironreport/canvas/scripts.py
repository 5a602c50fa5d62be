"""What the browser runs: nothing is built and no file is fetched, the sources beside this module are put together."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent
BENCH = ("words", "geometry", "picture", "regions", "board", "pointing", "controls")
"""Scripts of the workbench, each after those it needs; how it meets its page stands in one more."""


def script(*names: str) -> str:
    """The browser's code of one component in one piece, an ES module where its last part exports something."""
    return "\n".join(_source(f"{name}.js") for name in ("store", *names))


def widget_script() -> str:
    """The workbench as one ES module for a notebook, with its page and its look inside."""
    look = style("workbench") + style("bench_in_notebook")
    inside = f"const PAGE = {json.dumps(page('workbench'))};\nconst LOOK = {json.dumps(look)};\n"
    return inside + script(*BENCH, "pixels", "bench_in_notebook")


def page(name: str) -> str:
    """The elements that a component draws into."""
    return _source(f"{name}.html")


def style(name: str) -> str:
    """The look of a component."""
    return _source(f"{name}.css")


def _source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
