"""One number of another report as people type it: with its unit, a decimal comma, Arabic or Persian digits.

Where a mark could part thousands, both readings are tried; what no magnet can measure is no reading. What then is still
open is asked, never guessed: a thousand-fold R2* is another patient.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ironreport.intake.numerals import Numeral, Objection, read_numeral
from ironreport.intake.signs import same_signs
from ironreport.units import NOTATION, mg_per_g, rate_per_s, seconds_to_ms

REACH: dict[str, tuple[float, float]] = {
    "t2star_ms": (0.1, 1000.0),
    "r2star_per_s": (1.0, 10_000.0),
    "r2_per_s": (0.25, 10_000.0),
    "lic_mg_per_g": (0.0, 1000.0),
}
"""What a number can be at all. No gradient echo is short enough for a T2* of 0.1 ms, no tissue keeps its signal for a
second, and a gram holds no more than 1000 mg."""
MATCHES = 0.05
"""How far T2* x R2* may lie from 1000 where the product chooses between readings that differ a thousand-fold."""

LABELS = {
    "r2star_per_s": r"R\s?2\s?(?:\*|-?\s?star)",
    "t2star_ms": r"T\s?2\s?(?:\*|-?\s?star)",
    "lic_mg_per_g": r"(?:LIC|HIC|(?:liver|hepatic)\s+iron(?:\s+conc\w*)?)(?![a-z])",
    "r2_per_s": r"R\s?2(?!\s?\*|-?\s?star)(?![\d\w])",
}
"""How other reports name a quantity."""

_PER_SECOND = r"(?:1\s?/\s?|/\s?|per\s)(?:s(?:ec(?:ond)?)?)(?![a-z])|s(?:ec)?\s?\^?[({]?-1[)}]?|Hz(?![a-z])"
_PER_MS = r"(?:1\s?/\s?|/\s?|per\s)ms(?![a-z])|ms\s?\^?[({]?-1[)}]?"
_MS = r"(?:ms(?:ecs?)?|milliseconds?)(?![\w/^*-])"
_S = r"s(?:ec(?:onds?)?)?(?![\w/^*-])"
_IRON = r"\s?(?:Fe|iron)?"


def _by_dry(mass: str) -> str:
    """By a mass of dry weight, which need not be said."""
    return rf"(?:\s?(?:/|per)\s?{mass}|\s?{mass}\s?\^?-1)(?:\s?(?:dry(?:\s(?:weight|wt|tissue|liver))?|dw)(?![a-z]))?"


_MG = rf"mg{_IRON}{_by_dry('g')}|g{_IRON}{_by_dry('kg')}"
_UMOL = rf"(?:[µu]|micro)mol{_IRON}{_by_dry('g')}|mmol{_IRON}{_by_dry('kg')}"
UNITS: dict[str, tuple[tuple[str, Callable[[float], float]], ...]] = {
    "r2star_per_s": ((_PER_MS, lambda per_ms: rate_per_s(1.0 / per_ms)), (_PER_SECOND, lambda value: value)),
    "r2_per_s": ((_PER_MS, lambda per_ms: rate_per_s(1.0 / per_ms)), (_PER_SECOND, lambda value: value)),
    "t2star_ms": ((_MS, lambda value: value), (_S, seconds_to_ms)),
    "lic_mg_per_g": ((_MG, lambda value: value), (_UMOL, mg_per_g)),
}
"""Units of each quantity with the way to the unit of its name."""
AMOUNT_BY_ANYTHING = (
    r"(?:[kmµun]|micro|milli|nano)?(?:g|grams?|mol)(?:\s?(?:Fe|iron))?\s?(?:/|per\s)\s?[a-zµ]+(?:\s?wet\w*)?"
)
"""What reads like a concentration, known or not: a number before it is never one of another unit."""

_ALIKE = {
    **dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " "),
    **dict.fromkeys(map(ord, "\u2217\u204e\uff0a\u066d"), "*"),
    ord("\N{ARABIC DECIMAL SEPARATOR}"): ".",
    ord("\N{ARABIC THOUSANDS SEPARATOR}"): "'",
    ord("⁄"): "/",
}
_BOTH_MARKS = re.compile(r"\d{1,3}(?:([.,'])\d{3})+(?!\1)[.,]\d+", re.ASCII)
"""6.483,2 and 1,500.5: the last mark parts the decimals, whatever the language."""
_LIMIT = re.compile(r"[<>≤≥]")
_ERROR = re.compile(
    r"\s*(?:±|\+/-|\+-)\s*\d+(?:[.,]\d+)?|\s*[(\[]\s*\d[\d.,]*\s*(?:-|–|to)\s*\d[\d.,]*\s*[)\]]", re.IGNORECASE
)
"""The error that another report prints behind its number; the interval here is our own."""


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number of another report in the unit of its quantity.

    ``note`` says how it was read where that is not plain; ``other`` is a second possible reading: to be asked.
    """

    quantity: str
    value: float
    note: str = ""
    other: float | None = None


