"""Signals are scaled by the element that makes echoes comparable; where two disagree nobody gets a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ironreport.intake.series import read_series
from ironreport.records import EchoSeries

TE_MS = (1.5, 4.0, 8.0, 12.0)
SLOPES = (1.0, 1.2, 1.4, 1.5)
MrImage = Callable[..., Dataset]
DicomBytes = Callable[..., bytes]


def mapping(slope: float | None, intercept: float = 0.0) -> Dataset:
    """One item of a real world value mapping: a line, or a table where no slope is given."""
    found = Dataset()
    if slope is None:
        found.RealWorldValueLUTData = [1.0, 2.0, 3.0]
    else:
        found.RealWorldValueSlope, found.RealWorldValueIntercept = slope, intercept
    return found


def series_of(
    mr_image: MrImage,
    dicom_bytes: DicomBytes,
    real_world: list[list[Dataset]],
    rescale: tuple[float | None, ...] = (None,) * 4,
) -> EchoSeries:
    """Four echoes that all hold 100."""
    files = []
    for te, items, slope in zip(TE_MS, real_world, rescale, strict=True):
        tags: dict[str, Any] = {} if slope is None else {"RescaleSlope": slope, "RescaleIntercept": 0}
        image = mr_image(te, pixels=np.full((16, 12), 100), **tags)
        if items:
            image.RealWorldValueMappingSequence = Sequence(items)
        files.append((str(te), dicom_bytes(image)))
    [series] = read_series(files).series
    return series


def doubts(series: EchoSeries) -> dict[str, bool]:
    return {caution.code: caution.blocks_grade for caution in series.cautions}


def test_a_slope_that_stands_in_the_real_world_mapping_only_is_used_and_named(
    mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    series = series_of(mr_image, dicom_bytes, [[mapping(slope, -2.0)] for slope in SLOPES])
    assert series.images[0, :, 3, 3] == pytest.approx([98, 118, 138, 148])
    assert doubts(series) == {"RESCALE_DIFFERS": False}
    assert "real world value mapping (1 to 1.5)" in series.cautions[0].text.replace("differs between images ", "")


@pytest.mark.parametrize("factor", [1.0, 3.5])
def test_scales_that_differ_by_one_factor_do_not_contradict_each_other(
    factor: float, mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    series = series_of(mr_image, dicom_bytes, [[mapping(factor * slope)] for slope in SLOPES], SLOPES)
    assert series.images[0, :, 3, 3] == pytest.approx([100, 120, 140, 150])
    assert doubts(series) == {"RESCALE_DIFFERS": False}


@pytest.mark.parametrize(
    ("real_world", "rescale"),
    [
        ([[mapping(slope)] for slope in SLOPES], (1.0, 1.0, 1.0, 1.0)),
        ([[mapping(1.0)] for _ in SLOPES], SLOPES),
        ([[mapping(slope, 30.0)] for slope in SLOPES], SLOPES),
        ([[mapping(slope), mapping(1.0)] for slope in SLOPES], (None,) * 4),
        ([[mapping(None)] for _ in SLOPES], (None,) * 4),
        ([[mapping(-1.0)] for _ in SLOPES], (None,) * 4),
        ([[mapping(1.3)], [], [mapping(1.3)], [mapping(1.3)]], (None,) * 4),
        ([[], [], [], []], (1.3, None, 1.3, 1.3)),
    ],
)
def test_scales_that_contradict_each_other_give_no_class(
    real_world: list[list[Dataset]], rescale: tuple[float | None, ...], mr_image: MrImage, dicom_bytes: DicomBytes
) -> None:
    assert doubts(series_of(mr_image, dicom_bytes, real_world, rescale))["SCALE_DISPUTED"]


def test_a_mapping_too_long_to_be_one_gives_no_class(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    table = mapping(1.0)
    table.RealWorldValueLUTData = [float(n) for n in range(4000)]
    assert doubts(series_of(mr_image, dicom_bytes, [[table]] * 4))["SCALE_DISPUTED"]


def test_one_mapping_for_all_images_is_no_doubt(mr_image: MrImage, dicom_bytes: DicomBytes) -> None:
    assert doubts(series_of(mr_image, dicom_bytes, [[mapping(0.5)] for _ in SLOPES])) == {}
