"""Closed tabs are forgotten on time, and the memory of what was forgotten goes back to the system.

Streamlit drops a closed session when somebody else connects, which may be never on a computer of one person. And the
C library keeps freed memory for later, hundreds of megabytes after an exam of images. What holds itself, as images in a
script that has ended do, is looked for here too: after each page, as Streamlit would, fifty people would wait for it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.runtime import Runtime

EVERY_S = 5.0
CHANGED_MIB = 8.0
"""A process that is as large as the last time has nothing to give back."""
PAGE_KIB = 4
WORKED_S = 0.02
"""Less processor time than any page takes: nothing was drawn, so there is no new garbage."""


async def forget_closed_sessions() -> None:
    """Look for what has expired, as long as the server runs."""
    trimmed_mib = worked_s = 0.0
    dropped = False
    while True:
        await asyncio.sleep(EVERY_S)
        before = dropped  # the loop of Streamlit that held a session lets go of it a moment later
        try:
            dropped = drop_expired(Runtime.instance())
        except AttributeError:  # a version of Streamlit that keeps them elsewhere drops them in its own time
            dropped = False
        if dropped or before or time.process_time() - worked_s > WORKED_S:
            gc.collect()  # sessions and their scripts hold each other
            worked_s = time.process_time()
        if dropped or before or abs(resident_mib() - trimmed_mib) > CHANGED_MIB:
            give_back()
            trimmed_mib = resident_mib()


def drop_expired(runtime: Any) -> bool:
    """Let go of the sessions whose tab is closed for longer than ``disconnectedSessionTTL``; whether there were any.

    Streamlit has no public name for it. Where a version of it keeps them elsewhere, it drops them in its own time.
    """
    manager = getattr(runtime, "_session_mgr", None)
    closed = getattr(getattr(manager, "_session_storage", None), "_cache", None)
    expired = closed.expire() if closed is not None else []
    for _, held in expired:
        held.session.shutdown()
        # Streamlit's idle loop still points to the session it looked at last: what that holds must go, not only itself
        held.session.session_state.clear()
        held.session.session_state._new_widget_state.widget_metadata.clear()
        held.session._fragment_storage.clear()
    return bool(expired)


def resident_mib() -> float:
    """Memory of this process that is in RAM; 0 where the system does not tell it this way."""
    told = Path("/proc/self/statm")
    return int(told.read_text(encoding="ascii").split()[1]) * PAGE_KIB / 1024 if sys.platform == "linux" else 0.0


def give_back() -> None:
    """Return freed memory to the system, where its C library can."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
