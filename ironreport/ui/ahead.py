"""Every room of the app and the knowledge, loaded before they are asked for.

The server does it once while nobody waits; whoever comes earlier waits here instead of loading beside it, as modules
that need each other must not be loaded by two threads at once.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock

from ironreport.knowledge import published_knowledge

ROOMS = (
    "panel",
    "start_page",
    "signals_page",
    "workbench.page",
    "findings_page",
    "report_page",
    "maps.page",
    "quick.page",
    "follow_up_page",
    "evidence.page",
    "learn.page",
    "clinic.page",
    "validation_page",
    "self_check_page",
)
_LOADING = Lock()


def load() -> None:
    """Load what any page needs; at once where it is loaded."""
    with _LOADING:
        for room in ROOMS:
            import_module(f"ironreport.ui.{room}")
        published_knowledge()
