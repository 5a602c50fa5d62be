"""A resident plays: a case of numbers and a case of images, each wrong first and then right."""

from __future__ import annotations

import math

from playwright.sync_api import Page, expect

SIDE = 128
Point = tuple[float, float]


def settled(page: Page) -> None:
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def choose(page: Page, case: str) -> None:
    # the list draws only the options that are in sight
    page.get_by_role("combobox", name="Case").fill(case)
    page.get_by_role("option", name=case).click()
    expect(page.get_by_role("heading", name=case)).to_be_visible()
    settled(page)


def answer(page: Page, words: str) -> None:
    page.get_by_role("main").get_by_text(words, exact=True).click()
    settled(page)
    page.get_by_role("button", name="Check").click()
    settled(page)


def ellipse(page: Page, row: float, column: float, height: float, width: float) -> None:
    """Draw around an ellipse of the image with the mouse."""
    image = page.locator("canvas.image")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / SIDE
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    turns = [2 * math.pi * k / 12 for k in range(13)]
    for i, turn in enumerate(turns):
        down, across = row + height / 2 * math.sin(turn), column + width / 2 * math.cos(turn)
        page.mouse.move(middle_x + (across - SIDE / 2) * scale, middle_y + (down - SIDE / 2) * scale)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
    settled(page)


def test_a_case_of_numbers_and_one_of_images_are_played_wrong_and_then_right(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Learn")
    expect(page.get_by_role("heading", name="1. The flat tail")).to_be_visible()
    choose(page, "10. One bad echo")
    answer(page, "Echo 1")
    expect(page.get_by_text("Not quite. It lies on the curve of the others.")).to_be_visible()
    answer(page, "Echo 5")
    page.get_by_role("button", name="Keep this reading").click()
    expect(page.get_by_text("By chance on the other side of the limit")).to_be_visible()
    page.get_by_role("button", name="5 (TE 10.8 ms)").click()
    settled(page)
    page.get_by_role("button", name="Keep this reading").click()
    expect(page.get_by_text("within the tolerance of the truth")).to_be_visible()
    answer(page, "No significant iron; echo 5 was left out for motion")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()

    choose(page, "8. The lateral wall")
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    ellipse(page, 67, 94, 18, 7)
    expect(page.get_by_text("100 % spoilt wall")).to_be_visible()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not quite. Only 0 %")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    settled(page)
    ellipse(page, 62, 58, 15, 6)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("a good region").first).to_be_visible()
    answer(page, "Lung and vein beside it disturb the field")
    answer(page, "No significant iron by septal T2*")
    expect(page.get_by_text("Remember: Septum only.")).to_be_visible()
    expect(page.get_by_text("2 of 20 cases done.")).to_be_visible()
