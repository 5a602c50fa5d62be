"""The browser's part of the canvas says nothing that the language door has not been told of."""

from __future__ import annotations

import re

from ironreport.canvas.canvas_words import WORDS
from ironreport.canvas.scripts import FOLDER
from ironreport.language.catalogue import offered
from ironreport.language.speech import said, speaking

SAID = re.compile(r'say\("((?:[^"\\]|\\.)+)"|(?:textContent|title|placeholder|aria-label)[:=] ?"([A-Z][^"]+)"')
BUTTON = re.compile(r'^  \["\w+", "([^"]+)", "', re.MULTILINE)
HINT = re.compile(r'^  \w+: "([A-Z][^"]+\.)",$|^ +\? "([^"]+)"$|^ +: "([^"]+)";$', re.MULTILINE)
ATTRIBUTE = re.compile(r'(?:aria-label|title|placeholder)="([^"]+)"')
TEXT = re.compile(r">([^<>]*[A-Za-z][^<>]*)<")


def told() -> set[str]:
    """Every text of the sources, a key behind a word taken away."""
    found: set[str] = set()
    for path in sorted(FOLDER.glob("*.js")):
        text = path.read_text(encoding="utf-8")
        found |= {one for shape in (SAID, BUTTON, HINT) for hit in shape.finditer(text) for one in hit.groups() if one}
    for path in sorted(FOLDER.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        found |= {" ".join(one.split()) for shape in (ATTRIBUTE, TEXT) for one in shape.findall(text)}
    return {one if one in WORDS else re.sub(r" \([^()]*\)$", "", one) for one in found if one not in {"+", "−"}}


def test_every_word_of_the_canvas_is_told_to_the_language_door() -> None:
    assert sorted(told() - set(WORDS)) == []


def test_the_sources_of_the_canvas_are_read() -> None:
    assert {"Freehand", "Loading the map", "row {row}, column {column}: {value}", "whole series"} <= told()


def test_every_word_of_the_canvas_is_said_in_every_language() -> None:
    for code in sorted(offered()):
        with speaking(code) as speech:
            for word in WORDS:
                said(word)
            assert speech.n_missing == 0, code
