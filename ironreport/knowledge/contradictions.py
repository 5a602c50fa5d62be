"""Where published sources contradict each other, and what is done about it: shown, never hidden."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ironreport.knowledge.checking import inconsistent
from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.loading import FOLDER, published_knowledge, validated
from ironreport.knowledge.schema import Cited, Entry, Name, Text

FILE = "contradictions.toml"


class Contradiction(Cited):
    """Two published sides of one topic and how this package handles them; never graded with.

    ``evidence`` is the status of the weaker side.
    """

    id: Name
    topic: Text
    organs: tuple[Name, ...] = ()
    side_1: Text
    side_2: Text
    handling: Text


class ContradictionsFile(Entry):
    """``contradictions.toml``: every contradiction met between the sources."""

    contradiction: tuple[Contradiction, ...] = ()


def load_contradictions(knowledge: Knowledge, folder: Path = FOLDER) -> tuple[Contradiction, ...]:
    """All contradictions of a knowledge folder, checked against its sources and organs.

    Raises
    ------
    KnowledgeError
        Naming file, entry and cure of the first mistake.
    """
    path = folder / FILE
    if not path.is_file():
        raise inconsistent(f"The knowledge folder has no {FILE}.", "Add the file; it may be empty.")
    found = validated(ContradictionsFile, path).contradiction
    seen: set[str] = set()
    for entry in found:
        _check(entry, seen, knowledge)
        seen.add(entry.id)
    return found


def _check(entry: Contradiction, seen: set[str], knowledge: Knowledge) -> None:
    place = f"{FILE}, contradiction[{entry.id}]"
    if entry.id in seen:
        raise inconsistent(f"{place} stands there twice.", "Give one of them another id.")
    for source in entry.sources:
        if source not in knowledge.sources:
            raise inconsistent(
                f"{place} cites '{source}', which sources.toml does not list.", "Add the source, or correct its id."
            )
    for organ in entry.organs:
        if organ not in knowledge.organs:
            raise inconsistent(f"{place} names the organ '{organ}'.", f"Known: {', '.join(knowledge.organs)}.")


@cache
def published_contradictions() -> tuple[Contradiction, ...]:
    """The contradictions that ship with the package, read once per process."""
    return load_contradictions(published_knowledge())
