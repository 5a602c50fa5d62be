"""The paragraph for the patient: one sentence for each class, from the knowledge files, without advice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, Exam, Measurement, PreviousResult, PrintedResult
from ironreport.report import describe
from ironreport.report.content import ReportContent
from ironreport.report.pdf import Form, write_pdf
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
ADVICE = re.compile(
    r"\b(should|must|need|take|stop|start|increase|reduce|dose|chelat\w*|drug|medicine|repeat|avoid|call|visit)\b", re.I
)
CLASSES = [
    (organ.id, grade.severity)
    for organ in KNOWLEDGE.organs.values()
    for ladder in organ.ladder
    if ladder.usable
    for grade in ladder.grades
]


def described(*measured: PrintedResult, earlier: tuple[PreviousResult, ...] = ()) -> ReportContent:
    exam = Exam("x", measurements=tuple(map(Measurement, measured)), context=Context(previous=earlier))
    return describe(assess(exam, KNOWLEDGE), KNOWLEDGE)


@pytest.mark.parametrize(("organ", "severity"), sorted(set(CLASSES)))
def test_every_class_has_its_sentence_for_the_patient(organ: str, severity: str) -> None:
    sentence = KNOWLEDGE.organ(organ).plain[severity]  # type: ignore[index]
    assert KNOWLEDGE.printable(sentence)
    assert "{" not in sentence.text.replace("{class}", "")


def test_no_sentence_for_the_patient_advises_or_frightens_with_jargon() -> None:
    own = [s.text for organ in KNOWLEDGE.organs.values() for s in organ.plain.values()]
    shared = [text for name, text in KNOWLEDGE.shared.line.items() if name.startswith("plain-")]
    for text in (*own, *shared):
        assert not ADVICE.search(text), text
        assert not re.search(r"T2|R2|LIC|ms\b|mg/g|s⁻¹", text), text


def test_two_classes_of_a_ladder_never_read_alike() -> None:
    for organ in KNOWLEDGE.organs.values():
        for ladder in (x for x in organ.ladder if x.usable):
            texts = [organ.plain[grade.severity].text.format_map({"class": grade.label}) for grade in ladder.grades]
            assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("t2star_ms", "said"),
    [
        (32.0, "the scan found no significant iron in the heart muscle."),
        (15.0, "the scan found iron in the heart muscle; the group is called mild to moderate."),
        (7.0, "the scan found much iron in the heart muscle; the group is called severe."),
    ],
)
def test_the_patient_reads_the_class_of_the_card(t2star_ms: float, said: str) -> None:
    words = described(PrintedResult("heart", 1.5, t2star_ms=t2star_ms)).plain_words
    assert f"Heart: {said}" in words
    assert words.startswith(KNOWLEDGE.line("plain-about")) and words.endswith(KNOWLEDGE.line("plain-closing"))


def test_doubt_and_change_are_said_in_plain_words_too() -> None:
    near = described(PrintedResult("liver", 1.5, r2star_per_s=67.73)).plain_words
    assert KNOWLEDGE.line("plain-near-limit") in near and "normal" in near
    earlier = (PreviousResult("liver", "2025-05-01", r2star_per_s=900.0, field_tesla=1.5),)
    changed = described(PrintedResult("liver", 1.5, r2star_per_s=333.0), earlier=earlier).plain_words
    assert "Compared with the last scan: less iron." in changed
    other_field = (replace(earlier[0], field_tesla=3.0),)
    assert "Compared" not in described(PrintedResult("liver", 1.5, r2star_per_s=333.0), earlier=other_field).plain_words


def test_without_a_class_or_an_exam_nothing_is_made_up() -> None:
    assert "Spleen: it was measured, but the result cannot be sorted into a group." in (
        described(PrintedResult("spleen", 1.5, t2star_ms=20.0)).plain_words
    )
    assert described().plain_words == ""


@pytest.mark.parametrize("form", ["full", "short"])
def test_the_paragraph_is_printed_only_where_it_is_asked_for(poppler: Callable[..., str], form: Form) -> None:
    content = describe(assess(sample_exam(), KNOWLEDGE), KNOWLEDGE)
    without, asked = (
        "".join(poppler("pdftotext", write_pdf(content, form=form, for_patient=is_asked)).split())
        for is_asked in (False, True)
    )
    paragraph = "".join(content.plain_words.split())
    assert paragraph in asked and paragraph not in without
    assert "INPLAINWORDS" in asked.partition("\f")[0] and "INPLAINWORDS" not in without
