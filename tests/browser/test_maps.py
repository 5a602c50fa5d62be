"""A reader looks at a map: values under pointer and keys, slices and opacity at once, and keeps a picture of it."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from ironreport.synthetic.examination import vessel_liver


@cache
def exam() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in vessel_liver().files.items():
            archive.writestr(name, content)
    return held.getvalue()


def settled(page: Page) -> None:
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def test_a_map_is_read_scrolled_and_kept(page: Page, app_url: str, tmp_path: Path) -> None:
    page.goto(f"{app_url}/Images")
    files = page.get_by_test_id("stMain").locator("input[type=file]:not([webkitdirectory])")
    files.set_input_files({"name": "exam.zip", "mimeType": "application/zip", "buffer": exam()})
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    settled(page)
    page.get_by_role("link", name="Maps").click()
    view = page.locator(".map")
    expect(view).to_have_attribute("data-ready", "yes")
    settled(page)

    # The liver under the pointer: T2* 3 ms in the middle of the location of the measured lobe.
    place = vessel_liver().truth.locations["right lobe"][1]
    canvas, value = view.locator("canvas.image"), view.locator(".value")
    box = canvas.bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / 128
    x = box["x"] + box["width"] / 2 + (place.column + 0.5 - 64) * scale
    page.mouse.move(x, box["y"] + box["height"] / 2 + (place.row + 0.5 - 64) * scale)
    expect(value).to_have_text(re.compile(r"^T2\* [23]\.\d+ ms \(± \d+ %\)"))
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    expect(value).not_to_have_text(re.compile("T2"))

    view.get_by_label("Zoom in").click()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(value).to_have_text(re.compile("T2"))

    # The same by keys: arrows read, page keys turn slices.
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(value).to_have_text(re.compile("ms|not measurable|no signal"))
    page.keyboard.press("PageDown")
    expect(view).to_have_attribute("data-slice", "2")
    view.get_by_label("Opacity of the colours").fill("100")
    page.wait_for_timeout(400)
    settled(page)

    page.get_by_text("R2*", exact=True).click()
    settled(page)
    expect(view.locator(".what")).to_have_text(re.compile(r"R2\* \[s⁻¹\]"))
    expect(view).to_have_attribute("data-slice", "2")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this map").click()
    assert download.value.suggested_filename == "map-slice-3.png"
    download.value.save_as(tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.width == 900
