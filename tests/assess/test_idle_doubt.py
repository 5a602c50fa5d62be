"""Blood in a pasted curve is doubted where it could matter, and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.assess.precision import NORMAL_95, log_sd
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, Exam, Finding, Measurement
from ironreport.relaxometry import fit_decay

HEART_MS = 2.0 + 16.0 / 7.0 * np.arange(8)
KNOWLEDGE = published_knowledge()
SCATTER = 4.0 * np.array([1, -2, 1, 1, -2, 1, 1, -1.0])
"""Of a curve in which a tenth of blood does not show."""


def pasted(time_ms: float, organ: str = "heart", field_tesla: float | None = 1.5) -> Finding:
    curve = 1000.0 * np.exp(-HEART_MS / time_ms) + SCATTER
    signal = DecaySignal(organ, tuple(HEART_MS.tolist()), tuple(curve.tolist()), field_tesla=field_tesla)
    return assess(Exam("x", measurements=(Measurement(signal),)), KNOWLEDGE).findings[0]


def is_doubted(finding: Finding) -> bool:
    in_finding = "BLOOD_NOT_EXCLUDED" in [c.code for c in finding.cautions]
    assert finding.fit is not None
    assert in_finding == ("BLOOD_NOT_EXCLUDED" in [c.code for c in finding.fit.cautions])
    return in_finding


def shortest_without_blood_ms(time_ms: float) -> float:
    """The lower end of what the heart may measure if a tenth of the curve is blood [ms]."""
    fit = fit_decay(pasted(time_ms).measurement.signal)  # type: ignore[arg-type]
    rate = fit.without_blood
    assert rate is not None and rate.high is not None
    precision = KNOWLEDGE.precision("heart")
    assert precision is not None
    repeated = rate.value * math.exp(NORMAL_95 * log_sd(precision.cov_percent))
    return 1000.0 / max(rate.high, repeated)


def test_blood_is_doubted_up_to_the_slowest_heart_that_could_hold_iron_without_it() -> None:
    times_ms = np.arange(18.0, 40.0, 0.5)
    doubted = [is_doubted(pasted(time_ms)) for time_ms in times_ms]
    assert doubted == [shortest_without_blood_ms(time_ms) < 20.0 for time_ms in times_ms]
    assert doubted[0] and not doubted[-1]


@pytest.mark.parametrize("time_ms", [12.0, 18.0, 22.0])
def test_blood_is_doubted_wherever_the_heart_holds_iron_or_nearly(time_ms: float) -> None:
    assert is_doubted(pasted(time_ms))


@pytest.mark.parametrize(("organ", "field_tesla"), [("heart", None), ("adrenal", 1.5)])
def test_without_a_class_the_doubt_stays(organ: str, field_tesla: float | None) -> None:
    finding = pasted(36.0, organ, field_tesla)
    assert finding.grading is None and is_doubted(finding)
