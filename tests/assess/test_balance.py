"""The iron balance closes, keeps its units, carries every doubt, and is refused where it would say nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.assess.balance import body_iron, flow, iron_in, ledger, less
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.knowledge.body_iron import IronBalanceFile
from ironreport.records import (
    Context,
    Estimate,
    Exam,
    IronBalance,
    IronFlow,
    IronLedger,
    Measurement,
    NoBalance,
    PreviousResult,
    PrintedResult,
    Transfused,
)

KNOWLEDGE = published_knowledge()


def balance_file() -> IronBalanceFile:
    found = KNOWLEDGE.organ("liver").balance
    assert found is not None
    return found


FILE = balance_file()
THIRTY_UNITS = Transfused(weight_kg=60.0, n_units=30.0)
EARLIER = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=121.4)


def exam(
    now_per_s: float = 352.0,
    transfused: Transfused = THIRTY_UNITS,
    earlier: PreviousResult = EARLIER,
    date: str = "2026-10-01",
    field_tesla: float = 1.5,
) -> Exam:
    liver = Measurement(PrintedResult("liver", field_tesla, r2star_per_s=now_per_s))
    return Exam("x", date, (liver,), Context("tdt", (), (earlier,), transfused))


def drawn(one: Exam) -> IronBalance:
    found = assess(one, KNOWLEDGE).balance
    assert isinstance(found, IronBalance), found
    return found


def refused(one: Exam) -> NoBalance:
    found = assess(one, KNOWLEDGE).balance
    assert isinstance(found, NoBalance), found
    return found


# ------------------------------------------------------------------------------------ worked by hand


def test_a_balance_worked_by_hand_comes_back() -> None:
    found = ledger(Estimate("lic_mg_per_g", 3.0), Estimate("lic_mg_per_g", 9.0), 365, THIRTY_UNITS, FILE)
    assert found.body_before.value == pytest.approx(31.8) and found.body_now.value == pytest.approx(95.4)
    assert found.change.total.value == pytest.approx(63.6)
    assert found.iron_in.total.value == pytest.approx(112.5)  # 30 x 225 mg / 60 kg
    assert (found.iron_in.total.low, found.iron_in.total.high) == pytest.approx((100.0, 125.0))
    assert found.iron_out.total.value == pytest.approx(48.9)
    assert found.iron_out.per_day.value == pytest.approx(48.9 / 365)


def test_the_doubt_of_body_iron_is_that_of_the_liver_and_of_the_law() -> None:
    alone = body_iron(Estimate("lic_mg_per_g", 9.0), FILE.law)
    both = body_iron(Estimate("lic_mg_per_g", 9.0, 8.2, 9.9), FILE.law)
    assert alone.high == pytest.approx(95.4 + 1.96 * 7.9, abs=0.01)
    assert both.low == pytest.approx(95.4 - math.hypot(0.8 * 10.6, 1.96 * 7.9), abs=0.01)
    assert both.high == pytest.approx(95.4 + math.hypot(0.9 * 10.6, 1.96 * 7.9), abs=0.01)


def test_two_to_four_units_a_month_bring_what_the_paper_says() -> None:
    for n_units, published in (
        (2.0, FILE.unit.usual_low_mg_per_kg_per_day),
        (4.0, FILE.unit.usual_high_mg_per_kg_per_day),
    ):
        gained = flow(iron_in(Transfused(weight_kg=50.0, n_units=12 * n_units), FILE.unit), 365)
        assert gained.per_day.value == pytest.approx(published, abs=0.05)


def test_a_volume_counts_with_the_readers_own_iron_of_red_cells_and_has_no_interval() -> None:
    given_volume = Transfused(60.0, volume_ml=10_000.0, haematocrit_percent=60.0, red_cell_iron_mg_per_ml=1.1)
    gained = iron_in(given_volume, FILE.unit)
    assert gained == Estimate("iron_mg_per_kg", pytest.approx(110.0))
    assert iron_in(Transfused(60.0, 30.0, 200.0), FILE.unit) == Estimate("iron_mg_per_kg", pytest.approx(100.0))


# ----------------------------------------------------------------------------------------- properties

iron = st.floats(0.3, 23.0)
widths = st.floats(1.0, 1.6)
days = st.integers(90, 4000)
units = st.floats(0.0, 500.0)
weights = st.floats(2.0, 250.0)


@st.composite
def irons(draw: st.DrawFn) -> Estimate:
    value, spread = draw(iron), draw(widths)
    return Estimate("lic_mg_per_g", value, value / spread, value * spread)


def flows(found: IronLedger) -> tuple[IronFlow, ...]:
    return found.change, found.iron_in, found.iron_out


@given(irons(), irons(), days, weights, units)
def test_in_less_out_is_the_change_of_body_iron(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float
) -> None:
    found = ledger(before, now, n_days, Transfused(weight_kg, n_units), FILE)
    largest = max(abs(f.total.value) for f in flows(found)) or 1.0
    closed = found.iron_in.total.value - found.iron_out.total.value
    assert closed == pytest.approx(found.change.total.value, abs=1e-9 * largest)
    assert found.change.total.value == pytest.approx(found.body_now.value - found.body_before.value, abs=1e-9 * largest)


@given(irons(), irons(), days, weights, units)
def test_every_interval_holds_its_value(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float
) -> None:
    found = ledger(before, now, n_days, Transfused(weight_kg, n_units), FILE)
    numbers = [found.body_before, found.body_now, *(e for f in flows(found) for e in (f.total, f.per_day))]
    assert all(e.low is not None and e.high is not None and e.low <= e.value <= e.high for e in numbers)
    assert found.body_before.low is not None and found.body_before.low >= 0.0


@given(irons(), irons(), days, weights, units)
def test_units_are_mg_per_kg_and_each_day_is_that_divided_by_the_days(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float
) -> None:
    for moved in flows(ledger(before, now, n_days, Transfused(weight_kg, n_units), FILE)):
        assert (moved.total.quantity, moved.per_day.quantity) == ("iron_mg_per_kg", "iron_mg_per_kg_per_day")
        for whole, daily in zip(limits(moved.total), limits(moved.per_day), strict=True):
            assert daily * n_days == pytest.approx(whole, rel=1e-12)


def limits(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.low is not None and estimate.high is not None
    return estimate.low, estimate.value, estimate.high


@given(irons(), irons(), days, weights, units, st.floats(0.1, 50.0))
def test_more_units_are_more_iron_in_and_out_and_do_not_touch_the_change(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float, more: float
) -> None:
    few = ledger(before, now, n_days, Transfused(weight_kg, n_units), FILE)
    many = ledger(before, now, n_days, Transfused(weight_kg, n_units + more), FILE)
    assert many.iron_in.total.value > few.iron_in.total.value
    assert many.iron_out.total.value > few.iron_out.total.value
    assert many.change == few.change


@given(irons(), irons(), days, weights, units, st.floats(1.01, 2.0))
def test_more_liver_iron_now_is_less_iron_out(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float, more: float
) -> None:
    given_blood = Transfused(weight_kg, n_units)
    higher = Estimate(now.quantity, *(more * x for x in (now.value, now.low or 0.0, now.high or 0.0)))
    assert (
        ledger(before, higher, n_days, given_blood, FILE).iron_out.total.value
        < ledger(before, now, n_days, given_blood, FILE).iron_out.total.value
    )


@given(irons(), irons(), days, weights, units, st.floats(1.01, 2.0))
def test_a_heavier_patient_gets_less_iron_for_each_kilogram(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float, more: float
) -> None:
    light = ledger(before, now, n_days, Transfused(weight_kg, n_units), FILE)
    heavy = ledger(before, now, n_days, Transfused(weight_kg * more, n_units), FILE)
    assert heavy.iron_in.total.value <= light.iron_in.total.value
    assert heavy.body_now == light.body_now


@given(irons(), irons(), days, weights, units, st.floats(1.05, 2.0))
def test_more_doubt_of_a_liver_iron_is_never_less_doubt_of_what_left(
    before: Estimate, now: Estimate, n_days: int, weight_kg: float, n_units: float, more: float
) -> None:
    wider = replace(now, low=now.value / more / (now.value / (now.low or 1.0)), high=(now.high or 0.0) * more)
    given_blood = Transfused(weight_kg, n_units)
    narrow, wide = (ledger(before, x, n_days, given_blood, FILE).iron_out.total for x in (now, wider))
    assert wide.value == narrow.value
    assert wide.low is not None and narrow.low is not None and wide.low <= narrow.low + 1e-9
    assert wide.high is not None and narrow.high is not None and wide.high >= narrow.high - 1e-9


def test_doubts_that_are_independent_add_in_quadrature() -> None:
    a, b = Estimate("iron_mg_per_kg", 10.0, 7.0, 13.0), Estimate("iron_mg_per_kg", 4.0, 0.0, 8.0)
    assert limits(less(a, b)) == pytest.approx((1.0, 6.0, 11.0))


# -------------------------------------------------------------------------------------- of an exam


def test_the_balance_of_an_exam_rests_on_both_results_with_their_intervals() -> None:
    found = drawn(exam())
    assert (found.since, found.until, found.n_days) == ("2025-10-01", "2026-10-01", 365)
    assert found.calibration == "hernando-2023"
    assert limits(found.iron_before) == pytest.approx((2.73, 3.00, 3.30), abs=0.01)
    assert limits(found.iron_now) == pytest.approx((8.21, 9.00, 9.87), abs=0.01)
    expected = ledger(found.iron_before, found.iron_now, 365, THIRTY_UNITS, FILE)
    assert found.ledger == expected and found.cautions == ()


def test_every_other_calibration_of_the_field_says_its_own_iron_out() -> None:
    found = dict(drawn(exam()).out_by_calibration)
    assert set(found) >= {"wood-2005", "hankins-2009", "garbowski-2014", "henninger-2015"}
    # Wood: 10.6 x 0.0254 x (352 - 121.4) mg/kg more, 112.5 mg/kg given
    assert found["wood-2005"] == pytest.approx((112.5 - 10.6 * 0.0254 * (352.0 - 121.4)) / 365)


def test_a_wide_interval_of_the_earlier_exam_widens_the_balance() -> None:
    noisy = replace(EARLIER, r2star_low_per_s=80.0, r2star_high_per_s=180.0)
    plain, wide = drawn(exam()).ledger, drawn(exam(earlier=noisy)).ledger
    assert wide.body_before.value == plain.body_before.value
    assert wide.body_before.high is not None and plain.body_before.high is not None
    assert wide.body_before.high > plain.body_before.high + 2.0


def test_another_scanner_widens_the_interval_of_the_earlier_result() -> None:
    elsewhere = drawn(exam(earlier=replace(EARLIER, other_scanner=True)))
    assert limits(elsewhere.iron_before)[2] > limits(drawn(exam()).iron_before)[2]


@pytest.mark.parametrize(
    ("low_per_s", "high_per_s"), [(200.0, 80.0), (-5.0, 180.0), (math.nan, 180.0), (130.0, 180.0), (80.0, None)]
)
def test_limits_that_do_not_hold_the_value_are_not_believed(low_per_s: float, high_per_s: float | None) -> None:
    odd = replace(EARLIER, r2star_low_per_s=low_per_s, r2star_high_per_s=high_per_s)
    assert drawn(exam(earlier=odd)).iron_before == drawn(exam()).iron_before


def test_an_earlier_lic_with_its_calibration_is_as_good_as_its_r2star() -> None:
    lic = 0.02603 * 121.4 - 0.16
    printed = PreviousResult("liver", "2025-10-01", field_tesla=1.5, calibration="hernando-2023", lic_mg_per_g=lic)
    assert limits(drawn(exam(earlier=printed)).iron_before) == pytest.approx(limits(drawn(exam()).iron_before))


def test_where_nothing_was_typed_or_nothing_is_earlier_nobody_asked() -> None:
    assert assess(exam(transfused=Transfused()), KNOWLEDGE).balance is None
    alone = exam()
    assert assess(replace(alone, context=replace(alone.context, previous=())), KNOWLEDGE).balance is None


def test_a_change_within_the_error_gives_the_sentence_and_no_number() -> None:
    found = refused(exam(125.0))
    assert found.code == "WITHIN_ERROR" and "within the measurement error" in found.what


REFUSED = {
    "no weight": (exam(transfused=Transfused(n_units=30.0)), "NO_WEIGHT", "in kg"),
    "a weight in grams": (exam(transfused=Transfused(60_000.0, 30.0)), "WEIGHT", "from 2 to 250"),
    "a weight of nothing": (exam(transfused=Transfused(0.0, 30.0)), "WEIGHT", "from 2 to 250"),
    "a weight that is no number": (exam(transfused=Transfused(math.nan, 30.0)), "WEIGHT", "from 2 to 250"),
    "no units": (exam(transfused=Transfused(60.0)), "NO_TRANSFUSION", "0 where there were none"),
    "a volume alone": (exam(transfused=Transfused(60.0, volume_ml=9000.0)), "NO_TRANSFUSION", "haematocrit"),
    "units and a volume": (exam(transfused=Transfused(60.0, 30.0, volume_ml=9000.0)), "TWO_WAYS", "one"),
    "units below zero": (exam(transfused=Transfused(60.0, -1.0)), "AMOUNT", "units"),
    "units without end": (exam(transfused=Transfused(60.0, math.inf)), "AMOUNT", "units"),
    "a haematocrit above 100 %": (exam(transfused=Transfused(60.0, None, None, 9000.0, 101.0, 1.0)), "AMOUNT", "100 %"),
    "the earlier result after the exam": (exam(date="2025-01-01"), "DATES_REVERSED", "Correct"),
    "both on one day": (exam(date="2025-10-01"), "DATES_REVERSED", "Correct"),
    "one day apart": (exam(date="2025-10-02"), "TOO_SOON", "older"),
    "more than a million units": (exam(transfused=Transfused(60.0, 1_000_001.0)), "AMOUNT", "units"),
    "two months apart": (exam(date="2025-12-29"), "TOO_SOON", "older"),
    "no date of the exam": (exam(date=""), "NO_DATE", "YYYY-MM-DD"),
    "a date that is none": (exam(date="2026-02-30"), "NO_DATE", "YYYY-MM-DD"),
    "no date of the earlier result": (exam(earlier=replace(EARLIER, date="")), "NO_DATE", "YYYY-MM-DD"),
    "another field": (exam(earlier=replace(EARLIER, field_tesla=3.0)), "NOT_COMPARABLE", "same method"),
    "another method": (exam(earlier=replace(EARLIER, method="R2/T2")), "NOT_COMPARABLE", "same method"),
    "another calibration": (exam(earlier=replace(EARLIER, calibration="wood-2005")), "NOT_COMPARABLE", "same method"),
    "beyond what was measured": (exam(950.0), "BEYOND_BODY_IRON", "no iron balance"),
    "earlier beyond what was measured": (exam(earlier=replace(EARLIER, r2star_per_s=950.0)), "BEYOND_BODY_IRON", "far"),
    "no iron by the calibration": (exam(5.0), "BEYOND_BODY_IRON", "no iron balance"),
    "a field without a calibration": (
        exam(field_tesla=7.0, earlier=replace(EARLIER, field_tesla=7.0)), "NOT_COMPARABLE", "same method",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_no_balance_without_what_it_needs(why: str) -> None:
    one, code, cure = REFUSED[why]
    found = refused(one)
    assert (found.organ, found.code) == ("liver", code)
    assert found.what and cure in found.cure


def up_to(range_high: float, calibration: str) -> Knowledge:
    """The knowledge with a calibration that ends sooner."""
    liver = KNOWLEDGE.organ("liver")
    shorter = tuple(
        c.model_copy(update={"range_high": range_high}) if (c.id, c.field) == (calibration, "1.5") else c
        for c in liver.calibration
    )
    organs = {**KNOWLEDGE.organs, "liver": liver.model_copy(update={"calibration": shorter})}
    return replace(KNOWLEDGE, organs=organs)


@pytest.mark.parametrize(("now_per_s", "earlier_per_s"), [(352.0, 121.4), (121.4, 352.0)])
def test_a_result_beyond_its_calibration_makes_no_balance(now_per_s: float, earlier_per_s: float) -> None:
    one = exam(now_per_s, earlier=replace(EARLIER, r2star_per_s=earlier_per_s))
    found = assess(one, up_to(5.0, "hernando-2023")).balance
    assert isinstance(found, NoBalance) and (found.code, found.cure[:6]) == ("NO_IRON", "Choose")
    beside = assess(one, up_to(5.0, "wood-2005")).balance
    assert isinstance(beside, IronBalance)
    assert {"wood-2005", "garbowski-2014"} & set(dict(beside.out_by_calibration)) == {"garbowski-2014"}


def test_ninety_days_are_enough() -> None:
    assert drawn(exam(date="2025-12-30")).n_days == 90


@pytest.mark.parametrize("weight_kg", [2.0, 250.0])
def test_the_lightest_and_the_heaviest_weight_are_weights(weight_kg: float) -> None:
    assert drawn(exam(transfused=Transfused(weight_kg, 30.0))).transfused.weight_kg == weight_kg


def test_a_whole_volume_of_red_cells_is_an_amount() -> None:
    assert drawn(exam(transfused=Transfused(60.0, None, None, 6000.0, 100.0, 1.0))).ledger.iron_in.total.value == 100.0


def test_twice_what_is_usual_is_still_believed() -> None:
    found = drawn(exam(transfused=Transfused(64.0, 1.0, 64.0 * 365.0 * FILE.limits.most_mg_per_kg_per_day)))
    assert found.ledger.iron_in.per_day.value == FILE.limits.most_mg_per_kg_per_day
    assert "ABOVE_USUAL" not in [caution.code for caution in found.cautions]


@pytest.mark.parametrize(("more", "doubted"), [(0.0, False), (0.5, False), (-0.5, True)])
def test_only_more_than_was_transfused_is_doubted(more: float, doubted: bool) -> None:
    """In powers of two, so that what came in is what stayed, to the last bit."""
    stayed = drawn(exam()).ledger.change.total.value
    found = drawn(exam(transfused=Transfused(64.0, 1.0, 64.0 * (stayed + more))))
    assert found.ledger.iron_out.total.value == pytest.approx(more, abs=1e-12)
    assert ("MORE_THAN_TRANSFUSED" in [caution.code for caution in found.cautions]) == doubted


def test_a_million_units_are_still_counted_and_doubted() -> None:
    assert "ABOVE_USUAL" in [c.code for c in drawn(exam(transfused=Transfused(60.0, 1e6))).cautions]


def test_a_volume_of_nothing_brings_nothing() -> None:
    nothing = Transfused(60.0, volume_ml=0.0, haematocrit_percent=0.0, red_cell_iron_mg_per_ml=0.0)
    assert iron_in(nothing, FILE.unit).value == 0.0
    assert iron_in(replace(nothing, volume_ml=9000.0, haematocrit_percent=50.0), FILE.unit).value == 0.0


def test_body_iron_is_never_less_than_nothing() -> None:
    assert body_iron(Estimate("lic_mg_per_g", 0.5, 0.4, 0.6), FILE.law).low == 0.0


def test_little_liver_iron_is_iron() -> None:
    assert drawn(exam(30.0)).iron_now.value == pytest.approx(0.6209)


def test_no_units_at_all_is_an_answer() -> None:
    found = drawn(exam(60.0, Transfused(60.0, 0.0), replace(EARLIER, r2star_per_s=352.0)))
    assert found.ledger.iron_in.total.value == 0.0
    assert found.ledger.iron_out.total.value == -found.ledger.change.total.value > 0.0


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (exam(transfused=Transfused(20.0, 45.0)), "ABOVE_USUAL"),
        (exam(transfused=Transfused(60.0, 3.0)), "MORE_THAN_TRANSFUSED"),
        (exam(880.0), "BEYOND_BODY_IRON"),
    ],
)
def test_a_doubt_travels_with_the_numbers(one: Exam, code: str) -> None:
    assert code in [caution.code for caution in drawn(one).cautions]


# ---------------------------------------------------------------------------- whatever a file may hold

anything = st.none() | st.floats() | st.sampled_from([0.0, 1.0, 60.0, 250.0, 1e6])
dates = st.sampled_from(
    ["", "2025-10-01", "2026-10-01", "2025-13-01", "20251001", "2025-10-01T00:00", "\u0662\u0660\u0662\u0665-10-01"]
)
typed_anything = st.builds(Transfused, anything, anything, anything, anything, anything, anything)
typed_well = st.builds(Transfused, weights, units)
odd_results = st.builds(
    PreviousResult, st.just("liver"), dates, st.sampled_from(["T2*/R2*", "R2/T2"]), st.sampled_from([1.5, 3.0, None]),
    st.sampled_from(["", "hernando-2023", "nobody-1900"]), st.none() | st.floats() | st.floats(20.0, 900.0),
    st.none() | st.floats(), st.booleans(), anything, anything,
)  # fmt: skip
plain_results = st.builds(
    lambda rate, date: PreviousResult("liver", date, field_tesla=1.5, r2star_per_s=rate), st.floats(20.0, 900.0), dates
)


@given(st.floats(10.0, 1200.0), typed_anything | typed_well, odd_results | plain_results, dates)
def test_an_exam_file_gives_a_balance_with_finite_numbers_or_a_reason(
    now_per_s: float, transfused: Transfused, earlier: PreviousResult, date: str
) -> None:
    found = assess(exam(now_per_s, transfused, earlier, date), KNOWLEDGE).balance
    if isinstance(found, NoBalance):
        assert found.code and found.what
    elif found is None:
        assert not transfused.stated
    else:
        ledger_numbers = [
            x for f in flows(found.ledger) for e in (f.total, f.per_day) for x in (e.value, e.low, e.high)
        ]
        assert all(x is None or math.isfinite(x) for x in ledger_numbers) and found.n_days >= 90
        gained, lost, change = (f.total.value for f in flows(found.ledger)[1:] + flows(found.ledger)[:1])
        assert gained - lost == pytest.approx(change, abs=1e-6 * max(abs(gained), 1.0))
