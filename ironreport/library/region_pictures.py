"""The slices behind the regions of an exam, as long as its images are open."""

from __future__ import annotations

from collections.abc import Iterable

from ironreport.errors import ReportError
from ironreport.records import DecaySignal, EchoSeries, Exam
from ironreport.report.content import RegionPicture
from ironreport.report.pictures import region_picture


def pictures_of(exam: Exam, series: Iterable[EchoSeries]) -> tuple[RegionPicture, ...]:
    """A picture for each organ whose region was drawn on one of the series; none where it is not certain which."""
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    opened = tuple(series)
    found = (_picture_of(signal, opened) for signal in signals)
    return tuple(picture for picture in found if picture is not None)


def _picture_of(signal: DecaySignal, series: tuple[EchoSeries, ...]) -> RegionPicture | None:
    fitting = [s for s in series if _is_of(signal, s)]
    shown = signal.parts[0] if signal.parts else signal
    region = shown.region
    if region is None or len(fitting) != 1 or not 0 <= region.slice_index < fitting[0].n_slices:
        return None
    one = fitting[0]
    which = f"Region 1 of {len(signal.parts)}, {shown.location or 'no location'}," if signal.parts else "Region"
    caption = f"{which} on slice {region.slice_index + 1} of {one.n_slices}, TE {one.te_ms[0]:g} ms"
    image = one.images[region.slice_index, 0]
    try:
        return region_picture(signal.organ, image, region, caption, one.pixel_spacing_mm or (1.0, 1.0))
    except ReportError:
        return None


def _is_of(signal: DecaySignal, series: EchoSeries) -> bool:
    """Whether a signal was measured in a series: by the images' fingerprint, else by exam, echoes and technique."""
    if signal.series_key:
        return signal.series_key == series.key
    of_exam = signal.exam_key == series.exam_key
    return of_exam and (signal.te_ms, signal.technique) == (series.te_ms, series.technique)
