"""The Evidence page, run without a browser: search, filters, calibrations and this exam beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.knowledge import published_knowledge
from ironreport.knowledge.glossary import published_glossary
from ironreport.records import Exam, Measurement, PrintedResult
from ironreport.ui import state

VIEWS = ("Calibrations", "Entries", "Contradictions", "Sources")


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=30).run()


def evidence(app: AppTest) -> AppTest:
    return app.switch_page("pages/8_Evidence.py").run()


def words(app: AppTest) -> str:
    parts = [app.markdown, app.caption, app.info, app.error, app.header, app.subheader]
    texts = [str(element.value) for kind in parts for element in kind]
    texts += [table.value.to_string() for table in app.table]
    return " ".join(texts).replace("\\", "")


def pressed(app: AppTest, label: str, choice: str) -> AppTest:
    next(w for w in app.button_group if w.label == label).set_value(choice)
    return app.run()


def searched(app: AppTest, query: str) -> AppTest:
    app.text_input(key="evidence-query").set_value(query)
    return app.run()


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_without_an_exception_and_explains_its_terms(app: AppTest, view: str) -> None:
    page = pressed(evidence(app), "Show", view)
    assert not page.exception and not page.error
    assert f"Knowledge {published_knowledge().version}" in words(page)
    doors = page.get("popover")
    assert bool(doors) == (view != "Sources")
    said = " ".join(str(m.value).replace("\\", "") for door in doors for m in door.markdown)
    n_explained = sum(term.text in said for term in published_glossary().terms)
    assert n_explained >= 5 or view == "Sources"


@pytest.mark.parametrize("view", VIEWS)
def test_each_organ_has_each_view_even_if_it_is_empty(app: AppTest, view: str) -> None:
    page = pressed(evidence(app), "Show", view)
    for organ in published_knowledge().organs:
        page = pressed(page, "Organ", organ)
        assert not page.exception and not page.error, organ


def test_calibrations_of_the_liver_come_first_with_limits_and_flips(app: AppTest) -> None:
    shown = words(evidence(app))
    for wanted in (
        "The class hangs on the calibration",
        "T2* 12.4 to 17.1 ms",
        "75.3\u00a0s⁻¹ · 13.3\u00a0ms",
        "Garbowski 2014",
    ):
        assert wanted in shown, wanted
    assert "no iron concentration of the liver" in shown


def test_this_exam_is_read_by_every_calibration(app: AppTest) -> None:
    signal = PrintedResult("liver", field_tesla=1.5, r2star_per_s=67.73)
    app.session_state["exam"] = Exam("x", measurements=(Measurement(signal),))
    shown = words(evidence(app))
    differ, others = map(int, re.search(r"(\d+) of (\d+) other calibrations give another class", shown).groups())
    assert others == len(published_knowledge().calibrations("liver", "1.5")) - 2  # the one chosen, and one of spin echo
    assert 3 <= differ <= others
    assert "LIC 2.08 mg/g" in shown and "borderline, another class" in shown


def test_a_search_shows_entries_sources_and_what_is_disabled(app: AppTest) -> None:
    page = searched(evidence(app), "assignies")
    shown = words(page)
    assert not page.exception
    assert "dassignies-2018" in shown and "not confirmed" in shown and "disabled: not confirmed" in shown
    assert "[doi:10.1007/s00330-017-5106-3](https://doi.org/10.1007/s00330-017-5106-3)" in shown
    assert "hernando-2021" not in shown


@pytest.mark.parametrize("query", ["zzzz", "![x](http://host)", "(((", "\\", "*", "   "])
def test_any_search_is_answered_with_a_sentence(app: AppTest, query: str) -> None:
    page = searched(evidence(app), query)
    assert not page.exception
    assert ("Nothing holds all of these words" in words(page)) or page.table or "Found:" in words(page)


def test_filters_work_together(app: AppTest) -> None:
    page = pressed(pressed(evidence(app), "Organ", "heart"), "Show", "Entries")
    page = pressed(page, "Disease", "tdt")
    page.selectbox(key="evidence-kind").set_value("rule")
    shown = words(page.run())
    assert "tdt-h1" in shown and "tdt-l1" not in shown and "heart-1t5" not in shown
    page.selectbox(key="evidence-status").set_value("rejected")
    assert "No entry is of this organ" in words(page.run())


def test_curves_that_are_never_used_are_drawn_only_when_asked_for(app: AppTest) -> None:
    page = evidence(app)
    assert "not used" not in words(page)
    page.toggle(key="evidence-unused").set_value(True)
    assert "not confirmed; not used" in words(page.run())


def test_markdown_in_a_knowledge_file_is_shown_as_itself(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "![x](http://203.0.113.9/a.png) <img src=x>"
    found = published_knowledge()
    kirk = found.sources["kirk-2009"].model_copy(update={"citation": f"Kirk {hostile}"})
    heart = found.organs["heart"]
    ladders = tuple(x.model_copy(update={"label": f"Kirk {hostile}", "where": hostile}) for x in heart.ladder)
    changed = replace(
        found,
        organs=found.organs | {"heart": heart.model_copy(update={"ladder": ladders})},
        sources=found.sources | {"kirk-2009": kirk},
    )
    monkeypatch.setattr(state, "knowledge", lambda: changed)
    page = searched(evidence(app), "kirk")
    drawn = " ".join(str(m.value) for m in page.markdown)
    assert "203" in drawn and not re.search(r"(?<!\\)(<img|!\[|\]\(http://)", drawn)
