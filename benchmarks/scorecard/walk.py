"""One walk through every page in Chromium, with a patient whose words can be searched for afterwards. Linux only."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, expect, sync_playwright
from pydicom import dcmread

from benchmarks.scorecard.row import ROOT
from benchmarks.workbench import settled
from ironreport.synthetic import write_dicom_exam

WAIT_MS, START_S = 90_000, 120.0
SENTINEL = "ZYXPATIENT"
TAGS = (
    "PatientName", "PatientID", "PatientBirthName", "OtherPatientNames", "PatientAddress", "PatientMotherBirthName",
    "PatientTelephoneNumbers", "PatientComments", "EthnicGroup", "Occupation", "AdditionalPatientHistory",
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "ReferringPhysicianName",
    "PerformingPhysicianName", "OperatorsName", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "StationName",
    "StudyID", "AccessionNumber", "DeviceSerialNumber", "ImageComments", "RequestingPhysician",
)  # fmt: skip
PAGES = {
    "Quick_check": "Quick check", "Signals": "Signals", "Images": "Images", "Maps": "Maps", "Findings": "Findings",
    "Follow_up": "Follow-up", "Report": "Report", "Learn": "Learn", "Evidence": "Evidence", "Self_check": "Self-check",
}  # fmt: skip
"""Name in the address and on the page."""
BEACON = "http://203.0.113.9/beacon.png"
expect.set_options(timeout=WAIT_MS)


@dataclass(slots=True)
class Served:
    """A server with a home, a temporary folder and a log of its own."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """All it has said."""
        return (self.folder / "log").read_text(errors="replace")

    def files(self) -> list[Path]:
        """What stands in its home and temporary folder, and in its log."""
        return [path for path in self.folder.rglob("*") if path.is_file()]


@contextlib.contextmanager
def served(folder: Path, port: int = 0, every_s: float = 0.05) -> Iterator[Served]:
    """A new server of this checkout, asked for its health every so often until it answers; ends with the block."""
    port = port or free_port()
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    places = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(ROOT)}
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("STREAMLIT_", "XDG_"))}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**clean, **places}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, process, every_s)
        yield Served(url, folder, process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], every_s: float) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()  # noqa: S310 - this computer
            return
        time.sleep(every_s)
    raise SystemExit("The app did not start.")


@dataclass(slots=True)
class Seen:
    """What a browser met: addresses asked for, titles, what the content policy stopped."""

    asked: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)

    @property
    def outside(self) -> list[str]:
        """Addresses beyond this computer."""
        hosts = ((url, urlsplit(url)) for url in self.asked)
        return [u for u, p in hosts if p.scheme.startswith(("http", "ws")) and p.hostname not in LOOPBACK]


LOOPBACK = {"127.0.0.1", "localhost"}


@contextlib.contextmanager
def browsing(seen: Seen) -> Iterator[BrowserContext]:
    """A Chromium that knows nothing yet and keeps what it asks for."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless=new", "--no-sandbox"]
        )
        context = chromium.new_context(viewport={"width": 1366, "height": 900}, accept_downloads=True)
        context.set_default_timeout(WAIT_MS)

        def heard(request: Request) -> None:
            seen.asked.append(request.url)

        context.on("request", heard)
        yield context
        context.close()
        chromium.close()


def hostile_exam() -> bytes:
    """The phantom as a zip, whose every word names the patient and would fetch an address."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in write_dicom_exam().items():
            dataset = dcmread(io.BytesIO(content))
            for tag in TAGS:
                setattr(dataset, tag, f"{SENTINEL}{tag[:16]}"[:16])
            dataset.SeriesDescription = f"![{SENTINEL}]({BEACON})"
            dataset.ManufacturerModelName = f"<img src={BEACON}>"
            out = io.BytesIO()
            dataset.save_as(out)
            archive.writestr(f"{SENTINEL}/{name}", out.getvalue())
    return stream.getvalue()


def open_page(page: Page, url: str, heading: str) -> None:
    """Load a page by its address and wait until it is at rest."""
    page.goto(url)
    expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
    settled(page)


def follow(page: Page, name: str) -> None:
    """Another page of the same session."""
    settled(page)
    page.get_by_role("link", name=re.compile(f"^{name}(:|$)")).first.click()  # the self-check's tells its result
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()
    settled(page)


def upload(page: Page, name: str, content: bytes) -> None:
    """Files on the Images page."""
    chooser = page.get_by_test_id("stMain").locator("input[type=file]:not([webkitdirectory])").first
    chooser.set_input_files([{"name": name, "mimeType": "application/zip", "buffer": content}])


def place_region(page: Page, organ: str) -> None:
    """A region in the middle of the liver of the phantom."""
    page.get_by_text("Place a region by numbers").click()
    page.get_by_role("radio", name=organ, exact=True).or_(page.get_by_role("button", name=organ, exact=True)).click()
    for label, value in {"Centre row": 64, "Centre column": 42, "Height": 24, "Width": 20}.items():
        settled(page)
        box = page.get_by_role("spinbutton", name=label)
        box.fill(str(value))
        box.press("Enter")
        expect(box).to_have_value(str(value))
    page.get_by_role("button", name="Place the region").click()
    expect(page.get_by_text(f"{organ}: done")).to_be_visible()
    settled(page)


def download(page: Page, button: str) -> tuple[str, bytes]:
    """Address and content of a file."""
    with page.expect_download() as found:
        page.get_by_role("button", name=button, exact=True).first.click()
    return found.value.url, Path(found.value.path()).read_bytes()


def status_of(url: str, cookie: str) -> int:
    """What the server answers to whoever has the address and the cookie."""
    try:
        asked = urllib.request.Request(url, headers={"Cookie": cookie})  # noqa: S310 - this computer
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
