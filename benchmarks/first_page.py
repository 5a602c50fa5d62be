"""From the start of the server's process to a first page that can be used: ``python -m benchmarks.first_page``.

The browser is open already, as on a computer where somebody works, and knows nothing of the app: an empty profile asks
for the page the moment the server says that it listens. Usable is the page once its heading is seen and a door would
take a click. The second page is opened by that door. Beside the wall clock stand the processor seconds of server and
browser, which do not change with what else the computer does.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from benchmarks.scorecard.walk import Seen, browsing, served

N_RUNS = 5
TICKS_PER_S = 100
DOOR, SECOND = "I have numbers", "Signals"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one start, all from the start of the process but ``second_s``."""

    listens_s: float
    heading_s: float
    usable_s: float
    second_s: float
    server_cpu_s: float
    browser_cpu_s: float


def one_start(context: BrowserContext, browser_pids: set[int]) -> Start:
    """Start a server, open its first page and, by a door, the second one."""
    with tempfile.TemporaryDirectory() as place:
        before, began = _cpu_s(browser_pids), time.perf_counter()
        with served(Path(place), every_s=0.005) as server:
            listens = time.perf_counter() - began
            page = context.new_page()
            page.goto(server.url, wait_until="commit")
            expect(page.get_by_role("heading", name="IronReport", exact=True)).to_be_visible()
            heading = time.perf_counter() - began
            door = page.get_by_role("link", name=DOOR)
            door.click(trial=True)
            usable = time.perf_counter() - began
            server_cpu, browser_cpu = _cpu_s({server.process.pid}), _cpu_s(browser_pids) - before
            page.wait_for_timeout(3000)
            began = time.perf_counter()
            door.click()
            expect(page.get_by_role("heading", name=SECOND, exact=True)).to_be_visible()
            second = time.perf_counter() - began
            page.close()
    return Start(listens, heading, usable, second, server_cpu, browser_cpu)


def starts(n_runs: int) -> Iterator[Start]:
    """Each with a browser of its own, whose cache is empty."""
    for _ in range(n_runs):
        others = _chromium_pids()
        with browsing(Seen()) as context:
            page = context.new_page()  # a browser that somebody has open has drawn a page before
            page.goto("about:blank")
            yield one_start(context, _chromium_pids() - others)


def _chromium_pids() -> set[int]:
    names = ((path.parent.name, path) for path in Path("/proc").glob("[0-9]*/comm"))
    return {int(pid) for pid, path in names if "chrom" in _read(path)}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _cpu_s(pids: set[int]) -> float:
    """Processor seconds that processes have taken, of those that still run."""
    told = (_read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split() for pid in pids)
    return sum(int(one[11]) + int(one[12]) for one in told if one) / TICKS_PER_S


def main() -> None:
    """Print each start and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=N_RUNS)
    measured = []
    names = [one.name for one in fields(Start)]
    print(*(f"{name:>14}" for name in names))
    for start in starts(parser.parse_args().runs):
        measured.append(start)
        print(*(f"{value:14.2f}" for value in astuple(start)), flush=True)
    print(*(f"{statistics.median(column):14.2f}" for column in zip(*map(astuple, measured), strict=True)), "median")


if __name__ == "__main__":
    main()
