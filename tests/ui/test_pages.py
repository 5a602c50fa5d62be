"""The pages, run without a browser: what a reader types is answered, refused or kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.records import Exam, Measurement, PrintedResult
from ironreport.synthetic.samples import sample_exam

PAGES = (
    "0_Start", "1_Quick_check", "2_Signals", "3_Images", "7_Maps", "4_Findings", "6_Follow_up", "5_Report",
    "8_Evidence", "9_Self_check", "10_Learn", "11_Clinic",
)  # fmt: skip
LIVER = "\n".join(f"{1.3 + 1.2 * k:.1f}\t{1000 * math.exp(-(1.3 + 1.2 * k) / 3.0):.2f}" for k in range(10))


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=30).run()


def opened(app: AppTest, page: str) -> AppTest:
    """A page by itself, as Streamlit's test runner opens it; the side panel is drawn by ``app.py`` around it."""
    return app.switch_page(f"pages/{page}.py").run()


def unfolded(page: AppTest, *keys: str) -> AppTest:
    """The page with some of its expanders opened, as by a click."""
    for key in keys:
        page.session_state[f"{key}-{page.session_state['exam_token']}"] = True
    return page.run()


def words(app: AppTest) -> str:
    """Everything readable on the page, escapes taken off."""
    parts = [app.markdown, app.caption, app.info, app.warning, app.error, app.success, app.code, app.header]
    texts = [str(element.value) for kind in parts for element in kind]
    texts += [element.label for element in app.expander]
    return " ".join(texts).replace("\\", "")


def keyed(app: AppTest, kind: str, prefix: str) -> object:
    """The widget whose key starts so; the rest of the key belongs to the exam."""
    return next(w for w in getattr(app, kind) if (w.key or "").startswith(prefix))


def typed(app: AppTest, text: str, organ: str = "liver", field: str = "1.5 T") -> AppTest:
    page = opened(app, "2_Signals")
    keyed(page, "text_area", "paste-").set_value(text)  # type: ignore[attr-defined]
    page = page.run()
    keyed(page, "button_group", "signal-organ-").set_value(organ)  # type: ignore[attr-defined]
    keyed(page, "button_group", "signal-field-").set_value(field)  # type: ignore[attr-defined]
    return page.run()


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_empty_without_an_exception(app: AppTest, page: str) -> None:
    assert not opened(app, page).exception


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_with_the_sample_exam(app: AppTest, page: str) -> None:
    next(b for b in app.button if b.label == "Load a sample exam").click().run()
    found = opened(app, page)
    assert not found.exception
    assert len(found.session_state["exam"].measurements) == 3


def test_the_side_panel_names_what_is_done_and_what_is_not(repo_root: Path) -> None:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    app.session_state["exam"] = sample_exam()
    shown = words(app.run())
    assert "Heart: done" in shown and "Liver: done" in shown and "Spleen: not assessed" in shown
    assert "Ready for the report" in shown


def test_ten_pasted_pairs_give_t2star_lic_and_class(app: AppTest) -> None:
    page = typed(app, LIVER)
    assert not page.exception
    shown = words(page)
    assert "LIC 8.5 mg/g dry weight" in shown
    assert "moderate" in shown
    assert "T2* 3.0 ms" in shown
    next(b for b in page.button if b.label == "Add to exam").click()
    page = page.run()
    exam: Exam = page.session_state["exam"]
    assert [m.organ for m in exam.measurements] == ["liver"]


def test_no_number_is_shown_before_the_field_is_chosen(app: AppTest) -> None:
    page = opened(app, "2_Signals")
    keyed(page, "text_area", "paste-").set_value(LIVER)  # type: ignore[attr-defined]
    page = page.run()
    keyed(page, "button_group", "signal-organ-").set_value("liver")  # type: ignore[attr-defined]
    shown = words(page.run())
    assert "LIC" not in shown and "mg/g" not in shown
    assert "Choose organ and field strength" in shown


