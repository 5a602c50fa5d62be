"""Promises of regions made of masks: the same pixels, whatever the mask looks like."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from ironreport.errors import IntakeError
from ironreport.intake import region_mask
from ironreport.intake.outlines import region_of_mask


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)))
def test_the_region_of_a_mask_selects_its_pixels_and_no_others(mask: npt.NDArray[np.bool_]) -> None:
    if mask.any():
        assert np.array_equal(region_mask(region_of_mask(mask), mask.shape), mask)  # type: ignore[arg-type]


def test_a_ring_keeps_its_hole_and_two_pieces_stay_two() -> None:
    mask = np.zeros((40, 60), dtype=np.bool_)
    mask[5:30, 5:30] = True
    mask[12:20, 12:20] = False
    mask[33:38, 40:55] = True
    region = region_of_mask(mask, slice_index=2)
    assert region.slice_index == 2
    assert np.array_equal(region_mask(region, (40, 60)), mask)


def test_a_straight_side_has_two_corners() -> None:
    mask = np.zeros((20, 20), dtype=np.bool_)
    mask[3:9, 4:15] = True
    assert set(region_of_mask(mask).points) == {(3.0, 4.0), (3.0, 15.0), (9.0, 15.0), (9.0, 4.0)}


@pytest.mark.parametrize(
    ("mask", "code"), [(np.zeros((4, 4)), "MASK_EMPTY"), (np.ones(4), "MASK_SHAPE"), (np.ones((1, 4, 4)), "MASK_SHAPE")]
)
def test_a_mask_without_pixels_or_with_other_axes_is_refused(mask: npt.NDArray[np.float64], code: str) -> None:
    with pytest.raises(IntakeError) as refused:
        region_of_mask(mask)
    assert refused.value.refusal.code == code
