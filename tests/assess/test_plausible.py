"""A value that no tissue of the organ can have gets no class, wherever it comes from."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ironreport.assess.assessment import find
from ironreport.assess.plausible import implausible
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.schema import Plausible
from ironreport.records import DecaySignal, Estimate, Finding, IronEstimate, Measurement, PrintedResult

KNOWLEDGE = published_knowledge()
LIMITS = [
    (organ.id, limit, field)
    for organ in KNOWLEDGE.organs.values()
    for limit in organ.plausible
    for field in limit.fields or ("1.5",)
]
GRADED = [(o.id, f) for o in KNOWLEDGE.organs.values() for ladder in o.ladder for f in ladder.fields]


def estimate_of(organ: str, quantity: str, value: float, field: str, bound: str = "") -> IronEstimate:
    found = Estimate(quantity, value, bound=bound)  # type: ignore[arg-type]
    time, rate = (found, None) if quantity.endswith("_ms") else (None, found)
    if quantity == "lic_mg_per_g":
        return find(Measurement(PrintedResult(organ, float(field), lic_mg_per_g=value)), KNOWLEDGE).estimate  # type: ignore[return-value]
    return IronEstimate(organ, time, rate, field, "")


@pytest.mark.parametrize(("organ", "limit", "field"), LIMITS, ids=lambda x: getattr(x, "id", x))
def test_each_limit_withholds_the_class_beyond_it_and_not_before(organ: str, limit: Plausible, field: str) -> None:
    edge = limit.above if limit.above is not None else limit.below
    assert edge is not None
    beyond, before = (1.001, 0.999) if limit.above is not None else (0.999, 1.001)
    doubts = implausible(estimate_of(organ, limit.quantity, beyond * edge, field), KNOWLEDGE)
    assert [(d.code, d.blocks_grade) for d in doubts] == [("NOT_PLAUSIBLE", True)]
    assert limit.why in doubts[0].text
    assert "not plausible for this organ" in doubts[0].text
    assert not any(
        limit.why in d.text for d in implausible(estimate_of(organ, limit.quantity, before * edge, field), KNOWLEDGE)
    )


@pytest.mark.parametrize(("organ", "field"), GRADED)
def test_every_organ_with_a_class_has_a_value_above_which_there_is_none(organ: str, field: str) -> None:
    """The side on which the mildest class lies is closed."""
    ladder = KNOWLEDGE.ladders(organ, field)[0]
    quantities = {
        p.quantity for p in KNOWLEDGE.plausible(organ, field) if (p.above is not None) == p.quantity.endswith("_ms")
    }
    assert ladder.quantity in quantities or "t2star_ms" in quantities


def found(**printed: float) -> Finding:
    return find(Measurement(PrintedResult(field_tesla=1.5, **printed)), KNOWLEDGE)  # type: ignore[arg-type]


@pytest.mark.parametrize("printed", [
    {"organ": "heart", "t2star_ms": 4000.0}, {"organ": "heart", "t2star_ms": 20000.0},
    {"organ": "heart", "r2star_per_s": 0.25}, {"organ": "liver", "lic_mg_per_g": 1000.0},
    {"organ": "liver", "t2star_ms": 1500.0}, {"organ": "liver", "r2star_per_s": 12000.0},
])  # fmt: skip
def test_a_printed_number_that_cannot_be_gets_no_class(printed: dict[str, float]) -> None:
    finding = found(**printed)
    assert finding.grading is None
    assert finding.absence is not None
    assert finding.absence.code == "NOT_PLAUSIBLE"


@pytest.mark.parametrize("printed", [
    {"organ": "heart", "t2star_ms": 52.0}, {"organ": "heart", "t2star_ms": 1.2}, {"organ": "liver", "t2star_ms": 42.2},
    {"organ": "liver", "lic_mg_per_g": 0.35}, {"organ": "liver", "lic_mg_per_g": 60.0},
    {"organ": "pancreas", "t2star_ms": 52.0}, {"organ": "kidney", "t2star_ms": 82.0},
    {"organ": "marrow", "t2star_ms": 23.0}, {"organ": "liver", "t2star_ms": 0.154},
])  # fmt: skip
def test_the_ends_of_published_ranges_keep_their_class(printed: dict[str, float]) -> None:
    assert found(**printed).grading is not None


def test_a_limit_is_no_value_and_is_not_judged() -> None:
    assert implausible(estimate_of("heart", "t2star_ms", 0.05, "1.5", "below"), KNOWLEDGE) == ()


def test_a_curve_ten_times_too_long_gets_no_class() -> None:
    te_ms = tuple(13.0 * k for k in range(1, 11))
    signal = DecaySignal("heart", te_ms, tuple(1000.0 * 2.718 ** (-te / 80.0) for te in te_ms), field_tesla=1.5)
    assert find(Measurement(signal), KNOWLEDGE).grading is None


def test_a_plausible_range_is_written_one_end_at_a_time() -> None:
    entry = {"id": "x", "quantity": "t2star_ms", "why": "x", "evidence": "derived", "sources": ("kirk-2009",)}
    for ends in ({}, {"above": 1.0, "below": 0.5}):
        with pytest.raises(ValidationError, match="one end at a time"):
            Plausible(**entry, **ends)
