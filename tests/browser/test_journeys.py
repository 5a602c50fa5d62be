"""A reader's way through the app in a real browser: in with numbers or images, out with the printed report."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import pydicom
from playwright.sync_api import Page, expect

from ironreport.synthetic import write_dicom_exam
from ironreport.synthetic.samples import samples_folder

LIVER_3_MS = "TE (ms)\tsignal\n" + "\n".join(
    f"{1.3 + 1.2 * k:.1f}\t{1000 * math.exp(-(1.3 + 1.2 * k) / 3.0):.1f}" for k in range(10)
)
IN_THE_MENU = ("Quick check", "Signals", "Images", "Findings", "Report", "Evidence")


def settled(page: Page) -> None:
    """Wait until no run of the page is under way: until then old elements stand beside the new ones."""
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_page(page: Page, url: str, heading: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    settled(page)


def follow(page: Page, link: str) -> None:
    settled(page)  # a click in the middle of a run may be lost
    page.get_by_role("link", name=link, exact=True).first.click()
    expect(page.get_by_role("heading", name=link, exact=True)).to_be_visible()
    settled(page)


def choose(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("radio", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True)).click()
        settled(page)


def text_of_pdf(page: Page, folder: Path, poppler: Callable[..., str]) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PDF").click()
    file = folder / "report.pdf"
    download.value.save_as(file)
    assert download.value.suggested_filename.startswith("ironreport_")
    return poppler("pdftotext", file, "-layout")


def test_pasted_numbers_stay_over_another_page_and_become_a_printed_report(
    page: Page, app_url: str, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    open_page(page, f"{app_url}/Signals", "Signals")
    choose(page, "Liver", "1.5 T")
    box = page.get_by_role("textbox", name="Echo times and signals")
    box.fill("1.3 650\n2.5 abc")
    box.press("Control+Enter")
    expect(page.get_by_text("Line 2", exact=True)).to_be_visible()
    follow(page, "Findings")
    follow(page, "Signals")
    expect(box).to_have_value("1.3 650\n2.5 abc")
    box.fill(LIVER_3_MS)
    box.press("Control+Enter")
    expect(page.get_by_text("As read: 10 echoes")).to_be_visible()
    expect(page.get_by_role("heading", name="LIC 8.5 mg/g dry weight")).to_be_visible()
    expect(page.get_by_role("heading", name="moderate", exact=True)).to_be_visible()
    expect(page.get_by_text("T2* 3.0 ms (2.7 to 3.3)")).to_be_visible()
    page.get_by_role("button", name="Add to exam").click()
    expect(page.get_by_text("Liver: done")).to_be_visible()
    settled(page)

    follow(page, "Findings")
    expect(page.get_by_text("LIC = 0.02603 × 333.3 - 0.16")).to_be_visible()
    expect(page.get_by_text("No interval is suggested").first).to_be_visible()

    follow(page, "Report")
    address = page.url
    text = text_of_pdf(page, tmp_path, poppler)
    for wanted in (
        "LIC 8.5", "mg/g dry weight", "7.8 to 9.3", "hernando-2023", "moderate", "ESGAR/SAR 2023",
        "No interval is suggested",
        "Radiology 2023;306:e213256", "10.1148/radiol.213256", "Not valid without signature",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert page.url == address
    expect(page.get_by_text("Liver: done")).to_be_visible()

    page.get_by_role("button", name="New exam").click()
    expect(page.get_by_text("Liver: not assessed")).to_be_visible()
    settled(page)
    follow(page, "Signals")
    expect(page.get_by_role("textbox", name="Echo times and signals")).to_have_value("")


SWAPPED = "53.63\t1.2\n34.77\t2.5\n22.54\t3.8\n14.61\t5.1\n9.48\t6.4\n6.14\t7.7\n3.98\t9\n2.58\t10.3"


def test_a_doubtful_table_is_asked_once_on_a_phone_and_one_click_gives_the_answer(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, f"{app_url}/Signals", "Signals")
    choose(page, "Liver", "1.5 T")
    box = page.get_by_role("textbox", name="Echo times and signals")
    box.fill(SWAPPED)
    box.press("Control+Enter")
    expect(page.get_by_text("Which column holds the echo times is not sure")).to_be_visible()
    expect(page.get_by_text("As it would be read")).to_be_visible()
    expect(page.get_by_text("mg/g dry weight")).to_have_count(0)
    page.get_by_text("Echo times in column 2, signals in column 1").click()
    expect(page.get_by_text("As read: 8 echoes")).to_be_visible()
    expect(page.get_by_text("T2* 3.0 ms")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_sample_exam_is_one_click_away_and_critical_and_opens_again_from_its_file(
    page: Page, app_url: str, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    open_page(page, f"{app_url}/Signals", "Signals")
    page.get_by_role("button", name="Load a sample exam").click()
    expect(page.get_by_text("Heart: done")).to_be_visible()
    settled(page)
    follow(page, "Report")
    text = text_of_pdf(page, tmp_path, poppler)
    assert "Heart: T2* 8.1 ms (95 % 7.0 to 9.4), severe" in text and "About 6 months" in text and "tdt-i2" not in text

    with page.expect_download() as download:
        page.get_by_role("button", name="Save exam").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    page.get_by_role("button", name="New exam").click()
    expect(page.get_by_text("Heart: not assessed")).to_be_visible()
    settled(page)
    page.get_by_text("Open a saved exam").click()
    page.get_by_test_id("stSidebar").get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(page.get_by_text("Heart: done")).to_be_visible()
    expect(page.get_by_role("textbox", name="Whose exam (pseudonym)")).to_have_value("Sample exam (synthetic)")


def region(page: Page, organ: str, row: int, column: int, height: int, width: int) -> None:
    page.get_by_text("Place a region by numbers").click()
    choose(page, organ)
    sizes = {"Centre row": row, "Centre column": column, "Height": height, "Width": width}
    for label, value in sizes.items():
        settled(page)
        field = page.get_by_role("spinbutton", name=label)
        field.fill(str(value))
        field.press("Enter")
        expect(field).to_have_value(str(value))
    page.get_by_role("button", name="Place the region").click()


def upload(page: Page, *files: Path | dict[str, str | bytes]) -> None:
    chooser = page.get_by_test_id("stMain").locator("input[type=file]:not([webkitdirectory])").first
    chooser.set_input_files(list(files))  # type: ignore[arg-type]


NO_IMAGES = {
    "scan.dcm": (b"\xff\xd8\xff\xe0" + b"\0" * 200, "NOT_DICOM"),
    "empty.zip": (b"PK\x05\x06" + b"\0" * 18, "ZIP_EMPTY"),
}


def _file(name: str, content: bytes) -> dict[str, str | bytes]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_files_that_are_no_images_are_refused_by_name_and_a_zip_of_images_becomes_a_finding(
    page: Page, app_url: str
) -> None:
    open_page(page, f"{app_url}/Images", "Images")
    upload(page, *(_file(name, content) for name, (content, _) in NO_IMAGES.items()))
    expect(page.get_by_text("No usable multi-echo magnitude series was found.")).to_be_visible()
    for _, said in NO_IMAGES.values():
        expect(page.get_by_text(f"1 file · {said}")).to_be_visible()
    settled(page)
    upload(page, samples_folder() / "phantom_1t5_dicom" / "exam.zip")
    expect(page.get_by_text("1 usable series; 2 files left out.")).to_be_visible()
    region(page, "Liver", 64, 42, 24, 20)
    expect(page.get_by_text("Mean of 373 pixels at each echo")).to_be_visible()
    expect(page.get_by_text("T2* 4.0 ms").first).to_be_visible()
    expect(page.get_by_role("heading", name="LIC 6.3 mg/g dry weight")).to_be_visible()
    expect(page.get_by_text("Liver: done")).to_be_visible()


def hostile_exam() -> bytes:
    """The phantom with a series description that would fetch an address if it were read as markdown."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in write_dicom_exam().items():
            dataset = pydicom.dcmread(io.BytesIO(content))
            dataset.SeriesDescription = "![x](http://203.0.113.9/a.png)"
            dataset.PatientName = "![n](http://203.0.113.9/n.png)"
            dataset.ManufacturerModelName = "<img src=http://203.0.113.9/m.png>"
            out = io.BytesIO()
            dataset.save_as(out)
            archive.writestr(name, out.getvalue())
    return packed.getvalue()