ONE_LINE_EACH = {
    "one echo": "1.3 650",
    "equal TEs": "1.3 650\n1.3 640\n3.7 290",
    "negative signal": "1.3 650\n2.5 -430\n3.7 290",
    "zero signal": "1.3 650\n2.5 0\n3.7 290",
    "rising signal": "1.3 100\n2.5 200\n3.7 400\n4.9 800",
    "NaN": "1.3 650\n2.5 nan\n3.7 290",
    "words": "this is no table",
    "ambiguous comma": "1,25,900\n2,5,800",
    "signal lost in noise": "4.8 25\n7 19\n9.2 19\n11.4 19\n13.6 19\n15.8 19\n18 19\n20.2 19",
}


@pytest.mark.parametrize("case", ONE_LINE_EACH)
def test_bad_input_is_a_sentence_and_nothing_typed_is_lost(app: AppTest, case: str) -> None:
    page = typed(app, ONE_LINE_EACH[case])
    assert not page.exception
    assert keyed(page, "text_area", "paste-").value == ONE_LINE_EACH[case]  # type: ignore[attr-defined]
    shown = words(page)
    assert "LIC" not in shown and "95 %" not in shown
    assert page.error or page.warning or "not estimable" in shown
    assert not any(word in shown for word in ("Traceback", "Error:"))


SWAPPED = "53.63\t1.2\n34.77\t2.5\n22.54\t3.8\n14.61\t5.1\n9.48\t6.4\n6.14\t7.7\n3.98\t9\n2.58\t10.3"


def test_a_doubtful_table_is_one_question_and_one_click_answers_it(app: AppTest) -> None:
    page = typed(app, SWAPPED)
    shown = words(page)
    assert "Which column holds the echo times" in shown and "T2*" not in shown.replace("gradient echo (T2*)", "")
    answers = keyed(page, "radio", "answers-")
    assert answers.value is None and "Echo times in column 2" in answers.options[0]  # type: ignore[attr-defined]
    page = answers.set_value(answers.options[0]).run()  # type: ignore[attr-defined]
    shown = words(page)
    assert "As read: 8 echoes" in shown and "T2* 3" in shown and "as you answered" in shown
    page = keyed(page, "button", "ask-again-").click().run()  # type: ignore[attr-defined]
    assert "Which column holds the echo times" in words(page)


def test_an_answer_is_forgotten_with_the_table_it_was_given_for(app: AppTest) -> None:
    page = typed(app, SWAPPED)
    answers = keyed(page, "radio", "answers-")
    page = answers.set_value(answers.options[0]).run()  # type: ignore[attr-defined]
    page = typed(page, SWAPPED.replace("53.63", "54.63"))
    assert "Which column holds the echo times" in words(page) and "As read" not in words(page)


def test_a_fault_that_repeats_on_each_line_is_one_message(app: AppTest) -> None:
    page = typed(app, "1.3\t1_650\n2.5\t1_430\n3.7\t1_290\n4.9\t100")
    lines = [str(m.value) for m in page.markdown if "Line" in str(m.value)]
    assert len(lines) == 1 and "Lines 1 to 3" in lines[0]


@pytest.mark.parametrize(("text", "why"), [("1.3 648\n2.5 435", "Two echoes")])
def test_two_echoes_are_read_but_not_graded(app: AppTest, text: str, why: str) -> None:
    shown = words(typed(app, text))
    assert "T2* 3" in shown and "no class" in shown and why in shown and "goodness of fit" in shown


@pytest.mark.parametrize("tesla", ["0.55", "7"])
def test_another_field_gives_t2star_but_no_class(app: AppTest, tesla: str) -> None:
    page = typed(app, LIVER, field="another")
    keyed(page, "text_input", "signal-field-").set_value(tesla)  # type: ignore[attr-defined]
    shown = words(page.run())
    assert "T2* 3.0" in shown and "no class" in shown and "LIC 8" not in shown
    assert f"published for {tesla} T" in shown


