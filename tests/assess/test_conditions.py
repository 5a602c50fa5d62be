"""The vocabulary of conditions: yes, no and not known, and the name of what is missing."""

from __future__ import annotations

import pytest

from ironreport.assess.assessment import find
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.conditions import Answer, Situation, all_hold, answer, any_holds, stated_number
from ironreport.assess.grading import grade
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.rules import Condition
from ironreport.records import Context, DecaySignal, Estimate, Finding, Measurement, PreviousResult, PrintedResult

KNOWLEDGE = published_knowledge()
NOTHING = Situation((), Context(), KNOWLEDGE)


def asked(**given: object) -> Condition:
    return Condition.model_validate(given)


def of(organ: str, field_tesla: float | None = 1.5, **printed: float) -> Finding:
    return find(Measurement(PrintedResult(organ, field_tesla, **printed)), KNOWLEDGE)


def situation(*findings: Finding, disease: str = "tdt", **facts: str) -> Situation:
    return Situation(findings, Context(disease, tuple(facts.items())), KNOWLEDGE)


YES, NO = asked(fact="hcv", **{"is": ["yes"]}), asked(fact="interrupted", **{"is": ["yes"]})
OPEN, OPEN_TOO = asked(fact="lvef_reduced", **{"is": ["yes"]}), asked(fact="age_years", below=18.0)
KNOWN = situation(hcv="yes", interrupted="no")


# --------------------------------------------------------------------------- several conditions


@pytest.mark.parametrize(
    ("conditions", "every", "one"),
    [
        ((), True, False),
        ((YES,), True, True),
        ((NO,), False, False),
        ((OPEN,), None, None),
        ((YES, YES), True, True),
        ((YES, NO), False, True),
        ((NO, YES), False, True),
        ((YES, OPEN), None, True),
        ((OPEN, YES), None, True),
        ((NO, OPEN), False, None),
        ((OPEN, NO), False, None),
    ],
)
def test_one_no_settles_all_one_yes_settles_any_and_the_rest_is_open(
    conditions: tuple[Condition, ...], every: bool | None, one: bool | None
) -> None:
    assert (all_hold(conditions, KNOWN).holds, any_holds(conditions, KNOWN).holds) == (every, one)


def test_open_conditions_name_each_missing_fact_once_and_settled_ones_name_none() -> None:
    names = (*answer(OPEN, KNOWN).missing, *answer(OPEN_TOO, KNOWN).missing)
    assert len(names) == 2
    for found in (all_hold((OPEN, YES, OPEN_TOO, OPEN), KNOWN), any_holds((OPEN, NO, OPEN_TOO, OPEN), KNOWN)):
        assert found == Answer(None, names)
    assert all_hold((OPEN, NO), KNOWN).missing == any_holds((OPEN, YES), KNOWN).missing == ()


# --------------------------------------------------------------------------- facts


@pytest.mark.parametrize(("stated", "holds"), [("yes", True), ("no", False), ("unknown", None)])
def test_a_fact_holds_fails_or_is_not_known(stated: str, holds: bool | None) -> None:
    found = answer(asked(fact="hcv", **{"is": ["yes"]}), situation(hcv=stated))
    assert found.holds is holds
    assert bool(found.missing) == (holds is None)


def test_a_disease_is_never_missing_only_another_one() -> None:
    tdt = asked(fact="disease", **{"is": ["tdt"]})
    assert answer(tdt, situation(disease="tdt")).holds is True
    assert answer(tdt, situation(disease="unknown")) == Answer(False)


@pytest.mark.parametrize("fact", [f for f in KNOWLEDGE.shared.fact if f.kind == "choice"], ids=lambda f: f.id)
def test_a_missing_fact_is_named_as_in_the_form_within_a_sentence(fact: object) -> None:
    (name,) = answer(asked(fact=fact.id, **{"is": [fact.answers[0]]}), NOTHING).missing  # type: ignore[attr-defined]
    assert name.lower() == fact.label.lower()  # type: ignore[attr-defined]
    assert name[0].islower() or name[1].isupper(), "a sentence goes on in small letters, an abbreviation keeps its own"
    assert name[1:] == fact.label[1:]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("age", "holds"), [("17.9", True), ("18", False), ("unknown", None), ("0", None), ("-1", None), ("inf", None)]
)
def test_a_number_is_compared_only_where_it_is_one(age: str, holds: bool | None) -> None:
    assert answer(asked(fact="age_years", below=18.0), situation(age_years=age)).holds is holds


