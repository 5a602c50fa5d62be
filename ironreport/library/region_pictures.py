"""The slices behind the regions of an exam, as long as its images are open."""

from __future__ import annotations

from collections.abc import Iterable

from ironreport.errors import ReportError
from ironreport.records import DecaySignal, EchoSeries, Exam
from ironreport.report.content import RegionPicture
from ironreport.report.pictures import on_one_slice, region_picture


def pictures_of(exam: Exam, series: Iterable[EchoSeries]) -> tuple[RegionPicture, ...]:
    """A picture for each organ whose regions were drawn on one of the series; none where it is not certain which."""
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    opened = tuple(series)
    found = (_picture_of(signal, opened) for signal in signals)
    return tuple(picture for picture in found if picture is not None)


def _picture_of(signal: DecaySignal, series: tuple[EchoSeries, ...]) -> RegionPicture | None:
    fitting, on_it = [s for s in series if _is_of(signal, s)], on_one_slice(signal.drawn)
    if not on_it or len(fitting) != 1:
        return None
    one, slice_index = fitting[0], on_it[0].slice_index
    if not 0 <= slice_index < one.n_slices:
        return None
    which = "Region" if len(signal.drawn) == 1 else f"{len(on_it)} of {len(signal.drawn)} regions"
    caption = f"{which} on slice {slice_index + 1} of {one.n_slices}, TE {one.te_ms[0]:g} ms"
    spacing_mm = one.pixel_spacing_mm or (1.0, 1.0)
    try:
        return region_picture(signal.organ, one.images[slice_index, 0], on_it, caption, spacing_mm)
    except ReportError:
        return None


def _is_of(signal: DecaySignal, series: EchoSeries) -> bool:
    """Whether a signal was measured in a series: by the images' fingerprint, else by exam, echoes and technique."""
    if signal.series_key:
        return signal.series_key == series.key
    of_exam = signal.exam_key == series.exam_key
    return of_exam and (signal.te_ms, signal.technique) == (series.te_ms, series.technique)
