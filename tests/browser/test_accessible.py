"""What a checker of web accessibility says of the pages as a reader meets them."""

from typing import Literal

from playwright.sync_api import Page, expect

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RUN = "async of => (await axe.run(document, {resultTypes: ['violations'], ...of})).violations"
OF_ALL: dict[str, object] = {}
OF_COLOURS: dict[str, object] = {"runOnly": ["color-contrast", "link-in-text-block"]}


def violations(page: Page, axe: str, rules: dict[str, object] = OF_ALL) -> list[str]:
    """Rules that the page breaks, each with the element and what is wrong."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in page.evaluate(RUN, rules)
        for node in rule["nodes"]
    ]


def settled(page: Page) -> None:
    for _ in range(2):
        page.wait_for_timeout(150)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def violations_by_day_and_night(page: Page, axe: str) -> list[str]:
    """Rules that the page breaks, first in the light and then in the dark scheme, which it follows while open.

    The dark scheme changes colours and nothing else, so that only the rules about them are asked again.
    """
    found, grounds = [], []
    for scheme, rules in zip(SCHEMES, (OF_ALL, OF_COLOURS), strict=True):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        found += [f"{scheme}: {broken}" for broken in violations(page, axe, rules)]
        grounds.append(page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor"))
    assert len(set(grounds)) == len(SCHEMES)
    return found


def test_images_findings_and_report_break_no_rule_of_accessibility(page: Page, app_url: str, axe: str) -> None:
    page.goto(f"{app_url}/Images")
    page.get_by_role("button", name="Load the sample images").click()
    expect(page.locator(".bench")).to_have_attribute("data-ready", "yes")
    page.get_by_label("Organ of the region").select_option("liver")
    for key in ("e", "Enter", "ArrowLeft"):
        page.locator("canvas.image").press(key)
    expect(page.get_by_text("In the report, and kept in step")).to_be_visible()
    assert violations_by_day_and_night(page, axe) == []
    for name in ("Findings", "Report"):
        settled(page)
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        assert violations_by_day_and_night(page, axe) == [], name


def test_every_section_of_learn_breaks_no_rule_of_accessibility(page: Page, app_url: str, axe: str) -> None:
    page.goto(f"{app_url}/Learn")
    expect(page.get_by_role("heading", name="1. The flat tail")).to_be_visible()
    for section in ("Cases", "Regions", "Simulator", "Practice", "Glossary", "Teaching"):
        settled(page)
        page.get_by_role("radio", name=section, exact=True).click(force=True)
        settled(page)
        of_the_upload_box = "stFileUploaderDropzone"  # the framework's own: its role contradicts its label
        found = [line for line in violations_by_day_and_night(page, axe) if of_the_upload_box not in line]
        assert found == [], section


def test_an_answered_quick_check_breaks_no_rule_of_accessibility(page: Page, app_url: str, axe: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 800})
    page.goto(f"{app_url}/Quick_check")
    page.get_by_label("What the other report says, in one sentence").fill("R2* 67.73 Hz, LIC 2.1 mg/g at 1.5 T, TDT")
    expect(page.get_by_text("Printed LIC 2.1 mg/g: borderline by Garbowski 2014.")).to_be_visible()
    assert violations_by_day_and_night(page, axe) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert violations_by_day_and_night(page, axe) == []


def test_a_question_about_a_table_breaks_no_rule_of_accessibility(page: Page, app_url: str, axe: str) -> None:
    page.goto(f"{app_url}/Signals")
    box = page.get_by_role("textbox", name="Echo times and signals")
    box.fill("TE (µs)\tS\n1200\t812\n2500\t640\n3800\t502\n5100\t396")
    box.press("Control+Enter")
    expect(page.get_by_text("The echo times are written in microseconds")).to_be_visible()
    of_the_upload_box = "stFileUploaderDropzone"  # the framework's own: its role contradicts its label
    assert [line for line in violations_by_day_and_night(page, axe) if of_the_upload_box not in line] == []


def test_the_checker_sees_a_picture_without_words(page: Page, axe: str) -> None:
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'></main></html>")
    assert [line.split(":")[0] for line in violations(page, axe)] == ["image-alt"]


def test_the_checker_sees_pale_words_by_the_rules_of_colour(page: Page, axe: str) -> None:
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><p style='color: #ddd'>pale</p></main></html>")
    assert [line.split(":")[0] for line in violations(page, axe, OF_COLOURS)] == ["color-contrast"]
