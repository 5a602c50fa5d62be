"""Whose a picture, a download or an upload is: the browser's that was told its address.

Addresses reach a browser through the socket of its own page only, so what was sent there is noted, and nobody else is
answered. That asks nothing of Streamlit but the form of its addresses.
"""

from __future__ import annotations

import re

OF_A_FILE = re.compile(r"/media/[0-9a-f]{32,}|/_stcore/upload_file/[0-9a-f-]{36}/[0-9a-f-]{32,}")
_IN_A_MESSAGE = re.compile(OF_A_FILE.pattern.encode())
MOST_BROWSERS = 2_000
MOST_OF_A_BROWSER = 5_000


class Told:
    """Addresses of files, by the cookie of the browser that was told them; the oldest are forgotten."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, None]] = {}

    def note(self, cookie: str, message: bytes) -> None:
        """Remember the addresses in a message to the browser with this cookie."""
        found = _IN_A_MESSAGE.findall(message)
        if not found:
            return
        own = self._told.pop(cookie, {})
        self._told[cookie] = own
        for address in (one.decode() for one in found):
            own.pop(address, None)
            own[address] = None
        _keep(own, MOST_OF_A_BROWSER)
        _keep(self._told, MOST_BROWSERS)

    def knows(self, cookie: str, path: str) -> bool:
        """Whether the browser with this cookie was told this address; an ending such as ``.pdf`` is no part of it."""
        found = OF_A_FILE.match(path)
        return found is not None and found[0] in self._told.get(cookie, {})


def _keep(held: dict[str, None] | dict[str, dict[str, None]], most: int) -> None:
    while len(held) > most:
        held.pop(next(iter(held)))
