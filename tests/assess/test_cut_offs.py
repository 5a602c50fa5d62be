"""Every limit of every ladder, by every calibration and field: a hundredth beside it the class is right, and is the
class of the number that is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.cut_offs import cut_offs, fault, faults
from ironreport.assess.assessment import find
from ironreport.knowledge import published_knowledge
from ironreport.records import Measurement, PrintedResult

KNOWLEDGE = published_knowledge()
CASES = list(cut_offs(KNOWLEDGE))
FIELDS = [field.id for field in KNOWLEDGE.shared.field]


def test_a_hundredth_beside_each_limit_the_class_is_that_of_the_number_shown() -> None:
    assert faults(KNOWLEDGE)[1] == []


def test_no_ladder_limit_or_calibration_is_left_out() -> None:
    tried = {(case.organ, case.field, case.ladder.id) for case in CASES}
    published = {(o, f, x.id) for o in KNOWLEDGE.organs for f in FIELDS for x in KNOWLEDGE.ladders(o, f)}
    assert tried == published
    read_by = {(case.field, case.calibration.id) for case in CASES if case.calibration and case.organ == "liver"}
    assert read_by == {(f, c.id) for f in FIELDS for c in KNOWLEDGE.calibrations("liver", f) if not c.information_only}
    for case in CASES:
        assert any(case.value == round(bound + step, 4) for bound in case.ladder.bounds for step in (-0.01, 0.01))


def test_a_wrong_class_would_be_seen() -> None:
    wrong = replace(CASES[0], expected="another")
    assert fault(CASES[0], KNOWLEDGE) == "" and "not another" in fault(wrong, KNOWLEDGE)


@pytest.mark.parametrize(
    ("organ", "field"), [(o, f) for o in KNOWLEDGE.organs for f in FIELDS if not KNOWLEDGE.ladders(o, f)]
)
def test_an_organ_has_no_class_at_a_field_without_limits(organ: str, field: str) -> None:
    for milliseconds in (0.5, 5.0, 50.0):
        printed = PrintedResult(organ, float(field), t2star_ms=milliseconds)
        assert find(Measurement(printed), KNOWLEDGE).grading is None
