"""The iron balance as it is said and printed: numbers with their doubt, what they rest on, or one sentence why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, Estimate, Exam, Measurement, PreviousResult, PrintedResult, Transfused
from ironreport.report import describe
from ironreport.report.balancing import signed, written
from ironreport.report.content import ReportContent
from ironreport.report.pdf import write_pdf
from ironreport.report.pdf.balance_pages import BalanceChart

KNOWLEDGE = published_knowledge()
Pages = Callable[[ReportContent], str]
EARLIER = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=121.4)


@pytest.fixture
def printed(poppler: Callable[..., str]) -> Pages:
    return lambda content: " ".join(poppler("pdftotext", write_pdf(content)).split())


def content(now_per_s: float = 352.0, transfused: Transfused | None = None) -> ReportContent:
    liver = Measurement(PrintedResult("liver", 1.5, r2star_per_s=now_per_s))
    context = Context("tdt", previous=(EARLIER,), transfused=transfused or Transfused(60.0, 30.0))
    return describe(assess(Exam("x", "2026-10-01", (liver,), context), KNOWLEDGE), KNOWLEDGE)


def test_the_ledger_names_dates_iron_in_and_out_and_what_they_rest_on() -> None:
    found = content().balance
    assert found is not None and found.absence == ()
    assert [(row.label, row.total, row.per_day) for row in found.rows] == [
        ("Body iron, 2025-10-01", "32 (16 to 48)", ""),
        ("Body iron, 2026-10-01", "95 (78 to 113)", ""),
        ("Change of body iron", "+64 (40 to 88)", "+0.17 (0.11 to 0.24)"),
        ("Iron in, by transfusion", "112 (100 to 125)", "0.31 (0.27 to 0.34)"),
        ("Iron out, by chelation and other losses", "49 (22 to 76)", "0.13 (0.06 to 0.21)"),
    ]
    assert "365 days" in found.given[0] and "Hernando 2023" in found.given[0] and "LIC 9.0" in found.given[0]
    assert found.given[1] == "Transfused since: 30 units of red cells. Body weight 60 kg."
    notes = " ".join(note.text for note in found.notes)
    assert all(word in notes for word in ("10.6", "250 mg/kg", "200 to 250 mg", "gut", "growth", "biopsy"))
    assert "iron out of 0.10 to 0.15 mg/kg/day" in notes


def test_its_sources_stand_in_the_reference_list_with_their_marks() -> None:
    found = content()
    numbers = {r.source: r.number for r in found.references}
    assert found.balance is not None
    marks = {note.rule: note.marks for note in found.balance.notes}
    assert marks["body-iron"] == f"[{numbers['angelucci-2000']}]"
    assert marks["blood-unit"] == f"[{numbers['hoffbrand-2012']}]"
    without = content(125.0)
    assert not {"angelucci-2000", "hoffbrand-2012"} & {r.source for r in without.references}


def test_the_readers_own_numbers_are_said_to_be_his() -> None:
    by_unit = content(transfused=Transfused(60.0, 30.0, 190.0)).balance
    by_volume = content(transfused=Transfused(60.0, None, None, 9000.0, 55.0, 1.0)).balance
    assert by_unit is not None and "190 mg iron each (the reader's own number)" in by_unit.given[1]
    assert by_volume is not None and "9000 mL, haematocrit 55 %" in by_volume.given[1]
    for found in (by_unit, by_volume):
        assert "no interval: the reader's own iron of the blood" in found.rows[3].total
        assert found.bars[0].low is None and found.rows[4].total.count("(") == 1


def test_the_printed_report_holds_the_balance_and_its_chart(printed: Pages) -> None:
    text = printed(content())
    for words in ("IRON BALANCE", "49 (22 to 76)", "0.13 (0.06 to 0.21)", "Iron each day", "Angelucci E. N Engl J Med"):
        assert words in text, words
    assert "IRON BALANCE" not in printed(replace(content(), balance=None))


def test_a_change_within_the_error_is_printed_as_one_sentence_without_a_number(printed: Pages) -> None:
    text = printed(content(125.0))
    assert "within the measurement error: no iron balance is drawn from it." in text
    assert "mg/kg" not in text


def test_a_doubt_stands_with_the_numbers(printed: Pages) -> None:
    assert "check units, dates and weight" in printed(content(transfused=Transfused(20.0, 45.0)))


def test_what_left_the_body_is_drawn_below_zero() -> None:
    found = content().balance
    assert found is not None
    gained, lost, change = found.bars
    assert gained.value > 0.0 > lost.value and change.value == pytest.approx(gained.value + lost.value)
    assert lost.low is not None and lost.high is not None and lost.low < lost.value < lost.high


@given(st.floats(-300.0, 300.0), st.just(0.0) | st.floats(0.001, 300.0))
def test_a_printed_number_lies_inside_its_printed_interval(value: float, half: float) -> None:
    estimate = Estimate("iron_mg_per_kg", value, value - half, value + half)
    number, _, limits = signed(estimate).replace("\N{MINUS SIGN}", "-").replace("+", "").partition(" (")
    low, high = limits.rstrip(")").split(" to ")
    assert float(low) <= float(number) <= float(high)
    assert written(estimate).startswith("+") is False


def test_bars_of_no_length_and_without_whiskers_can_be_drawn() -> None:
    found = content().balance
    assert found is not None
    nothing = tuple(replace(bar, value=0.0, low=None, high=None) for bar in found.bars)
    assert BalanceChart(nothing, 200.0).wrap(200.0, 200.0)[0] == 200.0
    assert write_pdf(replace(content(), balance=replace(found, bars=nothing))).startswith(b"%PDF")
