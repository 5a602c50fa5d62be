"""Words of a chart in an ink that can be read, as the framework's own is too pale; numbers as the language has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INK, INK_DARK = "#555c63", "#c9ced2"
"""Contrast 4.5 or more on the page and on every pale band of a class."""


def inked(spec: Mapping[str, Any], *, dark: bool) -> dict[str, Any]:
    """The drawing with axes, legends and plain words in that ink; what has a colour of its own keeps it.

    >>> inked({"mark": "bar"}, dark=False)["config"]["text"]
    {'color': '#555c63'}
    """
    ink = INK_DARK if dark else INK
    words = {"labelColor": ink, "titleColor": ink}
    own = spec.get("config", {})
    return {**spec, "config": {"axis": words, "legend": words, "text": {"color": ink}, **own}}


def with_marks(spec: Mapping[str, Any], decimal_mark: str) -> dict[str, Any]:
    """The drawing with numbers on its axes as the language writes them: 1,000 on a French axis would be 1.

    >>> with_marks({"mark": "bar"}, ",")["config"]["locale"]["number"]["decimal"]
    ','
    """
    number = {"decimal": decimal_mark, "thousands": "\u202f", "grouping": [3], "currency": ["", ""]}
    return {**spec, "config": {**spec.get("config", {}), "locale": {"number": number}}}
