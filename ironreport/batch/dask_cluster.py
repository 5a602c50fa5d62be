"""The same over the workers of a Dask scheduler; needs the extra ``cluster``, and files that every worker sees."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, TypeVar

from ironreport.errors import IronReportError

Item = TypeVar("Item")
Made = TypeVar("Made")

CONNECT_S = 20
RETRIES = 3
"""Workers that may end under one item before it counts as lost."""


def over_cluster(
    work: Callable[[Item], Made], items: Sequence[Item], address: str, lost: Callable[[Item], Made]
) -> Iterator[tuple[int, Made]]:
    """Number of each item and what was made of it, as they are done; what a worker lost another one makes.

    Raises
    ------
    IronReportError
        ``NO_DASK`` without the extra, ``NO_SCHEDULER`` where none answers, ``NO_WORKER`` where nobody works for it.
    """
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError:
        raise IronReportError(
            "NO_DASK", "A run on a cluster needs the package distributed, which is not installed.",
            "Run: pip install 'ironreport[cluster]', here and on every worker.",
        ) from None  # fmt: skip
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise IronReportError(
            "NO_SCHEDULER", "No Dask scheduler answers at this address.", "Start it, or use --workers."
        ) from None
    with client:
        _wait_for_a_worker(client)
        run = uuid.uuid4().hex  # a scheduler gives whoever asks for a key what anybody made under it
        futures = {
            client.submit(work, item, pure=False, retries=RETRIES, key=f"ironreport-{run}-{n}"): n
            for n, item in enumerate(items)
        }
        for future in distributed.as_completed(list(futures), loop=client.loop):
            n = futures[future]
            yield n, lost(items[n]) if future.status == "error" else future.result()
            future.release()


def _wait_for_a_worker(client: Any) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError:
        raise IronReportError(
            "NO_WORKER", "The Dask scheduler answers, but nobody works for it.", "Start workers: dask worker ADDRESS."
        ) from None
