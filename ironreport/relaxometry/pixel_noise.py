"""The noise of a region from its own pixels: every pixel has its own S0 and R2*, all share one sigma.

No background is needed, which scanners mask or fold. What all pixels miss alike, as by fat or one bad echo, is no
noise: where no number of coils explains it, every pixel decays along the mean curve, and the noise is what differs
between them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import COIL_NUMBERS, noise_law
from ironreport.relaxometry.pixel_decays import (
    CHANCE_GAIN,
    RELATIVE_RESOLUTION,
    SMALLEST_THETA,
    PixelDecays,
    above_a_floor,
    fit_decays,
    log_linear,
)

N_PIXELS_ENOUGH = 300
"""More pixels sharpen sigma no further than it needs to be (1 %)."""

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

CLEAR_LOG_LIKELIHOOD_GAIN = 5.0
"""Numbers of coils within 5 of the best log likelihood are not told apart: one is used, and the reading by each
of the others belongs to the doubt."""

CERTAIN_GAIN = 10.0
"""One coil, the law of most images, is ruled out by more: in one of 3,000 small regions 32 coils gained 7.5 by chance,
and the interval left out the truth by 4 %, R2* by 16 %."""

MOST_BIAS = 0.3
"""Log likelihood per pixel by which two parameters of its own may favour a wrong number: of six or eight echoes of
eight coils 16 gain 0.05 on average, 0.16 at most."""

SUM_OF_SQUARES_PRICE = 2.5
"""Log likelihood that more than one coil must gain to be the law used: most images are combined adaptively, which is
the law of one, and chance alone gains up to 2.3 (heart, SNR 20)."""


HEARD_GAIN = 20.0
"""A number that the air tells is denied by more, with and without the adjustment: among 12 pixels of one coil, 32 gain
above 10 in about one of 5,000 regions by chance; of a heart with 16 coils 32 gained 27, adjusted 11. Sixty pixels of
8 coils at the floor gain hundreds."""

LEAST_PER_SAMPLE = 0.3
"""Log likelihood per sample by which a law may fall behind before its fit is given up unfinished: what is left to gain
then is a few hundredths. Of 60 pixels in 8 echoes that is 144, where 40 is the most that any rule looks at."""

ALIKE = 1.6
"""Numbers of coils go by powers of two, so that any other lies within a factor of 1.41 of one of them; the rest is
chance, and what the sigma of the pixels is not known to."""


@dataclass(frozen=True, slots=True)
class Air:
    """Noise without tissue.

    Parameters
    ----------
    power : float
        Mean of M^2 [squared unit of the images], 2 L sigma^2.
    n_coils : float
        L by the scatter of M^2 alone.
    """

    power: float
    n_coils: float

    def over(self, unit: float) -> Air:
        """The same noise in images divided by ``unit``."""
        return Air(self.power / unit**2, self.n_coils)

    def sigma(self, n_coils: int) -> float:
        """SD of one pixel in one channel, of so many coils."""
        return math.sqrt(self.power / (2.0 * n_coils))

    def agrees(self, n_coils: int, sigma: float) -> bool:
        """Whether both its scatter and its power are those of so many coils with the noise of the region's pixels."""
        by_power = self.power / (2.0 * sigma**2)
        return all(abs(math.log(seen / n_coils)) < math.log(ALIKE) for seen in (self.n_coils, by_power))


@dataclass(frozen=True, slots=True)
class PixelNoise:
    """SD of one pixel in one channel [unit of the signal], and the coils whose law fits; others that fit as well."""

    sigma: float
    n_coils: int
    rivals: tuple[PixelNoise, ...] = ()


