"""Blood in a pasted curve is doubted where it could matter, and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.assess.precision import NORMAL_95, log_sd
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal, Exam, Finding, Measurement
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.models import fat_water

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


def test_a_normal_heart_that_a_tenth_of_blood_would_have_made_of_one_with_iron_has_no_class() -> None:
    """Of 4,546 pasted hearts with 5 to 35 % of a vessel three of 14 to 15 ms read 21 and 22 ms, normal."""
    times_ms = np.arange(20.5, 30.0, 0.5)
    found = [pasted(time_ms) for time_ms in times_ms]
    hidden_ms = [1000.0 / fit_decay(each.measurement.signal).without_blood.value for each in found]  # type: ignore
    assert [each.grading is None for each in found] == [hidden < 20.0 for hidden in hidden_ms]
    assert found[0].absence is not None and found[0].absence.code == "BLOOD_NOT_EXCLUDED"
    assert found[-1].grading is not None


@pytest.mark.parametrize("time_ms", [10.5, 12.0, 18.0])
def test_a_class_of_iron_stands_though_blood_may_hide_a_worse_one(time_ms: float) -> None:
    assert pasted(time_ms).grading is not None and is_doubted(pasted(time_ms))


@pytest.mark.parametrize("time_ms", [12.0, 18.0, 22.0])
def test_blood_is_doubted_wherever_the_heart_holds_iron_or_nearly(time_ms: float) -> None:
    assert is_doubted(pasted(time_ms))


@pytest.mark.parametrize(("organ", "field_tesla"), [("heart", None), ("adrenal", 1.5)])
def test_without_a_class_the_doubt_stays(organ: str, field_tesla: float | None) -> None:
    finding = pasted(36.0, organ, field_tesla)
    assert finding.grading is None and is_doubted(finding)


def liver_with_fat(field_tesla: float, te_ms: np.ndarray, fat: float, seed: int) -> Finding:
    """A liver of T2* 1 ms whose fat does not show, read from 60 pixels."""
    rng = np.random.default_rng(seed)
    clean = fat_water(te_ms, 40.0, 1000.0, fat, field_tesla)[:, None] * np.ones(60)
    pixels = np.hypot(clean + rng.standard_normal(clean.shape), rng.standard_normal(clean.shape)).T
    signal = DecaySignal(
        "liver", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=field_tesla,
        n_pixels=60, pixels=summarise_pixels(te_ms, pixels),
    )  # fmt: skip
    return assess(Exam("x", measurements=(Measurement(signal),)), KNOWLEDGE).findings[0]


def test_fat_that_may_hide_a_worse_class_withholds_it() -> None:
    """At 3 T and a first echo of 1.2 ms fat makes the first echo faint, and the decay after it looks slow."""
    found = [liver_with_fat(3.0, 1.2 + 1.5 * np.arange(8), 0.4, seed) for seed in range(8)]
    assert all(each.grading is None for each in found)
    assert {each.absence.code for each in found if each.absence} >= {"FAT_NOT_EXCLUDED"}


def test_fat_that_could_only_make_the_class_milder_leaves_it() -> None:
    found = [liver_with_fat(1.5, 0.95 + 0.7 * np.arange(12), 0.0, seed) for seed in range(6)]
    said = [each for each in found if "FAT_NOT_EXCLUDED" in {c.code for c in each.cautions}]
    assert said and all(each.grading is not None for each in said)