def plain_signs(text: str) -> str:
    """Text with the digits 0 to 9, one kind of star, minus and space, and no direction marks.

    >>> plain_signs("R2∗ ۶۷٫۷۳ s⁻¹")
    'R2* 67.73 s-1'
    """
    return same_signs(text.replace("⁻¹", "-1")).translate(_ALIKE)


def read_printed_number(text: str, quantity: str) -> PrintedNumber | Objection:
    """The number a field of one quantity holds, or why it is not one.

    Parameters
    ----------
    quantity : str
        A key of ``UNITS``.

    Examples
    --------
    >>> read_printed_number("2,1 mg/g", "lic_mg_per_g").value, read_printed_number("14.76ms", "t2star_ms").value
    (2.1, 14.76)
    >>> read_printed_number("1,476", "r2star_per_s").other
    1476.0
    """
    typed = re.sub(rf"^\s*(?:{LABELS[quantity]})\s*[:=]?\s*", "", plain_signs(text), flags=re.IGNORECASE).strip()
    if _LIMIT.match(typed):
        return _a_limit(quantity)
    typed = _ERROR.sub(" ", typed, count=1).strip()
    split = re.fullmatch(r"[~≈+]?\s?((?:\d[\d.,'’]*)?\d)\s*(.*)", typed)
    if split is None:
        return _no_number(typed, quantity)
    if re.match(r"(?:[-–,;/]|to\b|and\b|bis\b)?\s*\d", split[2]) and not re.match(r"1\s?/", split[2]):
        return _two_numbers(quantity)
    convert = _conversion(split[2], quantity)
    return convert if isinstance(convert, Objection) else _read(split[1], convert, quantity)


def settled(numbers: dict[str, PrintedNumber]) -> dict[str, PrintedNumber]:
    """The numbers with what T2* x R2* = 1000 decides between two readings of an R2*."""
    rate, time = numbers.get("r2star_per_s"), numbers.get("t2star_ms")
    if rate is None or time is None or rate.other is None:
        return numbers
    fitting = [value for value in (rate.value, rate.other) if abs(value * time.value / rate_per_s(1.0) - 1.0) < MATCHES]
    if len(fitting) != 1:
        return numbers
    note = f"{_understood(fitting[0], 'r2star_per_s')}: T2* × R2* is 1000 only so."
    return {**numbers, "r2star_per_s": PrintedNumber("r2star_per_s", fitting[0], note)}


def chosen(number: PrintedNumber, grouped: bool) -> PrintedNumber:
    """One of two readings, as the reader answered."""
    value = number.other if grouped and number.other is not None else number.value
    return replace(number, value=value, other=None, note=f"{_understood(value, number.quantity)}, as you answered.")


def written(value: float, quantity: str) -> str:
    """A printed number with its unit, as many digits as it was typed with."""
    return f"{value:.10g} {NOTATION[quantity].unit}"


# ------------------------------------------------------------------------------------ the readings


def _read(digits: str, convert: Callable[[float], float], quantity: str) -> PrintedNumber | Objection:
    both = _BOTH_MARKS.fullmatch(digits)
    if both is not None:
        whole = digits.replace(both[1], "").replace(",", ".")
        return _in_reach([float(whole)], convert, quantity, said=True)
    found = read_numeral(digits)
    if isinstance(found, Objection):
        return found
    readings = [found.value, *([_without_mark(digits)] if found.maybe_grouped else [])]
    return _in_reach(readings, convert, quantity, said=found.maybe_grouped)


