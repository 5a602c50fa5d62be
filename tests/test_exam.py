"""An exam saved and opened is the same exam; anything else is refused with a sentence."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.errors import IntakeError
from ironreport.exam import MIGRATIONS, VERSION, exam_file_name, exam_saving, is_of_another_exam, open_exam, save_exam
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Choices,
    Context,
    DecaySignal,
    Exam,
    Measurement,
    PreviousResult,
    PrintedResult,
    Region,
    Technique,
    Transfused,
)
from ironreport.synthetic.samples import sample_exam, sample_signal


def test_an_exam_comes_back_as_it_was_saved() -> None:
    printed = PrintedResult("heart", 3.0, t2star_ms=12.0)
    placed = {
        "region": Region("ellipse", 10.0, 12.0, 9.0, 9.0, 1),
        "technique": Technique(scanner="Phantom", sequence="GRE"),
    }
    signal = replace(sample_signal("liver_1t5_heavy"), **placed)  # type: ignore[arg-type]
    exam = Exam(
        "Exam 1A2B",
        "2026-11-21",
        (Measurement(printed), Measurement(signal, Choices("wood-2005", left_out=(2,)))),
        Context("tdt", (("hcv", "yes"),)),
    )
    assert open_exam(save_exam(exam)) == exam


def test_the_file_is_readable_and_names_its_version() -> None:
    body = json.loads(save_exam(sample_exam()))
    assert (
        body["format"] == "ironreport-exam"
        and body["version"] == VERSION
        and body["software"].startswith("IronReport ")
    )
    assert body["exam"]["measurements"][0]["signal"]["te_ms"]


def test_each_row_of_numbers_stands_on_one_line() -> None:
    text = save_exam(sample_exam())
    assert '"te_ms": [1' in text.replace("[0", "[1")
    assert len(text.splitlines()) < 300


_PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=3), part, max_size=4),
    max_leaves=12,
)


@given(_PARTS)
def test_but_for_rows_of_numbers_a_file_is_laid_out_as_python_does(value: object) -> None:
    row = re.compile(r"\[\n\s*([-+.\deE]+(?:,\n\s*[-+.\deE]+)*)\n\s*\]")
    by_python = json.dumps(value, ensure_ascii=False, indent=2)
    in_rows = row.sub(lambda found: f"[{', '.join(found[1].replace(',', ' ').split())}]", by_python)
    assert exam_saving._laid_out(value) == in_rows


def test_a_file_of_version_1_opens_and_gives_the_same_findings(repo_root: Path) -> None:
    text = (repo_root / "tests/fixtures/exam_version_1.json").read_text(encoding="utf-8")
    exam = open_exam(text)
    assert json.loads(text)["version"] == 1
    assert [m.organ for m in exam.measurements] == ["heart", "liver"]
    assert exam.measurements[1].choices == Choices("wood-2005", left_out=(2,))
    assert exam.context.previous[0].r2star_per_s == 420.0
    assert assess(exam, published_knowledge()).finding("liver") is not None
    assert open_exam(save_exam(exam)) == exam


def test_a_file_of_version_2_opens_with_its_locations(repo_root: Path) -> None:
    text = (repo_root / "tests/fixtures/exam_version_2.json").read_text(encoding="utf-8")
    exam = open_exam(text)
    pancreas = exam.measurements[0].signal
    assert json.loads(text)["version"] == 2
    assert isinstance(pancreas, DecaySignal) and pancreas.location == "head, body, tail"
    assert [part.location for part in pancreas.parts] == ["head", "body", "tail"]
    assert assess(exam, published_knowledge()).finding("pancreas") is not None
    assert open_exam(save_exam(exam)) == exam


def test_a_file_of_version_3_opens_with_its_earlier_results_and_without_a_balance(repo_root: Path) -> None:
    text = (repo_root / "tests/fixtures/exam_version_3.json").read_text(encoding="utf-8")
    exam = open_exam(text)
    assert json.loads(text)["version"] == 3
    assert exam.context.fact("on_chelation") == "yes" and not exam.context.transfused.stated
    assert [(p.organ, p.r2star_low_per_s, p.r2star_high_per_s) for p in exam.context.previous] == [
        ("liver", None, None),
        ("heart", None, None),
    ]
    found = assess(exam, published_knowledge())
    assert found.balance is None and len(found.courses) == 2
    assert open_exam(save_exam(exam)) == exam


def test_a_file_of_version_4_opens_and_says_nothing_of_a_change(repo_root: Path) -> None:
    text = (repo_root / "tests/fixtures/exam_version_4.json").read_text(encoding="utf-8")
    exam = open_exam(text)
    assert json.loads(text)["version"] == 4
    assert exam.context.transfused.n_units == 31.0 and exam.context.previous[0].r2star_high_per_s == 222.0
    assert [m.signal.cautions for m in exam.measurements] == [(), ()]
    assert [m.stored for m in exam.measurements] == [None, None]
    assert assess(exam, published_knowledge()).finding("heart") is not None
    assert open_exam(save_exam(exam)) == exam


def test_what_was_transfused_comes_back_as_it_was_saved() -> None:
    typed = Transfused(weight_kg=52.5, n_units=31.0, iron_per_unit_mg=190.0)
    earlier = PreviousResult("liver", "2025-10-01", r2star_per_s=200.0, r2star_low_per_s=180.0, r2star_high_per_s=222.0)
    exam = Exam("x", context=Context("tdt", previous=(earlier,), transfused=typed))
    assert open_exam(save_exam(exam)).context == exam.context


def test_every_older_version_has_a_step_to_the_next() -> None:
    assert sorted(MIGRATIONS) == list(range(1, VERSION))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NOT_AN_EXAM"),
        ("[1, 2]", "NOT_AN_EXAM"),
        ('{"format": "other"}', "NOT_AN_EXAM"),
        ('{"format": "ironreport-exam", "version": 99}', "EXAM_VERSION"),
        ('{"format": "ironreport-exam", "version": 1, "exam": {"pseudonym": 3}}', "EXAM_DAMAGED"),
        ("[" * 100_000, "NOT_AN_EXAM"),
    ],
)
def test_another_file_is_refused_with_a_sentence(text: str, code: str) -> None:
    with pytest.raises(IntakeError) as refused:
        open_exam(text)
    assert refused.value.refusal.code == code
    assert refused.value.refusal.cure


def test_a_refusal_never_repeats_what_the_file_holds() -> None:
    text = '{"format": "ironreport-exam", "version": 1, "exam": {"pseudonym": ["DOE^JANE"]}}'
    with pytest.raises(IntakeError) as refused:
        open_exam(text)
    assert "DOE" not in str(refused.value)


def test_images_of_another_patient_or_study_are_told_apart() -> None:
    signal = replace(sample_signal("liver_1t5_heavy"), exam_key="a/1")
    exam = Exam("x", measurements=(Measurement(signal),))
    assert not is_of_another_exam(replace(signal, organ="heart"), exam)
    assert is_of_another_exam(replace(signal, exam_key="b/1"), exam)
    assert is_of_another_exam(replace(signal, exam_key="a/2"), exam)
    assert not is_of_another_exam(replace(signal, exam_key=""), exam)


def test_the_key_of_patient_and_study_is_never_saved() -> None:
    signal = replace(sample_signal("liver_1t5_heavy"), exam_key="0123abcd/4567")
    saved = save_exam(Exam("x", measurements=(Measurement(signal),)))
    assert "0123abcd" not in saved


def test_the_key_is_not_saved_with_the_parts_of_a_mean_either() -> None:
    part = replace(sample_signal("liver_1t5_heavy"), exam_key="0123abcd/4567")
    saved = save_exam(Exam("P", measurements=(Measurement(replace(part, parts=(part, part))),)))
    assert "0123abcd" not in saved and len(open_exam(saved).measurements[0].signal.parts) == 2  # type: ignore[union-attr]


def test_the_file_name_names_nobody() -> None:
    assert exam_file_name(Exam("DOE^JANE", "2026-11-21")).startswith("ironreport_2026-11-21_")
    assert "DOE" not in exam_file_name(Exam("DOE^JANE", "../../etc"))
    assert "etc" not in exam_file_name(Exam("DOE^JANE", "../../etc"))


def test_the_file_name_tells_one_content_from_another_and_nothing_of_where_images_came_from() -> None:
    exam = Exam("P", "2026-11-21", measurements=(Measurement(sample_signal("liver_1t5_heavy")),))
    keyed = Measurement(replace(sample_signal("liver_1t5_heavy"), exam_key="0123abcd/4567"))
    assert exam_file_name(exam) == exam_file_name(replace(exam, measurements=(keyed,)))
    assert exam_file_name(exam) == exam_file_name(open_exam(save_exam(exam)))
    assert exam_file_name(exam) != exam_file_name(replace(exam, pseudonym="Q"))
