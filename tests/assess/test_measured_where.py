"""Two regions of one organ that read apart are a doubt; where they have no class in common, no class is given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Choices,
    DecaySignal,
    Estimate,
    Exam,
    FasterBeside,
    Finding,
    Measurement,
    OrganRegion,
    Region,
)
from ironreport.synthetic import decay
from ironreport.units import time_ms

KNOWLEDGE = published_knowledge()
TE_MS = tuple(1.0 + 1.3 * i for i in range(10))
PLACE = Region("ellipse", 20.0, 20.0, 9.0, 9.0)


def region(rate_per_s: float, width: float = 0.02, *, beyond: bool = False) -> OrganRegion:
    limits = (None, None) if beyond else (rate_per_s * (1.0 - width), rate_per_s * (1.0 + width))
    rate = Estimate("r2star_per_s", rate_per_s, *limits, bound="above" if beyond else "")
    time = Estimate("t2star_ms", time_ms(rate_per_s), bound="below" if beyond else "")
    return OrganRegion(PLACE, "", 60, time, rate, None if beyond else 800.0)


def found(organ: str, *regions: OrganRegion) -> Finding:
    """The finding of an organ whose pixels together read as its first region."""
    rate = regions[0].rate
    assert rate is not None
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, time_ms(rate.value)))
    signal = DecaySignal(organ, TE_MS, values, field_tesla=1.5, regions=regions)
    [finding] = assess(Exam("Exam 1A2B", measurements=(Measurement(signal),)), KNOWLEDGE).findings
    return finding


def doubts(finding: Finding) -> list[bool]:
    return [c.blocks_grade for c in finding.cautions if c.code == "REGIONS_DISAGREE"]


def test_a_region_in_another_organ_withholds_the_class_where_the_two_have_none_in_common() -> None:
    finding = found("liver", region(300.0), region(300.0), region(45.0))
    assert doubts(finding) == [True] and finding.grading is None
    assert finding.absence is not None and finding.absence.code == "REGIONS_DISAGREE"
    assert "Regions 1 and 3 of the liver" in finding.absence.what
    assert "R2* 300 s⁻¹ (S0 800) and R2* 45 s⁻¹ (S0 800)" in finding.absence.what


def test_regions_that_agree_within_their_intervals_raise_no_doubt() -> None:
    finding = found("liver", region(300.0), region(255.0))
    assert doubts(finding) == [] and finding.grading is not None
    assert doubts(found("liver", region(300.0, 0.5), region(120.0, 0.8))) == []
    assert doubts(found("liver", region(300.0))) == []


def test_regions_apart_with_a_class_in_common_are_named_and_graded() -> None:
    finding = found("liver", region(900.0), region(560.0))
    assert doubts(finding) == [False] and finding.grading is not None


def test_where_the_rule_is_the_mean_of_regions_that_differ_the_doubt_withholds_nothing() -> None:
    finding = found("pancreas", region(200.0), region(30.0))
    assert doubts(finding) == [False] and finding.grading is not None


def test_an_organ_without_classes_is_doubted_all_the_same() -> None:
    assert doubts(found("spleen", region(200.0), region(30.0))) == [False]


def test_a_region_beyond_the_acquisition_disagrees_only_with_a_slower_one() -> None:
    assert doubts(found("liver", region(300.0), region(2000.0, beyond=True))) == [True]
    assert doubts(found("liver", region(2500.0, 0.3), region(2000.0, beyond=True))) == []


def test_a_region_without_a_number_of_its_own_is_compared_with_none() -> None:
    assert doubts(found("liver", region(300.0), replace(region(20.0), time=None, rate=None, s0=None))) == []


@given(st.lists(st.floats(20.0, 1200.0), min_size=2, max_size=4))
@settings(max_examples=25)
def test_the_order_of_regions_changes_no_doubt(rates: list[float]) -> None:
    regions = [region(rate) for rate in rates]
    again = [regions[0], *reversed(regions[1:])]
    assert doubts(found("liver", *regions)) == doubts(found("liver", *again))


@pytest.mark.parametrize("ratio", [1.2, 3.0])
def test_the_doubt_hangs_on_the_ratio_and_not_on_the_rate(ratio: float) -> None:
    n_doubts = {len(doubts(found("liver", region(rate), region(rate / ratio)))) for rate in (90.0, 300.0, 900.0)}
    assert n_doubts == {int(ratio > 2.0)}


# ------------------------------------------------------------------- tissue right beside a region


def beside(organ: str, time: float, beside_ms: float, distance_pixels: int, field_tesla: float | None = 1.5) -> Finding:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, time))
    near = FasterBeside(1000.0 / beside_ms, 60, distance_pixels)
    signal = DecaySignal(organ, TE_MS, values, field_tesla=field_tesla, beside=near)
    [finding] = assess(Exam("Exam 1A2B", measurements=(Measurement(signal),)), KNOWLEDGE).findings
    return finding


def is_doubted(finding: Finding) -> bool:
    said = [c for c in finding.cautions if c.code == "FASTER_TISSUE_BESIDE"]
    assert all(c.blocks_grade for c in said) and len(said) <= 1
    assert bool(said) == (finding.absence is not None and finding.absence.code == "FASTER_TISSUE_BESIDE")
    return bool(said)


def test_faster_tissue_beside_a_region_withholds_the_class_and_says_what_to_do() -> None:
    finding = beside("liver", 18.0, 3.5, 2)
    assert is_doubted(finding) and finding.grading is None and finding.absence is not None
    assert "Right beside the region" in finding.absence.what
    assert "R2* 286 s⁻¹ against 55.6 s⁻¹" in finding.absence.what
    assert "draw it inside the liver" in finding.absence.what
    crossed = beside("liver", 18.0, 3.5, 0).absence
    assert crossed is not None and "Across the rim of the region" in crossed.what


@pytest.mark.parametrize(("beside_ms", "doubted"), [(20.2, False), (19.8, True), (9.0, True)])
def test_only_tissue_of_a_worse_class_is_a_doubt(beside_ms: float, doubted: bool) -> None:
    assert is_doubted(beside("heart", 35.0, beside_ms, 2)) is doubted


@pytest.mark.parametrize(("organ", "distance_pixels", "doubted"), [
    ("liver", 3, True), ("heart", 3, True),
    ("pancreas", 1, True), ("pancreas", 2, False), ("kidney", 1, True), ("kidney", 2, False),
])  # fmt: skip
def test_beside_an_organ_whose_neighbour_often_holds_more_iron_only_what_touches_counts(
    organ: str, distance_pixels: int, doubted: bool
) -> None:
    assert is_doubted(beside(organ, 50.0, 2.0, distance_pixels)) is doubted


def test_where_there_is_no_class_to_get_wrong_nothing_beside_is_doubted() -> None:
    assert not is_doubted(beside("spleen", 30.0, 2.0, 0))
    assert not is_doubted(beside("liver", 30.0, 2.0, 0, field_tesla=None))
    assert not is_doubted(beside("liver", 1.0, 0.5, 0))


@pytest.mark.parametrize("time", [4.0, 11.0])
def test_a_class_on_a_ladder_the_reader_chose_is_compared_on_that_ladder(time: float) -> None:
    signal = DecaySignal(
        "heart", TE_MS, tuple(float(s) for s in decay(TE_MS, 1000.0, 15.0)), field_tesla=3.0,
        beside=FasterBeside(1000.0 / time, 60, 2),
    )  # fmt: skip
    classes = {
        ladder.id: [g.bound is None or g.bound <= time for g in ladder.grades].index(True)
        - [g.bound is None or g.bound <= 15.0 for g in ladder.grades].index(True)
        for ladder in KNOWLEDGE.ladders("heart", "3.0")
    }
    for ladder, steps in classes.items():
        measurement = Measurement(signal, Choices(ladder=ladder))
        [finding] = assess(Exam("Exam 1A2B", measurements=(measurement,)), KNOWLEDGE).findings
        assert is_doubted(finding) is (steps > 0)
    assert time == 4.0 or len({steps > 0 for steps in classes.values()}) == 2


# ------------------------------------------------------------------------------------------ its name


def named(organ: str, location: str) -> Finding:
    values = tuple(float(s) for s in decay(TE_MS, 1000.0, 8.0))
    signal = DecaySignal(organ, TE_MS, values, field_tesla=1.5, location=location, region=PLACE)
    [finding] = assess(Exam("Exam 1A2B", measurements=(Measurement(signal),)), KNOWLEDGE).findings
    return finding


@pytest.mark.parametrize(
    ("organ", "location"),
    [
        ("heart", "Leber_seg"),
        ("heart", "DOE liver"),
        ("liver", "MILZ"),
        ("liver", "vertebra L1"),
        ("pancreas", "rein g"),
    ],
)
def test_a_region_called_after_another_organ_has_no_class(organ: str, location: str) -> None:
    finding = named(organ, location)
    assert finding.grading is None
    assert finding.absence is not None and finding.absence.code == "NAME_SAYS_OTHER_ORGAN"
    assert location not in finding.absence.what  # a typed word never travels in a doubt


@pytest.mark.parametrize(
    ("organ", "location"),
    [
        ("heart", "septum"),
        ("liver", "segment VI, above the kidney"),
        ("liver", "liver beside the spleen"),
        ("heart", ""),
    ]
    + [(organ.id, place) for organ in KNOWLEDGE.organs.values() for place in organ.draw_at],
)
def test_a_place_in_the_organ_is_no_doubt_of_it(organ: str, location: str) -> None:
    assert "NAME_SAYS_OTHER_ORGAN" not in {caution.code for caution in named(organ, location).cautions}
