"""One number as people write it. Refuses rather than guesses: a ten-fold TE is a ten-fold T2*.

``float()`` is not used as the judge: it takes ``nan``, ``inf``, ``1_000``, and it turns ``1e400`` into infinity.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from ironreport.intake.signs import FIXED_SPACES, same_signs
from ironreport.intake.tables.time_units import Unit, unit_named

Mark = Literal["", ".", ","]
DecimalMark = Literal[".", ","]

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

# Between the digits of one number: marks of thousands that are never a decimal mark, and the decimal marks.
_GROUP_MARKS = rf"' `\u2019\u00b4\u066c{FIXED_SPACES}"
_WRITTEN = re.compile(rf"(?P<sign>[+-]?)(?P<body>[\d.,\u066b\u00b7{_GROUP_MARKS}]*)(?P<exponent>[eEdD][+-]?\d{{1,4}})?")
_POWER_OF_TEN = re.compile(r"\s*[\u00d7xX*\u00b7\u22c5]\s*10\s*(?:\^|\*\*)?\s*\(?([+-]?\d{1,4})\)?$")
_RAISED_TO = re.compile(r"(?<=\d)[⁺⁻⁰-⁹¹²³]+")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SHAPES = {
    mark: re.compile(
        rf"(?P<whole>[1-9]\d{{0,2}}(?P<by>[{other}{_GROUP_MARKS}])\d{{3}}(?:(?P=by)\d{{3}})*|\d*)"
        rf"(?:[{re.escape(mark)}\u066b\u00b7](?P<part>\d*))?"
    )
    for mark, other in ((".", ","), (",", "."))
}


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
class Written:
    """A number of a table: what it is where the point is the decimal mark, and where the comma is.

    None where it cannot be written so. ``1,812`` is 1812 by the point and 1.812 by the comma; it has ``three_decimals``
    or parts thousands. ``9 812`` and ``1.812,5`` are ``grouped`` by any reading.
    """

    by_point: float | None
    by_comma: float | None
    unit: Unit = ""
    three_decimals: bool = False
    grouped: bool = False

    def by(self, mark: DecimalMark) -> float | None:
        """The value where ``mark`` is the decimal mark."""
        return self.by_point if mark == "." else self.by_comma


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text is not read as a number, and what to do."""

    code: str
    what: str
    cure: str


def read_numeral(text: str) -> Numeral | Objection:
    """The one number that stands in a field, or why it is not one.

    >>> read_numeral("1,2 ms")
    Numeral(value=1.2, mark=',', maybe_grouped=False, unit='ms')
    >>> read_numeral("٢٫١").value, read_numeral("1_000").code
    (2.1, 'THOUSANDS')
    """
    typed = same_signs(text.strip()).replace("\N{ARABIC DECIMAL SEPARATOR}", ".")
    digits, unit = _without_unit(typed)
    match = _NUMERAL.fullmatch(digits)
    if match is None or _has_leading_zero(match["whole"]):
        return objection_to(typed)
    value = float(digits.replace(",", "."))
    if not math.isfinite(value):
        return _too_large()
    return Numeral(value, _mark(match["mark"]), _maybe_grouped(match), unit)


def read_written(text: str) -> Written | Objection:
    """The number a cell of a table holds, by either decimal mark, or why it holds none.

    >>> read_written("1.812,5 ms").by_comma, read_written("6.4×10²").by_point, read_written("1,812").by_comma
    (1812.5, 640.0, 1.812)
    """
    typed = _RAISED_TO.sub(lambda raised: "^" + raised[0].translate(_RAISED), same_signs(text.strip()))
    digits, unit = _without_unit(typed)
    match = _WRITTEN.fullmatch(_POWER_OF_TEN.sub(r"e\1", digits))
    if match is None or not re.search(r"\d", match["body"]):
        return objection_to(typed)
    by_point, by_comma = (_value(match, mark) for mark in (".", ","))
    found = [value for value in (by_point, by_comma) if value is not None]
    if not found:
        return objection_to(typed)
    if not all(map(math.isfinite, found)):
        return _too_large()
    three = re.fullmatch(r"\d+[.,]\d{3}", match["body"]) is not None
    grouped = not three and re.search(rf"\d[{_GROUP_MARKS}]\d|\d[.,]\d+[.,]\d", match["body"]) is not None
    return Written(by_point, by_comma, unit, three, grouped)


def _without_unit(typed: str) -> tuple[str, Unit]:
    """The digits of a text and the unit behind them; the whole text where what follows is no unit."""
    split = re.fullmatch(r"(.*[0-9][.,]?)\s*([^\W\d_](?:[^\W\d_]|\s(?=[^\W\d_]))*|\u00b5\w+)", typed)
    unit: Unit = unit_named(split[2]) if split else ""
    return (split[1], unit) if split and unit else (typed, "")


def _value(match: re.Match[str], mark: str) -> float | None:
    """The number by one decimal mark, or None where its other marks cannot part thousands."""
    shape = _SHAPES[mark].fullmatch(match["body"])
    if shape is None or not (shape["whole"] or shape["part"]):
        return None
    whole, part = re.sub(r"\D", "", shape["whole"]), shape["part"] or ""
    if _has_leading_zero(whole):
        return None
    exponent = (match["exponent"] or "e0").lower().replace("d", "e")
    return float(f"{match['sign']}{whole or '0'}.{part or '0'}{exponent}")


def _has_leading_zero(whole: str) -> bool:
    """True for 000 and 050, which are more often the rest of a split 1 000 than numbers."""
    return len(whole) > 1 and whole.startswith("0")


def _mark(mark: str | None) -> Mark:
    return "," if mark == "," else "." if mark == "." else ""


def _maybe_grouped(match: re.Match[str]) -> bool:
    whole, part = match["whole"], match["part"] or ""
    return len(part) == 3 and len(whole) <= 3 and whole != "0" and not match["exponent"]


def _too_large() -> Objection:
    return Objection("TOO_LARGE", "The number is too large to be one.", "Check the exponent.")


def objection_to(typed: str) -> Objection:
    """The reason nearest to what was typed."""
    if any(character.isnumeric() and not character.isascii() for character in typed):
        return Objection(
            "FOREIGN_DIGITS", "A number is written with signs other than digits.", "Type it with the digits 0 to 9."
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
