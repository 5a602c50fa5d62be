"""The printed pages as pictures: how many, how much of each is empty, and what page 1 answers alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pypdfium2
import pytest

from ironreport.assess import assess
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import grade
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Context,
    DecaySignal,
    Estimate,
    Exam,
    Measurement,
    PreviousResult,
    PrintedResult,
    Region,
    ReportDetails,
    Transfused,
)
from ironreport.report import describe
from ironreport.report.content import Card, ReportContent
from ironreport.report.pdf import Form, PageSize, write_pdf
from ironreport.report.pictures import region_picture
from ironreport.synthetic import decay
from ironreport.synthetic.samples import sample_exam

KNOWLEDGE = published_knowledge()
TE_MS = tuple(1.3 + 1.2 * k for k in range(12))
MOST_BLANK = 0.25
LEAST_GAP_MM = 10.0
"""Lines of text and sections stand closer than this; what is emptier counts as blank."""
HEAD_AND_FOOT_MM = 16.0
INK = 200
KNOWN = (("on_chelation", "yes"), ("lvef_reduced", "no"), ("cardiac_symptoms", "no"))
DETAILS = ReportDetails(
    hospital="Example University Hospital", patient_id="IR-0427", birth_date="1998-03-14", sex="female",
    referring_physician="Dr A. Example", question="Iron load under chelation", scanner="Example scanner",
    technique="breath-hold, black blood",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One report as a hospital hands it out, and the number of pages it may take."""

    content: ReportContent
    most_pages: int
    paper: PageSize = "A4"
    form: Form = "full"

    def pdf(self) -> bytes:
        return write_pdf(self.content, self.paper, self.form)


def measured(organ: str, time_ms: float) -> Measurement:
    te_ms = tuple(10.0 * k for k in range(1, 13)) if organ == "pituitary" else TE_MS
    signal = tuple(float(s) for s in decay(te_ms, 1000.0, time_ms))
    return Measurement(
        DecaySignal(organ, te_ms, signal, "T2" if organ == "pituitary" else "T2*", 1.5, n_pixels=240, location="drawn")
    )


def content_of(exam: Exam, *earlier: PreviousResult, details: ReportDetails = DETAILS) -> ReportContent:
    known = replace(exam, context=Context("tdt", KNOWN, earlier), details=details)
    return describe(assess(known, KNOWLEDGE), KNOWLEDGE)


def of(*organs: tuple[str, float]) -> Exam:
    return Exam("IR-0427", "2026-10-03", tuple(measured(organ, time_ms) for organ, time_ms in organs))


def lic_limit() -> ReportContent:
    """A liver so loaded that only a limit is known."""
    exam = Exam("IR-0427", "2026-10-03", (measured("heart", 25.0), Measurement(PrintedResult("liver", 1.5, 900.0))))
    assessment = assess(replace(exam, context=Context("tdt", KNOWN), details=DETAILS), KNOWLEDGE)
    too_fast = estimate_iron("liver", Estimate("r2star_per_s", 900.0, bound="above"), 1.5, KNOWLEDGE)
    graded = grade(too_fast, KNOWLEDGE)
    findings = [replace(f, estimate=too_fast, grading=graded) if f.organ == "liver" else f for f in assessment.findings]
    return describe(replace(assessment, findings=tuple(findings)), KNOWLEDGE)


def pictured(content: ReportContent) -> ReportContent:
    """The same with the slice and its region on every card."""
    slice_ = np.add.outer(np.arange(96.0), np.arange(128.0))
    region = Region("ellipse", 40, 60, 21, 31)
    cards = (
        replace(card, picture=region_picture(card.organ, slice_, region, "Region on slice 3 of 5, TE 1.3 ms"))
        for card in content.cards
    )
    return replace(content, cards=tuple(cards))


def with_balance() -> ReportContent:
    """Heart and liver with one earlier liver, and what was transfused since."""
    measured = (
        Measurement(PrintedResult("heart", 1.5, t2star_ms=32.0)),
        Measurement(PrintedResult("liver", 1.5, r2star_per_s=352.0)),
    )
    earlier = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=121.4)
    context = Context("tdt", KNOWN, (earlier,), Transfused(60.0, 30.0))
    return describe(assess(Exam("IR-0427", "2026-10-01", measured, context, DETAILS), KNOWLEDGE), KNOWLEDGE)


