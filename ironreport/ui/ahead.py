"""Every room of the app and the knowledge, loaded before they are asked for, those of the first page before all others.

The server does it once while nobody waits. Whoever comes earlier waits here for the room of their page and for no
other, instead of loading beside it, as modules that need each other must not be loaded by two threads at once.
"""

from __future__ import annotations

import time
from importlib import import_module
from threading import Lock
from types import ModuleType

from ironreport.knowledge import published_knowledge

FIRST = ("panel", "start_page")
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
    "Clinic": "clinic.page",
    "Validation": "validation_page",
    "Self_check": "self_check_page",
}
"""The room of each page by its address, in the order in which they are wanted first."""
GIVE_WAY_S = 0.001
"""Between two rooms, so that who waits for one comes in."""
_LOADING = Lock()


def load() -> None:
    """Load what any page needs; at once where it is loaded."""
    load_first()
    for name in (SAMPLE, *ROOMS.values()):
        time.sleep(GIVE_WAY_S)
        room(name)


def load_first() -> None:
    """Load what every page needs, and the first one."""
    for name in FIRST:
        room(name)
    with _LOADING:
        published_knowledge()


def load_for(address: str) -> None:
    """Load what the page at this address needs."""
    if address in ROOMS:
        room(ROOMS[address])


def room(name: str) -> ModuleType:
    """A module of the pages, loaded now if it was not yet."""
    with _LOADING:
        return import_module(f"ironreport.ui.{name}")
