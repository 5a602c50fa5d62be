"""Weighted least squares of many small curves at once: where to start, how far to go, and the way down.

Levenberg-Marquardt with the scaling of Marquardt DW, J Soc Ind Appl Math 1963;11:431. A parameter that its limit stops
is held there while the others go on, where that is asked for; curves that have come to rest drop out of the work.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from ironreport.records import FloatArray
from ironreport.relaxometry.models import Curves

MOST_STEPS = 60
SMALLEST_STEP = 1e-8
SMALLEST_DROP = 1e-9
"""Step, and relative fall of chi-square, at which a curve has come to rest."""

LARGEST_STEP = 2.0
FIRST_DAMPING, LARGEST_DAMPING = 1e-3, 1e9
DAMPING_AFTER_SUCCESS, DAMPING_AFTER_FAILURE = 1.0 / 8.0, 6.0
"""Chosen for speed: a step stays below a factor of e^2, and damping falls faster than it rises. They
change the way to the lowest point, not the point."""

NOT_DETERMINED = 1e-12
"""Curvature, relative to the largest, below which a parameter counts as not determined."""

TINY = 1e-250
"""Keeps curves without any weight from dividing by zero."""

MOST_TRIALS, SMALLEST_EXCESS = 30, 1e-7
"""A limit is found where the root of the rise is 1.96 to the seventh place, nearly always within eight trials."""

N_GRID_RATES = 80
SLOWEST_RATE_TIMES_LAST_TE = 1e-3
FASTEST_RATE_TIMES_GAP = 12.0
"""Rates tried: from a fall by 0.1 % over the train to one by e^-12 between two echoes."""

FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE = -12.0, 40.0
"""Of the first echo in units of the curve: six millionths of sigma are no signal, and no image holds e^40 of it."""

FAT_RANGE = (-0.1, 0.5)
"""Fat fractions a fit may try. Below 0 there is no fat; above one half water and fat trade places."""

LEVEL = 0.95
HALF_WIDTH = float(ndtri(0.5 + LEVEL / 2))
"""Confidence of every interval, and the half width of a normal one in standard errors."""


def descend(
    model: Curves,
    origin: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    free: tuple[int, ...] | None = None,
    pull: FloatArray | None = None,
    *,
    hold: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Points of least weighted squares and their chi-square, by Levenberg-Marquardt on all curves at once.

    Parameters
    ----------
    origin : ndarray, shape (n, p)
        Where to start.
    values, weights : ndarray, shape (n, n_echoes)
        Curves and inverse variances.
    limits : ndarray, shape (2, p)
        Lowest and highest point.
    free : tuple of int, optional
        Parameters to fit; all without it.
    pull : ndarray, shape (p,), optional
        Inverse variances with which the parameters are held at zero: what is known of them beforehand.
    hold : bool
        Whether a parameter stays at a limit while it is downhill beyond, and the others step without it.
    """
    columns = slice(None) if free is None else list(free)
    held = None if pull is None else pull[columns]
    points = np.minimum(np.maximum(origin, limits[0]), limits[1])
    at = _At(points, *model(points), values, weights, held)
    costs, damping, open_rows = at.costs.copy(), np.full(len(points), FIRST_DAMPING), np.arange(len(points))
    for _ in range(MOST_STEPS):
        if not len(open_rows):
            break
        trial = at.points.copy()
        trial[:, columns] += at.steps(columns, damping, limits[:, columns] if hold else None)
        trial = np.minimum(np.maximum(trial, limits[0]), limits[1])
        moved = np.abs(trial - at.points).max(axis=1)
        tried = _At(trial, *model(trial), at.values, at.weights, held)
        drop = at.costs - tried.costs
        better = drop >= 0.0
        at.take_over(tried, better)
        damping = damping * np.where(better, DAMPING_AFTER_SUCCESS, DAMPING_AFTER_FAILURE)
        crawling = better & (drop <= SMALLEST_DROP * at.costs)
        going = (moved > SMALLEST_STEP) & (damping < LARGEST_DAMPING) & ~crawling
        if not going.all():
            points[open_rows], costs[open_rows] = at.points, at.costs
            open_rows, damping = open_rows[going], damping[going]
            at.keep(going)
    points[open_rows], costs[open_rows] = at.points, at.costs
    return points, costs


