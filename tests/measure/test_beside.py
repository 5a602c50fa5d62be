"""Tissue that decays much faster right beside a region is found, and told from noise, lines, specks and air."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.intake import read_series, region_mask
from ironreport.measure import faster_beside, measure, measure_together
from ironreport.records import EchoSeries, Region, Technique
from ironreport.relaxometry.models import fat_bend
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

TE_MS = tuple(1.2 + 1.3 * i for i in range(10))
SIDE = 64
REGION = Region("rectangle", 31.5, 20.5, 12.0, 12.0)
"""Rows 26 to 37, columns 15 to 26."""

Mask = npt.NDArray[np.bool_]


def block(rows: slice, columns: slice) -> Mask:
    mask = np.zeros((SIDE, SIDE), dtype=np.bool_)
    mask[rows, columns] = True
    return mask


def series(
    beside: Mask, *, time_ms: float = 4.0, s0: float = 800.0, own_ms: float = 20.0, noise: float = 0.0,
    bend: npt.NDArray[np.float64] | float = 1.0,
) -> EchoSeries:  # fmt: skip
    """Tissue of ``own_ms`` everywhere, and another one, which fat may bend."""
    te_ms = np.array(TE_MS)[:, np.newaxis, np.newaxis]
    other = s0 * np.exp(-te_ms / time_ms) * np.reshape(bend, (-1, 1, 1))
    clean = np.where(beside, other, 800.0 * np.exp(-te_ms / own_ms))
    rng = np.random.default_rng(1)
    images = np.hypot(clean + noise * rng.standard_normal(clean.shape), noise * rng.standard_normal(clean.shape))
    return EchoSeries(
        key="key", label="1 liver", te_ms=TE_MS, images=images[np.newaxis].astype(np.float32), contrast="T2*",
        field_tesla=1.5, pixel_spacing_mm=(3.0, 3.0), slice_positions_mm=(None,), technique=Technique(),
        patient_key="p", study_key="s",
    )  # fmt: skip


def right_of_column(column: int) -> Mask:
    return block(slice(0, SIDE), slice(column, SIDE))


def test_the_region_of_these_tests_lies_where_they_say() -> None:
    assert np.array_equal(region_mask(REGION, (SIDE, SIDE)), block(slice(26, 38), slice(15, 27)))


@pytest.mark.parametrize(("gap", "seen"), [(-1, 0), (0, 1), (2, 3), (3, None), (10, None)])
def test_tissue_within_three_pixels_is_beside_the_region_and_its_distance_is_said(gap: int, seen: int | None) -> None:
    found = faster_beside(series(right_of_column(27 + gap), noise=8.0), REGION)
    assert (found and found.distance_pixels) == seen


@pytest.mark.parametrize("own_ms", [12.0, 30.0, 120.0])
@pytest.mark.parametrize("time_ms", [2.0, 7.0])
def test_the_rate_beside_is_that_of_the_tissue(own_ms: float, time_ms: float) -> None:
    found = faster_beside(series(right_of_column(28), time_ms=time_ms, own_ms=own_ms, noise=8.0), REGION)
    assert found is not None and found.rate_per_s == pytest.approx(1000.0 / time_ms, rel=0.05)


@pytest.mark.parametrize("time_ms", [0.6, 0.8, 1.2])
def test_heavy_iron_whose_signal_is_gone_at_the_third_echo_is_tissue_and_faster(time_ms: float) -> None:
    found = faster_beside(series(right_of_column(28), time_ms=time_ms, noise=25.0), REGION)
    assert found is not None and found.rate_per_s > 700.0


@pytest.mark.parametrize(("times_as_fast", "seen"), [(0.5, False), (1.0, False), (1.45, False), (1.55, True)])
def test_half_as_fast_again_is_much_faster(times_as_fast: float, seen: bool) -> None:
    found = faster_beside(series(right_of_column(28), time_ms=20.0 / times_as_fast), REGION)
    assert (found is not None) is seen


@pytest.mark.parametrize(("share", "seen"), [(0.42, True), (0.39, False), (0.08, False)])
def test_what_holds_less_than_two_fifths_of_the_signal_is_air_lung_or_bone(share: float, seen: bool) -> None:
    found = faster_beside(series(right_of_column(28), time_ms=4.0, s0=800.0 * share), REGION)
    assert (found is not None) is seen


@pytest.mark.parametrize(("mask", "n_pixels"), [
    (block(slice(24, 41), slice(28, 30)), 30),
    (block(slice(26, 37), slice(28, 31)), None),  # 33 drawn, 29 left when its corners are smoothed away
    (block(slice(10, 55), slice(28, 29)), None),  # a line
])  # fmt: skip
def test_thirty_pixels_are_a_tissue_and_neither_29_nor_a_line_are(mask: Mask, n_pixels: int | None) -> None:
    found = faster_beside(series(mask), REGION)
    assert (found and found.n_pixels) == n_pixels


@pytest.mark.parametrize(("fat_fraction", "time_ms", "seen"), [
    (0.95, 30.0, False), (1.0, 30.0, False), (0.4, 12.0, False), (0.3, 6.0, True), (0.1, 6.0, True),
])  # fmt: skip
@pytest.mark.parametrize("noise", [4.0, 8.0, 16.0])
def test_fat_and_marrow_are_no_organ_and_an_organ_with_fat_is(
    fat_fraction: float, time_ms: float, seen: bool, noise: float
) -> None:
    bend = fat_bend(np.array(TE_MS), fat_fraction, 1.5)
    images = series(right_of_column(28), time_ms=time_ms, own_ms=40.0, noise=noise, bend=bend)
    assert (faster_beside(images, REGION) is not None) is seen


def test_without_a_field_fat_cannot_be_told() -> None:
    images = series(right_of_column(28), time_ms=12.0, own_ms=40.0, bend=fat_bend(np.array(TE_MS), 0.4, 1.5))
    assert faster_beside(images, REGION) is None
    assert faster_beside(replace(images, field_tesla=None), REGION) is not None
    assert faster_beside(replace(images, contrast="T2"), REGION) is not None


def test_what_lies_farther_than_eight_pixels_is_not_looked_at() -> None:
    found = faster_beside(series(right_of_column(28)), REGION)
    assert found is not None and found.n_pixels == 7 * (12 + 2 * 8)


@pytest.mark.parametrize("noise", [8.0, 40.0, 80.0])
def test_one_tissue_has_nothing_beside_it(noise: float) -> None:
    assert faster_beside(series(right_of_column(SIDE), noise=noise), REGION) is None


def test_pixels_without_a_number_beside_a_region_are_no_tissue() -> None:
    torn = series(right_of_column(SIDE), noise=8.0)
    torn.images[:, :, :, 28:] = np.nan
    assert faster_beside(torn, REGION) is None


def test_a_region_at_the_corner_of_the_image_is_looked_at_as_any_other() -> None:
    corner = replace(REGION, row=5.5, column=5.5)
    assert faster_beside(series(right_of_column(13), noise=8.0), corner) is not None


def test_a_signal_knows_what_lies_beside_its_region_and_of_several_regions_the_nearest_counts() -> None:
    images = series(right_of_column(32), noise=8.0)
    away, near, touching = (replace(REGION, column=column) for column in (18.5, 24.5, 25.5))
    alone = [measure(images, one, "liver").beside for one in (away, near, touching)]
    assert [one and one.distance_pixels for one in alone] == [None, 2, 1]
    placed = [("", one) for one in (away, near, touching)]
    assert measure_together(images, placed, "liver", by_mean=False).beside == alone[2]
    assert measure_together(images, placed[:1] * 2, "liver", by_mean=False).beside is None


@pytest.mark.parametrize("organ", ["liver", "heart", "pancreas", "kidney"])
@pytest.mark.parametrize("recipe", [{}, {"shading": 0.6}, {"noise_sd": 40.0}, {"vessel_share": 0.15}], ids=str)
@pytest.mark.parametrize("time_ms", [6.0, 35.0])
def test_nothing_beside_an_organ_with_iron_or_without_is_much_faster(
    organ: str, recipe: dict[str, float], time_ms: float
) -> None:
    exam = synthetic_exam("siemens", organ, Recipe(relaxation_ms=time_ms, n_slices=1, **recipe))  # type: ignore[arg-type]
    images = read_series(list(exam.files.items())).series[0]
    assert isinstance(images, EchoSeries)
    nearest = 1 if organ in ("pancreas", "kidney") else 3  # bowel of 18 ms lies two pixels beside the pancreas
    found = [faster_beside(images, one[0]) for one in exam.truth.locations.values()]
    assert [one for one in found if one is not None and one.distance_pixels <= nearest] == []
