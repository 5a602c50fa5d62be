"""One function over many items, in this process or in several; a process that ends takes no other item with it."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

AHEAD = 2
"""Items handed out for each process, so that none waits and few are begun again where one ends."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def over_processes(
    work: Callable[[Item], Made], items: Sequence[Item], n_workers: int, lost: Callable[[Item], Made]
) -> Iterator[tuple[int, Made]]:
    """Number of each item and what was made of it, as they are done.

    Parameters
    ----------
    lost : callable
        What stands for an item whose process ended twice: it is tried once more alone.
    """
    if n_workers <= 1 or len(items) <= 1:
        yield from ((n, work(item)) for n, item in enumerate(items))
        return
    for name in ONE_THREAD:  # read by the processes as they begin; each has a core of its own
        os.environ.setdefault(name, "1")
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    waiting = deque(range(len(items)))
    suspects: list[int] = []
    while waiting:
        done, begun = yield from _until_broken(work, items, waiting, n_workers)
        suspects += sorted(begun - done)
    for n in suspects:  # one of them ended its process: each alone, so that the others are told from it
        yield n, _alone(work, items[n], lost)


def _pool(n_workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context("spawn"))


def _until_broken(
    work: Callable[[Item], Made], items: Sequence[Item], waiting: deque[int], n_workers: int
) -> Generator[tuple[int, Made], None, tuple[set[int], set[int]]]:
    """What is made until all is done or a process ends; gives back what was done and what was begun."""
    done: set[int] = set()
    begun: set[int] = set()
    with _pool(n_workers) as pool:
        under_way: dict[Future[Made], int] = {}
        while waiting or under_way:
            try:
                while waiting and len(under_way) < AHEAD * n_workers:
                    n = waiting.popleft()
                    begun.add(n)
                    under_way[pool.submit(work, items[n])] = n
                ended, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in ended:
                    made = future.result()
                    n = under_way.pop(future)
                    done.add(n)
                    yield n, made
            except BrokenProcessPool:
                break
    return done, begun


def _alone(work: Callable[[Item], Made], item: Item, lost: Callable[[Item], Made]) -> Made:
    with _pool(1) as pool:
        try:
            return pool.submit(work, item).result()
        except BrokenProcessPool:
            return lost(item)
