"""A printed number is answered in its first line: what it is, by what, and how many calibrations say otherwise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.hospital.quick_checking import answer_at_hospital, check_at_hospital
from ironreport.hospital.settings import hospital_settings
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, PrintedResult, Recommendation
from ironreport.report.quick_answer import QuickAnswer

KNOWLEDGE = published_knowledge()
SETTINGS = hospital_settings(KNOWLEDGE)
STARTING_CASE = PrintedResult("liver", 1.5, 67.73, 14.76, 2.1)
ONE_TO_TWO_YEARS = Recommendation(12, 24, "every 1 to 2 years")


def answered(
    printed: PrintedResult, disease: str = "unknown", theirs: Recommendation | None = None, **facts: str
) -> QuickAnswer:
    context = Context(disease, tuple(facts.items()))
    return answer_at_hospital(
        check_at_hospital(printed, context, SETTINGS, KNOWLEDGE, theirs), SETTINGS, KNOWLEDGE
    )  # fmt: skip


def said(answer: QuickAnswer) -> str:
    lines = (*answer.critical, *answer.next_scan, *answer.theirs, *answer.prompts)
    questions = [f"{q.label} {q.effect}" for q in answer.questions]
    first = [line for line in (answer.first, answer.because, answer.otherwise) if line]
    return " ".join([*first, *answer.doubts, *(x.text for x in lines), *questions])


def test_the_starting_case_is_answered_by_the_calibration_it_fits() -> None:
    answer = answered(STARTING_CASE)
    assert answer.first == "Printed LIC 2.1 mg/g: borderline by Garbowski 2014."
    assert answer.because.startswith("The one calibration at 1.5 T that gives it: 2.08 mg/g, 95 % 1.90 to 2.28.")
    assert answer.otherwise == (
        "2 of the 4 other calibrations at 1.5 T say otherwise: normal by Hernando 2023 (1.60, the published default) "
        "and Hankins 2009 (1.44)."
    )
    assert [row.gives_printed for row in answer.rows] == ["no", "no", "no", "yes", "no"]


@pytest.mark.parametrize(
    ("printed", "first", "because"),
    [
        (PrintedResult("liver", None, 67.73, 14.76, 2.1), "what Garbowski 2014 at 1.5 T gives", "Choose the field"),
        (
            PrintedResult("liver", 1.5, lic_mg_per_g=2.1),
            "Printed LIC 2.1 mg/g: borderline.",
            "calibration is not stated",
        ),
        (PrintedResult("liver", 1.5, 67.73), "normal by Hernando 2023", "The published default; 95 % 1.45 to 1.77"),
        (PrintedResult("liver", 1.5, 67.73, None, 1.7), "normal by Hernando 2023", "No calibration at 1.5 T gives the"),
        (PrintedResult("liver", 1.5, 67.73, None, 3.4), "No class: the two printed numbers contradict", "1.44 to 2.08"),
        (PrintedResult("liver", 1.5, None, 38.0, 6.2), "No class: the two printed numbers contradict", "0.28 to 0.91"),
        (
            PrintedResult("liver", 1.5, 67.73, None, 1.9),
            "borderline / normal by Wood 2005.",
            "One of the 2 calibrations at 1.5 T that give it",
        ),
        (PrintedResult("liver", 1.5, 67.73, 24.0), "No class: the two printed numbers contradict", "must be 1000"),
        (PrintedResult("liver", 0.55, 67.73), "no class", "published for 0.55 T"),
        (PrintedResult("heart", 1.5, None, 8.0), "Heart T2* 8.0 ms (95 % 6.9 to 9.2): severe.", "Kirk 2009"),
        (PrintedResult("heart", None, None, 8.0), "no class", "Choose the field strength"),
        (PrintedResult("spleen", 1.5, 67.73), "no class", "Value only"),
        (PrintedResult("liver", 1.5, r2_per_s=102.1), "mild by St Pierre 2005", "The curve of this kind of R2"),
        (PrintedResult("liver", 1.5, 2000.0), "LIC more than 42.7", "above the calibrated range"),
        (PrintedResult("liver", 1.5, lic_mg_per_g=2.1, calibration="wood-2005"), "by Wood 2005", "it came from"),
    ],
)
def test_whatever_was_printed_has_a_first_line(printed: PrintedResult, first: str, because: str) -> None:
    answer = answered(printed)
    assert first in answer.first
    assert because in answer.because


def test_a_recommendation_without_a_source_is_shown_beside_ours_and_says_so() -> None:
    answer = answered(STARTING_CASE, "tdt", ONE_TO_TWO_YEARS)
    theirs = " ".join(line.text for line in answer.theirs)
    assert theirs.startswith("Every 1 to 2 years. It names no source. It ends later than the interval suggested here")
    assert "Sickle cell disease" in theirs and answer.theirs[-1].sources == ("ash-2020",)
    assert answer.next_scan[0].text.startswith("About 12 months.")


@pytest.mark.parametrize(
    ("disease", "theirs", "words"),
    [
        ("scd", ONE_TO_TWO_YEARS, "It is the interval suggested here."),
        ("tdt", Recommendation(6, None, "every 6 months", "TIF 2021"), "It names as its source: TIF 2021."),
        ("tdt", Recommendation(6, None, "every 6 months"), "It begins sooner"),
        ("tdt", Recommendation(18, None, "in 18 months"), "No rule here gives that interval."),
    ],
)
def test_another_interval_is_compared_with_ours(disease: str, theirs: Recommendation, words: str) -> None:
    answer = answered(STARTING_CASE, disease, theirs, regular_transfusion="yes")
    assert words in " ".join(line.text for line in answer.theirs)


def test_each_question_says_what_its_answer_would_do() -> None:
    questions = answered(STARTING_CASE, "tdt").questions
    assert [(q.label, q.effect) for q in questions] == [
        ("LVEF reduced", "yes: about 6 months"),
        ("Adherence", "poor: about 6 months"),
        ("Treatment interrupted", "yes: about 6 months"),
    ]
    assert answered(STARTING_CASE, "tdt").also_open == ("heart (septal T2*)",)
    assert answered(STARTING_CASE).questions[0].label == "Disease"


def test_every_number_has_its_source_by_number() -> None:
    answer = answered(STARTING_CASE, "tdt", ONE_TO_TWO_YEARS)
    assert all(row.marks for row in answer.rows)
    assert answer.card.ladder_marks and answer.card.calibration_marks
    assert all(line.marks for line in answer.next_scan if line.sources)
    numbers = {reference.number for reference in answer.references}
    printed = [row.marks for row in answer.rows] + [line.marks for line in (*answer.next_scan, *answer.theirs)]
    assert {int(n) for marks in printed for n in re.findall(r"\d+", marks)} <= numbers


def test_equal_input_gives_an_equal_id() -> None:
    assert answered(STARTING_CASE, "tdt").quick_id == answered(STARTING_CASE, "tdt").quick_id
    assert answered(STARTING_CASE, "tdt").quick_id != answered(STARTING_CASE, "scd").quick_id


@pytest.mark.parametrize("theirs", [ONE_TO_TWO_YEARS, Recommendation(24, None, "every 2 years")])
@pytest.mark.parametrize("disease", ["tdt", "scd", "unknown"])
def test_beside_a_critical_heart_no_longer_interval_is_explained_away(disease: str, theirs: Recommendation) -> None:
    answer = answered(PrintedResult("heart", 1.5, None, 7.9), disease, theirs)
    assert answer.critical
    words = " ".join(line.text for line in answer.theirs)
    assert "adequate" not in words and "without iron" not in words and "guideline suggests" not in words
    assert "A rule here gives that interval for" in words


NUMBERS = st.tuples(
    st.none() | st.floats(5.0, 1500.0), st.none() | st.floats(0.2, 60.0), st.none() | st.floats(0.1, 60.0)
).filter(lambda numbers: any(n is not None for n in numbers))


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(KNOWLEDGE.organs)),
    st.sampled_from([1.5, 2.89, 3.0, 0.55, None]),
    NUMBERS,
    st.sampled_from(sorted(KNOWLEDGE.diseases)),
    st.booleans(),
)
def test_no_answer_has_an_empty_slot_and_none_names_another_class(
    organ: str, field: float | None, numbers: tuple[float | None, ...], disease: str, recommended: bool
) -> None:
    rounded = [None if n is None else float(f"{n:.4g}") for n in numbers]
    answer = answered(PrintedResult(organ, field, *rounded), disease, ONE_TO_TWO_YEARS if recommended else None)
    text = said(answer)
    assert answer.first and not re.search(r"\bNone\b(?! of the \d)|\bnan\b|\{|\}|not known to|  |\(\)", text), text
    if answer.card.severity:
        assert answer.card.class_word in answer.first
    else:
        assert "no class" in text or "No class" in text
    if field is None:
        assert not answer.card.severity
