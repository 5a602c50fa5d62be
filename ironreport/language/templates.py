"""Finds which sentence of the catalogue a finished English text is, and what stands in its places.

A sentence with numbers in it leaves the stages as plain text, because records, files and tests hold it as such. The
catalogue knows it with places, ``"{n} echoes were left out"``, so that its words and its values part again here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PLACE = re.compile(r"\{(\w+)\}")
_NUMBER = r"[-+±<>]?\d[\d.,]*"
"""What stands in a place whose name begins with ``num``: words would make its sentence fit too much."""
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Template:
    """One sentence with places.

    Attributes
    ----------
    sentence : str
        As it stands in the catalogue.
    anchor : str
        Its longest run of fixed characters: a text without it is told apart at once.
    shape : re.Pattern
    n_fixed : int
        Letters that are fixed; of two sentences that a text could be, it is the one with more of them.
    """

    sentence: str
    anchor: str
    shape: re.Pattern[str]
    n_fixed: int


def template(sentence: str) -> Template | None:
    """The shape of a sentence; None where nothing but punctuation is fixed, so that any text would have it."""
    fixed = PLACE.split(sentence)[::2]
    n_fixed = sum(map(len, _WORD.findall(" ".join(fixed))))
    if n_fixed == 0 or not PLACE.search(sentence):
        return None
    return Template(sentence, max(fixed, key=len), re.compile(_shape(sentence)), n_fixed)


def _shape(sentence: str) -> str:
    seen: set[str] = set()
    parts: list[str] = []
    for i, part in enumerate(PLACE.split(sentence)):
        if i % 2 == 0:
            parts.append(re.escape(part))
        else:
            within = _NUMBER if part.startswith("num") else ".*?"
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>{within})")
            seen.add(part)
    return "".join(parts)


def matches(text: str, templates: tuple[Template, ...]) -> Iterator[tuple[Template, dict[str, str]]]:
    """Sentences that a text may be, those with most fixed letters first, with what stands in their places."""
    for one in templates:
        if one.anchor in text and (found := one.shape.fullmatch(text)) is not None:
            yield one, found.groupdict()


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its places filled.

    >>> filled("{n} échos", {"n": "8"})
    '8 échos'
    """
    return PLACE.sub(lambda place: values.get(place[1], place[0]), sentence)


def places(sentence: str) -> frozenset[str]:
    """Names of the places of a sentence."""
    return frozenset(PLACE.findall(sentence))
