"""The closed list of curve forms a calibration may have; coefficients are data, forms are code.

A form turns a relaxation rate or time into iron, back again, and writes itself down with numbers
put in, so that the reader can check it with a pocket calculator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ironreport.units import NOTATION, rate_per_s, time_ms

Coefficients = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Form:
    """One curve form: which coefficients it needs, its value, its inverse and its text."""

    coefficients: frozenset[str]
    value: Callable[[float, Coefficients], float]
    inverse: Callable[[float, Coefficients], float]
    text: Callable[[str, Coefficients], str]


def _signed(number: float) -> str:
    return f"{'-' if number < 0 else '+'} {abs(number):g}"


def _raised(base: float, exponent: float) -> float:
    """The power, infinite where it leaves the range of numbers, as sums and products do by themselves."""
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf


def linear(x: float, c: Coefficients) -> float:
    """Straight line ``slope * x + intercept``."""
    return c["slope"] * x + c["intercept"]


def power(x: float, c: Coefficients) -> float:
    """Power law ``factor * x ** exponent``; ``x`` > 0."""
    return c["factor"] * _raised(x, c["exponent"])


def power_after_field_conversion(r2star_per_s: float, c: Coefficients) -> float:
    """Power law of the T2* that the rate would have at the calibration's own field.

    The rate is first brought to the other field by ``R = field_slope * R_other - field_offset``.
    """
    other_per_s = (r2star_per_s + c["field_offset"]) / c["field_slope"]
    return power(time_ms(other_per_s), c)


def _power_after_field_conversion_inverse(iron: float, c: Coefficients) -> float:
    return c["field_slope"] * rate_per_s(_power_inverse(iron, c)) - c["field_offset"]


def _power_inverse(iron: float, c: Coefficients) -> float:
    return _raised(iron / c["factor"], 1.0 / c["exponent"])


def sigmoid_r2(r2_per_s: float, c: Coefficients) -> float:
    """Sigmoid of St Pierre 2005, ``(a - sqrt(b - c * R2)) ** power``, for R2 up to b / c; never below zero."""
    base = c["a"] - math.sqrt(max(c["b"] - c["c"] * r2_per_s, 0.0))
    return _raised(max(base, 0.0), c["power"])


def _sigmoid_r2_inverse(iron: float, c: Coefficients) -> float:
    root = c["a"] - _raised(iron, 1.0 / c["power"])
    return (c["b"] - root * root) / c["c"]


FORMS: dict[str, Form] = {
    "linear": Form(
        frozenset({"slope", "intercept"}),
        linear,
        lambda iron, c: (iron - c["intercept"]) / c["slope"],
        lambda x, c: f"{c['slope']:g} × {x} {_signed(c['intercept'])}",
    ),
    "power": Form(
        frozenset({"factor", "exponent"}),
        power,
        _power_inverse,
        lambda x, c: f"{c['factor']:g} × ({x})^{c['exponent']:g}",
    ),
    "power-after-field-conversion": Form(
        frozenset({"factor", "exponent", "field_slope", "field_offset"}),
        power_after_field_conversion,
        _power_after_field_conversion_inverse,
        lambda x, c: (
            f"{c['factor']:g} × ({1000 * c['field_slope']:g} / ({x} + {c['field_offset']:g}))^{c['exponent']:g}"
        ),
    ),
    "sigmoid-r2": Form(
        frozenset({"a", "b", "c", "power"}),
        sigmoid_r2,
        _sigmoid_r2_inverse,
        lambda x, c: f"({c['a']:g} - √({c['b']:g} - {c['c']:g} × {x}))^{c['power']:g}",
    ),
}


def symbol(quantity: str) -> str:
    """Printed symbol of a quantity, e.g. ``R2*`` for ``r2star_per_s``."""
    return NOTATION[quantity].symbol
