"""What is loaded before the first visitor comes, and what is then left out of every search for garbage.

Streamlit looks through all objects of the process after each run of a page. Most of them are the libraries and the
knowledge, which stay as they are until the server ends: looking at them took longer than the page itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from threading import Event
from typing import Any

from ironreport.serving.stillness import STILLNESS

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]
Waiting = Callable[[], str | None]
"""Called before what nobody waits for yet: comes back when nobody is answered, or with the address of a page opened."""
Loading = Callable[[Waiting], Iterable[object]]
"""What loads step by step, so that a server that is stopped need not wait for the rest."""

M_ARENA_MAX = -8
ARENAS = 2
"""Every run is a thread of its own, and the C library would give each its own heap, none of them ever full."""
M_MMAP_THRESHOLD = -3
OWN_MAPPING_BYTES = 1024**2
"""Larger blocks go back to the system when they are freed; without it the C library soon keeps them all in its heap."""
GIVE_WAY_S = 0.0005
"""A page gives way at each of its hundred elements, and waits this long for a thread that only computes."""


def settled(lifespan: Lifespan, load: Loading) -> Lifespan:
    """A server's ``lifespan`` that also loads what visitors will need, while it already answers."""

    @asynccontextmanager
    async def and_loading(app: Any) -> AsyncIterator[None]:
        few_heaps()
        sys.setswitchinterval(GIVE_WAY_S)
        stopping = Event()
        async with lifespan(app):
            loading = asyncio.create_task(asyncio.to_thread(settle, load, stopping))
            try:
                yield
            finally:
                stopping.set()
                await asyncio.wait({loading})  # for one step of it

    return and_loading


def settle(load: Loading, stopping: Event) -> None:
    """Load, and take what is there by then out of every later search for garbage; less where the server stops."""
    for _ in load(partial(STILLNESS.wait, stopping)):
        if stopping.is_set():
            return
    gc.collect()
    gc.freeze()


def few_heaps() -> None:
    """Let the threads of the server share their heaps, where its C library can."""
    if sys.platform == "linux":
        choose = getattr(ctypes.CDLL(None), "mallopt", None)
        if choose is not None:
            choose(M_ARENA_MAX, ARENAS)
            choose(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES)
