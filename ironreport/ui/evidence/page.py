"""The Evidence page: search, organs, calibrations drawn together, every entry, contradiction and source."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ironreport.knowledge import Knowledge
from ironreport.knowledge.contradictions import published_contradictions
from ironreport.report.evidence.evidence_rows import (
    ContradictionRow,
    EvidenceRow,
    SourceRow,
    contradiction_rows,
    doi_address,
    evidence_rows,
    matches,
    source_rows,
)
from ironreport.report.statuses import STATUS
from ironreport.ui import state
from ironreport.ui.evidence.calibrations import show_calibrations
from ironreport.ui.explain import show_explained
from ironreport.ui.shown import plain

CURVES, ENTRIES, CONTRADICTIONS, SOURCES = "Calibrations", "Entries", "Contradictions", "Sources"
VIEWS = (CURVES, ENTRIES, CONTRADICTIONS, SOURCES)
N_SHOWN = 25
"""Entries drawn at once: more make the page slow to answer."""


def show() -> None:
    """Draw the page."""
    knowledge = state.knowledge()
    rows = evidence_rows(knowledge)
    against = contradiction_rows(published_contradictions(), knowledge)
    sources = source_rows(knowledge, published_contradictions())
    st.caption(
        plain(
            f"{len(rows)} entries from {len(sources)} sources, {len(against)} contradictions between them. "
            f"Knowledge {knowledge.version}, reviewed {knowledge.reviewed}.",
            400,
        )
    )
    typed = st.text_input(
        "Search", key="evidence-query", max_chars=80, placeholder="words, an id, an author or a DOI",
        persist_state="session",
    )  # fmt: skip
    query = (typed or "").strip()
    organ = _pills("Organ", {o.id: o.name for o in knowledge.organs.values()}, "evidence-organ")
    if query:
        _show_found(query, organ, rows, against, sources, knowledge)
        return
    view = st.segmented_control(
        "Show", VIEWS, key="evidence-view", default=CURVES, label_visibility="collapsed", required=True, wrap=True
    )
    if view == ENTRIES:
        _show_entries(_filtered(rows, organ, knowledge), knowledge)
    elif view == CONTRADICTIONS:
        _show_contradictions([c for c in against if organ is None or organ in c.organs], knowledge)
    elif view == SOURCES:
        _show_sources(sources)
    else:
        show_calibrations(organ, knowledge)


def _pills(label: str, names: dict[str, str], key: str) -> str | None:
    """One of the names, or None for all."""
    return st.pills(
        label, list(names), format_func=lambda i: plain(names[i]), key=key, wrap=True, persist_state="session"
    )


def _show_found(
    query: str,
    organ: str | None,
    rows: Sequence[EvidenceRow],
    against: Sequence[ContradictionRow],
    sources: Sequence[SourceRow],
    knowledge: Knowledge,
) -> None:
    """Everything that holds all words of the query, entries first."""
    entries = [r for r in _filtered(rows, organ, knowledge) if matches(r.haystack, query)]
    sides = [c for c in against if matches(c.haystack, query) and (organ is None or organ in c.organs)]
    cited = [s for s in sources if matches(s.haystack, query)]
    if not (entries or sides or cited):
        st.info("Nothing holds all of these words. Fewer words, or another organ, find more.", icon=":material/search:")
        return
    st.markdown(f"**Found:** {len(entries)} entries, {len(sides)} contradictions, {len(cited)} sources.")
    if entries:
        _show_entries(entries, knowledge)
    if sides:
        st.subheader("Contradictions")
        _show_contradictions(sides, knowledge)
    if cited:
        st.subheader("Sources")
        _show_sources(cited)


# ------------------------------------------------------------------------------------- entries


def _filtered(rows: Sequence[EvidenceRow], organ: str | None, knowledge: Knowledge) -> list[EvidenceRow]:
    """The rows of one organ, disease, status and kind; all of them where nothing is chosen."""
    disease = _pills("Disease", {d.id: _short(d.name) for d in knowledge.diseases.values()}, "evidence-disease")
    statuses = {
        "": "all",
        **{letter: words for letter, words in STATUS.items() if any(r.evidence == letter for r in rows)},
    }
    kinds = {"": "all", **{r.kind: r.kind for r in rows}}
    left, right = st.columns(2)
    status = left.selectbox("Status", list(statuses), format_func=lambda i: statuses[i], key="evidence-status")
    kind = right.selectbox("Kind of entry", list(kinds), format_func=lambda i: kinds[i], key="evidence-kind")
    return [
        r
        for r in rows
        if (organ is None or organ in r.organs)
        and (disease is None or disease in r.diseases)
        and (not status or status == r.evidence)
        and (not kind or kind == r.kind)
    ]


def _short(name: str) -> str:
    """The abbreviation at the end of a name, where it has one.

    >>> _short("Sickle cell disease (SCD)"), _short("Not known")
    ('SCD', 'Not known')
    """
    return name.rpartition("(")[2].rstrip(")") if name.endswith(")") else name


def _show_entries(rows: Sequence[EvidenceRow], knowledge: Knowledge) -> None:
    if not rows:
        st.info("No entry is of this organ, disease, status and kind together.", icon=":material/info:")
        return
    page = _page(len(rows))
    shown = rows[page * N_SHOWN : (page + 1) * N_SHOWN]
    show_explained([f"{row.label} {line}" for row in shown for line in row.lines], label="Explain these entries")
    for row in shown:
        _show_entry(row, knowledge)


def _page(n_rows: int) -> int:
    """Which run of entries to draw, counted from 0."""
    n_pages = -(-n_rows // N_SHOWN)
    if n_pages == 1:
        st.caption(f"{n_rows} entries")
        return 0
    names = [f"{i * N_SHOWN + 1} to {min((i + 1) * N_SHOWN, n_rows)}" for i in range(n_pages)]
    chosen = st.selectbox(f"Entries, of {n_rows}", range(n_pages), format_func=lambda i: names[i])
    return chosen or 0


def _show_entry(row: EvidenceRow, knowledge: Knowledge) -> None:
    """One entry as one block of text: id, use, value, where, sources with their DOI."""
    head = [f"**{plain(row.id)}**", plain(row.label), plain(row.kind), plain(row.field)]
    lines = [" · ".join(x for x in head if x), *(plain(line, 1500) for line in row.lines)]
    mark = ":material/check:" if row.enabled else ":material/block:"
    lines.append(f"{mark} {plain(row.status)} · {plain(row.use)}")
    lines += [
        plain(said, 800) for said in (row.where and f"Where: {row.where}", row.note and f"Note: {row.note}") if said
    ]
    lines.append(f"Sources: {_source_links(row.sources, knowledge)}")
    lines.append(f":small[{plain(row.place, 300)}]")
    with st.container(border=True):
        st.markdown("  \n".join(lines))


def _source_links(ids: Sequence[str], knowledge: Knowledge) -> str:
    """Sources by id, each with its DOI as text and as a link that only a click follows."""
    dois = [(i, knowledge.sources[i].doi or "" if i in knowledge.sources else "") for i in ids]
    return "; ".join(f"{plain(i)}{_doi(doi)}" for i, doi in dois)


def _doi(doi: str) -> str:
    return f" [doi\\:{plain(doi)}]({doi_address(doi)})" if doi else ""


# --------------------------------------------------------------------- contradictions and sources


def _show_contradictions(rows: Sequence[ContradictionRow], knowledge: Knowledge) -> None:
    if not rows:
        st.info("No contradiction between the sources is recorded for this organ.", icon=":material/info:")
    said = [text for row in rows for text in (row.topic, *row.sides, row.handling)]
    show_explained(said, label="Explain these contradictions")
    for row in rows:
        with st.container(border=True):
            st.markdown(f"**{plain(row.topic)}** · {plain(row.id)}")
            left, right = st.columns(2)
            left.markdown(f"*One side*  \n{plain(row.sides[0], 900)}")
            right.markdown(f"*The other side*  \n{plain(row.sides[1], 900)}")
            st.markdown(f"**What is done here:** {plain(row.handling, 900)}")
            where = f" · {plain(row.where, 400)}" if row.where else ""
            st.markdown(f":small[{plain(row.status)}{where}]  \nSources: {_source_links(row.sources, knowledge)}")


def _show_sources(rows: Sequence[SourceRow]) -> None:
    for row in rows:
        with st.container(border=True):
            lines = [
                f"**{plain(row.id)}**",
                f"{plain(row.citation, 900)}{_doi(row.doi)}",
                f"Kind: {plain(row.kind)}. Read: {plain(row.read, 300)}",
            ]
            lines.append(f":small[Cited by {plain(', '.join(row.cited_by), 1500)}]")
            st.markdown("  \n".join(lines))
