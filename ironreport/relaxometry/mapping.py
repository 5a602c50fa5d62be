"""Maps of R2*: maximum likelihood of every pixel under the Rician or noncentral chi law, in array operations.

The start is a log-linear fit of the power above the noise; Fisher scoring on ln A and R then needs neither Bessel
functions nor derivatives beyond the score. The interval is a delta interval on the scale on which the likelihood is
most nearly normal, and the profile likelihood takes over where that is not right: where the signal fades, the
interval opens, or the scoring has not settled.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ironreport import units
from ironreport.errors import FitError
from ironreport.records import FloatArray, PixelFits
from ironreport.relaxometry.noise_law import MOST_COILS, Floats, ratio_denominator
from ironreport.relaxometry.profile import profile_limits

CHUNK_SIZE = 8192
"""Pixels worked on at once: the buffers of 12 echoes fit the cache, and the cost of each call is spread."""

FIRST_STEPS, MORE_STEPS = 3, 5
"""Fisher-scoring steps of all pixels, and more of the few that these have not settled."""

NORMAL_95 = 1.96
"""Half width of a 95 % interval in standard errors; single precision needs no more digits."""

SURE_LOG_ERROR = 0.14
"""Up to this standard error of ln R the fast interval misses no more simulated pixels than the profile likelihood
does (94.4 to 95.1 % held); at 0.2 it holds 93 % where few echoes stand above the noise."""

SETTLED_PER_ERROR, SETTLED = 0.1, 1e-4
"""A last step of ln R below 10 % of its standard error, or below 0.01 %: the next one would change no interval."""

LARGEST_POWER, SMALLEST_POWER, LARGEST_REACH = 3.0, 1e-3, 0.32
"""Ends of the scale R^p of the interval; the reach in ln R times p stays below 1, where the interval would open."""

LARGEST_STEP = 0.7
"""Changes of ln A, and of R relative to R, in one step."""

SLOWEST_FALL = 0.005
LARGEST_FALL = 12.0
"""The rate stays between a fall by 0.5 % over the train and exp(-12) between the first two echoes."""

BRIGHTEST = 1e5
"""Signals above 100 000 sigma are scaled down to it: single precision holds no more, and no image is better."""

FAINTEST_POWER = 0.02
"""Power above the noise is at least this [sigma^2], so that it has a logarithm and no weight."""

FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE = -5.0, 15.0
"""Of the first echo in units of sigma: the ends of what single precision can square twice."""

LARGEST_EXPONENT = 80.0
TINY = 1e-20
"""Keep S0 finite and sums of weights above zero in single precision."""

Bools = npt.NDArray[np.bool_]


def fit_map(
    te_ms: FloatArray,
    images: npt.NDArray[np.generic],
    sigma: float,
    *,
    n_coils: int = 1,
    mask: Bools | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PixelFits:
    """R2* of every pixel of a slice or volume, with its 95 % limits and whether it can be measured at all.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    images : ndarray
        Magnitudes of shape (n_echoes, n_rows, n_columns), (n_slices, n_echoes, n_rows, n_columns) or (n, n_echoes).
    sigma : float
        SD of the noise of one pixel in one real or imaginary channel [unit of the images].
    n_coils : int
        Number of coils combined by root sum of squares; 1 is the Rician law.
    mask : ndarray of bool, optional
        Pixels to fit, in the shape of the result; the others are nan and not measurable.
    progress : callable, optional
        Called with the number of pixels done and of all pixels, after every chunk.
    cancelled : callable, optional
        Asked before every chunk; where it says true the map is given up.

    Returns
    -------
    PixelFits
        Arrays in the shape of the images without the echo axis, single precision.

    Raises
    ------
    FitError
        ``TE_ORDER``, ``NOISE_NOT_POSITIVE``, ``ECHOES_DO_NOT_MATCH``, ``MASK_DOES_NOT_MATCH`` or ``CANCELLED``.
    """
    te_ms = np.asarray(te_ms, dtype=np.float64)
    stacks, shape = _echo_first(te_ms, np.asarray(images))
    _refuse_unusable(te_ms, sigma, shape, mask)
    _refuse_coils(n_coils)
    n_pixels = stacks[0].shape[1] if stacks else 0
    total = len(stacks) * n_pixels
    wanted = None if mask is None else np.asarray(mask, dtype=np.bool_).reshape(-1)
    fitter = _MapFitter(te_ms, float(sigma), n_coils, total)
    for number, stack in enumerate(stacks):
        for begin in range(0, n_pixels, CHUNK_SIZE):
            if cancelled is not None and cancelled():
                raise FitError("CANCELLED", "The map was stopped before it was complete.", "Start it again to see it.")
            signals = stack[:, begin : begin + CHUNK_SIZE]
            place = number * n_pixels + begin + np.arange(signals.shape[1])
            if wanted is not None:
                signals, place = signals[:, wanted[place]], place[wanted[place]]
            fitter.fit(signals, place)
            done = number * n_pixels + min(begin + CHUNK_SIZE, n_pixels)
            if done == total:
                fitter.finish()
            if progress is not None:
                progress(done, total)
    return fitter.results(shape)


def _echo_first(
    te_ms: FloatArray, images: npt.NDArray[np.generic]
) -> tuple[list[npt.NDArray[np.generic]], tuple[int, ...]]:
    """Views of shape (n_echoes, n_pixels), one a slice, and the shape of the result."""
    echo_axis = {2: 1, 3: 0, 4: 1}.get(images.ndim)
    if echo_axis is None or images.shape[echo_axis] != len(te_ms):
        what = f"{len(te_ms)} echo times do not match images of shape {images.shape}."
        raise FitError("ECHOES_DO_NOT_MATCH", what, "Give one echo time for each image of a slice.")
    shape = images.shape[:echo_axis] + images.shape[echo_axis + 1 :]
    if images.ndim == 2:
        return [images.T], shape
    slices = images if images.ndim == 4 else images[None]
    return [stack.reshape(len(te_ms), -1) for stack in slices], shape


def _refuse_unusable(te_ms: FloatArray, sigma: float, shape: tuple[int, ...], mask: Bools | None) -> None:
    if len(te_ms) < 2 or not np.all(np.diff(te_ms) > 0.0) or not te_ms[0] >= 0.0 or not np.isfinite(te_ms[-1]):
        what = "The echo times are fewer than two, not ascending or not finite."
        raise FitError("TE_ORDER", what, "Give each echo time once, in ms, the shortest first.")
    if not (sigma > 0.0 and np.isfinite(sigma) and np.isfinite(1.0 / sigma)):
        what = f"The noise ({sigma:g}) is not a positive number."
        raise FitError("NOISE_NOT_POSITIVE", what, "Measure the noise in the images first.")
    if mask is not None and np.shape(mask) != shape:
        what = f"The mask has shape {np.shape(mask)}, the map {shape}."
        raise FitError("MASK_DOES_NOT_MATCH", what, "Draw the mask on the same images.")


def _refuse_coils(n_coils: object) -> None:
    """No noise law is that of less than one coil, of half a coil, or of more coils than are tried anywhere."""
    if not isinstance(n_coils, Integral) or not 1 <= int(n_coils) <= MOST_COILS:
        raise FitError("COUNTS_INVALID", f"{n_coils} coils cannot be.", f"Give 1 to {MOST_COILS} coils.")


class _Point(NamedTuple):
    """Where the scoring stands: ln A at the first echo, R [1/ms] and the last step of R."""

    log_first: Floats
    rate: Floats
    step: Floats


class _MapFitter:
    """Fits chunk after chunk in the same buffers, as fresh memory for every product would double the time.

    Pixels that do not settle at once wait until there are enough of them to be worth the calls.
    """

    def __init__(self, te_ms: FloatArray, sigma: float, n_coils: int, n_pixels: int) -> None:
        self.sigma, self.n_coils, self.first_te_ms = sigma, n_coils, float(te_ms[0])
        self.delay_ms = te_ms - te_ms[0]
        delay = self.delay_ms.astype(np.float32)
        self.basis = np.stack([np.ones_like(delay), delay, delay * delay])
        self.slowest, self.fastest = SLOWEST_FALL / delay[-1], LARGEST_FALL / delay[1]
        self.buffers = np.empty((5, len(te_ms), min(CHUNK_SIZE, n_pixels)), dtype=np.float32)
        self.rate, self.low, self.high, self.log_first = np.full((4, n_pixels), np.nan, dtype=np.float32)
        self.unit = np.ones(n_pixels, dtype=np.float32)
        self.waiting: list[tuple[Floats, npt.NDArray[np.intp], _Point]] = []

    def fit(self, signals: npt.NDArray[np.generic], place: npt.NDArray[np.intp]) -> None:
        """Fit pixels, shape (n_echoes, n), that stand at some places of the map."""
        signal = self.buffers[0, :, : signals.shape[1]]
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(signals, 1.0 / self.sigma, out=signal, casting="same_kind")
            total = signal.sum(axis=0)
            usable = (signal.min(axis=0, initial=np.inf) >= 0.0) & (total > 0.0) & (total < np.inf)
        if not usable.all():
            signal[:, ~usable] = 1.0
        if signal.max(initial=0.0) > BRIGHTEST:
            self.unit[place] = np.maximum(signal.max(axis=0) / BRIGHTEST, 1.0)
            signal /= self.unit[place]
        settled, point = self._keep(signal, usable, place, self._start(signal), FIRST_STEPS)
        open_case = np.flatnonzero(usable & ~settled)
        waits = signal[:, open_case], place[open_case], _Point(*(part[open_case] for part in point))
        if sum(len(places) for _, places, _ in self.waiting) + len(open_case) > self.buffers.shape[-1]:
            self.finish()
        self.waiting.append(waits)

    def finish(self) -> None:
        """Fit the pixels that wait: with more steps, and by the profile likelihood where those do not settle them."""
        if not self.waiting:
            return
        signal, place, points = (np.concatenate(parts, axis=-1) for parts in zip(*self.waiting, strict=True))
        self.waiting.clear()
        settled, _ = self._keep(signal, np.ones(len(place), dtype=np.bool_), place, _Point(*points), MORE_STEPS)
        place = place[~settled]
        limits = profile_limits(self.delay_ms, signal[:, ~settled], self.n_coils)
        self.rate[place], self.low[place], self.high[place] = limits.rate, limits.low, limits.high
        self.log_first[place] = np.log(np.maximum(limits.amplitude, FAINTEST_POWER))

    def _keep(
        self, signal: Floats, usable: Bools, place: npt.NDArray[np.intp], point: _Point, n_steps: int
    ) -> tuple[Bools, _Point]:
        """Score some steps and keep the settled pixels with their intervals, nan for the others; which, and where."""
        for _ in range(n_steps):
            point = self._scored(signal, point)
        log_error, power = self._doubt(point)
        still = np.abs(point.step) < np.maximum(SETTLED_PER_ERROR * log_error, SETTLED) * point.rate
        settled = np.asarray(usable & still & (log_error < SURE_LOG_ERROR), dtype=np.bool_)
        rate = np.where(settled, point.rate, np.float32(np.nan))
        reach = np.minimum(NORMAL_95 * log_error, LARGEST_REACH) * power
        self.rate[place], self.log_first[place] = rate, point.log_first
        self.low[place], self.high[place] = (rate * np.exp(np.log1p(side * reach) / power) for side in (-1.0, 1.0))
        return settled, point

    def results(self, shape: tuple[int, ...]) -> PixelFits:
        """All pixels, in the shape of the map."""
        measurable = np.isfinite(self.rate) & np.isfinite(self.high) & (self.low > 0.0)
        exponent = np.where(measurable, self.log_first + self.rate * self.first_te_ms, np.nan)
        s0 = np.exp(np.minimum(exponent, LARGEST_EXPONENT)) * self.unit * self.sigma
        per_s = np.float32(units.rate_per_s(1.0))
        return PixelFits(
            r2star_per_s=(self.rate * per_s).reshape(shape),
            ci_low_per_s=(self.low * per_s).reshape(shape),
            ci_high_per_s=(self.high * per_s).reshape(shape),
            s0=s0.reshape(shape),
            measurable=measurable.reshape(shape),
        )

    def _start(self, signal: Floats) -> _Point:
        """Log-linear fit of the power above the noise, weighted by it, as the error of ln A is sigma / A."""
        power, product = self.buffers[1:3, :, : signal.shape[1]]
        np.multiply(signal, signal, out=power)
        power -= 2.0 * self.n_coils
        np.maximum(power, FAINTEST_POWER, out=power)
        np.log(power, out=product)
        product *= power
        w0, w1, w2 = self.basis @ power
        v0, v1 = self.basis[:2] @ product
        rate = -0.5 * (w0 * v1 - w1 * v0) / np.maximum(w0 * w2 - w1 * w1, 1e-6 * w0 * w2)
        rate = np.clip(rate, self.slowest, self.fastest)
        log_first = np.clip((0.5 * v0 + w1 * rate) / w0, FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE)
        return _Point(log_first, rate, rate)

    def _scored(self, signal: Floats, point: _Point) -> _Point:
        """One step of Fisher scoring; score z r(z) - A^2 and information A^4 / (A^2 + L) of each echo by ln A."""
        amplitude, z, other, last = self.buffers[1:, :, : signal.shape[1]]
        np.multiply(self.basis[1][:, None], -point.rate, out=amplitude)
        amplitude += point.log_first
        np.exp(amplitude, out=amplitude)
        np.multiply(signal, amplitude, out=z)
        power = np.multiply(amplitude, amplitude, out=amplitude)
        square = np.multiply(z, z, out=other)
        denominator = ratio_denominator(z, square, self.n_coils, out=last)
        score = np.divide(square, denominator, out=other)
        score -= power
        g0, g1 = self.basis[:2] @ score
        weight = np.add(power, self.n_coils, out=z)
        np.divide(power, weight, out=weight)
        weight *= power
        w0, w1, w2 = self.basis @ weight
        determinant = np.maximum(w0 * w2 - w1 * w1, 1e-6 * w0 * w2) + TINY
        rate_step = (w1 * g0 - w0 * g1) / determinant
        log_step = np.clip((w2 * g0 - w1 * g1) / determinant, -LARGEST_STEP, LARGEST_STEP)
        reach = LARGEST_STEP * point.rate
        rate = np.clip(point.rate + np.clip(rate_step, -reach, reach), self.slowest, self.fastest)
        log_first = np.clip(point.log_first + log_step, FAINTEST_LOG_AMPLITUDE, BRIGHTEST_LOG_AMPLITUDE)
        return _Point(log_first, rate, rate_step)

    def _doubt(self, point: _Point) -> tuple[Floats, Floats]:
        """Standard error of ln R, and the power p for which the scatter of R^p is the same for all rates nearby.

        With w = A^4 / (A^2 + L), m = sum w t / sum w and V = sum w (t - m)^2 the error of R is V^(-1/2). Where it
        grows as R^k along the profile, p = 1 - k: 0 is the scale of ln R, 1 that of R, and the deviance is quadratic
        in R^p up to the third order.
        """
        amplitude, share, weight = self.buffers[1:4, :, : len(point.rate)]
        np.multiply(self.basis[1][:, None], -point.rate, out=amplitude)
        amplitude += point.log_first
        np.exp(amplitude, out=amplitude)
        square = np.multiply(amplitude, amplitude, out=amplitude)
        np.add(square, self.n_coils, out=share)
        np.divide(square, share, out=share)
        np.multiply(square, share, out=weight)
        w0, w1, w2 = self.basis @ weight
        mean = w1 / w0
        variance = np.maximum(w2 / w0 - mean * mean, TINY)
        log_error = 1.0 / (np.sqrt(w0 * variance) * point.rate)
        # By ln A the weight grows as 2 w (2 - share): its third moment about the mean tells how V changes with R.
        np.subtract(2.0, share, out=share)
        weight *= share
        np.subtract(self.basis[1][:, None], mean, out=amplitude)
        weight *= amplitude
        weight *= amplitude
        weight *= amplitude
        growth = point.rate * weight.sum(axis=0) / (w0 * variance)
        power = np.clip(1.0 - growth, -LARGEST_POWER, LARGEST_POWER)
        return log_error, np.where(np.abs(power) < SMALLEST_POWER, np.float32(SMALLEST_POWER), power)
