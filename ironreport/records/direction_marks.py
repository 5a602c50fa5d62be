"""Invisible marks that turn the order of the text around them; in a name they can make one number read as another."""

from __future__ import annotations

DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm. Joiners stay: Persian needs them."""


def without_direction_marks(text: str) -> str:
    """The text without marks of direction: what reads it orders its letters by themselves.

    >>> without_direction_marks("IR-\u202e21\u202c")
    'IR-21'
    """
    return "".join(c for c in text if c not in DIRECTION_MARKS)
