"""The search for a false normal finds none: `benchmarks.hazards` with a few examples of each fault."""

from __future__ import annotations

import os

import pytest

from benchmarks.hazards.faults import CONTROLS, FAULTS
from benchmarks.hazards.search import outcome, seeds

pytestmark = pytest.mark.slow

N = int(os.environ.get("IRONREPORT_HAZARDS", "140"))
"""Of each fault in typed numbers, and an eighth as many by pixels, which take longer; some 2,000 in all.
``python -m benchmarks.hazards --n 4000`` tries 100,000."""


def tried(fault: str, seed: int) -> list[int]:
    return seeds(N // 8 if "images" in fault else N, seed, fault)[fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_makes_a_loaded_organ_normal(fault: str) -> None:
    found = {seed: outcome(fault, seed) for seed in tried(fault, 1)}
    assert {seed: one.words for seed, one in found.items() if one.kind == "normal"} == {}


@pytest.mark.parametrize(
    ("fault", "seed"),
    [
        ("interleaved, images", 3882441606),
        ("interleaved, images", 1227899319),
        ("clipped, typed", 2233379312),
        ("edge, images", 156095160),
        ("edge, images", 3952813248),
        ("edge, images", 647479157),
    ],
)
def test_what_once_was_a_false_normal_has_no_class(fault: str, seed: int) -> None:
    assert outcome(fault, seed).kind == "no class"


@pytest.mark.parametrize("fault", CONTROLS)
def test_scans_without_a_fault_keep_their_class(fault: str) -> None:
    """The search would also succeed if nothing were ever graded."""
    kinds = [outcome(fault, seed).kind for seed in tried(fault, 2)]
    assert kinds.count("other class") + kinds.count("limit") >= 0.75 * len(kinds)
