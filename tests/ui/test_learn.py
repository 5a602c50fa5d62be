"""The Learn page: every case can be played to its end, wrong first and then right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.canvas import empty_board, with_region
from ironreport.hospital.settings import HospitalSettings, SettingsFile
from ironreport.knowledge.glossary import published_glossary
from ironreport.records import Region
from ironreport.synthetic.anatomy import ANATOMIES
from ironreport.synthetic.samples import sample_exam
from ironreport.teaching.case_file import Case, CaseQuestion
from ironreport.teaching.case_loading import FOLDER, shipped_cases
from ironreport.teaching.practice import choices_of, kinds, task
from ironreport.teaching.practice_file import Pack, Progress, save
from ironreport.teaching.scenes import scene_of
from ironreport.ui import state
from ironreport.ui.learn.region_lesson import LESSONS


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60).run()
    yield app.switch_page("pages/10_Learn.py").run()


def words(app: AppTest) -> str:
    kinds = [app.markdown, app.caption, app.info, app.warning, app.error, app.success]
    texts = [str(element.value) for kind in kinds for element in kind]
    texts += [table.value.to_string() for table in app.table]
    return " ".join(texts).replace("\\", "")


def widget(app: AppTest, kind: str, key: str) -> Any:
    return next(w for w in getattr(app, kind) if w.key == key)


def has(app: AppTest, kind: str, key: str) -> bool:
    return any(w.key == key for w in getattr(app, kind))


def answered(app: AppTest, case: Case, question: CaseQuestion, index: int) -> AppTest:
    widget(app, "radio", f"answer-{case.id}-{question.id}").set_value(index).run()
    return widget(app, "button", f"check-{case.id}-{question.id}").click().run()


def at_bench(app: AppTest, case: Case, question: CaseQuestion, *, right: bool) -> AppTest:
    reading = next(r for r in case.reading if r.right is right and r.by != "typed")
    widget(app, "selectbox", f"bench-method-{case.id}").set_value(reading.by)
    pills = widget(app, "button_group", f"bench-out-{case.id}")
    pills.set_value(list(reading.left_out)).run()
    app = widget(app, "button", f"commit-{case.id}-{question.id}").click().run()
    assert reading.because in words(app)
    return app


def drawn(app: AppTest, case: Case, question: CaseQuestion, *, right: bool) -> AppTest:
    assert case.images is not None
    scene = scene_of(case.images)
    good = ANATOMIES[scene.organ].locations[0].region(0)
    region = good if right else Region("ellipse", 67.0, 94.0, 18.0, 7.0)
    key = f"lesson-{case.id}-{question.id}-{scene.series.key}-board"
    app.session_state[key] = with_region(empty_board(scene.series), scene.organ, "", region)
    app.run()
    return widget(app, "button", f"check-{case.id}-{question.id}").click().run()


def play(app: AppTest, case: Case, question: CaseQuestion, *, right: bool) -> AppTest:
    if question.kind == "bench":
        return at_bench(app, case, question, right=right)
    if question.kind == "region":
        return drawn(app, case, question, right=right)
    index = next(i for i, answer in enumerate(question.answer) if answer.right is right)
    app = answered(app, case, question, index)
    assert question.answer[index].because in words(app)
    return app


@pytest.mark.parametrize("number", range(1, 21))
def test_every_case_is_played_wrong_then_right_to_its_end(app: AppTest, number: int) -> None:
    case = next(c for c in shipped_cases() if c.number == number)
    app = widget(app, "selectbox", "learn-case").set_value(case.id).run()
    assert case.vignette in words(app)
    for question in case.question:
        assert question.ask in words(app)
        app = play(app, case, question, right=False)
        assert not app.exception
        assert "Not quite." in words(app)
        app = play(app, case, question, right=True)
        assert not app.exception
    assert case.reveal in words(app) and case.line in words(app)
    assert all(reading.because[:150] in words(app) for reading in case.reading)
    assert "1 of 20 cases done" in words(app) and case.mistake in words(app)
    app = widget(app, "button", f"again-{case.id}").click().run()
    assert "0 of 20 cases done" in words(app) and case.reveal not in words(app)


def test_a_wrong_answer_is_drawn_against_the_echoes_with_its_number(app: AppTest) -> None:
    case = shipped_cases()[0]
    app = answered(app, case, case.question[0], 0)
    chart = app.get("vega_lite_chart")[0].proto.spec
    assert "Trend line through all ten echoes: T2* 4.45 ms" in chart
    app = answered(app, case, case.question[0], 1)
    app = at_bench(app, case, case.question[1], right=False)
    assert "You read T2* 4.449 ms." in words(app)


def test_a_hint_and_the_answer_are_there_for_who_is_stuck(app: AppTest) -> None:
    case = shipped_cases()[0]
    app = widget(app, "button", f"hint-{case.id}-echoes").click().run()
    assert case.question[0].hint in words(app)
    app = widget(app, "button", f"give-up-{case.id}-echoes").click().run()
    right = next(answer for answer in case.question[0].answer if answer.right)
    assert f"The answer: {right.say}. {right.because}" in words(app)
    assert case.question[1].ask in words(app)


def test_next_case_goes_on_and_the_exam_is_never_touched(app: AppTest) -> None:
    app = widget(app, "button", "learn-next").click().run()
    assert app.session_state["learn-case"] == shipped_cases()[1].id
    assert not app.session_state["exam"].measurements


def test_a_broken_case_of_ones_own_is_told_and_the_page_stays(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @cache
    def settings() -> HospitalSettings:
        return HospitalSettings(SettingsFile(teaching_cases="."), tmp_path / "settings.toml")

    monkeypatch.setattr(state, "settings", settings)
    own = (
        (FOLDER / "18_no_spleen.toml")
        .read_text(encoding="utf-8")
        .replace('"no-spleen"\nnumber = 18', '"mine"\nnumber = 21')
    )
    (tmp_path / "mine.toml").write_text(own, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("id = ", encoding="utf-8")
    app.run()
    assert not app.exception
    assert "of 21 cases done" in words(app)
    assert "broken.toml is not readable TOML" in words(app)


def test_the_glossary_is_searched_by_words(app: AppTest) -> None:
    widget(app, "button_group", "learn-section").set_value("section_glossary").run()
    assert f"{len(published_glossary().terms)} terms" in words(app)
    widget(app, "text_input", "glossary-query").set_value("rician").run()
    assert "Rician floor" in words(app) and "FerriScan" not in words(app)


def test_a_slider_moves_readings_classes_and_what_the_protocol_can_measure(app: AppTest) -> None:
    widget(app, "button_group", "learn-section").set_value("section_simulator").run()
    assert "Truth: T2* 3 ms" in words(app) and "8.5 mg/g by Hernando 2023, moderate" in words(app)
    widget(app, "slider", "sim-slider_t2star").set_value(1.2).run()
    assert "Truth: T2* 1.2 ms" in words(app) and "severe" in words(app)
    table = app.table[0].value
    assert float(table.iloc[0, 1]) > 3.0 and float(table.iloc[4, 1]) == pytest.approx(1.2, abs=0.01)
    widget(app, "slider", "sim-slider_first").set_value(6.0).run()
    widget(app, "button_group", "sim-view").set_value("sim_view_power").run()
    assert "The first echo at 6 ms is late" in words(app)
    widget(app, "button", "sim-keep").click().run()
    widget(app, "button_group", "sim-organ").set_value("heart").run()
    widget(app, "button", "sim-forget").click().run()
    assert not app.exception


def test_the_simulator_starts_from_the_protocol_of_the_exam(app: AppTest) -> None:
    app.session_state["exam"] = sample_exam()
    widget(app, "button_group", "learn-section").set_value("section_simulator").run()
    widget(app, "button", "sim-from-exam").click().run()
    assert app.session_state["sim-slider_first"] == 2.0 and app.session_state["sim-slider_echoes"] == 8.0


def test_a_lesson_sets_truth_reading_class_and_doubts_side_by_side(app: AppTest) -> None:
    to_section(app, "section_regions")
    scene = scene_of(LESSONS["lesson_liver"])
    key = f"lesson-lesson_liver-{scene.series.key}-board"
    for region, under, plain_class in (
        (Region("ellipse", 52.0, 50.0, 24.0, 26.0), "blood: hardly decays", "borderline"),
        (Region("ellipse", 72.0, 100.0, 18.0, 9.0), "spleen: another organ", "normal"),
    ):
        app.session_state[key] = with_region(empty_board(scene.series), "liver", "", region)
        app.run()
        said = words(app)
        assert "Truth" in said and "T2* 3 ms" in said and under in said and plain_class in said
        assert bool(app.warning) == under.startswith("blood")
        assert ("Only the reader knows the organ." in said) == under.startswith("spleen")
    assert not app.session_state["exam"].measurements


def to_section(app: AppTest, section: str) -> AppTest:
    return widget(app, "button_group", "learn-section").set_value(section).run()


def test_practice_is_answered_wrong_and_right_with_the_truth_after_each(app: AppTest) -> None:
    to_section(app, "section_practice")
    assert "Nothing answered yet" in words(app)
    for right in (False, True):
        kind, seed = app.session_state["practice-asked"]
        asked = task(next(k for k in kinds() if k.id == kind), seed, state.knowledge())
        choices = choices_of(asked.kind.organ, state.knowledge())
        said = asked.truth if right else next(c for c in choices if c != asked.truth)
        widget(app, "radio", "practice-said").set_value(said)
        widget(app, "slider", "practice-sure").set_value(90).run()
        app = widget(app, "button", "practice-commit").click().run()
        assert not app.exception
        assert f"Truth: T2* {asked.t2star_ms:.3g} ms" in words(app) and asked.kind.rule in words(app)
        assert ("Right." if right else "Not this time.") in words(app)
        assert "This program: " in words(app) and "90 % sure" in words(app)
        app = widget(app, "button", "practice-next").click().run()
    assert "1 of 2 right. Brier score 0.41" in words(app)
    widget(app, "button", "practice-clear").click().run()
    assert "Nothing answered yet" in words(app)


def test_a_pack_and_a_progress_are_opened_by_the_same_door(app: AppTest) -> None:
    to_section(app, "section_practice")
    pack = Pack(pack="Workshop", seed=3, n_tasks=2, level=1)
    widget(app, "file_uploader", "practice-file").upload("pack.json", save(pack)).run()
    assert "Pack Workshop: task 1 of 2" in words(app)
    for _ in range(2):
        widget(app, "radio", "practice-said").set_value("severe").run()
        app = widget(app, "button", "practice-commit").click().run()
        app = widget(app, "button", "practice-next").click().run()
    assert "Pack Workshop is through" in words(app)
    held = app.session_state["practice-progress"]
    widget(app, "button", "practice-clear").click().run()
    widget(app, "file_uploader", "practice-file").upload("mine.json", save(held)).run()
    assert "of 2 right" in words(app)
    widget(app, "file_uploader", "practice-file").upload("other.json", b"{}x").run()
    assert "no progress of this page" in words(app) and not app.exception


def test_a_region_task_asks_for_a_region_before_the_class_and_the_teacher_sees_it(app: AppTest) -> None:
    to_section(app, "section_practice")
    app.session_state["practice-asked"] = ("region-septum", 7)
    app.run()
    widget(app, "radio", "practice-said").set_value("severe").run()
    assert widget(app, "button", "practice-commit").disabled
    asked = task(next(k for k in kinds() if k.id == "region-septum"), 7, state.knowledge())
    scene = scene_of(asked.images)
    key = f"lesson-practice-region-septum-7-{scene.series.key}-board"
    good = ANATOMIES["heart"].locations[0].region(0)
    app.session_state[key] = with_region(empty_board(scene.series), "heart", "", good)
    app = app.run()
    app = widget(app, "button", "practice-commit").click().run()
    answer = app.session_state["practice-answer"]
    assert answer.t2star_ms == pytest.approx(asked.t2star_ms, rel=0.1)
    assert answer.outline is not None and answer.outline.row == good.row
    assert "a good region" in words(app)
    held = app.session_state["practice-progress"]
    to_section(app, "section_teacher")
    for name in "ab":
        widget(app, "file_uploader", "teacher-files").upload(f"{name}.json", save(held))
    app.run()
    assert "2 readers, Dice 1.00 on average" in app.get("image")[0].captions[0].replace("\\", "")


def test_a_teacher_makes_a_pack_and_collects_the_class(app: AppTest) -> None:
    to_section(app, "section_teacher")
    assert "Result files go here" in words(app)
    answer = {"kind": "clean", "seed": 1, "said": "mild", "truth": "mild", "right": True, "confidence": 0.8}
    mine = Progress.model_validate({"name": "A", "answers": [{**answer, "true_t2star_ms": 5.0, "t2star_ms": 5.0}]})
    wrong = {**answer, "right": False, "said": "severe", "true_t2star_ms": 5.0, "t2star_ms": 5.5}
    other = Progress.model_validate({"name": "B", "answers": [wrong]})
    files = (("a.json", save(mine)), ("b.json", save(other)), ("c.json", b"nothing"))
    for name, content in files:
        widget(app, "file_uploader", "teacher-files").upload(name, content)
    app.run()
    assert not app.exception
    assert "c.json: The file is no progress" in words(app)
    assert "A clean decay" in words(app) and "6.7 %" in words(app)
    widget(app, "toggle", "teacher-only").set_value(True).run()
    assert "No task was answered by two readers" in words(app)
