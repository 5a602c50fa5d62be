"""One number as people write it. Refuses rather than guesses: a ten-fold TE is a ten-fold T2*.

``float()`` is not used as the judge: it takes ``nan``, ``inf``, ``1_000`` and digits of other
scripts, and it turns ``1e400`` into infinity.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Mark = Literal["", ".", ","]
Unit = Literal["", "ms", "s", "us"]

_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("us", "µs", "μs", "usec", "µsec", "microsecond", "microseconds"), "us"),
}
NOT_VALUES = frozenset(
    {"nan", "inf", "infinity", "na", "n/a", "#n/a", "#na", "null", "none", "-", "--"}
    | {"#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!"}
)
"""What programs write where a value is missing; never a heading and never a number."""

_NUMERAL = re.compile(r"[+-]?(?P<whole>\d+)(?:(?P<mark>[.,])(?P<part>\d+))?(?P<exponent>[eE][+-]?\d{1,4})?", re.ASCII)
_GROUPED = re.compile(
    r"[0-9][\s_'`\u2019\u00b4]+[0-9]"  # 1 000, 1_000, 1'000
    r"|[0-9],[0-9]+\.[0-9]|[0-9]\.[0-9]+,[0-9]"  # 1,500.5 and 1.500,5
    r"|[0-9],[0-9]{3},[0-9]{3}|[0-9]\.[0-9]{3}\.[0-9]{3}"  # 1,500,000 and 1.500.000
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number that was read, with what still has to agree with the rest of the table.

    ``maybe_grouped`` is true for one to three digits, a mark and three digits: ``1,500`` may be
    1.5 or 1500.
    """

    value: float
    mark: Mark = ""
    maybe_grouped: bool = False
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text is not read as a number, and what to do."""

    code: str
    what: str
    cure: str


def unit_named(word: str) -> Unit:
    """The time unit a word stands for, or empty. A capital S is a signal, not a second.

    >>> unit_named("msec"), unit_named("S"), unit_named("MS")
    ('ms', '', 'ms')
    """
    return _UNITS.get(word if len(word) == 1 else word.casefold(), "")


def read_numeral(text: str) -> Numeral | Objection:
    """The number a cell holds, or why it is not one.

    >>> read_numeral("1,2 ms")
    Numeral(value=1.2, mark=',', maybe_grouped=False, unit='ms')
    >>> read_numeral("1_000").code
    'THOUSANDS'
    """
    typed = text.strip().replace("\N{MINUS SIGN}", "-")
    split = re.fullmatch(r"(.*?[0-9])\s*([^\W\d_]+)", typed)
    digits, unit = (split[1], unit_named(split[2])) if split else (typed, "")
    match = _NUMERAL.fullmatch(digits)
    if match is None or (split and not unit) or _has_leading_zero(match["whole"]):
        return _objection(typed)
    value = float(digits.replace(",", "."))
    if not math.isfinite(value):
        return Objection("TOO_LARGE", "The number is too large to be one.", "Check the exponent.")
    return Numeral(value, _mark(match["mark"]), _maybe_grouped(match), unit)


def _has_leading_zero(whole: str) -> bool:
    """True for 000 and 050, which are more often the rest of a split 1 000 than numbers."""
    return len(whole) > 1 and whole.startswith("0")


def _mark(mark: str | None) -> Mark:
    return "," if mark == "," else "." if mark == "." else ""


def _maybe_grouped(match: re.Match[str]) -> bool:
    whole, part = match["whole"], match["part"] or ""
    return len(part) == 3 and len(whole) <= 3 and whole != "0" and not match["exponent"]


def _objection(typed: str) -> Objection:
    """The reason nearest to what was typed."""
    if any(character.isnumeric() and not character.isascii() for character in typed):
        return Objection(
            "FOREIGN_DIGITS", "A number is written with digits other than 0 to 9.", "Type it with the digits 0 to 9."
        )
    if typed.lstrip("+-").casefold() in NOT_VALUES or typed in NOT_VALUES:
        return Objection("NOT_FINITE", "A value is missing or not finite.", "Leave the line out or check the export.")
    if _GROUPED.search(typed):
        return Objection(
            "THOUSANDS", "A number seems to hold a thousands separator.", "Write it without one, for example 1500.5."
        )
    return Objection(
        "NOT_A_NUMBER",
        "A cell is not a number.",
        "Write plain numbers such as 1.2 and 500.5, with ms or s after an echo time if you like.",
    )
