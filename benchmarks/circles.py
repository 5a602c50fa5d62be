"""Circles drawn anywhere over sample exams of known truth: ``python -m benchmarks.circles``.

From wholly inside the organ to wholly outside. A region of two tissues must not give a class milder than that of the
organ; one that is nearly all organ must keep its class.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.conditions.doors import finding_of, grade_index, true_grade
from benchmarks.conditions.images import Scan
from benchmarks.tables import table
from ironreport.errors import IntakeError
from ironreport.intake import read_series, region_mask
from ironreport.measure import measure
from ironreport.records import EchoSeries, Region
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import VENDORS, SyntheticExam, synthetic_exam

ORGANS = ("liver", "heart", "pancreas")
DIAMETERS_PIXELS = (8.0, 25.0)
TRIES = 200
"""Circles thrown before the one nearest to the share wanted is taken."""

RELAXATION_MS = {"liver": (1.5, 3.5, 9.0), "heart": (7.0, 12.0, 17.0), "pancreas": (4.0, 8.0, 18.0)}
"""T2* [ms] of the exams of an organ: loaded, so that the tissues beside it are milder."""

BANDS = ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0), (1.0, 1.01))
"""Shares of other tissue, from and below; the last is wholly outside."""
MIXED_FROM, KEPT_WITHIN, KEPT_TARGET = 0.2, 0.05, 95.0
WHOLLY_OUTSIDE = 1.0

INSIDE_TOO, OUTSIDE_TOO = 0.3, 0.1
"""Shares are wanted evenly from 0 to 1, and these many times more at either end."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Circle:
    """One circle and what became of it.

    Parameters
    ----------
    share : float
        Of its pixels that are not the organ.
    grade, right : int or None
        Class given and class of the organ, counted from the mildest; None where withheld.
    codes : tuple of str
        Cautions and the reason for a missing class.
    """

    exam: str
    share: float
    grade: int | None
    right: int | None
    codes: tuple[str, ...]
    words: str

    @property
    def is_milder(self) -> bool:
        """Whether a class was given that is milder than that of the organ."""
        return self.grade is not None and self.right is not None and self.grade < self.right


def circles(n: int, seed: int) -> Iterator[Circle]:
    """``n`` circles, spread evenly over vendors, organs and their relaxation times."""
    exams = [(v, o, t) for v in VENDORS for o in ORGANS for t in RELAXATION_MS[o]]
    rng = np.random.default_rng(seed)
    counts = np.bincount(rng.permutation(np.arange(n) % len(exams)), minlength=len(exams))
    for (vendor, organ, relaxation_ms), count in zip(exams, counts, strict=True):
        if count == 0:
            continue
        exam_seed = int(rng.integers(2**31))
        recipe = Recipe(relaxation_ms, n_slices=1, phase=False, seed=exam_seed, shading=float(rng.uniform(0.0, 0.4)))
        yield from _over(synthetic_exam(vendor, organ, recipe), int(count), rng)


def _over(exam: SyntheticExam, count: int, rng: np.random.Generator) -> Iterator[Circle]:
    truth, series = exam.truth, magnitude_series(exam)
    rate = 1000.0 / truth.recipe.relaxation_ms
    scan = Scan(truth.vendor, truth.organ, truth.recipe.field_tesla, np.array(truth.te_ms))
    right = true_grade(scan, rate)
    for _ in range(count):
        wanted = float(np.clip(rng.uniform(-INSIDE_TOO, 1.0 + OUTSIDE_TOO), 0.0, 1.0))
        region, share = _drawn(truth.outline[0], wanted, rng)
        name = f"{truth.vendor}, {truth.organ}, {truth.recipe.relaxation_ms:g} ms"
        yield _read(name, series, truth.organ, region, share, right)


def magnitude_series(exam: SyntheticExam) -> EchoSeries:
    """The series of echoes that the files of an exam hold."""
    found = read_series(list(exam.files.items())).series
    return next(each for each in found if isinstance(each, EchoSeries))


