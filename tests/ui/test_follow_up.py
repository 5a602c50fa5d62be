"""The Follow-up page: a change is judged, or the reason why not is said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.assess.earlier import earlier_results
from ironreport.errors import IntakeError
from ironreport.knowledge import published_knowledge
from ironreport.records import Exam, Measurement, PreviousResult, PrintedResult, Transfused
from ironreport.synthetic.samples import sample_exam


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)


def shown(app: AppTest, exam: Exam) -> AppTest:
    app.session_state["exam"] = exam
    return app.run().switch_page("pages/6_Follow_up.py").run()


def words(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in (app.markdown, app.caption, app.info) for e in kind).replace("\\", "")


def followed(r2star_per_s: float, *previous: PreviousResult) -> Exam:
    exam = Exam("Exam", "2026-11-21", (Measurement(PrintedResult("liver", 1.5, r2star_per_s=r2star_per_s)),))
    return replace(exam, context=replace(exam.context, previous=previous))


EARLIER = PreviousResult("liver", "2025-11-20", field_tesla=1.5, r2star_per_s=300.0)


@pytest.mark.parametrize(
    ("now_per_s", "earlier", "verdict"),
    [
        (320.0, EARLIER, "no measurable change"),
        (400.0, EARLIER, "changed"),
        (370.0, replace(EARLIER, other_scanner=True), "no measurable change"),
        (400.0, replace(EARLIER, field_tesla=3.0), "not comparable"),
        (400.0, replace(EARLIER, method="R2/T2"), "not comparable"),
        (400.0, replace(EARLIER, calibration="wood-2005"), "not comparable"),
    ],
)
def test_each_kind_of_change_gets_its_verdict(
    app: AppTest, now_per_s: float, earlier: PreviousResult, verdict: str
) -> None:
    page = shown(app, followed(now_per_s, earlier))
    assert not page.exception
    assert f"**{verdict}**" in words(page)


def test_a_typed_earlier_result_joins_the_exam_and_can_be_removed(app: AppTest) -> None:
    page = shown(app, followed(400.0))
    field = next(s for s in page.selectbox if s.label == "Field")
    field.set_value("1.5")
    next(t for t in page.text_input if t.label == "or T2* [ms]").set_value("3,0")
    page = page.run()
    next(b for b in page.button if b.label == "Add earlier result").click()
    page = page.run()
    assert page.session_state["exam"].context.previous[0].r2star_per_s == pytest.approx(1000 / 3.0)
    assert "Before:" in words(page)
    next(b for b in page.button if b.label == "Remove").click()
    assert page.run().session_state["exam"].context.previous == ()


def test_an_earlier_exam_gives_one_result_for_each_organ() -> None:
    knowledge = published_knowledge()
    exam = replace(sample_exam(), exam_date="2025-01-02")
    found = earlier_results(exam, knowledge)
    assert {r.organ for r in found} == {m.organ for m in exam.measurements}
    assert all(r.date == "2025-01-02" and r.r2star_per_s for r in found)
    with pytest.raises(IntakeError) as refused:
        earlier_results(Exam("Exam"), knowledge)
    assert refused.value.refusal.code == "NO_EARLIER_RESULT"


def test_what_an_earlier_file_held_in_doubt_is_named_once(app: AppTest) -> None:
    page = shown(app, followed(320.0))
    page.session_state[f"earlier-doubted-{page.session_state['exam_token']}"] = [
        "Liver of an earlier exam is not compared"
    ]
    assert "Liver of an earlier exam is not compared" in str(page.run().warning[0].value)
    assert not page.run().warning


# ---------------------------------------------------------------------------------- iron balance


def typed(page: AppTest, **fields: str) -> AppTest:
    """The page after typing into fields of the balance, by the first words of their labels."""
    for label, text in fields.items():
        next(t for t in page.text_input if t.label.startswith(label.replace("_", " "))).set_value(text)
    return page.run()


def said(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error)
    return " ".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def test_units_and_weight_give_an_iron_balance_that_stays_in_the_exam(app: AppTest, repo_root: Path) -> None:
    page = typed(shown(app, followed(370.0, replace(EARLIER, r2star_per_s=121.4))), Body_weight="60,5", Units="30")
    assert not page.exception
    assert page.session_state["exam"].context.transfused == Transfused(weight_kg=60.5, n_units=30.0)
    assert "30 units of red cells" in said(page) and "Body weight 60.5 kg" in said(page)
    assert page.table[-1].value.iloc[:, 0].tolist()[-1] == "Iron out, by chelation and other losses"
    again = shown(AppTest.from_file(str(repo_root / "app.py"), default_timeout=30), page.session_state["exam"])
    assert next(t for t in again.text_input if t.label.startswith("Body weight")).value == "60.5"


@pytest.mark.parametrize(
    ("weight", "units", "sentence"),
    [
        ("", "30", "The body weight is not stated"),
        ("6000", "30", "A body weight of 6000 kg cannot be right"),
        ("60 stone", "30", "A cell is not a number"),
        ("60", "", "is not fully stated"),
        ("60", "-3", "zero or more"),
    ],
)
def test_what_is_missing_or_absurd_is_said_and_gives_no_number(
    app: AppTest, weight: str, units: str, sentence: str
) -> None:
    page = typed(shown(app, followed(370.0, replace(EARLIER, r2star_per_s=121.4))), Body_weight=weight, Units=units)
    assert not page.exception
    assert sentence in said(page) and "mg/kg/day" not in said(page)


def test_a_change_within_the_error_gives_the_sentence_and_no_balance(app: AppTest) -> None:
    page = typed(shown(app, followed(310.0, EARLIER)), Body_weight="60", Units="0")
    assert "within the measurement error" in said(page) and "Iron out" not in said(page)


def test_an_organ_that_does_not_tell_of_the_body_has_no_balance(app: AppTest) -> None:
    heart = Exam("Exam", "2026-11-21", (Measurement(PrintedResult("heart", 1.5, t2star_ms=12.0)),))
    earlier = PreviousResult("heart", "2025-11-20", field_tesla=1.5, r2star_per_s=40.0)
    page = shown(app, replace(heart, context=replace(heart.context, previous=(earlier,))))
    assert "Iron balance" not in said(page)


def test_answers_about_the_patient_leave_what_was_transfused_alone(app: AppTest) -> None:
    exam = followed(370.0, EARLIER)
    kept = Transfused(60.0, 30.0)
    app.session_state["exam"] = replace(exam, context=replace(exam.context, transfused=kept))
    app.run().switch_page("pages/4_Findings.py").run()
    app.session_state[f"about-patient-{app.session_state['exam_token']}"] = True
    page = app.run()
    next(s for s in page.selectbox if s.label == "Disease").set_value("tdt")
    context = page.run().session_state["exam"].context
    assert (context.disease, context.transfused, context.previous) == ("tdt", kept, (EARLIER,))
