"""What is asked beside a printed number: facts that move the interval, found from the rules and from nothing else."""

from __future__ import annotations

import pytest

from ironreport.assess import assess
from ironreport.assess.deciding import DISEASE, deciding_facts, interval_of, with_fact
from ironreport.assess.printed import origins_by_field, reading
from ironreport.knowledge import published_knowledge
from ironreport.records import Assessment, Choices, Context, Exam, Measurement, PrintedResult

KNOWLEDGE = published_knowledge()
LIVER = PrintedResult("liver", 1.5, 67.73, 14.76, 2.1)
HEART = PrintedResult("heart", 1.5, t2star_ms=32.0)
BY_GARBOWSKI = Choices(calibration="garbowski-2014")
BOTH_LINES = ("wood-2005", "henninger-2015")
DISEASES = sorted(KNOWLEDGE.diseases)


def assessed(disease: str, *printed: PrintedResult, **facts: str) -> Assessment:
    measurements = tuple(Measurement(p, BY_GARBOWSKI if p.organ == "liver" else Choices()) for p in printed or (LIVER,))
    return assess(Exam("x", measurements=measurements, context=Context(disease, tuple(facts.items()))), KNOWLEDGE)


def asked(disease: str, *printed: PrintedResult, most: int = 3, **facts: str) -> list[str]:
    return [d.fact for d in deciding_facts(assessed(disease, *printed, **facts), KNOWLEDGE, most)]


def test_without_a_disease_the_disease_is_asked_first() -> None:
    assert asked("unknown") == [DISEASE]


def test_three_facts_decide_in_regularly_transfused_thalassaemia() -> None:
    assert asked("tdt") == ["lvef_reduced", "adherence", "interrupted"]


def test_in_sickle_cell_disease_transfusion_decides_first_and_then_the_heart() -> None:
    assert asked("scd") == ["regular_transfusion", "lvef_reduced", "adherence"]
    assert "cardiac_symptoms" in asked("scd", most=9)
    assert "regular_transfusion" not in asked("scd", regular_transfusion="yes")


def test_what_lengthens_only_together_is_asked_once_nothing_shortens() -> None:
    good = {"lvef_reduced": "no", "adherence": "good", "interrupted": "no"}
    found = deciding_facts(assessed("tdt", LIVER, HEART, **good), KNOWLEDGE)
    assert [d.fact for d in found] == ["regular_transfusion", "on_chelation", "chelation_stable"]
    assert all(d.how == "with-others" and d.outcomes[0].months == 24 for d in found)


def test_where_no_interval_is_published_the_facts_of_its_advice_are_asked() -> None:
    assert asked("hh") == ["hfe_genotype"]
    assert {"age_years", "ferritin_ng_per_ml"} <= set(asked("ntdt", PrintedResult("liver", 1.5, 210.0), most=9))


@pytest.mark.parametrize("disease", DISEASES)
@pytest.mark.parametrize("printed", [(LIVER,), (HEART,), (LIVER, HEART), (PrintedResult("heart", 1.5, None, 8.0),)])
def test_every_answer_said_to_change_the_interval_does(disease: str, printed: tuple[PrintedResult, ...]) -> None:
    before = assessed(disease, *printed)
    context = before.exam.context
    for decision in deciding_facts(before, KNOWLEDGE, most=99):
        if decision.how != "alone" or interval_of(before.guidance)[0] is None:
            continue
        for outcome in decision.outcomes:
            changed = with_fact(context, decision.fact, outcome.answer)
            after = assessed(changed.disease, *printed, **dict(changed.facts)).guidance
            assert interval_of(after) == (outcome.months, outcome.months_to, outcome.withheld)
            assert interval_of(after) != interval_of(before.guidance)


@pytest.mark.parametrize("disease", DISEASES)
def test_no_fact_that_alone_changes_the_interval_is_left_out(disease: str) -> None:
    before = assessed(disease)
    if before.guidance.months is None:
        return
    found = {d.fact for d in deciding_facts(before, KNOWLEDGE, most=99)}
    for fact in KNOWLEDGE.shared.fact:
        for answer in fact.answers:
            after = assessed(disease, **{fact.id: answer}).guidance
            assert fact.id in found or interval_of(after) == interval_of(before.guidance), fact.id


def test_what_is_answered_is_not_asked_again() -> None:
    assert "lvef_reduced" not in asked("tdt", lvef_reduced="no", most=99)


# ----------------------------------------------------------------------- which calibration reads it


@pytest.mark.parametrize(
    ("printed", "calibration", "why", "fitting"),
    [
        (LIVER, "garbowski-2014", "fits", ("garbowski-2014",)),
        (PrintedResult("liver", 1.5, 67.73, None, 1.6), "", "fits", ("hernando-2023",)),
        (PrintedResult("liver", 1.5, 67.73, None, 1.9), "wood-2005", "fits", BOTH_LINES),
        (PrintedResult("liver", 1.5, 67.73, None, 3.4), "", "none-fits", ()),
        (PrintedResult("liver", 1.5, 67.73), "", "no-iron-printed", ()),
        (PrintedResult("liver", 1.5, lic_mg_per_g=2.1), "", "not-known", ()),
        (PrintedResult("liver", 1.5, lic_mg_per_g=2.1, calibration="wood-2005"), "wood-2005", "stated", BOTH_LINES),
        (HEART, "", "no-iron-printed", ()),
    ],
)
def test_a_printed_number_is_read_with_the_calibration_it_comes_from(
    printed: PrintedResult, calibration: str, why: str, fitting: tuple[str, ...]
) -> None:
    found = reading(printed, "hernando-2023", KNOWLEDGE)
    assert (found.calibration, found.why, found.fitting) == (calibration, why, fitting)


def test_of_several_that_fit_the_default_of_the_hospital_goes_first() -> None:
    printed = PrintedResult("liver", 1.5, 67.73, None, 1.9)
    assert reading(printed, "henninger-2015", KNOWLEDGE).calibration == ""


def test_without_the_field_every_field_is_looked_through() -> None:
    found = origins_by_field(PrintedResult("liver", None, 67.73, 14.76, 2.1), KNOWLEDGE)
    fitting = [(field, o.calibration) for field, origins in found.items() for o in origins if o.gives_printed]
    assert fitting == [("1.5", "garbowski-2014")]
    assert all(found.values())
