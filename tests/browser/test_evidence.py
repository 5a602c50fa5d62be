"""A reader looks something up: deep link, search, DOI, curves, on a wide screen and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def open_evidence(page: Page, url: str) -> None:
    page.goto(f"{url}/Evidence")
    expect(page.get_by_role("heading", name="Evidence", exact=True)).to_be_visible()


def test_a_number_is_looked_up_down_to_its_doi_on_a_server_that_nobody_has_visited(
    page: Page, fresh_app: Callable[[], str]
) -> None:
    open_evidence(page, fresh_app())  # a link of the menu, as the first request
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_text("The class hangs on the calibration")).to_be_visible()
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart).to_be_visible()
    assert (chart.bounding_box() or {"height": 0})["height"] > 300

    page.get_by_role("button", name="Load a sample exam").click()
    expect(page.get_by_text(re.compile(r"^All \d+ other calibrations give the same class\.$"))).to_be_visible()

    box = page.get_by_role("textbox", name="Search")
    box.fill("kirk 2009 ladder")
    box.press("Enter")
    expect(page.get_by_text("heart-1t5").first).to_be_visible()
    link = page.get_by_role("link", name="doi:10.1161/CIRCULATIONAHA.109.874487").first
    expect(link).to_have_attribute("href", "https://doi.org/10.1161/CIRCULATIONAHA.109.874487")


def test_nothing_runs_over_the_edge_of_a_phone(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_evidence(page, app_url)
    for view in ("Calibrations", "Entries", "Contradictions", "Sources"):
        page.get_by_role("radio", name=view).or_(page.get_by_role("button", name=view)).first.click()
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
        inside = "e => e.scrollWidth <= e.clientWidth"
        assert page.get_by_test_id("stMain").evaluate(inside), view
