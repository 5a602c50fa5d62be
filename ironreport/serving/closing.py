"""The app of one person ends when its window is closed, where it was started so: nothing of it is left running."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Any

from streamlit.runtime import Runtime

LOOK_S = 1.0
GRACE_S = 60.0
"""A reload, a sleeping laptop and a tab that was closed by mistake are back within it."""


class LastWindow:
    """Tells when the last window has been closed for long enough; before the first one was open it never is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen_s: float | None = None

    def is_gone(self, n_open: int) -> bool:
        """Whether nobody has been there for the time of grace; ``n_open`` windows are open now."""
        now = self._clock()
        if n_open:
            self._seen_s = now
        return self._seen_s is not None and now - self._seen_s > GRACE_S


async def end_with_the_last_window() -> None:
    """Stop the server, as Ctrl+C does, once the last window is gone."""
    window = LastWindow()
    while not window.is_gone(n_windows(Runtime.instance())):
        await asyncio.sleep(LOOK_S)
    print("IronReport: the last window was closed.", flush=True)
    signal.raise_signal(signal.SIGINT)


def n_windows(runtime: Any) -> int:
    """Open windows; one, so that nothing ends, where a version of Streamlit counts them elsewhere."""
    count = getattr(getattr(runtime, "_session_mgr", None), "num_active_sessions", None)
    return int(count()) if callable(count) else 1
