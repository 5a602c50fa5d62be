"""Every term and number that pages print, explained in plain words, from one file."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ironreport.knowledge.checking import inconsistent
from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.loading import FOLDER, published_knowledge, validated
from ironreport.knowledge.schema import Cited, Entry, Name, Text

FILE = "glossary.toml"
PLACES = {
    "measured": {"used", "n_echoes", "time", "rate", "basis"},
    "printed": {"given"},
    "refused": {"what", "cure"},
    "calibrated": {"calibration", "iron", "formula"},
    "uncalibrated": {"quantity"},
    "classed": {"ladder", "value", "class", "reached", "by_others", "n_others"},
    "classed_alone": {"ladder", "value", "class", "reached"},
    "unclassed": {"what", "cure"},
}
"""What may be put into each sentence of the short answer."""


class Term(Cited):
    """One term: how it is written on pages (``words``) and what it means, in one to three short sentences."""

    id: Name
    term: Text
    words: Annotated[tuple[Text, ...], Field(min_length=1)]
    text: Annotated[str, Field(min_length=20, max_length=260)]


class ShortWhy(Entry):
    """The sentences of the short answer to "Why?", each whole, with places for the patient's numbers."""

    measured: Text
    printed: Text
    refused: Text
    calibrated: Text
    uncalibrated: Text
    classed: Text
    classed_alone: Text
    unclassed: Text


class GlossaryFile(Entry):
    """``glossary.toml``."""

    term: Annotated[tuple[Term, ...], Field(min_length=1)]
    why: ShortWhy


@dataclass(frozen=True)
class Glossary:
    """The terms, found by the words that stand in a text."""

    terms: tuple[Term, ...]
    why: ShortWhy

    @cached_property
    def _pattern(self) -> tuple[re.Pattern[str], dict[str, Term]]:
        by_word = {word: term for term in self.terms for word in term.words}
        longest_first = sorted(by_word, key=len, reverse=True)
        words = "|".join(re.escape(word) for word in longest_first)
        return re.compile(rf"(?<![\w*])(?:{words})(?![\w*])"), by_word

    def terms_in(self, text: str) -> tuple[Term, ...]:
        """The terms whose words stand in a text, each once, in the order of the text."""
        pattern, by_word = self._pattern
        found = (by_word[one.group()] for one in pattern.finditer(text))
        return tuple({term.id: term for term in found}.values())  # by id: terms are compared field by field

    def matching(self, query: str) -> tuple[Term, ...]:
        """Terms that hold every word of a search, by name."""
        asked = query.casefold().split()
        held = {t: " ".join((t.term, t.text, *t.words)).casefold() for t in self.terms}
        found = [t for t, text in held.items() if all(word in text for word in asked)]
        return tuple(sorted(found, key=lambda t: t.term.casefold()))


def load_glossary(knowledge: Knowledge, folder: Path = FOLDER) -> Glossary:
    """The glossary of a knowledge folder, checked against its sources.

    Raises
    ------
    KnowledgeError
        Naming file, entry and cure of the first mistake.
    """
    file = validated(GlossaryFile, folder / FILE)
    ids: set[str] = set()
    words: dict[str, str] = {}
    for term in file.term:
        _check(term, ids, words, knowledge)
        ids.add(term.id)
        words |= dict.fromkeys(term.words, term.id)
    for name, text in file.why.model_dump().items():
        for place in {found for _, found, _, _ in string.Formatter().parse(text) if found is not None} - PLACES[name]:
            raise inconsistent(
                f"{FILE}, why.{name} has the unknown place {{{place}}}.", f"Known: {', '.join(sorted(PLACES[name]))}."
            )
    return Glossary(file.term, file.why)


def _check(term: Term, ids: set[str], words: dict[str, str], knowledge: Knowledge) -> None:
    place = f"{FILE}, term[{term.id}]"
    if term.id in ids:
        raise inconsistent(f"{place} stands there twice.", "Give one of them another id.")
    for word in term.words:
        if word in words:
            raise inconsistent(
                f"{place} claims the word '{word}', which '{words[word]}' has too.", "Leave it at one of them."
            )
    for source in term.sources:
        if source not in knowledge.sources:
            raise inconsistent(
                f"{place} cites '{source}', which sources.toml does not list.", "Add the source, or correct its id."
            )


@cache
def published_glossary() -> Glossary:
    """The glossary that ships with the package, read once per process."""
    return load_glossary(published_knowledge())
