"""Signs that mean the same, made the same: digits of every script, minus signs, invisible marks."""

from __future__ import annotations

import re
import unicodedata

FIXED_SPACES = "\u00a0\u2000-\u200a\u202f\u205f"
"""Spaces that also stand inside numbers, as the inner part of a character class."""

_ALIKE = {
    **dict.fromkeys(map(ord, "\u2212\u2010\u2011\ufe63"), "-"),
    ord("\N{GREEK SMALL LETTER MU}"): "\N{MICRO SIGN}",
    ord("\N{ARABIC COMMA}"): ",",
    ord("\N{ARABIC SEMICOLON}"): ";",
    ord("\N{IDEOGRAPHIC COMMA}"): ",",
    ord("\N{IDEOGRAPHIC SPACE}"): " ",
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_PLAIN = re.compile(r"[\x00-\x7f]*")


def same_signs(text: str) -> str:
    """Text with the digits 0 to 9, one minus and one micro sign, without direction marks and zero-width signs.

    Both decimal marks, the Arabic ones too, and all spaces inside the text stay: what they mean is another question.

    >>> same_signs("\u200f۶۷٫۷３ − \u03bcs") == "67٫73 - \u00b5s"
    True
    """
    if _PLAIN.fullmatch(text):
        return text
    visible = (c for c in text if unicodedata.category(c) != "Cf")
    return "".join(map(_with_own_digit, visible)).translate(_ALIKE)


def _with_own_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