def test_small_numbers_above_zero_are_numbers() -> None:
    assert stated_number("0.25") == 0.25
    assert stated_number("1e400") is None


# --------------------------------------------------------------------------- organs


def test_an_organ_that_was_not_measured_is_named_with_what_to_measure() -> None:
    found = answer(asked(organ="heart", severity=["severe"]), NOTHING)
    assert found == Answer(None, ("heart (septal T2*)",))


@pytest.mark.parametrize(("wanted", "measured", "holds"), [(True, True, True), (True, False, False),
                                                           (False, True, False), (False, False, True)])  # fmt: skip
def test_whether_an_organ_has_a_class_is_always_known(wanted: bool, measured: bool, holds: bool) -> None:
    heart = of("heart", 1.5 if measured else 0.55, t2star_ms=8.0)
    assert answer(asked(organ="heart", graded=wanted), situation(heart)) == Answer(holds)


def test_a_value_without_a_class_settles_nothing() -> None:
    unclassed = situation(of("heart", 0.55, t2star_ms=8.0))
    assert answer(asked(organ="heart", quantity="t2star_ms", below=10.0), unclassed).holds is None


@pytest.mark.parametrize(("field", "holds"), [("1.5", True), ("3.0", False)])
def test_a_limit_of_one_field_is_never_asked_of_another(field: str, holds: bool) -> None:
    heart = situation(of("heart", 1.5, t2star_ms=8.0))
    assert answer(asked(organ="heart", quantity="t2star_ms", below=10.0, field=field), heart).holds is holds


def test_a_quantity_that_the_organ_does_not_give_is_no_reason() -> None:
    heart = situation(of("heart", 3.0, t2star_ms=8.0))
    assert answer(asked(organ="heart", quantity="lic_mg_per_g", above=0.0), heart) == Answer(False)


def test_the_class_counts_with_its_doubt_and_a_clear_one_without() -> None:
    """10.5 ms: mild to moderate, and its interval reaches the severe side."""
    borderline, clear = of("heart", 1.5, t2star_ms=10.5), of("heart", 1.5, t2star_ms=8.0)
    severe = asked(organ="heart", severity=["severe"])
    assert answer(severe, situation(borderline)).holds is False
    assert answer(severe.model_copy(update={"touched": True}), situation(borderline)).holds is True
    assert answer(severe.model_copy(update={"touched": True}), situation(clear)).holds is True
    assert answer(severe.model_copy(update={"clear": True}), situation(borderline)).holds is False
    assert answer(severe.model_copy(update={"clear": True}), situation(clear)).holds is True


def test_a_class_that_is_not_asked_for_does_not_hold() -> None:
    heart = situation(of("heart", 1.5, t2star_ms=8.0))
    assert answer(asked(organ="heart", severity=["normal", "mild-moderate"]), heart) == Answer(False)


# --------------------------------------------------------------------------- changes


def test_a_change_needs_a_class_now_and_an_earlier_result() -> None:
    more = asked(organ="liver", change=["more-iron"])
    now, unclassed = of("liver", r2star_per_s=400.0), of("liver", 0.55, r2star_per_s=400.0)
    before = Context("tdt", previous=(PreviousResult("liver", "2025-01-01", field_tesla=1.5, r2star_per_s=200.0),))
    assert answer(more, Situation((now,), before, KNOWLEDGE)).holds is True
    assert answer(more, Situation((unclassed,), before, KNOWLEDGE)).holds is None
    assert answer(more, situation(now)) == Answer(None, ("an earlier result of the liver",))
    assert answer(asked(organ="liver", change=["none"]), Situation((now,), before, KNOWLEDGE)).holds is False


# --------------------------------------------------------------------------- only a limit is known


