"""Numbers, counts and kinds that a caller may get wrong, checked before another library would stumble over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real

import numpy as np

from ironreport.errors import AssessmentError, IntakeError, ReportError


def numbers_given(given: object, name: str) -> tuple[float, ...]:
    """A row of numbers as floats; what is missing (nan) is kept.

    Raises
    ------
    IntakeError
        ``NOT_NUMBERS``.
    """
    row = list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes, dict)) else None
    if row is None or not all(map(is_number, row)):
        raise IntakeError("NOT_NUMBERS", f"{name} is no row of numbers.", f"Give a list: {name}=[1.2, 2.5, 3.8].")
    return tuple(float(one) for one in row)


def echo_times_given(te_ms: object) -> tuple[float, ...]:
    """Echo times [ms] that a reader typed, or none.

    Raises
    ------
    IntakeError
        ``NOT_NUMBERS``, ``TE_NOT_POSITIVE``.
    """
    times = () if te_ms is None else numbers_given(te_ms, "te_ms")
    if not all(math.isfinite(te) and te > 0.0 for te in times):
        raise IntakeError(
            "TE_NOT_POSITIVE", "One of the echo times te_ms is not a number above zero.",
            "Give all of them in ms, in the order of the images.",
        )  # fmt: skip
    return times


def slice_given(slice_index: object) -> int | None:
    """Index of a slice, counted from 0, or None.

    Raises
    ------
    IntakeError
        ``MASK_SLICE``.
    """
    if slice_index is None:
        return None
    if isinstance(slice_index, bool | np.bool_) or not isinstance(slice_index, Integral):
        raise IntakeError(
            "MASK_SLICE", f"slice_index is no whole number: {str(slice_index)[:40]!r}.",
            "Say which slice, counted from 0: slice_index=1.",
        )  # fmt: skip
    return int(slice_index)


def field_given(field_tesla: object) -> float | None:
    """Field strength [T], or None where it is not known.

    Raises
    ------
    IntakeError
        ``NOT_A_FIELD``.
    """
    if field_tesla is None:
        return None
    number = float(field_tesla) if is_number(field_tesla) else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(number) and number > 0.0):
        raise IntakeError(
            "NOT_A_FIELD", "The field strength is missing or no number above zero.",
            "Give it in tesla, field_tesla=1.5, or field_tesla=None where it is not known: then there is no class.",
        )  # fmt: skip
    return number


def word_given(given: object, name: str, *known: str) -> str:
    """A word of a few.

    Raises
    ------
    ReportError
        ``UNKNOWN_WORD``.
    """
    if not isinstance(given, str) or given not in known:
        raise ReportError("UNKNOWN_WORD", f"There is no {name} {str(given)[:40]!r}.", f"Known: {', '.join(known)}.")
    return given


def text_given(given: object, name: str) -> str:
    """A text, empty for None.

    Raises
    ------
    AssessmentError
        ``NOT_A_TEXT``.
    """
    if given is None or isinstance(given, str):
        return given or ""
    raise AssessmentError("NOT_A_TEXT", f"{name} is a text, not {type(given).__name__}.", f"Write {name}='...'.")


def echoes_left_out(given: object, n_echoes: int) -> tuple[int, ...]:
    """Indices of echoes, counted from 0.

    Raises
    ------
    AssessmentError
        ``NO_SUCH_ECHO``.
    """
    row: Sequence[object] = list(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else [""]
    if not all(isinstance(one, Integral) and not isinstance(one, bool) and 0 <= int(one) < n_echoes for one in row):
        raise AssessmentError(
            "NO_SUCH_ECHO", "left_out names an echo that is not there.",
            f"Give numbers of echoes counted from 0 to {n_echoes - 1}: left_out=[0].",
        )  # fmt: skip
    return tuple(sorted({int(one) for one in row}))  # type: ignore[call-overload]


def is_number(one: object) -> bool:
    """Whether something is one real number, of Python or numpy."""
    return isinstance(one, Real) and not isinstance(one, bool | np.bool_)
