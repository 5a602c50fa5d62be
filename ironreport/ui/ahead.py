"""Every room of the app and the knowledge, loaded before they are asked for.

The server does it once while nobody waits; whoever comes earlier waits here instead of loading beside it, as modules
that need each other must not be loaded by two threads at once. It goes in small steps, so that a server that is stopped
meanwhile need not wait for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from threading import Lock

from ironreport.knowledge import published_knowledge

BELOW = (
    "pandas",
    "scipy.optimize",
    "pydicom",
    "ironreport.relaxometry",
    "ironreport.intake",
    "ironreport.assess",
    "ironreport.report",
    "ironreport.exam",
    "ironreport.canvas",
    "ironreport.report.pdf",
)
"""What the first room needs, in steps of a quarter of a second."""
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
    "validation_page",
    "self_check_page",
)
LATE = ("clinic.page",)
"""Its index of exams costs each server 20 MiB and half a second of the start: loaded with the first visit."""
_LOADING = Lock()


def load() -> None:
    """Load what any page needs; at once where it is loaded."""
    for _ in steps():
        pass


def steps() -> Iterator[str]:
    """Load what any page needs, one part after the other; each is named when it is loaded."""
    for name in (*BELOW, *(f"ironreport.ui.{room}" for room in ROOMS)):
        with _LOADING:
            import_module(name)
        yield name
    with _LOADING:
        published_knowledge()
    yield "knowledge"


def load_late(room: str) -> None:
    """Load one of ``LATE``."""
    with _LOADING:
        import_module(f"ironreport.ui.{room}")
