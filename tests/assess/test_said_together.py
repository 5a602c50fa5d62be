"""What a report says in one breath agrees: for random results, ladders, fields, diseases and facts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.site_limits import with_site_limits
from ironreport.records import (
    Assessment,
    Choices,
    Context,
    DecaySignal,
    Exam,
    Finding,
    GuidanceLine,
    Measurement,
    PreviousResult,
    PrintedResult,
)
from ironreport.report import describe
from ironreport.report.content import CitedText, ReportContent

KNOWLEDGE = published_knowledge()
EXAMPLES = int(os.environ.get("IRONREPORT_EXAMPLES", "800"))
PROMISE = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
CLASS_WORDS = ("normal", "borderline", "mild", "light", "moderate", "severe", "insignificant", "indeterminate")
"""Words that name a class of heart or liver on one of their ladders, and mean nothing else in a sentence."""
REASSURING = (
    "over-chelation", "at target", "optimal chelation", "may be adequate", "very unlikely", "may wait",
    "below the levels linked", "little accumulation", "cardiac siderosis is rare", "heart without iron",
    "liver without iron",
)  # fmt: skip
OF_AN_INTERVAL = ("usual interval", "longer interval", "6 to 24 months", "may be adequate", "every 1 to 2 years. it is")
"""What is only said where an interval is suggested."""
OVERLOAD = ("above values in healthy", "is increased", "overload", "borderline")
DRUG_WORDS = ("deferasirox", "deferiprone", "deferoxamine", "mg/kg", " dose", "dosing")
TOO_FAST = DecaySignal(
    "heart", (2.0, 4.2, 6.4, 8.6, 10.8, 13.0), (43.6, 25.0, 25.0, 25.0, 25.0, 25.0), field_tesla=1.5, noise_sd=20.0,
    n_pixels=60,
)  # fmt: skip
"""A heart of which only a limit is known."""

FIELDS = st.sampled_from([1.5, 1.5, 1.5, 2.89, 3.0, 3.0, 0.55, None])


def ladders(organ: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *(ladder.id for ladder in KNOWLEDGE.organ(organ).ladder if ladder.usable)])


HEARTS = st.one_of(
    st.builds(lambda t, f: PrintedResult("heart", f, t2star_ms=t), st.floats(2.0, 45.0), FIELDS),
    st.builds(lambda t: PrintedResult("heart", 1.5, t2star_ms=t), st.floats(8.0, 26.0)),
    st.just(TOO_FAST),
)
LIVERS = st.one_of(
    st.builds(lambda r, f: PrintedResult("liver", f, r2star_per_s=r), st.floats(20.0, 1400.0), FIELDS),
    st.builds(lambda r: PrintedResult("liver", 1.5, r2star_per_s=r), st.floats(55.0, 140.0)),
    st.builds(lambda x, f: PrintedResult("liver", f, lic_mg_per_g=x), st.floats(0.3, 40.0), FIELDS),
    st.builds(
        lambda x: PrintedResult("liver", 1.5, lic_mg_per_g=x, calibration="hernando-2023"), st.floats(1.0, 8.0)
    ),
)  # fmt: skip
OTHERS = st.builds(
    lambda o, t, f: PrintedResult(o, f, t2star_ms=t),
    st.sampled_from(["pancreas", "kidney", "marrow", "spleen", "adrenal"]), st.floats(3.0, 60.0), FIELDS,
)  # fmt: skip


@st.composite
def measurements(draw: st.DrawFn) -> tuple[Measurement, ...]:
    drawn = [draw(st.none() | HEARTS), draw(st.none() | LIVERS), draw(st.none() | OTHERS)]
    found = []
    for signal in (s for s in drawn if s is not None):
        usable = {x.id for x in KNOWLEDGE.ladders(signal.organ, field_of(signal))}
        chosen = draw(ladders(signal.organ))
        found.append(Measurement(signal, Choices(ladder=chosen if chosen in usable else "")))
    return tuple(found)


def field_of(signal: PrintedResult | DecaySignal) -> str | None:
    found = KNOWLEDGE.field_class(signal.field_tesla)
    return found.id if found else None


NUMBERS = {"age_years": (4.0, 60.0), "lvef_percent": (25.0, 70.0), "lvef_limit_percent": (40.0, 60.0)}
GOOD = {
    "regular_transfusion": "yes", "on_chelation": "yes", "chelation_stable": "yes", "adherence": "good",
    "interrupted": "no", "cardiac_symptoms": "no", "lvef_reduced": "no", "age_years": "28",
}  # fmt: skip


def answers(fact_id: str) -> st.SearchStrategy[str]:
    fact = next(f for f in KNOWLEDGE.shared.fact if f.id == fact_id)
    if fact.kind != "number":
        return st.sampled_from(["unknown", *(fact.answers or ("2016",))])
    low, high = NUMBERS.get(fact_id, (100.0, 5000.0))
    return st.just("unknown") | st.floats(low, high).map("{:.1f}".format)


FACTS = st.one_of(
    st.fixed_dictionaries({}, optional={f.id: answers(f.id) for f in KNOWLEDGE.shared.fact}),
    st.fixed_dictionaries({}, optional={f.id: answers(f.id) for f in KNOWLEDGE.shared.fact}).map(
        lambda facts: {**facts, **GOOD}
    ),
    st.sampled_from(sorted(GOOD)).flatmap(lambda one: answers(one).map(lambda given: {**GOOD, one: given})),
)
PREVIOUS = st.lists(
    st.builds(
        PreviousResult, organ=st.sampled_from(["heart", "liver", "pancreas", "kidney"]), field_tesla=st.just(1.5),
        r2star_per_s=st.floats(15.0, 500.0),
    ),
    max_size=2,
)  # fmt: skip
EXAMS = st.builds(
    lambda m, d, f, p: Exam("x", measurements=m, context=Context(d, tuple(f.items()), tuple(p))),
    measurements(), st.sampled_from(["tdt", "tdt", "tdt", *sorted(KNOWLEDGE.diseases)]), FACTS, PREVIOUS,
)  # fmt: skip
NEARLY_TWO_YEARS = st.builds(
    lambda heart_ms, liver_per_s, facts: Exam(
        "x",
        measurements=(
            Measurement(PrintedResult("heart", 1.5, t2star_ms=heart_ms)),
            Measurement(PrintedResult("liver", 1.5, r2star_per_s=liver_per_s)),
        ),
        context=Context("tdt", tuple(facts.items())),
    ),
    st.floats(20.0, 40.0), st.floats(60.0, 125.0),
    st.sampled_from([*sorted(GOOD), "lvef_percent", "pregnant"]).flatmap(
        lambda one: answers(one).map(lambda given: {**GOOD, one: given})
    ),
)  # fmt: skip
"""Exams that the longer interval is for, but for one answer."""
COURSES = st.builds(
    lambda heart, liver, disease, facts: Exam(
        "x",
        measurements=(
            Measurement(PrintedResult("heart", 1.5, t2star_ms=1000.0 / heart[1])),
            Measurement(PrintedResult("liver", 1.5, r2star_per_s=liver[1])),
        ),
        context=Context(
            disease,
            tuple(facts.items()),
            (
                PreviousResult(organ="heart", field_tesla=1.5, r2star_per_s=heart[0]),
                PreviousResult(organ="liver", field_tesla=1.5, r2star_per_s=liver[0]),
            ),
        ),
    ),
    st.tuples(st.floats(25.0, 160.0), st.floats(25.0, 160.0)),
    st.tuples(st.floats(40.0, 700.0), st.floats(40.0, 700.0)),
    st.sampled_from(["tdt", "scd", *sorted(KNOWLEDGE.diseases)]), FACTS,
)  # fmt: skip
"""Exams of heart and liver, each with an earlier result to compare with."""


# -------------------------------------------------------------------------------- what is looked at


def class_words(text: str) -> set[str]:
    return {word for word in CLASS_WORDS if re.search(rf"\b{word}\b", text.lower())}


def labels_reached(finding: Finding) -> str:
    """All that the card says of the class: of the value, of the interval, of other calibrations and ladders."""
    assert finding.grading is not None and finding.estimate is not None
    found = KNOWLEDGE.ladders(finding.organ, finding.estimate.field)
    ladder = next(x for x in found if x.id == finding.grading.ladder)
    reached = [*finding.grading.grades_in_interval, finding.grading.grade]
    return " ".join(ladder.grade(g).label for g in reached)


def said(content: ReportContent) -> Iterator[CitedText]:
    yield from (*content.critical, *content.next_scan, *content.prompts, *content.information)
    for card in content.cards:
        yield from card.sentences


def severities(found: Assessment, organ: str) -> set[str]:
    """Severities that the interval of an organ touches; empty where it has no class."""
    finding = found.finding(organ)
    if finding is None or finding.grading is None or finding.estimate is None:
        return set()
    ladder = next(x for x in KNOWLEDGE.ladders(organ, finding.estimate.field) if x.id == finding.grading.ladder)
    return {ladder.grade(g).severity for g in finding.grading.grades_in_interval}


def lines(found: Assessment) -> list[GuidanceLine]:
    guidance = found.guidance
    return [*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information, *found.sentences]


def longest_allowed(found: Assessment) -> int | None:
    """The longest interval that the danger signals leave, written a second time and without the rule files."""
    context = found.exam.context
    facts = dict(context.facts)
    heart, touched = found.finding("heart"), severities(found, "heart")
    if others_decide(found) or lvef_is_open(found) or context.disease not in ("tdt", "scd"):
        return None
    danger = "severe" in touched or facts.get("lvef_reduced") == "yes"
    if context.disease == "scd":
        signs = ("adherence", "poor"), ("interrupted", "yes"), ("cardiac_symptoms", "yes")
        loaded = heart_in_doubt(found) or risen(found) or any(facts.get(k) == v for k, v in signs)
        return None if loaded or facts.get("regular_transfusion") != "yes" else 24
    if danger or facts.get("adherence") == "poor" or facts.get("interrupted") == "yes":
        return 6
    good = all(facts.get(k) == v for k, v in GOOD.items() if k != "age_years")
    age = facts.get("age_years", "unknown")
    if not good or age == "unknown" or float(age) < 10.0 or heart is None or heart_in_doubt(found) or risen(found):
        return 12
    return 24


def others_decide(found: Assessment) -> bool:
    facts = dict(found.exam.context.facts)
    return facts.get("pregnant") == "yes" or facts.get("transplanted") == "yes"


def number(found: Assessment, fact: str) -> float | None:
    stated = found.exam.context.fact(fact)
    return None if stated == "unknown" else float(stated)


def lvef_is_low(found: Assessment) -> bool:
    """Below 50 %, or below the limit of the site where that is stricter."""
    lvef, limit = number(found, "lvef_percent"), number(found, "lvef_limit_percent")
    return lvef is not None and lvef < max(50.0, limit or 50.0)


def lvef_is_open(found: Assessment) -> bool:
    """Number and word against each other, or a number without a word that might be low."""
    word, limit = found.exam.context.fact("lvef_reduced"), number(found, "lvef_limit_percent")
    if number(found, "lvef_percent") is None:
        return False
    if word == "yes":
        return limit is not None and not lvef_is_low(found)
    return lvef_is_low(found) or (word == "unknown" and limit is None)


def heart_in_doubt(found: Assessment) -> bool:
    """Loaded, or perhaps loaded, or its function reduced; written a second time and without the rule files."""
    heart, touched = found.finding("heart"), severities(found, "heart")
    if found.exam.context.fact("lvef_reduced") == "yes" or lvef_is_low(found):
        return True
    if heart is None or heart.grading is None or heart.estimate is None or heart.estimate.time is None:
        return False
    of_value = KNOWLEDGE.ladders("heart", heart.estimate.field)
    ladder = next(x for x in of_value if x.id == heart.grading.ladder)
    if heart.grading.bound or "severe" in touched or ladder.grade(heart.grading.grade).severity != "normal":
        return True
    if heart.estimate.field != "1.5":
        return touched != {"normal"}
    return heart.estimate.time.low is not None and heart.estimate.time.low < 18.0


def risen(found: Assessment) -> bool:
    """Iron of an organ that may move an interval has risen beyond the error."""
    return any(c.comparison.change == "more-iron" for c in found.courses if c.organ in ("heart", "liver", "pancreas"))


# ------------------------------------------------------------------------------------ the promises


@PROMISE
@given(EXAMS | NEARLY_TWO_YEARS | COURSES)
def test_what_is_said_together_agrees(exam: Exam) -> None:
    found = assess(exam, KNOWLEDGE)
    content = describe(found, KNOWLEDGE)
    no_other_class_is_named(found, content)
    no_interval_is_too_long(found)
    nothing_is_left_open(content)
    nothing_reassures_beside_danger(found, content)
    nothing_is_said_of_chelation_where_others_decide(found, content)
    no_interval_comes_by_another_door(found, content)
    a_danger_leads_the_page(found, content)
    nothing_is_said_twice(content)
    assert not [w for w in DRUG_WORDS for line in said(content) if w in line.text.lower()]


OWN_LIMITS = st.fixed_dictionaries({}, optional={
    limit.id: st.floats(limit.lowest, limit.highest) for limit in KNOWLEDGE.shared.site_limit
})  # fmt: skip


@settings(PROMISE, max_examples=EXAMPLES // 4)
@given(EXAMS | NEARLY_TWO_YEARS, OWN_LIMITS)
def test_what_is_said_together_agrees_with_a_sites_own_limits_too(exam: Exam, own: dict[str, float]) -> None:
    theirs = with_site_limits(KNOWLEDGE, own)
    found = assess(exam, theirs)
    content = describe(found, theirs)
    no_other_class_is_named(found, content)
    no_interval_is_too_long(found)
    nothing_is_left_open(content)
    nothing_reassures_beside_danger(found, content)


@settings(PROMISE, max_examples=EXAMPLES // 4)
@given(EXAMS | NEARLY_TWO_YEARS, OWN_LIMITS)
def test_a_stricter_site_never_gets_a_longer_interval_or_loses_a_critical_result(
    exam: Exam, own: dict[str, float]
) -> None:
    stricter = {x.id: min(own.get(x.id, x.value), x.value) for x in KNOWLEDGE.shared.site_limit}
    ours, theirs = assess(exam, KNOWLEDGE).guidance, assess(exam, with_site_limits(KNOWLEDGE, stricter)).guidance
    assert (theirs.months is None) == (ours.months is None) and (theirs.months or 0) <= (ours.months or 0)
    assert set(ours.critical) <= set(theirs.critical)


def no_other_class_is_named(found: Assessment, content: ReportContent) -> None:
    graded = {f.organ: f for f in found.findings if f.grading is not None and f.organ in ("heart", "liver")}
    everywhere = set().union(*(class_words(labels_reached(f)) for f in graded.values())) if graded else set()
    for line in lines(found):
        own = class_words(labels_reached(graded[line.organ])) if line.organ in graded else everywhere
        about = f"{line.rule}: {line.text}"
        assert class_words(line.text) <= own | everywhere if line.organ is None else class_words(line.text) <= own, (
            about
        )
    for card in content.cards:
        if card.organ in graded:
            own = class_words(labels_reached(graded[card.organ]))
            assert all(class_words(sentence.text) <= own for sentence in card.sentences), card.sentences


def no_interval_is_too_long(found: Assessment) -> None:
    allowed, given = longest_allowed(found), found.guidance.months_to or found.guidance.months
    assert given is None or (allowed is not None and given <= allowed)
    for line in lines(found):
        assert "24 months may be adequate" not in line.text or found.guidance.months == 24, line.rule


def nothing_is_left_open(content: ReportContent) -> None:
    for line in said(content):
        assert not re.search(r"[{}]|not known to|not known (s|ms|mg)\b|\bNone\b|\bnan\b|\binf\b", line.text), line.text


def nothing_reassures_beside_danger(found: Assessment, content: ReportContent) -> None:
    liver = severities(found, "liver")
    texts = [line.text.lower() for line in said(content)]
    if heart_in_doubt(found):
        assert not [(w, t) for w in REASSURING for t in texts if w in t and "above the optimal" not in t]
    else:
        assert not [t for t in texts if "is or may be loaded" in t]
    if not risen(found):
        assert not [t for t in texts if "iron has risen" in t], "a research-level organ asks for no review"
    if any(c.comparison.change == "more-iron" for c in found.courses if c.organ == "heart"):
        assert not [t for t in texts if "expected lag" in t or "not treatment failure" in t]
    for card in content.cards:
        if card.organ == "liver" and liver == {"normal"}:
            own = " ".join(s.text.lower() for s in card.sentences)
            assert not [w for w in OVERLOAD if w in own], own


def nothing_is_said_of_chelation_where_others_decide(found: Assessment, content: ReportContent) -> None:
    if others_decide(found):
        assert not [line.text for line in said(content) if "chelat" in line.text.lower()]


def no_interval_comes_by_another_door(found: Assessment, content: ReportContent) -> None:
    if found.guidance.months in (None, 6):
        texts = [line.text.lower() for line in said(content)]
        assert not [(w, t) for w in OF_AN_INTERVAL for t in texts if w in t]


def a_danger_leads_the_page(found: Assessment, content: ReportContent) -> None:
    lvef, heart = number(found, "lvef_percent"), severities(found, "heart")
    if found.exam.context.fact("lvef_reduced") == "yes" or (lvef is not None and lvef < 50.0) or heart == {"severe"}:
        assert content.critical


def nothing_is_said_twice(content: ReportContent) -> None:
    for lines_of in (content.critical, content.next_scan, (*content.prompts, *content.information)):
        texts = [line.text for line in lines_of]
        assert len(texts) == len(set(texts)), texts


@pytest.mark.parametrize("word", ["severe", "mild to moderate"])
def test_the_check_of_class_words_sees_them(word: str) -> None:
    assert class_words(f"Heart T2* in the class {word}.") and not class_words("Heavy iron, normally quick.")
