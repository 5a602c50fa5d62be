"""The door "Explain" beside numbers: one click opens what each of them means, from the glossary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from ironreport.knowledge.glossary import published_glossary
from ironreport.report.explained.explaining import Explained, explained
from ironreport.ui import state
from ironreport.ui.shown import plain
from ironreport.ui.spoken import here

LABEL = "Explain"
LONGEST_PLACE = 100
"""Characters shown of the place where a number stands."""
KEPT, MOST_KEPT = "explained", 200
"""Where in the session the words of the doors are, and how many: a page has sixty."""


def show_explained(texts: Sequence[str], formulas: Iterable[str] = (), label: str = LABEL) -> None:
    """A quiet button that opens the terms of some texts; nothing where they hold none."""
    about, speech = (tuple(texts), tuple(formulas)), here()
    # texts hold the patient's numbers, so they are kept in this person's session only
    held: dict[object, str] = st.session_state.setdefault(KEPT, {})
    words = held.get((about, speech.code, speech.verbatim))
    if words is None:
        if len(held) >= MOST_KEPT:
            held.clear()
        # one element for all terms: a page has many of these doors
        words = "\n\n".join(map(_words, explained(*about, published_glossary(), state.knowledge())))
        held[about, speech.code, speech.verbatim] = words
    if words:
        with st.popover(label, type="tertiary", icon=":material/help:"):
            st.markdown(words)


def _words(one: Explained) -> str:
    lines = [f"**{plain(one.term)}** {plain(one.text, 400)}"]
    lines += [f":small[{plain(f'Here: {one.here}', LONGEST_PLACE)}]"] if one.here and not one.formula else []
    lines += [f"`{line.replace('`', '')}`" for line in one.formula]
    citations = "; ".join(plain(citation, 300) for citation in one.citations)
    return "  \n".join([*lines, f":small[{plain(one.status)}: {citations}]"])