def limited(r2star_per_s: float) -> Situation:
    """A liver whose R2* is only known to lie above a limit, its T2* below one."""
    estimate = estimate_iron("liver", Estimate("r2star_per_s", r2star_per_s, bound="above"), 1.5, KNOWLEDGE)
    signal = DecaySignal("liver", (4.8, 7.0), (25.0, 19.0), field_tesla=1.5)
    return situation(Finding("liver", Measurement(signal), estimate=estimate, grading=grade(estimate, KNOWLEDGE)))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        # more than 200 s^-1
        ({"quantity": "r2star_per_s", "above": 200.0}, True),
        ({"quantity": "r2star_per_s", "from": 200.0}, True),
        ({"quantity": "r2star_per_s", "below": 200.0}, False),
        ({"quantity": "r2star_per_s", "up_to": 200.0}, False),
        ({"quantity": "r2star_per_s", "below": 200.1}, None),
        ({"quantity": "r2star_per_s", "up_to": 200.1}, None),
        ({"quantity": "r2star_per_s", "above": 200.1}, None),
        ({"quantity": "r2star_per_s", "from": 100.0, "below": 150.0}, False),
        # less than 5 ms
        ({"quantity": "t2star_ms", "below": 5.0}, True),
        ({"quantity": "t2star_ms", "up_to": 5.0}, True),
        ({"quantity": "t2star_ms", "above": 5.0}, False),
        ({"quantity": "t2star_ms", "from": 5.0}, False),
        ({"quantity": "t2star_ms", "from": 4.9}, None),
        ({"quantity": "t2star_ms", "above": 4.9}, None),
        ({"quantity": "t2star_ms", "below": 4.9}, None),
        ({"quantity": "t2star_ms", "above": 0.0}, None),
        ({"quantity": "t2star_ms", "from": 0.0, "below": 5.0}, True),  # a time is never less than nothing
    ],
)
def test_beyond_a_limit_a_rule_holds_only_where_every_value_there_makes_it(
    condition: dict[str, object], holds: bool | None
) -> None:
    found = answer(asked(organ="liver", **condition), limited(200.0))
    assert found.holds is holds
    assert bool(found.missing) == (holds is None)
    assert holds is not None or "beyond the limit of this acquisition" in found.missing[0]


def test_beyond_a_limit_classes_that_cannot_be_are_a_no_and_all_that_can_be_are_a_yes() -> None:
    """200 s^-1 by the default calibration is 5 mg/g: mild, or anything worse."""
    liver = limited(200.0)
    assert answer(asked(organ="liver", severity=["mild", "moderate", "severe"]), liver).holds is True
    assert answer(asked(organ="liver", severity=["moderate", "severe"]), liver).holds is None
    assert answer(asked(organ="liver", severity=["normal", "borderline"]), liver).holds is False


# --------------------------------------------------------------------------- states


@pytest.mark.parametrize(
    ("heart_ms", "facts", "in_doubt"),
    [
        (None, {}, False),  # nothing known is no doubt known
        (32.0, {}, False),
        (21.0, {}, False),  # 18.2 to 24.3 ms
        (20.2, {}, True),  # 17.5 to 23.3 ms
        (12.0, {}, True),
        (32.0, {"lvef_reduced": "yes"}, True),
        (32.0, {"lvef_percent": "49"}, True),
        (32.0, {"lvef_percent": "52", "lvef_limit_percent": "55"}, True),
        (32.0, {"lvef_percent": "52"}, False),
        (None, {"lvef_percent": "49"}, True),
    ],
)
def test_a_state_is_known_to_hold_or_not_and_never_open(
    heart_ms: float | None, facts: dict[str, str], in_doubt: bool
) -> None:
    found = situation(*([of("heart", t2star_ms=heart_ms)] if heart_ms else []), **facts)
    assert answer(asked(state="heart-in-doubt"), found) == Answer(in_doubt)
    assert answer(asked(state="heart-in-doubt", holds=False), found) == Answer(not in_doubt)


@pytest.mark.parametrize(("heart_ms", "in_doubt"), [(25.0, False), (22.0, True), (15.0, True), (5.0, True)])
def test_a_heart_at_3_t_is_in_doubt_unless_its_interval_is_in_the_healthy_range(
    heart_ms: float, in_doubt: bool
) -> None:
    found = situation(of("heart", 3.0, t2star_ms=heart_ms))
    assert answer(asked(state="heart-in-doubt"), found) == Answer(in_doubt)
