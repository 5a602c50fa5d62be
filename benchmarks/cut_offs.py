"""Classes at every published limit: ``python -m benchmarks.cut_offs``.

Each organ, field strength, ladder and calibration, a hundredth below and above each limit: the class must be the one
the ladder's file names there, and the class of the number as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ironreport.assess.assessment import find
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.knowledge.schema import Calibration, Ladder
from ironreport.records import Choices, Finding, Measurement, PrintedResult
from ironreport.report.answers import headline_estimate, ladder_of
from ironreport.report.cards import class_word
from ironreport.report.numbers import named
from ironreport.units import rate_per_s

STEP = 0.01
"""In the unit of the ladder."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """One value near one limit of one ladder, read with one calibration (None where the ladder needs none)."""

    organ: str
    field: str
    ladder: Ladder
    calibration: Calibration | None
    value: float
    expected: str

    @property
    def name(self) -> str:
        """What it is, on one line."""
        by = self.calibration.id if self.calibration else "no calibration"
        return f"{self.organ} {self.field} T, {self.ladder.id}, {by}: {self.value:g}"


def cut_offs(knowledge: Knowledge) -> Iterator[CutOff]:
    """Every value a hundredth beside a limit."""
    for organ in knowledge.organs:
        for field in (f.id for f in knowledge.shared.field):
            for ladder in knowledge.ladders(organ, field):
                for calibration in _calibrations(organ, field, ladder, knowledge):
                    yield from _beside_limits(organ, field, ladder, calibration)


def _calibrations(organ: str, field: str, ladder: Ladder, knowledge: Knowledge) -> tuple[Calibration | None, ...]:
    found = knowledge.calibrations(organ, field)
    return tuple(c for c in found if c.output == ladder.quantity and not c.information_only) or (None,)


def _beside_limits(organ: str, field: str, ladder: Ladder, calibration: Calibration | None) -> Iterator[CutOff]:
    """Names of the classes are taken from their order in the file, not from the rule that is tested."""
    names = [grade.id for grade in ladder.grades]
    rises = ladder.worse == "higher"
    for k, bound in enumerate(ladder.bounds):
        milder, worse = names[k], names[k + 1]
        below, above = (milder, worse) if rises else (worse, milder)
        yield CutOff(organ, field, ladder, calibration, round(bound - STEP, 4), below)
        yield CutOff(organ, field, ladder, calibration, round(bound + STEP, 4), above)


def found(case: CutOff, knowledge: Knowledge) -> Finding:
    """What the program finds where this value was printed."""
    printed = PrintedResult(case.organ, float(case.field), **_quantity(case))
    choices = Choices(calibration=case.calibration.id if case.calibration else "", ladder=case.ladder.id)
    return find(Measurement(printed, choices), knowledge)


def _quantity(case: CutOff) -> dict[str, float]:
    """The printed quantity from which the value comes out."""
    if case.calibration is None:
        return {case.ladder.quantity: case.value}
    given = case.calibration.input_for(case.value)
    if case.calibration.requires:
        return {"r2_per_s": given}
    return {"r2star_per_s": rate_per_s(given) if case.calibration.input == "t2star_ms" else given}


def fault(case: CutOff, knowledge: Knowledge) -> str:
    """What is wrong with the class of this value; empty where nothing is."""
    finding = found(case, knowledge)
    ladder = ladder_of(finding, knowledge)
    if finding.grading is None or ladder is None:
        return f"{case.name}: no class: {finding.absence.code if finding.absence else ''}"
    if finding.grading.grade != case.expected:
        return f"{case.name}: {finding.grading.grade}, not {case.expected}"
    headline = headline_estimate(finding, ladder)
    shown = named(headline, ladder.bounds) if headline else ""
    number = re.search(r"[\d.]+(?= )", shown.partition(" ")[2])
    of_shown = ladder.grade_of(float(number.group())).label if number else ""
    word = class_word(finding.grading, ladder).partition(" / ")[0]
    return "" if of_shown == word else f"{case.name}: '{shown}' is {of_shown}, and the class says {word}"


def faults(knowledge: Knowledge) -> tuple[int, list[str]]:
    """How many values were tried, and what is wrong with some of them."""
    cases = list(cut_offs(knowledge))
    return len(cases), [wrong for case in cases if (wrong := fault(case, knowledge))]


def main() -> None:
    """Print how many values have the right class, and every one that has not."""
    n, wrong = faults(published_knowledge())
    print(f"{n - len(wrong)} of {n} values have the class of their number", *wrong, sep="\n")


if __name__ == "__main__":
    main()
