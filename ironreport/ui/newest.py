"""What a page holds last, for downloads that begin while it is being drawn anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from ironreport.errors import ReportError

T = TypeVar("T")


class Newest(Generic[T]):
    """The newest state of something that downloads are made of.

    A click on a button also ends the typing in a field: the file is asked for before what was typed has arrived, and
    would be made without it. So a download waits for a run that the same click may have caused, then for its end.
    ``under_way`` is held while a run changes ``held``.
    """

    GRACE_S = 0.3

    def __init__(self) -> None:
        self.under_way = Lock()
        self.held: T | None = None

    def make(self, make: Callable[[T], bytes]) -> bytes:
        """The bytes of what was held last."""
        time.sleep(self.GRACE_S)
        with self.under_way:
            held = self.held
        if held is None:
            raise ReportError("NOT_DESCRIBED", "There is nothing to write yet.", "Open the page again.")
        return make(held)