def test_a_hostile_tag_fetches_nothing_and_is_shown_as_itself(
    page: Page, app_url: str, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    open_page(page, f"{app_url}/Images", "Images")
    upload(page, {"name": "![f](http://203.0.113.9/f.zip)", "mimeType": "application/zip", "buffer": hostile_exam()})
    expect(page.get_by_text("1 usable series")).to_be_visible()
    region(page, "Liver", 64, 42, 24, 20)
    expect(page.get_by_text("Liver: done")).to_be_visible()
    settled(page)
    follow(page, "Findings")
    expect(page.get_by_text("LIC 6.3 mg/g").first).to_be_visible()
    follow(page, "Report")
    text = text_of_pdf(page, tmp_path, poppler)
    assert "<img src=http://203.0.113.9/m.png>" in text


def test_a_deep_link_beside_the_menu_works_as_the_first_request_to_a_fresh_server(
    page: Page, fresh_app: Callable[[], str]
) -> None:
    open_page(page, f"{fresh_app()}/Self_check", "Self-check")
    expect(page.get_by_role("button", name="New exam")).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_role("link", name="Quick check", exact=True).first).to_be_visible()


def test_the_menu_of_a_phone_closes_behind_a_choice_bookmarks_work_and_nothing_runs_over_its_edge(
    page: Page, app_url: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, app_url, "IronReport")
    for name in ("Learn", *IN_THE_MENU):
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Collapse sidebar")).to_have_count(0)  # the menu lay over the page
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    open_page(page, f"{app_url}/Self_check", "Self-check")  # by its address, on a server that has run before
    expect(page.get_by_text("Page not found")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
