"""What Quick check finds of a number that another report prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ironreport.records.findings import Assessment
from ironreport.records.signals import PrintedResult


@dataclass(frozen=True, slots=True)
class Origin:
    """What a printed LIC would mean had it come from one calibration."""

    calibration: str
    lic_mg_per_g: float
    gives_printed: bool | None
    r2star_per_s: float


Why = Literal["stated", "fits", "none-fits", "no-iron-printed", "not-known"]
"""Why a printed number is read with a calibration: the report names it; it gives the printed LIC; none gives it, or no
LIC is printed, so the default reads the rate; a printed LIC alone could come from each."""


@dataclass(frozen=True, slots=True)
class PrintedReading:
    """The calibration that a printed number is read with, and why; ``fitting`` give the printed LIC from the rate.

    ``calibration`` is empty for the default.
    """

    calibration: str
    why: Why
    fitting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The time to the next scan that another report recommends, in months; ``words`` are its own.

    ``source`` is what the text names for it, empty where it names none.
    """

    months: int
    months_to: int | None
    words: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one answer would make of the interval; ``withheld`` where none would be suggested any more."""

    answer: str
    months: int | None
    months_to: int | None
    withheld: bool


How = Literal["alone", "with-others", "lines"]
"""An answer changes the interval by itself, only together with others, or the lines of advice and no interval."""


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """A fact that is not known, and each answer that would change something."""

    fact: str
    outcomes: tuple[Outcome, ...]
    how: How = "alone"


@dataclass(frozen=True, slots=True)
class QuickCheck:
    """A printed number with all that was found of it, ready to be described.

    ``assessment`` is that of an exam which holds this number alone. ``origins_by_field`` holds the calibrations of
    every field strength where the report states none.
    """

    printed: PrintedResult
    reading: PrintedReading
    assessment: Assessment
    origins: tuple[Origin, ...] = ()
    origins_by_field: tuple[tuple[str, tuple[Origin, ...]], ...] = ()
    deciding: tuple[DecidingFact, ...] = ()
    recommendation: Recommendation | None = None
    notes: tuple[str, ...] = ()
