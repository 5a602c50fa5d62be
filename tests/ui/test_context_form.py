"""The questions about the patient: unknown is an answer, numbers are typed, a refused number stays unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.records import Context, Exam, Measurement, PrintedResult

MEASURED = (Measurement(PrintedResult("liver", 1.5, r2star_per_s=52.2)),)
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def findings(repo_root: Path) -> Iterator[AppTest]:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    app.session_state["exam"] = Exam("test", measurements=MEASURED, context=Context("tdt", (("age_years", "12"),)))
    app.run().switch_page("pages/4_Findings.py").run()
    app.session_state[f"about-patient-{app.session_state['exam_token']}"] = True
    yield app.run()


def field(app: AppTest, fact: str) -> object:
    return next(x for x in (*app.text_input, *app.selectbox) if str(x.key).startswith(f"fact-{fact}-"))


def facts(app: AppTest) -> dict[str, str]:
    return dict(app.session_state["exam"].context.facts)


def test_answers_of_an_opened_exam_stand_in_the_form(findings: AppTest) -> None:
    assert not findings.exception
    assert field(findings, "age_years").value == "12"  # type: ignore[attr-defined]
    assert facts(findings) == {"age_years": "12"}


@pytest.mark.parametrize(
    ("typed", "kept"), [("2400", "2400"), ("472,6", "472.6"), ("1.234,5", None), ("many", None), ("-5", None)]
)
def test_a_ferritin_is_kept_as_a_number_or_stays_unknown(findings: AppTest, typed: str, kept: str | None) -> None:
    findings = field(findings, "ferritin_ng_per_ml").set_value(typed).run()  # type: ignore[attr-defined]
    assert not findings.exception
    assert facts(findings).get("ferritin_ng_per_ml") == kept
    assert bool(findings.error) == (kept is None)


def test_emptying_a_field_makes_the_fact_unknown_again(findings: AppTest) -> None:
    findings = field(findings, "age_years").set_value("").run()  # type: ignore[attr-defined]
    assert facts(findings) == {} and not findings.exception


def test_a_choice_and_a_date_are_kept(findings: AppTest) -> None:
    findings = field(findings, "regular_transfusion").set_value("exchange only").run()  # type: ignore[attr-defined]
    findings = field(findings, "ferritin_date").set_value("2026-10-01").run()  # type: ignore[attr-defined]
    assert facts(findings) == {
        "age_years": "12", "regular_transfusion": "exchange only", "ferritin_date": "2026-10-01",
    }  # fmt: skip


def test_questions_are_drawn_while_they_are_open_and_what_ends_with_the_closing_click_is_kept(
    findings: AppTest,
) -> None:
    key = f"about-patient-{findings.session_state['exam_token']}"
    field(findings, "ferritin_ng_per_ml").set_value("2400")  # type: ignore[attr-defined]
    findings.session_state[key] = False
    findings.run()
    assert facts(findings) == {"age_years": "12", "ferritin_ng_per_ml": "2400"}
    assert not [x for x in findings.run().text_input if str(x.key).startswith("fact-")]
    assert facts(findings) == {"age_years": "12", "ferritin_ng_per_ml": "2400"} and not findings.exception
    findings.session_state[key] = True
    assert field(findings.run(), "ferritin_ng_per_ml").value == "2400"  # type: ignore[attr-defined]
