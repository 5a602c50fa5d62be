"""Speed of the workbench in a real browser: ``python -m benchmarks.workbench [--chromium PATH]``.

An exam of 12 slices, 12 echoes and 256 x 256 pixels is uploaded as one zip and a liver is drawn again and again. Said
are: upload until the image is painted, painting while a line is drawn, and release of the line until the fitted T2*
stands on the page, which holds everything between: pixels, fit, class, messages, drawing of the page.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright
from pydicom import dcmread

from ironreport.synthetic import write_dicom_exam

ROOT = Path(__file__).resolve().parents[1]
N_SLICES, N_ECHOES, SIDE = 12, 12, 256
LIVER_ROW, LIVER_COLUMN = 120, 80
START_S = 60
WATCH = """() => {
  const read = () => document.body.innerText.match(/T2\\* [\\d.]+ ms \\(/)?.[0];
  [window.released, window.shown] = [null, null];
  addEventListener("pointerup", () => { window.released = performance.now(); }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    if (!window.released || !read()) return;
    window.shown = performance.now();
    observer.disconnect();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def exam() -> bytes:
    """A zip of 144 files: a liver of 4 ms in a body of 25 ms, with noise."""
    rng = np.random.default_rng(20261121)
    row, column = np.mgrid[:SIDE, :SIDE]
    liver = ((row - LIVER_ROW) / 55) ** 2 + ((column - LIVER_COLUMN) / 45) ** 2 < 1
    t2star_ms = np.where(liver, 4.0, 25.0)
    s0 = np.where(((row - 128) / 100) ** 2 + ((column - 128) / 118) ** 2 < 1, 900.0, 0.0)
    pattern = next(iter(write_dicom_exam().values()))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n in range(N_SLICES * N_ECHOES):
            at, echo = divmod(n, N_ECHOES)
            clean = s0 * np.exp(-(1.0 + 1.2 * echo) / t2star_ms)
            signal = np.hypot(clean + rng.normal(0, 8, clean.shape), rng.normal(0, 8, clean.shape))
            dataset = dcmread(io.BytesIO(pattern))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{n + 1}"
            dataset.EchoTime, dataset.EchoNumbers, dataset.InstanceNumber = 1.0 + 1.2 * echo, echo + 1, n + 1
            dataset.ImagePositionPatient = [0.0, 0.0, 10.0 * at]
            dataset.Rows = dataset.Columns = SIDE
            dataset.PixelData = np.rint(signal).astype("<u2").tobytes()
            out = io.BytesIO()
            dataset.save_as(out)
            archive.writestr(f"{n}.dcm", out.getvalue())
    return stream.getvalue()


@contextmanager
def running_app(root: Path = ROOT) -> Iterator[str]:
    """Address of a server of the app in a checkout, which ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", url.rpartition(":")[2]]
    server = subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()  # noqa: S310 - this computer
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def settled(page: Page) -> None:
    """Wait until no run of the page is under way."""
    page.wait_for_timeout(200)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def seconds_until_usable(page: Page, url: str, content: bytes) -> float:
    """Upload until the first image is painted [s]."""
    page.goto(f"{url}/Images")
    expect(page.get_by_text("DICOM files or one zip")).to_be_visible()
    settled(page)
    files = page.get_by_label("DICOM files or one zip").get_by_test_id("stFileUploaderDropzoneInput")
    began = time.perf_counter()
    files.set_input_files([{"name": "exam.zip", "mimeType": "application/zip", "buffer": content}])
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes", timeout=60_000)
    return time.perf_counter() - began


def draw_and_time(page: Page, radius: float) -> tuple[float, list[float]]:
    """Release until T2* is on the page [ms], and the paintings of the line [ms]; the region is removed again."""
    image = page.locator("canvas.image")
    box = image.bounding_box()
    assert box is not None  # noqa: S101 - it is on the page
    scale = min(box["width"], box["height"]) / SIDE
    paintings = []
    page.evaluate(WATCH)
    for k in range(31):
        turn = 2 * math.pi * k / 30
        row, column = LIVER_ROW + radius * math.sin(turn), LIVER_COLUMN + radius * math.cos(turn)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x + (column - SIDE / 2) * scale, y + (row - SIDE / 2) * scale)
        if k == 0:
            page.mouse.down()
        paintings.append(float(page.locator(".bench").get_attribute("data-paint-ms") or "nan"))
    page.mouse.up()
    page.wait_for_function("window.shown", timeout=30_000)
    latency = page.evaluate("window.shown - window.released")
    settled(page)
    image.press("Delete")
    settled(page)
    return latency, paintings


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--regions", type=int, default=15)
    wanted = parser.parse_args()
    content = exam()
    with running_app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        print(f"upload until the image is painted: {seconds_until_usable(page, url, content):.1f} s")
        settled(page)
        page.get_by_label("Organ of the region").select_option("liver")
        runs = [draw_and_time(page, 12 + 0.5 * k) for k in range(wanted.regions)]
        latencies, paintings = sorted(latency for latency, _ in runs), sorted(p for _, ps in runs for p in ps)
        print(
            f"release until T2* is shown: median {statistics.median(latencies):.0f} ms, slowest {latencies[-1]:.0f} ms"
        )
        p95 = paintings[int(0.95 * len(paintings))]
        print(f"painting: median {statistics.median(paintings):.1f} ms, 95th percentile {p95:.1f} ms")
        browser.close()


if __name__ == "__main__":
    main()
