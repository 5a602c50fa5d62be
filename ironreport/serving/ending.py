"""The line to a browser is cut when its visit ends: no click is needed for it, and none comes through."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Send

from ironreport.serving.browser_visits import BrowserVisit, BrowserVisits

SIGNED_OUT = 1008


class EndingLine:
    """A websocket that lasts as long as a visit.

    Parameters
    ----------
    visits, visit
        Who knows when it ends, and whose it is. What the browser sends keeps the visit alive.
    receive, send
        The line as the server gives it.
    """

    def __init__(self, visits: BrowserVisits, visit: BrowserVisit, receive: Receive, send: Send) -> None:
        self.visits, self.visit = visits, visit
        self._receive, self._send = receive, send
        self._next: asyncio.Task[Message] | None = None
        self._open = self._cut = False

    async def receive(self) -> Message:
        """What the browser sends, or that it has gone."""
        ended = asyncio.ensure_future(self.visit.ended.wait())
        try:
            while not self._cut:
                self._next = self._next or asyncio.ensure_future(self._receive())
                left_s = self.visits.left_s(self.visit)
                if left_s > 0:
                    await asyncio.wait({self._next, ended}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
                if self.visits.left_s(self.visit) <= 0:
                    await self._cut_off()
                elif self._next.done():
                    message, self._next = self._next.result(), None
                    if message["type"] == "websocket.receive":
                        self.visits.touch(self.visit)
                    return message
            return {"type": "websocket.disconnect", "code": SIGNED_OUT, "reason": ""}
        finally:
            ended.cancel()

    async def send(self, message: Message) -> None:
        """Hand on to the browser; once it is cut off, as if it had gone."""
        if self._cut:
            raise OSError("signed out")
        self._open = self._open or message["type"] == "websocket.accept"
        await self._send(message)

    async def _cut_off(self) -> None:
        self._cut = True
        self.visits.end(self.visit)
        if self._next is not None:
            self._next.cancel()
        if self._open:
            await self._send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "signed out"})
