"""The escaping door of the screen: text from outside reaches it only through here.

Tags, file names and notes may hold markdown that fetches an address or paints colours; ``plain``
makes every character stand for itself wherever Streamlit reads markdown.
"""

from __future__ import annotations

import re
import unicodedata

from ironreport.language import said
from ironreport.records import EchoSeries, InversionSeries
from ironreport.ui.spoken import here

MOST_CHARACTERS = 200
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])")


def without_controls(text: str) -> str:
    """Text without control and direction-changing characters; line ends become spaces."""
    spaced = re.sub(r"[\r\n\t]+", " ", text)
    if spaced.isprintable():  # none of those below, and told much faster: a page shows hundreds of texts
        return spaced
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def plain(text: object, most: int = MOST_CHARACTERS) -> str:
    r"""Text for a place that reads markdown, with every special character escaped and the length capped.

    >>> print(plain("![x](http://host)"))
    \!\[x\]\(http\://host\)
    """
    short = said(without_controls(str(text)), here())
    short = short if len(short) <= most else f"{short[: most - 1]}…"
    return _SPECIAL.sub(r"\\\1", short)


def series_name(series: EchoSeries | InversionSeries) -> str:
    """A series of a scanner, its number told apart from what follows: "3 T2* ..." would read as a field of 3 T."""
    name = without_controls(series.label)
    return name if series.number is None else f"Series {series.number}: {name.partition(' ')[2]}".removesuffix(": ")
