"""Colours shared by screen and print: light to dark with severity, so that they survive grey."""

from __future__ import annotations

SEVERITY = {
    "normal": "#f3efe2",
    "borderline": "#fed98e",
    "indeterminate": "#fed98e",
    "mild": "#fe9929",
    "mild-moderate": "#ec7a1c",
    "increased": "#e36c15",
    "moderate": "#d95f0e",
    "moderate-severe": "#b2440a",
    "markedly-increased": "#9f3907",
    "severe": "#8c2d04",
}
"""Fill of each severity, luminance falling from best to worst."""

LIGHT_TEXT_ON = frozenset({"moderate-severe", "markedly-increased", "severe"})
"""Severities whose fill needs white text for a contrast of 4.5:1."""

TINT = 0.3
"""Share of a class's colour in the bands behind a chart, where dots and lines must be seen on all of them."""

NO_CLASS = "#c9cdd1"
ACCENT = "#0f5c5c"
CRITICAL = "#b3261e"


def text_on(severity: str) -> str:
    """Text colour that reads on the fill of a severity."""
    return "#ffffff" if severity in LIGHT_TEXT_ON else "#121212"


def tint(severity: str) -> str:
    """Pale fill of a class for the bands behind a chart; darker from best to worst, as the full colours are.

    >>> tint("severe")
    '#dcc0b4'
    """
    colour = SEVERITY.get(severity, NO_CLASS)
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + TINT * (part - 255)):02x}" for part in parts)
