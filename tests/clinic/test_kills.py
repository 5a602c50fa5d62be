"""A writer that is killed loses nothing that it confirmed; many more kills are a benchmark."""

import sys

import pytest

from benchmarks.clinic_kills import kills


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9.")
def test_a_killed_writer_loses_nothing_that_was_confirmed() -> None:
    found = kills(2)
    assert found.n_confirmed > 0 and (found.n_lost, found.n_unequal) == (0, 0)
