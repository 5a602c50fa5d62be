"""Each number on Findings and Report reaches its explanation in one click."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ironreport.knowledge.glossary import published_glossary
from ironreport.records import Choices, Context, Exam, Measurement, PreviousResult, PrintedResult, Transfused
from ironreport.report import describe
from ironreport.report.content import RegionPicture
from ironreport.synthetic.samples import sample_exam, sample_signal
from ironreport.ui import state

NO_NUMBERS = re.compile(
    r"\[\d+\]|\b[a-z]+(?:-[a-z0-9]+)*-\d{4}\S*|\bheart-1t5\b|\bsample \S+|\b[A-Z][a-z]+ (?:[A-Z][a-z]+ )?\d{4}\b"
    r"|\bESGAR/SAR 2023\b|\d{4}-\d{2}-\d{2}"
)
"""Ids, numbered cells, years of papers, dates: figures that count nothing."""


def has_number(text: str) -> bool:
    return re.search(r"\d", NO_NUMBERS.sub(" ", text)) is not None


@cache
def exam() -> Exam:
    """A heart and a liver with curves, a printed kidney, a spleen without a number, an earlier liver, blood given."""
    whole = sample_exam()
    weak = replace(sample_signal("liver_1t5_heavy"), organ="spleen", signal=(25, 19, 19, 19, 19, 19, 19, 19, 19, 19))
    kidney = Measurement(PrintedResult("kidney", field_tesla=1.5, t2star_ms=33.0))
    before = (PreviousResult("liver", "2025-11-01", field_tesla=1.5, r2star_per_s=120.0),)
    context = Context("tdt", previous=before, transfused=Transfused(60.0, 30.0))
    return replace(whole, measurements=(*whole.measurements, Measurement(weak), kidney), context=context)


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    app = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60).run()
    app.session_state["exam"] = exam()
    yield app


def with_every_step(app: AppTest) -> AppTest:
    """Findings with the steps of each organ opened, as by a click on each."""
    page = app.switch_page("pages/4_Findings.py").run()
    for organ in ("heart", "liver", "spleen", "kidney"):
        page.session_state[f"steps-{organ}-{page.session_state['exam_token']}"] = True
    return page.run()


def leaves(block: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every text of a page with the blocks that hold it, the innermost last."""
    for child in getattr(block, "children", {}).values():
        if getattr(child, "children", None) is not None:
            yield from leaves(child, (*above, block))
        elif child.type in ("markdown", "caption", "code", "info", "warning", "error"):
            for line in str(child.value).replace("\\", "").replace("**", "").split("\n"):
                yield line, (*above, block)
        elif child.type == "table":
            for _, (label, value) in child.value.iterrows():
                yield f"{label}: {value}".replace("\\", ""), (*above, block)


def doors(block: Any) -> list[str]:
    """What the doors that stand directly in a block say."""
    found = [child for child in block.children.values() if getattr(child, "type", "") == "popover"]
    return ["\n".join(text for text, _ in leaves(door)) for door in found]


def nearest(above: tuple[Any, ...]) -> str:
    return next(("\n".join(said) for block in reversed(above) if (said := doors(block))), "")


def test_each_number_on_findings_reaches_its_explanation_in_one_click(app: AppTest) -> None:
    page = with_every_step(app)
    assert not page.exception
    glossary, numbers, lost = published_glossary(), 0, []
    for text, above in leaves(page.main):
        if any(block.type == "popover" for block in above) or not has_number(text):
            continue
        numbers += 1
        terms, said = glossary.terms_in(text), nearest(above)
        if not terms or any(term.text not in said for term in terms):
            lost.append(text)
    assert numbers > 60
    assert not lost, "\n".join(lost)


def test_each_number_of_the_report_reaches_its_explanation_in_one_click(app: AppTest) -> None:
    page = app.switch_page("pages/5_Report.py").run()
    assert not page.exception
    said = "\n".join(doors(block)[0] for block in blocks(page.main) if doors(block))
    content = describe(state.assess_exam(exam()), state.knowledge())
    printed = [text for text in texts(content) if has_number(text)]
    assert content.balance is not None and content.balance.rows and content.changes
    lost = [text for text in printed if any(term.text not in said for term in published_glossary().terms_in(text))]
    without = [text for text in printed if not published_glossary().terms_in(text)]
    assert len(printed) > 60
    assert not lost, "\n".join(lost)
    assert not without, "\n".join(without)


def blocks(block: Any) -> Iterator[Any]:
    yield block
    for child in getattr(block, "children", {}).values():
        if getattr(child, "children", None) is not None:
            yield from blocks(child)


OF_THE_PAPER = {"report_id", "references", "pseudonym", "exam_date", "software", "knowledge_version", "reviewed"}
OF_A_DRAWING = {"bars", "marks", "sources", "rule", "limits", "value_text", "key", "calibration_marks", "ladder_marks"}


def texts(value: object) -> Iterator[str]:
    """Every sentence of a description; a row together with its label, a bar by the row that it draws."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value) and not isinstance(value, RegionPicture):
        names = {field.name for field in fields(value)}
        if names == {"label", "total", "per_day"}:
            yield f"Iron balance, {value.label}: {value.total}; {value.per_day}"  # type: ignore[attr-defined]
            return
        if names == {"label", "value"}:
            yield f"{value.label}: {value.value}"  # type: ignore[attr-defined]
            return
        for name in names - OF_THE_PAPER - OF_A_DRAWING - {"tests"}:
            held = getattr(value, name)
            yield from [f"ladder {held}"] if name == "ladder" and isinstance(held, str) else texts(held)


def test_why_opens_with_three_sentences_and_one_picture_and_keeps_the_steps_behind_more(app: AppTest) -> None:
    page = with_every_step(app)
    why = next(b for b in blocks(page.main) if getattr(b, "label", "") == "Why? Liver in three sentences")
    more = next(b for b in blocks(why) if getattr(b, "label", "").startswith("More: every step"))
    short = [child for child in why.children.values() if child is not more]
    said = [child.value for child in short if child.type == "markdown"]
    assert len(said) == 3
    assert "10 of 10 echoes" in said[0] and "LIC \\= 0\\.02603" in said[1] and "moderate" in said[2]
    assert [child.type for child in short].count("vega_lite_chart") == 1
    assert any("Calibration" in text for text, _ in leaves(more))


def test_a_choice_behind_more_still_moves_the_card(app: AppTest) -> None:
    app.session_state["exam"] = replace(
        exam(), measurements=(replace(exam().measurements[1], choices=Choices(calibration="garbowski-2014")),)
    )
    page = app.switch_page("pages/4_Findings.py").run()
    assert any("10\\.4 mg" in str(m.value) for m in page.markdown)
