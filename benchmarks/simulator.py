"""What a move of a slider costs in the simulator: ``python -m benchmarks.simulator [--chromium PATH]``.

Said are the processor time of what is computed and, in a real browser, the time from the key on the slider to the frame
that shows the new picture, which holds everything between. The goal is 150 ms.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.workbench import running_app, settled
from ironreport.knowledge import published_knowledge
from ironreport.teaching.protocol_power import protocol_power
from ironreport.teaching.simulator import Scan, readings

N = 10
GOAL_MS, QUIET_MS, MOST_S = 150, 300, 10
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
KEYS = ("ArrowRight", "ArrowLeft")
SLIDERS = ("True T2*", "First TE", "Number of echoes", "Noise SD")
WATCH = """() => {
  [window.moved, window.drawn] = [null, null];
  addEventListener("keydown", () => { window.moved = performance.now(); }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    if (!window.moved) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.drawn = performance.now(); });
  });
  const picture = document.querySelector("[data-testid=stVegaLiteChart]");
  observer.observe(picture, { subtree: true, childList: true, attributes: true, attributeFilter: ["d", "transform"] });
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


def move_ms(page: Page, slider: str, key: str = "ArrowRight") -> float:
    """From the key on a slider to the frame with the new picture [ms]."""
    page.evaluate(WATCH)
    page.get_by_role("slider", name=slider).press(key)
    until = time.monotonic() + MOST_S
    page.wait_for_timeout(QUIET_MS)  # asking the browser takes time from it
    while page.evaluate("window.drawn") is None and time.monotonic() < until:
        page.wait_for_timeout(QUIET_MS)
    settled(page)
    return float(page.evaluate("window.drawn - window.moved"))


def say_moves(page: Page, view: str) -> None:
    """Move each slider and say how long it took; the first move of a page is not counted."""
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg .mark-line path").first).to_be_attached(timeout=60_000)
    settled(page)
    move_ms(page, SLIDERS[0])
    for slider in SLIDERS:
        moves = sorted(move_ms(page, slider, KEYS[i % 2]) for i in range(N))
        within = sum(move <= GOAL_MS for move in moves)
        said = f"median {statistics.median(moves):.0f} ms, {moves[0]:.0f} to {moves[-1]:.0f}"
        print(f"{view}, {slider}: {said}; {within} of {N} within {GOAL_MS} ms")


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    wanted = parser.parse_args()
    knowledge = published_knowledge()
    print(f"five models: {cost_ms(lambda: readings(Scan())):.1f} ms of processor")
    print(f"what a protocol can measure: {cost_ms(lambda: protocol_power(Scan(), 'liver', knowledge)):.1f} ms")
    with running_app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        page.goto(f"{url}/Learn")
        page.get_by_role("radio", name="Simulator").click()
        expect(page.get_by_text("Truth: T2* 3 ms")).to_be_visible(timeout=60_000)
        say_moves(page, "decay")
        page.get_by_role("radio", name="What this protocol can measure").click()
        expect(page.get_by_text("The shortest T2* that this protocol")).to_be_visible(timeout=60_000)
        say_moves(page, "protocol")
        browser.close()
    print(f"load of the computer: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
