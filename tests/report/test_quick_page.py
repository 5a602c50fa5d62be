"""The answer to a printed number on one sheet, with the source of every number, and nothing that names a patient."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ironreport.hospital.quick_checking import answer_at_hospital, check_at_hospital
from ironreport.hospital.settings import hospital_settings
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, PrintedResult, Recommendation
from ironreport.report.pdf.page_pictures import n_pages
from ironreport.report.pdf.quick_page import quick_file_name, write_quick_pdf
from ironreport.report.quick_answer import QuickAnswer

KNOWLEDGE = published_knowledge()
SETTINGS = hospital_settings(KNOWLEDGE)
MANY_FACTS = {
    "regular_transfusion": "yes", "on_chelation": "yes", "lvef_reduced": "yes", "adherence": "poor",
    "ferritin_ng_per_ml": "4200", "age_years": "12", "cardiac_symptoms": "yes", "splenectomised": "yes",
}  # fmt: skip
CASES = {
    "starting case": (PrintedResult("liver", 1.5, 67.73, 14.76, 2.1), "tdt", {}),
    "no field": (PrintedResult("liver", None, 67.73, 14.76, 2.1), "unknown", {}),
    "critical heart, many facts": (PrintedResult("heart", 1.5, None, 5.0), "tdt", MANY_FACTS),
    "severe liver in SCD": (PrintedResult("liver", 1.5, 700.0, None, 18.0), "scd", MANY_FACTS),
    "LIC alone": (PrintedResult("liver", 3.0, None, None, 2.1), "ntdt", {}),
    "research organ": (PrintedResult("kidney", 1.5, None, 25.0), "scd", {}),
}


def answered(case: str) -> QuickAnswer:
    printed, disease, facts = CASES[case]
    theirs = Recommendation(12, 24, "every 1 to 2 years")
    check = check_at_hospital(printed, Context(disease, tuple(facts.items())), SETTINGS, KNOWLEDGE, theirs)
    return answer_at_hospital(check, SETTINGS, KNOWLEDGE)


@pytest.mark.parametrize("page_size", ["A4", "Letter"])
@pytest.mark.parametrize("case", CASES)
def test_every_answer_fits_on_one_page(case: str, page_size: str) -> None:
    assert n_pages(write_quick_pdf(answered(case), page_size)) == 1


def test_the_sheet_says_the_first_line_and_the_source_of_every_number(poppler: Callable[..., str]) -> None:
    answer = answered("starting case")
    text = " ".join(poppler("pdftotext", write_quick_pdf(answer), "-layout").split())
    for wanted in (
        "Printed LIC 2.1 mg/g: borderline by Garbowski 2014.", "2 of the 4 other calibrations", "About 12 months",
        "It names no source", "LVEF reduced (yes: about 6 months)", "Nothing was measured here", "Signature",
        "Not valid without signature", "Garbowski MW",
    ):  # fmt: skip
        assert wanted in text, wanted
    listed = {int(n) for n in re.findall(r"\[(\d+)\] [A-Z]", text)}
    cited = {int(n) for marks in re.findall(r"\[([\d, ]+)\]", text) for n in marks.split(",")}
    assert cited == listed == {reference.number for reference in answer.references}


def test_a_disease_that_is_not_known_is_not_printed_as_one(poppler: Callable[..., str]) -> None:
    text = poppler("pdftotext", write_quick_pdf(answered("no field")), "-layout")
    assert "not in this list" not in text and "not stated" in text


def test_equal_answers_give_equal_bytes() -> None:
    assert write_quick_pdf(answered("starting case")) == write_quick_pdf(answered("starting case"))


def test_the_file_name_names_nobody() -> None:
    assert re.fullmatch(r"ironreport_quick_check_[0-9a-f]{4}\.pdf", quick_file_name(answered("no field")))


def test_a_critical_number_stands_in_the_red_box_with_its_value(poppler: Callable[..., str]) -> None:
    text = poppler("pdftotext", write_quick_pdf(answered("critical heart, many facts")), "-layout")
    assert "CRITICAL: heart T2* 5.0 ms" in text and "Referring physician informed" in text
