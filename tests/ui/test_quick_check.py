"""Quick check, run without a browser: what is typed is read, asked or refused in place; the answer comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.records import Context, Exam, Measurement, PrintedResult
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.quick.adding import taken_back

SENTENCE = "R2* 67.73 Hz, T2* 14.76 ms, LIC 2.1 mg/g at 1.5 T, recommended: every 1 to 2 years"
FIRST = "Printed LIC 2.1 mg/g: borderline by Garbowski 2014."


@pytest.fixture
def page(repo_root: Path) -> Iterator[AppTest]:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30).run()
    yield app.switch_page("pages/1_Quick_check.py").run()


def words(page: AppTest) -> str:
    parts = [page.markdown, page.caption, page.info, page.warning, page.error, page.header]
    return " ".join(str(element.value) for kind in parts for element in kind).replace("\\", "")


def field(page: AppTest, kind: str, name: str) -> object:
    return next(w for w in getattr(page, kind) if (w.key or "").startswith(f"quick-{name}-"))


def put(page: AppTest, name: str, value: str, kind: str = "text_input") -> AppTest:
    field(page, kind, name).set_value(value)  # type: ignore[attr-defined]
    return page.run()


def typed(page: AppTest, organ: str = "liver", tesla: str | None = "1.5 T", **numbers: str) -> AppTest:
    for name, value in numbers.items():
        page = put(page, name, value)
    page = put(page, "organ", organ, "button_group")
    return put(page, "field", tesla, "button_group") if tesla else page


def test_one_sentence_answers_and_fills_every_field(page: AppTest) -> None:
    page = put(page, "box", SENTENCE)
    assert not page.exception
    shown = words(page)
    assert FIRST in shown and "2 of the 4 other calibrations at 1.5 T say otherwise" in shown
    assert (
        "Read: R2* 67.73 s⁻¹ · T2* 14.76 ms · LIC 2.1 mg/g dry weight · 1.5 T · next scan every 1 to 2 years." in shown
    )
    assert "Every 1 to 2 years. It names no source." in shown
    values = [field(page, "text_input", name).value for name in ("r2star", "t2star", "lic")]  # type: ignore[attr-defined]
    assert values == ["67.73", "14.76", "2.1"]
    assert field(page, "button_group", "organ").value == "liver"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "organ", "says"),
    [
        ("Cardiac T2* 38 ms, liver iron 6.2 mg/g at 1.5 T", "liver", "### Printed LIC 6.2 mg/g: mild."),
        ("Myocardial T2* 8.2 ms, LIC 6.2 mg/g, 1.5 T", "liver", "Whose T2* it gives is not sure; not read."),
        ("Septal T2* 8.2 ms at 1.5 T", "heart", "### Heart T2* 8.2 ms (95 % 7.1 to 9.5): severe."),
        ("Hepatic R2* 67.73 s-1 at 1.5 T", "liver", "### LIC 1.60 mg/g dry weight: normal by Hernando 2023."),
    ],
)
def test_a_number_of_a_sentence_is_taken_for_the_organ_it_is_of(
    page: AppTest, text: str, organ: str, says: str
) -> None:
    page = put(page, "box", text)
    assert not page.exception and says in words(page)
    assert field(page, "button_group", "organ").value == organ  # type: ignore[attr-defined]


def test_the_answer_stands_above_the_fields_it_was_read_from(page: AppTest) -> None:
    page = put(page, "box", SENTENCE)
    order = [e.value for e in page.markdown if str(e.value).startswith("###")]
    assert FIRST in str(order[0]).replace("\\", "")
    first, proof = words(page).index(FIRST), words(page).index("The same number under every enabled calibration")
    assert first < words(page).index("Next scan") < words(page).index("What would change it") < proof


@pytest.mark.parametrize(
    ("numbers", "first"),
    [
        ({"lic": "2,1 mg/g", "r2star": "67.73 Hz", "t2star": "14.76ms"}, FIRST),
        ({"lic": "٢٫١", "r2star": "٦٧٫٧٣"}, FIRST),
        ({"lic": "۲٫۱ mg/g", "t2star": "۱۴٫۷۶"}, FIRST),
        ({"lic": "37.6 µmol/g", "r2star": "0.06773 ms-1"}, FIRST),
        ({"t2star": "1.476"}, "LIC 17.5 mg/g dry weight: severe by Hernando 2023."),
        ({"r2star": "6.483,2"}, "LIC more than 42.7 mg/g dry weight: severe by Hernando 2023."),
    ],
)
def test_numbers_are_taken_as_people_write_them(page: AppTest, numbers: dict[str, str], first: str) -> None:
    page = typed(page, **numbers)
    assert not page.exception and not page.error
    assert first in words(page)


def test_a_number_with_two_readings_is_asked_and_then_used(page: AppTest) -> None:
    page = typed(page, r2star="1,476")
    assert "Choose which number is meant" in words(page) and "LIC" not in words(page).replace("LIC,", "")
    page = put(page, "meant", "1476", "button_group")
    assert "LIC 38 mg/g dry weight: severe" in words(page)
    assert "R2* read as 1476 s⁻¹, as you answered." in words(page)


def test_what_was_understood_is_said(page: AppTest) -> None:
    assert "T2* read as 1.476 ms." in words(typed(page, t2star="1.476"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("r2star", "14.76 ms", "Move the number to T2*"),
        ("lic", "2.1 mg/g wet weight", "per gram of dry weight"),
        ("lic", "> 43", "is a limit"),
        ("t2star", "4000", "Check the number, its decimal mark and its unit."),
        ("t2star", "long", "Write one number"),
        ("theirs", "soon", "every 1 to 2 years"),
        ("box", "T2 14.76 ms", "without the star"),
    ],
)
def test_a_wrong_input_says_the_cure_and_keeps_what_was_typed(page: AppTest, name: str, value: str, says: str) -> None:
    page = put(page, name, value)
    assert not page.exception
    assert any(says in str(e.value).replace("\\", "") for e in page.error)
    assert field(page, "text_input", name).value == value  # type: ignore[attr-defined]


def test_without_the_field_strength_it_is_asked_and_the_calibration_still_named(page: AppTest) -> None:
    shown = words(typed(page, tesla=None, r2star="67.73", t2star="14.76", lic="2.1"))
    assert "Printed LIC 2.1 mg/g: what Garbowski 2014 at 1.5 T gives." in shown
    assert "Choose the field strength: without it there is no class." in shown and "no class" in shown


def test_what_the_answer_waits_for_is_asked_where_the_answer_stands(page: AppTest) -> None:
    page = put(page, "r2star", "67.73")
    assert "Choose the organ." in words(page)
    assert [g.label for g in page.button_group if "organ" in (g.key or "")] == ["Which organ?"]
    page = put(page, "organ", "liver", "button_group")
    assert [g.label for g in page.button_group if "organ" in (g.key or "")] == ["Organ"]
    assert sum("Field strength" in g.label for g in page.button_group) == 1
    page = put(page, "field", "another", "button_group")
    page = put(page, "field", "0.55")
    assert "published for 0.55 T" in words(page)


def test_exchanged_units_are_caught(page: AppTest) -> None:
    shown = words(typed(page, r2star="14.76", t2star="14.76"))
    assert "must be 1000" in shown and "No class" in shown


def test_a_printed_lic_is_of_the_liver_without_a_choice(page: AppTest) -> None:
    shown = words(put(put(page, "lic", "2.1"), "field", "1.5 T", "button_group"))
    assert "Printed LIC 2.1 mg/g: borderline." in shown and "Organ: liver, because an LIC is given." in shown


def test_the_facts_that_decide_are_asked_there_and_their_answers_count(page: AppTest) -> None:
    page = put(page, "box", SENTENCE)
    page = put(page, "disease", "tdt", "selectbox")
    assert "About 12 months" in words(page)
    asked = [w.label for w in page.button_group if (w.key or "").startswith("quick-fact-")]
    assert asked == ["LVEF reduced", "Adherence", "Treatment interrupted"]
    page = put(page, "fact-adherence", "poor", "button_group")
    assert "About 6 months" in words(page)
    assert field(page, "button_group", "fact-adherence").value == "poor"  # type: ignore[attr-defined]


def test_a_second_sentence_leaves_nothing_of_the_first(page: AppTest) -> None:
    page = put(page, "box", SENTENCE)
    page = put(page, "box", "heart T2* 8 ms at 3 T")
    assert field(page, "text_input", "lic").value == "" and field(page, "text_input", "theirs").value == ""  # type: ignore[attr-defined]
    assert field(page, "button_group", "organ").value == "heart"  # type: ignore[attr-defined]
    assert "T2* 8.0 ms" in words(page) and "LIC 2.1" not in words(page)


def test_a_critical_number_is_said_first(page: AppTest) -> None:
    page = put(page, "box", "Heart T2* 7.9 ms at 1.5 T, TDT")
    assert "Critical result: heart T2* 7.9 ms." in str(page.error[0].value).replace("\\", "")


def test_a_reduced_lvef_makes_no_liver_critical(page: AppTest) -> None:
    page = put(put(page, "box", f"{SENTENCE}, in TDT"), "fact-lvef_reduced", "yes", "button_group")
    said = str(page.error[0].value).replace("\\", "")
    assert "LVEF reduced" in said and "LIC" not in said


def test_a_number_that_is_left_aside_is_said_in_the_answer(page: AppTest) -> None:
    page = put(typed(page, r2star="67.73"), "t2star", "14.76 Hz")
    assert "normal by Hernando 2023" in words(page)
    assert "T2* was left aside: the unit is one of R2*" in words(page)


def click(page: AppTest, label: str) -> AppTest:
    next(b for b in page.button if b.label == label).click()
    return page.run()


def test_the_answer_joins_the_exam_as_values_and_undo_takes_it_back(page: AppTest) -> None:
    page = put(page, "box", f"{SENTENCE}, in TDT")
    page = click(page, "Add to exam")
    exam: Exam = page.session_state["exam"]
    assert [m.organ for m in exam.measurements] == ["liver"]
    assert exam.measurements[0].choices.calibration == "garbowski-2014"
    assert isinstance(exam.measurements[0].signal, PrintedResult) and exam.context.disease == "tdt"
    assert "values without a curve" in words(page)
    assert "Add to exam" not in [b.label for b in page.button]
    page = click(page, "Undo")
    assert page.session_state["exam"].measurements == () and page.session_state["exam"].context == Context()
    assert FIRST in words(page)


def test_a_measured_liver_is_replaced_only_by_a_click_and_comes_back(repo_root: Path) -> None:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    app.session_state["exam"] = sample_exam()
    page = put(app.run().switch_page("pages/1_Quick_check.py").run(), "box", SENTENCE)
    assert page.session_state["exam"] == sample_exam()
    page = click(page, "Replace liver in the exam")
    assert page.session_state["exam"].measurements != sample_exam().measurements
    page = click(page, "Undo")
    held = {m.organ: m for m in page.session_state["exam"].measurements}
    assert held == {m.organ: m for m in sample_exam().measurements}


def test_what_was_changed_after_adding_survives_the_undo() -> None:
    before = Exam("x")
    after = Exam("x", measurements=(Measurement(PrintedResult("liver", 1.5, 67.73)),), context=Context("tdt"))
    now = Exam(
        "y",
        measurements=(*after.measurements, Measurement(PrintedResult("heart", 1.5, None, 20.0))),
        context=Context("scd"),
    )
    found = taken_back(now, before, after, "liver")
    assert [m.organ for m in found.measurements] == ["heart"]
    assert (found.pseudonym, found.context) == ("y", Context("scd"))


def test_what_was_typed_is_still_there_after_another_page(page: AppTest) -> None:
    page = put(page, "box", SENTENCE)
    page = page.switch_page("pages/8_Evidence.py").run().switch_page("pages/1_Quick_check.py").run()
    assert FIRST in words(page)


def test_text_from_outside_is_shown_as_itself(page: AppTest) -> None:
    page = put(page, "box", "LIC 2.1 mg/g at 1.5 T, every 2 years according to ![x](http://203.0.113.9/a.png) :red[x]")
    raw = " ".join(str(e.value) for kind in (page.markdown, page.caption, page.error) for e in kind)
    assert not page.exception and "![x](" not in raw and ":red[" not in raw


@pytest.fixture
def framed() -> AppTest:
    """The page between what the frame does first and last in a run; a page opened by its file runs without it."""
    script = "from ironreport.ui import filled\nfrom ironreport.ui.quick import page\n"
    return AppTest.from_string(f"{script}filled.settle()\npage.show()\nfilled.drawn()", default_timeout=30).run()


def test_a_click_sent_before_the_browser_shows_what_the_box_filled_loses_no_number(
    framed: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironreport.ui.filled.GRACE_S", 60.0)
    page = put(framed, "box", SENTENCE)
    for name in ("r2star", "t2star", "lic"):
        field(page, "text_input", name).set_value("")  # type: ignore[attr-defined]
    page = put(page, "organ", "liver", "button_group")
    assert FIRST in words(page)
    assert field(page, "text_input", "lic").value == "2.1"  # type: ignore[attr-defined]
    page = put(page, "lic", "3.9")
    assert field(page, "text_input", "lic").value == "3.9", "typed over at once"  # type: ignore[attr-defined]


def test_a_field_that_the_box_filled_and_the_browser_showed_can_be_emptied(
    framed: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironreport.ui.filled.GRACE_S", 0.0)
    page = put(framed, "box", SENTENCE)
    page = put(page, "lic", "")
    assert field(page, "text_input", "lic").value == ""  # type: ignore[attr-defined]
