"""Pages take turns: one interpreter draws a few of them soon, or many of them late.

Each run of a page is a thread. Many at once hinder each other, as each gives way at every element it sends. So a few
run and the others wait, first come first served. What takes long gives its place away meanwhile; what also takes much
memory, such as reading images, takes turns with its like.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

AT_A_TIME = 2
LONG_AT_A_TIME = 1


class Places:
    """Places for a few; who waited longest gets the next one.

    A semaphore of Python's lets whoever comes at the right moment in before those that wait, and where many come, some
    wait for all of them.
    """

    def __init__(self, n: int) -> None:
        self._lock, self._n_free = Lock(), n
        self._waiting: deque[Lock] = deque()

    def take(self, *, wait: bool = True) -> bool:
        """Take a place; whether there was one. Without ``wait`` there may be none."""
        with self._lock:
            if self._n_free:
                self._n_free -= 1
                return True
            if not wait:
                return False
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # until somebody hands their place over
        return True

    def give_back(self) -> None:
        """Hand the place to who waited longest, else leave it free."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._n_free += 1

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give_back()


_PAGES = Places(AT_A_TIME)
_LONG = Places(LONG_AT_A_TIME)
_here = local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a place, and hold it until the page is drawn."""
    with _PAGES:
        _here.held = True
        try:
            yield
        finally:
            _here.held = False


@contextmanager
def beside() -> Iterator[None]:
    """Let other pages go on while this one does something long, perhaps for minutes."""
    if not getattr(_here, "held", False):  # a fragment, or a page that a test opened: it holds no place
        yield
        return
    _here.held = False
    _PAGES.give_back()
    try:
        yield
    finally:
        _PAGES.take()
        _here.held = True


@contextmanager
def aside() -> Iterator[None]:
    """The same for something long and large of one exam; it takes turns with what is so elsewhere."""
    with beside(), _long():
        yield


@contextmanager
def _long() -> Iterator[None]:
    with _LONG:
        try:
            yield
        finally:
            gc.collect()  # what it left behind may be as large as an exam; the next one shall find the room
