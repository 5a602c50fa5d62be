"""Least squares in signal space for every model, by a global start and one refinement.

Given R and the floor relative to the first echo, the signal scale is linear and drops out (variable
projection; Golub GH, Pereyra V, SIAM J Numer Anal 1973;10:413). What is left is a small grid whose best
point starts Levenberg-Marquardt on ln S0, ln R and the floor, so no start has to be guessed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import leastsq
from scipy.special import stdtrit

from ironreport import units
from ironreport.records import FloatArray
from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE, DecayModel, mono_exponential
from ironreport.relaxometry.screening import rounding_scatter

N_GRID_TIMES = 120
"""Steps of about 12 % in T: well inside the catchment of the refinement."""

GRID_FLOORS = np.concatenate([[0.0], np.geomspace(1e-3, 30.0, 16)])
"""Floors tried at the start, relative to the amplitude at the first echo."""

SHORTEST_TIME_PER_GAP = 1.0 / 40.0
"""Below 1/40 of the echo spacing the second echo holds nothing of the first: T cannot be told."""

LONGEST_TIME_PER_LAST_TE = 1000.0
"""At 1000 times the last echo time the signal falls by 0.1 %: no decay."""

LARGEST_LOG_RATE = 50.0
"""Stops the solver's trial steps in ln(1 / T) from overflowing, and tells a rate of nothing from a decay."""

MOST_EVALUATIONS = 60
"""Ordinary curves need 5 to 20 evaluations; one that needs more is not determined by its echoes."""

LARGEST_EXPONENT = 500.0
"""Keeps exp(TE / T) finite in double precision."""

RESTED = (1, 2, 3, 4)
"""What MINPACK says where it came to rest; anything else is a search given up."""

VANISHING_FLOOR = 1e-3
"""A floor below 1/1000 of the lowest signal changes nothing that could be measured."""

CONFIDENCE = 0.95
"""Of every interval printed."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The best curve of one model through some echoes.

    Parameters
    ----------
    s0, rate_per_s, floor : float
        Fitted parameters; ``floor`` is 0 where the model has none or needs none.
    rss : float
        Residual sum of squares.
    n_echoes : int
        Number of echoes fitted.
    covariance : ndarray, shape (2, 2), or None
        Of ln S0 and ln R; None without degrees of freedom.
    settled : bool
        Whether the solver came to rest; where it did not, the echoes do not determine R.
    """

    model: DecayModel
    s0: float
    rate_per_s: float
    floor: float
    rss: float
    n_echoes: int
    covariance: FloatArray | None
    settled: bool

    @property
    def time_ms(self) -> float:
        """Relaxation time [ms]."""
        return units.time_ms(self.rate_per_s)

    @property
    def dof(self) -> int:
        """Degrees of freedom left for the noise."""
        return self.n_echoes - self.model.n_parameters

    @property
    def log_half_width(self) -> float | None:
        """Half width of the 95 % interval of ln R: Student t times the standard error."""
        if self.covariance is None or self.dof < 1:
            return None
        return float(stdtrit(self.dof, 0.5 + CONFIDENCE / 2) * math.sqrt(self.covariance[1, 1]))

    def predicted(self, te_ms: FloatArray) -> FloatArray:
        """Model signal at each echo time, shape (n_echoes,)."""
        return self.model.signal(te_ms, self.s0, self.rate_per_s, self.floor)

    def leverage(self, te_ms: FloatArray) -> FloatArray:
        """How strongly each fitted echo pulls the curve to itself, 0 to 1, shape (n_echoes,)."""
        amplitude = mono_exponential(te_ms, self.s0, self.rate_per_s)
        by_log_amplitude, by_lift = self.model.slopes(amplitude, self.floor**self.model.power)
        columns = [by_log_amplitude, te_ms * by_log_amplitude, by_lift][: self.model.n_parameters]
        basis, _ = np.linalg.qr(np.stack(columns, axis=1))
        return np.asarray(np.sum(basis**2, axis=1), dtype=np.float64)


class PlainSolutions(NamedTuple):
    """The best curve of one exponential, of one with a constant and of one on a floor in quadrature, or None."""

    mono: Solution | None
    constant: Solution | None
    quadrature: Solution | None


def solve_each(te_ms: FloatArray, signal: FloatArray) -> PlainSolutions:
    """The best curve of every plain model, as `solve` gives it."""
    mono = solve(MONO, te_ms, signal)
    return PlainSolutions(mono, *(_solved(model, te_ms, signal, mono) for model in (CONSTANT, QUADRATURE)))


def solve(model: DecayModel, te_ms: FloatArray, signal: FloatArray) -> Solution | None:
    """Best curve of a model, or None where the echoes do not determine one.

    Parameters
    ----------
    te_ms, signal : ndarray, shape (n_echoes,)
        Echo times [ms], ascending, and positive signals.

    Returns
    -------
    Solution or None
        None with fewer echoes than parameters, and where the best curve does not decay.
    """
    return _solved(model, te_ms, signal, None)


def _solved(model: DecayModel, te_ms: FloatArray, signal: FloatArray, mono: Solution | None) -> Solution | None:
    """As `solve`; ``mono`` is the curve without a floor where it is known already."""
    if len(te_ms) < model.n_parameters:
        return None
    start = _grid_start(model, te_ms, signal)
    if start is None:
        return None
    refined = _refine(model, te_ms, signal, start)
    if model.has_floor and (refined is None or refined.floor <= VANISHING_FLOOR * float(signal.min())):
        # A floor at zero, its lower limit: one exponential in the name of the model.
        plain = mono or solve(MONO, te_ms, signal)
        return None if plain is None else replace(plain, model=model)
    return refined


