"""What a single entry must look like: each rule of shape at its limit, on both sides."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ironreport.knowledge import published_knowledge
from ironreport.knowledge.organ_file import OrganFile
from ironreport.knowledge.rules import Condition, Fact, Rule
from ironreport.knowledge.schema import Calibration, Ladder, Note

KNOWLEDGE = published_knowledge()
CITED = {"evidence": "A", "sources": ("ironreport-design",)}
LINE = {
    **CITED, "id": "line", "field": "1.5", "input": "r2star_per_s", "output": "lic_mg_per_g", "form": "linear",
    "coefficients": {"slope": 0.025, "intercept": 0.0}, "label": "Line", "cohort": "none",
}  # fmt: skip


def accepted(model: type[Any], given: dict[str, Any]) -> bool:
    try:
        model.model_validate(given)
    except ValidationError:
        return False
    return True


# --------------------------------------------------------------------------- calibrations


@pytest.mark.parametrize(
    ("x", "off", "right"),
    [
        (400.0, 0.009, True),  # 10 mg/g: one part in a thousand of the value
        (400.0, 0.011, False),
        (400.0, -0.011, False),
        (4.0, 0.0009, True),  # 0.1 mg/g: three decimals, however small the value
        (4.0, 0.0011, False),
    ],
)
def test_a_worked_example_may_differ_by_its_rounding_and_by_no_more(x: float, off: float, right: bool) -> None:
    example = {"input": x, "output": 0.025 * x + off}
    assert accepted(Calibration, {**LINE, "worked_example": example}) == right


def test_a_curve_that_falls_below_zero_keeps_its_worked_example_true() -> None:
    below = {**LINE, "coefficients": {"slope": 0.025, "intercept": -50.0}}
    assert accepted(Calibration, {**below, "worked_example": {"input": 400.0, "output": -40.039}})
    assert not accepted(Calibration, {**below, "worked_example": {"input": 400.0, "output": -40.041}})
    assert not accepted(Calibration, {**below, "worked_example": {"input": 400.0, "output": 40.0}})


@pytest.mark.parametrize("coefficients", [{"slope": 0.025}, {"slope": 0.025, "intercept": 0.0, "exponent": 1.0}])
def test_a_curve_has_the_coefficients_of_its_form_and_no_others(coefficients: dict[str, float]) -> None:
    example = {"input": 400.0, "output": 10.0}
    assert not accepted(Calibration, {**LINE, "coefficients": coefficients, "worked_example": example})


# --------------------------------------------------------------------------- ladders


def ladder(*bounds: float | None, worse: str = "higher", **changed: Any) -> dict[str, Any]:
    """A ladder with one grade for each bound; ``included`` closes the first."""
    included = changed.pop("included", False)
    ids = changed.pop("ids", [f"grade-{i}" for i in range(len(bounds))])
    grades = [
        {"id": g, "label": g, "severity": "mild", "sentence": "any"} | ({} if b is None else {"bound": b})
        for g, b in zip(ids, bounds, strict=True)
    ]
    if included:
        grades[0]["bound_included"] = True
    return {
        **CITED, "id": "l", "quantity": "lic_mg_per_g", "worse": worse, "fields": ("1.5",), "label": "L",
        "grades": grades, **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (ladder(2.0, 7.0, None), True),
        (ladder(2.0, None), True),
        (ladder(None), False),  # one grade says nothing
        (ladder(7.0, 2.0, None), False),
        (ladder(2.0, 2.0, None), False),  # a grade that holds no value
        (ladder(20.0, 10.0, None, worse="lower"), True),
        (ladder(10.0, 20.0, None, worse="lower"), False),
        (ladder(2.0, None, None), False),
        (ladder(2.0, 7.0, 15.0), False),  # the worst grade has no end
        (ladder(2.0, None, included=True), True),
        (ladder(20.0, None, worse="lower", included=True), False),
        (ladder(2.0, 7.0, None, ids=["a", "b", "a"]), False),
    ],
)
def test_the_bounds_of_a_ladder_run_one_way_without_gap_or_overlap(given: dict[str, Any], right: bool) -> None:
    assert accepted(Ladder, given) == right


@pytest.mark.parametrize(
    ("worse", "included", "grades"),
    [
        ("higher", False, ("grade-0", "grade-1", "grade-1")),
        ("higher", True, ("grade-0", "grade-0", "grade-1")),
        ("lower", False, ("grade-1", "grade-0", "grade-0")),
    ],
)
def test_a_limit_itself_belongs_to_the_better_grade_only_where_the_ladder_says_so(
    worse: str, included: bool, grades: tuple[str, ...]
) -> None:
    found = Ladder.model_validate(ladder(10.0, None, worse=worse, included=included))
    around = (math.nextafter(10.0, 0.0), 10.0, math.nextafter(10.0, math.inf))
    assert tuple(found.grade_of(value).id for value in around) == grades


# --------------------------------------------------------------------------- notes, facts, organs


NOTE = {**CITED, "id": "n", "text": "A note."}


@pytest.mark.parametrize(
    ("more", "right"),
    [
        ({}, True),
        ({"quantity": "t1_ms", "value": 900.0}, True),
        ({"quantity": "t1_ms"}, False),
        ({"value": 9.0}, False),
    ],
)
def test_a_note_gives_its_number_with_the_quantity_or_neither(more: dict[str, Any], right: bool) -> None:
    assert accepted(Note, NOTE | more) == right


@pytest.mark.parametrize(
    ("kind", "answers", "right"),
    [
        ("choice", ("yes", "no"), True),
        ("choice", ("yes",), False),
        ("choice", (), False),
        ("number", (), True),
        ("number", ("yes", "no"), False),
        ("text", (), True),
    ],
)
def test_only_a_choice_has_answers_and_it_has_two_at_least(kind: str, answers: tuple[str, ...], right: bool) -> None:
    assert accepted(Fact, {"id": "f", "label": "F", "kind": kind, "answers": answers}) == right


def test_an_organ_has_either_a_ladder_for_its_quantity_or_the_reason_for_having_none() -> None:
    liver = KNOWLEDGE.organ("liver").model_dump(by_alias=True)
    assert accepted(OrganFile, liver)
    assert not accepted(OrganFile, {**liver, "no_class": "No limit is published."})
    assert not accepted(OrganFile, {**liver, "graded_quantity": None})
    assert not accepted(OrganFile, {**liver, "ladder": ()})
    assert not accepted(OrganFile, {**liver, "ladder": (), "graded_quantity": None})
    assert accepted(OrganFile, {**liver, "ladder": (), "graded_quantity": None, "no_class": "No limit is published."})


@pytest.mark.parametrize("place", ["reading_order", "header_rank"])
@pytest.mark.parametrize(("order", "right"), [(1, True), (0, False), (1.0, False), ("1", False)])
def test_places_are_whole_numbers_from_one_on(place: str, order: object, right: bool) -> None:
    liver = KNOWLEDGE.organ("liver").model_dump(by_alias=True)
    assert accepted(OrganFile, {**liver, place: order}) == right


# --------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("limit", "inside"),
    [
        ("from", (False, True, True)),
        ("above", (False, False, True)),
        ("below", (True, False, False)),
        ("up_to", (True, True, False)),
    ],
)
def test_each_limit_of_a_condition_holds_on_its_side_and_says_whether_the_limit_is_in(
    limit: str, inside: tuple[bool, ...]
) -> None:
    asked = Condition.model_validate({"fact": "age_years", limit: 18.0})
    around = (math.nextafter(18.0, 0.0), 18.0, math.nextafter(18.0, math.inf))
    assert tuple(asked.within(value) for value in around) == inside


@given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_a_condition_with_two_limits_holds_between_them(low: float, high: float, value: float) -> None:
    asked = Condition.model_validate({"fact": "age_years", "above": low, "up_to": high})
    assert asked.within(value) == (low < value <= high)


QUANTITY = {"organ": "heart", "quantity": "t2star_ms"}


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({**QUANTITY, "below": 10.0}, True),
        ({**QUANTITY, "from": 10.0, "field": "1.5"}, True),
        (QUANTITY, False),  # no limit to compare with
        ({"organ": "heart", "severity": ["severe"]}, True),
        ({"organ": "heart", "severity": ["severe"], "below": 10.0}, False),
        ({"organ": "heart", "graded": True}, True),
        ({"organ": "heart", "graded": False}, True),
        ({"organ": "heart", "change": ["none"]}, True),
        ({"organ": "heart", "change": ["none"], "severity": ["severe"]}, False),
        ({"organ": "heart"}, False),
        ({"organ": "heart", "below": 10.0}, False),
        ({"organ": "heart", "is": ["yes"]}, False),
        ({"fact": "hcv", "is": ["yes"]}, True),
        ({"fact": "age_years", "below": 18.0}, True),
        ({"fact": "age_years", "is": ["yes"], "below": 18.0}, False),
        ({"fact": "age_years", "quantity": "t2star_ms", "below": 18.0}, False),
        ({"fact": "age_years", "graded": True}, False),
        ({"fact": "age_years"}, False),
        ({"organ": "heart", "fact": "hcv", "is": ["yes"]}, False),
        ({"organ": "heart", "fact": "hcv", "graded": True}, False),
        ({"is": ["yes"]}, False),
        ({"graded": True}, False),
        ({}, False),
    ],
)
def test_a_condition_asks_one_thing_of_an_organ_or_of_a_fact(given: dict[str, Any], right: bool) -> None:
    assert accepted(Condition, given) == right


# --------------------------------------------------------------------------- rules

PROMPT = {**CITED, "id": "r-1", "kind": "prompt", "text": "A line."}
INTERVAL = {**PROMPT, "kind": "interval", "role": "default", "months": 12}
SHORTEN = {**INTERVAL, "role": "shorten", "months": 6, "when": "LVEF is reduced"}


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (PROMPT, True),
        ({**PROMPT, "role": "default"}, False),
        ({**PROMPT, "months": 6}, False),
        ({**PROMPT, "months_to": 6}, False),
        ({**PROMPT, "when": "always"}, False),
        (INTERVAL, True),
        ({**INTERVAL, "role": ""}, False),
        ({**INTERVAL, "months": None}, False),
        ({**INTERVAL, "months": 0}, False),
        ({**INTERVAL, "months": 1}, True),
        ({**INTERVAL, "months": 12.0}, False),
        ({**INTERVAL, "months_to": 18.0}, False),
        ({**INTERVAL, "months_to": 13}, True),
        ({**INTERVAL, "months_to": 12}, False),  # a range of nothing
        ({**INTERVAL, "months_to": 11}, False),
        ({**INTERVAL, "when": "always"}, False),
        (SHORTEN, True),
        ({**SHORTEN, "when": ""}, False),
    ],
)
def test_an_interval_rule_has_its_role_and_months_and_no_other_rule_has(given: dict[str, Any], right: bool) -> None:
    assert accepted(Rule, given) == right


# --------------------------------------------------------------------------- what may be used


@pytest.mark.parametrize(
    ("evidence", "enabled", "usable"),
    [("A", True, True), ("B", True, True), ("derived", True, True), ("C", True, False), ("rejected", True, False),
     ("A", False, False)],
)  # fmt: skip
def test_only_confirmed_entries_that_are_not_switched_off_are_used(evidence: str, enabled: bool, usable: bool) -> None:
    note = Note.model_validate({**NOTE, "evidence": evidence, "enabled": enabled})
    assert note.usable == usable
