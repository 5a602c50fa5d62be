"""What the pages are told of the network they are served on, by headers that only the gatekeeper sets."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

import streamlit as st

PERSON = "x-ironreport-person"
OPEN_LINE = "x-ironreport-open-line"


@dataclass(frozen=True, slots=True)
class Notice:
    """Who is signed in, and whether the line to the browser is encrypted."""

    person: str
    encrypted: bool


def notice() -> Notice | None:
    """What stands over every page of this visitor; None where the app is served to this computer alone."""
    person = st.context.headers.get(PERSON)
    return None if person is None else Notice(unquote(person), st.context.headers.get(OPEN_LINE) is None)
