"""Regions of our own exam file, matched by the fingerprint of the images they were drawn on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ironreport.errors import IntakeError
from ironreport.exam import open_exam
from ironreport.intake.masks.found import FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.regions import region_mask
from ironreport.records import DecaySignal, EchoSeries


def exam_masks(content: bytes, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each region of an exam file, its organ as it was measured.

    Raises
    ------
    IntakeError
        As `open_exam`; ``MASK_EMPTY`` where the exam holds no region.
    """
    exam = open_exam(content)
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    parts = [part for signal in signals for part in (signal.parts or (signal,))]
    drawn = [part for part in parts if part.region is not None]
    if not drawn:
        raise mismatch("MASK_EMPTY")
    for part in drawn:
        name = f"{part.organ}, {part.location}" if part.location else part.organ
        try:
            yield _mask(part, name, series)
        except IntakeError as error:
            yield NotTaken(name, error)


def _mask(signal: DecaySignal, name: str, series: Sequence[EchoSeries]) -> FoundMask:
    one = next((s for s in series if signal.series_key and s.key == signal.series_key), None)
    region = signal.region
    if one is None or region is None or not 0 <= region.slice_index < one.n_slices:
        raise mismatch("MASK_SERIES")
    n_slices, _, n_rows, n_columns = one.images.shape
    mask = np.zeros((n_slices, n_rows, n_columns), dtype=np.bool_)
    mask[region.slice_index] = region_mask(region, (n_rows, n_columns))
    return found_mask(name, "Region of an exam file, matched by the fingerprint of the images", one, mask)
