"""Sentences are written whole, so that other languages can put their words in another order.

A piece begins or ends in the middle of a sentence. Where something may be added, the choice stands within the sentence
(``f"{n} left out{f', {m} of masks' if m else ''}."``), or it is a sentence of its own.
"""

from __future__ import annotations

import re

from benchmarks.untranslated.catalogues import translated
from benchmarks.untranslated.gathering import choices_of, gathered, of_pages, of_python

COMPLETE = ("ar", "es", "fr")
"""A language that somebody has begun may lack sentences; they stand in English and are counted on the screen."""

_PIECE = re.compile(r"^[\s,;]|[\s,;(]$")


def test_no_sentence_is_built_by_joining_pieces() -> None:
    pieces = [f"{one.place}: {one.text!r}" for one in gathered() if not one.clinical and _PIECE.search(one.text)]
    assert pieces == [], "Write the sentence whole; what it may hold beside is a second sentence."


def test_a_piece_is_seen() -> None:
    found = [one.text for one in of_python('f"Heart{x}"\nf"; no class is given for {organ.name}"', "planted.py")]
    assert [text for text in found if _PIECE.search(text)] == ["; no class is given for {name}"]


def test_a_choice_within_a_sentence_makes_two_sentences() -> None:
    import ast

    tree = ast.parse("""f"{n} echo{'es' if n != 1 else ''} left out" """.strip())
    assert choices_of(tree.body[0].value) == ["{n} echoes left out", "{n} echo left out"]  # type: ignore[attr-defined]


def test_no_sentence_of_the_pages_is_left_in_english() -> None:
    """``python -m benchmarks.untranslated --write CODE`` adds what is new to the catalogues."""
    sentences = {one.text for one in of_pages()}
    assert len(sentences) > 3000
    assert {code: sorted(sentences - translated(code)) for code in COMPLETE} == {code: [] for code in COMPLETE}
