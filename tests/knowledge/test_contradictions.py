"""Contradictions between sources check themselves like every other knowledge file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.contradictions import FILE, load_contradictions
from ironreport.knowledge.loading import FOLDER

MISTAKES = {
    "source not listed": ('"he-2008"', '"nobody-2008"', "nobody-2008"),
    "organ that does not exist": ('organs = ["heart"]', 'organs = ["lung"]', "lung"),
    "misspelt key": ("handling = ", "handeling = ", "handeling"),
    "the same id twice": ('id = "con-fit"', 'id = "con-ladder"', "con-ladder"),
    "no side": ('side_2 = "36 ms', 'side_3 = "36 ms', "con-kidney"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_place_and_a_cure(name: str, tmp_path: Path) -> None:
    right, wrong, named = MISTAKES[name]
    text = (FOLDER / FILE).read_text(encoding="utf-8")
    assert right in text, "the mistake cannot be made: the text has changed"
    (tmp_path / FILE).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_contradictions(published_knowledge(), tmp_path)
    assert FILE in refused.value.refusal.what and named in refused.value.refusal.what
    assert refused.value.refusal.cure


def test_a_folder_without_the_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=FILE):
        load_contradictions(published_knowledge(), tmp_path)