def test_a_choice_of_calibration_moves_what_stands_below(app: AppTest) -> None:
    next(b for b in app.button if b.label == "Load a sample exam").click().run()
    page = unfolded(opened(app, "4_Findings"), "steps-liver")
    assert "LIC 8.5 mg/g" in words(page)
    keyed(page, "selectbox", "calibration-liver").set_value("garbowski-2014")  # type: ignore[attr-defined]
    page = page.run()
    assert "LIC 10.5 mg/g" in words(page)
    exam: Exam = page.session_state["exam"]
    assert next(m for m in exam.measurements if m.organ == "liver").choices.calibration == "garbowski-2014"


def test_a_left_out_echo_is_named_and_the_fit_follows(app: AppTest) -> None:
    next(b for b in app.button if b.label == "Load a sample exam").click().run()
    page = unfolded(opened(app, "4_Findings"), "steps-liver")
    keyed(page, "multiselect", "left-out-liver").set_value([0])  # type: ignore[attr-defined]
    shown = words(page.run())
    assert "9 of 10 echoes used" in shown and "Left out by the reader: echo 1" in shown


def test_an_unknown_disease_gives_no_interval_until_it_is_chosen(app: AppTest) -> None:
    page = typed(app, LIVER)
    next(b for b in page.button if b.label == "Add to exam").click()
    page.run()
    page = unfolded(opened(page, "4_Findings"), "about-patient")
    assert "No interval is suggested" in words(page)
    keyed(page, "selectbox", "disease-").set_value("tdt")  # type: ignore[attr-defined]
    assert "About 12 months" in words(page.run())


def test_text_from_outside_is_shown_as_itself(app: AppTest) -> None:
    evil = "![x](http://203.0.113.9/a.png) :red[x] $x$"
    measured = Measurement(PrintedResult("liver", 1.5, r2star_per_s=300.0, origin=evil))
    app.session_state["exam"] = Exam(evil, measurements=(measured,))
    for page in ("4_Findings", "5_Report", "8_Evidence"):
        found = opened(app, page)
        assert not found.exception
        raw = " ".join(str(m.value) for kind in (found.markdown, found.caption) for m in kind)
        assert "![x](" not in raw and ":red[" not in raw
        assert evil not in raw


def test_a_defect_is_a_sentence_and_its_text_reaches_neither_screen_nor_log(
    repo_root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ValueError("DOE^JANE_1980")

    monkeypatch.setattr("ironreport.ui.start_page.show", broken)
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30).run()
    assert "This page met a defect" in words(app) and "DOE" not in words(app)
    assert "ValueError" in caplog.text and "DOE" not in caplog.text


def test_a_pasted_inversion_recovery_gives_t1_and_no_class(app: AppTest) -> None:
    ti_ms = (100, 180, 260, 1000, 1900, 2800, 3700)
    text = "TI (ms)\tsignal\n" + "\n".join(f"{ti}\t{abs(1000 - 2000 * math.exp(-ti / 950)):.2f}" for ti in ti_ms)
    page = typed(app, text)
    next(s for s in page.selectbox if s.label == "Sequence").set_value("inversion recovery (T1)")
    page = page.run()
    assert not page.exception
    shown = words(page)
    assert "T1 950" in shown and "No class" in shown and "LIC" not in shown
    assert "7 inversion times" in shown and "Add to exam" not in [b.label for b in page.button]


def test_an_echo_train_is_no_inversion_recovery(app: AppTest) -> None:
    page = typed(app, LIVER)
    next(s for s in page.selectbox if s.label == "Sequence").set_value("inversion recovery (T1)")
    shown = words(page.run())
    assert "its recovery is not seen" in shown and "T1 3" not in shown


def test_the_assessment_follows_the_exam_and_is_kept_while_it_stands(app: AppTest) -> None:
    app.session_state["exam"] = sample_exam()
    page = opened(app, "4_Findings")
    first = page.session_state["assessed"][1]
    assert page.run().session_state["assessed"][1] is first
    page.session_state["exam"] = Exam(
        "Exam", measurements=(Measurement(PrintedResult("liver", 1.5, r2star_per_s=80.0)),)
    )
    page = page.run()
    assert [f.organ for f in page.session_state["assessed"][1].findings] == ["liver"]
    assert "LIC 1.9" in words(page)
