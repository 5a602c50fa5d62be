"""What a saved exam read last year it reads next year: the numbers of every room of the fit, on decays of all kinds.

Promises about accuracy hold for a wrong constant too, if it is only a little wrong. These do not. A change of a result
is made on purpose, with its line in CHANGELOG.md; then ``python -m benchmarks.kept`` writes the numbers anew.
"""

from __future__ import annotations

import pytest

from benchmarks.kept.answers import differ
from benchmarks.kept.file import ROOMS, kept, numbers


@pytest.mark.parametrize("room", ROOMS)
def test_a_change_of_a_number_is_made_on_purpose(room: str) -> None:
    before, found = kept()[room], numbers(room)
    assert list(found) == list(before)
    assert [line for name in before for line in differ(found[name], before[name], ROOMS[room][1], name)] == []
