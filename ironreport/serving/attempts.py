"""How often a sign-in may be tried: some times at once, then ever more slowly."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

FREE = 5
FORGOTTEN_S = 3600.0
MOST_KEPT = 20_000


class Attempts:
    """Failed attempts by key: a name, or the computer they come from.

    Parameters
    ----------
    most_s
        The longest wait. For names it is short: otherwise anybody could keep a colleague out by mistyping for them.
    clock
        Gives seconds.
    """

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most_s, self.clock = most_s, clock
        self._failed: dict[str, tuple[int, float]] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until the next attempt is heard; 0 for now."""
        n, last_s = self._failed.get(key, (0, 0.0))
        if n < FREE:
            return 0.0
        pause_s = min(self.most_s, 2.0 ** min(n - FREE, 30))
        return max(0.0, last_s + pause_s - self.clock())

    def count(self, key: str) -> None:
        """Note an attempt, before it is judged: many at once are many."""
        now = self.clock()
        n, last_s = self._failed.pop(key, (0, now))
        self._failed[key] = (n + 1 if now - last_s < FORGOTTEN_S else 1, now)
        while len(self._failed) > MOST_KEPT:
            self._failed.pop(next(iter(self._failed)))

    def forgive(self, key: str) -> None:
        """It was the right person."""
        self._failed.pop(key, None)


def computer(address: str) -> str:
    """What counts as one computer: an address, or of the long kind the network that one household gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(IPv6Address(int(parsed) >> 64 << 64)) if isinstance(parsed, IPv6Address) else str(parsed)
