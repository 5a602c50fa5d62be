"""The scale of a map as data: what a colour means, where the classes begin, what stands beside the bar.

All rates, times and iron concentrations of one calibration rise or fall together, so every map of them is drawn on
one axis: the rate, logarithmic, less iron left and more iron right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.report.maps.colours import N_COLOURS, hex_of, map_colours
from ironreport.report.palette import SEVERITY
from ironreport.units import NOTATION, RATE_OF_TIME, TIME_OF_RATE, rate_per_s, time_ms

MARGIN = 3.0
"""How far the axis reaches beyond the outermost class limits."""
WITHOUT_LADDER = (2.0, 98.0)
"""Percentiles of the map that the axis spans where no class is published."""
LEAST_SPAN = 4.0
LEAST_GAP = 0.075
"""Smallest distance of two ticks, as a part of the axis."""
DOUBT_ENDS = (0.01, 1.0)

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class MapQuantity:
    """What a map shows: name and unit, its value of a rate [s^-1] and back."""

    id: str
    symbol: str
    unit: str
    value_of: Callable[[float], float]
    rate_of: Callable[[float], float]

    @property
    def is_iron(self) -> bool:
        """Whether a calibration stands between the rate and the value."""
        return self.id not in TIME_OF_RATE and self.id not in RATE_OF_TIME

    @property
    def title(self) -> str:
        """Symbol and unit, e.g. ``T2* [ms]``."""
        return f"{self.symbol} [{self.unit}]"


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick or class limit: its place on the bar from 0 to 1 and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """A colour from one value of the axis to the next, with the name of its class where it is one."""

    low: float
    high: float
    colour: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class MapScale:
    """The colour bar: a logarithmic axis of rates [s^-1], or of relative doubt."""

    title: str
    low: float
    high: float
    bands: tuple[Band, ...]
    ticks: tuple[Mark, ...]
    limits: tuple[Mark, ...] = ()

    def place(self, value: float) -> float:
        """Where a value stands on the bar, 0 to 1."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return min(max(share, 0.0), 1.0)

    def colours(self, values: Floats) -> npt.NDArray[np.uint8]:
        """Red, green and blue of each value, shape (..., 3); nan gets the first colour."""
        breaks = np.array([band.high for band in self.bands[:-1]])
        table = np.array([list(bytes.fromhex(band.colour[1:])) for band in self.bands], dtype=np.uint8)
        return table[np.searchsorted(breaks, np.nan_to_num(values), side="right")]


def relaxation(quantity: str) -> MapQuantity:
    """T2*, R2*, T2 or R2 as what a map shows."""
    notation = NOTATION[quantity]
    if quantity in RATE_OF_TIME:
        return MapQuantity(quantity, notation.symbol, notation.unit, time_ms, rate_per_s)
    return MapQuantity(quantity, notation.symbol, notation.unit, float, float)


def iron(calibration: Calibration) -> MapQuantity:
    """Iron by a calibration as what a map shows."""
    notation = NOTATION[calibration.output]
    return MapQuantity(
        calibration.output, notation.symbol, notation.unit,
        lambda rate: iron_of(calibration, rate), lambda value: rate_for(calibration, value),
    )  # fmt: skip


def iron_of(calibration: Calibration, rate: float) -> float:
    """Iron [mg/g dry weight] of a rate [s^-1] by a calibration."""
    return calibration.iron_mg_per_g(rate if calibration.input in TIME_OF_RATE else time_ms(rate))


def rate_for(calibration: Calibration, iron_mg_per_g: float) -> float:
    """Rate [s^-1] that a calibration turns into this iron [mg/g dry weight]."""
    wanted = calibration.input_for(iron_mg_per_g)
    return rate_per_s(wanted) if calibration.input in RATE_OF_TIME else wanted


def limit_rates(ladder: Ladder | None, calibration: Calibration | None) -> tuple[float, ...]:
    """Class limits of a ladder as rates [s^-1], best to worst; empty where they cannot be put so."""
    if ladder is None:
        return ()
    if ladder.quantity in RATE_OF_TIME:
        return tuple(rate_per_s(bound) for bound in ladder.bounds)
    if ladder.quantity in TIME_OF_RATE:
        return ladder.bounds
    if calibration is None or calibration.output != ladder.quantity:
        return ()
    return tuple(rate_for(calibration, bound) for bound in ladder.bounds)


def rate_scale(
    shown: MapQuantity,
    rates_per_s: Floats,
    ladder: Ladder | None,
    calibration: Calibration | None,
    *,
    by_class: bool = False,
) -> MapScale:
    """The scale of a map of rates, times or iron; in the colours of the classes where asked and known."""
    limits = limit_rates(ladder, calibration)
    low, high = _ends(rates_per_s, limits)
    bands = _even_bands(low, high)
    if by_class and ladder is not None and limits:
        edges = pairwise((low, *limits, high))
        bands = tuple(
            Band(a, b, SEVERITY[grade.severity], grade.short or grade.label)
            for (a, b), grade in zip(edges, ladder.grades, strict=True)
        )
    scale = MapScale(shown.title, low, high, bands, ())
    values = sorted((shown.value_of(low), shown.value_of(high)))
    marks = (Mark(scale.place(shown.rate_of(v)), f"{v:g}") for v in _round_values(*values))
    limit_marks = tuple(Mark(scale.place(rate), f"{shown.value_of(rate):.3g}") for rate in limits)
    return MapScale(shown.title, low, high, bands, _apart(sorted(marks, key=lambda m: m.at)), limit_marks)


def doubt_scale() -> MapScale:
    """The scale of the relative half width of the 95 % interval, from 1 to 100 %."""
    low, high = DOUBT_ENDS
    scale = MapScale("95 % interval of the pixel [± %]", low, high, _even_bands(low, high), ())
    marks = tuple(Mark(scale.place(v / 100.0), f"{v:g}") for v in (1.0, *_round_values(1.0, 100.0), 100.0))
    return MapScale(scale.title, low, high, scale.bands, marks)


def _ends(rates_per_s: Floats, limits: tuple[float, ...]) -> tuple[float, float]:
    if limits:
        return limits[0] / MARGIN, limits[-1] * MARGIN
    seen = rates_per_s[np.isfinite(rates_per_s)]
    low, high = np.percentile(seen, WITHOUT_LADDER).tolist() if seen.size else (10.0, 1000.0)
    widen = max(math.sqrt(LEAST_SPAN * low / high), 1.0)
    return low / widen, high * widen


def _even_bands(low: float, high: float) -> tuple[Band, ...]:
    edges = np.geomspace(low, high, N_COLOURS + 1).tolist()
    return tuple(Band(a, b, hex_of(c)) for (a, b), c in zip(pairwise(edges), map_colours(), strict=True))


def _round_values(low: float, high: float) -> tuple[float, ...]:
    """Values of one digit, 1, 2 or 5, between two ends."""
    least = max(low, high * 1e-3)
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(high)) + 1)
    values = [digit * 10.0**power for power in powers for digit in (1.0, 2.0, 5.0)]
    return tuple(v for v in values if least < v < high)


def _apart(marks: list[Mark]) -> tuple[Mark, ...]:
    kept: list[Mark] = []
    for mark in marks:
        if LEAST_GAP / 2 < mark.at < 1.0 - LEAST_GAP / 2 and (not kept or mark.at - kept[-1].at >= LEAST_GAP):
            kept.append(mark)
    return tuple(kept)
