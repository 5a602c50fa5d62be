"""How well two measurements of the same things agree: repeatability, limits of agreement, what change is real.

Everything is reckoned on logarithms, because the error of T2*, R2* and iron grows with the value (Bland JM, Altman DG,
BMJ 1996;313:106), and told in percent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ironreport.assess.comparison import change_limit
from ironreport.assess.precision import NORMAL_95
from ironreport.errors import ValidationError
from ironreport.records import Caution, Estimate, FloatArray

Kind = Literal["scan and rescan", "two readers", "two scanners", "phantom"]
KINDS: tuple[Kind, ...] = ("scan and rescan", "two readers", "two scanners", "phantom")

FEWEST = 3
"""Pairs below which a spread says nothing: with two its 95 % limits are 12 times apart, with three 7 times."""

FEW = 12
"""Pairs below which the coefficient of variation may be 1.7 times the one found (upper 95 % limit)."""

STEADY = 35
"""Pairs from which the coefficient found is used as it is; below, its upper limit (factor 1.3 at 35)."""

APART = 5.0
"""Robust standard deviations beyond which one pair stands apart: chance does it in one of 50,000 among twelve pairs."""
ROBUST = 1.4826
"""Standard deviation over the median of absolute deviations, for normal numbers."""

LEVEL = 0.95
SURE = 0.01
"""Chance at which a spread that grows with the value, on the logarithmic scale, is said to grow."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers for the same thing, in one unit; of a phantom the known one comes first."""

    label: str
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """What pairs say of a measurement; percentages, each with its 95 % interval.

    ``lower_limit`` and ``upper_limit`` are the 95 % limits of agreement. ``rise_percent`` and ``fall_percent`` are the
    smallest changes beyond the error of two measurements; of a phantom there is neither coefficient nor change, but
    ``slope``: of ln(measured) over ln(known), 1 where the error is the same at every value.
    """

    kind: Kind
    pairs: tuple[Pair, ...]
    bias: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    cov: Estimate | None = None
    rise_percent: float | None = None
    fall_percent: float | None = None
    slope: Estimate | None = None
    cautions: tuple[Caution, ...] = ()

    @property
    def n_pairs(self) -> int:
        """How many pairs."""
        return len(self.pairs)

    @property
    def usable_cov_percent(self) -> float | None:
        """The coefficient that later intervals may rest on: the one found, or its upper limit where pairs are few."""
        if self.cov is None:
            return None
        return self.cov.value if self.n_pairs >= STEADY or self.cov.high is None else self.cov.high


def agreement(kind: Kind, pairs: Sequence[Pair]) -> Agreement:
    """Agreement of pairs of measurements.

    Parameters
    ----------
    kind : str
        What the pairs are: repeats on one scanner, two readers of the same images, two scanners, or a phantom whose
        values are known.
    pairs : sequence of Pair
        At least three, all numbers above zero.

    Raises
    ------
    ValidationError
        ``FEW_PAIRS``, ``NOT_POSITIVE``, ``ALL_EQUAL``.

    References
    ----------
    Bland JM, Altman DG. Stat Methods Med Res 1999;8:135 (limits of agreement). Carkeet A. Optom Vis Sci 2015;92:e71
    (their exact intervals, each limit by itself).
    """
    _check(pairs)
    first, second = (np.log([getattr(pair, name) for pair in pairs]) for name in ("first", "second"))
    difference = np.asarray(second - first, dtype=np.float64)
    low, high = _limits(difference)
    found = {
        "bias": _percentages("bias_percent", *_mean(difference)),
        "lower_limit": _percentages("lower_limit_percent", *low),
        "upper_limit": _percentages("upper_limit_percent", *high),
        "cautions": tuple(_cautions(kind, pairs, first, second)),
    }
    if kind == "phantom":
        return Agreement(kind, tuple(pairs), **found, slope=_slope(first, second))  # type: ignore[arg-type]
    cov = _cov(difference)
    change = change_limit(cov.value)
    rise, fall = 100.0 * math.expm1(change), 100.0 * math.expm1(-change)
    return Agreement(kind, tuple(pairs), **found, cov=cov, rise_percent=rise, fall_percent=fall)  # type: ignore[arg-type]


def _stats() -> Any:
    """SciPy's distributions: half a second and 18 MiB, which a start of the app need not wait for."""
    from scipy import stats  # noqa: PLC0415

    return stats


