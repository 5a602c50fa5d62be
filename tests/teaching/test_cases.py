"""The guided cases: their numbers come out again, each wrong reading is explained, each right one scored right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ironreport.errors import KnowledgeError
from ironreport.hospital.settings import load_settings
from ironreport.knowledge import published_knowledge
from ironreport.records import Region
from ironreport.synthetic.anatomy import ANATOMIES
from ironreport.teaching.case_file import Case, CaseImages
from ironreport.teaching.case_loading import FOLDER, all_cases, load_case, shipped_cases
from ironreport.teaching.case_numbers import contradictions, finding_of, read_at_bench
from ironreport.teaching.marking import mark_bench, mark_choice
from ironreport.teaching.region_truth import region_truth
from ironreport.teaching.scenes import scene_of, under_region
from ironreport.teaching.words import tissue_words

KNOWLEDGE = published_knowledge()
PRINTED = {
    1: {"t2star_ms": [4.449, 1.212, 1.228], "lic": [5.69, 7.03, 21.3, 26.3]},
    2: {"t2star_ms": [1.270, 1.212, 1.062], "lic": [20.3, 25.1]},
    3: {"t2star_ms": [7.571, 3.282, 3.0], "lic": [3.28, 4.10, 8.52, 10.48]},
    4: {"t2star_ms": [82.5], "lic": []},
    5: {"t2star_ms": [24.86, 12.84, 12.01], "lic": []},
    6: {"t2star_ms": [3.0, 4.0], "lic": [8.52, 10.48, 4.47, 6.35, 7.83, 3.34]},
    8: {"t2star_ms": [28.0, 12.0], "lic": []},
    9: {"t2star_ms": [9.576, 9.106, 8.153], "lic": []},
    10: {"t2star_ms": [19.20, 20.72, 21.99], "lic": []},
    11: {"t2star_ms": [], "lic": [0.225, 0.446, 1.603, 2.083]},
    12: {"t2star_ms": [], "lic": [2.234, 1.922]},
    13: {"t2star_ms": [], "lic": [2.083]},
    15: {"t2star_ms": [18.0, 20.5], "lic": []},
    16: {"t2star_ms": [20.0], "lic": []},
    17: {"t2star_ms": [30.0], "lic": []},
}
"""Numbers of the evidence table, typed a second time; the cases hold them as readings that are recomputed."""


def case_numbered(number: int) -> Case:
    return next(case for case in shipped_cases() if case.number == number)


def test_there_are_twenty_cases_in_order_with_an_id_each() -> None:
    assert [case.number for case in shipped_cases()] == list(range(1, 21))
    assert len({case.id for case in shipped_cases()}) == 20


@pytest.mark.parametrize("number", PRINTED)
def test_the_numbers_of_the_evidence_are_in_the_case(number: int) -> None:
    case = case_numbered(number)
    assert {t for r in case.reading if (t := r.t2star_ms)} >= set(PRINTED[number]["t2star_ms"])
    assert {lic for r in case.reading for lic in r.lic.values()} >= set(PRINTED[number]["lic"])


def test_every_number_of_every_case_comes_out_again_and_a_wrong_one_is_seen() -> None:
    for case in shipped_cases():
        assert list(contradictions(case, KNOWLEDGE)) == [], case.id
    case = case_numbered(1)
    reading = case.reading[0].model_copy(update={"t2star_ms": 4.459, "grade": {"hernando-2023": "moderate"}})
    found = list(contradictions(case.model_copy(update={"reading": (reading,)}), KNOWLEDGE))
    assert any("t2star_ms" in line for line in found) and any("it is 'mild'" in line for line in found)
    signal = (338.0, *case.data.signal[1:])
    changed = case.model_copy(update={"data": case.data.model_copy(update={"signal": signal})})
    assert any("recipe" in line for line in contradictions(changed, KNOWLEDGE))


@pytest.mark.parametrize("number", [c.number for c in shipped_cases() if c.data.te_ms])
def test_each_wrong_reading_is_reachable_and_explained_and_each_right_one_scored_right(
    number: int,
) -> None:
    case = case_numbered(number)
    question = next(q for q in case.question if q.kind == "bench")
    for reading in (r for r in case.reading if r.by != "typed"):
        found = read_at_bench(case.data, reading.by, reading.left_out, case.organ)
        mark = mark_bench(case, question, found)
        assert (mark.right, mark.because, mark.reading) == (reading.right, reading.because, reading)
    assert any(r.right for r in case.reading) and any(not r.right for r in case.reading)


def test_a_reading_the_case_did_not_think_of_is_marked_by_its_number() -> None:
    case = case_numbered(10)
    question = next(q for q in case.question if q.kind == "bench")
    near = mark_bench(case, question, read_at_bench(case.data, "log-linear", (5,), "heart"))
    far = mark_bench(case, question, read_at_bench(case.data, "log-linear", (1, 2), "heart"))
    assert near.right and not far.right and near.reading is None is far.reading
    few = mark_bench(case, question, read_at_bench(case.data, "constant", (1, 2, 3, 4, 5, 6), "heart"))
    assert not few.right


@pytest.mark.parametrize("number", range(1, 21))
def test_every_question_has_one_right_answer_and_a_reason_for_each(number: int) -> None:
    case = case_numbered(number)
    for question in (q for q in case.question if q.kind == "choice"):
        marks = [mark_choice(case, question, i) for i in range(len(question.answer))]
        assert sum(mark.right for mark in marks) == 1, question.id
        assert all(mark.because for mark in marks)
    told = [case.vignette, case.reveal, case.line, *(a.say for q in case.question for a in q.answer)]
    assert not any("!" in text for text in told)


def test_the_program_gives_none_of_the_wrong_readings_with_a_class() -> None:
    for number in (1, 3, 4, 5, 10):
        finding = finding_of(case_numbered(number), (), KNOWLEDGE)
        wrong = [r for r in case_numbered(number).reading if not r.right and r.t2star_ms]
        time = finding.estimate.time.value if finding.estimate and finding.estimate.time else None
        alike = any(time is not None and abs(time / (r.t2star_ms or 1.0) - 1.0) < 0.01 for r in wrong)
        assert finding.grading is None or not alike, number


# --------------------------------------------------------------------------------------- images


def test_a_region_in_the_septum_is_right_and_every_other_place_says_what_it_is() -> None:
    scene = scene_of(CaseImages(scene="septum", t2star_ms=28.0))
    assert under_region(scene, ANATOMIES["heart"].locations[0].region(0)).right
    side = under_region(scene, Region("ellipse", 67, 94, 18, 7))
    assert not side.right and side.shares[0][0] == "spoilt wall"
    assert {str(name) for name in set(scene.tissue.ravel().tolist()) if name} <= tissue_words().keys()


def test_a_region_in_the_side_wall_reads_short_and_one_in_the_septum_reads_the_truth() -> None:
    scene = scene_of(CaseImages(scene="septum", t2star_ms=28.0))
    septum = region_truth(scene, ANATOMIES["heart"].locations[0].region(0), KNOWLEDGE)
    side = region_truth(scene, Region("ellipse", 67, 94, 18, 7), KNOWLEDGE)
    assert septum.plain.t2star_ms == pytest.approx(28.0, rel=0.05)
    assert side.plain.t2star_ms == pytest.approx(12.0, rel=0.05)
    assert side.plain.grade == "mild to moderate" and side.truth.grade == "no significant iron by T2*"


def test_a_region_over_vessels_and_gallbladder_reads_long_where_the_program_doubts_it() -> None:
    scene = scene_of(CaseImages(scene="liver", t2star_ms=3.0))
    mixed = region_truth(scene, Region("ellipse", 74, 55, 24, 16), KNOWLEDGE)
    assert mixed.plain.t2star_ms is not None and mixed.plain.t2star_ms > 6.0
    assert any(mixed.said)
    lobe = region_truth(scene, ANATOMIES["liver"].locations[0].region(0), KNOWLEDGE)
    assert lobe.under.right and lobe.card is not None and lobe.card.class_word == "moderate"


# ----------------------------------------------------------------------------------- one's own

OWN = (
    (FOLDER / "06_wrong_field.toml")
    .read_text(encoding="utf-8")
    .replace('id = "wrong-field"', 'id = "our-own"')
    .replace("number = 6", "number = 21")
)


def test_a_case_dropped_into_the_folder_of_the_settings_is_there_at_once(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('teaching_cases = "cases"\n', encoding="utf-8")
    settings = load_settings(tmp_path / "settings.toml", KNOWLEDGE)
    assert settings.teaching_folder == tmp_path / "cases"
    missing = all_cases(KNOWLEDGE, settings.teaching_folder)
    assert len(missing.cases) == 20 and "cannot be read" in missing.refused[0].what
    (tmp_path / "cases").mkdir()
    assert len(all_cases(KNOWLEDGE, settings.teaching_folder).cases) == 20
    (tmp_path / "cases" / "own.toml").write_text(OWN, encoding="utf-8")
    found = all_cases(KNOWLEDGE, settings.teaching_folder)
    assert found.refused == () and found.cases[-1].id == "our-own" and found.case("our-own") is not None


MISTAKES = {
    "a number that does not come out": ('"hernando-2023" = 4.47', '"hernando-2023" = 4.57', "4.467"),
    "a misspelt key": ('title = "', 'titel = "', "titel"),
    "no right answer": ("right = true, reading", "right = false, reading", "right answer"),
    "an organ that is not there": ('organ = "liver"', 'organ = "lung"', "lung"),
    "a source that is not listed": ('"storey-2007"', '"nobody-2007"', "nobody-2007"),
    "an answer that leads nowhere": ('reading = "line-of-1t5"', 'reading = "line-of-7t"', "line-of-7t"),
    "no TOML": ('title = "', "title = ", "line 3"),
    "an id that is taken": ('id = "our-own"', 'id = "wrong-field"', "wrong-field"),
    "a number as text": ("number = 21", 'number = "21"', "number"),
    "a number out of range": ("number = 21", "number = -4", "-4"),
    "a number without end": ("number = 21", f"number = {'9' * 5000}", "broken.toml"),
    "brackets without end": ("number = 21", f"number = {'[' * 20000}", "broken.toml"),
    "no number": ('"hernando-2023" = 4.47', '"hernando-2023" = nan', "finite"),
    "a file too large": ("number = 21", f"number = 21 # {'x' * 2**18}", "256 kB"),
    "an empty file": (OWN, "", "id"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_broken_case_is_left_out_with_its_file_and_a_cure_and_the_others_stay(name: str, tmp_path: Path) -> None:
    right, wrong, named = MISTAKES[name]
    assert right in OWN
    (tmp_path / "broken.toml").write_text(OWN.replace(right, wrong), encoding="utf-8")
    found = all_cases(KNOWLEDGE, tmp_path)
    assert len(found.cases) == 20
    (refusal,) = found.refused
    assert "broken.toml" in refusal.what and refusal.cure
    assert named in str(refusal)


def test_what_is_no_text_or_no_file_is_left_out_and_markup_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(OWN.replace('title = "', 'title = "\u00e4').encode("latin-1"))
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere.toml")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "markup.toml").write_text(OWN.replace('title = "', 'title = "<b>**x**'), encoding="utf-8-sig")
    found = all_cases(KNOWLEDGE, tmp_path)
    said = [refusal.what for refusal in found.refused]
    assert (
        said[0] == "folder.toml cannot be read." and "latin.toml is not readable TOML: it is no text in UTF-8." in said
    )
    assert len(said) == len(list(tmp_path.iterdir())) - 1
    assert found.cases[-1].title.startswith("<b>**x**")


def test_a_scene_that_is_not_there_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "18_no_spleen.toml").read_text(encoding="utf-8").replace('scene = "no-spleen"', 'scene = "brain"')
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match="brain"):
        load_case(tmp_path / "case.toml", KNOWLEDGE)
