"""The sentences of the lessons, each whole, from one file: so that a class can be held in another language later."""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path

from ironreport.errors import KnowledgeError
from ironreport.knowledge.loading import read_toml

FILE = Path(__file__).parent / "words.toml"


@cache
def all_words() -> dict[str, str]:
    """Every sentence by its key."""
    words = read_toml(FILE)["words"]
    return {str(key): str(text) for key, text in words.items()}


@cache
def tissue_words() -> dict[str, str]:
    """By tissue what it does to a region."""
    return {str(key): str(text) for key, text in read_toml(FILE)["tissue"].items()}


def say(key: str, **numbers: object) -> str:
    """The sentence of a key with its numbers put in.

    Raises
    ------
    KnowledgeError
        Where the file has no such sentence, or it asks for a number that is not given.
    """
    text = all_words().get(key)
    if text is None:
        raise KnowledgeError("NO_WORDS", f"{FILE.name} has no sentence '{key}'.", "Add it below [words].")
    missing = {name for _, name, _, _ in string.Formatter().parse(text) if name} - set(numbers)
    if missing:
        raise KnowledgeError("NO_WORDS", f"{FILE.name}, {key}: {sorted(missing)} is not given.", "Correct the place.")
    return text.format(**numbers)
