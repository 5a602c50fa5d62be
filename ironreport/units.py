"""The only conversions between units, and how each quantity is written.

Inside the package times are in ms, rates in s^-1, fields in tesla and iron in mg per g dry
weight; the unit is the last word of every name. Nothing else in the package multiplies by 1000.
"""

from __future__ import annotations

from dataclasses import dataclass

IRON_MG_PER_MMOL = 55.845
"""Standard atomic weight of iron [mg/mmol] (IUPAC)."""


def rate_per_s(time_ms: float) -> float:
    """Relaxation rate R = 1000 / T [s^-1] of a relaxation time T [ms].

    >>> rate_per_s(20.0)
    50.0
    """
    return 1000.0 / time_ms


def time_ms(rate_per_s: float) -> float:
    """Relaxation time T = 1000 / R [ms] of a relaxation rate R [s^-1].

    >>> time_ms(50.0)
    20.0
    """
    return 1000.0 / rate_per_s


def seconds_to_ms(time_s: float) -> float:
    """Time in ms of a time in s.

    >>> seconds_to_ms(0.0012)
    1.2
    """
    return time_s * 1000.0


def umol_per_g(iron_mg_per_g: float) -> float:
    """Iron in umol per g of an iron concentration in mg per g.

    >>> round(umol_per_g(1.8), 2)
    32.23
    """
    return iron_mg_per_g * 1000.0 / IRON_MG_PER_MMOL


def mg_per_g(umol_per_g: float) -> float:
    """Iron in mg per g of an iron concentration in umol per g.

    >>> round(mg_per_g(32.23), 2)
    1.8
    """
    return umol_per_g * IRON_MG_PER_MMOL / 1000.0


@dataclass(frozen=True, slots=True)
class Notation:
    """How a quantity is written: its symbol and its unit, apart."""

    symbol: str
    unit: str


NOTATION = {
    "t2star_ms": Notation("T2*", "ms"),
    "r2star_per_s": Notation("R2*", "s⁻¹"),
    "t2_ms": Notation("T2", "ms"),
    "r2_per_s": Notation("R2", "s⁻¹"),
    "t1_ms": Notation("T1", "ms"),
    "r1_per_s": Notation("R1", "s⁻¹"),
    "lic_mg_per_g": Notation("LIC", "mg/g dry weight"),
    "mic_mg_per_g": Notation("MIC", "mg/g dry weight"),
}
"""Symbol and unit of every quantity the package reports, by its name in the records."""

TIME_OF_RATE = {"r2star_per_s": "t2star_ms", "r2_per_s": "t2_ms"}
RATE_OF_TIME = {time: rate for rate, time in TIME_OF_RATE.items()}


def milliseconds(time_ms: float) -> str:
    """Time [ms] with three figures.

    >>> milliseconds(1.2123), milliseconds(1234.5)
    ('1.21', '1234')
    """
    return f"{time_ms:.3g}" if time_ms < 1000 else f"{time_ms:.0f}"
