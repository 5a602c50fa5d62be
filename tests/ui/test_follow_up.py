"""The Follow-up page: a change is judged, or the reason why not is said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.assess.earlier import earlier_results
from ironreport.errors import IntakeError
from ironreport.knowledge import published_knowledge
from ironreport.records import Exam, Measurement, PreviousResult, PrintedResult
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