class _At:
    """Where some curves stand: points, slopes, what is left of the curves, and their weighted squares."""

    def __init__(
        self, points: FloatArray, expected: FloatArray, slopes: FloatArray, values: FloatArray, weights: FloatArray,
        held: FloatArray | None,
    ) -> None:  # fmt: skip
        self.points, self.slopes, self.values, self.weights, self.held = points, slopes, values, weights, held
        self.left = values - expected
        self.costs = np.asarray((weights * self.left**2).sum(axis=1), dtype=np.float64)
        if held is not None:
            self.costs += points**2 @ held

    def take_over(self, other: _At, where: npt.NDArray[np.bool_]) -> None:
        """Stand where the others do, in some of the rows."""
        if where.all():
            self.points, self.slopes, self.left, self.costs = other.points, other.slopes, other.left, other.costs
            return
        self.points[where], self.slopes[where] = other.points[where], other.slopes[where]
        self.left[where], self.costs[where] = other.left[where], other.costs[where]

    def keep(self, rows: npt.NDArray[np.bool_]) -> None:
        """Forget the other rows."""
        self.points, self.slopes, self.left, self.costs = (
            each[rows] for each in (self.points, self.slopes, self.left, self.costs)
        )
        self.values, self.weights = self.values[rows], self.weights[rows]

    def steps(self, columns: slice | list[int], damping: FloatArray, limits: FloatArray | None) -> FloatArray:
        """The next steps, damped, each within its reach; none of a parameter that the limits stop."""
        slopes = self.slopes[..., columns]
        n, _, p = slopes.shape
        weighted = np.swapaxes(slopes * self.weights[..., None], 1, 2)
        curvature = weighted @ slopes
        downhill = weighted @ self.left[..., None]
        diagonal = curvature.reshape(n, p * p)[:, :: p + 1]
        if self.held is not None:
            diagonal += self.held
            downhill[..., 0] -= self.held * self.points[:, columns]
        stopped = None if limits is None else self._stopped(downhill[..., 0], columns, limits)
        scale = diagonal + NOT_DETERMINED * diagonal.max(axis=1, keepdims=True) + TINY
        diagonal += scale * (damping + NOT_DETERMINED)[:, None]
        if stopped is not None:
            curvature[stopped[:, :, None] | stopped[:, None, :]] = 0.0
            diagonal[stopped], downhill[stopped] = 1.0, 0.0
        wanted = np.linalg.solve(curvature, downhill)[..., 0]
        return np.asarray(np.minimum(np.maximum(wanted, -LARGEST_STEP), LARGEST_STEP), dtype=np.float64)

    def _stopped(
        self, downhill: FloatArray, columns: slice | list[int], limits: FloatArray
    ) -> npt.NDArray[np.bool_] | None:
        """Parameters at a limit beyond which it goes on downhill, or None.

        The others would take their steps for the case that these leave, and never come to rest.
        """
        points = self.points[:, columns]
        low, high = points <= limits[0], points >= limits[1]
        if not (low.any() or high.any()):
            return None
        return np.asarray((low & (downhill < 0.0)) | (high & (downhill > 0.0)), dtype=np.bool_)


def crossing(
    model: Curves,
    points: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    free: tuple[int, ...],
    lowest: FloatArray,
    rise: float,
    guess: FloatArray,
    end: float,
    beyond: float,
) -> FloatArray:
    """Value of ln R where the profile has risen by ``rise`` on the way to ``end``; ``beyond`` where it does not.

    Regula falsi (Illinois) on the root of the rise, which is nearly linear in ln R; ``guess`` is tried first.
    """
    level = np.sqrt(rise)

    def excess(log_rates: FloatArray) -> FloatArray:
        at = points.copy()
        at[:, 1] = log_rates
        profile = descend(model, at, values, weights, limits, free)[1]
        return np.asarray(np.sqrt(np.maximum(profile - lowest, 0.0)) - level, dtype=np.float64)

    near, far = points[:, 1].copy(), np.full(len(points), end)
    below, above = np.full(len(points), -level), excess(far)
    never = above <= 0.0
    middle = np.where((guess - near) * (guess - far) < 0.0, guess, 0.5 * (near + far))
    for _ in range(MOST_TRIALS):
        value = excess(middle)
        is_far = value > 0.0
        near, far = np.where(is_far, near, middle), np.where(is_far, middle, far)
        below, above = np.where(is_far, 0.5 * below, value), np.where(is_far, value, 0.5 * above)
        if np.all(never | (np.abs(value) <= SMALLEST_EXCESS)):
            break
        middle = near + (far - near) * below / np.minimum(below - above, -TINY)
    return np.where(never, beyond, middle)


