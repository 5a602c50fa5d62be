"""Guidance: TDT intervals in detail, and promises that hold for every exam and disease."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.rules import Rule
from ironreport.records import Assessment, Context, Exam, GuidanceLine, Measurement, PreviousResult, PrintedResult
from ironreport.report import describe

KNOWLEDGE = published_knowledge()
DRUG_WORDS = ("deferasirox", "deferiprone", "deferoxamine", "desferrioxamine", "mg/kg", " dose", "dosing")
KNOWN_GOOD = {
    "lvef_reduced": "no", "adherence": "good", "interrupted": "no", "chelation_stable": "yes", "on_chelation": "yes",
    "regular_transfusion": "yes", "cardiac_symptoms": "no", "age_years": "28",
}  # fmt: skip


def exam(
    heart_ms: float | None = None,
    liver_r2star: float | None = None,
    disease: str = "tdt",
    field: float = 1.5,
    **facts: str,
) -> Assessment:
    measured = []
    if heart_ms is not None:
        measured.append(Measurement(PrintedResult("heart", field, t2star_ms=heart_ms)))
    if liver_r2star is not None:
        measured.append(Measurement(PrintedResult("liver", field, r2star_per_s=liver_r2star)))
    context = Context(disease, tuple(facts.items()))
    return assess(Exam("test", measurements=tuple(measured), context=context), KNOWLEDGE)


def fired(assessment: Assessment) -> set[str]:
    guidance = assessment.guidance
    return {x.rule for x in (*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information)}


# R2* of LIC 1.2, 2.4, 5, 10 and 20 mg/g by the default calibration
LIVER = {"normal": 52.2, "borderline": 98.3, "mild": 198.2, "moderate": 390.3, "severe": 774.5}


@pytest.mark.parametrize(
    ("case", "months", "rules"),
    [
        ({"heart_ms": 30.0, "liver_r2star": 198.2}, 12, {"tdt-i1", "tdt-i7", "tdt-h4", "tdt-l3"}),
        ({"heart_ms": 8.0}, 6, {"tdt-i2", "tdt-h2", "safe-1"}),
        ({"heart_ms": 5.0}, 6, {"tdt-i2", "tdt-h1", "safe-1"}),
        ({"heart_ms": 14.0}, 12, {"tdt-i1", "tdt-i6", "tdt-h3"}),
        ({"heart_ms": 24.0}, 12, {"tdt-h4", "tdt-h5"}),
        ({"heart_ms": 4.0, "field": 3.0}, 6, {"tdt-i2-3t", "safe-1"}),
        ({"heart_ms": 30.0, "lvef_reduced": "yes"}, 6, {"tdt-i3", "tdt-h6", "safe-1-lvef"}),
        ({"heart_ms": 30.0, "adherence": "poor"}, 6, {"tdt-i4"}),
        ({"heart_ms": 30.0, "interrupted": "yes"}, 6, {"tdt-i4"}),
        ({"heart_ms": 30.0, "liver_r2star": 98.3, **KNOWN_GOOD}, 24, {"tdt-i5", "tdt-h4", "tdt-l4"}),
        ({"liver_r2star": 98.3}, 12, {"tdt-i1", "tdt-l4"}),
        ({"liver_r2star": 390.3}, 12, {"tdt-l2"}),
        ({"liver_r2star": 390.3, "hcv": "yes"}, 12, {"tdt-l2", "tdt-l5"}),
        ({"liver_r2star": 774.5}, 12, {"tdt-l1"}),
        ({"liver_r2star": 70.0, "age_years": "9"}, 12, {"safe-9"}),
    ],
)
def test_a_rule_fires_where_it_should(case: dict[str, object], months: int, rules: set[str]) -> None:
    found = exam(**case)  # type: ignore[arg-type]
    assert found.guidance.months == months
    assert rules <= fired(found)


@pytest.mark.parametrize(
    ("case", "silent"),
    [
        (
            {"heart_ms": 30.0},
            {"tdt-i2", "tdt-i3", "tdt-i4", "tdt-h1", "tdt-h2", "tdt-h3", "tdt-h5", "tdt-h6", "safe-1"},
        ),
        ({"heart_ms": 8.0}, {"tdt-i1", "tdt-i2-3t", "tdt-h1", "tdt-h3", "tdt-h4"}),
        ({"heart_ms": 4.0, "field": 3.0}, {"tdt-i2", "tdt-h1", "tdt-h2"}),
        ({"liver_r2star": 390.3}, {"tdt-l0", "tdt-l1", "tdt-l3", "tdt-l4", "tdt-l5"}),
        ({"liver_r2star": 198.2, "hcv": "yes"}, {"tdt-l5"}),
        ({"heart_ms": 30.0, "liver_r2star": 52.2}, {"tdt-i5", "tdt-i12"}),
    ],
)
def test_a_rule_stays_silent_elsewhere(case: dict[str, object], silent: set[str]) -> None:
    assert not silent & fired(exam(**case))  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", sorted(KNOWN_GOOD))
def test_a_missing_fact_keeps_twelve_months_and_is_named(missing: str) -> None:
    facts = {k: v for k, v in KNOWN_GOOD.items() if k != missing}
    found = exam(heart_ms=30.0, liver_r2star=98.3, **facts).guidance
    assert found.months == 12
    label = next(f.label for f in KNOWLEDGE.shared.fact if f.id == missing)
    assert any(label.lower() == name.lower() for name in found.missing)


@pytest.mark.parametrize("lacking", ["heart_ms", "liver_r2star"])
def test_two_years_need_both_organs(lacking: str) -> None:
    both = {"heart_ms": 30.0, "liver_r2star": 98.3, **KNOWN_GOOD}
    found = exam(**{k: v for k, v in both.items() if k != lacking}).guidance  # type: ignore[arg-type]
    assert found.months == 12
    assert any(lacking.split("_")[0] in name for name in found.missing)


def test_a_borderline_liver_counts_the_two_years_as_not_met() -> None:
    # 119 s^-1: LIC 2.94 with an interval to 3.23, over the limit of 3.2
    assert exam(heart_ms=30.0, liver_r2star=119.0, **KNOWN_GOOD).guidance.months == 12


def test_a_borderline_heart_shortens_the_interval_and_says_why() -> None:
    found = exam(heart_ms=10.5)
    assert found.guidance.months == 6
    text = next(x.text for x in found.guidance.interval if x.rule == "tdt-i2-error")
    assert "within the error of severe (P = 25 %)" in text
    assert not found.guidance.critical


def test_the_unknown_disease_gets_no_interval_and_the_clarifying_line() -> None:
    found = exam(heart_ms=8.0, liver_r2star=390.3, disease="unknown")
    assert found.guidance.months is None
    assert "unk-1" in fired(found)
    assert not any(rule.startswith("tdt") for rule in fired(found))
    assert "safe-1" in found.guidance.critical


@pytest.mark.parametrize("disease", sorted(KNOWLEDGE.diseases))
@pytest.mark.parametrize(
    ("heart_ms", "field", "facts", "critical"),
    [
        (8.0, 1.5, {}, True),
        (10.5, 1.5, {}, False),  # within the error of severe, which is said and is not critical
        (9.9, 1.5, {}, True),
        (14.0, 1.5, {}, False),
        (5.0, 3.0, {}, True),
        (8.0, 3.0, {}, False),
        (30.0, 1.5, {"lvef_reduced": "yes"}, False),  # the fact is critical, the T2* is not
        (8.0, 0.55, {}, False),  # no class without a field that has limits
    ],
)
def test_an_organ_is_critical_by_its_own_value_only(
    heart_ms: float, field: float, facts: dict[str, str], critical: bool, disease: str
) -> None:
    found = exam(heart_ms=heart_ms, liver_r2star=774.5, disease=disease, field=field, **facts)
    assert [f.critical for f in found.findings] == [critical, False]
    assert [card.critical for card in describe(found, KNOWLEDGE).cards] == [critical, False]


def test_a_measured_value_is_not_critical_by_a_rule_that_waits_for_a_fact() -> None:
    """15 ms and a fact not known: only of a result known as a limit is it enough that a rule may fire."""
    waiting = Rule.model_validate(
        {
            "id": "waiting-1", "kind": "prompt", "critical": True, "text": "A line.", "evidence": "A",
            "sources": ("meloni-2025",),
            "all": [{"organ": "heart", "quantity": "t2star_ms", "below": 20.0}, {"fact": "hcv", "is": ["yes"]}],
        }
    )  # fmt: skip
    shared = KNOWLEDGE.shared.model_copy(update={"rule": (*KNOWLEDGE.shared.rule, waiting)})
    heart = (Measurement(PrintedResult("heart", 1.5, t2star_ms=15.0)),)
    for answer, critical in (("yes", True), ("unknown", False), ("no", False)):
        given = Exam("test", measurements=heart, context=Context("tdt", (("hcv", answer),)))
        assert assess(given, replace(KNOWLEDGE, shared=shared)).findings[0].critical == critical


def test_each_of_two_findings_of_an_organ_is_critical_by_itself() -> None:
    hearts = tuple(Measurement(PrintedResult("heart", 1.5, t2star_ms=value)) for value in (30.0, 8.0))
    found = assess(Exam("two", measurements=hearts), KNOWLEDGE)
    assert [f.critical for f in found.findings] == [False, True]


def test_any_organ_is_critical_where_a_rule_of_the_files_says_so() -> None:
    severe = Rule.model_validate(
        {
            "id": "own-1", "kind": "prompt", "critical": True, "text": "Liver in the severe class.",
            "all": [{"organ": "liver", "severity": ["severe"]}], "evidence": "A", "sources": ["meloni-2025"],
        }
    )  # fmt: skip
    shared = KNOWLEDGE.shared.model_copy(update={"rule": (*KNOWLEDGE.shared.rule, severe)})
    measured = tuple(Measurement(PrintedResult("liver", 1.5, r2star_per_s=LIVER[x])) for x in ("severe", "moderate"))
    found = [assess(Exam("x", measurements=(m,)), replace(KNOWLEDGE, shared=shared)) for m in measured]
    assert [(f.findings[0].critical, "own-1" in f.guidance.critical) for f in found] == [(True, True), (False, False)]


def test_no_graded_organ_means_no_interval() -> None:
    found = exam(heart_ms=30.0, field=0.55)
    assert found.guidance.months is None


def shortening_to(months: int) -> Assessment:
    """A good heart in TDT, LVEF not known, where a reduced one would shorten the interval to so many months."""
    tdt = KNOWLEDGE.diseases["tdt"]
    rules = tuple(r.model_copy(update={"months": months}) if r.id == "tdt-i3" else r for r in tdt.rule)
    diseases = {**KNOWLEDGE.diseases, "tdt": tdt.model_copy(update={"rule": rules})}
    facts = tuple((name, answer) for name, answer in KNOWN_GOOD.items() if name != "lvef_reduced")
    measured = (Measurement(PrintedResult("heart", 1.5, t2star_ms=30.0)),)
    return assess(
        Exam("test", measurements=measured, context=Context("tdt", facts)), replace(KNOWLEDGE, diseases=diseases)
    )


@pytest.mark.parametrize(("months", "shorter"), [(11, True), (12, False)])
def test_only_a_rule_that_would_shorten_the_interval_is_said_to(months: int, shorter: bool) -> None:
    found = shortening_to(months).guidance
    assert found.months == 12 and found.shortest_months == months
    assert ("LVEF is reduced" in found.interval[0].text) == shorter
    assert any("LVEF" in name for name in found.missing), "it stays missing for the longer interval"


def test_a_line_names_the_disease_it_is_for_unless_it_is_for_all() -> None:
    found = exam(heart_ms=8.0).guidance
    diseases = {line.rule: line.disease for line in (*found.interval, *found.prompts)}
    assert diseases["tdt-i2"] == "tdt" and diseases["safe-1"] is None


# ---------------------------------------------------------------- promises for every exam

DISEASES = sorted(KNOWLEDGE.diseases)
RESEARCH = sorted(organ.id for organ in KNOWLEDGE.organs.values() if organ.standing == "research")
NUMBERS = ("0.5", "3", "17.9", "25", "250", "800", "1500", "5000", "not a number", "nan")
ANSWERS = {
    fact.id: st.sampled_from(["unknown", *(fact.answers or NUMBERS)]) for fact in KNOWLEDGE.shared.fact
}  # fmt: skip
FACTS = st.fixed_dictionaries({}, optional=ANSWERS)
MEASURED = st.dictionaries(
    st.sampled_from(sorted(KNOWLEDGE.organs)),
    st.tuples(st.floats(1.0, 60.0), st.sampled_from([1.5, 2.89, 3.0, 0.55, None])),
)
PREVIOUS = st.lists(
    st.builds(
        PreviousResult,
        organ=st.sampled_from(sorted(KNOWLEDGE.organs)),
        method=st.sampled_from(["T2*/R2*", "R2/T2", "other"]),
        field_tesla=st.sampled_from([1.5, 3.0, None]),
        r2star_per_s=st.none() | st.floats(15.0, 1200.0),
    ),
    max_size=3,
)
Measured = dict[str, tuple[float, float | None]]
PROMISE = settings(deadline=None, max_examples=60)


def any_exam(
    measured: Measured, disease: str, facts: dict[str, str], previous: list[PreviousResult] | None = None
) -> Assessment:
    signals = tuple(
        Measurement(PrintedResult(organ, field, t2star_ms=t2star_ms)) for organ, (t2star_ms, field) in measured.items()
    )
    context = Context(disease, tuple(facts.items()), tuple(previous or ()))
    return assess(Exam("test", measurements=signals, context=context), KNOWLEDGE)


def lines(found: Assessment) -> list[GuidanceLine]:
    guidance = found.guidance
    return [*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information, *found.sentences]


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS, PREVIOUS)
def test_rules_never_leak_between_diseases(
    measured: Measured, disease: str, facts: dict[str, str], previous: list[PreviousResult]
) -> None:
    found = fired(any_exam(measured, disease, facts, previous))
    assert found <= {r.id for r in KNOWLEDGE.rules(disease)}
    shared = {r.id for r in (*KNOWLEDGE.shared.rule, *KNOWLEDGE.combined.rule)}
    assert found - shared <= {r.id for r in KNOWLEDGE.diseases[disease].rule}
    assert all(disease in r.diseases for r in KNOWLEDGE.combined.rule if r.id in found)


@PROMISE
@given(MEASURED, FACTS, PREVIOUS)
def test_an_unknown_disease_never_gets_an_interval(
    measured: Measured, facts: dict[str, str], previous: list[PreviousResult]
) -> None:
    guidance = any_exam(measured, "unknown", facts, previous).guidance
    assert guidance.months is None and guidance.interval == ()


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS, PREVIOUS)
def test_guidance_never_names_a_drug_or_a_dose(
    measured: Measured, disease: str, facts: dict[str, str], previous: list[PreviousResult]
) -> None:
    said = " ".join(x.text.lower() for x in lines(any_exam(measured, disease, facts, previous)))
    assert not [word for word in DRUG_WORDS if word in said]


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS, PREVIOUS)
def test_nothing_but_a_warning_is_said_of_an_organ_not_measured(
    measured: Measured, disease: str, facts: dict[str, str], previous: list[PreviousResult]
) -> None:
    found = any_exam(measured, disease, facts, previous)
    graded = {f.organ for f in found.findings if f.grading is not None}
    warnings = {r.id for r in KNOWLEDGE.rules(disease) if r.critical}
    assert {x.organ for x in lines(found) if x.organ is not None and x.rule not in warnings} <= graded
    silent = [s.text for o in KNOWLEDGE.organs.values() if o.id not in graded for s in o.sentence.values()]
    assert not {x.text for x in lines(found)} & set(silent)
    unmeasured = {o.name for o in KNOWLEDGE.organs.values() if o.id not in measured}
    assert set(describe(found, KNOWLEDGE).not_assessed) == unmeasured


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS)
def test_a_research_level_organ_never_changes_the_interval(
    measured: Measured, disease: str, facts: dict[str, str]
) -> None:
    without = {organ: value for organ, value in measured.items() if organ not in RESEARCH}
    both = any_exam(measured, disease, facts).guidance, any_exam(without, disease, facts).guidance
    assert both[0].months == both[1].months and both[0].shortest_months == both[1].shortest_months
    assert both[0].interval == both[1].interval


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS, st.sampled_from(sorted(ANSWERS)))
def test_forgetting_a_fact_never_lengthens_the_shortest_interval(
    measured: Measured, disease: str, facts: dict[str, str], forgotten: str
) -> None:
    """What is printed may rise from 6 to the default of 12, but then says in words when it would be 6."""
    full = any_exam(measured, disease, facts).guidance
    less = any_exam(measured, disease, {**facts, forgotten: "unknown"}).guidance
    if full.withheld or less.withheld:
        return  # a contradiction that is no longer known is none
    if less.months is None or full.months is None:
        assert less.months is None
        return
    assert less.shortest_months is not None and less.shortest_months <= full.months
    if less.months > full.months:
        assert less.missing and f"About {full.months} months if" in less.interval[0].text


@PROMISE
@given(MEASURED, FACTS, st.sampled_from(sorted(KNOWN_GOOD)))
def test_forgetting_good_news_never_lengthens_the_interval(
    measured: Measured, facts: dict[str, str], forgotten: str
) -> None:
    known = {**facts, forgotten: KNOWN_GOOD[forgotten]}
    full = any_exam(measured, "tdt", known).guidance
    less = any_exam(measured, "tdt", {**known, forgotten: "unknown"}).guidance
    assert full.withheld or (less.months or 0) <= (full.months or 0)


@PROMISE
@given(MEASURED, st.sampled_from(DISEASES), FACTS)
def test_two_years_in_tdt_rest_on_known_facts_only(measured: Measured, disease: str, facts: dict[str, str]) -> None:
    guidance = any_exam(measured, disease, facts).guidance
    if guidance.months is not None and guidance.months > 12:
        assert disease == "tdt" and guidance.missing == ()
        assert {facts.get(f) for f in ("lvef_reduced", "interrupted", "cardiac_symptoms")} == {"no"}
        assert facts["adherence"] == "good" and float(facts["age_years"]) >= 10.0


# ---------------------------------------------------------------- numbers of the context form


@pytest.mark.parametrize(("age", "child"), [("17.9", True), ("18", False), ("unknown", False), ("nan", False),
                                            ("-3", False), ("nine", False)])  # fmt: skip
def test_a_number_counts_only_where_it_is_one(age: str, child: bool) -> None:
    assert ("safe-9" in fired(exam(liver_r2star=70.0, age_years=age))) == child


def test_a_removed_spleen_gives_no_number_and_a_spleen_of_unknown_fate_does() -> None:
    gone = any_exam({"spleen": (20.0, 1.5)}, "scd", {"splenectomised": "yes"}).finding("spleen")
    kept = any_exam({"spleen": (20.0, 1.5)}, "scd", {}).finding("spleen")
    assert gone is not None and gone.estimate is None and gone.absence is not None
    assert gone.absence.code == "NOT_APPLICABLE"
    assert kept is not None and kept.estimate is not None


def test_no_text_of_the_files_names_a_drug_or_a_dose() -> None:
    said = [r.text.lower() for d in KNOWLEDGE.diseases for r in KNOWLEDGE.rules(d)]
    said += [n.text.lower() for o in KNOWLEDGE.organs.values() for n in (*o.note, *o.sentence.values(), *o.flag)]
    patterns = [KNOWLEDGE.shared.phrase, *(o.phrase for o in KNOWLEDGE.organs.values())]
    said += [p.text.lower() for found in patterns for phrases in found.values() for p in phrases]
    assert not [(w, line) for w in DRUG_WORDS for line in said if w in line]


def test_a_company_page_decides_nothing_and_is_never_printed() -> None:
    files = (KNOWLEDGE.shared, KNOWLEDGE.combined, *KNOWLEDGE.diseases.values())
    of_companies = [r for file in files for r in file.rule if r.industry]
    assert of_companies and {r.kind for r in of_companies} == {"help"}
    assert not any(KNOWLEDGE.printable(r) for r in of_companies)


def test_a_line_about_an_interval_is_printed_beside_its_own_only() -> None:
    beside = [r for r in KNOWLEDGE.rules("tdt") if r.beside_months]
    assert {r.id for r in beside} == {"tdt-i6", "tdt-i7", "tdt-i11"}
    assert "tdt-i6" in fired(exam(heart_ms=15.0))
    for facts in ({"lvef_percent": "35", "lvef_reduced": "no"}, {"pregnant": "yes"}):
        assert not {r.id for r in beside} & fired(exam(heart_ms=15.0, liver_r2star=198.2, mri_scarce="yes", **facts))
