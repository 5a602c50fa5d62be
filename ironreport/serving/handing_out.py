"""A file that was made for a click stays until the browser had time to fetch it.

Streamlit makes it when the button is pressed, tells the browser where it lies, and throws away what no page shows: at
the first end of any page of anybody it marks the file, at the second it deletes it. Where many people click, or tabs
that were closed expire together, both may come before the browser does, and the download fails.
"""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import Any

STAYS_S = 10.0
"""A browser at work fetches within a tenth of a second, one on a busy computer within a few."""
_made_at_s: dict[str, float] = {}


def let_downloads_stay(manager: Any) -> None:
    """Let a file manager of Streamlit keep what a click has just made; it has no public way for it.

    A version of Streamlit that does it otherwise is left as it is.
    """
    execute, unused = getattr(manager, "execute_deferred", None), getattr(manager, "_get_inactive_file_ids", None)
    if execute is None or unused is None:
        return

    def made(file_id: str) -> str:
        address = str(execute(file_id))
        _made_at_s[PurePosixPath(address).stem] = time.monotonic()
        return address

    def unused_for_long() -> set[str]:
        oldest_s = time.monotonic() - STAYS_S
        for name in [name for name, at_s in list(_made_at_s.items()) if at_s < oldest_s]:
            _made_at_s.pop(name, None)
        return set(unused()) - _made_at_s.keys()

    manager.execute_deferred, manager._get_inactive_file_ids = made, unused_for_long


def let_go() -> None:
    """Hold nothing any longer: an exam ended, and what was printed of it goes with it."""
    _made_at_s.clear()
