"""Readings of a condition against truth, bound and target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from benchmarks.classes import EDGE
from benchmarks.conditions.doors import Condition, Reading, Target, true_grade
from benchmarks.conditions.images import Noise, Scan, Tissue, decay, worst_snrs
from ironreport.relaxometry.bound import relative_bound
from ironreport.synthetic.acquisition import fat_phasor
from ironreport.units import rate_per_s

GROSS, GROSS_IN_BOUNDS = 0.1, 4.0
"""An error above 10 %, and above four times the bound, of a number whose interval leaves out the truth."""
CHANCE_IN_BOUNDS = 3.0
"""So many bounds from a class limit chance decides no more, and the class is asked for."""
FAR_TOO_LOW = 0.5
"""Falsely low: the upper limit of R2* lies below half the truth."""
CHANCE_SD = 2.0
"""A share of n readings passes within two SD of the target, so that few readings do not fail by chance."""
MEDIAN_SD = 1.2533
"""SD of a median per SD of a mean, of normal values."""
FIRST_SHARE = 5
"""Fields of a score from here on are shares of its readings."""
AT_LEAST = {"coverage", "named"}
NOT_ALWAYS_ASKED = {"wrong", "milder", "silent", "withheld"}
"""Where the organ has no class at this field, or the truth lies on a limit, nothing can be asked of the class."""


@dataclass(frozen=True, slots=True)
class Score:
    """Readings of one condition, or of several, in numbers [%]; None where nothing was asked or nothing is there.

    ``bound`` is the smallest relative SD possible. The other fields are those of `Target`, with ``refused``: no number
    and no limit.
    """

    label: str
    n: int
    bound: float
    bias: float | None
    error: float | None
    coverage: float | None
    falsely_low: float
    gross: float
    wrong: float | None
    milder: float | None
    silent: float | None
    withheld: float | None
    refused: float
    named: float | None
    shown: float | None


def scored(condition: Condition, found: Sequence[Reading]) -> Score:
    """Score of the readings of one condition."""
    scan, truth = condition.scan, rate_per_s(condition.tissue.t2star_ms)
    bound = bound_of(condition)
    closed = [r for r in found if r.is_closed]
    answered = [r for r in found if r.is_closed or r.low_per_s > 0.0]
    right = None if condition.door == "pixel" else true_grade(scan, truth)
    near = min(EDGE, CHANCE_IN_BOUNDS * bound)
    asked = right is not None and len({true_grade(scan, truth * f) for f in (1.0 - near, 1.0, 1.0 + near)}) == 1
    wrong = [r for r in found if asked and _is_wrong(r, right)]
    milder = [r for r in wrong if r.grade is not None and right is not None and r.grade < right]
    outside = [r for r in closed if not r.low_per_s <= truth <= r.high_per_s]

    def share(of: Sequence[Reading], among: Sequence[Reading] = found) -> float | None:
        return 100.0 * len(of) / len(among) if among else None

    errors = np.array([r.rate_per_s / truth - 1.0 for r in closed])
    gross = [r for r in outside if abs(r.rate_per_s / truth - 1.0) > max(GROSS, GROSS_IN_BOUNDS * bound)]
    return Score(
        label=condition.label,
        n=len(found),
        bound=100.0 * bound,
        bias=100.0 * float(np.median(errors)) if len(errors) else None,
        error=float(np.sqrt(np.mean(np.clip(errors, -1.0, 2.0) ** 2)) / bound) if len(errors) else None,
        coverage=share([r for r in answered if r.low_per_s <= truth <= r.high_per_s], answered),
        falsely_low=share([r for r in closed if r.high_per_s < FAR_TOO_LOW * truth]) or 0.0,
        gross=share(gross) or 0.0,
        wrong=share(wrong) if asked else None,
        milder=share(milder) if asked else None,
        silent=share([r for r in wrong if not r.doubted]) if asked else None,
        withheld=share([r for r in found if r.grade is None]) if right is not None else None,
        refused=100.0 - (share(answered) or 0.0),
        named=share([r for r in found if r.named]) if condition.names else None,
        shown=share([r for r in closed if r.grade is None]) if right is not None else None,
    )


def _is_wrong(reading: Reading, right: int | None) -> bool:
    """A class that the truth is not in; "this or worse" is right for every worse truth."""
    if reading.grade is None or right is None:
        return False
    return reading.grade > right if reading.at_least else reading.grade != right


def bound_of(condition: Condition) -> float:
    """Smallest relative SD of R2* of the whole region, of a spin echo without the echo that is off."""
    tissue, noise, te_ms = condition.tissue, condition.noise, condition.scan.te_ms
    used = te_ms if tissue.first_echo == 1.0 else te_ms[1:]
    rate, n = rate_per_s(tissue.t2star_ms), 1 if condition.door == "pixel" else condition.n_pixels
    if condition.mixed is not None and condition.door == "region":
        n = max(round(n * (1.0 - condition.mixed.share)), 1)
    if tissue.fat > 0.0:
        return fat_bound(condition.scan, tissue, noise) / math.sqrt(n)
    parts = [float(relative_bound(used, rate, float(s), n_pixels=n, n_coils=noise.n_coils)) for s in worst_snrs(noise)]
    spread = tissue.rate_spread / math.sqrt(n)
    return math.hypot(1.0 / math.sqrt(float(np.mean(np.array(parts) ** -2.0))), spread)


def fat_bound(scan: Scan, tissue: Tissue, noise: Noise) -> float:
    """The bound of one pixel with S0, R2* and the fat share unknown; information theta^2 / (theta^2 + L)."""
    phasor, rate_per_ms = fat_phasor(scan.te_ms.tolist(), scan.field_tesla), 1.0 / tissue.t2star_ms
    together = 1.0 + tissue.fat * (phasor - 1.0)
    theta = noise.snr * decay(scan, tissue)
    slopes = np.array(
        [
            theta,
            -rate_per_ms * scan.te_ms * theta,
            theta * np.real(np.conj(together) * (phasor - 1.0)) / np.abs(together) ** 2,
        ]
    )
    information = (slopes * (theta**2 / (theta**2 + noise.n_coils))) @ slopes.T
    return float(np.sqrt(np.linalg.inv(information)[1, 1]))


def pooled(scores: Sequence[Score]) -> Score:
    """All conditions of one fault: the worst bias and error, the mean of shares by number of readings."""
    counts = np.array([float(s.n) for s in scores])

    def mean(name: str) -> float | None:
        held = [(getattr(s, name), n) for s, n in zip(scores, counts, strict=True) if getattr(s, name) is not None]
        return float(np.average([v for v, _ in held], weights=[n for _, n in held])) if held else None

    def worst(name: str) -> float | None:
        return max((getattr(s, name) for s in scores if getattr(s, name) is not None), key=abs, default=None)

    together = replace(
        scores[0],
        label="**all: worst bias and error, mean shares**",
        n=int(counts.sum()),
        bound=max(s.bound for s in scores),
        bias=worst("bias"),
        error=worst("error"),
    )
    shares: dict[str, Any] = {f.name: mean(f.name) for f in fields(Score)[FIRST_SHARE:]}
    return replace(together, **shares)


def missed_by(score: Score, target: Target) -> tuple[str, ...]:
    """Names of what is not reached; a share within chance of its target is."""
    return tuple(f.name for f in fields(Target) if not _met(score, f.name, getattr(target, f.name)))


def _met(score: Score, name: str, wanted: float | None) -> bool:
    value = getattr(score, name)
    if wanted is None or value is None:
        return wanted is None or name in NOT_ALWAYS_ASKED
    if name == "bias":
        return bool(abs(value) <= wanted + CHANCE_SD * MEDIAN_SD * score.bound / math.sqrt(score.n))
    if name == "error":
        return bool(value <= wanted * (1.0 + CHANCE_SD / math.sqrt(2.0 * score.n)))
    chance = CHANCE_SD * math.sqrt(wanted * (100.0 - wanted) / score.n)
    return bool(value >= wanted - chance if name in AT_LEAST else value <= wanted + chance)


def of_group(conditions: Iterable[Condition]) -> Target:
    """What all conditions of a fault ask of their shares together: the least strict of each.

    Bias and error are asked of each condition alone: the worst of many is worse than any by chance.
    """
    targets = [c.target for c in conditions]
    loosest = {}
    for f in fields(Target):
        held = [getattr(t, f.name) for t in targets]
        if f.name not in ("bias", "error") and all(v is not None for v in held):
            loosest[f.name] = min(held) if f.name in AT_LEAST else max(held)
    return replace(Target(), **loosest)