def _check(pairs: Sequence[Pair]) -> None:
    if len(pairs) < FEWEST:
        raise ValidationError(
            "FEW_PAIRS",
            f"There are {len(pairs)} pairs.",
            f"Give at least {FEWEST}; a department should measure {FEW} or more.",
        )
    for pair in pairs:
        if not all(math.isfinite(x) and x > 0.0 for x in (pair.first, pair.second)):
            raise ValidationError(
                "NOT_POSITIVE", f"Pair {pair.label}: {pair.first:g} and {pair.second:g} are not both above zero.",
                "Correct it, or leave this pair out.",
            )  # fmt: skip
    if all(pair.first == pair.second for pair in pairs):
        raise ValidationError(
            "ALL_EQUAL",
            "Both numbers of every pair are equal.",
            "Give the second measurement, not the first one twice.",
        )


def _percentages(quantity: str, value: float, low: float, high: float) -> Estimate:
    found, least, most = (100.0 * math.expm1(x) for x in (value, low, high))
    return Estimate(quantity, found, least, most)


def _mean(difference: FloatArray) -> tuple[float, float, float]:
    n = len(difference)
    mean, error = float(difference.mean()), float(difference.std(ddof=1)) / math.sqrt(n)
    reach = float(_stats().t.ppf(0.5 + LEVEL / 2, n - 1)) * error
    return mean, mean - reach, mean + reach


def _limits(difference: FloatArray) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Both limits of agreement, each with its exact interval from the noncentral t distribution."""
    n = len(difference)
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    root = math.sqrt(n)
    near, far = (float(_stats().nct.ppf(p, n - 1, NORMAL_95 * root)) / root for p in (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    lower = (mean - NORMAL_95 * sd, mean - far * sd, mean - near * sd)
    upper = (mean + NORMAL_95 * sd, mean + near * sd, mean + far * sd)
    return lower, upper


def _cov(difference: FloatArray) -> Estimate:
    """Within-subject coefficient of variation [%] from the mean square of n differences: n degrees of freedom."""
    n = len(difference)
    square = float(np.sum(difference**2)) / 2.0
    variances = (square / n, *(square / float(_stats().chi2.ppf(p, n)) for p in (0.5 + LEVEL / 2, 0.5 - LEVEL / 2)))
    found, low, high = (100.0 * math.sqrt(math.expm1(v)) for v in variances)
    return Estimate("cov_percent", found, low, high)


def _slope(known: FloatArray, measured: FloatArray) -> Estimate | None:
    """Slope of ln(measured) over ln(known) with its interval; None where all known values are alike."""
    if np.ptp(known) == 0.0:
        return None
    line = _stats().linregress(known, measured)
    reach = float(_stats().t.ppf(0.5 + LEVEL / 2, len(known) - 2)) * float(line.stderr)
    return Estimate("slope", float(line.slope), float(line.slope) - reach, float(line.slope) + reach)


# ------------------------------------------------------------------------------------- what to doubt


def _cautions(kind: Kind, pairs: Sequence[Pair], first: FloatArray, second: FloatArray) -> list[Caution]:
    difference, middle = second - first, (first + second) / 2.0
    found = []
    if len(pairs) < FEW:
        text = f"{len(pairs)} pairs only: the intervals are wide, and one odd pair decides. Measure {FEW} or more."
        found.append(Caution("FEW_PAIRS", text))
    mean, low, high = _mean(difference)
    if kind != "phantom" and (low > 0.0 or high < 0.0):
        text = (
            f"The second measurement is {100 * math.expm1(mean):+.1f} % from the first on average, beyond chance. "
            "Find the cause (order, warm-up, software, region) before the spread is called repeatability."
        )
        found.append(Caution("SECOND_DIFFERS", text))
    found += _apart(pairs, difference)
    if len(pairs) >= FEW and _stats().spearmanr(abs(difference - mean), middle).pvalue < SURE:
        text = "The spread in percent changes with the value: one coefficient does not hold for all of them."
        found.append(Caution("SPREAD_CHANGES", text))
    return found


def _apart(pairs: Sequence[Pair], difference: FloatArray) -> list[Caution]:
    middle = float(np.median(difference))
    spread = ROBUST * float(np.median(abs(difference - middle)))
    far = [p.label for p, d in zip(pairs, difference, strict=True) if spread > 0 and abs(d - middle) > APART * spread]
    if not far or len(pairs) < FEW:
        return []
    text = f"Far from the others: {', '.join(far)}. Look for a slip (patient, unit, region); until then it counts."
    return [Caution("PAIR_APART", text)]
