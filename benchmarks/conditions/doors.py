"""One condition read through the doors that a reader uses: images with a region, a pasted mean, pixels of a map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from benchmarks.conditions.images import Mixed, Noise, Scan, Tissue, imaged
from benchmarks.trials import S0
from ironreport.assess import assess
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import choose_ladder, grade
from ironreport.errors import IronReportError
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.measure import measure
from ironreport.records import DecaySignal, Estimate, Exam, Finding, Measurement
from ironreport.relaxometry import fit_pixels

Door = Literal["region", "pasted", "pixel"]

HARMLESS = {"FEW_PIXELS"}
"""A caution that says nothing of the signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a condition must reach [%]: ``named`` and ``coverage`` at least, others at most; None asks for nothing.

    Parameters
    ----------
    bias : float
        Median error of R2*, either way.
    error : float
        Root mean square error per bound (a factor, not a share).
    coverage : float
        Intervals that hold the truth; an open one holds what lies above its limit.
    falsely_low : float
        Numbers shown whose upper limit is below half the truth.
    gross : float
        Numbers off by more than 10 % and four bounds whose interval leaves out the truth.
    wrong, milder : float
        Classes given that are not that of the truth, and those milder than it; of all readings.
    silent : float
        Wrong classes without any caution on the signal.
    withheld : float
        No class, for whatever reason.
    named : float
        Readings with one of the cautions or refusals that ``Condition.names`` lists.
    shown : float
        Closed numbers shown although the class is withheld.
    """

    bias: float | None = None
    error: float | None = None
    coverage: float | None = None
    falsely_low: float | None = None
    gross: float | None = None
    wrong: float | None = None
    milder: float | None = None
    silent: float | None = None
    withheld: float | None = None
    named: float | None = None
    shown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Regions of one kind and what they must reach.

    Parameters
    ----------
    fault : str
        Group in the table, for example ``F1 coils``.
    door : {"region", "pasted", "pixel"}
        Images and a region drawn; the mean curve alone, typed in; single pixels of a map with the noise known.
    weight : float
        Regions of this condition per ``--n``.
    names : tuple of str
        Codes, or words in a caution, that name the fault.
    """

    fault: str
    scan: Scan
    tissue: Tissue
    noise: Noise
    target: Target
    n_pixels: int = 60
    mixed: Mixed | None = None
    door: Door = "region"
    weight: float = 0.2
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The condition in words."""
        return f"{self.scan.label}, {self.tissue.t2star_ms:g} ms{_tissue_words(self)}{_noise_words(self)}"


def _tissue_words(of: Condition) -> str:
    tissue, mixed = of.tissue, of.mixed
    words = [
        f"{100 * tissue.fat:.0f} % fat" if tissue.fat else "",
        f"R2* varies {100 * tissue.rate_spread:.0f} %" if tissue.rate_spread else "",
        f"sinc(TE / {tissue.gradient_ms:g} ms)" if math.isfinite(tissue.gradient_ms) else "",
        f"first echo × {tissue.first_echo:g}" if tissue.first_echo != 1.0 else "",
        f"{100 * mixed.share:.0f} % of {mixed.tissue.t2star_ms:g} ms, {mixed.layout}" if mixed else "",
    ]
    return "".join(f", {each}" for each in words if each)


def _noise_words(of: Condition) -> str:
    noise = of.noise
    words = [
        f"SNR {noise.snr:g}",
        f"{noise.n_coils} coils" if noise.n_coils > 1 else "",
        f"noise × 1 to {noise.worst_gain:g}" if noise.worst_gain > 1.0 else "",
        noise.filtered,
        f"whole numbers to {noise.largest_number}" if noise.largest_number else "",
        "air masked" if noise.masked else "",
        f"{of.n_pixels} pixels" if of.door == "region" else of.door,
    ]
    return "".join(f", {each}" for each in words if each)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one region was said to have: NaN without a number, an infinite upper limit where it is only a limit.

    ``grade`` counts from the mildest, None where withheld; ``at_least`` where worse ones are possible.
    """

    rate_per_s: float
    low_per_s: float
    high_per_s: float
    grade: int | None
    at_least: bool = False
    named: bool = False
    doubted: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether a number with both limits is shown."""
        return math.isfinite(self.rate_per_s) and math.isfinite(self.high_per_s)


@cache
def knowledge() -> Knowledge:
    """The published knowledge files."""
    return published_knowledge()


def readings(condition: Condition, n: int, seed: int) -> list[Reading]:
    """Readings of ``n`` regions; the same condition and seed give the same images."""
    rng = np.random.default_rng([seed, *condition.label.encode()])
    if condition.door == "pixel":
        return _of_pixels(condition, n, rng)
    return [_read(condition, finding_of(_signal(condition, rng))) for _ in range(n)]


def finding_of(signal: DecaySignal) -> Finding:
    """What the program concludes of a signal, nothing chosen by a reader."""
    return assess(Exam("simulated", measurements=(Measurement(signal),)), knowledge()).findings[0]


def _signal(of: Condition, rng: np.random.Generator) -> DecaySignal:
    series, region = imaged(of.scan, of.tissue, of.noise, of.n_pixels, of.mixed, rng)
    signal = measure(series, region, of.scan.organ)
    if of.door == "region":
        return signal
    scan = of.scan
    return DecaySignal(scan.organ, signal.te_ms, signal.signal, scan.contrast, scan.field_tesla)


def _read(condition: Condition, finding: Finding) -> Reading:
    said = [f"{c.code} {c.text}" for c in finding.cautions]
    said += [f"{finding.absence.code} {finding.absence.what}"] if finding.absence else []
    named = any(name in words for name in condition.names for words in said)
    rate, low, high = _limits(finding)
    doubted = bool(finding.fit and {c.code for c in finding.fit.cautions} - HARMLESS)
    return Reading(
        rate, low, high, grade_index(finding), bool(finding.grading and finding.grading.bound), named, doubted
    )


def _limits(finding: Finding) -> tuple[float, float, float]:
    """R2* with the limits of the fit, before repeatability widens them."""
    if finding.fit is None:
        return math.nan, math.nan, math.nan
    rate = finding.fit.rate
    if rate.bound:
        return math.nan, rate.value, math.inf
    return rate.value, rate.low if rate.low is not None else 0.0, rate.high if rate.high is not None else math.inf


def grade_index(finding: Finding) -> int | None:
    """The class given, counted from the mildest; None where withheld."""
    if finding.grading is None:
        return None
    field = knowledge().field_class(finding.measurement.signal.field_tesla)
    ladder = choose_ladder(finding.organ, field.id if field else "", finding.grading.ladder, knowledge())
    return ladder.index(finding.grading.grade)


def true_grade(scan: Scan, rate: float) -> int | None:
    """Class of a rate known exactly; None where the organ has none at this field."""
    quantity = "r2star_per_s" if scan.contrast == "T2*" else "r2_per_s"
    try:
        estimate = estimate_iron(scan.organ, Estimate(quantity, rate), scan.field_tesla, knowledge())
        grading = grade(estimate, knowledge())
    except IronReportError:
        return None
    field = knowledge().field_class(scan.field_tesla)
    return choose_ladder(scan.organ, field.id if field else "", grading.ladder, knowledge()).index(grading.grade)


def _of_pixels(of: Condition, n: int, rng: np.random.Generator) -> list[Reading]:
    """Pixels of a map; as many as ``n`` regions."""
    found: list[Reading] = []
    while len(found) < n:
        series, region = imaged(of.scan, of.tissue, of.noise, of.n_pixels, of.mixed, rng)
        rows, columns = int(region.row), int(region.column)
        pixels = series.images[0, :, rows - 5 : rows + 5, columns - 5 : columns + 5].reshape(len(of.scan.te_ms), -1).T
        fits = fit_pixels(of.scan.te_ms, pixels, S0 / of.noise.snr, n_coils=of.noise.n_coils)
        each = zip(fits.r2star_per_s, fits.ci_low_per_s, fits.ci_high_per_s, strict=True)
        found += [
            Reading(float(r) if math.isfinite(high) else math.nan, float(low), float(high), None)
            for r, low, high in each
        ]
    return found[:n]
