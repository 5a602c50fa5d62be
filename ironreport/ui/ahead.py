"""Every room of the app and the knowledge, loaded before they are asked for, those of the first page before all others.

The server does it once while nobody waits: while a browser opens the first page, only that page is loaded. Whoever
comes earlier waits here for the room of their page and for no other, instead of loading beside it, as modules that need
each other must not be loaded by two threads at once. It goes in small steps, so that a server that is stopped meanwhile
need not wait for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from threading import Lock
from types import ModuleType

FIRST = ("knowledge", "ui.state", "ui.panel", "ui.start_page", "ui.nav", "ui.filled", "ui.density")
FITS = "ironreport.relaxometry"
BELOW = (
    "pandas",
    "scipy.optimize",
    "pydicom",
    FITS,
    "ironreport.intake",
    "ironreport.assess",
    "ironreport.report",
    "ironreport.exam",
    "ironreport.canvas",
    "ironreport.report.pdf",
)
"""What the rooms need, in steps of a quarter of a second."""
SAMPLE = "sample_visit"
ROOMS = {
    "Quick_check": "quick.page",
    "Signals": "signals_page",
    "Images": "workbench.page",
    "Findings": "findings_page",
    "Report": "report_page",
    "Learn": "learn.page",
    "Follow_up": "follow_up_page",
    "Maps": "maps.page",
    "Evidence": "evidence.page",
    "Validation": "validation_page",
    "Self_check": "self_check_page",
}
"""The room of each page by its address, in the order in which they are wanted first."""
LATE = {"Clinic": "clinic.page"}
"""Its index of exams costs each server 20 MiB and half a second of the start: loaded with the first visit."""
GIVE_WAY_S = 0.001
"""Between two steps, so that who waits for one comes in."""
_LOADING = Lock()


def load() -> None:
    """Load what any page needs, but those that are loaded late; at once where it is loaded."""
    for _ in steps():
        pass


def _nobody() -> str | None:
    return None


def steps(wait: Callable[[], str | None] = _nobody) -> Iterator[str]:
    """Load what any page needs, one part after the other; each is named when it is loaded.

    Parameters
    ----------
    wait : callable
        Called before each part that no first page needs; comes back when nobody waits for an answer, or with the
        address of a page that was opened meanwhile, which is then loaded before all else.
    """
    yield from _first()
    for name in (*BELOW, *(f"ironreport.ui.{room}" for room in (SAMPLE, *ROOMS.values()))):
        while (address := wait()) is not None:
            load_for(address)
            yield address
        time.sleep(GIVE_WAY_S)
        _module(name)
        yield name


def load_first() -> None:
    """Load what every page needs, and the first one."""
    for _ in _first():
        pass


def load_for(address: str) -> None:
    """Load what the page at this address needs."""
    named = ROOMS | LATE
    if address in named:
        room(named[address])


def load_fits() -> None:
    """Load what fits a curve; for whoever assesses an exam that holds one."""
    _module(FITS)


def load_clinic() -> None:
    """Load the index of a clinic's exams; for whoever opens one or asks it."""
    _module("ironreport.clinic")


def load_self_check() -> None:
    """Load what checks every way out of the program; for whoever runs it."""
    _module("ironreport.selfcheck.running")


def room(name: str) -> ModuleType:
    """A module of the pages, loaded now if it was not yet."""
    return _module(f"ironreport.ui.{name}")


def _first() -> Iterator[str]:
    for name in FIRST:
        _module(f"ironreport.{name}")
        yield name
    with _LOADING:
        import_module("ironreport.knowledge").published_knowledge()
    yield "published_knowledge"


def _module(name: str) -> ModuleType:
    with _LOADING:
        return import_module(name)
