"""What the one page says in other languages: each of its sentences beside the English one, out of the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from ironreport.language.catalogue import language, offered
from ironreport.language.speech import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK, Speech, not_reviewed, said
from ironreport.language.templates import PLACE, places

SPOKEN_KEYS = frozenset(
    ["label", "name", "standing", "caveats", "caveat", "kind", "text", "lines", "cohort", "notation"]
)
"""Keys of the knowledge whose texts are shown; ids, formulas and papers stay as they are."""
GLUE = (" and ", "; ", " · ", " ")
"""What stands between parts of a list."""
SINGLE_WORDS = ("yes", "no")
NOT_SHOWN = frozenset(["use strict"])
_IN_SCRIPT = re.compile(r"""(?<![\w.])(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')(?:\s*\+\s*(?="))?""")
_CONTINUED = re.compile(r'"\s*\n?\s*\+\s*"')
_SENTENCE = re.compile(r"^(?:[A-Z{\d].*[a-z]{2}(?!\}$)|[a-z]+(?: [a-z]+,?)+|\{grade\} )", re.DOTALL)
_WORD = re.compile(r"\b[a-z]{3,}\b")
_MARKS = re.compile(f"[{LEFT_TO_RIGHT_MARK}{RIGHT_TO_LEFT_MARK}]")


def phrases(knowledge: Mapping[str, Any], page: str, scripts: Iterable[str]) -> tuple[str, ...]:
    """Every text that the page may show, each once: of the knowledge it carries, of the page and of its scripts."""
    found = [
        *_of_data(knowledge),
        *_of_page(page),
        *(one for script in scripts for one in _of_script(script)),
        *SINGLE_WORDS,
        *GLUE,
    ]
    return tuple(dict.fromkeys(one for one in found if one))


def translations(texts: tuple[str, ...]) -> dict[str, Any]:
    """Those texts, and in the same order what each language says."""
    return {"phrases": texts, "languages": {code: _language(code, name, texts) for code, name in offered().items()}}


def untranslated(texts: Iterable[str], code: str) -> list[str]:
    """Those that have no translation, or one that lost a place."""
    return [text for text in texts if _in_language(text, code) is None]


def _language(code: str, name: str, texts: tuple[str, ...]) -> dict[str, Any]:
    spoken = language(code)
    return {
        "name": name,
        "direction": "rtl" if spoken.right_to_left else "ltr",
        "decimal": spoken.decimal_mark,
        "notice": said(not_reviewed(Speech(code)), Speech(code)),
        "said": [_in_language(text, code) or text for text in texts],
    }


def _in_language(text: str, code: str) -> str | None:
    """The translation without marks of direction, which the page sets itself; None where there is none."""
    speech = Speech(code)
    found = _MARKS.sub("", said(text, speech))
    is_english = found == text and text not in language(code).same and bool(_WORD.search(PLACE.sub("", text)))
    return None if speech.n_missing or is_english or places(found) != places(text) else found


def _of_data(value: Any, within: str = "") -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _of_data(one, within if within in ("lines", "notation") else str(key))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _of_data(one, within)
    elif isinstance(value, str) and within in SPOKEN_KEYS:
        yield value


class _Texts(HTMLParser):
    """Texts between the tags of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skipped = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Scripts and styles hold no text to read."""
        if tag in ("script", "style", "noscript"):
            self.skipped = tag

    def handle_endtag(self, tag: str) -> None:
        """Read on."""
        if tag == self.skipped:
            self.skipped = ""

    def handle_data(self, data: str) -> None:
        """A text, with one space where the file has a line."""
        if not self.skipped and data.strip():
            self.found.append(" ".join(data.split()))


def _of_page(page: str) -> list[str]:
    parser = _Texts()
    parser.feed(page)
    return parser.found


def _of_script(script: str) -> Iterable[str]:
    """Sentences and words in quotes; ids and names of the program are none."""
    whole = _CONTINUED.sub("", script)
    for found in _IN_SCRIPT.finditer(whole):
        text = found[1] if found[1] is not None else found[2]
        if _SENTENCE.match(text) and text not in NOT_SHOWN:
            yield text
