"""Every value, rule, note and source as rows of text: for the Evidence page and ``ironreport check``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ironreport.knowledge import Knowledge
from ironreport.knowledge.contradictions import Contradiction
from ironreport.knowledge.schema import Cited
from ironreport.report.evidence.entry_words import enabled_words, field_words, status_words, value_lines
from ironreport.report.statuses import status_of

DOI_RESOLVER = "https://doi.org/"


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One cited entry of the knowledge files, in words.

    ``organs`` and ``diseases`` are ids; an entry of every disease has none. ``haystack`` is what a
    search looks through, in lower case.
    """

    place: str
    kind: str
    id: str
    label: str
    lines: tuple[str, ...]
    field: str
    evidence: str
    status: str
    enabled: bool
    use: str
    where: str
    note: str
    sources: tuple[str, ...]
    organs: tuple[str, ...]
    diseases: tuple[str, ...]
    haystack: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source with its kind and what cites it; ``address`` is where its DOI leads, empty without one."""

    id: str
    citation: str
    kind: str
    doi: str
    address: str
    read: str
    cited_by: tuple[str, ...]
    haystack: str


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """Two published sides of one topic, and what this package does about it."""

    id: str
    topic: str
    sides: tuple[str, str]
    handling: str
    status: str
    where: str
    sources: tuple[str, ...]
    organs: tuple[str, ...]
    haystack: str


def evidence_rows(knowledge: Knowledge) -> tuple[EvidenceRow, ...]:
    """All cited entries, in the order of the files."""
    return tuple(_row(place, entry, knowledge) for place, entry in knowledge.entries())


def _row(place: str, entry: Cited, knowledge: Knowledge) -> EvidenceRow:
    lines = value_lines(entry, knowledge)
    name, label = str(getattr(entry, "id", "")) or _name(place), str(getattr(entry, "label", ""))
    kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(entry).__name__).lower()
    organs, diseases = _owners(place, entry)
    names = [knowledge.organs[o].name for o in organs if o in knowledge.organs]
    names += [knowledge.diseases[d].name for d in diseases if d in knowledge.diseases]
    field, status, use = field_words(entry, knowledge), status_words(entry), enabled_words(entry, knowledge)
    said = (place, kind, name, label, *lines, field, status, use, entry.where, entry.note, *names, *diseases)
    return EvidenceRow(
        place=place,
        kind=kind,
        id=name,
        label=label,
        lines=lines,
        field=field,
        evidence=entry.evidence,
        status=status,
        enabled=entry.usable,
        use=use,
        where=entry.where,
        note=entry.note,
        sources=entry.sources,
        organs=organs,
        diseases=diseases,
        haystack=_haystack((*said, *_citations(entry.sources, knowledge))),
    )


def _name(place: str) -> str:
    """The name of an entry without an id: its key, and its number where there are several.

    >>> _name("shared.toml.phrase.word-borderline[0]"), _name("organs/heart.toml.sentence.within")
    ('word-borderline, 1', 'within')
    """
    key, _, index = place.rpartition(".")[2].partition("[")
    return f"{key}, {int(index[:-1]) + 1}" if index[:-1].isdigit() else key


def _owners(place: str, entry: Cited) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Organs and diseases that an entry speaks of: its file's, and those its conditions name."""
    folder, _, rest = place.partition("/")
    stem = rest.partition(".toml")[0]
    named = tuple(dict.fromkeys(_named(entry.model_dump(by_alias=True), "organ")))
    organs = (stem,) if folder == "organs" else named
    if folder == "diseases":
        return organs, (stem,)
    given = entry.model_dump(by_alias=True)
    return organs, tuple(dict.fromkeys((*_named(given, "disease"), *_asked_diseases(given))))


def _named(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for k, v in value.items():
            if k in (key, f"{key}s"):
                yield from ([v] if isinstance(v, str) else v or ())
            else:
                yield from _named(v, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item, key)


def _asked_diseases(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("fact") == "disease":
            yield from value.get("is", ())
        for v in value.values():
            yield from _asked_diseases(v)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _asked_diseases(item)


def _citations(sources: Iterable[str], knowledge: Knowledge) -> tuple[str, ...]:
    found = [(s, knowledge.sources[s]) for s in sources if s in knowledge.sources]
    return tuple(f"{s} {source.citation} {source.doi or ''}" for s, source in found)


def _haystack(texts: Iterable[str]) -> str:
    return "\n".join(texts).casefold()


def matches(haystack: str, query: str) -> bool:
    """True where every word of a query stands somewhere in the haystack.

    >>> matches("hernando-2023 radiology 2023", "Radiology HERNANDO"), matches("kirk-2009", "kirk 2010")
    (True, False)
    """
    return all(word in haystack for word in query.casefold().split())


# --------------------------------------------------------------------- sources and contradictions


def doi_address(doi: str) -> str:
    """Where a DOI leads; every character that could end or bend an address is escaped.

    >>> doi_address("10.1000/a(b)>c")
    'https://doi.org/10.1000/a%28b%29%3Ec'
    """
    return DOI_RESOLVER + quote(doi, safe="/.-_;:") if doi else ""


def source_rows(knowledge: Knowledge, contradictions: tuple[Contradiction, ...] = ()) -> tuple[SourceRow, ...]:
    """All sources by id, each with the entries that cite it."""
    citing: dict[str, list[str]] = {}
    named = [(str(getattr(entry, "id", "")) or _name(place), entry.sources) for place, entry in knowledge.entries()]
    for name, cited in (*named, *((c.id, c.sources) for c in contradictions)):
        for key in cited:
            citing.setdefault(key, []).append(name)
    rows = []
    for key, source in sorted(knowledge.sources.items()):
        doi = source.doi or ""
        by = tuple(dict.fromkeys(citing.get(key, ())))
        found = _haystack((key, source.kind, source.citation, doi, source.read, *by))
        rows.append(SourceRow(key, source.citation, source.kind, doi, doi_address(doi), source.read, by, found))
    return tuple(rows)


def contradiction_rows(contradictions: tuple[Contradiction, ...], knowledge: Knowledge) -> tuple[ContradictionRow, ...]:
    """All contradictions with both sides and their handling."""
    return tuple(
        ContradictionRow(
            id=c.id,
            topic=c.topic,
            sides=(c.side_1, c.side_2),
            handling=c.handling,
            status=status_of(c.evidence),
            where=c.where,
            sources=c.sources,
            organs=c.organs,
            haystack=_haystack(
                (c.id, c.topic, c.side_1, c.side_2, c.handling, *c.organs, *_citations(c.sources, knowledge))
            ),
        )
        for c in contradictions
    )
