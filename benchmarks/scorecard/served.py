"""Rows about the running server: what it keeps, what it tells, where it listens, how fast it starts."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect

from benchmarks.scorecard.row import Measured, Row, by_tests, promises, run
from benchmarks.scorecard.walk import (
    BEACON,
    PAGES,
    SENTINEL,
    Seen,
    browsing,
    download,
    follow,
    hostile_exam,
    open_page,
    place_region,
    served,
    settled,
    status_of,
    upload,
)

ADDRESS, GATE = "serving/test_address.py", "serving/test_gatekeeper.py"
MOST_RERUNS = 2
MEMORY_LEFT_MIB = 30.0


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk of one patient left behind, and what it asked for."""

    outside: tuple[str, ...]
    named_in: tuple[str, ...]
    reruns_until_gone: int
    n_asked: int


@cache
def walked() -> Walked:
    """A hostile exam through upload, region, findings, print, an error, every page, and New exam."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as server, browsing(seen) as context:
        page = context.new_page()
        open_page(page, f"{server.url}/Images", "Images")
        upload(page, f"{SENTINEL}.zip", b"PK\x05\x06" + bytes(18))
        expect(page.get_by_text("ZIP_EMPTY")).to_be_visible()
        upload(page, f"{SENTINEL}.zip", hostile_exam())
        expect(page.get_by_text("1 usable series")).to_be_visible()
        place_region(page, "Liver")
        for name in PAGES.values():
            if name != "Report":
                follow(page, name)
                seen.titles.add(page.title())
        follow(page, "Report")
        address, pdf = download(page, "Download PDF")
        if not pdf.startswith(b"%PDF"):
            raise RuntimeError("No PDF was made.")
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
        page.get_by_role("button", name="New exam").click()
        settled(page)
        gone = _reruns_until_gone(lambda name: follow(page, name), address, cookie)
        seen.titles.add(page.title())
        left = _named_in(server.files(), seen)
        left += [f"log: {line[:80]}" for line in server.log.splitlines() if SENTINEL in line]
    return Walked(tuple(seen.outside), tuple(left), gone, len(seen.asked))


def _reruns_until_gone(open_another: object, address: str, cookie: str) -> int:
    """How often a page must be opened before a file of the exam before is no longer answered."""
    assert callable(open_another)  # noqa: S101 - narrowing
    for reruns, name in enumerate(["Signals", "Findings", "Report", "Signals", "Findings"]):
        if status_of(address, cookie) == 404:
            return reruns
        open_another(name)
    return 99


def _named_in(files: list[Path], seen: Seen) -> list[str]:
    """Files, addresses and titles with a word of the patient in them."""
    word = SENTINEL.encode()
    named = [f"file {path.name}" for path in files if word in path.name.encode() or word in path.read_bytes()]
    urls = [url for url in seen.asked if SENTINEL in url and urlsplit(url).scheme != "data"]
    return named + [f"address {url[:60]}" for url in urls] + [f"title {t}" for t in seen.titles if SENTINEL in t]


def no_trace(quick: bool) -> Measured:
    """The patient's words in logs, files, addresses and titles after an error and a whole exam."""
    del quick
    left = walked().named_in
    return Measured(
        f"{len(left)} traces {list(left[:3]) or ''} in log, home and temporary folder, addresses, titles", not left
    )


def nothing_outside(quick: bool) -> Measured:
    """Addresses asked for beyond this computer over every page, and the tests of address, host, socket and start."""
    kept = promises(ADDRESS, GATE, "browser/test_house.py")
    outside = walked().outside
    said = f"{len(outside)} of {walked().n_asked} requests leave this computer {list(outside[:2]) or ''}; {kept.said}"
    del quick
    return Measured(said, not outside and not kept.broken)


def injections(quick: bool) -> Measured:
    """Hostile words in every tag on screen, in print, and in tables."""
    del quick
    fetched = [url for url in walked().outside if BEACON in url]
    kept = promises(
        "report/test_pdf.py::test_hostile_text_is_printed_as_it_is_and_does_nothing", "report/test_pdf_text.py",
        "report/test_rows.py", "ui/test_pages.py::test_text_from_outside_is_shown_as_itself",
        "ui/test_quick_check.py::test_text_from_outside_is_shown_as_itself",
        "test_payloads.py",
        "test_unsafe_calls.py",
        "browser/test_journeys.py::test_a_hostile_tag_fetches_nothing_and_is_shown_as_itself",
    )  # fmt: skip
    return Measured(
        f"{len(fetched)} requests of a hostile tag over {len(PAGES)} pages; {kept.said}",
        not fetched and not kept.broken,
    )


def forgotten(quick: bool) -> Measured:
    """The file of an exam after New exam, and the memory of three exams of 150 MB."""
    gone = walked().reruns_until_gone
    said = f"address of the PDF gone after {gone} pages"
    if quick:
        return Measured(f"{said}; memory not measured in a quick run", False)
    memory, words = memory_left()
    return Measured(f"{said}; {words}", gone <= MOST_RERUNS and memory <= MEMORY_LEFT_MIB)