def _drawn(outline: Bools, wanted: float, rng: np.random.Generator) -> tuple[Region, float]:
    """The circle of the tries whose share of other tissue is nearest to the one wanted, and that share."""
    rows, columns = np.nonzero(outline)
    reach = DIAMETERS_PIXELS[1]
    tried: list[tuple[float, Region]] = []
    for _ in range(TRIES):
        diameter = float(rng.uniform(*DIAMETERS_PIXELS))
        row = float(rng.uniform(rows.min() - reach / 2, rows.max() + reach / 2))
        column = float(rng.uniform(columns.min() - reach / 2, columns.max() + reach / 2))
        region = Region("ellipse", row, column, diameter, diameter)
        mask = region_mask(region, (outline.shape[0], outline.shape[1]))
        if mask.sum() >= math.pi * (DIAMETERS_PIXELS[0] / 2.0) ** 2 * 0.9:
            tried.append((1.0 - float(outline[mask].mean()), region))
    share, region = min(tried, key=lambda each: abs(each[0] - wanted))
    return region, share


def _read(exam: str, series: EchoSeries, organ: str, region: Region, share: float, right: int | None) -> Circle:
    try:
        finding = finding_of(measure(series, region, organ))
    except IntakeError as error:
        return Circle(exam, share, None, right, (error.refusal.code,), error.refusal.what)
    codes = tuple(c.code for c in finding.cautions) + ((finding.absence.code,) if finding.absence else ())
    value = finding.fit.time.value if finding.fit else math.nan
    place = f"row {region.row:.1f}, column {region.column:.1f}, diameter {region.height:.1f}"
    return Circle(exam, share, grade_index(finding), right, codes, f"{place}: T2* {value:.2f} ms")


def band_table(found: Sequence[Circle]) -> str:
    """One row for each band of other tissue."""
    heads = [
        "other tissue",
        "circles",
        "class of the organ",
        "milder class",
        "more severe class",
        "no class",
        "reasons for no class",
    ]
    return table(heads, [_band_row(low, high, [c for c in found if low <= c.share < high]) for low, high in BANDS])


def _band_row(low: float, high: float, held: Sequence[Circle]) -> list[str]:
    name = "all of it" if low >= WHOLLY_OUTSIDE else f"{100 * low:.0f} to {100 * high:.0f} %"
    given = [c for c in held if c.grade is not None and c.right is not None]
    same, milder = sum(c.grade == c.right for c in given), sum(c.is_milder for c in given)
    reasons = Counter(c.codes[-1] for c in held if c.grade is None and c.codes)
    words = ", ".join(f"{code} {n}" for code, n in reasons.most_common(4))
    return [name, *map(str, (len(held), same, milder, len(given) - same - milder, len(held) - len(given))), words]


def verdicts(found: Sequence[Circle]) -> list[str]:
    """The two targets, and what cannot be known from a region alone."""
    mixed = [c for c in found if MIXED_FROM <= c.share < WHOLLY_OUTSIDE]
    outside = [c for c in found if c.share >= WHOLLY_OUTSIDE]
    inside = [c for c in found if c.share <= KEPT_WITHIN]
    kept = 100.0 * sum(c.grade == c.right for c in inside) / max(len(inside), 1)
    n_milder, n_outside = sum(c.is_milder for c in mixed), sum(c.is_milder for c in outside)
    return [
        f"20 % or more of another tissue, not all: {n_milder} of {len(mixed)} with a class milder than the organ's and "
        f"nothing that blocks it (target 0): {'met' if n_milder == 0 else '**not met**'}.",
        f"Wholly in another tissue: {n_outside} of {len(outside)} (the region alone cannot tell).",
        f"95 % or more inside: {kept:.1f} % of {len(inside)} keep their class (target {KEPT_TARGET:g} %): "
        f"{'met' if kept >= KEPT_TARGET else '**not met**'}.",
    ]


def main(arguments: list[str] | None = None) -> None:
    """Print the bands, the verdicts, and every circle that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=1000)
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    found = list(circles(given.n, given.seed))
    print(band_table(found), *verdicts(found), sep="\n\n")
    for organ in ORGANS:
        print(f"\n### {organ}\n\n{band_table([c for c in found if f', {organ},' in c.exam])}")
    failed = [c for c in found if MIXED_FROM <= c.share < WHOLLY_OUTSIDE and c.is_milder]
    failed += [c for c in found if c.share <= KEPT_WITHIN and c.grade != c.right]
    print("\nCircles behind a target not met:\n")
    for c in failed:
        print(f"- {c.exam}: {100 * c.share:.0f} % other, {c.words}, class {c.grade} for {c.right}, {' '.join(c.codes)}")
    print(f"\n{time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
