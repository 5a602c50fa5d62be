"""The door "Explain" beside numbers: one click opens what each of them means, from the glossary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from ironreport.knowledge.glossary import published_glossary
from ironreport.report.explained.explaining import Explained, explained
from ironreport.ui import state
from ironreport.ui.shown import plain

LABEL = "Explain"


def show_explained(texts: Sequence[str], formulas: Iterable[str] = (), label: str = LABEL) -> None:
    """A quiet button that opens the terms of some texts; nothing where they hold none."""
    found = explained(texts, formulas, published_glossary(), state.knowledge())
    if found:
        with st.popover(label, type="tertiary", icon=":material/help:"):
            # one element for all terms: a page has many of these doors
            st.markdown("\n\n".join(map(_words, found)))


def _words(one: Explained) -> str:
    formula = "".join(f"  \n`{line.replace('`', '')}`" for line in one.formula)
    here = f"  \n:small[Here: {plain(one.here)}]" if one.here and not one.formula else ""
    return f"**{plain(one.term)}** {plain(one.text, 400)}{here}{formula}  \n:small[{plain(one.source, 300)}]"
