"""The comparison on paper, the short form, and limits that page 1 has no room for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from reportlab.lib.colors import HexColor

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, PreviousResult, ReportDetails
from ironreport.report import describe
from ironreport.report.content import Change, ReportContent, Segment, TrendFigure, TrendPoint
from ironreport.report.palette import SEVERITY, tint
from ironreport.report.pdf import write_pdf
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
LIVER_NOW_PER_S = 1000.0 / 3.0
Pages = Callable[[bytes], list[str]]


@pytest.fixture
def pages_of(poppler: Callable[..., str]) -> Pages:
    """Text of each page, one blank between words."""
    return lambda pdf: [" ".join(page.split()) for page in poppler("pdftotext", pdf, "-layout").split("\f")[:-1]]


def compared(*earlier: PreviousResult, details: ReportDetails | None = None) -> ReportContent:
    exam = sample_exam()
    exam = replace(exam, context=Context("tdt", previous=earlier), details=details or exam.details)
    return describe(assess(exam, KNOWLEDGE), KNOWLEDGE)


def liver(date: str, r2star_per_s: float, field_tesla: float = 1.5, **more: str) -> PreviousResult:
    return PreviousResult("liver", date, r2star_per_s=r2star_per_s, field_tesla=field_tesla, **more)  # type: ignore[arg-type]


COURSE = tuple(liver(f"202{i}-05-0{i + 1}", r) for i, r in enumerate((900.0, 700.0, 620.0, 480.0, 350.0)))


@pytest.mark.parametrize(
    ("earlier", "word"),
    [
        (liver("2024-05-05", LIVER_NOW_PER_S), "no measurable change"),
        (liver("2024-05-05", 900.0), "less iron"),
        (liver("2024-05-05", 100.0), "more iron"),
        (liver("2024-05-05", LIVER_NOW_PER_S, 3.0), "not comparable"),
        (liver("2024-05-05", LIVER_NOW_PER_S, method="R2/T2"), "not comparable"),
        (liver("2024-05-05", LIVER_NOW_PER_S, calibration="wood-2005"), "not comparable"),
    ],
)
def test_page_one_says_in_words_what_became_of_an_organ(pages_of: Pages, earlier: PreviousResult, word: str) -> None:
    content = compared(earlier)
    found = pages_of(write_pdf(content))
    assert content.changes[0].word == word
    assert "Change" in found[0] and "since 2024-05-05" in found[0]
    assert all(part in found[0] for part in word.split())
    assert "no earlier result" in found[0]  # of the heart
    solid = "".join(found).replace(" ", "")
    assert "COMPARISON" in solid and "Latestearlierresult" in solid


def test_without_an_earlier_result_nothing_is_said_of_a_change(pages_of: Pages) -> None:
    found = " ".join(pages_of(write_pdf(compared())))
    assert "COMPARISON" not in found and "since" not in found
    assert "earlier result to compare with" in found  # listed as missing


def test_the_course_lists_every_result_with_its_method_and_says_why_a_line_is_broken(pages_of: Pages) -> None:
    content = compared(*COURSE[:2], replace(COURSE[2], field_tesla=3.0), *COURSE[3:])
    text = " ".join(pages_of(write_pdf(content)))
    (figure,) = content.trends
    assert [p.joined for p in figure.points] == [False, True, False, False, True, True]
    assert all(point.date in text for point in figure.points)
    assert "The line is broken where method, field strength or calibration differ" in text
    assert "this exam" in text and "earlier, 95 % as a bar" in text


def test_comparison_reports_are_byte_equal_and_small() -> None:
    content = compared(*COURSE)
    pdf = write_pdf(content)
    assert pdf == write_pdf(content)
    assert len(pdf) < 300_000
    assert b"/Title (Comparison)" in pdf


def figure(*points: TrendPoint, limits: tuple[float, ...] = ()) -> TrendFigure:
    segments = tuple(Segment(f"class {i}", "mild") for i in range(len(limits) + 1)) if limits else ()
    return TrendFigure("liver", "Liver: LIC", "LIC", "mg/g", points, limits, segments)


SAME_DAY = (
    TrendPoint("2026-01-01", 5.0, 4.0, 6.0, "5", now=False, joined=False),
    TrendPoint("2026-01-01", 5.0, 4.0, 6.0, "5", now=True, joined=True),
)
ENDLESS = (TrendPoint("X" * 300, 1e9, 1e-9, math.inf, "y" * 300, now=False, joined=True),) * 40
SHORT_T2STAR = (TrendPoint("2026-01-01", 0.1, None, None, "0.1", now=True, joined=False),)
NOTHING = (TrendPoint("", 0.0, None, None, "", now=True, joined=False),)


@pytest.mark.parametrize(
    "strange",
    [
        figure(*NOTHING),
        figure(*SAME_DAY),
        figure(*ENDLESS, limits=(1.0, 2.0)),
        figure(*SHORT_T2STAR, limits=(20.0, 10.0)),
    ],
)
def test_a_strange_course_is_still_printed(report_content: ReportContent, strange: TrendFigure) -> None:
    change = Change("liver", "Liver", "X" * 900, "long " * 300, "changed", "why " * 400, "more iron", "Y" * 200)
    content = replace(report_content, changes=(change,) * 8, trends=(strange,) * 3)
    assert write_pdf(content).startswith(b"%PDF-")


def test_the_bands_of_a_chart_get_darker_with_severity() -> None:
    shades = [sum(HexColor(tint(s)).rgb()) for s in SEVERITY if s != "indeterminate"]
    assert shades == sorted(shades, reverse=True)


def test_earlier_results_have_the_digits_of_their_column_and_those_of_another_report_its_own() -> None:
    elsewhere = PreviousResult("liver", "2022-05-05", "R2/T2", lic_mg_per_g=21.5, calibration="ferriscan")
    narrow = {"r2star_low_per_s": 598.0, "r2star_high_per_s": 602.0, "lic_mg_per_g": 15.4584}
    ours = replace(liver("2024-05-05", 600.0, calibration="hernando-2023"), **narrow)  # type: ignore[arg-type]
    content = compared(elsewhere, liver("2023-05-05", 276.3), ours)  # an LIC of 7.03, beside a limit of 7
    assert content.changes[0].before.startswith("2024-05-05 · R2* 600 s⁻¹ (598 to 602) · LIC 15.5 mg/g dry weight · ")
    texts = [point.text for point in content.trends[0].points]
    assert texts[0].startswith("21.5 mg/g dry weight; ")
    (typed,) = compared(liver("2023-05-05", 705.5)).changes
    assert "R2* 705.5 s⁻¹ · " in typed.before
    assert [t.partition(" mg/g")[0] for t in texts[1:]] == ["7.0", "15.5", "8.5"]


# ------------------------------------------------------------------------------------ short form


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("n_organs", [1, 2, 8])
def test_the_short_form_is_one_page_with_answer_and_signatures(
    pages_of: Pages, report_content: ReportContent, n_organs: int, paper: str
) -> None:
    cards = tuple(replace(report_content.cards[i % 2], organ=f"o{i}", name=f"Organ {i}") for i in range(n_organs))
    content = replace(report_content, cards=cards, impression=tuple(f"Organ {i}: a finding" for i in range(n_organs)))
    pdf = write_pdf(content, paper, "short")  # type: ignore[arg-type]
    assert pdf == write_pdf(content, paper, "short")  # type: ignore[arg-type]
    (page,) = pages_of(pdf)
    assert all(f"Organ {i}: a finding" in page for i in range(n_organs))
    for part in ("CRITICAL RESULT", "read back", "NEXT SCAN", "Short form", "Second reader", "1a2b3c4d", "page 1 of 1"):
        assert part in page


def test_the_short_form_loses_nothing_of_a_long_impression(pages_of: Pages, report_content: ReportContent) -> None:
    lines = tuple(f"Line {i} of the impression is here." for i in range(50))
    found = " ".join(pages_of(write_pdf(replace(report_content, impression=lines), form="short")))
    assert all(line in found for line in lines)
    assert "Second reader" in found


# ---------------------------------------------------------------------------------- page 1 is full


def test_limits_without_room_on_page_one_stand_after_the_organs(pages_of: Pages, report_content: ReportContent) -> None:
    few = pages_of(write_pdf(report_content))
    assert "LIMITATIONS" in few[0]
    content = replace(report_content, impression=tuple(f"Line {i} of the impression." for i in range(28)))
    many = pages_of(write_pdf(content))
    assert "LIMITATIONS" not in many[0] and "Line 27" in many[0]
    assert sum("LIMITATIONS" in page for page in many) == 1
    assert "Heart" in many[1] and "Signal decay" in many[1]  # no page of a few lines between


@pytest.mark.parametrize("n_characters", range(0, 4001, 400))
def test_no_page_is_left_with_a_few_lines_whatever_the_length_of_the_notes(pages_of: Pages, n_characters: int) -> None:
    notes = ("The reader says something about this exam. " * 100)[:n_characters]
    found = pages_of(write_pdf(compared(details=ReportDetails(notes=notes))))
    assert min(len(page) for page in found[:-1]) > 900
    assert re.sub(r"\s", "", notes) in re.sub(r"\s", "", "".join(found))


HEADINGS = ("GUIDANCE", "TECHNIQUE", "REFERENCES", "LIMITATIONS", "COMPARISON", "Cautions", "Caveats", "Interpretation")


@pytest.mark.parametrize("n_caveats", range(0, 33, 2))
def test_no_heading_is_left_alone_at_the_foot_of_a_page(
    pages_of: Pages, report_content: ReportContent, n_caveats: int
) -> None:
    """The guidance after the last organ begins at 17 places down the page."""
    liver_card = replace(report_content.cards[1], caveats=tuple(f"Caveat {i}." for i in range(n_caveats)))
    bodies = [
        page.partition("Not validated as a medical device")[0].strip()
        for page in pages_of(write_pdf(replace(report_content, cards=(report_content.cards[0], liver_card))))
    ]
    assert not [b[-60:] for b in bodies if b.endswith((*HEADINGS, "prompts from published sources, not orders"))]
