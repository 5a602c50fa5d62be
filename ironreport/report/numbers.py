"""How numbers are written: no more digits than the interval supports, and never across a class limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from ironreport.records import DecayFit, Estimate
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


def decimals_beside(value: float, decimals: int, limits: Iterable[float]) -> int:
    """As many decimals as asked, or more where rounding would cross a class limit.

    >>> decimals_beside(9.4, 0, [10.0]), decimals_beside(9.96, 0, [10.0])
    (0, 2)
    """
    near = tuple(limits)
    while math.isfinite(value) and not on_same_side(value, decimals, near) and decimals < MOST_DECIMALS:
        decimals += 1
    return decimals


def written(value: float, decimals: int, limits: Iterable[float] = ()) -> str:
    """A number with as many decimals as asked, and more where a limit would be crossed.

    A value nearer to a limit than the last decimal tells stays on its own side of it.

    >>> written(9.96, 1), written(9.96, 0, limits=[10.0]), written(9.99999, 1, limits=[10.0])
    ('10.0', '9.96', '9.9999')
    """
    near = tuple(limits)
    if math.isinf(value):
        return "∞"
    decimals = decimals_beside(value, decimals, near)
    if on_same_side(value, decimals, near):
        return f"{value:.{decimals}f}"
    crossed = next(x for x in near if not on_same_side(value, decimals, (x,)))
    return f"{crossed + math.copysign(10.0**-decimals, value - crossed):.{decimals}f}"


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
    near = tuple(limits)
    text = written(estimate.value, decimals_for(estimate), near)
    around = ends(estimate, near)
    if around is None or "∞" in around or float(around[0]) <= float(text) <= float(around[1]):
        return text
    return written(estimate.value, len(around[0].partition(".")[2]), near)  # of a very skewed interval


def ends(estimate: Estimate, limits: Iterable[float] = ()) -> tuple[str, str] | None:
    """Both 95 % limits with the same decimals, at least those of the value; None where there is no interval.

    >>> ends(Estimate("lic_mg_per_g", 6.3, 5.8, 6.98), limits=[7.0])
    ('5.80', '6.98')
    """
    if estimate.low is None or estimate.high is None:
        return None
    near = tuple(limits)
    decimals = decimals_for(estimate)
    for one in (estimate.value, estimate.low, estimate.high):
        decimals = decimals_beside(one, decimals, near)
    return written(estimate.low, decimals, near), written(estimate.high, decimals, near)


def interval(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """The 95 % limits, e.g. ``7.8 to 9.3``; empty where none is known."""
    return " to ".join(ends(estimate, limits) or ())


def column_decimals(column: Iterable[Estimate], class_of: Callable[[float], object]) -> int:
    """Decimals that all results of a column have: as the narrowest interval supports, more where a class would change.

    Beside each other, 10.03 and 14 look like two precisions; of one column every number has the same.

    >>> visits = [Estimate("t2star_ms", 10.03, 8.49, 11.86), Estimate("t2star_ms", 13.9, 11.8, 16.5)]
    >>> column_decimals(visits, lambda t2star_ms: t2star_ms < 10.0)
    1
    """
    each = tuple(column)
    numbers = [x for e in each for x in (e.value, e.low, e.high) if x is not None and math.isfinite(x)]
    decimals = max(map(decimals_for, each), default=0)
    while decimals < MOST_DECIMALS and any(class_of(round(x, decimals)) != class_of(x) for x in numbers):
        decimals += 1
    return decimals


def in_column(value: float, decimals: int, class_of: Callable[[float], object], limits: Iterable[float]) -> str:
    """A number with the decimals of its column; one that no decimals keep in its class stays beside the limit."""
    if math.isinf(value) or class_of(round(value, decimals)) != class_of(value):
        return written(value, decimals, limits)
    return f"{value:.{decimals}f}"


def as_reported(value: float) -> str:
    """A number of another report with the digits it was typed with; empty where it has more than anybody types.

    >>> as_reported(2.1), as_reported(150.0), as_reported(1000.0 / 14.76)
    ('2.1', '150', '')
    """
    text = f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return text if float(text) == value else ""


def named(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """Symbol, value and unit, e.g. ``LIC 8.5 mg/g dry weight``."""
    notation = NOTATION[estimate.quantity]
    return f"{notation.symbol} {number(estimate, limits)} {notation.unit}"


def with_interval(estimate: Estimate, limits: Iterable[float] = ()) -> str:
    """Symbol, value, unit and 95 % limits, e.g. ``R2* 333 s⁻¹ (305 to 364)``."""
    near = tuple(limits)
    said = "95 % limit" if estimate.bound else interval(estimate, near)
    return f"{named(estimate, near)} ({said or 'no interval'})"


def precision_of_fit(fit: DecayFit) -> str | None:
    """How far the fit alone may be off, as a share: the number has one interval, and this may not be it.

    >>> from ironreport.records import DecayFit
    >>> t2star, r2star = Estimate("t2star_ms", 4.0, 3.9, 4.1), Estimate("r2star_per_s", 250.0, 244.0, 256.0)
    >>> precision_of_fit(DecayFit("", 1.0, t2star, r2star, (), (), (), ()))
    '± 2.5 %'
    """
    if fit.time.low is None or fit.time.high is None or not math.isfinite(fit.time.high):
        return None
    return f"± {100.0 * (fit.time.high - fit.time.low) / (2.0 * fit.time.value):.2g} %"


def exact(value: float) -> str:
    """A number for a formula: four significant digits, so that the arithmetic can be followed.

    >>> exact(333.3333), exact(8.516667), exact(0.5)
    ('333.3', '8.517', '0.5')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:.{max(3 - math.floor(math.log10(abs(value))), 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
