"""Every published value of the eight organs stands in its file once, with its status and its numbers."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironreport.assess.assessment import find
from ironreport.assess.calibration import estimate_iron, measurement_interval
from ironreport.assess.precision import repeatability_interval
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.body_iron import BalanceLimits, BloodUnit, BodyIronLaw
from ironreport.knowledge.schema import Calibration, Check, Cited, Flag, Ladder, Note, Precision
from ironreport.records import DecaySignal, Estimate, Finding, Measurement, PrintedResult
from ironreport.report.evidence.calibration_curves import CutOffRow, calibration_figure, curve_choices
from ironreport.report.palette import SEVERITY
from ironreport.synthetic import decay
from ironreport.units import time_ms

KNOWLEDGE = published_knowledge()
ROWS = tomllib.loads((Path(__file__).parent / "evidence_rows.toml").read_text(encoding="utf-8"))
CASES = [(organ, key, row) for organ, rows in ROWS.items() if organ != "rules" for key, row in rows.items()]
PROSE = {
    "liver-limit-adults", "liver-fibrosis-hh", "wood-2005-origin", "stpierre-inverse", "biopsy-error", "heart-survey",
    "heart-other-limits", "heart-3t-other", "heart-3t-line", "t1-t2-use", "panc-t1",
}  # fmt: skip
"""Facts that the evidence tells beside its tables, without an id of its own."""


def of_organ(organ: str) -> list[Cited]:
    if organ == "shared":
        return list(KNOWLEDGE.shared.check)
    file = KNOWLEDGE.organ(organ)
    balance = [file.balance.law, file.balance.unit, file.balance.limits] if file.balance else []
    return [*file.calibration, *file.ladder, *file.flag, *file.precision, *file.check, *file.note, *balance]


def found(organ: str, key: str, kind: str) -> Cited:
    name, _, field = key.partition(" ")
    matching = [
        e for e in of_organ(organ)
        if getattr(e, "id", "") == name and type(e).__name__.lower() == kind and field in ("", getattr(e, "field", ""))
    ]  # fmt: skip
    assert len(matching) == 1, f"{key}: {len(matching)} entries of this kind"
    return matching[0]


def numbers_of(entry: Cited) -> list[float]:
    if isinstance(entry, Calibration):
        return sorted(entry.coefficients.values())
    if isinstance(entry, Ladder):
        return list(entry.bounds)
    if isinstance(entry, Flag):
        return [entry.below]
    if isinstance(entry, Precision):
        return [entry.cov_percent]
    if isinstance(entry, BodyIronLaw | BloodUnit | BalanceLimits):
        return [x for x in entry.model_dump().values() if isinstance(x, float | int) and not isinstance(x, bool)]
    assert isinstance(entry, Check)
    return [entry.value]


@pytest.mark.parametrize(("organ", "key", "row"), CASES, ids=[f"{o}: {k}" for o, k, _ in CASES])
def test_every_row_of_the_evidence_stands_in_its_file_with_status_and_numbers(
    organ: str, key: str, row: list[Any]
) -> None:
    kind, status, ships, *numbers = row
    if kind == "none":
        assert KNOWLEDGE.organ(organ).precision == () and KNOWLEDGE.precision(organ) is None
        return
    entry = found(organ, numbers[0] if kind == "grade" else key, "ladder" if kind == "grade" else kind)
    assert entry.evidence == status
    assert entry.usable == (ships == "ships")
    if kind == "grade":
        assert limits_of(entry, numbers[1]) == (numbers[2], numbers[3])
    elif kind == "note":
        assert isinstance(entry, Note)
        in_text = {float(n) for n in re.findall(r"(?<![\d.])\d+(?:\.\d+)?", entry.text)}
        assert not {float(n) for n in numbers} - in_text
    elif kind == "calibration":
        assert numbers_of(entry) == sorted(numbers)
    else:
        assert numbers_of(entry) == numbers


def limits_of(ladder: Cited, grade: str) -> tuple[float, float]:
    """Lower and upper limit of a class of a heart ladder, ms."""
    assert isinstance(ladder, Ladder) and ladder.worse == "lower"
    i = ladder.index(grade)
    return ladder.grades[i].bound or 0.0, (ladder.grades[i - 1].bound or math.inf) if i else math.inf


@pytest.mark.parametrize("organ", KNOWLEDGE.organs)
def test_nothing_stands_in_an_organ_file_that_the_evidence_does_not_have(organ: str) -> None:
    known = {key.partition(" ")[0] for key in ROWS[organ]} | PROSE
    known |= {row[3] for row in ROWS[organ].values() if row[0] == "grade"}
    assert {getattr(e, "id", "") for e in of_organ(organ)} <= known


def test_every_fact_told_beside_the_tables_is_there() -> None:
    assert {e.id for o in KNOWLEDGE.organs for e in of_organ(o) if isinstance(e, Note)} >= PROSE


def test_an_entry_of_the_balance_says_its_own_numbers_in_words() -> None:
    (balance,) = (file.balance for file in KNOWLEDGE.organs.values() if file.balance is not None)
    for entry in (balance.law, balance.unit, balance.limits):
        in_text = {float(n) for n in re.findall(r"(?<![\d.])\d+(?:\.\d+)?", entry.text)}
        assert set(numbers_of(entry)) <= in_text, entry.id
    assert f"{balance.law.highest_mg_per_g:.1f} mg/g" in balance.beyond_law.text


def test_a_note_with_a_value_says_that_value() -> None:
    for file in KNOWLEDGE.organs.values():
        for note in file.note:
            assert note.value is None or re.search(rf"(?<![\d.]){re.escape(f'{note.value:g}')}(?![\d.])", note.text)


def test_ferritin_never_grades_and_is_never_converted() -> None:
    for file in KNOWLEDGE.organs.values():
        quantities = {x.quantity for x in file.ladder} | {c.input for c in file.calibration}
        assert "ferritin_ng_per_ml" not in quantities
    assert sum(note.id.startswith("ferr-") for note in KNOWLEDGE.organ("liver").note) == 9


def test_organs_stand_in_reading_order() -> None:
    assert list(KNOWLEDGE.organs)[:2] == ["heart", "liver"]


STANDING = {
    "heart": "established", "liver": "established", "pancreas": "validated", "kidney": "research",
    "pituitary": "research", "adrenal": "research", "spleen": "research", "marrow": "research",
}  # fmt: skip
DEFAULTS = {
    "heart": "prec-heart-same", "liver": "prec-liver-same", "pancreas": "prec-pancreas", "kidney": "prec-kidney",
    "marrow": "prec-marrow", "pituitary": None, "adrenal": None, "spleen": None,
}  # fmt: skip


@pytest.mark.parametrize("organ", STANDING)
def test_each_organ_has_its_standing_its_precision_and_one_place_to_measure(organ: str) -> None:
    file, precision = KNOWLEDGE.organ(organ), KNOWLEDGE.precision(organ)
    assert file.standing == STANDING[organ] and file.location and file.caveats
    assert (precision.id if precision else None) == DEFAULTS[organ]


def test_every_severity_of_a_ladder_has_a_colour() -> None:
    assert {g.severity for o in KNOWLEDGE.organs.values() for x in o.ladder for g in x.grades} <= set(SEVERITY)


# ------------------------------------------------------------------------------------- classes


def measured(organ: str, field_tesla: float | None, relaxation_ms: float, contrast: str = "T2*") -> Finding:
    """A noise-free decay of an organ, carried down the line."""
    te_ms = tuple(relaxation_ms * (0.1 + 0.25 * k) for k in range(10))
    values = tuple(float(s) for s in decay(te_ms, 1000.0, relaxation_ms))
    signal = DecaySignal(organ, te_ms, values, contrast=contrast, field_tesla=field_tesla)  # type: ignore[arg-type]
    return find(Measurement(signal), KNOWLEDGE)


def class_of(organ: str, field_tesla: float | None, relaxation_ms: float, contrast: str = "T2*") -> str | None:
    grading = measured(organ, field_tesla, relaxation_ms, contrast).grading
    return grading.grade if grading else None


T2STAR_LIMITS = [
    ("pancreas", 26.0, "within", "increased"),
    ("pancreas", 10.0, "increased", "markedly-increased"),
    ("kidney", 36.0, "not-shorter", "between"),
    ("kidney", 31.0, "between", "shorter"),
    ("marrow", 13.0, "not-shorter", "shorter"),
]


@pytest.mark.parametrize(("organ", "limit_ms", "better", "worse"), T2STAR_LIMITS)
def test_the_class_changes_within_a_hundredth_of_each_limit_at_1_5_t(
    organ: str, limit_ms: float, better: str, worse: str
) -> None:
    assert class_of(organ, 1.5, limit_ms + 0.01) == better
    assert class_of(organ, 1.5, limit_ms - 0.01) == worse
    ladder = KNOWLEDGE.ladders(organ, "1.5")[0]
    assert ladder.grade_of(limit_ms).id == better


def test_pituitary_r2_is_raised_above_its_limit_and_not_at_it() -> None:
    assert class_of("pituitary", 1.5, time_ms(14.09), "T2") == "not-raised"
    assert class_of("pituitary", 1.5, time_ms(14.11), "T2") == "raised"
    ladder = KNOWLEDGE.ladders("pituitary", "1.5")[0]
    assert ladder.grade_of(14.1).id == "not-raised"
    assert ladder.grade_of(math.nextafter(14.1, 15.0)).id == "raised"


@pytest.mark.parametrize("field_tesla", [3.0, 2.89])
@pytest.mark.parametrize("organ", ["pancreas", "kidney", "pituitary", "marrow"])
def test_no_limit_of_1_5_t_is_used_at_3_t(organ: str, field_tesla: float) -> None:
    contrast = KNOWLEDGE.organ(organ).contrast
    answer = measured(organ, field_tesla, 5.0, contrast)
    name, label = KNOWLEDGE.organ(organ).name.lower(), "3 T" if field_tesla == 3.0 else "2.89 T"
    assert answer.grading is None and answer.absence is not None
    assert answer.absence.what == f"No limit is published for the {name} at {label}: value only."
    assert "1.5 T" in answer.absence.cure
    assert answer.estimate is not None and answer.estimate.time is not None
    assert answer.estimate.time.value == pytest.approx(5.0, rel=1e-3)


def test_a_t2star_of_the_pituitary_gets_its_value_and_no_class() -> None:
    answer = measured("pituitary", 1.5, 20.0)
    assert answer.grading is None and answer.absence is not None
    assert answer.absence.code == "NOT_SPIN_ECHO" and "pituitary" in answer.absence.what
    assert answer.estimate is not None and answer.estimate.time is not None
    assert answer.estimate.time.quantity == "t2star_ms"


@pytest.mark.parametrize("organ", ["heart", "liver", "pancreas", "kidney", "marrow"])
def test_a_spin_echo_of_every_other_graded_organ_gets_no_class(organ: str) -> None:
    answer = measured(organ, 1.5, 20.0, "T2")
    assert answer.grading is None and answer.absence is not None and answer.absence.code == "SPIN_ECHO"
    assert f"of the {KNOWLEDGE.organ(organ).name.lower()}" in answer.absence.what


def test_a_printed_t2star_of_the_pituitary_gets_no_class() -> None:
    answer = find(Measurement(PrintedResult("pituitary", 1.5, t2star_ms=20.0)), KNOWLEDGE)
    assert answer.grading is None and answer.absence is not None and answer.absence.code == "NOT_SPIN_ECHO"


@given(
    st.sampled_from(["adrenal", "spleen"]), st.sampled_from([None, 0.55, 1.5, 2.89, 3.0, 7.0]), st.floats(0.2, 500.0)
)
def test_adrenal_and_spleen_never_get_a_class(organ: str, field_tesla: float | None, t2star_ms: float) -> None:
    answer = find(Measurement(PrintedResult(organ, field_tesla, t2star_ms=t2star_ms)), KNOWLEDGE)
    assert answer.grading is None and answer.absence is not None
    assert answer.estimate is not None and answer.estimate.iron is None
    assert all(not KNOWLEDGE.ladders(organ, f.id) for f in KNOWLEDGE.shared.field)


@given(st.sampled_from(["pancreas", "kidney", "pituitary", "adrenal", "spleen", "marrow"]), st.floats(0.2, 500.0))
def test_no_organ_but_liver_and_heart_is_given_an_iron_concentration(organ: str, t2star_ms: float) -> None:
    answer = find(Measurement(PrintedResult(organ, 1.5, t2star_ms=t2star_ms)), KNOWLEDGE)
    assert answer.estimate is not None and answer.estimate.iron is None


@given(st.floats(1.0, 1000.0))
def test_the_pituitary_has_no_repeatability_so_its_interval_is_the_fit_alone(r2_per_s: float) -> None:
    rate, basis, precision = measurement_interval(Estimate("r2_per_s", r2_per_s), "pituitary", KNOWLEDGE)
    assert precision is None and rate.low is None and "no repeatability" in basis


@pytest.mark.parametrize("organ", ["kidney", "marrow"])
def test_a_precision_of_the_observer_alone_says_what_it_leaves_out(organ: str) -> None:
    _, basis, _ = measurement_interval(Estimate("r2star_per_s", 50.0), organ, KNOWLEDGE)
    assert "observer only" in basis and "underestimated" in basis


# ------------------------------------------------------------ what limits of iron are in R2* and T2*

INVERTED = {
    ("1.5", "hernando-2023"): ((75.3, 83.0, 129.1, 275.1, 582.4), (13.281, 12.051, 7.747, 3.635, 1.717)),
    ("2.89", "hernando-2023"): ((130.7, 145.0, 230.7, 502.1, 1073.6), (7.650, 6.897, 4.334, 1.991, 0.931)),
    ("3.0", "hernando-2023"): ((135.7, 150.5, 239.4, 521.1, 1114.2), (7.372, 6.645, 4.176, 1.919, 0.898)),
    ("1.5", "wood-2005"): ((62.9, 70.8, 118.0, 267.6, 582.6), (15.895, 14.127, 8.472, 3.736, 1.716)),
    ("1.5", "hankins-2009"): ((80.5, 87.6, 130.5, 266.2, 551.9), (12.422, 11.410, 7.663, 3.756, 1.812)),
    ("1.5", "garbowski-2014"): ((58.6, 65.1, 103.4, 223.8, 474.6), (17.054, 15.371, 9.669, 4.468, 2.107)),
    ("1.5", "henninger-2015"): ((63.5, 71.8, 121.8, 280.1, 613.5), (15.758, 13.929, 8.211, 3.570, 1.630)),
    ("3.0", "hernando-2021"): ((127.7, 141.8, 227.0, 496.5, 1063.8), (7.833, 7.050, 4.406, 2.014, 0.940)),
    ("3.0", "garbowski-2014-storey"): ((106.3, 119.1, 195.8, 436.6, 938.1), (9.409, 8.395, 5.106, 2.290, 1.066)),
}
"""R2* [s^-1] and T2* [ms] at 1.8, 2, 3.2, 7 and 15 mg/g."""
AT_MG_PER_G = (1.8, 2.0, 3.2, 7.0, 15.0)
LADDERS = {"esgar-sar-2023": [1.8, 3.2, 7.0, 15.0], "emam-2-7-15": [2.0, 7.0, 15.0]}


def cut_offs(organ: str, field: str, ladder: str) -> tuple[CutOffRow, ...]:
    """The rows that the Evidence page shows."""
    choice = next(c for c in curve_choices(organ, KNOWLEDGE) if (c.field, c.rate) == (field, "r2star_per_s"))
    return calibration_figure(organ, choice, KNOWLEDGE, ladder).cut_offs


@pytest.mark.parametrize("ladder", LADDERS)
@pytest.mark.parametrize(("field", "calibration"), INVERTED)
def test_the_limits_of_the_liver_in_r2star_and_t2star_are_the_inverted_calibration(
    field: str, calibration: str, ladder: str
) -> None:
    rates, times = INVERTED[field, calibration]
    limits = next(row.limits for row in cut_offs("liver", field, ladder) if row.id == calibration)
    assert [x.bound for x in limits] == LADDERS[ladder]
    for limit in limits:
        i = AT_MG_PER_G.index(limit.bound)
        assert limit.rate_per_s == pytest.approx(rates[i], abs=0.06)
        assert limit.time_ms == pytest.approx(times[i], abs=6e-4)


@pytest.mark.parametrize("field", ["1.5", "2.89", "3.0"])
def test_limits_are_shown_for_every_calibration_of_the_field_that_is_offered(field: str) -> None:
    rows = cut_offs("liver", field, "esgar-sar-2023")
    assert {row.id for row in rows} >= {c for f, c in INVERTED if f == field}
    assert [row.id for row in rows] == [c.id for c in KNOWLEDGE.calibrations("liver", field) if c.input != "r2_per_s"]
    assert rows[0].id == "hernando-2023"


def test_no_such_limits_exist_where_the_class_is_read_from_t2star_itself() -> None:
    assert cut_offs("heart", "1.5", "heart-1t5") == ()
    assert cut_offs("liver", "1.5", "no-such-ladder") == ()


# ------------------------------------------------------------------- numbers that notes only repeat

SPREAD = {
    ("1.5", 1.5): [(67.73, 1.60, 1.44, 2.08), (100, 2.44, 2.35, 3.09), (300, 7.65, 7.48, 9.42),
                   (500, 12.86, 12.28, 15.82), (800, 20.66, 19.48, 25.47)],
    ("3.0", 3.0): [(135.7, 1.80, 1.91, 2.26), (239.4, 3.20, 3.38, 3.88), (521.1, 7.00, 7.35, 8.34),
                   (1114.2, 15.00, 15.71, 17.83)],
}  # fmt: skip


@pytest.mark.parametrize(("field", "tesla"), SPREAD)
def test_the_spread_of_the_calibrations_that_is_told_is_the_one_computed(field: str, tesla: float) -> None:
    for r2star_per_s, default, lowest, highest in SPREAD[field, tesla]:
        estimate = estimate_iron("liver", Estimate("r2star_per_s", r2star_per_s), tesla, KNOWLEDGE)
        assert estimate.iron is not None
        others = [o.iron.value for o in estimate.others]
        computed = (estimate.iron.iron.value, min(others), max(others))
        assert computed == pytest.approx((default, lowest, highest), abs=0.006)


REPEATABILITY = {
    ("heart", "prec-heart-same"): (15.6, -13.5), ("heart", "prec-heart-other"): (20.2, -16.8),
    ("liver", "prec-liver-same"): (9.4, -8.6), ("liver", "prec-liver-other"): (16.7, -14.3),
    ("pancreas", "prec-pancreas"): (18.2, -15.4), ("kidney", "prec-kidney"): (13.0, -11.5),
    ("marrow", "prec-marrow"): (21.6, -17.8),
}  # fmt: skip


@pytest.mark.parametrize(("organ", "key"), REPEATABILITY)
def test_one_value_reaches_as_far_as_its_repeatability_says(organ: str, key: str) -> None:
    precision = next(p for p in KNOWLEDGE.organ(organ).precision if p.id == key)
    reached = repeatability_interval(Estimate("r2star_per_s", 100.0), precision.cov_percent)
    assert reached.low is not None and reached.high is not None
    assert (reached.high - 100.0, reached.low - 100.0) == pytest.approx(REPEATABILITY[organ, key], abs=0.06)


# --------------------------------------------------------------------------------- the files' keys


def test_a_limit_that_belongs_below_is_refused_where_lower_is_worse() -> None:
    ladder = KNOWLEDGE.ladders("kidney", "1.5")[0].model_dump()
    ladder["grades"] = [{**g, "bound_included": g["bound"] is not None} for g in ladder["grades"]]
    with pytest.raises(ValueError, match="higher is worse"):
        Ladder.model_validate(ladder)


def test_a_rejected_entry_is_never_usable_even_if_the_file_enables_it() -> None:
    note = Note.model_validate({"id": "x", "text": "x", "evidence": "rejected", "sources": ["x"], "enabled": True})
    assert not note.usable


def test_a_note_with_a_value_needs_its_quantity() -> None:
    with pytest.raises(ValueError, match="quantity"):
        Note.model_validate({"id": "x", "text": "x", "evidence": "A", "sources": ["x"], "value": 1.0})
