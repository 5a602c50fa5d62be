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

from playwright.sync_api import BrowserContext, Page

from benchmarks.scorecard.walk import Seen, browsing, served

N_RUNS = 5
TICKS_PER_S = 100
READS_MS = 3000
"""Nobody presses a button of a page before it was looked at."""
LONGEST_S = 60.0
DOOR, SECOND = "I have numbers", "Signals"
WATCH = """(() => {
  const seen = (window.seenAt = {});
  const heading = (name) => [...document.querySelectorAll("h2")].find((one) => one.innerText.trim() === name);
  let before = "";
  const takesClicks = () => {
    const door = [...document.querySelectorAll("a")].find((one) => one.innerText.includes("DOOR"));
    if (!door) return false;
    const { x, y, width, height } = door.getBoundingClientRect();
    const place = [x, y, width, height].join();
    const rests = place === before;  // as it was a frame ago
    before = place;
    return rests && width > 0 && door.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  };
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const look = () => {
    if (heading("IronReport")) seen.heading ??= now();
    if (seen.heading && takesClicks()) seen.usable ??= now();
    if (heading("SECOND")) seen.second ??= now();
    requestAnimationFrame(look);
  };
  document.addEventListener("pointerdown", () => (seen.pressed ??= now()), true);
  requestAnimationFrame(look);
})()""".replace("DOOR", DOOR).replace("SECOND", SECOND)
"""Looked at in each frame: who asks from outside asks every second."""


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
        before, began = _cpu_s(browser_pids), time.time()
        with served(Path(place), every_s=0.005) as server:
            listens = time.time() - began
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(server.url, wait_until="commit")
            first = _seen(page, "usable")
            server_cpu, browser_cpu = _cpu_s({server.process.pid}), _cpu_s(browser_pids) - before
            page.wait_for_timeout(READS_MS)
            page.get_by_role("link", name=DOOR).click()
            second = _seen(page, "second")
            page.close()
    return Start(
        listens, first["heading"] - began, first["usable"] - began, second["second"] - second["pressed"],
        server_cpu, browser_cpu,
    )  # fmt: skip


def _seen(page: Page, what: str) -> dict[str, float]:
    """When what was seen, once it was."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        seen: dict[str, float] = page.evaluate("window.seenAt ?? {}")
        if what in seen:
            return seen
        page.wait_for_timeout(50)
    raise SystemExit(f"Not seen: {what}.")


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
