"""Sentences are written whole, so that other languages can put their words in another order.

Pieces that still begin or end in the middle of a sentence are listed in ``pieces.txt``, which may only become shorter:
a new sentence is written whole, with a choice of two of them where something may be added.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.untranslated.gathering import choices_of, gathered, of_python

LISTED = Path(__file__).with_name("pieces.txt")
_PIECE = re.compile(r"^[\s,;]|[\s,;(]$")


def pieces() -> set[str]:
    return {repr(one.text) for one in gathered() if not one.clinical and _PIECE.search(one.text)}


def listed() -> set[str]:
    return set(LISTED.read_text(encoding="utf-8").splitlines())


def test_no_sentence_is_built_by_joining_pieces() -> None:
    new = sorted(pieces() - listed())
    assert new == [], "Write the sentence whole; what it may hold beside is a second sentence."


def test_what_is_written_whole_by_now_is_no_longer_listed() -> None:
    assert sorted(listed() - pieces()) == []


def test_a_piece_is_seen() -> None:
    found = [one.text for one in of_python('f"Heart{x}"\nf"; no class is given for {organ.name}"', "planted.py")]
    assert [text for text in found if _PIECE.search(text)] == ["; no class is given for {name}"]


def test_a_choice_within_a_sentence_makes_two_sentences() -> None:
    import ast

    tree = ast.parse("""f"{n} echo{'es' if n != 1 else ''} left out" """.strip())
    assert choices_of(tree.body[0].value) == ["{n} echoes left out", "{n} echo left out"]  # type: ignore[attr-defined]
