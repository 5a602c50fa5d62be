"""What a move of a slider costs in the simulator: ``python -m benchmarks.simulator [--chromium PATH]``.

Said are the processor time of what is computed, and in a real browser the time from the key to the new numbers on the
page, which holds everything between. The goal is 150 ms on a quiet computer.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.workbench import running_app
from ironreport.knowledge import published_knowledge
from ironreport.teaching.protocol_power import protocol_power
from ironreport.teaching.simulator import Scan, readings

N = 20
WATCH = """() => {
  const read = () => document.body.innerText.match(/Truth: T2\\* [\\d.]+ ms/)?.[0];
  const before = read();
  [window.moved, window.shown] = [performance.now(), null];
  const observer = new MutationObserver(() => {
    if (read() === before) return;
    window.shown = performance.now();
    observer.disconnect();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def cost_ms(act: Callable[[], object]) -> float:
    """Median processor time [ms]."""
    act()
    found = []
    for _ in range(N):
        began = time.process_time()
        act()
        found.append(1000.0 * (time.process_time() - began))
    return statistics.median(found)


def move_ms(page: Page) -> float:
    """From the key on the slider to the new numbers on the page [ms]."""
    slider = page.get_by_role("slider", name="True T2*")
    page.evaluate(WATCH)
    slider.press("ArrowRight")
    while page.evaluate("window.shown") is None:
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
    return float(page.evaluate("window.shown - window.moved"))


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    wanted = parser.parse_args()
    knowledge = published_knowledge()
    print(f"five models: {cost_ms(lambda: readings(Scan())):.1f} ms of processor")
    print(f"what a protocol can measure: {cost_ms(lambda: protocol_power(Scan(), 'liver', knowledge)):.1f} ms")
    with running_app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{url}/Learn")
        page.get_by_text("Simulator", exact=True).first.click()
        expect(page.get_by_text("Truth: T2* 3 ms")).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1500)
        moves = sorted(move_ms(page) for _ in range(N))
        browser.close()
    print(f"key to numbers on the page: median {statistics.median(moves):.0f} ms, {moves[0]:.0f} to {moves[-1]:.0f}")


if __name__ == "__main__":
    main()
