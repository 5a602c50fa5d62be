"""Clinical cases of tests/cases/*.toml: what an exam with its context must say, and must not say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.knowledge.contradictions import load_contradictions
from ironreport.records import (
    Assessment,
    Choices,
    Context,
    DecaySignal,
    Exam,
    Measurement,
    NoBalance,
    PreviousResult,
    PrintedResult,
    Transfused,
)
from ironreport.report import describe

KNOWLEDGE = published_knowledge()
FOLDER = Path(__file__).resolve().parents[1] / "cases"
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}:{case['id']}": case
    for path in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
}
CASE_KEYS = {"id", "title", "exam", "date", "context", "previous", "transfused", "contradiction", "expect"}
EXPECT_KEYS = {
    "months", "months_to", "shortest", "fires", "silent", "classes", "touches", "lic", "absent", "cautions", "says",
    "never_says", "missing", "critical", "no_balance",
}  # fmt: skip
NEVER_SHOWN = {"severity"}
"""What picks a colour and is no word."""
CHOICES = ("calibration", "ladder", "method", "left_out")


def measurement(given: dict[str, Any]) -> Measurement:
    """One entry of ``exam``: a signal (te_ms, signal) or printed values, with the reader's choices."""
    entry = {"field_tesla" if k == "field" else k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    choices = Choices(**{k: entry.pop(k) for k in CHOICES if k in entry})
    if "from_calibration" in entry:
        entry["calibration"] = entry.pop("from_calibration")
    return Measurement(DecaySignal(**entry) if "te_ms" in entry else PrintedResult(**entry), choices)


def assessed(case: dict[str, Any]) -> Assessment:
    context = dict(case.get("context", {}))
    disease = context.pop("disease", "unknown")
    facts = tuple((name, str(value)) for name, value in context.items())
    known = {fact.id: fact for fact in KNOWLEDGE.shared.fact}
    for name, value in facts:
        assert name in known and (not known[name].answers or value in known[name].answers), f"no such answer: {name}"
    previous = tuple(
        PreviousResult(**{"field_tesla" if k == "field" else k: v for k, v in p.items()})
        for p in case.get("previous", [])
    )
    measured = tuple(measurement(m) for m in case.get("exam", []))
    typed = Transfused(**{name: float(number) for name, number in case.get("transfused", {}).items()})
    context = Context(disease, facts, previous, typed)
    return assess(Exam("case", str(case.get("date", "")), measured, context), KNOWLEDGE)


def fired(found: Assessment) -> set[str]:
    """Ids of all rules and wording patterns that put a line on the report."""
    guidance = found.guidance
    return {
        x.rule
        for x in (*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information, *found.sentences)
    }


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in NEVER_SHOWN:
                yield from texts(getattr(value, field.name))


def printed(found: Assessment) -> str:
    """Every word of the report, references left out: their titles are not ours."""
    content = describe(found, KNOWLEDGE)
    return "\n".join(
        text for field in fields(content) if field.name != "references" for text in texts(getattr(content, field.name))
    )


@pytest.mark.parametrize("name", CASES)
def test_case_says_what_is_expected(name: str) -> None:
    case = CASES[name]
    expected = case["expect"]
    assert set(case) <= CASE_KEYS and set(expected) <= EXPECT_KEYS and case["title"]
    found = assessed(case)
    if "months" in expected:
        months = None if expected["months"] == "none" else expected["months"]
        assert (found.guidance.months, found.guidance.months_to) == (months, expected.get("months_to"))
    if "shortest" in expected:
        assert found.guidance.shortest_months == expected["shortest"]
    assert set(expected.get("fires", [])) <= fired(found)
    assert not set(expected.get("silent", [])) & fired(found)
    assert set(expected.get("critical", [])) <= set(found.guidance.critical)
    if "no_balance" in expected:
        assert isinstance(found.balance, NoBalance) and found.balance.code == expected["no_balance"]
    check_findings(found, expected)
    check_words(found, expected)


def check_findings(found: Assessment, expected: dict[str, Any]) -> None:
    for organ, grade in expected.get("classes", {}).items():
        finding = found.finding(organ)
        assert finding is not None and finding.grading is not None, finding
        assert finding.grading.grade == grade
    for organ, grades in expected.get("touches", {}).items():
        finding = found.finding(organ)
        assert finding is not None and finding.grading is not None
        assert finding.grading.grades_in_interval == tuple(grades)
    for organ, (value, low, high) in expected.get("lic", {}).items():
        finding = found.finding(organ)
        assert finding is not None and finding.estimate is not None and finding.estimate.iron is not None
        iron = finding.estimate.iron.iron
        assert (iron.value, iron.low, iron.high) == pytest.approx((value, low, high), abs=6e-4)
    for organ, code in expected.get("absent", {}).items():
        finding = found.finding(organ)
        assert finding is not None and finding.grading is None and finding.absence is not None
        assert finding.absence.code == code
    codes = {c.code for f in found.findings for c in f.cautions}
    assert set(expected.get("cautions", [])) <= codes


def check_words(found: Assessment, expected: dict[str, Any]) -> None:
    words = printed(found)
    assert not [phrase for phrase in expected.get("says", []) if phrase not in words]
    assert not [phrase for phrase in expected.get("never_says", []) if phrase.lower() in words.lower()]
    for name in expected.get("missing", []):
        assert any(name.lower() in missing.lower() for missing in found.guidance.missing), found.guidance.missing


def every_rule() -> dict[str, bool]:
    """Every rule and wording pattern of the files, and whether it can be printed at all."""
    knowledge = KNOWLEDGE
    rules = [
        *knowledge.shared.rule, *knowledge.combined.rule, *(r for d in knowledge.diseases.values() for r in d.rule),
    ]  # fmt: skip
    known = {rule.id: knowledge.printable(rule) and rule.kind != "help" for rule in rules}
    patterns = [*knowledge.shared.phrase.items(), *(x for o in knowledge.organs.values() for x in o.phrase.items())]
    return known | {pattern: any(p.usable for p in phrases) for pattern, phrases in patterns}


def listed(key: str) -> set[str]:
    return {rule for case in CASES.values() for rule in case["expect"].get(key, [])}


@pytest.mark.parametrize("rule", every_rule())
def test_every_rule_fires_in_a_case_and_stays_silent_in_another(rule: str) -> None:
    assert rule in listed("silent")
    assert (rule in listed("fires")) == every_rule()[rule]


def test_no_case_names_a_rule_that_does_not_exist() -> None:
    of_organs = {f"{organ.id}-{name}" for organ in KNOWLEDGE.organs.values() for name in organ.sentence}
    assert listed("fires") | listed("silent") <= set(every_rule()) | of_organs


def test_every_contradiction_has_a_case() -> None:
    shown = {case["contradiction"] for case in CASES.values() if "contradiction" in case}
    assert shown == {c.id for c in load_contradictions(KNOWLEDGE)}


def test_there_are_at_least_sixty_cases() -> None:
    assert len(CASES) >= 60
