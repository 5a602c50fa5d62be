"""Every page as a reader meets it: ``python -m benchmarks.every_page FOLDER`` takes pictures, ``--axe`` asks a checker.

Empty and with the sample exam, as wide as a laptop and a phone, light and dark, in each language asked for. A server of
its own is started and ended. The pictures are there to be looked at; the command fails where the checker finds
anything, or where a page does not name its language and direction.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from ironreport.language import ENGLISH
from ironreport.language.catalogue import language, offered

ROOT = Path(__file__).resolve().parents[1]
AXE = Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"
RULES = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
PAGES = (
    "", "Quick_check", "Signals", "Images", "Maps", "Findings", "Follow_up", "Report", "Learn", "Evidence", "Clinic",
    "Self_check", "Validation",
)  # fmt: skip
HIDDEN = ("Self_check", "Validation")
"""Pages that the navigation does not name: they are opened anew, and need no exam."""
OF_THE_FRAMEWORK = ("stFileUploaderDropzone", "stToast")
"""Not ours to mend: an upload box whose role contradicts its label, a passing notice whose label is not there."""
Scheme = Literal["light", "dark"]
SIZES = {"laptop": (1366, 768), "phone": (390, 844)}
TALLEST, START_S, ACTION_MS, AGAIN_MS = 5000, 120, 120_000, 3000
FOLLOW = """name => {
  const link = [...document.querySelectorAll('a')].find(a => a.pathname === '/' + name);
  link?.click();
  return link !== undefined;
}"""
AT_REST = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))"""
"""Colours go over in steps, and what is drawn anew is pale until it is there: neither is a fault of the page."""
HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a page."""

    size: str
    scheme: Scheme


LOOKS = (Look("laptop", "light"), Look("laptop", "dark"), Look("phone", "light"), Look("phone", "dark"))


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Address of a new server of the app, which ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):  # noqa: S310  # this computer's own
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The app did not start within {START_S} s.")


def settled(page: Page) -> None:
    """Wait until the page has stopped drawing."""
    for _ in range(2):
        page.wait_for_timeout(250)
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_timeout(400)
    page.evaluate(AT_REST)


def walk(browser: Browser, url: str, code: str, *, filled: bool, only: list[str]) -> Iterator[tuple[str, Page]]:
    """Each page of the app in one language, opened in one session."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(ACTION_MS)
    page.goto(f"{url}/?lang={code}")
    settled(page)
    if filled:
        page.locator('[data-testid="stMain"] button[kind="primary"]').first.click()
        page.wait_for_url("**/Findings*")
        settled(page)
    for name in only or PAGES:
        if name in HIDDEN:
            page.goto(f"{url}/{name}?lang={code}")
        elif not page.url.split("?")[0].endswith(f"/{name}"):
            page.set_viewport_size({"width": 1366, "height": 768})
            page.wait_for_function(FOLLOW, arg=name)
            page.wait_for_function("name => location.pathname === '/' + name", arg=name)
        settled(page)
        yield name or "Start", page
    page.context.close()


def look_at(page: Page, look: Look, *, tall: bool) -> None:
    """Show the page in a size and a scheme; a tall look shows all of it."""
    width, height = SIZES[look.size]
    page.emulate_media(color_scheme=look.scheme)
    page.set_viewport_size({"width": width, "height": height})
    settled(page)
    if tall:
        page.set_viewport_size({"width": width, "height": min(TALLEST, max(height, int(page.evaluate(HEIGHT)) + 60))})
        settled(page)


def broken_rules(page: Page) -> list[str]:
    """What a checker of accessibility says; a page that may have been drawn anew meanwhile is asked again."""
    if not _asked(page):
        return []
    page.wait_for_timeout(AGAIN_MS)
    settled(page)
    return _asked(page)


def _asked(page: Page) -> list[str]:
    """What the checker says, each with the element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [(rule["id"], node["html"][:160]) for rule in page.evaluate(RULES) for node in rule["nodes"]]
    return [f"{rule}: {html}" for rule, html in found if not any(one in html for one in OF_THE_FRAMEWORK)]


def unnamed(page: Page, code: str) -> list[str]:
    """Whether the page says another language or direction than it is in."""
    direction = "rtl" if code != ENGLISH and language(code).right_to_left else "ltr"
    said = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
    return [] if said == [code, direction] else [f"the page calls itself {said}"]


def main() -> None:
    """Walk, take pictures, ask the checker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="*", default=[ENGLISH, *sorted(offered())])
    parser.add_argument("--pages", nargs="*", default=[], choices=PAGES)
    parser.add_argument("--looks", nargs="*", default=[f"{one.size}-{one.scheme}" for one in LOOKS])
    parser.add_argument("--states", nargs="*", default=["empty", "filled"])
    parser.add_argument("--axe", action="store_true", help="ask the checker instead of taking pictures")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    found = []
    with server(asked.folder) as url, sync_playwright() as playwright:
        chromium = shutil.which("chromium-headless-shell") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for code in asked.languages:
            for state in asked.states:
                for name, page in walk(browser, url, code, filled=state == "filled", only=asked.pages):
                    for look in (one for one in LOOKS if f"{one.size}-{one.scheme}" in asked.looks):
                        look_at(page, look, tall=not asked.axe)
                        place = f"{code}-{state}-{name}-{look.size}-{look.scheme}"
                        if asked.axe:
                            here = [f"{place}: {one}" for one in (*unnamed(page, code), *broken_rules(page))]
                            print(*here, sep="\n", end="\n" * bool(here), flush=True)
                            found += here
                        else:
                            page.screenshot(path=asked.folder / f"{place}.png")
                print(code, state, f"{len(found)} found", flush=True)
        browser.close()
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