EIGHT = (
    ("heart", 8.0), ("liver", 3.0), ("pancreas", 9.0), ("kidney", 25.0),
    ("spleen", 20.0), ("marrow", 15.0), ("adrenal", 14.0), ("pituitary", 60.0),
)  # fmt: skip
COURSE = (
    *(
        PreviousResult("liver", f"202{i}-05-01", r2star_per_s=r, field_tesla=1.5)
        for i, r in enumerate((900.0, 700.0, 620.0, 480.0, 350.0))
    ),
    PreviousResult("heart", "2025-05-01", r2star_per_s=90.0, field_tesla=1.5),
)
NO_NAME = replace(DETAILS, patient_id="فاطمة الزهراء", hospital="")
CASES: dict[str, Callable[[], Case]] = {
    "normal": lambda: Case(content_of(of(("heart", 32.0), ("liver", 20.0))), 2),
    "borderline": lambda: Case(content_of(of(("heart", 21.0), ("liver", 12.0))), 2),
    "severe heart": lambda: Case(content_of(sample_exam()), 2),
    "liver known only as a limit": lambda: Case(lic_limit(), 2),
    "eight organs": lambda: Case(content_of(of(*EIGHT)), 4),
    "eight organs with pictures": lambda: Case(pictured(content_of(of(*EIGHT))), 4),
    "eight organs on Letter": lambda: Case(content_of(of(*EIGHT)), 4, paper="Letter"),
    "five organs": lambda: Case(content_of(of(*EIGHT[:5])), 3),
    "comparison": lambda: Case(content_of(sample_exam(), *COURSE), 3),
    "comparison with balance": lambda: Case(with_balance(), 3),
    "one page": lambda: Case(content_of(sample_exam(), *COURSE), 1, form="short"),
    "Letter": lambda: Case(content_of(sample_exam()), 2, paper="Letter"),
    "Arabic name, hospital without a name": lambda: Case(content_of(sample_exam(), details=NO_NAME), 2),
    "nothing stated": lambda: Case(describe(assess(sample_exam(), KNOWLEDGE), KNOWLEDGE), 2),
}


def blank_shares(pdf: bytes) -> list[float]:
    """Share of each page, between its header and its footer, that lies in empty bands."""
    with pypdfium2.PdfDocument(pdf) as document:
        pictures = [document[i].render(scale=1.0, grayscale=True).to_numpy() for i in range(len(document))]
    return [blank_share(picture.reshape(picture.shape[:2])) for picture in pictures]


def blank_share(picture: np.ndarray) -> float:
    """Share of the height in bands without ink, shape of the picture (72 a inch): (height, width)."""
    dots_per_mm = 72.0 / 25.4
    edge, least = int(HEAD_AND_FOOT_MM * dots_per_mm), LEAST_GAP_MM * dots_per_mm
    has_ink = (picture[edge:-edge] < INK).any(axis=1)
    rows = np.flatnonzero(np.concatenate([[True], has_ink, [True]]))
    gaps = np.diff(rows) - 1
    return float(gaps[gaps > least].sum() / has_ink.size)


@pytest.mark.parametrize("name", CASES)
def test_no_page_but_the_last_is_a_quarter_empty_and_there_are_few_pages(name: str) -> None:
    case = CASES[name]()
    shares = blank_shares(case.pdf())
    assert len(shares) <= case.most_pages
    *before_last, _ = shares if len(shares) > 1 else (*shares, 0.0)
    assert max(before_last) < MOST_BLANK, shares


def test_an_empty_band_is_measured() -> None:
    picture = np.full((842, 595), 255, dtype=np.uint8)
    assert blank_share(picture) == 1.0
    picture[::20] = 0
    assert blank_share(picture) == 0.0
    picture[200:400] = 255
    assert blank_share(picture) == pytest.approx(220 / 752, abs=0.01)


