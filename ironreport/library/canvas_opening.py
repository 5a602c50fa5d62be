"""The door to the workbench of the notebook, which works without the packages that only it needs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ironreport.canvas import is_drawable
from ironreport.errors import IntakeError
from ironreport.records import EchoSeries

if TYPE_CHECKING:
    from ironreport.library.workbench import Workbench

NEEDED = {"anywidget", "ipywidgets", "traitlets"}


def open_workbench(images: EchoSeries, organ: str) -> Workbench:
    """The canvas of a series.

    Raises
    ------
    IntakeError
        ``NO_CANVAS`` without the extra, ``TOO_LARGE_TO_DRAW``.
    AssessmentError
        ``UNKNOWN_ORGAN``.
    """
    if not is_drawable(images):
        raise IntakeError(
            "TOO_LARGE_TO_DRAW", "This series is too large to be drawn on in a browser.",
            "Measure a mask or an ironreport.Region: series.region(mask, organ=...).",
        )  # fmt: skip
    try:
        room = import_module("ironreport.library.workbench")
    except ModuleNotFoundError as missing:
        if missing.name not in NEEDED:
            raise
        raise IntakeError(
            "NO_CANVAS", "Drawing in a notebook needs the package anywidget, which is not installed.",
            "Run: pip install 'ironreport[notebook]', and start the kernel anew.",
        ) from None  # fmt: skip
    made: Workbench = room.Workbench(images, organ)
    return made
