"""Doubts found again from the numbers of a saved measurement, whatever the file says of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ironreport.records import Caution, DecaySignal, PixelSummary, PrintedResult

UNIT_DOUBTS = ("TE_MAYBE_SECONDS", "TE_MAYBE_MICROSECONDS")
ROUNDING = 1e-6
"""Room for sums in another order, per signal."""


def found_anew(signal: DecaySignal | PrintedResult) -> tuple[Caution, ...]:
    """Doubts about the echo times of a measurement, and about parts of it that contradict each other."""
    if isinstance(signal, PrintedResult):
        return ()
    found = [*_unit_doubts(signal), *_contradictions(signal)]
    return tuple({caution.code: caution for caution in found}.values())


def _unit_doubts(signal: DecaySignal) -> Iterator[Caution]:
    """Hazard H4: seconds or microseconds taken for milliseconds. What else is doubted of a table was asked then."""
    # who only saves an exam does not wait for the readers of images, which the first of these names brings along
    from ironreport.intake.echo_times import te_cautions  # noqa: PLC0415
    from ironreport.intake.table import TableRow  # noqa: PLC0415

    rows = tuple(
        TableRow(n, "", te, value) for n, (te, value) in enumerate(zip(signal.te_ms, signal.signal, strict=True), 1)
    )
    written = any(caution.code == "TE_UNIT_CONTRADICTS" for caution in signal.cautions)  # says the same, and blocks too
    yield from (c for c in te_cautions(rows, "") if c.code in UNIT_DOUBTS and not written)


def _contradictions(signal: DecaySignal) -> Iterator[Caution]:
    """A doubt that withholds the class where two parts of a measurement cannot be of one region."""
    for one in (signal, *signal.parts):
        if one.pixels is not None and not _can_be_of(one, one.pixels):
            text = (
                "The pixel curve that is fitted cannot be of the pixels whose mean signal stands beside it: one of the "
                "two was changed. Measure the region again on the images."
            )
            yield Caution("PIXELS_CONTRADICT_MEAN", text, blocks_grade=True)
    for part in signal.parts:
        if (part.te_ms, part.contrast, part.field_tesla) != (signal.te_ms, signal.contrast, signal.field_tesla):
            text = (
                "The regions of this organ differ in their echo times, contrast or field: they are not of one series. "
                "Measure them again on the images."
            )
            yield Caution("PARTS_CONTRADICT", text, blocks_grade=True)


def _can_be_of(signal: DecaySignal, pixels: PixelSummary) -> bool:
    """Whether median curve and mean signal can come from the same pixels, at every echo.

    The median of a share p of the pixels lies between their p/2 and 1 - p/2 quantiles, and by Cantelli's inequality no
    q quantile lies further than SD sqrt((1 - q) / q) from the mean; of all pixels, the median lies within one SD.
    """
    n_pixels = signal.n_pixels or pixels.n_pixels
    share = min(pixels.n_kept / n_pixels, 1.0) / 2.0
    farthest = math.sqrt((1.0 - share) / share)
    # rounded signals get back at random what rounding took, less than a pixel's noise
    near = all(
        abs(median - mean) <= farthest * sd + pixels.sigma + ROUNDING * mean
        for median, mean, sd in zip(pixels.curve, signal.signal, signal.sd, strict=False)
    )
    return near and _is_among_its_replicates(pixels)


def _is_among_its_replicates(pixels: PixelSummary) -> bool:
    """Whether the median curve lies among those of resampled pixels, give or take their own width and the noise."""
    ranges = [(min(values), max(values)) for values in zip(*pixels.replicates, strict=True)]
    return all(
        low - (high - low) - pixels.sigma <= value <= high + (high - low) + pixels.sigma
        for value, (low, high) in zip(pixels.curve, ranges, strict=True)
    )
