"""Pieces of Vega-Lite as plain dictionaries.

A charting library checks each of its objects against the whole schema, which takes longer than fit and assessment
together, and it is larger in memory than all pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
Rows = list[dict[str, Any]]


def layer(rows: Rows, mark: str, look: Spec, encoding: Spec) -> Spec:
    """One mark for each row."""
    return {"data": {"values": rows}, "mark": {"type": mark, **look}, "encoding": encoding}


def layered(layers: Sequence[Spec], height_px: int) -> Spec:
    """Layers above each other, as wide as the page lets them."""
    return {"layer": list(layers), "height": height_px, "width": "container"}


def at(field: str, **fields: Any) -> Spec:
    """A number's place on an axis."""
    return {"field": field, "type": "quantitative", **fields}


def named(field: str, **fields: Any) -> Spec:
    """A word's place, colour or shape."""
    return {"field": field, "type": "nominal", **fields}


def tip(field: str, title: str, **fields: Any) -> Spec:
    """A line of what a mark says where it is pointed at."""
    return {"field": field, "title": title, "type": "nominal", **fields}
