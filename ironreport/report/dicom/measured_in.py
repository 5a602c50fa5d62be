"""Regions and images that stand behind an organ of a report."""

from __future__ import annotations

from ironreport.records import DecaySignal, DicomOrigin, Finding, Region, SourceImage


def measured_images(finding: Finding, origin: DicomOrigin | None) -> tuple[SourceImage, ...]:
    """All echoes of the slices that regions were drawn on; nothing where there are no images."""
    if origin is None:
        return ()
    slices = dict.fromkeys(region.slice_index for region in regions_of(finding))
    return tuple(image for i in slices if 0 <= i < len(origin.images) for image in origin.images[i])


def regions_of(finding: Finding) -> tuple[Region, ...]:
    """The regions an organ was measured in, none where numbers were typed."""
    signal = finding.measurement.signal
    return signal.drawn if isinstance(signal, DecaySignal) else ()
