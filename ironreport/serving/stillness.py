"""Whether anybody waits for an answer just now, and for which page: what is not urgent is done when nobody does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Event
from time import monotonic

STILL_S = 1.0
"""A browser that opens the app is silent for half a second, while it compiles what it fetched."""
EVERY_S = 0.05
LONGEST_S = 5.0
"""A server that is never still must load all the same, and soon: until then every search for garbage walks through all
libraries. Of a hundred people who came at once, one in twenty waited 3.4 to 4.5 s where this was half a minute."""
MOST_ASKED = 100


class Stillness:
    """When somebody was last answered, and the addresses of pages that were opened since they were last taken."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._until = clock, clock() + LONGEST_S
        self._answered = float("-inf")
        self._asked: deque[str] = deque(maxlen=MOST_ASKED)

    def answered(self) -> None:
        """Note that something was sent to a browser."""
        self._answered = self._clock()

    def asked(self, address: str) -> None:
        """Note that a browser opens a page, by the last part of its address."""
        self._asked.append(address)

    def wait(self, stopping: Event) -> str | None:
        """Wait until nobody was answered for a while, or until a page is asked for: then its address comes back."""
        while not stopping.is_set():
            if self._asked:
                return self._asked.popleft()
            now = self._clock()
            if now - self._answered >= STILL_S or now >= self._until:
                return None
            stopping.wait(EVERY_S)
        return None


STILLNESS = Stillness()
"""That of this process: it serves the app to everybody."""
