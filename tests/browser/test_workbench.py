"""A reader draws: by mouse and by finger, in the same pixels that Python measures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ironreport.canvas import script
from ironreport.intake import region_mask
from ironreport.records import Region
from ironreport.synthetic.phantom import REGIONS

SIDE = 128
Point = tuple[float, float]


def settled(page: Page) -> None:
    """Wait until no run is under way; twice, because a change of the exam lets the whole page follow the workbench."""
    for _ in range(2):
        page.wait_for_timeout(150)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@pytest.fixture
def bench(page: Page, app_url: str) -> Iterator[Page]:
    """The workbench with the sample images, ready to draw on."""
    page.goto(f"{app_url}/Images")
    page.get_by_role("button", name="Load the sample images").click()
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    settled(page)
    yield page


def on_screen(page: Page, row: float, column: float) -> Point:
    """Where a place of the image stands on the screen while the whole image is shown."""
    image = page.locator("canvas.image")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / SIDE
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle_x + (column - SIDE / 2) * scale, middle_y + (row - SIDE / 2) * scale


def around(page: Page, place: Region) -> list[Point]:
    """A line around an ellipse, closed."""
    turns = [2 * math.pi * k / 40 for k in range(41)]
    rows = [place.row + 0.5 + place.height / 2 * math.sin(turn) for turn in turns]
    columns = [place.column + 0.5 + place.width / 2 * math.cos(turn) for turn in turns]
    return [on_screen(page, row, column) for row, column in zip(rows, columns, strict=True)]


def drag(page: Page, points: Sequence[Point]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()
    settled(page)


def touch(page: Page, points: Sequence[Point]) -> None:
    fingers = page.context.new_cdp_session(page)
    fingers.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def send(kind: str, *places: Point) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})

    send("touchStart", points[0])
    for point in points[1:]:
        send("touchMove", point)
    send("touchEnd")
    settled(page)


def name_next(page: Page, organ: str, tool: str) -> None:
    page.get_by_label("Organ of the region").select_option(organ)
    settled(page)
    page.get_by_role("button", name=tool, exact=True).click()


def regions(page: Page) -> Locator:
    return page.get_by_role("group", name="Regions").get_by_role("button")


def box_of(place: Region) -> tuple[float, float, float, float]:
    top, left = place.row + 0.5 - place.height / 2, place.column + 0.5 - place.width / 2
    return top, left, top + place.height, left + place.width


def test_a_liver_by_mouse_and_a_septum_become_findings_and_follow_each_change(bench: Page) -> None:
    page = bench
    name_next(page, "liver", "Freehand")
    drag(page, around(page, REGIONS["liver"]))
    expect(page.get_by_role("heading", name="LIC 6.3 mg/g dry weight")).to_be_visible()
    expect(page.get_by_text("Liver: done")).to_be_visible()

    page.get_by_role("slider", name="Slice").press("ArrowRight")
    name_next(page, "heart", "Ellipse")
    top, left, bottom, right = box_of(REGIONS["heart"])
    drag(page, [on_screen(page, top, left), on_screen(page, bottom, right)])
    expect(page.get_by_role("heading", name="T2* 14")).to_be_visible()
    expect(page.get_by_text("Heart: done")).to_be_visible()
    settled(page)
    expect(regions(page)).to_have_count(2)
    n_pixels = page.get_by_text("pixels at each echo").inner_text()

    page.get_by_role("button", name="Edit", exact=True).click()
    drag(page, [on_screen(page, bottom, (left + right) / 2), on_screen(page, bottom + 4, (left + right) / 2)])
    expect(page.get_by_text("pixels at each echo")).not_to_have_text(n_pixels)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("pixels at each echo")).to_have_text(n_pixels)

    settled(page)
    page.get_by_role("link", name="Findings", exact=True).first.click()
    expect(page.get_by_role("heading", name="Findings", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Images", exact=True).first.click()
    expect(regions(page)).to_have_count(2)
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    page.locator("canvas.image").press("Delete")
    settled(page)
    expect(regions(page)).to_have_count(1)
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()


def test_the_keyboard_places_moves_and_removes_a_region_and_a_tick_takes_it_out_of_the_report(bench: Page) -> None:
    page = bench
    page.get_by_label("Organ of the region").select_option("liver")
    image = page.locator("canvas.image")
    for key in ("e", "Enter", *["ArrowLeft"] * 3, "]"):
        image.press(key)
    settled(page)
    expect(regions(page)).to_have_count(1)
    placed = region_mask(Region("ellipse", row=63.5, column=60.5, height=14, width=14), (SIDE, SIDE))
    expect(page.get_by_text(f"Mean of {placed.sum()} pixels at each echo")).to_be_visible()
    image.press("Delete")
    settled(page)
    expect(regions(page)).to_have_count(0)
    image.press("Control+z")
    settled(page)
    expect(regions(page)).to_have_count(1)
    image.press("Delete")
    settled(page)

    name_next(page, "liver", "Ellipse")
    for row in (58.0, 74.0):
        top, left, bottom, right = box_of(Region("ellipse", row, 42.0, 10.0, 12.0))
        drag(page, [on_screen(page, top, left), on_screen(page, bottom, right)])
    expect(page.get_by_text("In the report: 2 regions")).to_be_visible()
    expect(regions(page).last).to_contain_text("alone")
    tick = page.get_by_role("checkbox", name="In the report: Liver").first
    tick.uncheck()
    settled(page)
    expect(regions(page).first).to_contain_text("not in the report")
    expect(regions(page).last).not_to_contain_text("alone")
    page.get_by_role("button", name="Undo").click()
    settled(page)
    expect(tick).to_be_checked()
    expect(page.get_by_text("In the report: 2 regions")).to_be_visible()


def test_a_finger_draws_what_a_mouse_draws_and_one_click_keeps_the_part_inside_the_organ(bench: Page) -> None:
    page = bench
    name_next(page, "liver", "Ellipse")
    top, left, bottom, right = box_of(Region("ellipse", 58.0, 62.0, 16.0, 18.0))
    drag(page, [on_screen(page, top, left), on_screen(page, bottom, right)])
    expect(page.get_by_text("The region crosses an edge").first).to_be_visible()
    page.get_by_role("button", name="Orange, 250").click()
    expect(page.get_by_role("heading", name="LIC 6.3 mg/g dry weight")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Orange, 250")).to_be_visible()
    settled(page)
    page.locator("canvas.image").press("Delete")
    settled(page)
    expect(regions(page)).to_have_count(0)

    name_next(page, "liver", "Freehand")
    touch(page, around(page, REGIONS["liver"]))
    expect(page.get_by_role("heading", name="LIC 6.3 mg/g dry weight")).to_be_visible()
    name_next(page, "spleen", "Ellipse")
    top, left, bottom, right = box_of(REGIONS["spleen"])
    touch(page, [on_screen(page, top, left), on_screen(page, bottom - 1, right - 1), on_screen(page, bottom, right)])
    expect(regions(page)).to_have_count(2)
    expect(page.get_by_text("Spleen: measured")).to_be_visible()


def random_shapes(n: int) -> list[Region]:
    """Polygons (crossing themselves, on pixel centres, over the edge), ellipses and rectangles."""
    rng = np.random.default_rng(20261121)
    shapes: list[Region] = []
    for i in range(n):
        if i % 5 < 3:
            corners = rng.uniform(-12, 60, (int(rng.integers(3, 30)), 2))
            corners = np.round(corners * 2) / 2 if i % 5 == 1 else np.round(corners, 2)
            shapes.append(Region.polygon([(float(r), float(c)) for r, c in corners]))
        else:
            row, column = np.round(rng.uniform(-5, 50, 2), 2)
            height, width = np.round(rng.uniform(0.5, 45, 2) * 2) / 2
            kind = "ellipse" if i % 5 == 3 else "rectangle"
            shapes.append(Region(kind, float(row), float(column), float(height), float(width)))  # type: ignore[arg-type]
    return shapes


def test_browser_and_python_find_the_same_pixels_in_500_shapes(page: Page) -> None:
    shapes, (n_rows, n_columns) = random_shapes(500), (48, 40)
    sent: list[dict[str, Any]] = [
        {name: getattr(s, name) for name in ("shape", "row", "column", "height", "width", "points")} for s in shapes
    ]
    found = page.evaluate(
        f"""([shapes, rows, columns]) => {{ {script("geometry")}
        return shapes.map(shape => Array.from(maskOf(shape, rows, columns), Number).join("")); }}""",
        [sent, n_rows, n_columns],
    )
    for shape, pixels in zip(shapes, found, strict=True):
        expected = region_mask(shape, (n_rows, n_columns))
        assert pixels == "".join(map(str, expected.astype(int).ravel())), shape
    assert sum(pixels.count("1") for pixels in found) > 50_000
