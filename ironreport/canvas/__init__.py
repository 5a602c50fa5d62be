"""The workbench canvas without a screen: its browser files, the pixels packed for it, the regions drawn on it.

The app shows it as a component of its pages, the library as a widget of a notebook. Both run the same JavaScript, send
the same bytes and get the same records back.
"""

from ironreport.canvas.drawn import (
    MOST_CORNERS,
    MOST_REGIONS,
    Board,
    DrawnRegion,
    Marks,
    board_from_browser,
    canvas_data,
    empty_board,
    organ_choices,
    regions_by_organ,
    with_outline,
    with_region,
)
from ironreport.canvas.packing import Images, OneSeries, is_drawable, is_packed, kept_small, kept_stored, packed
from ironreport.canvas.scripts import BENCH, page, script, style, widget_script

__all__ = [
    "BENCH",
    "MOST_CORNERS",
    "MOST_REGIONS",
    "Board",
    "DrawnRegion",
    "Images",
    "Marks",
    "OneSeries",
    "board_from_browser",
    "canvas_data",
    "empty_board",
    "is_drawable",
    "is_packed",
    "kept_small",
    "kept_stored",
    "organ_choices",
    "packed",
    "page",
    "regions_by_organ",
    "script",
    "style",
    "widget_script",
    "with_outline",
    "with_region",
]
