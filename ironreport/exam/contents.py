"""What an exam must hold beyond the types of its entries: counts within limits, lists that fit, numbers that can be.

What a reader may have typed wrongly (a TE out of order, a negative signal) is left to the stages, which name it for one
organ. Refused here is what IronReport never writes.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ironreport.exam.refusals import damaged
from ironreport.records import Context, DecaySignal, Exam, Measurement, PixelSummary, PrintedResult

MOST_MEASUREMENTS = 32
MOST_ECHOES = 64
MOST_PARTS = 100
MOST_REGIONS = 1_000
MOST_CORNERS = 20_000
MOST_REPLICATES = 1_000
MOST_CAUTIONS = 500
MOST_EARLIER = 500
MOST_FACTS = 500
MOST_PIXELS = 10**9
MOST_COILS = 1_000
HIGHEST_TESLA = 100.0
"""Far beyond what any exam holds, and few enough to answer within seconds."""

Fault = tuple[bool, str]
"""Whether something is wrong, and what."""


def check_contents(exam: Exam) -> None:
    """Refuse an exam that IronReport cannot have written, naming the first thing that is wrong.

    Raises
    ------
    IntakeError
        ``EXAM_DAMAGED``.
    """
    why = next((what for wrong, what in _of_exam(exam) if wrong), None)
    if why is not None:
        raise damaged(why)


def _of_exam(exam: Exam) -> Iterator[Fault]:
    yield _too_many(exam.measurements, MOST_MEASUREMENTS, "measurements")
    yield max(Counter(m.organ for m in exam.measurements).values(), default=0) > 1, "an organ stands in it twice"
    for n, measurement in enumerate(exam.measurements, start=1):
        for wrong, what in _of_measurement(measurement):
            yield wrong, f"{what} (measurement {n})"
    yield from _of_context(exam.context)


def _of_measurement(measurement: Measurement) -> Iterator[Fault]:
    left_out, stored = measurement.choices.left_out, measurement.stored
    yield _too_many(left_out, MOST_ECHOES, "echoes that are left out")
    yield any(echo < 0 for echo in left_out), "an echo that is left out is counted below zero"
    yield stored is not None and len(stored.values) > MOST_ECHOES, "too many stored numbers"
    if isinstance(measurement.signal, PrintedResult):
        yield from _of_printed(measurement.signal)
        return
    yield from _of_signal(measurement.signal)
    for part in measurement.signal.parts:
        yield bool(part.parts), "a part has parts of its own"
        yield from _of_signal(part)


def _of_printed(printed: PrintedResult) -> Iterator[Fault]:
    yield _no_field(printed.field_tesla), "the field strength cannot be"
    yield _too_many(printed.cautions, MOST_CAUTIONS, "doubts")


def _of_signal(signal: DecaySignal) -> Iterator[Fault]:
    n_echoes = len(signal.te_ms)
    yield n_echoes == 0, "there is no echo"
    yield _too_many(signal.te_ms, MOST_ECHOES, "echoes")
    yield len(signal.signal) != n_echoes, "echo times and signals differ in number"
    yield len(signal.sd) not in (0, n_echoes), "echo times and their scatter differ in number"
    yield any(sd < 0.0 for sd in signal.sd), "a scatter is below zero"
    yield _no_field(signal.field_tesla), "the field strength cannot be"
    yield _no_count(signal.n_pixels, MOST_PIXELS), "the number of pixels cannot be"
    yield _no_count(signal.n_coils, MOST_COILS), "the number of coils cannot be"
    yield signal.noise_sd is not None and signal.noise_sd <= 0.0, "the noise is not above zero"
    yield _too_many(signal.parts, MOST_PARTS, "parts")
    yield _too_many(signal.cautions, MOST_CAUTIONS, "doubts")
    yield _too_many(signal.header_organs, MOST_MEASUREMENTS, "organs of the header")
    yield from _of_regions(signal)
    if signal.pixels is not None:
        yield from _of_pixels(signal.pixels, n_echoes)


def _of_regions(signal: DecaySignal) -> Iterator[Fault]:
    yield _too_many(signal.regions, MOST_REGIONS, "regions")
    for one in signal.regions:
        yield _no_count(one.n_pixels, MOST_PIXELS), "the number of pixels of a region cannot be"
    for region in signal.drawn:
        yield _too_many(region.points, MOST_CORNERS, "corners of a region")
        yield region.shape == "polygon" and len(region.points) == 0, "a polygon has no corner"
        yield min(region.height, region.width) < 0.0, "a region has no size"
        yield region.slice_index < 0, "a slice is counted below zero"


def _of_pixels(pixels: PixelSummary, n_echoes: int) -> Iterator[Fault]:
    yield pixels.sigma <= 0.0 or pixels.pixels_per_independent <= 0.0, "the noise of the pixels is not above zero"
    yield _no_count(pixels.n_coils, MOST_COILS), "the number of coils cannot be"
    yield not 1 <= pixels.n_kept <= pixels.n_pixels <= MOST_PIXELS, "the numbers of pixels cannot be"
    yield not 1 <= len(pixels.replicates) <= MOST_REPLICATES, "the number of resampled curves cannot be"
    curves = (pixels.curve, *pixels.replicates, *([pixels.powers] if pixels.powers else []))
    yield any(len(curve) != n_echoes for curve in curves), "echo times and pixel curves differ in number"
    yield any(x < 0.0 for x in itertools.chain.from_iterable(curves)), "a pixel signal is below zero"
    yield _too_many(pixels.rivals, MOST_COILS, "numbers of coils")
    yield any(_no_count(n, MOST_COILS) or sigma <= 0.0 for n, sigma in pixels.rivals), "a number of coils cannot be"
    yield _too_many(pixels.cautions, MOST_CAUTIONS, "doubts")


def _of_context(context: Context) -> Iterator[Fault]:
    yield _too_many(context.facts, MOST_FACTS, "answers")
    yield _too_many(context.previous, MOST_EARLIER, "earlier results")
    for earlier in context.previous:
        given = (earlier.r2star_per_s, earlier.lic_mg_per_g, earlier.r2star_low_per_s, earlier.r2star_high_per_s)
        yield any(x is not None and x <= 0.0 for x in given), "an earlier result is not above zero"
        yield _no_field(earlier.field_tesla), "the field strength of an earlier result cannot be"


def _too_many(found: Sequence[Any], most: int, what: str) -> Fault:
    return len(found) > most, f"more than {most} {what}"


def _no_field(tesla: float | None) -> bool:
    return tesla is not None and not 0.0 < tesla <= HIGHEST_TESLA


def _no_count(count: int | None, most: int) -> bool:
    return count is not None and not 1 <= count <= most