@pytest.mark.parametrize("form", ["full", "short"])
@pytest.mark.parametrize("name", ["severe heart", "borderline", "liver known only as a limit", "eight organs"])
def test_page_one_alone_answers(poppler: Callable[..., str], name: str, form: Form) -> None:
    content = CASES[name]().content
    first = words(poppler("pdftotext", write_pdf(content, form=form), "-l", "1"))
    said = list(content.critical_values)
    said += [text for card in content.cards for text in (card.name, card.headline, *card.doubts)]
    said += [line.text for line in (*content.critical, *content.next_scan)]
    said += [*content.impression, "Signature", "Second reader"]
    assert [part for part in said if solid(part) not in solid(first)] == []


def words(text: str) -> str:
    return " ".join(text.split())


def solid(text: str) -> str:
    return "".join(text.split())


def test_the_critical_box_has_the_number_of_the_organ_and_not_of_others(poppler: Callable[..., str]) -> None:
    content = content_of(sample_exam())
    box = words(poppler("pdftotext", write_pdf(content), "-l", "1")).partition("CRITICAL RESULT")[2]
    assert content.critical_values == ("Heart: T2* 8.1 ms (95 % 7.0 to 9.3), severe",)
    assert box.strip().startswith(content.critical_values[0])
    assert "LIC" not in box.partition("IMPRESSION")[0]


def flipping(card: Card) -> Card:
    """The same organ with a class that hangs by its calibration, and an echo left out."""
    return replace(
        card,
        flags=("Calibration-sensitive: borderline by garbowski-2014.",),
        cautions=("Echo 1 was left out: it lies above the curve of the others.",),
    )


def test_the_one_page_form_carries_what_blocks_or_flips_a_class(
    poppler: Callable[..., str], report_content: ReportContent
) -> None:
    content = replace(report_content, cards=tuple(map(flipping, report_content.cards)))
    page = words(poppler("pdftotext", write_pdf(content, form="short")))
    assert "Heart, Liver: Calibration-sensitive: borderline by garbowski-2014." in page
    assert "Heart, Liver: Echo 1 was left out: it lies above the curve of the others." in page


def test_what_is_not_stated_takes_no_room(poppler: Callable[..., str]) -> None:
    content = CASES["nothing stated"]().content
    assert {row.label for row in content.patient} == {"Patient", "Exam date", "Field", "Disease"}
    first = words(poppler("pdftotext", write_pdf(content), "-l", "1"))
    grid = first.partition("IMPRESSION")[0]
    assert "not stated" not in grid.casefold() and "Not known" not in grid
    assert first.startswith("MRI IRON REPORT")  # takes the place of the hospital's name


def test_no_stated_fact_is_cut_off(poppler: Callable[..., str]) -> None:
    facts = tuple((fact.id, fact.answers[0] if fact.answers else "2020") for fact in KNOWLEDGE.shared.fact)
    exam = replace(sample_exam(), context=Context("tdt", facts))
    content = describe(assess(exam, KNOWLEDGE), KNOWLEDGE)
    first = solid(poppler("pdftotext", write_pdf(content), "-l", "1"))
    assert "cutat" not in first
    assert [fact.label for fact in KNOWLEDGE.shared.fact if solid(f"{fact.label}:") not in first] == []


def test_an_unknown_disease_is_not_printed_as_one() -> None:
    content = describe(assess(replace(sample_exam(), context=Context()), KNOWLEDGE), KNOWLEDGE)
    assert not [row for row in content.patient if row.label == "Disease"]
    assert "disease" in content.missing


def test_the_appendix_is_there_only_where_it_is_asked_for(poppler: Callable[..., str]) -> None:
    content = content_of(sample_exam())
    plain, whole = (solid(poppler("pdftotext", write_pdf(content, appendix=a))) for a in (False, True))
    rows = [row for card in content.cards for row in (*card.fit_rows, *card.calibration_rows)]
    assert [r for r in rows if solid(r.value) not in whole] == []
    assert "Garbowski2014" in whole and "Garbowski2014" not in plain
    rules = {line.rule for line in (*content.critical, *content.prompts, *content.information) if line.rule}
    assert all(rule in whole for rule in rules)
    assert "APPENDIX" not in plain and not any(rule in plain for rule in rules)
