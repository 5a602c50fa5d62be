"""A region on images of known truth: the truth, what a plain mean reads, and what the program says, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ironreport.assess.assessment import assess
from ironreport.errors import IronReportError
from ironreport.knowledge import Knowledge
from ironreport.measure.region_signals import measure
from ironreport.records import Exam, Measurement, Region
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.solving import solve
from ironreport.report.cards import card
from ironreport.report.content import Card
from ironreport.teaching.case_numbers import grade_label, iron_by_calibration
from ironreport.teaching.scenes import Scene, UnderRegion, under_region
from ironreport.units import rate_per_s


@dataclass(frozen=True, slots=True)
class InNumbers:
    """A T2* [ms] with the class that it has; None and empty where there is no number."""

    t2star_ms: float | None
    grade: str


@dataclass(frozen=True, slots=True)
class RegionTruth:
    """What a region would do to a patient.

    Parameters
    ----------
    plain : InNumbers
        One exponential through the mean of all pixels: what a program without doubts prints.
    card : Card or None
        The card of this program; None where it refuses, with ``refusal`` saying why.
    """

    under: UnderRegion
    truth: InNumbers
    plain: InNumbers
    card: Card | None
    refusal: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """Every doubt of the program."""
        return self.card.doubts if self.card else (self.refusal,)


def region_truth(scene: Scene, region: Region, knowledge: Knowledge) -> RegionTruth:
    """Truth, plain mean and the program's answer for one region."""
    under = under_region(scene, region)
    truth = in_numbers(scene.organ, scene.t2star_ms, knowledge)
    try:
        signal = measure(scene.series, region, scene.organ, "")
    except IronReportError as error:
        return RegionTruth(under, truth, InNumbers(None, ""), None, str(error.refusal))
    te_ms, values = (np.asarray(x, dtype=np.float64) for x in (signal.te_ms, signal.signal))
    found = solve(MONO, te_ms, values)
    plain = in_numbers(scene.organ, found.time_ms, knowledge) if found else InNumbers(None, "")
    assessment = assess(Exam("Lesson", measurements=(Measurement(signal),)), knowledge)
    return RegionTruth(under, truth, plain, card(assessment.findings[0], assessment, knowledge))


def in_numbers(organ: str, t2star_ms: float, knowledge: Knowledge, field: str = "1.5") -> InNumbers:
    """A T2* with its class by the default calibration and ladder of the organ."""
    by_time = grade_label(organ, field, "t2star_ms", t2star_ms, knowledge)
    iron = next(iter(iron_by_calibration(organ, field, rate_per_s(t2star_ms), knowledge).values()), None)
    by_iron = grade_label(organ, field, "lic_mg_per_g", iron, knowledge) if iron is not None else ""
    return InNumbers(t2star_ms, by_time or by_iron)
