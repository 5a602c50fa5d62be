"""IronReport: from MRI signal decay to organ iron, graded and with its doubt.

    import ironreport as ir
    exam = ir.read("folder-or.zip")
    liver = exam.series[0].region(mask, organ="liver")
    liver.report("report.pdf", disease="tdt")

Names are fetched when they are first asked for, so that importing the package takes no time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import Signature, signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ironreport.errors import IronReportError
    from ironreport.knowledge import published_knowledge
    from ironreport.library import (
        MeasuredOrgan,
        OpenedExam,
        OpenedSeries,
        Report,
        assess,
        measure,
        read,
        report,
        signal,
    )
    from ironreport.records import Context, DecaySignal, EchoSeries, PreviousResult, PrintedResult, Region, Transfused
    from ironreport.relaxometry import fit_map, fit_pixels, fit_region

_HOMES = {
    "ironreport.errors": ("IronReportError",),
    "ironreport.knowledge": ("published_knowledge",),
    "ironreport.library": (
        "MeasuredOrgan", "OpenedExam", "OpenedSeries", "Report", "assess", "measure", "read", "report", "signal",
    ),
    "ironreport.records": (
        "Context", "DecaySignal", "EchoSeries", "PreviousResult", "PrintedResult", "Region", "Transfused",
    ),
    "ironreport.relaxometry": ("fit_map", "fit_pixels", "fit_region"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("assess", "measure", "report")
"""Parts of the package whose name is also that of a public function: see `_Room`."""

__all__ = [
    "Context",
    "DecaySignal",
    "EchoSeries",
    "IronReportError",
    "MeasuredOrgan",
    "OpenedExam",
    "OpenedSeries",
    "PreviousResult",
    "PrintedResult",
    "Region",
    "Report",
    "Transfused",
    "assess",
    "fit_map",
    "fit_pixels",
    "fit_region",
    "measure",
    "published_knowledge",
    "read",
    "report",
    "signal",
]


class _Room(ModuleType):
    """A part of the package that can be called: the function of its name is handed the arguments.

    ``ironreport.assess`` is a folder of modules and a public function; whichever is met first, both uses work.
    """

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._function(*args, **named)

    @property
    def _function(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module("ironreport.library"), self.__name__.rpartition(".")[2])
        return found

    @property
    def __signature__(self) -> Signature:
        return signature(self._function)


class _Package(ModuleType):
    """The package itself: a room that is hung into it becomes one that can be called."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'. It offers: {', '.join(__all__)}.")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
