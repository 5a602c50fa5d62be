"""The glossary: every term of the pages, searched by words, with its source."""

from __future__ import annotations

import streamlit as st

from ironreport.knowledge.glossary import published_glossary
from ironreport.report.statuses import status_of
from ironreport.teaching.words import say
from ironreport.ui import state
from ironreport.ui.shown import plain


def show_glossary() -> None:
    """Draw the section."""
    typed = st.text_input(say("glossary_search"), key="glossary-query", max_chars=60, persist_state="session")
    found = published_glossary().matching(typed or "")
    st.caption(say("glossary_count", n=len(found)) if found else say("glossary_none"))
    sources = state.knowledge().sources
    entries = [
        f"**{plain(term.term)}**  \n{plain(term.text, 400)}  \n:small[{plain(status_of(term.evidence))}: "
        f"{plain('; '.join(sources[s].citation for s in term.sources), 300)}]"
        for term in found
    ]
    left, right = st.columns(2, gap="large")
    half = (len(entries) + 1) // 2
    left.markdown("\n\n".join(entries[:half]))
    right.markdown("\n\n".join(entries[half:]))
