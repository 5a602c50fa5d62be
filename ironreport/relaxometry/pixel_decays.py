"""Decays of many pixels that share one sigma: every pixel has its own S0 and R2*, by maximum likelihood.

The common sigma solves the likelihood equation of Rician or noncentral chi magnitudes, corrected for the two
parameters that each pixel spends; uncorrected it would be low by sqrt((n - 2) / n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import information, log_density, ratio_denominator

MOST_STEPS = 60
RELATIVE_STEP = 1e-4
LARGEST_LOG_STEP = 0.7
SMALLEST_THETA = 1e-3
"""Sigma rests when a step moves it by less than a hundredth of what it is known to; a step at most doubles an
amplitude, and an amplitude of a thousandth of sigma is none."""

LARGEST_EVEN, SLOWEST_EVEN = 0.1, 0.95
"""Near its rest every step of ln sigma is a factor shorter than the one before, so two of them tell where all lead
(Aitken AC, Proc R Soc Edinb 1927;46:289): steps below a tenth, and a factor below 0.95."""

SLOWER, SLOWEST_PACE, CLEAR_TURN, MOST_TURNS = 0.5, 0.25, 1e-3, 8
"""Pixels that no decay describes may step to and fro for ever, sigma with them by more than a thousandth: each turn
halves their steps, and after eight turns sigma stays where it is: it is known no better than that."""

STEPS_OF_HOPE = 5
"""After six steps sigma moves by a few per cent at most."""

LARGEST_DECAY = 8.0
SMALLEST_DECAY = -1.0
LARGEST_EXPONENT = 300.0
"""Limits of R2* times echo spacing and of R2* times train length: a pixel without signal decides nothing."""

CHANCE_GAIN = 1.5
"""Log likelihood that two parameters gain in a pixel of noise alone: 1 on average, somewhat more by their limits."""

RELATIVE_RESOLUTION = 1e-6
"""Noise below a millionth of the brightest signal is rounding."""

TINY = float(np.finfo(np.float64).tiny)

LEAST_ABOVE_FLOOR = 0.02
"""Part of its power that a sample at the floor keeps, so that it has a logarithm and little weight."""


@dataclass(frozen=True, slots=True, eq=False)
class PixelDecays:
    """Log amplitude at the first echo and decay rate of each pixel, with the sigma and the log shape they share."""

    log_first: FloatArray
    rate_per_ms: FloatArray
    sigma: float
    log_shape: FloatArray | float = 0.0

    def bare(self, delay_ms: FloatArray) -> FloatArray:
        """Amplitudes [unit of the pixels], shape (n_echoes, n_pixels)."""
        return _bare(delay_ms[:, np.newaxis], _column(self.log_shape), self.log_first, self.rate_per_ms)

    def amplitude(self, delay_ms: FloatArray) -> FloatArray:
        """Amplitudes over sigma, shape (n_echoes, n_pixels)."""
        return self.bare(delay_ms) / self.sigma

    @property
    def are_lit(self) -> bool:
        """Whether any pixel has a signal."""
        return bool(np.any(self.log_first > np.log(2.0 * SMALLEST_THETA * self.sigma)))

    def sharpness(self, delay_ms: FloatArray, n_coils: int) -> float:
        """Half the log determinant of what all pixels say of their amplitude and rate; one without signal adds none."""
        theta, late = self.amplitude(delay_ms), delay_ms / delay_ms[-1]
        weight = theta**2 * information(theta, n_coils)
        total, middle, square = weight.sum(axis=0), late @ weight, late**2 @ weight
        return 0.5 * float(np.sum(np.log((1.0 + total) * (1.0 + square) - middle**2)))


def log_linear(delay_ms: FloatArray, pixels: FloatArray, sigma: float | None) -> PixelDecays:
    """Log-linear fits weighted by the square of the signal, and their scatter."""
    brightest = float(pixels.max())
    log_signal = np.log(np.maximum(pixels, RELATIVE_RESOLUTION * brightest))
    weight = pixels**2 + (RELATIVE_RESOLUTION * brightest) ** 2
    total = weight.sum(axis=0)
    middle = (weight * delay_ms[:, np.newaxis]).sum(axis=0) / total
    offset = delay_ms[:, np.newaxis] - middle
    slope = (weight * offset * log_signal).sum(axis=0) / (weight * offset**2).sum(axis=0)
    level = (weight * log_signal).sum(axis=0) / total - slope * middle
    fits = PixelDecays(level, np.clip(-slope, *_rate_limits(delay_ms)), 1.0)
    misfit = pixels - fits.amplitude(delay_ms)
    scatter = float(np.sqrt(np.sum(misfit**2) / (pixels.shape[1] * max(len(delay_ms) - 2, 1))))
    return replace(fits, sigma=sigma or max(scatter, RELATIVE_RESOLUTION * brightest))


def above_a_floor(delay_ms: FloatArray, pixels: FloatArray, n_coils: int, sigma: float | None) -> PixelDecays:
    """Log-linear fits of what stands above the floor of so many coils, were the darkest echo all floor."""
    power, least = pixels**2, RELATIVE_RESOLUTION * float(pixels.max())
    noise = 2.0 * n_coils * sigma**2 if sigma else float(power.mean(axis=1).min())
    above = np.sqrt(np.maximum(power - noise, LEAST_ABOVE_FLOOR * power))
    fits = log_linear(delay_ms, np.maximum(above, least), sigma)
    # An echo rounded to nothing in every pixel is a floor of nothing, which no sigma may be.
    return replace(fits, sigma=sigma or max(math.sqrt(noise / (2.0 * n_coils)), least))


def fit_decays(
    delay_ms: FloatArray, pixels: FloatArray, start: PixelDecays, n_coils: int, known_sigma: float | None,
    hopeless: float = -math.inf,
) -> tuple[PixelDecays, float]:  # fmt: skip
    """Maximum likelihood of every pixel by Fisher scoring, sigma stepped along until it rests, and its logarithm.

    Parameters
    ----------
    delay_ms : ndarray, shape (n_echoes,)
        Time since the first echo [ms].
    pixels : ndarray, shape (n_echoes, n_pixels)
    start : PixelDecays
        Its shape is kept.
    known_sigma : float or None
        Where it is known it stays, and only the pixels are fitted.
    hopeless : float
        Log likelihood below which, once sigma hardly moves, the way to the top is not worth going.
    """
    log_first, rate_per_ms, sigma = start.log_first, start.rate_per_ms, start.sigma
    bare, before, pace, turns = start.bare(delay_ms), math.inf, 1.0, 0
    grid, smallest = _Grid(delay_ms, start.log_shape), RELATIVE_RESOLUTION * float(pixels.max())
    for step in range(MOST_STEPS):
        measured, theta = pixels / sigma, bare / sigma
        log_first, rate_per_ms = _scored(grid, measured, theta, (log_first, rate_per_ms, sigma), n_coils, pace)
        bare = grid.bare(log_first, rate_per_ms)  # of both steps alike: exponentials take much of the time
        stepped = known_sigma or max(sigma * _stepped_sigma(measured, bare / sigma, n_coils), smallest)
        change = math.log(stepped / sigma)
        onward = _onward(before, change)
        turns += _turned(before, change)
        pace = _paced(pace, before, change)
        sigma = max(stepped * math.exp(onward), smallest)
        if known_sigma is None and (abs(change) < RELATIVE_STEP or turns >= MOST_TURNS):
            break
        if step == STEPS_OF_HOPE and abs(change) < LARGEST_EVEN and hopeless > -math.inf:
            fits = replace(start, log_first=log_first, rate_per_ms=rate_per_ms, sigma=sigma)
            if _log_likelihood(delay_ms, pixels, fits, n_coils) < hopeless:
                break
        before = change if onward == 0.0 else math.inf
    fits = replace(start, log_first=log_first, rate_per_ms=rate_per_ms, sigma=sigma)
    return _unless_all_noise(delay_ms, pixels, fits, n_coils, known_sigma)


class _Grid:
    """What every step needs of the echo times, worked out once."""

    def __init__(self, delay_ms: FloatArray, log_shape: FloatArray | float) -> None:
        self.column, self.log_shape = delay_ms[:, np.newaxis], _column(log_shape)
        self.powers = np.stack([np.ones_like(delay_ms), delay_ms, delay_ms * delay_ms])
        self.slowest, self.fastest = _rate_limits(delay_ms)
        self.first_ms = float(delay_ms[1])

    def bare(self, log_first: FloatArray, rate_per_ms: FloatArray) -> FloatArray:
        """Amplitudes as `PixelDecays.bare` gives them."""
        return _bare(self.column, self.log_shape, log_first, rate_per_ms)


def _column(log_shape: FloatArray | float) -> FloatArray | None:
    return np.reshape(log_shape, (-1, 1)) if np.ndim(log_shape) else None


def _bare(
    delay_ms: FloatArray, log_shape: FloatArray | None, log_first: FloatArray, rate_per_ms: FloatArray
) -> FloatArray:
    """Amplitudes, shape (n_echoes, n_pixels), of times and a shape that stand in columns."""
    exponent = delay_ms * rate_per_ms
    np.subtract(log_first, exponent, out=exponent)
    if log_shape is not None:
        exponent += log_shape
    np.minimum(exponent, LARGEST_EXPONENT, out=exponent)
    return np.exp(exponent, out=exponent)


def _rate_limits(delay_ms: FloatArray) -> tuple[float, float]:
    return SMALLEST_DECAY / float(delay_ms[-1]), LARGEST_DECAY / float(np.diff(delay_ms).min())


def _paced(pace: float, before: float, change: float) -> float:
    """The part of their steps that pixels take: less after a clear turn of sigma, more after two steps one way."""
    if math.isinf(before) or abs(change) < CLEAR_TURN:
        return pace
    return max(pace * SLOWER, SLOWEST_PACE) if _turned(before, change) else min(pace / SLOWER, 1.0)


def _turned(before: float, change: float) -> bool:
    """Whether sigma goes back clearly where it came from."""
    return not math.isinf(before) and before * change < 0.0 and abs(change) >= CLEAR_TURN


def _onward(before: float, change: float) -> float:
    """What a third and all later steps of ln sigma would add; 0 where the two do not shrink by one factor."""
    factor = change / before if before != 0.0 else 0.0
    if not 0.0 < factor < SLOWEST_EVEN or abs(change) > LARGEST_EVEN:
        return 0.0
    return change * factor / (1.0 - factor)


def _unless_all_noise(
    delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, n_coils: int, known_sigma: float | None
) -> tuple[PixelDecays, float]:
    """The fits, or no signal in any pixel where the fits explain no more than two parameters a pixel do by chance.

    With the log likelihood of what comes back.
    """
    sigma = known_sigma or float(np.sqrt(np.mean(pixels**2) / (2.0 * n_coils)))
    dark = PixelDecays(np.full_like(fits.log_first, np.log(SMALLEST_THETA * sigma)), fits.rate_per_ms, sigma)
    lit, unlit = (_log_likelihood(delay_ms, pixels, each, n_coils) for each in (fits, dark))
    return (fits, lit) if lit - unlit > CHANCE_GAIN * pixels.shape[1] else (dark, unlit)


def _scored(
    grid: _Grid, measured: FloatArray, theta: FloatArray, at: tuple[FloatArray, FloatArray, float], n_coils: int,
    pace: float,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """One step of Fisher scoring for log amplitude and rate of each pixel, ``at`` which it stands with sigma.

    ``measured`` and ``theta`` are its signals and amplitudes over sigma.
    """
    argument, power = measured * theta, theta * theta
    square = argument * argument
    score = square / ratio_denominator(argument, square, n_coils)
    score -= power
    weight = power * power
    weight /= power + n_coils
    total, weight_delay, weight_square = grid.powers @ weight
    score_total, score_delay = grid.powers[:2] @ score
    determinant = total * weight_square - weight_delay**2
    # A ridge far below any information keeps pixels without signal from dividing by zero.
    determinant = np.maximum(determinant, 1e-9 * total * weight_square + TINY)
    log_step = (weight_square * score_total - weight_delay * score_delay) / determinant
    rate_step = (weight_delay * score_total - total * score_delay) / determinant
    farthest = np.maximum(np.abs(log_step), np.abs(rate_step) * grid.first_ms)
    scale = pace * LARGEST_LOG_STEP / np.maximum(LARGEST_LOG_STEP, farthest)
    log_first, rate_per_ms, sigma = at
    moved = np.maximum(log_first + scale * log_step, math.log(SMALLEST_THETA * sigma))
    return moved, np.minimum(np.maximum(rate_per_ms + scale * rate_step, grid.slowest), grid.fastest)


def _stepped_sigma(measured: FloatArray, theta: FloatArray, n_coils: int) -> float:
    """Factor of one Newton step of sum(M^2 + A^2 - 2 M A r) = sigma^2 (2 L n - 2 p), with the amplitudes held."""
    argument = measured * theta
    square = argument * argument
    pull = square / ratio_denominator(argument, square, n_coils)
    # Slope of the ratio, from Bessel's equation; times 2 z^2 it lies between 0 and 2 L - 1.
    slope = square - pull * (pull + (2 * n_coils - 1))
    slope *= 2.0
    n_free = 2.0 * n_coils * measured.size - 2.0 * measured.shape[1]
    excess = _sum_of_squares(measured) + _sum_of_squares(theta) - 2.0 * float(pull.sum()) - n_free
    np.minimum(np.maximum(slope, 0.0, out=slope), 2.0 * n_coils - 1.0, out=slope)
    steepness = n_free - float(slope.sum())
    return math.sqrt(1.0 + min(max(excess / max(steepness, 1e-3 * n_free), -0.9), 1.0))


def _sum_of_squares(values: FloatArray) -> float:
    return float(np.vdot(values, values))


def _log_likelihood(delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, n_coils: int) -> float:
    """Log likelihood of all samples, up to a constant that is the same for every number of coils."""
    theta = np.maximum(fits.amplitude(delay_ms), SMALLEST_THETA)
    measured = np.maximum(pixels / fits.sigma, SMALLEST_THETA)
    return float(np.sum(log_density(measured, theta, n_coils)) - pixels.size * np.log(fits.sigma))
