"""Four first jobs of a new user, by stopwatch: ``python -m benchmarks.first_minute``.

Each begins at the address of the app in a browser that knows nothing yet, on a laptop and on a phone. Counted are
seconds of the wall clock from the first page at rest, clicks (a pasted text, a chosen file and a line drawn are one
each) and screens scrolled to what is read or pressed next. A script needs no time to read: the seconds are the app's.
``--before`` measures another version beside this one; ``--page`` writes docs/first-minute.md.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.tables import DOCS, machine, table
from benchmarks.workbench import LIVER_COLUMN, LIVER_ROW, ROOT, SIDE, exam, running_app, settled

SCREENS = {"1366 × 768": {"width": 1366, "height": 768}, "390 × 844": {"width": 390, "height": 844}}
FIRST_SHOWN = re.compile("See a sample exam|or a CSV")
"""What stands last on the first page, of this version and of those before there was a page to start on."""
NARROW, WAIT_MS = 768, 90_000
REPORTED = "R2* 67.73 Hz, T2* 14.76 ms, LIC 2.1 mg/g at 1.5 T in TDT, recommended: every 1 to 2 years"


class Hand:
    """A reader's hand, which counts its clicks and the screens it scrolls."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.scrolls = page, 0, 0

    def see(self, target: Locator) -> None:
        """Wait for something and bring it on the screen."""
        expect(target).to_be_visible()
        box, size = target.bounding_box(), self.page.viewport_size
        assert box is not None and size is not None  # noqa: S101 - it is visible
        below = box["y"] + min(box["height"], size["height"] / 2) - size["height"]
        if max(below, -box["y"]) > 0:
            self.scrolls += math.ceil(max(below, -box["y"]) / (0.8 * size["height"]))
            target.scroll_into_view_if_needed()

    def press(self, target: Locator) -> None:
        """One click."""
        self.see(target)
        settled(self.page)
        target.click()
        self.clicks += 1

    def go(self, name: str, door: str = "") -> None:
        """To a page: by its door where it has one, else by the menu."""
        if door and self.page.get_by_role("link", name=door).count():
            self.press(self.page.get_by_role("link", name=door))
        elif self.open_menu():
            self.press(self.page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"^{name}$")).first)
        else:
            self.press(self.page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{name}$")).first)
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        self.close_menu()

    def open_menu(self) -> bool:
        """The menu of a phone, where it is closed; whether there is one."""
        narrow = self.page.viewport_size is not None and self.page.viewport_size["width"] < NARROW
        if narrow and self.page.get_by_test_id("stExpandSidebarButton").is_visible():
            self.press(self.page.get_by_test_id("stExpandSidebarButton"))
        return narrow

    def close_menu(self) -> None:
        """The menu of a phone, where it still lies over the page."""
        settled(self.page)
        size = self.page.viewport_size
        menu = self.page.locator("[data-testid=stSidebar][data-collapsed=false]")
        if size is not None and size["width"] < NARROW and menu.count():
            self.press(menu.get_by_test_id("stSidebarCollapseButton").get_by_role("button"))

    def save(self, button: str) -> None:
        """A file that is downloaded to its end."""
        with self.page.expect_download() as found:
            self.press(self.page.get_by_role("button", name=button, exact=True))
        found.value.path()


def sample(hand: Hand) -> None:
    """The critical value of the sample exam stands on the screen."""
    page = hand.page
    if page.get_by_role("button", name="See a sample exam").count():
        hand.press(page.get_by_role("button", name="See a sample exam"))
    else:
        hand.open_menu()
        hand.press(page.get_by_role("button", name="Load a sample exam"))
        hand.go("Findings")
    hand.see(page.get_by_text("Critical result").first)


def zip_to_pdf(hand: Hand) -> None:
    """144 images of a zip, a liver drawn by hand, its finding, and the printed report on the disk."""
    page = hand.page
    hand.go("Images", "I have images")
    hand.see(page.get_by_text("DICOM files or one zip").first)
    settled(page)
    files = page.get_by_label("DICOM files or one zip").get_by_test_id("stFileUploaderDropzoneInput")
    files.set_input_files([{"name": "exam.zip", "mimeType": "application/zip", "buffer": zipped()}])
    hand.clicks += 1
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    settled(page)
    hand.see(page.get_by_label("Organ of the region"))
    page.get_by_label("Organ of the region").select_option("liver")
    hand.clicks += 1
    _draw(hand)
    hand.see(page.get_by_role("heading", name=re.compile("LIC [0-9.]+ mg")).first)
    hand.go("Report")
    hand.save("Download PDF")


@cache
def zipped() -> bytes:
    """The zip, made before any stopwatch runs."""
    return exam()


def _draw(hand: Hand) -> None:
    """A line around the liver."""
    hand.press(hand.page.get_by_role("button", name="Freehand", exact=True))
    image = hand.page.locator("canvas.image")
    hand.see(image)
    box = image.bounding_box()
    assert box is not None  # noqa: S101 - it was seen
    scale = min(box["width"], box["height"]) / SIDE
    for k in range(21):
        turn = 2 * math.pi * k / 20
        row, column = LIVER_ROW + 20 * math.sin(turn), LIVER_COLUMN + 20 * math.cos(turn)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        hand.page.mouse.move(x + (column - SIDE / 2) * scale, y + (row - SIDE / 2) * scale)
        if k == 0:
            hand.page.mouse.down()
    hand.page.mouse.up()
    hand.clicks += 1


def other_report(hand: Hand) -> None:
    """A sentence of another report, pasted, and when the next scan is due."""
    page = hand.page
    hand.go("Quick check", "I have another report")
    box = page.get_by_label("What the other report says, in one sentence")
    hand.press(box)
    box.fill(REPORTED)
    box.press("Tab")
    hand.clicks += 1
    hand.see(page.get_by_text("About 12 months.").first)


def lesson_one(hand: Hand) -> None:
    """The first case answered right, to its last line."""
    page = hand.page
    hand.go("Learn", "I want to learn")
    _answer(hand, "The first three")
    hand.press(page.get_by_role("combobox", name="Method"))
    page.get_by_role("combobox", name="Method").fill("This program")
    hand.press(page.get_by_role("option", name="This program"))
    hand.press(page.get_by_role("button", name="Keep this reading"))
    _answer(hand, "Severe")
    hand.see(page.get_by_text("Remember:").first)


def _answer(hand: Hand, words: str) -> None:
    hand.press(hand.page.get_by_role("main").get_by_text(words, exact=True).last)
    hand.press(hand.page.get_by_role("button", name="Check").last)


JOBS: dict[str, Callable[[Hand], None]] = {
    "first sight to the sample's finding": sample,
    "zip to PDF": zip_to_pdf,
    "another report to the next scan": other_report,
    "lesson one": lesson_one,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a job took: seconds until the first page is at rest and from there, clicks, screens scrolled."""

    open_s: float
    seconds: float
    clicks: int
    scrolls: int


def measured(browser: Browser, url: str, size: dict[str, int], job: Callable[[Hand], None]) -> Counted:
    """One job of a new user."""
    context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, accept_downloads=True)
    context.set_default_timeout(WAIT_MS)
    hand, began = Hand(context.new_page()), time.perf_counter()
    hand.page.goto(url)
    expect(hand.page.get_by_test_id("stMain").get_by_text(FIRST_SHOWN).first).to_be_visible()
    settled(hand.page)
    opened = time.perf_counter()
    job(hand)
    done = time.perf_counter()
    context.close()
    return Counted(opened - began, done - opened, hand.clicks, hand.scrolls)


def rows(browser: Browser, url: str, runs: int) -> list[list[str]]:
    """Medians, a line for each job and screen; dashes where a version cannot do a job."""
    found = []
    for name, job in JOBS.items():
        for screen, size in SCREENS.items():
            try:
                found.append([name, screen, *_said([measured(browser, url, size, job) for _ in range(runs)])])
            except (PlaywrightError, AssertionError) as error:
                print(str(error).partition("\n")[0])
                found.append([name, screen, *("not done" for _ in HEADS[2:])])
            print(*found[-1], sep="  ", flush=True)
    return found


def _said(each: list[Counted]) -> list[str]:
    opened, seconds = (statistics.median(one) for one in ([e.open_s for e in each], [e.seconds for e in each]))
    return [f"{opened:.1f}", f"{seconds:.1f}", str(each[-1].clicks), str(each[-1].scrolls)]


HEADS = ("job", "screen", "page, s", "job, s", "clicks", "screens scrolled")


def page_text(now: list[list[str]], before: list[list[str]], runs: int, load: float) -> str:
    """The text of docs/first-minute.md."""
    return f"""# The first minute

Made by `python -m benchmarks.first_minute --page`: four first jobs of a new user, by a script in Chromium, each in a
browser that knows nothing yet. {machine().replace("one thread", f"{os.cpu_count()} cores")}.
Medians of {runs} at a load average of {load:.0f}: above the number of cores, other work took part of these seconds.

*Page* is from the address to the first page at rest, *job* from there to its end: seconds of the wall clock, of which
each click waits 0.2 s for the page to be at rest. The script reads and thinks in no time, so these are the waits, not a
person's minute.

{table(HEADS, now)}

The sample's finding is the critical value on Findings. The zip holds 144 images (7 MB); a line is drawn around the
liver, its finding read, the report downloaded. The other report is one pasted sentence, and the patient's next scan is
read. Lesson one is answered right at once, to its last line.
{_before(before)}"""


def _before(found: list[list[str]]) -> str:
    if not found:
        return ""
    return f"""
The version before there was a page to start on, by the same script in the same hour on the same computer. On the
phone its menu stayed over the page after each choice: the click that closes it is counted. Clicks and screens do not
depend on the load, seconds do. Not compared: how long a person looks for the next step, which a script that knows it
cannot tell.

{table(HEADS, found)}

On the first version that people walked through, at rest, the sample's PDF took 2.2 to 2.4 s and 3 clicks once the page
stood (after 4.6 to 6.6 s), a zip to a PDF 7 to 11 s and about 7 clicks, on a laptop; the other two jobs and the phone
were not counted there, and this script was not run on that version.
"""


def counted(browser: Browser, checkout: Path, runs: int) -> list[list[str]]:
    """The jobs in one version."""
    with running_app(checkout) as url:
        measured(browser, url, SCREENS["1366 × 768"], sample)  # a server that nobody has visited loads its pages
        return rows(browser, url, runs)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--before", type=Path, help="a checkout of another version, measured too")
    parser.add_argument("--page", action="store_true", help="write docs/first-minute.md")
    parser.add_argument("--chromium", default=shutil.which("chromium-headless-shell") or shutil.which("chromium"))
    given = parser.parse_args()
    expect.set_options(timeout=WAIT_MS)
    zipped()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"])
        now = counted(browser, ROOT, given.runs)
        before = counted(browser, given.before, given.runs) if given.before else []
        browser.close()
    if given.page:
        (DOCS / "first-minute.md").write_text(page_text(now, before, given.runs, os.getloadavg()[2]), encoding="utf-8")


if __name__ == "__main__":
    main()
