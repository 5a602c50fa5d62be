"""Whole ways through the app in other languages: in with images or numbers, out with the printed report."""

from __future__ import annotations

import io
import math
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from ironreport.synthetic.phantom import REGIONS
from ironreport.synthetic.sample_patient import sample_patient_files

from .test_accessible import violations_by_day_and_night
from .test_journeys import upload
from .test_workbench import around, drag

LIVER_3_MS = "\n".join(
    f"{1.3 + 1.2 * k:.1f}\t{1000 * math.exp(-(1.3 + 1.2 * k) / 3.0):.1f}".replace(".", ",") for k in range(10)
)


def settled(page: Page) -> None:
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def follow(page: Page, link: str) -> None:
    settled(page)
    page.get_by_role("link", name=link, exact=True).first.click()
    expect(page.get_by_role("heading", name=link, exact=True)).to_be_visible()
    settled(page)


def printed(page: Page, button: str, folder: Path, poppler: Callable[..., str]) -> str:
    """Text of the downloaded report, joined letters taken apart and marks of direction taken out."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(folder / "report.pdf")
    text = unicodedata.normalize("NFKC", poppler("pdftotext", folder / "report.pdf"))
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def choose_english(page: Page, address: str) -> None:
    """What was chosen holds through F5, not what the address asked for before."""
    page.goto(f"{address}?lang=ar")
    expect(page.locator('html[lang="ar"]')).to_be_attached()
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.get_by_role("option", name="English").click()
    expect(page).to_have_url(address)
    expect(page.locator('html[lang="en"][dir="ltr"]')).to_be_attached()


def draw(page: Page, organ: str, location: str = "") -> None:
    """A line around an organ, as the reader's hand draws it, at a location in the reader's words."""
    page.locator(".bench select.organ").select_option(organ)
    settled(page)
    if location:
        page.locator(".bench .location").fill(location)
        page.locator(".bench .location").press("Tab")
        settled(page)
    drag(page, around(page, REGIONS[organ]))


def bring_images(page: Page) -> None:
    """The images of the sample patient as a scanner's zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sample_patient_files():
            archive.writestr(name, content)
    settled(page)
    upload(page, {"name": "exam.zip", "mimeType": "application/zip", "buffer": packed.getvalue()})
    expect(page.locator('.bench[data-ready="yes"]')).to_be_visible()
    settled(page)


def test_images_become_a_printed_report_in_arabic_from_right_to_left(
    page: Page, app_url: str, axe: str, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    choose_english(page, f"{app_url}/Signals")
    page.goto(f"{app_url}/Images?lang=ar")
    expect(page.locator('html[lang="ar"][dir="rtl"]')).to_be_attached()
    expect(page.get_by_test_id("stMain").get_by_role("button", name="رفع مجلدات")).to_be_visible()
    bring_images(page)
    bench = page.locator(".bench")
    draw(page, "liver")
    expect(page.get_by_text("الكبد: تمّ")).to_be_visible()
    page.get_by_role("slider", name="المقطع").press("ArrowRight")
    draw(page, "heart", "الحاجز")
    expect(bench.get_by_role("button", name="القلب · الحاجز")).to_be_visible()
    expect(bench.get_by_role("button", name="القلب")).to_contain_text("8.1 ms")
    expect(bench.get_by_role("button", name="رسم حر")).to_be_visible()
    assert "pixels" not in bench.inner_text() and bench.locator(".names").get_attribute("dir") == "rtl"
    first, second = (bench.get_by_role("button", name=name).bounding_box() for name in ("رسم حر", "مضلع"))
    image = bench.locator(".stage").bounding_box()
    assert first is not None and second is not None and image is not None
    assert first["x"] > image["x"] and first["y"] < second["y"]
    assert violations_by_day_and_night(page, axe) == []
    follow(page, "النتائج")
    expect(page.get_by_text("نتيجة حرجة").first).to_be_visible()
    panel, heading = page.get_by_test_id("stSidebar").bounding_box(), page.get_by_role("heading").first.bounding_box()
    assert panel is not None and heading is not None and panel["x"] > heading["x"]
    assert violations_by_day_and_night(page, axe) == []
    assert "8.1\u00a0ms" in page.get_by_test_id("stMain").inner_text()  # a line does not end between the two
    follow(page, "التقرير")
    text = printed(page, "تنزيل PDF", tmp_path, poppler)
    assert "تقرير الحديد بالرنين المغناطيسي" in text
    assert "T2* 8.1 ms" in text and "LIC 8.5 mg/g" in text
    assert "لم يراجعها طبيب" in text


def test_images_and_pasted_numbers_become_a_report_in_french(
    page: Page, app_url: str, tmp_path: Path, poppler: Callable[..., str]
) -> None:
    page.goto(f"{app_url}/Images?lang=fr")
    expect(page.get_by_role("heading", name="Images", exact=True)).to_be_visible()
    bring_images(page)
    page.get_by_role("slider", name="Coupe").press("ArrowRight")
    draw(page, "heart")
    expect(page.get_by_text("Cœur : fait")).to_be_visible()
    follow(page, "Signaux")
    for name in ("Foie", "1,5 T"):
        page.get_by_role("radio", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True)).click()
        settled(page)
    box = page.get_by_role("textbox", name="Temps d'écho et signaux")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("(text) => navigator.clipboard.writeText(text)", LIVER_3_MS)
    box.press("Control+V")  # and nothing else: a paste counts at once
    expect(page.get_by_role("heading", name="LIC 8,5 mg/g de poids sec")).to_be_visible()
    expect(page.get_by_role("heading", name="modéré", exact=True)).to_be_visible()
    page.get_by_role("button", name="Ajouter à l'examen").click()
    expect(page.get_by_text("Foie : fait")).to_be_visible()
    follow(page, "Compte rendu")
    text = printed(page, "Télécharger le PDF", tmp_path, poppler)
    assert "COMPTE RENDU IRM DU FER" in text and "LIC 8,5 mg/g de poids sec" in text and "T2* 8,1 ms" in text
    assert "n'ont pas été relues par un clinicien" in text
    page.goto(f"{app_url}/Findings")  # a new session, and an address without a language
    expect(page.get_by_text("est de retour : nombres et réponses")).to_be_visible()
    expect(page.get_by_role("heading", name="Résultats", exact=True)).to_be_visible()
