"""What the drawn regions measure: each alone, and those of one organ together; what did not change is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ironreport.canvas.drawn import DrawnRegion, Marks, regions_by_organ
from ironreport.errors import IronReportError
from ironreport.intake import region_mask
from ironreport.knowledge import Knowledge
from ironreport.measure.edges import Edge, find_edge
from ironreport.measure.region_signals import join_regions, measure, pooled_pixels, read_alone
from ironreport.records import DecaySignal, EchoSeries, OrganRegion
from ironreport.relaxometry.region import kept_pixels


@dataclass(frozen=True, slots=True)
class RegionReading:
    """What one region, or several together, gave: the signal, or why there is none.

    ``alone`` is what one region reads without the others, ``edge`` what it crosses.
    """

    signal: DecaySignal | None = None
    alone: OrganRegion | None = None
    edge: Edge | None = None
    error: IronReportError | None = None


@dataclass(frozen=True, slots=True)
class BoardReadings:
    """What a board gave: each region alone by its id, and each organ by all of its regions that count.

    ``counted`` are the regions behind each reading of an organ: those with a tick that can be measured.
    """

    alone: Mapping[str, RegionReading]
    of_organ: Mapping[str, RegionReading]
    counted: Mapping[str, tuple[DrawnRegion, ...]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How regions of a series are read.

    Parameters
    ----------
    field_tesla : float or None
        Field strength [T], where the images do not say it as the reader named it.
    unscreened : collection of str
        Organs of which pixels unlike the rest, as in vessels, count too.
    """

    knowledge: Knowledge
    field_tesla: float | None
    unscreened: Collection[str] = ()

    def is_screened(self, organ: str) -> bool:
        """Whether the pixels unlike the rest are left out."""
        return organ not in self.unscreened

    def is_by_mean(self, organ: str) -> bool:
        """Whether several regions of an organ make one value by the mean of their times."""
        return self.knowledge.organ(organ).pooling == "mean-of-regions"


class Readings:
    """The readings of boards, one after the other: what did not change is not measured again."""

    def __init__(self) -> None:
        self._held: dict[Hashable, RegionReading] = {}

    def of(self, series: EchoSeries, regions: Sequence[DrawnRegion], reader: Reader) -> BoardReadings:
        """The readings of the regions of a series as they stand."""
        kept: dict[Hashable, RegionReading] = {}

        def once(key: Hashable, read: Callable[[], RegionReading]) -> RegionReading:
            kept[key] = self._held.get(key) or read()
            return kept[key]

        def key_of(d: DrawnRegion) -> Hashable:
            return series.key, d.organ, d.location, d.region, reader.is_screened(d.organ), reader.field_tesla

        alone = {d.id: once(key_of(d), partial(_read_alone, series, d, reader)) for d in regions}
        counted = {
            organ: tuple(d for d in drawn if d.reported and alone[d.id].signal is not None)
            for organ, drawn in regions_by_organ(regions).items()
        }
        of_organ = {
            organ: once(
                tuple(map(key_of, drawn)), partial(_read_together, series, [alone[d.id] for d in drawn], reader)
            )
            for organ, drawn in counted.items()
            if drawn
        }
        self._held = kept
        return BoardReadings(alone, of_organ, counted)


def _read_alone(series: EchoSeries, drawn: DrawnRegion, reader: Reader) -> RegionReading:
    screened = reader.is_screened(drawn.organ)
    try:
        measured = measure(series, drawn.region, drawn.organ, drawn.location, screened=screened)
    except IronReportError as error:
        return RegionReading(error=error)
    named = reader.knowledge.organs_named(series.header_text)
    signal = replace(at_field(measured, reader.field_tesla), header_organs=named)
    return RegionReading(signal, read_alone(signal), find_edge(series, drawn.region))


def _read_together(series: EchoSeries, group: Sequence[RegionReading], reader: Reader) -> RegionReading:
    """The reading of an organ by its regions, which all have a signal."""
    each = [reading.signal for reading in group if reading.signal is not None]
    alone = [reading.alone for reading in group if reading.alone is not None]
    organ = each[0].organ
    return RegionReading(
        join_regions(series, each, alone, by_mean=reader.is_by_mean(organ), screened=reader.is_screened(organ)),
        alone[0] if len(alone) == 1 else None,
        group[0].edge if len(alone) == 1 else None,
    )


def at_field(signal: DecaySignal, field_tesla: float | None) -> DecaySignal:
    """The signal with the field that the reader named where the images do not."""
    return replace(
        signal, field_tesla=field_tesla, parts=tuple(replace(p, field_tesla=field_tesla) for p in signal.parts)
    )


def is_ready(signal: DecaySignal) -> bool:
    """Whether a signal says whose it is and at which field."""
    return bool(signal.organ) and signal.field_tesla is not None


def marks_of(series: EchoSeries, drawn: DrawnRegion | None, readings: BoardReadings, reader: Reader) -> Marks:
    """What the canvas colours in a region: both parts where it crosses an edge, else the pixels unlike the rest."""
    edge = readings.alone[drawn.id].edge if drawn else None
    if edge is None:
        return Marks(left_out=left_out_pixels(series, drawn, readings, reader))
    faster, slower = (np.flatnonzero(part).tolist() for part in (edge.faster, edge.slower))
    return Marks(faster=faster, slower=slower)


def left_out_pixels(
    series: EchoSeries, drawn: DrawnRegion | None, readings: BoardReadings, reader: Reader
) -> list[int]:
    """Pixels of a region that its organ's fit leaves out as unlike the rest, counted row by row over the image."""
    if drawn is None or (drawn.organ and not reader.is_screened(drawn.organ)):
        return []
    if not _has_pixels(readings.alone[drawn.id]):
        return []
    group = readings.counted.get(drawn.organ, ())
    fitted = (drawn,) if drawn not in group or reader.is_by_mean(drawn.organ) else group
    pixels, places = pooled_pixels(series, [one.region for one in fitted])
    on_slice = np.array([one.region.slice_index for one in fitted])[places[:, 0]]
    unlike = np.zeros((series.images.shape[2], series.images.shape[3]), dtype=np.bool_)
    row, column = places[~kept_pixels(pixels) & (on_slice == drawn.region.slice_index), 1:].T
    unlike[row, column] = True
    found: list[int] = np.flatnonzero(unlike & region_mask(drawn.region, (unlike.shape[0], unlike.shape[1]))).tolist()
    return found


def _has_pixels(reading: RegionReading) -> bool:
    return reading.signal is not None and reading.signal.pixels is not None
