"""The noise of a region from its own pixels: every pixel has its own S0 and R2*, all share one sigma.

No background is needed, which scanners mask or fold. The common sigma solves the likelihood equation of Rician or
noncentral chi magnitudes, corrected for the two parameters that each pixel spends; uncorrected it would be low by
sqrt((n - 2) / n). What all pixels miss alike, as by fat or one bad echo, is no noise: where no number of coils explains
it, every pixel decays along the mean curve, and the noise is what differs between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln, ive

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import COIL_NUMBERS, bessel_ratio, noise_law

N_PIXELS_ENOUGH = 300
"""More pixels sharpen sigma no further than it needs to be (1 %)."""

MOST_STEPS = 60
RELATIVE_STEP = 1e-5
LARGEST_LOG_STEP = 0.7
SMALLEST_THETA = 1e-3
"""Sigma rests when a step moves it by less than a thousandth of what it is known to; a step at most doubles an
amplitude, and an amplitude of a thousandth of sigma is none."""

SMALLEST_ARGUMENT, LARGEST_ARGUMENT = 0.1, 1e4
"""Between them the Bessel function is computed, outside its first term is right to 0.3 %, its second to 1e-6."""

LARGEST_DECAY = 8.0
SMALLEST_DECAY = -1.0
"""Limits of R2* times echo spacing and of R2* times train length: a pixel without signal decides nothing."""

CLEAR_THETA = 5.0
SURE_DEVIATIONS = 4.0
SMALLEST_MISFIT = 0.02
FEWEST_FOR_EVENING = 4
"""Echoes that lie off by 2 % and four deviations in all pixels alike are no noise: twice what a curve may differ from
its model by, and more than chance does in one of ten thousand. Only samples above five sigma count, where noise hardly
bends them; four echoes or fewer cannot tell which of them is off."""

LARGEST_SHARED, SHARED_EXCESS = 1.08, 15.0
"""Much misfit hides behind the sigma that it widens. It is seen where sigma exceeds what differs between the pixels by
8 %, and its square by 15 per number of pixels: even regions stay below 1.05 or 8, 15 % of fat begins at 1.3 and 40."""

FEWEST_FOR_SHAPE, VISIBLE_THETA, FAINTEST_THETA = 3, 3.0, 1.0
N_SCATTERS, N_SHAPES = 4, 3
"""The mean curve is followed by three echoes or more that stand three sigma above the floor, then by fainter ones that
the fits tell of. Sigma and mean amplitude agree after four turns, shape and sigma after three."""

CHANCE_GAIN = 1.5
"""Log likelihood that two parameters gain in a pixel of noise alone: 1 on average, somewhat more by their limits."""

RELATIVE_RESOLUTION = 1e-6
"""Noise below a millionth of the brightest signal is rounding."""

LEAST_ABOVE_FLOOR = 0.02
"""Part of its power that a sample at the floor keeps, so that it has a logarithm and little weight."""

CLEAR_LOG_LIKELIHOOD_GAIN = 5.0
"""Numbers of coils within 5 of the best log likelihood are not told apart: one is used, and the reading by each
of the others belongs to the doubt."""

CERTAIN_GAIN = 10.0
"""One coil, the law of most images, is ruled out by more: in one of 3,000 small regions 32 coils gained 7.5 by chance,
and the interval left out the truth by 4 %, R2* by 16 %."""

SUM_OF_SQUARES_PRICE = 2.5
"""Log likelihood that more than one coil must gain to be the law used: most images are combined adaptively, which is
the law of one, and chance alone gains up to 2.3 (heart, SNR 20)."""


@dataclass(frozen=True, slots=True)
class PixelNoise:
    """SD of one pixel in one channel [unit of the signal], and the coils whose law fits; others that fit as well."""

    sigma: float
    n_coils: int
    rivals: tuple[PixelNoise, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _PixelFits:
    """Log amplitude at the first echo and decay rate of each pixel, with the sigma and the log shape they share."""

    log_first: FloatArray
    rate_per_ms: FloatArray
    sigma: float
    log_shape: FloatArray | float = 0.0

    def amplitude(self, delay_ms: FloatArray) -> FloatArray:
        """Amplitudes over sigma, shape (n_echoes, n_pixels)."""
        exponent = self.log_first - np.outer(delay_ms, self.rate_per_ms) + np.reshape(self.log_shape, (-1, 1))
        return np.asarray(np.exp(np.minimum(exponent, 300.0)) / self.sigma, dtype=np.float64)


def pixel_noise(
    te_ms: FloatArray, pixels: FloatArray, sigma: float | None = None, n_coils: int | None = None,
    per_independent: float = 1.0,
) -> PixelNoise:  # fmt: skip
    """Noise of a region from the scatter of its pixels about their own decays.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], at least three where sigma is not known.
    pixels : ndarray, shape (n_echoes, n_pixels)
        Magnitudes, not all zero.
    sigma : float or None
        Where it is known, only the number of coils is sought.
    n_coils : int or None
        Where it is known, only sigma is sought.
    per_independent : float
        Pixels that say as much as one with noise of its own; the likelihood counts each of them.
    """
    sample = pixels[:, :: max(1, pixels.shape[1] // N_PIXELS_ENOUGH)]
    delay_ms = te_ms - te_ms[0]
    tried = _each_number(delay_ms, sample, sigma, COIL_NUMBERS if n_coils is None else (n_coils,))
    if sigma is None and len(delay_ms) > FEWEST_FOR_EVENING and _misses(delay_ms, sample, max(tried, key=_score)):
        tried = [_along_the_mean(delay_ms, sample, one) for one in tried]
    best = max(tried, key=_score)
    certain, clear, price = per_independent * np.array([CERTAIN_GAIN, CLEAR_LOG_LIKELIHOOD_GAIN, SUM_OF_SQUARES_PRICE])
    alike = [one for one in tried if best.score - one.score < (certain if one.n_coils == 1 else clear)]
    alike.sort(key=lambda one: price * (one.n_coils > 1) - one.score)
    chosen, *rivals = (PixelNoise(one.fits.sigma, one.n_coils) for one in alike)
    return replace(chosen, rivals=tuple(rivals))


@dataclass(frozen=True, slots=True, eq=False)
class _Number:
    """One number of coils, the fits by its law, and their log likelihood less what chance gains."""

    n_coils: int
    fits: _PixelFits
    score: float


def _each_number(
    delay_ms: FloatArray, pixels: FloatArray, sigma: float | None, numbers: Sequence[int]
) -> list[_Number]:
    """Every number of coils from a start of its own: the floor of many coils passes for a slow signal of one."""
    found: list[_Number] = []
    plain = _start(delay_ms, pixels, sigma)
    for number in numbers:
        starts = [found[-1].fits if found else plain, _floor_start(delay_ms, pixels, number, sigma)]
        found.append(max((_scored_fit(delay_ms, pixels, start, number, sigma) for start in starts), key=_score))
    return found


def _score(one: _Number) -> float:
    return one.score


def _scored_fit(
    delay_ms: FloatArray, pixels: FloatArray, start: _PixelFits, n_coils: int, known_sigma: float | None
) -> _Number:
    fits, likelihood = _fitted(delay_ms, pixels, start, n_coils, known_sigma)
    lit = bool(np.any(fits.log_first > np.log(2.0 * SMALLEST_THETA * fits.sigma)))
    return _Number(n_coils, fits, likelihood - lit * CHANCE_GAIN * pixels.shape[1])


def _floor_start(delay_ms: FloatArray, pixels: FloatArray, n_coils: int, sigma: float | None) -> _PixelFits:
    """Log-linear fits of what stands above the floor of so many coils, were the darkest echo all floor."""
    power = pixels**2
    noise = 2.0 * n_coils * sigma**2 if sigma else max(float(power.mean(axis=1).min()), np.finfo(float).tiny)
    above = np.sqrt(np.maximum(power - noise, LEAST_ABOVE_FLOOR * power))
    fits = _start(delay_ms, np.maximum(above, RELATIVE_RESOLUTION * float(pixels.max())), sigma)
    return replace(fits, sigma=sigma or float(np.sqrt(noise / (2.0 * n_coils))))


def _misses(delay_ms: FloatArray, pixels: FloatArray, one: _Number) -> bool:
    """Whether all pixels lie off their decays alike, as by fat or one bad echo, so that it would pass for noise."""
    spread = np.sqrt(noise_law(one.n_coils).variance(one.fits.amplitude(delay_ms)).mean(axis=1))
    ratio = one.fits.sigma / _scatter(delay_ms, pixels, spread)
    hidden = ratio > LARGEST_SHARED and pixels.shape[1] * (ratio**2 - 1.0) > SHARED_EXCESS
    return bool(hidden or _echo_is_off(delay_ms, pixels, one.fits, one.n_coils))


def _echo_is_off(delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int) -> bool:
    """Whether an echo lies off the decays of all pixels by more than chance explains."""
    theta = fits.amplitude(delay_ms)
    power = np.sum(np.where(theta > CLEAR_THETA, theta**2, 0.0), axis=1)
    chance = np.maximum(SURE_DEVIATIONS / np.sqrt(np.maximum(power, np.finfo(float).tiny)), SMALLEST_MISFIT)
    return bool(np.any(abs(_log_misfit(delay_ms, pixels, fits, n_coils, CLEAR_THETA)) > chance))


def _log_misfit(
    delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int, faintest: float = FAINTEST_THETA
) -> FloatArray:
    """Logarithm of the factor by which each echo of all pixels lies off their decays, shape (n_echoes,)."""
    theta = fits.amplitude(delay_ms)
    lit = theta > faintest
    power = np.sum(np.where(lit, theta**2, 0.0), axis=1)
    measured = np.sum(np.where(lit, (pixels / fits.sigma) ** 2 - 2.0 * n_coils, 0.0), axis=1)
    known = (power > 0.0) & (measured > 0.0)
    return np.asarray(0.5 * np.log(np.where(known, measured, 1.0) / np.where(known, power, 1.0)), dtype=np.float64)


def _scatter(delay_ms: FloatArray, pixels: FloatArray, spread: FloatArray) -> float:
    """Sigma from what differs between pixels; ``spread`` is the SD of a magnitude over sigma, shape (n_echoes,).

    Pixels that differ in S0 and a little in R2* differ by two shapes, whatever the mean curve is like: itself and
    itself times echo time.
    """
    n_echoes, n_pixels = pixels.shape
    mean = pixels.mean(axis=1)
    shapes = np.column_stack([mean, mean * (delay_ms - delay_ms.mean())])
    own, _triangle = np.linalg.qr(shapes / spread[:, np.newaxis])
    scaled = pixels / spread[:, np.newaxis]
    left = scaled - own @ (own.T @ scaled)
    sigma = float(np.sqrt(np.sum(left**2) / ((n_pixels - 1) * (n_echoes - 2))))
    return max(sigma, RELATIVE_RESOLUTION * float(pixels.max()))


def _mean_amplitude(delay_ms: FloatArray, pixels: FloatArray, n_coils: int) -> tuple[float, FloatArray]:
    """Sigma from what differs between pixels, and the mean amplitude over it, shape (n_echoes,)."""
    power, spread = np.mean(pixels**2, axis=1), np.ones(len(delay_ms))
    for _ in range(N_SCATTERS):
        sigma = _scatter(delay_ms, pixels, spread)
        theta = np.sqrt(np.maximum(power / sigma**2 - 2.0 * n_coils, 0.0))
        spread = np.sqrt(noise_law(n_coils).variance(theta))
    return sigma, theta


def _along_the_mean(delay_ms: FloatArray, pixels: FloatArray, one: _Number) -> _Number:
    """The number of coils with each pixel decaying along the mean curve, where that stands clear of the floor.

    Each echo that the shape bends has its price (Schwarz G, Ann Stat 1978;6:461): a floor must not pass for a shape.
    """
    sigma, theta = _mean_amplitude(delay_ms, pixels, one.n_coils)
    clear = theta > VISIBLE_THETA
    n_clear = int(np.count_nonzero(clear))
    if n_clear < FEWEST_FOR_SHAPE:
        return one
    log_mean = np.log(np.maximum(theta, SMALLEST_THETA))
    line = np.polynomial.Polynomial.fit(delay_ms[clear], log_mean[clear], 1, w=theta[clear])
    log_shape = np.where(clear, log_mean - line(delay_ms), 0.0)
    if np.all(abs(log_shape) < SMALLEST_MISFIT):
        return one
    start = replace(_start(delay_ms, pixels / np.exp(log_shape)[:, np.newaxis], sigma), log_shape=log_shape)
    found = _scored_fit(delay_ms, pixels, start, one.n_coils, None)
    for _ in range(N_SHAPES):
        start = replace(found.fits, log_shape=log_shape + _log_misfit(delay_ms, pixels, found.fits, one.n_coils))
        found, log_shape = _scored_fit(delay_ms, pixels, start, one.n_coils, None), np.asarray(start.log_shape)
    n_free = pixels.shape[1] * (len(delay_ms) - 2)
    spent = float(np.sqrt(n_free / (n_free - (n_clear - 2.0))))
    price = 0.5 * np.log(pixels.size) * np.count_nonzero(log_shape)
    return replace(found, fits=replace(found.fits, sigma=spent * found.fits.sigma), score=found.score - price)


def _start(delay_ms: FloatArray, pixels: FloatArray, sigma: float | None) -> _PixelFits:
    """Log-linear fits weighted by the square of the signal, and their scatter."""
    brightest = float(pixels.max())
    log_signal = np.log(np.maximum(pixels, RELATIVE_RESOLUTION * brightest))
    weight = pixels**2 + (RELATIVE_RESOLUTION * brightest) ** 2
    total = weight.sum(axis=0)
    middle = (weight * delay_ms[:, np.newaxis]).sum(axis=0) / total
    offset = delay_ms[:, np.newaxis] - middle
    slope = (weight * offset * log_signal).sum(axis=0) / (weight * offset**2).sum(axis=0)
    level = (weight * log_signal).sum(axis=0) / total - slope * middle
    fits = _PixelFits(level, _within(-slope, delay_ms), 1.0)
    misfit = pixels - fits.amplitude(delay_ms)
    scatter = float(np.sqrt(np.sum(misfit**2) / (pixels.shape[1] * max(len(delay_ms) - 2, 1))))
    return _PixelFits(level, fits.rate_per_ms, sigma or max(scatter, RELATIVE_RESOLUTION * brightest))


def _within(rate_per_ms: FloatArray, delay_ms: FloatArray) -> FloatArray:
    return np.clip(rate_per_ms, SMALLEST_DECAY / delay_ms[-1], LARGEST_DECAY / np.diff(delay_ms).min())


def _fitted(
    delay_ms: FloatArray, pixels: FloatArray, start: _PixelFits, n_coils: int, known_sigma: float | None
) -> tuple[_PixelFits, float]:
    """Maximum likelihood of every pixel by Fisher scoring, sigma stepped along until it rests; and its logarithm."""
    fits = start
    smallest = RELATIVE_RESOLUTION * float(pixels.max())
    for _ in range(MOST_STEPS):
        log_first, rate_per_ms = _scored(delay_ms, pixels, fits, n_coils)
        moved = replace(fits, log_first=log_first, rate_per_ms=rate_per_ms)
        sigma = known_sigma or max(_stepped_sigma(delay_ms, pixels, moved, n_coils), smallest)
        change = abs(np.log(sigma / fits.sigma))
        fits = replace(moved, sigma=sigma)
        if known_sigma is None and change < RELATIVE_STEP:
            break
    return _unless_all_noise(delay_ms, pixels, fits, n_coils, known_sigma)


def _unless_all_noise(
    delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int, known_sigma: float | None
) -> tuple[_PixelFits, float]:
    """The fits, or no signal in any pixel where the fits explain no more than two parameters a pixel do by chance."""
    sigma = known_sigma or float(np.sqrt(np.mean(pixels**2) / (2.0 * n_coils)))
    dark = _PixelFits(np.full_like(fits.log_first, np.log(SMALLEST_THETA * sigma)), fits.rate_per_ms, sigma)
    likelihood, by_chance = (_log_likelihood(delay_ms, pixels, one, n_coils) for one in (fits, dark))
    explains = likelihood - by_chance > CHANCE_GAIN * pixels.shape[1]
    return (fits, likelihood) if explains else (dark, by_chance)


def _scored(delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int) -> tuple[FloatArray, FloatArray]:
    """One step of Fisher scoring for log amplitude and rate of each pixel."""
    theta = fits.amplitude(delay_ms)
    measured = pixels / fits.sigma
    power = theta**2
    score = measured * bessel_ratio(measured * theta, n_coils) * theta - power
    weight = power**2 / (power + n_coils)
    weight_delay = delay_ms @ weight
    total, weight_square, score_delay = weight.sum(axis=0), delay_ms**2 @ weight, delay_ms @ score
    determinant = total * weight_square - weight_delay**2
    # A ridge far below any information keeps pixels without signal from dividing by zero.
    determinant = np.maximum(determinant, 1e-9 * total * weight_square + np.finfo(float).tiny)
    score_total = score.sum(axis=0)
    log_step = (weight_square * score_total - weight_delay * score_delay) / determinant
    rate_step = (weight_delay * score_total - total * score_delay) / determinant
    scale = LARGEST_LOG_STEP / np.maximum(LARGEST_LOG_STEP, np.maximum(abs(log_step), abs(rate_step) * delay_ms[1]))
    lowest = np.log(SMALLEST_THETA * fits.sigma)
    log_first = np.maximum(fits.log_first + scale * log_step, lowest)
    return log_first, _within(fits.rate_per_ms + scale * rate_step, delay_ms)


def _stepped_sigma(delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int) -> float:
    """One Newton step of sum(M^2 + A^2 - 2 M A r) = sigma^2 (2 L n - 2 p), with the amplitudes held."""
    theta = fits.amplitude(delay_ms)
    measured = pixels / fits.sigma
    argument = measured * theta
    ratio = bessel_ratio(argument, n_coils)
    # Slope of the ratio, from Bessel's equation; times 2 z^2 it lies between 0 and 2 L - 1.
    slope = argument**2 * (1.0 - ratio**2) - (2 * n_coils - 1) * argument * ratio
    n_free = 2.0 * n_coils * pixels.size - 2.0 * pixels.shape[1]
    excess = float(np.sum(measured**2 + theta**2 - 2.0 * argument * ratio)) - n_free
    steepness = n_free - float(np.sum(np.clip(2.0 * slope, 0.0, 2.0 * n_coils - 1.0)))
    step = np.clip(excess / max(steepness, 1e-3 * n_free), -0.5, 1.0)
    return float(fits.sigma * np.sqrt(1.0 + step))


def _log_likelihood(delay_ms: FloatArray, pixels: FloatArray, fits: _PixelFits, n_coils: int) -> float:
    """Log likelihood of all samples, up to a constant that is the same for every number of coils."""
    theta = np.maximum(fits.amplitude(delay_ms), SMALLEST_THETA)
    measured = np.maximum(pixels / fits.sigma, SMALLEST_THETA)
    argument = measured * theta
    order = n_coils - 1
    faint = order * np.log(argument / 2.0) - gammaln(n_coils) - argument
    bright = -0.5 * np.log(2.0 * np.pi * argument) - (4.0 * order**2 - 1.0) / (8.0 * argument)
    bessel = np.where(argument < SMALLEST_ARGUMENT, faint, bright)
    slow = (argument >= SMALLEST_ARGUMENT) & (argument <= LARGEST_ARGUMENT)
    bessel[slow] = np.log(ive(order, argument[slow]))
    terms = n_coils * np.log(measured) - order * np.log(theta) - (measured - theta) ** 2 / 2.0 + bessel
    return float(np.sum(terms) - pixels.size * np.log(fits.sigma))
