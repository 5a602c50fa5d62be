"""Pairs are read from what people paste, or the line is named; exam files of one patient make a pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ironreport.errors import ValidationError
from ironreport.knowledge import published_knowledge
from ironreport.records import Exam, Measurement, PrintedResult
from ironreport.validation import Pair, pairs_of_exams, read_pairs

TWO = (Pair("P1", 4.1, 4.3), Pair("P2", 8.0, 7.9))


@pytest.mark.parametrize(
    "text",
    [
        "P1; 4.1; 4.3\nP2; 8.0; 7.9",
        "name;first;second\nP1;4,1;4,3\nP2;8,0;7,9\n",
        "P1\t4.1\t4.3\n\nP2\t8.0\t7.9",
        "P1,4.1,4.3\nP2,8.0,7.9",
        "name,first,second\nP1,4.1,4.3\nP2,8.0,7.9",
        "P1 4,1 4,3\nP2 8,0 7,9",
        "| P1 | 4.1 | 4.3 |\n| P2 | 8.0 | 7.9 |",
    ],
)
def test_a_table_is_read_however_it_is_parted(text: str) -> None:
    assert read_pairs(text) == TWO


def test_pairs_without_a_name_are_counted() -> None:
    assert read_pairs("4.1 4.3\n8.0 7.9") == (Pair("1", 4.1, 4.3), Pair("2", 8.0, 7.9))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NO_PAIRS"),
        ("name; first; second", "NO_PAIRS"),
        ("P1; 4.1; 4.3\nP2; 8.0", "PAIR_LINE"),
        ("P1; 4.1; 4.3\nP2; 8.0; about 8", "PAIR_LINE"),
        ("P1; 4.1 ms; 4.3 ms\nP2; 8.0; 7.9", "PAIR_LINE"),
        ("P1; 1,500; 1,480\nP2; 8.0; 7.9", "PAIR_LINE"),
        ("P1; nan; 4.3", "PAIR_LINE"),
        ("1 2\n" * 5001, "TOO_MANY_LINES"),
    ],
)
def test_what_is_no_pair_is_refused_with_a_cure(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_pairs(text)
    assert refused.value.refusal.code == code and refused.value.refusal.cure


def exam(code: str, r2star_per_s: float, organ: str = "liver") -> Exam:
    return Exam(code, measurements=(Measurement(PrintedResult(organ, 1.5, r2star_per_s=r2star_per_s)),))


def test_two_exams_of_a_patient_make_a_pair_and_the_others_are_named() -> None:
    exams = [exam("A", 100.0), exam("B", 90.0), exam("A", 110.0), exam("C", 30.0, "heart"), replace(exam("", 5.0))]
    pairs, left_out = pairs_of_exams(exams, "liver", "r2star_per_s", published_knowledge())
    assert pairs == (Pair("A", 100.0, 110.0),)
    assert len(left_out) == 3 and any(line.startswith("B: 1 exams") for line in left_out)
    times, _ = pairs_of_exams(exams[:1] + exams[2:3], "liver", "t2star_ms", published_knowledge())
    assert times == (Pair("A", pytest.approx(10.0), pytest.approx(1000 / 110)),)  # type: ignore[arg-type]