def covariances(slopes: FloatArray, weights: FloatArray) -> FloatArray:
    """Inverse of the Fisher information of each point, shape (n, p, p); huge where a parameter is not determined."""
    curvature = np.swapaxes(slopes * weights[..., None], 1, 2) @ slopes
    spread = np.sqrt(np.einsum("npp->np", curvature) + TINY)
    both = spread[:, :, None] * spread[:, None, :]
    inverse = np.linalg.inv(curvature / both + NOT_DETERMINED * np.eye(slopes.shape[-1]))
    return np.asarray(inverse / both, dtype=np.float64)


def s0_covariance(te_ms: FloatArray, points: FloatArray, covariance: FloatArray) -> FloatArray:
    """Covariance of ln S0 and ln R from that of ln A at the first echo and ln R, shape (n, 2, 2).

    ln S0 = ln A + R TE1, whose slope by ln R is R TE1. What is not known stays infinite.
    """
    carry = np.tile(np.eye(2), (len(points), 1, 1))
    carry[:, 0, 1] = np.exp(points[:, 1]) * te_ms[0]
    known = np.all(np.isfinite(covariance[:, :2, :2]), axis=(1, 2))[:, None, None]
    moved = carry @ np.where(known, covariance[:, :2, :2], 0.0) @ np.swapaxes(carry, 1, 2)
    return np.asarray(np.where(known, moved, np.inf), dtype=np.float64)


# --------------------------------------------------------------------------- where to start, and how far


def start(te_ms: FloatArray, amplitude: FloatArray, used: FloatArray, shape: FloatArray | float = 1.0) -> FloatArray:
    """Best point of a grid of rates, the scale projected out, shape (n, 2).

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    amplitude, used : ndarray, shape (n, n_echoes)
        Amplitudes without the noise floor, and 1 for each echo to be used, else 0.
    shape : ndarray, shape (n_echoes,), or 1
        What multiplies the decay, such as the zig-zag of a fat fraction.
    """
    rates = grid_rates(te_ms)
    basis = np.exp(-rates[:, None] * (te_ms - te_ms[0])) * shape
    overlap, power = (amplitude * used) @ basis.T, np.maximum(used @ (basis**2).T, 1e-300)
    best = np.argmax(overlap**2 / power, axis=1)
    rows = np.arange(len(amplitude))
    scale = np.maximum(overlap[rows, best] / power[rows, best], np.exp(FAINTEST_LOG_AMPLITUDE))
    return np.stack([np.log(scale), np.log(rates[best])], axis=1)


def grid_rates(te_ms: FloatArray) -> FloatArray:
    """Rates [1/ms] that the echo times can tell apart, ascending, shape (N_GRID_RATES,)."""
    return np.geomspace(*_rate_range(te_ms), N_GRID_RATES)


def _rate_range(te_ms: FloatArray) -> tuple[float, float]:
    return SLOWEST_RATE_TIMES_LAST_TE / float(te_ms[-1]), FASTEST_RATE_TIMES_GAP / float(np.diff(te_ms).min())


def bounds(te_ms: FloatArray, third: tuple[float, float] | None = None) -> FloatArray:
    """Lowest and highest point, shape (2, p)."""
    limits = [(FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE), tuple(np.log(_rate_range(te_ms)))]
    return np.array([*limits, third] if third else limits, dtype=np.float64).T
