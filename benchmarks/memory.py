"""Memory of the server from start to the closed tab: ``python -m benchmarks.memory [--app FOLDER] [--chromium PATH]``.

Three exams of 150 MB each are uploaded as zips in one tab, with *New exam* and two reruns after each, and a fourth one
stays open when the tab is closed and the server left alone. Said is the resident memory [MiB] of the server after each
step. Linux only.
"""

from __future__ import annotations

import argparse
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright
from pydicom import dcmread

from benchmarks.workbench import settled
from ironreport.synthetic import write_dicom_exam

ROOT = Path(__file__).resolve().parents[1]
N_SLICES, N_ECHOES, SIDE = 24, 12, 512
N_EXAMS = 3
START_S, CLOSED_S, STEP_S = 90, 60, 10
WAIT_MS = 180_000
expect.set_options(timeout=WAIT_MS)


def exam(path: Path) -> None:
    """A stored zip of 288 files and 150 MB."""
    rng = np.random.default_rng(20261129)
    pattern = next(iter(write_dicom_exam().values()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for n in range(N_SLICES * N_ECHOES):
            at, echo = divmod(n, N_ECHOES)
            dataset = dcmread(io.BytesIO(pattern))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{n + 1}"
            dataset.EchoTime, dataset.EchoNumbers, dataset.InstanceNumber = 1.0 + 1.2 * echo, echo + 1, n + 1
            dataset.ImagePositionPatient = [0.0, 0.0, 10.0 * at]
            dataset.Rows = dataset.Columns = SIDE
            level = 900 * np.exp(-(1.0 + 1.2 * echo) / 8)
            dataset.PixelData = rng.normal(level, 8, (SIDE, SIDE)).clip(0).astype("<u2").tobytes()
            out = io.BytesIO()
            dataset.save_as(out)
            archive.writestr(f"{n}.dcm", out.getvalue())


def resident_mib(pid: int) -> float:
    """Memory of a process that is in RAM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def _open(page: Page, name: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=name).first.click()
    settled(page)


def one_exam(page: Page, path: Path) -> None:
    """Upload, look at the images."""
    _open(page, "Images")
    files = page.get_by_label("DICOM files or one zip").get_by_test_id("stFileUploaderDropzoneInput")
    files.set_input_files(path)
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes", timeout=WAIT_MS)
    settled(page)


def new_exam(page: Page) -> None:
    """*New exam* and two reruns."""
    page.get_by_role("button", name="New exam").click()
    settled(page)
    for name in ("Signals", "Findings"):
        _open(page, name)


def measure(url: str, pid: int, chromium: str, folder: Path) -> None:
    """Print the memory after each step."""

    def say(what: str) -> None:
        print(f"{what:40} {resident_mib(pid):7.0f}", flush=True)

    path = folder / "exam.zip"
    exam(path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless=new", "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{url}/Images")
        expect(page.get_by_text("DICOM files or one zip")).to_be_visible()
        settled(page)
        say("start")
        for n in range(1, N_EXAMS + 1):
            one_exam(page, path)
            say(f"exam {n}")
            new_exam(page)
            say(f"exam {n}, New exam and two reruns")
            time.sleep(STEP_S)
            say(f"exam {n}, {STEP_S} s later")
        one_exam(page, path)
        say("exam 4")
        browser.close()
    for waited_s in range(STEP_S, CLOSED_S + 1, STEP_S):
        time.sleep(STEP_S)
        say(f"tab closed for {waited_s} s")


def main() -> None:
    """Start the app, measure, end it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--app", type=Path, default=ROOT, help="Folder of app.py.")
    options.add_argument("--chromium", default=shutil.which("chromium"))
    chosen = options.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=chosen.app, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()  # noqa: S310 - this computer
                break
            except OSError:
                time.sleep(0.1)
        with tempfile.TemporaryDirectory() as folder:
            measure(url, server.pid, chosen.chromium, Path(folder))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
