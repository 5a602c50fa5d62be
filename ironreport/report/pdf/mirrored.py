"""Tables of a language that runs from right to left: the first column stands on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Command = tuple[Any, ...]
Cells = list[list[object]]
OTHER_SIDE = {
    "LEFTPADDING": "RIGHTPADDING",
    "RIGHTPADDING": "LEFTPADDING",
    "LINEBEFORE": "LINEAFTER",
    "LINEAFTER": "LINEBEFORE",
}


def mirrored(
    cells: Cells, widths: Sequence[float], commands: Sequence[Command]
) -> tuple[Cells, list[float], list[Command]]:
    """Cells, widths and look with left and right changed over."""
    turned = [list(reversed(row)) for row in cells]
    look = [_turned(command) for command in commands]
    n_columns = len(widths)
    for name, (first, row), (last, _), *_rest in look:
        if name == "SPAN" and first != last:  # reportlab looks for the content of joined cells in their first one
            left, right = first % n_columns, last % n_columns
            turned[row][left], turned[row][right] = turned[row][right], turned[row][left]
    return turned, list(reversed(widths)), look


def _turned(command: Command) -> Command:
    name, (first, top), (last, bottom), *rest = command
    return (OTHER_SIDE.get(name, name), (-1 - last, top), (-1 - first, bottom), *rest)
