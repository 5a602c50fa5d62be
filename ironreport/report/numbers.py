"""How numbers are written: no more digits than the interval supports, and never across a class limit."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ironreport.records import Estimate
from ironreport.units import NOTATION

MOST_DECIMALS = 4
NOISE_FREE = 1e-4
"""Made-up signals without noise have no interval to speak of; no scanner measures to one part in ten thousand."""


def decimals_for(estimate: Estimate) -> int:
    """Decimals that the interval supports: its half-width keeps at most two digits.

    >>> decimals_for(Estimate("lic_mg_per_g", 8.52, 7.8, 9.3))
    1
    >>> decimals_for(Estimate("r2star_per_s", 333.3, 305.0, 364.0))
    0
    """
    if estimate.low is None or estimate.high is None or not math.isfinite(estimate.high):
        return _three_digits(estimate.value)
    half = (estimate.high - estimate.low) / 2
    if half <= NOISE_FREE * abs(estimate.value):
        return _three_digits(estimate.value)
    return _within(math.ceil(-math.log10(half / 2)))


def _three_digits(value: float) -> int:
    return _within(2 - math.floor(math.log10(abs(value)))) if value else 1


def _within(decimals: int) -> int:
    return min(max(decimals, 0), MOST_DECIMALS)


def on_same_side(value: float, decimals: int, limits: Iterable[float]) -> bool:
    """True where rounding does not carry the value onto or over a class limit."""
    shown = round(value, decimals)
    return all((value < x) == (shown < x) and (value > x) == (shown > x) for x in limits)


def written(value: float, decimals: int, limits: Iterable[float] = ()) -> str:
    """A number with as many decimals as asked, and more where a limit would be crossed.

    >>> written(9.96, 1), written(9.96, 0, limits=[10.0])
    ('10.0', '9.96')
    """
    near = tuple(limits)
    if math.isinf(value):
        return "∞"
    while not on_same_side(value, decimals, near) and decimals < MOST_DECIMALS:
        decimals += 1
    return f"{value:.{decimals}f}"


BOUND_SIGN = {"above": "> ", "below": "< "}


def number(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """The value alone, e.g. ``8.5``; a limit with its sign, rounded to the side that claims less.

    >>> number(Estimate("r2star_per_s", 2083.4, bound="above")), number(Estimate("t2star_ms", 0.4801, bound="below"))
    ('> 2083', '< 0.481')
    """
    if estimate.bound:
        scale = 10.0 ** decimals_for(estimate)
        outward = math.floor if estimate.bound == "above" else math.ceil
        return BOUND_SIGN[estimate.bound] + f"{outward(estimate.value * scale) / scale:.{decimals_for(estimate)}f}"
    return written(estimate.value, decimals_for(estimate), tuple(limits))


def interval(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """The 95 % limits, e.g. ``7.8 to 9.3``; empty where none is known."""
    if estimate.low is None or estimate.high is None:
        return ""
    decimals, near = decimals_for(estimate), tuple(limits)
    return f"{written(estimate.low, decimals, near)} to {written(estimate.high, decimals, near)}"


def named(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """Symbol, value and unit, e.g. ``LIC 8.5 mg/g dry weight``."""
    notation = NOTATION[estimate.quantity]
    return f"{notation.symbol} {number(estimate, limits)} {notation.unit}"


def with_interval(estimate: Estimate) -> str:
    """Symbol, value, unit and limits, e.g. ``R2* 333 s⁻¹ (305 to 364)``."""
    limits = "95 % limit" if estimate.bound else interval(estimate)
    return f"{named(estimate)} ({limits})" if limits else f"{named(estimate)} (no interval)"


def exact(value: float) -> str:
    """A number for a formula: four significant digits, so that the arithmetic can be followed.

    >>> exact(333.3333), exact(8.516667), exact(0.5)
    ('333.3', '8.517', '0.5')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:.{max(3 - math.floor(math.log10(abs(value))), 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
