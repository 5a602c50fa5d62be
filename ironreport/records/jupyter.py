"""How a record shows itself in a notebook: a small table of escaped text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ironreport.records.signals import Estimate
from ironreport.units import NOTATION

SIGN = {"": "", "above": "> ", "below": "< "}


def table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """A titled table of two columns as HTML; nothing in it is read as markup."""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(title)}</caption>{cells}</table>"


def row(estimate: Estimate) -> tuple[str, str]:
    """Symbol and value with unit and 95 % limits; a limit keeps its sign.

    >>> row(Estimate("t2star_ms", 8.051, 6.965, 9.306))
    ('T2*', '8.051 ms (95 % 6.965 to 9.306)')
    """
    notation = NOTATION[estimate.quantity]
    value = f"{SIGN[estimate.bound]}{estimate.value:.4g} {notation.unit}"
    if estimate.bound:
        return notation.symbol, f"{value} (95 % limit)"
    if estimate.low is None or estimate.high is None:
        return notation.symbol, f"{value} (no interval)"
    return notation.symbol, f"{value} (95 % {estimate.low:.4g} to {estimate.high:.4g})"
