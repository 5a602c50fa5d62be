"""Values of DICOM elements, as plain Python or not at all: headers hold anything."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from ironreport.intake.reasons import clean_text

MAX_MACRO_BYTES = 4096
"""Functional group macros read here take some hundred bytes; larger ones are hostile."""
CONVERTED = ("UnassignedPerFrameConvertedAttributesSequence", "UnassignedSharedConvertedAttributesSequence")
"""Where a legacy converted image keeps what classic headers say and enhanced ones have no place for."""
_DESCRIBING = ("BodyPartExamined", "SeriesDescription", "ProtocolName")


@cache
def _tag(keyword: str) -> BaseTag:
    """Tag of an element of the standard; looked up once, because headers are asked thousands of times."""
    return Tag(keyword)


def value(dataset: Dataset, keyword: str) -> object:
    """Value of an element, or None where it is absent, empty or damaged."""
    tag = _tag(keyword)
    try:
        found = dataset[tag].value if tag in dataset else None
    except Exception:  # converting a damaged value raises many kinds of error
        return None
    return None if isinstance(found, str | bytes) and not found else found


def as_parsed(dataset: Dataset, key: str | int) -> RawDataElement | DataElement | None:
    """Element as it was parsed, its value perhaps not yet converted; None where it is absent or damaged."""
    try:
        return dataset.get_item(key) if key in dataset else None
    except Exception:  # an element cut off is converted at once, which raises many kinds of error
        return None


def number(found: object) -> float | None:
    """One finite number, or None for anything else.

    >>> number("1.25"), number("1,25"), number(float("nan")), number([1.0, 2.0])
    (1.25, None, None, None)
    """
    if not isinstance(found, int | float | Decimal | str):
        return None
    try:
        result = float(found)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def numbers(found: object, n: int) -> tuple[float, ...] | None:
    """Exactly ``n`` finite numbers, or None."""
    if isinstance(found, str | bytes) or not isinstance(found, Sequence) or len(found) != n:
        return None
    results = [number(one) for one in found]
    return tuple(one for one in results if one is not None) if None not in results else None


def count(dataset: Dataset, keyword: str) -> int | None:
    """Whole number of an element, or None."""
    return whole(value(dataset, keyword))


def whole(found: object) -> int | None:
    """One whole number, or None for anything else."""
    result = number(found)
    return int(result) if result is not None and result == int(result) else None


def text(dataset: Dataset, keyword: str, limit: int = 80) -> str:
    """Printable text of an element, empty where there is none."""
    found = value(dataset, keyword)
    return "" if found is None else clean_text(found, limit)


def tokens(found: object) -> tuple[str, ...]:
    """Upper-case words of a coded, possibly multi-valued element.

    >>> tokens(["original", "M_FFE "]), tokens(None)
    (('ORIGINAL', 'M_FFE'), ())
    """
    if found is None:
        return ()
    parts = [found] if isinstance(found, str) or not isinstance(found, Sequence) else found
    return tuple(clean_text(part).upper() for part in parts)


def iso_date(dataset: Dataset) -> str:
    """Date of the exam as YYYY-MM-DD, empty where no valid date stands in the header."""
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        try:
            digits = text(dataset, keyword).replace(".", "").replace("-", "")
            return datetime.strptime(digits, "%Y%m%d").date().isoformat()
        except ValueError:
            continue
    return ""


def seconds(found: object) -> float | None:
    """Time of day, or of date and time, counted in seconds from no matter when.

    >>> seconds("12:01:30") - seconds("120000.5"), seconds("20240229120000+0100"), seconds("noon")
    (89.5, 63844891200.0, None)
    """
    digits = re.fullmatch(r"(\d{8})?(\d{2})(\d{2})?(\d{2})?(\.\d+)?", re.split(r"[+-]", str(found))[0].replace(":", ""))
    if digits is None:
        return None
    date, hours, minutes, rest, fraction = digits.groups()
    try:
        days = datetime.strptime(date, "%Y%m%d").toordinal() if date else 0
    except ValueError:
        return None
    return 86400.0 * days + 3600 * int(hours) + 60 * int(minutes or 0) + int(rest or 0) + float(fraction or 0)


def short_hash(*parts: object) -> str:
    """Short key that differs where the parts differ and cannot be read back."""
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", errors="replace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True, eq=False)
class FrameView:
    """One frame of a file: its own functional groups, the shared ones, the file's header.

    A classic image has only the header.
    """

    dataset: Dataset
    shared: Dataset | None = None
    own: Dataset | None = None

    def look(self, keyword: str, macro: str = "") -> object:
        """Value from the frame's macro, else the shared macro, else converted attributes, else the file's header."""
        if self.own is None and self.shared is None:
            return value(self.dataset, keyword)
        groups = ((self.own, CONVERTED[0]), (self.shared, CONVERTED[1]))
        places = [(group, macro) for group, _ in groups if macro] + list(groups)
        for group, name in places:
            item = _macro_item(group, name) if group is not None else None
            found = value(item, keyword) if item is not None else None
            if found is not None:
                return found
        return value(self.dataset, keyword)

    def items(self, keyword: str) -> list[Dataset] | None:
        """Items of a sequence of this frame or of the whole file; None where it is there and cannot be read safely."""
        for group in (self.own, self.shared, self.dataset):
            if group is not None and keyword in group:
                raw = as_parsed(group, keyword)
                if isinstance(raw, RawDataElement) and len(raw.value or b"") > MAX_MACRO_BYTES:
                    return None
                found = value(group, keyword)
                return [item for item in found if isinstance(item, Dataset)] if isinstance(found, Sequence) else None
        return []


def _macro_item(group: Dataset, macro: str) -> Dataset | None:
    """First item of a functional group macro, unless it is absent or too large to be one."""
    if macro not in group:
        return None
    raw = group.get_item(macro)
    if isinstance(raw, RawDataElement) and len(raw.value or b"") > MAX_MACRO_BYTES:
        return None
    items = value(group, macro)
    return items[0] if isinstance(items, Sequence) and items and isinstance(items[0], Dataset) else None


def header_text(dataset: Dataset) -> str:
    """What the header says of body part, series and protocol, in capitals; the knowledge reads organs in it."""
    return " ".join(text(dataset, keyword) for keyword in _DESCRIBING).upper()
