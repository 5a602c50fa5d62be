"""A resident plays: a case of numbers and a case of images, each wrong first and then right."""

from __future__ import annotations

import math

from playwright.sync_api import Page, expect

SIDE = 128
Point = tuple[float, float]


def choose(page: Page, case: str) -> None:
    # the list draws only the options that are in sight
    page.get_by_role("combobox", name="Case").fill(case)
    page.get_by_role("option", name=case).click()
    expect(page.get_by_role("heading", name=case)).to_be_visible()


def answer(page: Page, words: str, then: str) -> None:
    page.get_by_role("main").get_by_text(words, exact=True).click()
    expect(page.get_by_role("radio", name=words, exact=True)).to_be_checked()
    page.get_by_role("button", name="Check").click()
    seen(page, then)


def seen(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible()


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


def test_a_case_of_numbers_and_one_of_images_are_played_wrong_and_then_right(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Learn")
    expect(page.get_by_role("heading", name="1. The flat tail")).to_be_visible()
    choose(page, "10. One bad echo")
    answer(page, "Echo 1", "Not quite. It lies on the curve of the others.")
    answer(page, "Echo 5", "Question 2 of")
    page.get_by_role("button", name="Keep this reading").click()
    seen(page, "By chance on the other side of the limit")
    page.get_by_role("button", name="5 (TE 10.8 ms)").click()
    seen(page, "T2* 21.98 ms")
    page.get_by_role("button", name="Keep this reading").click()
    seen(page, "within the tolerance of the truth")
    answer(page, "No significant iron; echo 5 was left out for motion", "What happened")

    choose(page, "8. The lateral wall")
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    ellipse(page, 67, 94, 18, 7)
    seen(page, "100 % spoilt wall")
    page.get_by_role("button", name="Check").click()
    seen(page, "Not quite. Only 0 %")
    page.get_by_role("button", name="Undo").click()
    seen(page, "Outline a region on the image.")
    ellipse(page, 62, 58, 15, 6)
    seen(page, "a good region")
    page.get_by_role("button", name="Check").click()
    answer(page, "Lung and vein beside it disturb the field", "Question 3 of")
    answer(page, "No significant iron by septal T2*", "Remember: Septum only.")
    seen(page, "2 of 20 cases done.")
