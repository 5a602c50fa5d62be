"""The Report page in a real browser: what is typed last is printed, each export is one click, pages are shown."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def report(page: Page, app_url: str) -> Page:
    """The Report page with the sample exam."""
    page.goto(f"{app_url}/Report")
    page.get_by_role("button", name="Load a sample exam").click()
    expect(page.get_by_text(re.compile(r"^Page 1 of \d"))).to_be_visible()
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def test_words_typed_just_before_the_click_are_printed_and_reset_brings_the_findings_back(
    report: Page, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    field = report.get_by_role("textbox", name="Impression (printed as it stands here)")
    expect(field).to_have_value(re.compile("^In the heart T2\\* is 8.1 ms"))
    report.get_by_role("textbox", name="Notes (printed as yours)").fill("Breathing artefacts in slice two.")
    assert "Breathing artefacts in slice two." in poppler("pdftotext", downloaded(report, "Download PDF", tmp_path))
    field.fill("Severe cardiac iron, told by phone.")
    printed = poppler("pdftotext", downloaded(report, "Download PDF", tmp_path))
    assert "Severe cardiac iron, told by phone." in printed and "written by the reader" in printed
    report.get_by_role("button", name="Reset to the findings").click()
    expect(field).to_have_value(re.compile("^In the heart T2\\* is 8.1 ms"))


def test_another_page_is_shown_and_the_short_form_and_the_exam_file_are_one_click_each(
    report: Page, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    first = report.get_by_role("img", name=re.compile(r"^Page 1 of \d as it will be printed$"))
    expect(first).to_be_visible()
    report.get_by_role("radio", name="2", exact=True).or_(report.get_by_role("button", name="2", exact=True)).click()
    expect(report.get_by_role("img", name=re.compile(r"^Page 2 of \d as it will be printed$"))).to_be_visible()
    expect(first).to_be_hidden()
    short = downloaded(report, "PDF, one page", tmp_path)
    info = poppler("pdfinfo", short)
    assert short.name.endswith("_short.pdf") and "Pages:           1" in info
    exam = json.loads(downloaded(report, "Exam file", tmp_path).read_text(encoding="utf-8"))
    assert exam["format"] == "ironreport-exam"
