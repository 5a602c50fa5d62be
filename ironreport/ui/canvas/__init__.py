"""The canvas of the workbench as a component of the app's pages.

The pixels travel once: they are the constant data of components of their own, which Streamlit sends again only
where they change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ironreport.canvas import BENCH, Images, is_packed, packed, page, script, style

_canvas = st.components.v2.component(
    "ironreport_canvas", html=page("workbench"), css=style("workbench"), js=script(*BENCH, "bench_in_app")
)
_pixels = st.components.v2.component("ironreport_pixels", js=script("pixels", "pixels_in_app"))


def show(key: str, data: dict[str, Any], on_drawn: Callable[[], None]) -> None:
    """Draw the canvas; ``on_drawn`` runs after each change of a region."""
    _canvas(key=key, data=data, on_drawn_change=on_drawn)


def send_parts(parts: tuple[bytes, ...], name: str) -> None:
    """Give the browser packed pixels under a name."""
    for i, part in enumerate(parts):
        _pixels(key=f"pixels-{name}-{i}", data=part, height="content")


def send_pixels(series: Images) -> None:
    """Give the browser the pixels of a series; those that are not kept packed are packed once in a session."""
    if is_packed(series):
        send_parts(packed(series), series.key)
        return
    name = f"packed-{series.key}"
    if name not in st.session_state:
        st.session_state[name] = packed(series)
    send_parts(st.session_state[name], series.key)
