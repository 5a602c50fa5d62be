"""From the bytes of an exam file to named entries: limits of size and depth, no entry twice, no odd number.

JSON lets a name stand twice, and Python's reader takes Infinity, numbers of any length and halves of characters. Each
of these would pass the schema and fail later, far from its cause.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from ironreport.errors import IntakeError
from ironreport.exam.refusals import damaged, not_an_exam
from ironreport.exam.versions import FORMAT, Body

LARGEST_FILE_BYTES = 5 * 1024 * 1024
"""Five times an exam of every organ by its pixels."""
MOST_DIGITS = 30
LARGEST_NUMBER = 1e30
"""Larger numbers are no measurements and overflow when squared."""
LONGEST_TEXT = 20_000
DEEPEST = 20


def read_body(content: str | bytes) -> Body:
    """The entries of a file that says it is an exam.

    Raises
    ------
    IntakeError
        ``NOT_AN_EXAM``, ``EXAM_TOO_BIG`` or ``EXAM_DAMAGED``.
    """
    text = _decoded(content)
    try:
        body = json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_float=_decimal, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise not_an_exam("it is not whole JSON") from None
    if not isinstance(body, dict):
        raise not_an_exam("it holds no named entries")
    if body.get("format") != FORMAT:
        raise not_an_exam("the file does not say that it is one")
    for value in _texts(body):
        _check_text(value)
    return body


def _decoded(content: str | bytes) -> str:
    """The text without its byte order mark."""
    if len(content) > LARGEST_FILE_BYTES:
        what = f"The exam file is larger than {LARGEST_FILE_BYTES // 1024**2} MiB, which none is."
        raise IntakeError("EXAM_TOO_BIG", what, "Choose a file that ends in .ironreport.json.")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError:
        raise not_an_exam("it is not text") from None
    return text.removeprefix("\ufeff")


def _once(pairs: list[tuple[str, Any]]) -> Body:
    """The entries of one object, each named once: of two, the later one would hide what a reader sees first."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise damaged("an entry stands in it twice")
    return entries


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise damaged("a number in it has too many digits")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        raise damaged("a number in it is of no ordinary size")
    return number


def _no_constant(_: str) -> NoReturn:
    raise damaged("it holds a number that is not finite")


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text of the file, names of entries too."""
    if depth > DEEPEST:
        raise damaged("its entries lie too deep in one another")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, depth + 1)


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise damaged(f"a text in it has more than {LONGEST_TEXT} characters")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise damaged("a text in it holds half a character")
