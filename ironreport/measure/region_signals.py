"""From regions on images to the signal of an organ: the mean for the eye, the pixels for the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError, IntakeError
from ironreport.intake import region_mask, region_pixels, region_signal
from ironreport.intake.regions import MAX_SPREAD
from ironreport.measure.air import air_of, sharpened, told_by_air
from ironreport.measure.beside import faster_beside
from ironreport.measure.correlation import pixels_per_independent
from ironreport.measure.edges import find_edge
from ironreport.records import (
    Caution,
    DecaySignal,
    EchoSeries,
    FasterBeside,
    FloatArray,
    OrganRegion,
    PixelSummary,
    Region,
)
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.region import kept_pixels

Placed = tuple[str, Region]
"""A location in words and the region drawn there."""


def measure(
    series: EchoSeries, region: Region, organ: str, location: str = "", *, screened: bool = True
) -> DecaySignal:
    """The signal of one region with what its pixels say.

    Parameters
    ----------
    series : EchoSeries
    region : Region
    organ, location : str
        Organ id of the knowledge files, and where in the organ.
    screened : bool
        Whether pixels unlike the rest, as in vessels and bile ducts, are left out of the fit.

    Raises
    ------
    IntakeError
        Where the region holds nothing to measure.
    """
    signal = _of_region(series, region, organ, location)
    pixels, places = region_pixels(series, region), _places(series, [region])
    return _with_pixels(signal, series, pixels, places, [region.slice_index], screened=screened)


def measure_together(
    series: EchoSeries, placed: Sequence[Placed], organ: str, *, by_mean: bool, screened: bool = True
) -> DecaySignal:
    """The signal of several regions of one organ.

    Parameters
    ----------
    placed : sequence of (location, Region)
        Two or more.
    by_mean : bool
        Whether the relaxation time is the mean of those of the regions (``parts``), as the pancreas asks for, or that
        of all their pixels.

    Raises
    ------
    IntakeError
        ``NO_REGION`` without any, or where one of them holds nothing to measure.
    """
    if not placed:
        raise IntakeError("NO_REGION", "There is no region to measure.", "Draw one on the image.")
    each = [measure(series, region, organ, location, screened=screened) for location, region in placed]
    return join_regions(series, each, list(map(read_alone, each)), by_mean=by_mean, screened=screened)


def join_regions(
    series: EchoSeries,
    each: Sequence[DecaySignal],
    alone: Sequence[OrganRegion],
    *,
    by_mean: bool,
    screened: bool = True,
) -> DecaySignal:
    """The signal of regions of one organ that were measured before, so that only their pixels together are new.

    Parameters
    ----------
    each, alone : sequence of DecaySignal, sequence of OrganRegion
        One or more regions as `measure` and `read_alone` give them; the other parameters are those of
        `measure_together`.
    """
    if len(each) == 1:
        return each[0]
    pixels, places = pooled_pixels(series, [one.region for one in alone])
    together = replace(
        each[0],
        signal=tuple(float(mean) for mean in pixels.mean(axis=0)),
        sd=tuple(float(sd) for sd in pixels.std(axis=0, ddof=1)),
        n_pixels=len(pixels),
        location=", ".join(dict.fromkeys(one.location for one in each if one.location)),
        origin=f"{len(each)} regions: {'; '.join(one.origin for one in each)}",
        region=None,  # one of them would stand for all
        cautions=_doubts_of_all(each),
        parts=tuple(each) if by_mean else (),
        regions=tuple(alone),
        beside=_nearest_beside(each),
    )
    slices = [one.region.slice_index for one in alone]
    return _with_pixels(together, series, pixels, places, slices, screened=screened)


def pooled_pixels(series: EchoSeries, regions: Sequence[Region]) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """The pixels under some regions, each once where regions overlap, and their places.

    Returns
    -------
    pixels : ndarray, shape (n_pixels, n_echoes)
    places : ndarray of int, shape (n_pixels, 3)
        Number of the region, row and column.
    """
    pixels = np.concatenate([region_pixels(series, region) for region in regions])
    places = _places(series, regions)
    on_slice = np.array([region.slice_index for region in regions])[places[:, 0]]
    _, first = np.unique(np.column_stack([on_slice, places[:, 1:]]), axis=0, return_index=True)
    first.sort()
    return pixels[first], places[first]


def _nearest_beside(each: Sequence[DecaySignal]) -> FasterBeside | None:
    """Of all that lies beside some regions the nearest, and of as near ones the fastest."""
    found = [one.beside for one in each if one.beside is not None]
    return min(found, key=lambda beside: (beside.distance_pixels, -beside.rate_per_s)) if found else None


def _doubts_of_all(each: Sequence[DecaySignal]) -> tuple[Caution, ...]:
    """Doubts that all regions share as they stand, others with the region they are about.

    That one of them has too few pixels for a fit of its own is no doubt of all pixels together.
    """
    shared = set.intersection(*(set(one.cautions) for one in each))
    named = (
        c if c in shared else replace(c, text=f"Region {n}: {c.text}")  # no typed word travels in a doubt
        for n, one in enumerate(each, start=1)
        for c in one.cautions
        if c.code != "MEAN_ONLY"
    )
    return tuple(dict.fromkeys(named))


def read_alone(signal: DecaySignal) -> OrganRegion:
    """One region and what it reads alone, as `measure` gives it."""
    assert signal.region is not None and signal.n_pixels is not None  # noqa: S101 - measure() gives both
    try:
        fit = fit_decay(signal)
    except FitError:
        return OrganRegion(signal.region, signal.location, signal.n_pixels)
    s0 = None if fit.rate.bound else fit.s0
    return OrganRegion(signal.region, signal.location, signal.n_pixels, fit.time, fit.rate, s0)


def _of_region(series: EchoSeries, region: Region, organ: str, location: str) -> DecaySignal:
    """The mean signal of a region and what lies beside it, with a doubt in front where the region crosses an edge."""
    signal = replace(region_signal(series, region, organ, location), beside=faster_beside(series, region))
    edge = find_edge(series, region)
    return signal if edge is None else replace(signal, cautions=(edge.caution, *signal.cautions))


def _places(series: EchoSeries, regions: Sequence[Region]) -> npt.NDArray[np.intp]:
    """Number of the region, row and column of each pixel, in the order of the pixels, shape (n_pixels, 3)."""
    masks = [region_mask(region, (series.images.shape[2], series.images.shape[3])) for region in regions]
    return np.concatenate([np.column_stack([np.full(m.sum(), i), *np.nonzero(m)]) for i, m in enumerate(masks)])


def _of_kept(cautions: tuple[Caution, ...], first_signals: FloatArray) -> tuple[Caution, ...]:
    """The doubts of a region without that of its spread, where the pixels that the number rests on are alike."""
    if not len(first_signals) or first_signals.std() > MAX_SPREAD * first_signals.mean():
        return cautions
    return tuple(caution for caution in cautions if caution.code != "HIGH_SPREAD")


def _with_pixels(
    signal: DecaySignal,
    series: EchoSeries,
    pixels: FloatArray,
    places: npt.NDArray[np.intp],
    slices: Sequence[int],
    *,
    screened: bool,
) -> DecaySignal:
    """The signal with its pixels summarised; where they are too few its mean curve must do, and a doubt says so."""
    summary: PixelSummary | None = None
    cautions = signal.cautions
    try:
        te_ms = np.asarray(series.te_ms, dtype=np.float64)
        seen = kept_pixels(pixels) if screened else pixels.any(axis=1)
        cautions = _of_kept(cautions, pixels[seen, 0])
        alike = pixels_per_independent(te_ms, pixels[seen], places[seen])
        air = air_of(series.images[sorted(set(slices))])
        by_pixels = summarise_pixels(te_ms, pixels, screened=screened, per_independent=alike, air=air)
        summary = sharpened(told_by_air(by_pixels, air), air)
    except FitError as error:
        text = f"The region is fitted by its mean signal alone. {error.refusal.what}"
        cautions = (*cautions, Caution("MEAN_ONLY", text))
    return replace(signal, pixels=summary, series_key=series.key, cautions=cautions)
