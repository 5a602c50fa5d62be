"""Decays of many pixels that share one sigma: every pixel has its own S0 and R2*, by maximum likelihood.

The common sigma solves the likelihood equation of Rician or noncentral chi magnitudes, corrected for the two
parameters that each pixel spends; uncorrected it would be low by sqrt((n - 2) / n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import bessel_ratio, information, log_density

MOST_STEPS = 60
RELATIVE_STEP = 1e-4
LARGEST_LOG_STEP = 0.7
SMALLEST_THETA = 1e-3
"""Sigma rests when a step moves it by less than a hundredth of what it is known to; a step at most doubles an
amplitude, and an amplitude of a thousandth of sigma is none."""

LARGEST_EVEN, SLOWEST_EVEN = 0.1, 0.95
"""Near its rest every step of ln sigma is a factor shorter than the one before, so two of them tell where all lead
(Aitken AC, Proc R Soc Edinb 1927;46:289): steps below a tenth, and a factor below 0.95."""

SLOWER, SLOWEST_PACE, CLEAR_TURN = 0.5, 0.25, 1e-3
"""Pixels that no decay describes may step to and fro for ever, sigma with them by more than a thousandth: each turn
halves their steps."""

LARGEST_DECAY = 8.0
SMALLEST_DECAY = -1.0
"""Limits of R2* times echo spacing and of R2* times train length: a pixel without signal decides nothing."""

CHANCE_GAIN = 1.5
"""Log likelihood that two parameters gain in a pixel of noise alone: 1 on average, somewhat more by their limits."""

RELATIVE_RESOLUTION = 1e-6
"""Noise below a millionth of the brightest signal is rounding."""

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
        exponent = self.log_first - np.outer(delay_ms, self.rate_per_ms) + np.reshape(self.log_shape, (-1, 1))
        return np.asarray(np.exp(np.minimum(exponent, 300.0)), dtype=np.float64)

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
    power = pixels**2
    noise = 2.0 * n_coils * sigma**2 if sigma else max(float(power.mean(axis=1).min()), np.finfo(float).tiny)
    above = np.sqrt(np.maximum(power - noise, LEAST_ABOVE_FLOOR * power))
    fits = log_linear(delay_ms, np.maximum(above, RELATIVE_RESOLUTION * float(pixels.max())), sigma)
    return replace(fits, sigma=sigma or float(np.sqrt(noise / (2.0 * n_coils))))


def fit_decays(
    delay_ms: FloatArray, pixels: FloatArray, start: PixelDecays, n_coils: int, known_sigma: float | None
) -> tuple[PixelDecays, float]:
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
    """
    fits, bare, before, pace = start, start.bare(delay_ms), math.inf, 1.0
    limits, smallest = _rate_limits(delay_ms), RELATIVE_RESOLUTION * float(pixels.max())
    for _ in range(MOST_STEPS):
        log_first, rate_per_ms = _scored(delay_ms, pixels, fits, bare / fits.sigma, n_coils, limits, pace)
        moved = replace(fits, log_first=log_first, rate_per_ms=rate_per_ms)
        bare = moved.bare(delay_ms)  # of the steps of sigma and of the pixels alike: exponentials take most of the time
        sigma = known_sigma or max(_stepped_sigma(pixels, bare / fits.sigma, fits.sigma, n_coils), smallest)
        change = math.log(sigma / fits.sigma)
        onward = _onward(before, change)
        pace = _paced(pace, before, change)
        fits = replace(moved, sigma=max(sigma * math.exp(onward), smallest))
        if known_sigma is None and abs(change) < RELATIVE_STEP:
            break
        before = change if onward == 0.0 else math.inf
    return _unless_all_noise(delay_ms, pixels, fits, n_coils, known_sigma)


def _rate_limits(delay_ms: FloatArray) -> tuple[float, float]:
    return SMALLEST_DECAY / float(delay_ms[-1]), LARGEST_DECAY / float(np.diff(delay_ms).min())


def _paced(pace: float, before: float, change: float) -> float:
    """The part of their steps that pixels take: less after a clear turn of sigma, more after two steps one way."""
    if math.isinf(before) or abs(change) < CLEAR_TURN:
        return pace
    return max(pace * SLOWER, SLOWEST_PACE) if before * change < 0.0 else min(pace / SLOWER, 1.0)


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
    delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, theta: FloatArray, n_coils: int,
    limits: tuple[float, float], pace: float,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """One step of Fisher scoring for log amplitude and rate of each pixel; ``theta`` are its amplitudes over sigma."""
    argument = pixels * theta / fits.sigma
    power = theta**2
    score = argument * bessel_ratio(argument, n_coils) - power
    weight = power**2 / (power + n_coils)
    times = np.vander(delay_ms, 3, increasing=True).T
    total, weight_delay, weight_square = times @ weight
    score_total, score_delay = times[:2] @ score
    determinant = total * weight_square - weight_delay**2
    # A ridge far below any information keeps pixels without signal from dividing by zero.
    determinant = np.maximum(determinant, 1e-9 * total * weight_square + np.finfo(float).tiny)
    log_step = (weight_square * score_total - weight_delay * score_delay) / determinant
    rate_step = (weight_delay * score_total - total * score_delay) / determinant
    scale = (
        pace * LARGEST_LOG_STEP / np.maximum(LARGEST_LOG_STEP, np.maximum(abs(log_step), abs(rate_step) * delay_ms[1]))
    )
    lowest = np.log(SMALLEST_THETA * fits.sigma)
    log_first = np.maximum(fits.log_first + scale * log_step, lowest)
    return log_first, np.minimum(np.maximum(fits.rate_per_ms + scale * rate_step, limits[0]), limits[1])


def _stepped_sigma(pixels: FloatArray, theta: FloatArray, sigma: float, n_coils: int) -> float:
    """One Newton step of sum(M^2 + A^2 - 2 M A r) = sigma^2 (2 L n - 2 p), with the amplitudes held."""
    measured = pixels / sigma
    argument = measured * theta
    pull = argument * bessel_ratio(argument, n_coils)
    # Slope of the ratio, from Bessel's equation; times 2 z^2 it lies between 0 and 2 L - 1.
    slope = argument**2 - pull**2 - (2 * n_coils - 1) * pull
    n_free = 2.0 * n_coils * pixels.size - 2.0 * pixels.shape[1]
    excess = float(np.sum(measured**2 + theta**2 - 2.0 * pull)) - n_free
    steepness = n_free - float(np.sum(np.minimum(np.maximum(2.0 * slope, 0.0), 2.0 * n_coils - 1.0)))
    step = min(max(excess / max(steepness, 1e-3 * n_free), -0.9), 1.0)
    return float(sigma * math.sqrt(1.0 + step))


def _log_likelihood(delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, n_coils: int) -> float:
    """Log likelihood of all samples, up to a constant that is the same for every number of coils."""
    theta = np.maximum(fits.amplitude(delay_ms), SMALLEST_THETA)
    measured = np.maximum(pixels / fits.sigma, SMALLEST_THETA)
    return float(np.sum(log_density(measured, theta, n_coils)) - pixels.size * np.log(fits.sigma))
