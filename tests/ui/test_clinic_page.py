"""The Clinic page: nothing is kept without one; a list, who is due, the years of a patient, the next exam by a key."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from streamlit.testing.v1 import AppTest

from ironreport.clinic import (
    Clinic,
    add_exam,
    add_images,
    begin_second,
    exam_of,
    keep_exam,
    make_clinic,
    move,
    visit_of,
)
from ironreport.clinic.clinic_queries import due, worklist
from ironreport.clinic.recall_files import recall_calendar, recall_csv, recall_pdf
from ironreport.records import Context, Exam, Measurement, PrintedResult, Transfused
from ironreport.synthetic.samples import samples_folder
from ironreport.ui import clinic_exam
from ironreport.ui.clinic import registry_view

AT = "2026-11-29T10:00:00"


def exam(date: str, number: str, heart_ms: float) -> Exam:
    measured = (
        Measurement(PrintedResult("heart", 1.5, t2star_ms=heart_ms)),
        Measurement(PrintedResult("liver", 1.5, r2star_per_s=300.0)),
    )
    return Exam(number, date, measured, Context("tdt"))


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = make_clinic(tmp_path / "clinic")
    for date, heart_ms in (("2024-05-01", 14.0), ("2025-05-01", 8.0)):
        add_exam(made, exam(date, "Sentinel-1", heart_ms), at=AT)
    yield made
    made.close()


@pytest.fixture
def app(repo_root: Path) -> AppTest:
    return AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)


def opened(app: AppTest, clinic: Clinic, view: str = "today") -> AppTest:
    app.session_state[clinic_exam.CLINIC] = clinic
    app.session_state["_clinic-view"] = view
    page = app.run().switch_page("pages/11_Clinic.py").run()
    assert not page.exception and not page.error
    return page


def words(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.success, page.warning)
    return " ".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def button(page: AppTest, label: str) -> None:
    next(b for b in page.button if b.label == label).click()


def test_without_a_clinic_the_page_says_that_nothing_is_kept_and_makes_one_where_asked(
    app: AppTest, tmp_path: Path
) -> None:
    page = app.run().switch_page("pages/11_Clinic.py").run()
    assert "nothing is kept" in words(page)
    page.text_input(key="clinic-folder").set_value(str(tmp_path / "new")).run()
    assert not (tmp_path / "new").exists()
    page.button(key="clinic-new").click().run()
    assert (tmp_path / "new" / "clinic.toml").is_file() and "No exam waits" in words(page)
    page.button(key="clinic-close").click().run()
    assert "nothing is kept" in words(page)


def test_a_folder_can_be_chosen_only_on_this_computer(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clinic_exam, "may_choose_folder", lambda: False)
    page = app.run().switch_page("pages/11_Clinic.py").run()
    assert not [t for t in page.text_input if t.key == "clinic-folder"]
    assert "only in a browser on the computer" in words(page)


def test_the_worklist_names_nobody_and_the_next_exam_comes_by_one_click(app: AppTest, clinic: Clinic) -> None:
    page = opened(app, clinic)
    (table,) = page.dataframe
    assert list(table.value["state"]) == ["drawn", "drawn"] and "Sentinel" not in table.value.to_string()
    button(page, "Open the next exam")
    page.run()
    first, second = worklist(clinic)
    assert page.session_state[clinic_exam.VISIT] == first.id
    assert page.session_state["exam"] == exam_of(clinic, first.id)
    page.session_state[clinic_exam.NEXT] = True  # as the key in the side panel leaves it
    page.run()
    assert page.session_state[clinic_exam.VISIT] == second.id


def _panel() -> None:
    """What the side panel and the frame of the pages do with an exam of the clinic."""
    from ironreport.ui import clinic_exam, state

    clinic_exam.show_in_panel()
    clinic_exam.keep_in_step()
    import streamlit as st

    st.button("New exam", on_click=state.new_exam)


def test_what_is_changed_on_the_pages_is_kept_and_a_state_is_moved_by_a_click(clinic: Clinic) -> None:
    visit_id = worklist(clinic)[0].id
    panel = AppTest.from_function(_panel, default_timeout=60)
    panel.session_state[clinic_exam.CLINIC] = clinic
    panel.session_state["exam"] = panel.session_state[clinic_exam.KEPT] = exam_of(clinic, visit_id)
    panel.session_state[clinic_exam.VISIT] = visit_id
    panel.run()
    assert f"Clinic: **{visit_of(clinic, visit_id).patient}**, drawn" in words(panel)
    button(panel, "Mark as read")
    panel.run()
    assert visit_of(clinic, visit_id).state == "read"
    panel.session_state["exam"] = exam("2024-05-01", "x", 21.0)
    panel.run()
    assert exam_of(clinic, visit_id).measurements[0].signal == PrintedResult("heart", 1.5, t2star_ms=21.0)
    assert visit_of(clinic, visit_id).state == "drawn"
    button(panel, "New exam")
    panel.run()
    assert clinic_exam.VISIT not in panel.session_state and clinic_exam.CLINIC in panel.session_state
    assert exam_of(clinic, visit_id).measurements and "not one of it" in words(panel)


def test_images_of_the_clinic_come_with_results_of_earlier_visits(app: AppTest, clinic: Clinic) -> None:
    with zipfile.ZipFile(samples_folder() / "liver_1t5_siemens" / "exam.zip") as archive:
        files = [(name, of_patient_one(archive.read(name))) for name in archive.namelist()]
    (visit,) = add_images(clinic, files, at=AT).visits
    for one in worklist(clinic):
        if one.id != visit.id:
            move(clinic, one.id, "signed", at=AT)
    page = opened(app, clinic)
    button(page, "Open the next exam")
    page.run()
    context = page.session_state["exam"].context
    assert (context.disease, len(context.previous)) == ("tdt", 4)
    assert page.session_state["images"].n_studies == 1


def of_patient_one(content: bytes) -> bytes:
    dataset, out = pydicom.dcmread(io.BytesIO(content)), io.BytesIO()
    dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "Sentinel-1", "", ""
    dataset.save_as(out)
    return out.getvalue()


def test_the_recall_list_says_when_and_why(app: AppTest, clinic: Clinic) -> None:
    page = opened(app, clinic, "due")
    (table,) = page.dataframe
    assert list(table.value["due"]) == ["2025-11-01"] and "priority" in table.value["why"][0]
    assert "overdue" in words(page) and len(page.get("download_button")) == 3


def test_the_registry_and_the_years_of_a_patient_are_drawn(app: AppTest, clinic: Clinic) -> None:
    page = opened(app, clinic, "registry")
    assert "**1** patients" in words(page) and len(page.get("vega_lite_chart")) == 2
    app.session_state["_clinic-view"] = "patient"
    page = app.run()
    assert "**Next scan due 2025-11-01**" in words(page) and "more iron" in words(page)


def test_the_iron_balance_stands_on_the_page_of_a_patient_once_it_is_said_what_was_transfused(
    app: AppTest, clinic: Clinic
) -> None:
    page = opened(app, clinic, "patient")
    assert "what was transfused since the last" in words(page) and not page.table
    last = exam("2025-05-01", "Sentinel-1", 8.0)
    liver = Measurement(PrintedResult("liver", 1.5, r2star_per_s=500.0))
    typed = Transfused(weight_kg=50.0, n_units=26)
    last = replace(last, measurements=(liver,), context=replace(last.context, transfused=typed))
    second = worklist(clinic)[1]
    keep_exam(clinic, second.id, last, at=AT)
    page = page.run()
    assert "Iron balance up to 2025-05-01" in words(page) and "Iron in, by transfusion" in str(page.table[0].value)


def test_two_readers_of_an_exam_stand_side_by_side_and_where_they_differ(app: AppTest, clinic: Clinic) -> None:
    first, _ = worklist(clinic)
    move(clinic, first.id, "read", at=AT)
    app.session_state[registry_view.PICKED] = first.pseudonym
    page = opened(app, clinic, "patient")
    assert "a second time" in words(page)
    second = begin_second(clinic, first.id, at=AT)
    assert "not measured yet" in words(page.run())
    keep_exam(clinic, second.id, exam("2024-05-01", "x", 30.0), at=AT)
    page = page.run()
    assert "they differ: Heart" in words(page)
    (table,) = (t.value for t in page.dataframe if "first reading" in t.value.columns)
    assert list(table["verdict"]) == ["differ", "agree"] and "+114 %" in list(table["difference"])


def test_the_recall_list_goes_out_as_csv_calendar_and_paper(clinic: Clinic) -> None:
    import datetime as dt

    from icalendar import Calendar

    listed = due(clinic, "2030-01-01")
    at = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)
    (event,) = Calendar.from_ical(recall_calendar(listed, at)).walk("VEVENT")
    assert event.decoded("dtstart") == dt.date(2025, 11, 1) and listed[0].pseudonym in str(event["summary"])
    assert recall_calendar(listed, at) == recall_calendar(listed, at)
    assert b"2025-11-01" in recall_csv(listed)
    pdf = recall_pdf(listed, "2026-11-29", "Recall list")
    assert pdf.startswith(b"%PDF") and pdf == recall_pdf(listed, "2026-11-29", "Recall list")
