"""Who is signed in, since when, and when that ends. Kept in memory: after a new start everybody signs in again."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MOST_OF_A_PERSON = 20
"""Browsers of one person; of more, the one seen longest ago is signed out."""


@dataclass(slots=True, eq=False)
class BrowserVisit:
    """One browser of one person, signed in.

    Parameters
    ----------
    person
        The name.
    proof
        What the sign-in rests on (a stored hash, a cookie of another party); when it changes, the visit is over.
    began_s, seen_s
        Readings of the clock.
    ended
        Set when it is over, for those who wait.
    """

    person: str
    proof: Hashable
    began_s: float
    seen_s: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class BrowserVisits:
    """All that are signed in, by a digest of the cookie, so that nothing here lets anybody in.

    Parameters
    ----------
    idle_s, longest_s
        A visit ends after so many seconds without a click, and after so many in all.
    spends
        Whether the proof of a visit that has ended begins no other: the cookie of another party would open the next
        one by itself.
    clock
        Gives seconds.
    """

    def __init__(
        self, idle_s: float, longest_s: float, *, spends: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.idle_s, self.longest_s, self.spends, self.clock = idle_s, longest_s, spends, clock
        self._held: dict[bytes, BrowserVisit] = {}
        self._spent: dict[Hashable, float] = {}

    def begin(self, person: str, proof: Hashable) -> str | None:
        """Begin a visit; what comes back is the value of its cookie, None where the proof is of one that has ended."""
        self._sweep()
        if proof in self._spent:
            return None
        own = [key for key, visit in self._held.items() if visit.person == person]
        for key in sorted(own, key=lambda key: self._held[key].seen_s)[: max(0, len(own) - MOST_OF_A_PERSON + 1)]:
            self._held.pop(key).ended.set()
        cookie, now = secrets.token_urlsafe(32), self.clock()
        self._held[_digest(cookie)] = BrowserVisit(person, proof, now, now)
        return cookie

    def find(self, cookie: str) -> BrowserVisit | None:
        """The visit of a cookie, if it lasts."""
        key = _digest(cookie)
        visit = self._held.get(key)
        if visit is not None and self.left_s(visit) <= 0:
            self._end(key)
            return None
        return visit

    def touch(self, visit: BrowserVisit) -> None:
        """Somebody is there."""
        visit.seen_s = self.clock()

    def left_s(self, visit: BrowserVisit) -> float:
        """Seconds until the visit ends by itself; none once it has ended."""
        if visit.ended.is_set():
            return 0.0
        now = self.clock()
        return min(visit.seen_s + self.idle_s, visit.began_s + self.longest_s) - now

    def end(self, visit: BrowserVisit) -> None:
        """Sign out."""
        for key in [key for key, held in self._held.items() if held is visit]:
            self._end(key)

    def _end(self, key: bytes) -> None:
        visit = self._held.pop(key)
        visit.ended.set()
        if self.spends:
            self._spent[visit.proof] = self.clock()

    def _sweep(self) -> None:
        for key in [key for key, visit in self._held.items() if self.left_s(visit) <= 0]:
            self._end(key)
        oldest = self.clock() - self.longest_s  # the other party's cookie is not taken for longer than that
        self._spent = {proof: spent_s for proof, spent_s in self._spent.items() if spent_s >= oldest}


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
