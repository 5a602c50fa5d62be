"""How far one measurement may lie from the truth: repeatability in the log domain.

The wider of this and the fit's own interval is the measurement interval (evidence section 6).
"""

from __future__ import annotations

import math

from ironreport.records import Bound, Estimate
from ironreport.units import rate_per_s

NORMAL_95 = 1.959963984540054
"""97.5 % quantile of the normal distribution."""


def log_sd(cov_percent: float) -> float:
    """Standard deviation of ln(value) for a coefficient of variation [%].

    >>> round(log_sd(7.4), 5)
    0.0739
    """
    return math.sqrt(math.log1p((cov_percent / 100.0) ** 2))


def repeatability_interval(estimate: Estimate, cov_percent: float) -> Estimate:
    """The estimate with the 95 % limits that repeatability alone allows."""
    spread = math.exp(NORMAL_95 * log_sd(cov_percent))
    return Estimate(estimate.quantity, estimate.value, estimate.value / spread, estimate.value * spread)


def is_wider(a: Estimate, b: Estimate) -> bool:
    """True where the interval of ``a`` is wider than that of ``b`` on the log scale."""
    return _log_width(a) > _log_width(b)


def _log_width(estimate: Estimate) -> float:
    if estimate.low is None or estimate.high is None:
        return 0.0
    return math.log(estimate.high / estimate.low) if estimate.low > 0 else math.inf


def inverted(rate: Estimate, quantity: str) -> Estimate:
    """The time that belongs to a rate (or the rate of a time), limits swapped."""
    other: dict[Bound, Bound] = {"": "", "above": "below", "below": "above"}
    low = None if rate.high is None else rate_per_s(rate.high)
    high = None if rate.low is None else rate_per_s(rate.low)
    return Estimate(quantity, rate_per_s(rate.value), low, high, other[rate.bound])
