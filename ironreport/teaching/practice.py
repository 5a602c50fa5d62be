"""Endless practice: tasks drawn at random with known truth, and how well a reader knows what they know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, StrictBool, model_validator

from ironreport.knowledge import Knowledge
from ironreport.knowledge.loading import validated
from ironreport.knowledge.schema import Entry, Name, Text
from ironreport.teaching.case_file import CaseData, CaseImages, Positive
from ironreport.teaching.practice_file import Answered
from ironreport.teaching.region_truth import in_numbers
from ironreport.teaching.scenes import SCENES
from ironreport.teaching.simulator import Scan, expected_signals

FILE = Path(__file__).parent / "practice.toml"
NOT_ESTIMABLE = "not-estimable"
LEVELS = (1, 2, 3)
S0 = 1000.0
N_PIXELS = 150
AWAY_FROM_LIMIT = 0.08
"""Of T2*, on either side: nearer to a limit even the truth is a matter of luck, and only one kind asks for that."""
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Range = Annotated[tuple[Positive, Positive], Field()]


class PracticeKind(Entry):
    """One kind of task with the ranges it is drawn from."""

    id: Name
    name: Text
    level: Annotated[int, Field(ge=1, le=3)]
    organ: Name
    first_te_ms: Positive = 1.3
    spacing_ms: Positive = 1.2
    n_echoes: Annotated[int, Field(ge=3, le=24)] = 10
    t2star_ms: Range
    snr: Range
    vessel_share: Range | None = None
    fat_fraction: Range | None = None
    weak_factor: Range | None = None
    scene: str = ""
    not_estimable: StrictBool = False
    rule: Text

    @model_validator(mode="after")
    def _ranges_ascend(self) -> Self:
        for low, high in (self.t2star_ms, self.snr):
            if low >= high:
                raise ValueError("a range goes from the smaller to the larger number")
        if self.scene and self.scene not in SCENES:
            raise ValueError(f"there is no scene '{self.scene}'")
        return self


class PracticeFile(Entry):
    """``practice.toml``."""

    kind: Annotated[tuple[PracticeKind, ...], Field(min_length=1)]


@cache
def kinds() -> tuple[PracticeKind, ...]:
    """Every kind of task, read once per process."""
    return validated(PracticeFile, FILE).kind


def kinds_at(level: int) -> tuple[PracticeKind, ...]:
    """Kinds up to a level of difficulty."""
    return tuple(kind for kind in kinds() if kind.level <= level)


@dataclass(frozen=True, slots=True)
class Task:
    """One task with its truth; the same kind and seed give the same task.

    Parameters
    ----------
    data : CaseData
        Its echoes; none where a region is asked for.
    truth : str
        Label of the true class, or `NOT_ESTIMABLE`.
    """

    kind: PracticeKind
    seed: int
    data: CaseData
    images: CaseImages | None
    t2star_ms: float
    truth: str


def task(kind: PracticeKind, seed: int, knowledge: Knowledge) -> Task:
    """A task drawn at random."""
    rng = np.random.default_rng([seed, sum(map(ord, kind.id))])
    t2star_ms = _true_t2star_ms(kind, rng, knowledge)
    snr = float(rng.uniform(*kind.snr))
    truth = NOT_ESTIMABLE if kind.not_estimable else in_numbers(kind.organ, t2star_ms, knowledge).grade
    if kind.scene:
        images = CaseImages(scene=kind.scene, t2star_ms=t2star_ms, noise_sd=round(800.0 / snr, 1))
        return Task(kind, seed, CaseData(), images, t2star_ms, truth)
    return Task(kind, seed, _data(kind, t2star_ms, snr, rng), None, t2star_ms, truth)


def _true_t2star_ms(kind: PracticeKind, rng: np.random.Generator, knowledge: Knowledge) -> float:
    """A T2* [ms] of the range, away from class limits unless the kind is about them."""
    low, high = np.log(kind.t2star_ms)
    for _ in range(100):
        found = round(float(np.exp(rng.uniform(low, high))), 2)
        around = {
            in_numbers(kind.organ, found * factor, knowledge).grade
            for factor in (1.0 - AWAY_FROM_LIMIT, 1.0, 1.0 + AWAY_FROM_LIMIT)
        }
        if len(around) == 1 or kind.id == "near-limit":
            break
    return found


def _data(kind: PracticeKind, t2star_ms: float, snr: float, rng: np.random.Generator) -> CaseData:
    """Echoes of a region with its noise, rounded as a scanner shows them."""
    vessels, fat = (float(rng.uniform(*held)) if held else 0.0 for held in (kind.vessel_share, kind.fat_fraction))
    scan = Scan(
        t2star_ms, S0, S0 / snr, kind.first_te_ms, kind.spacing_ms, kind.n_echoes, fat_fraction=fat,
        vessel_share=vessels, n_pixels=N_PIXELS,
    )  # fmt: skip
    signals = expected_signals(scan) + rng.normal(0.0, scan.noise_sd / np.sqrt(N_PIXELS), kind.n_echoes)
    if kind.weak_factor is not None:
        signals[rng.integers(2, kind.n_echoes - 1)] *= rng.uniform(*kind.weak_factor)
    whole = tuple(float(s) for s in np.maximum(np.rint(signals), 1.0))
    return CaseData(te_ms=tuple(round(float(t), 2) for t in scan.te_ms), signal=whole, true_t2star_ms=t2star_ms)


# ------------------------------------------------------------------------------------- the marks


@dataclass(frozen=True, slots=True)
class Score:
    """How a reader did, and how well they knew it.

    Parameters
    ----------
    brier : float or None
        Mean squared distance between confidence and outcome; None before the first answer.
    by_confidence : tuple of (mean confidence, share right, n)
        One for each band of confidence that was used.
    by_kind : tuple of (kind, n, n right)
    """

    n: int
    n_right: int
    brier: float | None
    by_confidence: tuple[tuple[float, float, int], ...]
    by_kind: tuple[tuple[str, int, int], ...]


def brier_score(answers: Sequence[Answered]) -> float | None:
    """Mean squared distance between confidence and outcome (Brier GW, Mon Weather Rev 1950;78:1); None of nothing.

    >>> brier_score([]) is None
    True
    """
    if not answers:
        return None
    return sum((a.confidence - float(a.right)) ** 2 for a in answers) / len(answers)


def score(answers: Sequence[Answered]) -> Score:
    """The score of some answers."""
    bands = []
    for low, high in pairwise(BINS):
        inside = [a for a in answers if low <= a.confidence < high or (high == BINS[-1] and a.confidence == high)]
        if inside:
            mean = sum(a.confidence for a in inside) / len(inside)
            bands.append((mean, sum(a.right for a in inside) / len(inside), len(inside)))
    names = dict.fromkeys(a.kind for a in answers)
    by_kind = tuple(
        (name, sum(a.kind == name for a in answers), sum(a.right for a in answers if a.kind == name)) for name in names
    )
    return Score(len(answers), sum(a.right for a in answers), brier_score(answers), tuple(bands), by_kind)


def choices_of(organ: str, knowledge: Knowledge, field: str = "1.5") -> tuple[str, ...]:
    """Classes that an answer may name, best to worst, and that there is no number."""
    ladder = next(iter(knowledge.ladders(organ, field)))
    return (*(grade.label for grade in ladder.grades), NOT_ESTIMABLE)
