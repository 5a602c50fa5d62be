"""Fields that the program fills hold what it put there, also while the browser does not show it yet.

A browser sends what stands in all its fields with every click. A click between the filling and the moment the browser
shows it brings the fields as they were before, and Streamlit would believe the browser: numbers that stand on the
screen a moment later would be gone behind it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

PENDING = "_filled"
GRACE_S = 1.5
"""From the end of the run that drew a filled field until a browser at work has shown it; nobody reads a number, decides
against it and types the old one again in less."""


@dataclass(frozen=True, slots=True)
class _Filled:
    before: object
    value: object
    drawn_at_s: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.drawn_at_s is not None and time.monotonic() - self.drawn_at_s > GRACE_S


def fill(values: Mapping[str, object]) -> None:
    """Put values into fields by their keys, before the fields are drawn."""
    pending = _pending()
    for key, value in values.items():
        pending[key] = _Filled(st.session_state.get(key), value)
        st.session_state[key] = value
    st.session_state[PENDING] = pending


def settle() -> None:
    """First in a run: a field that came back as it was before it was filled holds again what was put there."""
    pending = {key: one for key, one in _pending().items() if key in st.session_state and not one.is_shown}
    for key, one in pending.items():
        if st.session_state[key] == one.before:
            st.session_state[key] = one.value
    st.session_state[PENDING] = {key: one for key, one in pending.items() if st.session_state[key] == one.value}


def drawn() -> None:
    """Last in a run: what is filled was sent to the browser."""
    now_s = time.monotonic()
    st.session_state[PENDING] = {
        key: one if one.drawn_at_s is not None else replace(one, drawn_at_s=now_s) for key, one in _pending().items()
    }


def _pending() -> dict[str, _Filled]:
    return dict(st.session_state.get(PENDING, {}))
