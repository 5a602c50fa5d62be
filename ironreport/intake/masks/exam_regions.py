"""Regions of our own exam file, matched by the fingerprint of the images they were drawn on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ironreport.errors import IntakeError
from ironreport.exam import open_exam
from ironreport.intake.masks.found import FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.regions import region_mask
from ironreport.records import DecaySignal, EchoSeries, Region


def exam_masks(content: bytes, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each region of an exam file, its organ as it was measured.

    Raises
    ------
    IntakeError
        As `open_exam`; ``MASK_EMPTY`` where the exam holds no region.
    """
    exam = open_exam(content)
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    drawn = [one for signal in signals for one in _drawn(signal)]
    if not drawn:
        raise mismatch("MASK_EMPTY")
    for one in drawn:
        name = f"{one.organ}, {one.location}" if one.location else one.organ
        try:
            yield _mask(one, name, series)
        except IntakeError as error:
            yield NotTaken(name, error)


class _Drawn(NamedTuple):
    """A region of an exam file, where it was drawn and as what."""

    region: Region
    organ: str
    location: str
    series_key: str


def _drawn(signal: DecaySignal) -> Iterator[_Drawn]:
    """Every region behind a signal: several that are used together stand beside it, or in its parts."""
    if signal.regions:
        yield from (_Drawn(r.region, signal.organ, r.location, signal.series_key) for r in signal.regions)
        return
    for part in signal.parts or (signal,):
        if part.region is not None:
            yield _Drawn(part.region, part.organ, part.location, part.series_key)


def _mask(drawn: _Drawn, name: str, series: Sequence[EchoSeries]) -> FoundMask:
    one = next((s for s in series if drawn.series_key and s.key == drawn.series_key), None)
    region = drawn.region
    if one is None or not 0 <= region.slice_index < one.n_slices:
        raise mismatch("MASK_SERIES")
    n_slices, _, n_rows, n_columns = one.images.shape
    mask = np.zeros((n_slices, n_rows, n_columns), dtype=np.bool_)
    mask[region.slice_index] = region_mask(region, (n_rows, n_columns))
    found = found_mask(name, "Region of an exam file, matched by the fingerprint of the images", one, mask)
    return replace(found, organ=drawn.organ)
