"""Inputs after public bug reports, and hazards that once came out with a class that is not theirs.

Each folder has its promise. One that does not hold yet says so, strictly: where it holds, the words must go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.exam import open_exam
from ironreport.intake import ReadResult, parse_file, read_series, region_signal
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, EchoSeries, Exam, Measurement, Region

HOLDS = ""
TWO_ACQUISITIONS = "h10-two-acquisitions-one-series"
TISSUE = Region("ellipse", 48, 40, 16, 16, 0)


def promised(today: Mapping[str, str]) -> pytest.MarkDecorator:
    """A test for each folder; where the promise does not hold yet, ``today`` says what happens instead."""
    rows = [
        pytest.param(name, marks=[pytest.mark.xfail(strict=True, raises=AssertionError, reason=what)] if what else [])
        for name, what in today.items()
    ]
    return pytest.mark.parametrize("name", rows)


# ---------------------------------------------------------------------------------- hazards

HAZARDS = {
    "exam-te-us-normal": HOLDS,
    "exam-unknown-organ-bricks-session": HOLDS,
    "h1-field-differs-in-series": HOLDS,
    "h14-hard-clip-heart-normal": HOLDS,
    "h3-missing-sequence-tag": HOLDS,
    "h4-dicom-te-in-us": HOLDS,
    "h4-paste-units-not-read": HOLDS,
    "r5-log-signal": HOLDS,
    "r5-swapped-columns-small-signal": HOLDS,
}


def measurements(file: Path) -> Iterator[Measurement]:
    """What a careless reader makes of a file: liver and heart, at 1.5 T where the file does not say."""
    if file.suffix == ".json":
        yield from open_exam(file.read_text(encoding="utf-8")).measurements
    for organ in ("liver", "heart"):
        if file.suffix == ".zip":
            for series in read_series([(file.name, file.read_bytes())]).series:
                yield Measurement(region_signal(series, TISSUE, organ))
        elif file.suffix == ".tsv":
            table = parse_file(file.name, file.read_bytes())
            yield Measurement(DecaySignal(organ, table.te_ms, table.signal, field_tesla=1.5))


@promised(HAZARDS)
def test_a_hazard_gets_no_class(name: str, shared_data: Path) -> None:
    found = [m for file in sorted((shared_data / "hazards" / name).iterdir()) for m in measurements(file)]
    assert found
    findings = [f for m in found for f in assess(Exam("x", measurements=(m,)), published_knowledge()).findings]
    assert [f.grading.grade for f in findings if f.grading] == []


def test_two_acquisitions_in_one_series_are_never_one_decay(shared_data: Path) -> None:
    folder = shared_data / "hazards" / TWO_ACQUISITIONS
    found = [m for file in sorted(folder.iterdir()) for m in measurements(file)]
    fits = [f.fit for m in found for f in assess(Exam("x", measurements=(m,)), published_knowledge()).findings]
    times_ms = sorted({round(fit.time.value) for fit in fits if fit is not None})
    assert times_ms == [8, 20]


# --------------------------------------------------------------------------- public reports


def shapes(found: ReadResult) -> list[tuple[int, int]]:
    """Slices and echoes of each series."""
    return [(series.n_slices, series.n_echoes) for series in found.series]


def whole(found: ReadResult) -> bool:
    """Whether the one exam of three slices and ten echoes is read."""
    return shapes(found) == [(3, 10)]


def told(found: ReadResult) -> bool:
    """Whether each series that is read has a caution."""
    return all(series.cautions for series in found.series)


def refused_but_not_as(*wrong: str) -> Callable[[ReadResult], bool]:
    """A refusal whose reason is none of those that mislead."""
    return lambda found: not found.series and not {record.code for record in found.left_out} & set(wrong)


def whole_or_refused_but_not_as(*wrong: str) -> Callable[[ReadResult], bool]:
    """All of it, or the refusal that does not mislead."""
    return lambda found: whole(found) or refused_but_not_as(*wrong)(found)


def falling(series: EchoSeries) -> bool:
    """Whether tissue is brighter at the first echo than at the last; values that wrapped around are not."""
    first, last = series.images[:, 0], series.images[:, -1]
    tissue = first > np.percentile(first, 60)
    return bool((first >= last)[tissue].mean() > 0.9)


PUBLIC_REPORTS: dict[str, tuple[Callable[[ReadResult], bool], str]] = {
    "birthdate-missing-in-half": (whole, HOLDS),
    "charset-gbk-as-latin1": (whole, HOLDS),
    "charset-ir58": (whole, HOLDS),
    "derived-by-pacs": (whole, HOLDS),
    "float-pixel-data": (refused_but_not_as("NO_PIXELS"), "refused as without an image"),
    "ge-all-shortest-te": (refused_but_not_as("ONE_ECHO"), HOLDS),
    "iop-rounding-edge": (whole, HOLDS),
    "left-aligned-highbit": (lambda found: all(map(falling, found.series)), HOLDS),
    "legacy-converted": (whole, HOLDS),
    "lossy-copy-same-uid": (whole, HOLDS),
    "no-geometry": (refused_but_not_as("DUPLICATE_ECHO"), "refused as two acquisitions mixed"),
    "one-series-per-echo": (whole_or_refused_but_not_as("ONE_ECHO"), HOLDS),
    "pixel-padding-negative": (whole, HOLDS),
    "repeats-by-time": (lambda found: shapes(found) == [(3, 10)] * 2, HOLDS),
    "rms-image-inside-train": (whole, HOLDS),
    "rwv-slope-only": (told, HOLDS),
    "te-decimal-comma": (lambda found: {x.code for x in found.left_out} == {"NO_ECHO_TIME", "NOT_DICOM"}, HOLDS),
    "two-sequences-one-series-uid": (
        lambda found: told(found) or shapes(found) == [(3, 10)] * 2,
        HOLDS,
    ),
}
"""Folder: what must hold for what is read, and what happens today where it does not."""


@promised({name: today for name, (_, today) in PUBLIC_REPORTS.items()})
def test_a_reported_exam_is_read_as_it_should_be(name: str, shared_data: Path) -> None:
    holds, _ = PUBLIC_REPORTS[name]
    files = sorted((shared_data / "public_reports" / name).iterdir())
    assert holds(read_series([(file.name, file.read_bytes()) for file in files]))


@pytest.mark.parametrize(("folder", "rows"), [("hazards", HAZARDS), ("public_reports", PUBLIC_REPORTS)])
def test_every_reported_fault_has_its_row(folder: str, rows: dict[str, object], shared_data: Path) -> None:
    told_apart = {TWO_ACQUISITIONS} if folder == "hazards" else set()
    assert {path.name for path in (shared_data / folder).iterdir()} == set(rows) | told_apart
