"""A region is one tissue, or says that it is not: edges are told from noise, shading and vessels."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.assess import assess
from ironreport.intake import read_series, region_mask
from ironreport.knowledge import published_knowledge
from ironreport.measure import Edge, edges, find_edge, measure
from ironreport.records import EchoSeries, Exam, Measurement, Region
from ironreport.relaxometry import fit_decay, region_doubts
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

pytestmark = pytest.mark.slow  # hundreds of regions are fitted
Mask = npt.NDArray[np.bool_]


@cache
def liver(time_ms: float, **recipe: float) -> tuple[EchoSeries, Mask]:
    exam = synthetic_exam("siemens", "liver", Recipe(relaxation_ms=time_ms, **recipe))  # type: ignore[arg-type]
    return read_series(list(exam.files.items())).series[0], exam.truth.outline[0]


def circles(outline: Mask, least: float, most: float, n: int, seed: int) -> list[Region]:
    """Circles of 10 to 24 pixels with this share of the organ in them."""
    rng, found = np.random.default_rng(seed), []
    rows, columns = np.nonzero(outline)
    while len(found) < n:
        at, size = rng.integers(len(rows)), float(rng.uniform(10.0, 24.0))
        row, column = rows[at] + rng.normal(0.0, 8.0), columns[at] + rng.normal(0.0, 8.0)
        region = Region("ellipse", float(row), float(column), size, size, 0)
        share = float(outline[region_mask(region, (outline.shape[0], outline.shape[1]))].mean())
        found += [region] if least <= share <= most else []
    return found


@pytest.mark.parametrize("time_ms", [1.2, 3.5, 20.0])
@pytest.mark.parametrize("recipe", [{}, {"shading": 0.6}, {"noise_sd": 40.0}, {"fat_fraction": 0.3}], ids=str)
def test_one_tissue_has_no_edge(time_ms: float, recipe: dict[str, float]) -> None:
    series, outline = liver(time_ms, **recipe)
    assert not [region for region in circles(outline, 0.999, 1.0, 12, 1) if find_edge(series, region) is not None]


@pytest.mark.parametrize("time_ms", [1.5, 3.5, 9.0])
def test_a_circle_over_the_rim_of_the_liver_crosses_an_edge(time_ms: float) -> None:
    series, outline = liver(time_ms)
    found = [find_edge(series, region) for region in circles(outline, 0.3, 0.7, 20, 2)]
    assert sum(edge is not None for edge in found) >= 19


def test_a_few_vessels_are_no_edge() -> None:
    series, outline = liver(3.5, vessel_share=0.1)
    inside = circles(outline, 0.999, 1.0, 20, 3)
    assert sum(find_edge(series, region) is not None for region in inside) <= 5


def test_both_parts_are_told_apart_by_their_decay() -> None:
    series, outline = liver(3.5)
    edge = next(e for region in circles(outline, 0.45, 0.55, 9, 4) if (e := find_edge(series, region)) is not None)
    assert edge.rates_per_s[0] == pytest.approx(1000.0 / 3.5, rel=0.1) and edge.rates_per_s[1] < 100.0
    assert not np.any(edge.faster & edge.slower)
    assert np.mean(outline[edge.faster]) > 0.5 + np.mean(outline[edge.slower])


@pytest.mark.parametrize("time_ms", [1.5, 3.5, 9.0])
def test_a_mixed_region_never_gets_a_milder_class(time_ms: float) -> None:
    series, outline = liver(time_ms)
    knowledge = published_knowledge()

    def grade(region: Region) -> int | None:
        found = assess(Exam("x", measurements=(Measurement(measure(series, region, "liver")),)), knowledge).findings[0]
        if found.grading is None:
            return None
        ladder = next(x for x in knowledge.ladders("liver", "1.5") if x.id == found.grading.ladder)
        return [g.id for g in ladder.grades].index(found.grading.grade)

    right = next(g for region in circles(outline, 1.0, 1.0, 4, 5) if (g := grade(region)) is not None)
    mixed = [*circles(outline, 0.06, 0.8, 24, 6), *circles(outline, 0.002, 0.06, 8, 8)]
    given = [grade(region) for region in mixed]
    assert [g for g in given if g is not None and g < right] == []


def test_the_doubt_of_an_edge_comes_first_and_says_what_to_do() -> None:
    series, outline = liver(3.5)
    region = next(r for r in circles(outline, 0.45, 0.55, 9, 4) if find_edge(series, r) is not None)
    first = measure(series, region, "liver").cautions[0]
    assert first.code == "REGION_CROSSES_EDGE" and first.blocks_grade and "Draw it inside one tissue" in first.text


@pytest.mark.parametrize("time_ms", [1.5, 3.5, 9.0])
def test_the_part_that_is_kept_lies_in_the_organ_and_reads_as_the_organ(time_ms: float) -> None:
    series, outline = liver(time_ms)
    found = [(r, e) for r in circles(outline, 0.4, 0.8, 15, 7) if (e := find_edge(series, r)) is not None]
    kept = [k for region, edge in found if (k := edge.inside(faster=True)) is not None]
    assert len(kept) >= 0.8 * len(found) > 8
    inside = [float(outline[region_mask(k, (outline.shape[0], outline.shape[1]))].mean()) for k in kept]
    assert np.median(inside) > 0.97 and min(inside) > 0.6
    assert sum(find_edge(series, k) is None for k in kept) >= 0.8 * len(kept)
    read = [fit_decay(measure(series, k, "liver")).time.value for k in kept]
    assert np.max(np.abs(np.array(read) / time_ms - 1.0)) < 0.03


def test_both_parts_can_be_kept_on_the_slice_they_lie_on_and_never_overlap() -> None:
    series, outline = liver(3.5)
    edge = next(e for region in circles(outline, 0.45, 0.55, 9, 4) if (e := find_edge(series, region)) is not None)
    parts = [edge.inside(faster=faster, slice_index=2) for faster in (True, False)]
    masks = [region_mask(part, (outline.shape[0], outline.shape[1])) for part in parts if part is not None]
    assert len(masks) == 2 and all(part is not None and part.slice_index == 2 for part in parts)
    assert not np.any(masks[0] & ~edge.faster) and not np.any(masks[1] & ~edge.slower)


def test_a_part_too_small_to_be_measured_is_not_offered() -> None:
    few, rest = np.zeros((9, 9), dtype=np.bool_), np.ones((9, 9), dtype=np.bool_)
    few[4:6, 4:8] = True
    assert Edge(few, rest & ~few, (300.0, 30.0)).inside(faster=True) is None


def test_a_region_too_small_for_an_edge_is_small_enough_for_the_doubt_about_another_tissue() -> None:
    """Between the two no size may be left in which neither looks."""
    assert edges.FEWEST_PIXELS <= region_doubts.ENOUGH_PIXELS