@cache
def memory_left() -> tuple[float, str]:
    """The most memory [MiB] above the start, after New exam and two pages and a minute after the tab was closed."""
    said = run("benchmarks.memory")[1]
    steps = {name.strip(): float(mib) for name, mib in re.findall(r"^(.+?)\s+(\d+)$", said, re.MULTILINE)}
    cleared = [mib for name, mib in steps.items() if "New exam" in name]
    closed = [mib for name, mib in steps.items() if name == "tab closed for 60 s"]
    if "start" not in steps or not cleared or not closed:
        return 9999.0, f"memory not measured: {said.strip()[-200:]}"
    start = steps["start"]
    over = max(*cleared, *closed) - start
    words = f"{start:.0f} MiB at the start, {max(cleared):.0f} after New exam, {closed[0]:.0f} a minute after the tab"
    return over, words


def memory(quick: bool) -> Measured:
    """The same as a row of its own."""
    if quick:
        return Measured("not measured in a quick run", False)
    over, words = memory_left()
    return Measured(words, over <= MEMORY_LEFT_MIB)


def two_people(quick: bool) -> Measured:
    """What one person's exam shows in another's browser, on every page, and the lint against shared caches."""
    del quick
    kept = promises("test_architecture.py", "serving/test_forgetting.py")
    met = []
    with tempfile.TemporaryDirectory() as place, served(Path(place)) as server, browsing(Seen()) as first:
        page = first.new_page()
        open_page(page, f"{server.url}/Signals", "Signals")
        page.get_by_role("button", name="Load a sample exam").click()
        expect(page.get_by_text("Heart: done")).to_be_visible()
        name = page.get_by_role("textbox", name="Whose exam (pseudonym)")
        name.fill(SENTINEL)
        name.press("Enter")
        settled(page)
        for heading in ("Findings", "Report"):
            follow(page, heading)
        browser = first.browser
        assert browser is not None  # noqa: S101 - it was launched above
        second = browser.new_context()
        other = second.new_page()
        for place_name, heading in PAGES.items():
            open_page(other, f"{server.url}/{place_name}", heading)
            text = other.content()
            met += [heading] * (SENTINEL in text or "Heart: done" in text)
        second.close()
    said = f"{len(met)} of {len(PAGES)} pages of a second person show the first one's exam {met or ''}; {kept.said}"
    return Measured(said, not met and not kept.broken)


def start(quick: bool) -> Measured:
    """From the command to the first answer, to the first page at rest, and from page to page."""
    begun_s, first_s, warm_s = [], [], []
    for _ in range(1 if quick else 5):
        seen, began = Seen(), time.perf_counter()
        with tempfile.TemporaryDirectory() as place, served(Path(place)) as server:
            begun_s.append(time.perf_counter() - began)
            with browsing(seen) as context:
                page = context.new_page()
                began = time.perf_counter()
                open_page(page, f"{server.url}/Signals", "Signals")
                first_s.append(time.perf_counter() - began)
                for name in ("Findings", "Signals", "Findings"):
                    began = time.perf_counter()
                    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{name}$")).first.click()
                    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()
                    warm_s.append(time.perf_counter() - began)
    found = [statistics.median(one) for one in (begun_s, first_s, warm_s)]
    said = f"start {found[0]:.1f} s, first page {found[1]:.1f} s, from page to page {found[2]:.2f} s of wall clock"
    return Measured(said, found[0] <= 2.0 and found[1] <= 2.0 and found[2] <= 0.2)


ROWS = (
    Row(
        "R8", "Two people at one server", "0 leaks on any page; no cache is shared",
        "python -m benchmarks.scorecard --only R8", two_people,
    ),
    Row(
        "R11", "A patient's words in 25 tags and the file name", "0 traces after an error and a whole exam",
        "python -m benchmarks.scorecard --only R11", no_trace,
    ),
    Row(
        "R12", "New exam: files and memory of the exam before", "gone after 2 pages, within 30 MiB of the start",
        "python -m benchmarks.memory", forgotten,
    ),
    Row(
        "R13", "Injection: screen, print, tables", "0 requests, 0 formulas, 0 links, 26 of 26 words equal",
        "pytest tests/report/test_pdf.py tests/report/test_rows.py", injections,
    ),
    Row(
        "R18", "Start, first page, next page", "2 s, 2 s, 0.2 s", "python -m benchmarks.scorecard --only R18", start,
    ),
    Row(
        "R19", "Safe start: this computer only, no other name, nothing sent",
        "0 requests leave this computer; other names, pages and addresses refused",
        "pytest tests/serving tests/browser/test_house.py", nothing_outside,
    ),
    Row(
        "T3", "Memory: New exam, closed tab", "within 30 MiB of the start", "python -m benchmarks.memory", memory,
    ),
    Row(
        "T4", "Endings: full disk, ports, homes that are none", "each a sentence, nothing left",
        "pytest tests/serving/test_address.py tests/test_exam_files.py",
        by_tests(ADDRESS, "test_exam_files.py", "test_writing.py", "ui/test_keeping.py", at_least=40),
    ),
)  # fmt: skip