def _without_mark(digits: str) -> float:
    return float(re.sub(r"[^\d]", "", digits))


def _in_reach(
    readings: list[float], convert: Callable[[float], float], quantity: str, said: bool
) -> PrintedNumber | Objection:
    """The one reading that can be at all, both where both can, or why none can."""
    low, high = REACH[quantity]
    positive = [number for number in readings if number > 0.0]
    possible = [value for value in (_rounded(convert(n), n) for n in positive) if low <= value < high and value > 0.0]
    if not possible:
        return _out_of_reach(readings[0], quantity)
    if len(possible) == 2:
        return PrintedNumber(quantity, possible[0], other=possible[1])
    converted = bool(positive) and not math.isclose(convert(positive[0]), positive[0])
    note = f"{_understood(possible[0], quantity)}." if said or converted else ""
    return PrintedNumber(quantity, possible[0], note)


def _rounded(value: float, typed: float) -> float:
    """A converted value with as many digits as were typed: its last digit says how well it is known."""
    if value == typed:
        return value
    n_digits = len(f"{typed:.12g}".replace(".", "").lstrip("0"))
    return float(f"{value:.{max(n_digits, 2)}g}")


def _conversion(unit: str, quantity: str) -> Callable[[float], float] | Objection:
    unit = unit.strip().rstrip(".,;").strip("[]() ")
    if not unit:
        return lambda value: value
    for pattern, convert in UNITS[quantity]:
        if re.fullmatch(pattern, unit, re.IGNORECASE):
            return convert
    return _another_unit(unit, quantity)


# ---------------------------------------------------------------------------------- the objections


def _understood(value: float, quantity: str) -> str:
    return f"{NOTATION[quantity].symbol} read as {written(value, quantity)}"


def _another_unit(unit: str, quantity: str) -> Objection:
    """The unit belongs to another quantity, or to none that is known."""
    symbol, expected = NOTATION[quantity].symbol, NOTATION[quantity].unit
    for other, known in UNITS.items():
        if other != quantity and any(re.fullmatch(pattern, unit, re.IGNORECASE) for pattern, _ in known):
            what = f"The unit is one of {NOTATION[other].symbol}, and this is the field of {symbol}."
            return Objection(
                "UNIT_OF_ANOTHER", what, f"Move the number to {NOTATION[other].symbol}, or correct the unit."
            )
    if re.search(r"wet|ww", unit, re.IGNORECASE):
        what = "The iron is given per gram of wet weight; every limit here is for dry weight."
        return Objection("WET_WEIGHT", what, "Enter the number per gram of dry weight, if the report states it.")
    return Objection("UNKNOWN_UNIT", f"The unit is not one of {symbol}.", f"Write the number in {expected}, or alone.")


def _a_limit(quantity: str) -> Objection:
    what = f"This {NOTATION[quantity].symbol} is a limit (< or >) and not a number."
    return Objection("ONLY_A_LIMIT", what, "A limit can be read by eye against the class limits; enter a number here.")


def _two_numbers(quantity: str) -> Objection:
    what = f"There is more than one number for {NOTATION[quantity].symbol}, or a space inside one."
    return Objection("TWO_NUMBERS", what, "Write one number, without spaces inside, for example 1500.5.")


def _no_number(typed: str, quantity: str) -> Objection:
    if typed.startswith("-"):
        return _out_of_reach(-1.0, quantity)
    found = read_numeral(typed)
    symbol, unit = NOTATION[quantity].symbol, NOTATION[quantity].unit
    if isinstance(found, Numeral) or found.code == "NOT_A_NUMBER":
        what = f"No single number was found for {symbol}."
        return Objection("NOT_A_NUMBER", what, f"Write one number, with its unit ({unit}) if you like.")
    return found


def _out_of_reach(value: float, quantity: str) -> Objection:
    low, high = REACH[quantity]
    notation = NOTATION[quantity]
    if not value > 0.0:
        return Objection("NOT_POSITIVE", f"{notation.symbol} must be above zero.", "Check the printed number.")
    limits = f"{low:g} to {high:g}" if low else f"0 to {high:g}"
    what = f"{notation.symbol} {value:.10g} is outside what can be measured at all ({limits} {notation.unit})."
    return Objection("OUT_OF_REACH", what, "Check the number, its decimal mark and its unit.")