def pixel_noise(
    te_ms: FloatArray, pixels: FloatArray, sigma: float | None = None, n_coils: int | None = None,
    per_independent: float = 1.0, air: Air | None = None,
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
    air : Air or None
        Noise beside the tissue, in the unit of the pixels: the numbers it tells are denied by strong evidence only.
    """
    sample = pixels[:, :: max(1, pixels.shape[1] // N_PIXELS_ENOUGH)]
    delay_ms = te_ms - te_ms[0]
    hopeless = LEAST_PER_SAMPLE * sample.size + HEARD_GAIN * per_independent
    tried = _each_number(delay_ms, sample, sigma, COIL_NUMBERS if n_coils is None else (n_coils,), hopeless)
    alike = _alike(tried, sample.shape[1], per_independent)
    evens = sigma is None and len(delay_ms) > FEWEST_FOR_EVENING
    if evens and all(_misses(delay_ms, sample, one) for one in alike):
        along = [_along_the_mean(delay_ms, sample, one) for one in tried]
        alike = _alike(along, sample.shape[1], per_independent)
    alike += _heard(tried, alike, HEARD_GAIN * per_independent, air)
    chosen, *rivals = (PixelNoise(one.fits.sigma, one.n_coils) for one in alike)
    return replace(chosen, rivals=tuple(rivals))


def _alike(tried: Sequence[_Number], n_pixels: int, per_independent: float) -> list[_Number]:
    """Numbers of coils that are not told apart, the one to use first."""
    best = max(tried, key=_score)
    certain, clear, price = per_independent * np.array([CERTAIN_GAIN, CLEAR_LOG_LIKELIHOOD_GAIN, SUM_OF_SQUARES_PRICE])
    alike = [one for one in tried if best.score - one.score < (certain if one.n_coils == 1 else clear)]
    alike += [one for one in _as_fair(tried, best, pixels=n_pixels, clear=clear) if one not in alike]
    return sorted(alike, key=lambda one: price * (one.n_coils > 1) - one.score)


def _heard(tried: Sequence[_Number], alike: Sequence[_Number], most: float, air: Air | None) -> list[_Number]:
    """Numbers that the air tells, where it tells none of those that the pixels leave open."""
    if air is None or any(air.agrees(one.n_coils, one.fits.sigma) for one in alike):
        return []
    best, fairest = max(map(_score, tried)), max(one.adjusted for one in tried)
    near = [one for one in tried if best - one.score < most or fairest - one.adjusted < most]
    return [one for one in near if air.agrees(one.n_coils, one.fits.sigma)]


def _as_fair(tried: Sequence[_Number], best: _Number, *, pixels: int, clear: float) -> list[_Number]:
    """Numbers that are as good as any once the likelihood is adjusted for the two parameters of every pixel."""
    if not best.fits.are_lit:
        return []
    near = [one for one in tried if best.score - one.score < MOST_BIAS * pixels]
    fairest = max(one.adjusted for one in near)
    return [one for one in near if fairest - one.adjusted < clear]


@dataclass(frozen=True, slots=True, eq=False)
class _Number:
    """One number of coils, the fits by its law, and their log likelihood less what chance gains.

    ``adjusted`` also pays for how sharply each pixel's two parameters are known (Cox DR, Reid N, J R Stat Soc B
    1987;49:1); of pixels without signal nothing is known, and it is minus infinity.
    """

    n_coils: int
    fits: PixelDecays
    score: float
    adjusted: float = -math.inf


def _each_number(
    delay_ms: FloatArray, pixels: FloatArray, sigma: float | None, numbers: Sequence[int], hopeless: float
) -> list[_Number]:
    """Every number of coils from a start of its own: the floor of many coils passes for a slow signal of one.

    A fit that stays ``hopeless`` behind the best is not finished.
    """
    found: list[_Number] = []
    plain = log_linear(delay_ms, pixels, sigma)
    for number in numbers:
        least = max(map(_score, found), default=-math.inf) - hopeless
        starts = [found[-1].fits if found else plain, above_a_floor(delay_ms, pixels, number, sigma)]
        found.append(max((_scored_fit(delay_ms, pixels, start, number, sigma, least) for start in starts), key=_score))
    return found


def _score(one: _Number) -> float:
    return one.score


def _scored_fit(
    delay_ms: FloatArray, pixels: FloatArray, start: PixelDecays, n_coils: int, known_sigma: float | None,
    hopeless: float = -math.inf,
) -> _Number:  # fmt: skip
    fits, log_likelihood = fit_decays(delay_ms, pixels, start, n_coils, known_sigma, hopeless)
    if not fits.are_lit:
        return _Number(n_coils, fits, log_likelihood)
    score = log_likelihood - CHANCE_GAIN * pixels.shape[1]
    return _Number(n_coils, fits, score, score - fits.sharpness(delay_ms, n_coils))


def _misses(delay_ms: FloatArray, pixels: FloatArray, one: _Number) -> bool:
    """Whether all pixels lie off their decays alike, as by fat or one bad echo, so that it would pass for noise."""
    spread = np.sqrt(noise_law(one.n_coils).variance(one.fits.amplitude(delay_ms)).mean(axis=1))
    ratio = one.fits.sigma / _scatter(delay_ms, pixels, spread)
    hidden = ratio > LARGEST_SHARED and pixels.shape[1] * (ratio**2 - 1.0) > SHARED_EXCESS
    return bool(hidden or _echo_is_off(delay_ms, pixels, one.fits, one.n_coils))


def _echo_is_off(delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, n_coils: int) -> bool:
    """Whether an echo lies off the decays of all pixels by more than chance explains."""
    theta = fits.amplitude(delay_ms)
    power = np.sum(np.where(theta > CLEAR_THETA, theta**2, 0.0), axis=1)
    chance = np.maximum(SURE_DEVIATIONS / np.sqrt(np.maximum(power, np.finfo(float).tiny)), SMALLEST_MISFIT)
    return bool(np.any(abs(_log_misfit(delay_ms, pixels, fits, n_coils, CLEAR_THETA)) > chance))


def _log_misfit(
    delay_ms: FloatArray, pixels: FloatArray, fits: PixelDecays, n_coils: int, faintest: float = FAINTEST_THETA
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


def _line(times: FloatArray, values: FloatArray, weight: FloatArray) -> FloatArray:
    """The straight line of least weighted squares through some values, at their times."""
    total = weight.sum()
    offset = times - weight @ times / total
    slope = weight @ (offset * values) / (weight @ offset**2)
    return np.asarray(weight @ values / total + slope * offset, dtype=np.float64)


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
    log_shape = np.where(clear, log_mean - _line(delay_ms, log_mean, np.where(clear, theta**2, 0.0)), 0.0)
    if np.all(abs(log_shape) < SMALLEST_MISFIT):
        return one
    start = replace(log_linear(delay_ms, pixels / np.exp(log_shape)[:, np.newaxis], sigma), log_shape=log_shape)
    found = _scored_fit(delay_ms, pixels, start, one.n_coils, None)
    for _ in range(N_SHAPES):
        start = replace(found.fits, log_shape=log_shape + _log_misfit(delay_ms, pixels, found.fits, one.n_coils))
        found, log_shape = _scored_fit(delay_ms, pixels, start, one.n_coils, None), np.asarray(start.log_shape)
    n_free = pixels.shape[1] * (len(delay_ms) - 2)
    spent = float(np.sqrt(n_free / (n_free - (n_clear - 2.0))))
    price = 0.5 * np.log(pixels.size) * np.count_nonzero(log_shape)
    fits = replace(found.fits, sigma=spent * found.fits.sigma)
    return replace(found, fits=fits, score=found.score - price, adjusted=found.adjusted - price)
