"""Files as public bug reports describe them give the series they hold, with the same signals, or say why not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest

from ironreport.intake.series import ReadResult, read_series
from ironreport.records import EchoSeries
from ironreport.synthetic.samples import sample_images


class Row(NamedTuple):
    """What a folder holds: slices and echoes of each series, its cautions, and files left out by reason."""

    series: list[tuple[int, int]]
    cautions: frozenset[str] = frozenset()
    left_out: Mapping[str, int] = MappingProxyType({})
    same_signals: bool = True


WHOLE = [(3, 10)]
REPORTS = {
    "birthdate-missing-in-half": Row(WHOLE, frozenset({"PATIENT_DATA_INCOMPLETE"})),
    "charset-gbk-as-latin1": Row(WHOLE, frozenset({"PATIENT_NAME_DOUBTFUL"})),
    "charset-ir58": Row(WHOLE),
    "derived-by-pacs": Row(WHOLE, frozenset({"MAGNITUDE_ASSUMED", "LOSSY"})),
    "float-pixel-data": Row(WHOLE),
    "ge-all-shortest-te": Row([], left_out={"ONE_TIME_WRITTEN": 30}),
    "iop-rounding-edge": Row(WHOLE),
    "left-aligned-highbit": Row(WHOLE),
    "legacy-converted": Row(WHOLE),
    "lossy-copy-same-uid": Row(WHOLE, left_out={"WORSE_COPY": 30}),
    "no-geometry": Row([(1, 10)] * 3, frozenset({"SLICE_PLACE_MISSING"})),
    "one-series-per-echo": Row(WHOLE, frozenset({"SERIES_JOINED"})),
    "pixel-padding-negative": Row(WHOLE, same_signals=False),
    "repeats-by-time": Row(WHOLE * 2),
    "rms-image-inside-train": Row(WHOLE, left_out={"COMBINED_IMAGE": 3}),
    "rwv-slope-only": Row(WHOLE, frozenset({"RESCALE_DIFFERS"})),
    "te-decimal-comma": Row([], left_out={"NO_ECHO_TIME": 30}),
    "two-sequences-one-series-uid": Row(WHOLE * 2, frozenset({"SERIES_PARTED"})),
}


def read_report(folder: Path) -> ReadResult:
    return read_series([(p.name, p.read_bytes()) for p in sorted(folder.iterdir()) if p.name != "README.txt"])


@pytest.fixture(scope="module")
def sample() -> EchoSeries:
    """The synthetic liver that the files were made from."""
    return read_series([sample_images("liver_1t5_siemens")]).series[0]


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_gives_its_series_or_the_right_reason(name: str, shared_data: Path) -> None:
    row, found = REPORTS[name], read_report(shared_data / "public_reports" / name)
    assert [series.images.shape[:2] for series in found.series] == row.series
    assert {caution.code for series in found.series for caution in series.cautions} == row.cautions
    assert {left.code: left.n_files for left in found.left_out if left.code != "NOT_DICOM"} == row.left_out
    assert found.n_patients == found.n_studies == 1


@pytest.mark.parametrize("name", [name for name, row in REPORTS.items() if row.series and row.same_signals])
def test_each_report_gives_the_signals_of_the_exam_it_was_made_from(
    name: str, sample: EchoSeries, shared_data: Path
) -> None:
    first, *_ = read_report(shared_data / "public_reports" / name).series
    assert first.te_ms == sample.te_ms
    bright = sample.images[0, 0] > 200
    expected, found = sample.images[0][:, bright].mean(axis=1), first.images[0][:, bright].mean(axis=1)
    assert found / found[0] == pytest.approx(expected / expected[0], rel=2e-3)


def test_padding_outside_the_image_is_no_signal(sample: EchoSeries, shared_data: Path) -> None:
    [series] = read_report(shared_data / "public_reports" / "pixel-padding-negative").series
    outside = series.images == 0
    assert np.count_nonzero(outside & (sample.images > 0)) > 0 and series.images.min() >= 0
    assert np.array_equal(series.images[~outside], sample.images[~outside])


def test_every_report_has_its_row(shared_data: Path) -> None:
    assert {path.name for path in (shared_data / "public_reports").iterdir()} == set(REPORTS)
