"""The language door before the canvas: what it is told, and the words that it says itself, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ironreport.canvas.canvas_words import WORDS
from ironreport.language import ENGLISH, said
from ironreport.language.catalogue import language
from ironreport.ui import state
from ironreport.ui.spoken import here

TOLD = frozenset({"name", "labels", "outside", "title", "label", "words"})
"""Keys of what a canvas is told that hold words; ids, locations and units stay."""


def spoken(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a canvas with words in the language of the page, and with those that the browser says by itself."""
    speech = here()
    if speech.code == ENGLISH:
        return {**data, "words": {"words": {}, "mark": ".", "dir": "ltr"}}
    locations = {word for organ in state.knowledge().organs.values() for word in organ.draw_at}
    words = {english: said(english, speech) for english in (*WORDS, *sorted(locations))}
    told = _told(data, lambda text: said(text, speech))
    spoken_here = language(speech.code)
    direction = "rtl" if spoken_here.right_to_left else "ltr"
    return {**told, "words": {"words": words, "mark": spoken_here.decimal_mark, "dir": direction}}


def _told(held: Any, say: Callable[[str], str], *, is_text: bool = False) -> Any:
    if isinstance(held, Mapping):
        return {key: _told(value, say, is_text=is_text or key in TOLD) for key, value in held.items()}
    if isinstance(held, list | tuple):
        return [_told(value, say, is_text=is_text) for value in held]
    return say(held) if is_text and isinstance(held, str) else held
