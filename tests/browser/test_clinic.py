"""A clinic in a real browser: a small camp day from sender to workbook, and ten thousand patients in every view."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.camp_day import camp_day, settled
from benchmarks.registry.cohort import cohort
from ironreport.clinic import make_clinic
from ironreport.clinic.index_writing import put_all

from .test_accessible import violations_by_day_and_night

N_PATIENTS = 10_000
WORDS = {
    "Worklist": "No exam waits", "Recall list": "overdue", "Patient": "Next scan due", "Registry": "10000 patients"
}  # fmt: skip
OF_THE_UPLOAD_BOX = "stFileUploaderDropzone"
"""The framework's own: its role contradicts its label."""


def test_a_camp_day_ends_in_one_workbook_and_no_patient_has_the_number_of_another(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    day = camp_day(page, app_url, tmp_path, n_patients=8, n_by_hand=1)
    assert {"sent by C-STORE", "put in as a zip", "drawn"} < set(day.seconds)
    day.clinic.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of many patients; of its exams only the index is there."""
    root = tmp_path_factory.mktemp("large") / "clinic"
    clinic = make_clinic(root)
    rows, people = cohort(N_PATIENTS, N_PATIENTS)
    with clinic.store.engine.execution_options(ironreport_writes=True).begin() as connection:
        put_all(connection, rows, people)
    clinic.close()
    return root


def choose(page: Page, view: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name=view, exact=True).click(force=True)
    settled(page)


def test_every_view_of_ten_thousand_patients_scrolls_and_breaks_no_rule_of_accessibility(
    page: Page, app_url: str, axe: str, large: Path
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{app_url}/Clinic")
    box = page.get_by_label("Folder of the clinic")
    box.fill(str(large))
    box.press("Enter")
    settled(page)
    assert violations_by_day_and_night(page, axe) == []
    page.get_by_role("button", name="Open this clinic").click()
    expect(page.get_by_text("No exam waits")).to_be_visible()
    settled(page)
    for view, words in (
        ("Worklist", "No exam waits"),
        ("Recall list", "overdue"),
        ("Patient", "Next scan due"),
        ("Registry", "10000 patients"),
    ):
        choose(page, view)
        expect(page.get_by_text(words).first).to_be_visible()
        found = [line for line in violations_by_day_and_night(page, axe) if OF_THE_UPLOAD_BOX not in line]
        assert found == [], view
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box_of = table.bounding_box()
    assert box_of is not None
    page.mouse.move(box_of["x"] + 100, box_of["y"] + 100)
    page.mouse.wheel(0, 10_000_000)
    last = table.locator("table tbody tr").last
    expect(last).to_contain_text("P-")
    expect(last).to_have_attribute("aria-rowindex", str(N_PATIENTS + 1))
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