def _grid_start(model: DecayModel, te_ms: FloatArray, signal: FloatArray) -> tuple[float, float, float] | None:
    """S0, T [ms] and floor of the best grid point; None where that is the slowest decay of the grid."""
    times_ms = _grid_times(te_ms)
    decays = np.exp(-(te_ms - te_ms[0]) / times_ms[:, None])[:, None, :]
    floors = (GRID_FLOORS if model.has_floor else GRID_FLOORS[:1])[None, :, None]
    shapes = model.combine(decays, floors**model.power)
    scales = (shapes @ signal) / np.sum(shapes**2, axis=-1)
    explained = scales**2 * np.sum(shapes**2, axis=-1)
    best_time, best_floor = np.unravel_index(int(np.argmax(explained)), explained.shape)
    if best_time == len(times_ms) - 1:
        return None
    time_ms, scale = float(times_ms[best_time]), float(scales[best_time, best_floor])
    return scale * math.exp(te_ms[0] / time_ms), time_ms, scale * float(floors[0, best_floor, 0])


def _grid_times(te_ms: FloatArray) -> FloatArray:
    """Relaxation times [ms] worth trying, shape (N_GRID_TIMES,), ascending."""
    shortest = max(float(np.diff(te_ms).min()) * SHORTEST_TIME_PER_GAP, float(te_ms[-1]) / LARGEST_EXPONENT)
    return np.geomspace(shortest, float(te_ms[-1]) * LONGEST_TIME_PER_LAST_TE, N_GRID_TIMES)


def _refine(
    model: DecayModel, te_ms: FloatArray, signal: FloatArray, start: tuple[float, float, float]
) -> Solution | None:
    """Levenberg-Marquardt on ln S0, ln(1/T) and the lift of the floor, all in units of the largest signal."""
    scale, n = float(signal.max()), model.n_parameters

    def parts(point: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        decay = te_ms * math.exp(min(point[1], LARGEST_LOG_RATE))
        return decay, np.exp(np.minimum(point[0] - decay, LARGEST_EXPONENT / 2)), float(point[2]) if n == 3 else 0.0

    def residuals(point: FloatArray) -> FloatArray:
        _, amplitude, lift = parts(point)
        return model.combine(amplitude, lift) - signal / scale

    def jacobian(point: FloatArray) -> FloatArray:
        decay, amplitude, lift = parts(point)
        by_log_amplitude, by_lift = model.slopes(amplitude, lift)
        return np.stack([by_log_amplitude, -decay * by_log_amplitude, by_lift][:n], axis=1)

    s0, time_ms, floor = start
    origin = np.array([math.log(s0 / scale), -math.log(time_ms), (floor / scale) ** model.power])[:n]
    with np.errstate(over="ignore"):  # of the covariance that scipy makes at the end and nobody reads
        found, _, details, _, status = leastsq(
            residuals, origin, Dfun=jacobian, full_output=True, xtol=1e-12, ftol=1e-12, gtol=1e-12,
            maxfev=MOST_EVALUATIONS,
        )  # fmt: skip
    rss = float(details["fvec"] @ details["fvec"])
    least = (rounding_scatter(signal) / scale) ** 2
    covariance = _log_covariance(jacobian(found), rss, least)
    return _solution(model, te_ms, scale, found, covariance, rss, settled=status in RESTED)


def _solution(
    model: DecayModel, te_ms: FloatArray, scale: float, point: FloatArray, covariance: FloatArray | None, rss: float,
    *, settled: bool,
) -> Solution | None:  # fmt: skip
    """Solver's answer in the units of the signal; None where S0 or T ran out of the range of numbers."""
    log_s0, log_rate = float(point[0]), float(point[1])
    lift = float(point[2]) if model.has_floor else 0.0
    if not math.isfinite(log_s0) or abs(log_s0) > LARGEST_EXPONENT or not log_rate > -LARGEST_LOG_RATE:
        return None  # a rate of nothing is no decay
    time_ms = math.exp(-min(log_rate, LARGEST_LOG_RATE))
    return Solution(
        model=model,
        s0=scale * math.exp(log_s0),
        rate_per_s=units.rate_per_s(time_ms),
        floor=scale * max(lift, 0.0) ** (1.0 / model.power),
        rss=rss * scale**2,
        n_echoes=len(te_ms),
        covariance=covariance,
        settled=settled,
    )


def _log_covariance(jacobian: FloatArray, rss: float, least: float) -> FloatArray | None:
    """Covariance of ln S0 and ln R, shape (2, 2); the noise is the variance of the residuals, or ``least`` above it."""
    n_echoes, n_parameters = jacobian.shape
    if n_echoes <= n_parameters:
        return None
    try:
        information = np.linalg.inv(jacobian.T @ jacobian)
    except np.linalg.LinAlgError:
        return None
    covariance = information[:2, :2] * max(rss / (n_echoes - n_parameters), least)
    return covariance if np.all(np.isfinite(covariance)) and np.all(np.diag(covariance) >= 0.0) else None
