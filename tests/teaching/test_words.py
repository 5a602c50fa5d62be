"""Every sentence of the lessons stands in one file, whole, and none stands there for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.teaching.words import all_words, say

HOUSE = Path(__file__).resolve().parents[2] / "ironreport"
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for folder in ("teaching", "ui/learn") for path in (HOUSE / folder).glob("*.py")
)
MADE_OF_A_NAME = ("by_", "sim_model_", "topic_", "level_", "bench_refused_", "bench_right", "bench_wrong", "lesson_")
"""Keys that the code completes with the name of a method, a topic, a level, an outcome or a lesson."""


def test_every_sentence_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'say\(\s*"(\w+)"', SOURCE))
    assert len(asked) > 60
    assert asked <= all_words().keys()


def test_no_sentence_stands_there_for_nothing() -> None:
    made = {key for key in all_words() if key.startswith(MADE_OF_A_NAME)}
    unused = {key for key in all_words().keys() - made if not re.search(rf"[\"']{key}[\"']", SOURCE)}
    assert not unused


def test_sentences_are_calm() -> None:
    for text in all_words().values():
        assert "!" not in text and "please" not in text.lower()


def test_a_sentence_without_its_number_or_without_an_entry_is_refused() -> None:
    assert say("progress", done=3, all=20) == "3 of 20 cases done."
    with pytest.raises(KnowledgeError, match="all"):
        say("progress", done=3)
    with pytest.raises(KnowledgeError, match="nothing_like_it"):
        say("nothing_like_it")
