"""R2* of a region from its pixels: noise, screen, median curve, its fit, and an interval from resampled pixels.

Pixels are summarised first and fitted second, so that a saved exam, which holds the summary and no pixels, gives the
very same numbers. Signals are combined before the fit and the noise is corrected in the model: a mean or median of
single-pixel R2* keeps the bias of the single pixel.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Caution, DecaySignal, FloatArray, PixelSummary, RegionFit
from ironreport.relaxometry.median_curves import MedianFits, doubts_by_sigma, fit_medians
from ironreport.relaxometry.noise_law import MOST_COILS, noise_contrast
from ironreport.relaxometry.pixel_noise import Air, pixel_noise
from ironreport.relaxometry.quality import check_pixels, check_signal
from ironreport.relaxometry.region_doubts import WORTH_SAYING, correlation_cautions, noise_cautions, pixel_cautions
from ironreport.relaxometry.screening import BoolArray, brightness, drawn_medians, tissue, unrounded
from ironreport.units import rate_per_s

FEWEST_PIXELS = 5
"""The interval of a median of four cannot reach 95 %."""

N_REPLICATES = 200
SEED = 20
MOST_DRAWN = 256
"""Five replicates lie beyond each limit. The seed is part of the result: the same region gives the same digits.
Larger regions are resampled by fewer draws, and the spread scaled (Bickel PJ et al., Stat Sin 1997;7:1)."""

TAIL_PERCENT = 2.5
SYSTEMATIC = 0.02
"""Tissue is not quite one exponential: 1-2 % of bias in uneven regions, which no number of pixels averages away."""

FARTHEST_APART = 1.5
"""Readings of R2* that lie a factor of 1.5 apart differ by one class on every ladder: none of them is shown."""

LEAST_SECOND_ECHO = 0.8
"""Amplitude that the second echo must hold, in sigma (L / n)^(1/4), for the rate to have an upper limit. Over the
resampled pixels the limit is then open from 0.85 to 1 of the fastest rate with a bound of 20 %, never at 0.75."""

LATE_FIRST_ECHO = 0.45
"""An echo sooner than 0.45 TE1 after the first is no second look at the decay."""

LEAST_CONTRAST = 5.0
"""Deviations of noise by which the power from the second look on must fall. At 4, chance gave a milder class to 2 of
1,500 regions beyond their echoes, at 5 to none of 56,000; of 60 pixels with a bound of 7 %, 4 of 30 (3 T) to 98 of 100
keep an upper limit. A bright signal is asked too: the floor of 32 coils taken for that of one is bright and flat."""

LOWEST_SIGMA = 1.2
"""The same chance made sigma read 11 and 14 % low: noise alone may be a fifth above the sigma of the pixels."""

NO_FALL = 1e-3
"""Chosen: an interval that holds a fall of a thousandth over the train holds no decay at all."""

LARGEST_LOG_S0 = 300.0
"""Keeps S0 finite where only a limit of the rate is known."""


def fit_region(
    te_ms: npt.ArrayLike, pixels: npt.ArrayLike, sigma: float | None = None, *, screened: bool = True
) -> RegionFit:
    """R2* of a region with its 95 % interval, from its pixels.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
        Echo times [ms], ascending.
    pixels : array_like, shape (n_pixels, n_echoes)
        Magnitudes; their order does not matter.
    sigma : float or None
        SD of the noise of one pixel in one channel, where it is known.
    screened : bool
        Whether pixels unlike the rest are left out.

    Raises
    ------
    FitError
        As `summarise_pixels` and `fit_summary` do.
    """
    return fit_summary(te_ms, summarise_pixels(te_ms, pixels, sigma, screened=screened))


def kept_pixels(pixels: npt.ArrayLike) -> BoolArray:
    """Which pixels of a region `summarise_pixels` keeps, shape (n_pixels,): those with signal and like the rest.

    Parameters
    ----------
    pixels : array_like, shape (n_pixels, n_echoes)
        Magnitudes.
    """
    drawn = np.asarray(pixels, dtype=np.float64)
    kept = np.asarray(drawn.any(axis=1), dtype=np.bool_)
    if kept.any():
        signals, order = _ordered(drawn[kept])
        kept[np.flatnonzero(kept)[order]] = tissue(brightness(signals / drawn.max()))
    return kept


def _ordered(lit: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Signals of shape (n_echoes, n_pixels), and which pixel each is: random draws meet the same in any order."""
    order = np.lexsort(lit.T[::-1])
    return unrounded(np.ascontiguousarray(lit[order].T)), order


def summarise_pixels(
    te_ms: npt.ArrayLike, pixels: npt.ArrayLike, sigma: float | None = None, *, n_coils: int | None = None,
    screened: bool = True, per_independent: float = 1.0, air: Air | None = None,
) -> PixelSummary:  # fmt: skip
    """What the pixels of a region say: noise, median curve of the tissue, curves of resampled pixels.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
    pixels : array_like, shape (n_pixels, n_echoes)
        Magnitudes; pixels without any signal are masked and left out.
    sigma : float or None
        SD of the noise of one pixel in one channel; from the pixels where None.
    n_coils : int or None
        Coils combined by root sum of squares; by likelihood where None and echoes reach the noise floor.
    screened : bool
        Whether pixels unlike the rest, vessels and artefacts, are left out; masked ones always are.
    per_independent : float
        Pixels that say as much as one with noise of its own, above 1 where neighbours share their noise.
    air : Air or None
        Noise beside the tissue, as of `pixel_noise`.

    Returns
    -------
    PixelSummary
        Numbers of six digits, the same before and after saving.

    Raises
    ------
    FitError
        ``PIXELS_SHAPE``, ``PIXELS_NOT_MAGNITUDE``, ``TOO_FEW_PIXELS``, ``TOO_FEW_ECHOES``, ``NOISE_INVALID`` or
        that of the echo times.
    """
    times_ms, drawn = np.asarray(te_ms, dtype=np.float64), np.asarray(pixels, dtype=np.float64)
    check_pixels(times_ms, drawn, sigma, n_coils)
    lit = drawn[drawn.any(axis=1)]
    if len(lit) < FEWEST_PIXELS:
        raise FitError(
            "TOO_FEW_PIXELS", f"The region holds {len(lit)} pixels with signal, too few to tell noise from tissue.",
            f"Draw it larger: at least {FEWEST_PIXELS} pixels, better 30.",
        )  # fmt: skip
    scale = float(lit.max())
    signals = _ordered(lit)[0] / scale
    # Without features every pixel is like the others.
    features = brightness(signals) if screened else np.zeros((1, signals.shape[1]))
    kept = tissue(features)
    known, near = sigma and sigma / scale, air and air.over(scale)
    noise = pixel_noise(times_ms, signals[:, kept], known, n_coils, per_independent, near)
    curve = np.median(signals[:, kept], axis=1)
    n_kept = int(np.count_nonzero(kept))
    replicates = np.maximum(curve + math.sqrt(per_independent) * (_replicates(signals, features, curve) - curve), 0.0)
    return PixelSummary(
        sigma=_six_digits([noise.sigma * scale])[0],
        n_coils=noise.n_coils,
        n_pixels=len(drawn),
        n_kept=n_kept,
        curve=_six_digits(curve * scale),
        replicates=tuple(_six_digits(row * scale) for row in replicates),
        cautions=(
            *pixel_cautions(drawn, features, kept, noise.sigma / curve.max()),
            *correlation_cautions(per_independent),
        ),
        pixels_per_independent=_six_digits([per_independent])[0],
        rivals=tuple((rival.n_coils, _six_digits([rival.sigma * scale])[0]) for rival in noise.rivals),
        powers=_six_digits(np.mean(signals[:, kept] ** 2, axis=1) * scale**2),
    )


def fit_summary(
    te_ms: npt.ArrayLike, summary: PixelSummary, left_out: Sequence[int] = (), mixture: FloatArray | None = None
) -> RegionFit:
    """R2* of a region with its 95 % interval, from what its pixels said.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
    summary : PixelSummary
    left_out : sequence of int
        Echoes, counted from 0, that the reader left out.
    mixture : ndarray, shape (n_echoes,), or None
        Factor of each echo by which fat, where it was found, bends the decay.

    Returns
    -------
    RegionFit
        Where ``ci_high_per_s`` is inf, the decay is too fast for these echoes and only ``ci_low_per_s`` may be shown.

    Raises
    ------
    FitError
        ``SUMMARY_INVALID``, ``NO_DECAY`` or what `check_signal` refuses.
    """
    times_ms = np.asarray(te_ms, dtype=np.float64)
    check_signal(DecaySignal("", tuple(times_ms.tolist()), summary.curve), left_out)
    curves = _curves_over_sigma(summary)
    used = np.array([i for i in range(len(times_ms)) if i not in set(left_out)])
    used_ms = times_ms[used]
    bend = np.ones(len(times_ms)) if mixture is None else mixture
    _refuse_rising(used_ms, curves[:, used] / bend[used])
    fits = fit_medians(used_ms, curves[:, used], summary.n_coils, summary.n_kept, bend[used])
    rate, low, high = _interval(fits.rate_per_ms * rate_per_s(1.0))
    others = _other_readings(used_ms, np.asarray(summary.curve)[used], summary, bend[used])
    cautions = list(_coil_cautions(rate, low, high, others))
    readings = np.array([rate, *others.values()])
    doubts = doubts_by_sigma(used_ms, np.asarray(summary.curve)[used], summary, bend[used])
    low = float(np.min(readings * np.exp(-np.hypot(math.log(rate / low), doubts))))
    high = float(np.max(readings * np.exp(np.hypot(math.log(high / rate), doubts))))
    by_chance = _falls_by_chance(fits, used_ms, used, summary, bend[used])
    if by_chance or _is_open(fits, used_ms, summary.n_coils, summary.n_kept) or not np.isfinite(high):
        high = math.inf
        text = (
            f"The decay is too fast for these echoes (first echo at TE {used_ms[0]:g} ms): only a lower limit of its "
            f"rate is known, {low:.3g} s⁻¹. An earlier first echo would measure it."
        )
        cautions.append(Caution("BEYOND_ACQUISITION", text))
    elif low * (used_ms[-1] - used_ms[0]) < NO_FALL * rate_per_s(1.0):
        text = "The interval of the decay rate reaches down to no decay at all. Measure later echoes."
        cautions.append(Caution("WEAK_DECAY", text, blocks_grade=True))
    cautions.extend(noise_cautions(float(fits.log_sigma[0])))
    return RegionFit(
        r2star_per_s=rate,
        ci_low_per_s=low,
        ci_high_per_s=high,
        s0=float(np.exp(min(fits.log_s0[0], LARGEST_LOG_S0))) * summary.sigma,
        predicted=tuple((fits.medians(times_ms, bend)[0] * summary.sigma).tolist()),
        summary=summary,
        cautions=(*summary.cautions, *cautions),
    )


def _refuse_rising(te_ms: FloatArray, curves: FloatArray) -> None:
    """Refuse a region whose last echo is no darker than its first, however its pixels are drawn."""
    if np.mean(curves[1:, -1] >= curves[1:, 0]) > 1.0 - TAIL_PERCENT / 100.0:
        what = f"The median signal of the region does not fall from TE {te_ms[0]:g} ms to TE {te_ms[-1]:g} ms."
        raise FitError("NO_DECAY", what, "Check that the region is tissue and the echoes are in order.")


def _interval(rates: FloatArray) -> tuple[float, float, float]:
    """Rate, and its 95 % limits: percentiles of the replicates and the systematic part, added as variances of ln R."""
    rate = float(rates[0])
    low, high = np.percentile(rates[1:], [TAIL_PERCENT, 100.0 - TAIL_PERCENT])
    below = math.hypot(math.log(rate / min(float(low), rate)), SYSTEMATIC)
    above = math.hypot(math.log(max(float(high), rate) / rate), SYSTEMATIC)
    return rate, rate * math.exp(-below), rate * math.exp(above)


def _other_readings(
    te_ms: FloatArray, curve: FloatArray, summary: PixelSummary, mixture: FloatArray
) -> dict[int, float]:
    """R2* [s^-1] by each other number of coils that fits the pixels; inf where the decay is too fast by it."""
    found: dict[int, float] = {}
    for n_coils, sigma in summary.rivals:
        fits = fit_medians(te_ms, curve[np.newaxis] / sigma, n_coils, summary.n_kept, mixture)
        is_open = _is_open(fits, te_ms, n_coils, summary.n_kept)
        found[n_coils] = math.inf if is_open else float(fits.rate_per_ms[0]) * rate_per_s(1.0)
    return found


def _coil_cautions(rate: float, low: float, high: float, others: dict[int, float]) -> Iterator[Caution]:
    """A word where numbers of coils that fit alike read R2* outside of the interval.

    Raises
    ------
    FitError
        ``COILS_UNKNOWN`` where they read so far apart that no number would be honest.
    """
    low, high = min(low, rate / WORTH_SAYING), max(high, rate * WORTH_SAYING)
    apart = {n: other for n, other in others.items() if not low <= other <= high}
    if not apart:
        return
    n_coils = max(apart, key=lambda n: abs(math.log(apart[n] / rate)))
    if math.isfinite(apart[n_coils]) and not 1.0 / FARTHEST_APART < apart[n_coils] / rate < FARTHEST_APART:
        raise FitError(
            "COILS_UNKNOWN",
            "The pixels do not tell how many coils were combined by sum of squares, and R2* hangs on it: "
            f"{rate:.3g} or {apart[n_coils]:.3g} s⁻¹.",
            "Use images whose coils were combined adaptively, or measure earlier echoes.",
        )
    reading = f"{apart[n_coils]:.3g} s⁻¹" if math.isfinite(apart[n_coils]) else "no upper limit"
    text = (
        f"The pixels do not tell how many coils were combined by sum of squares: R2* reads {rate:.3g} s⁻¹, with "
        f"{n_coils} coils {reading}. The interval holds both."
    )
    yield Caution("COILS_UNSURE", text)


def _is_open(fits: MedianFits, te_ms: FloatArray, n_coils: int, n_pixels: int) -> bool:
    """Whether more than the upper tail of the replicates has lost the signal before a second look at the decay."""
    least = LEAST_SECOND_ECHO * (n_coils / n_pixels) ** 0.25
    gone = fits.amplitude(np.array([_second_look_ms(te_ms)]))[:, 0] < least
    return bool(gone[0] or (len(gone) > 1 and np.mean(gone[1:]) > TAIL_PERCENT / 100.0))


def _second_look_ms(te_ms: FloatArray) -> float:
    """Echo time [ms] from which on the decay is looked at for the second time."""
    return float(te_ms[0] + max(te_ms[1] - te_ms[0], LATE_FIRST_ECHO * te_ms[0]))


def _falls_by_chance(
    fits: MedianFits, te_ms: FloatArray, used: npt.NDArray[np.intp], summary: PixelSummary, mixture: FloatArray
) -> bool:
    """Whether the power from the second look on falls no more than that of noise; False where nothing is compared."""
    second_ms = _second_look_ms(te_ms)
    later = te_ms >= second_ms
    if not summary.powers or np.count_nonzero(later) < 2:
        return False
    shape = (mixture[later] * np.exp(-fits.rate_per_ms[0] * (te_ms[later] - second_ms))) ** 2
    powers = np.asarray(summary.powers)[used][later] / summary.sigma**2
    # Were the later echoes noise alone, they would tell its size themselves.
    noise = min(max(float(powers.mean()) / (2.0 * summary.n_coils), 1.0), LOWEST_SIGMA**2)
    n_even = summary.n_kept / max(summary.pixels_per_independent, 1.0)
    return noise_contrast(shape, powers / noise, n_even, summary.n_coils) < LEAST_CONTRAST


def _replicates(signals: FloatArray, features: FloatArray, curve: FloatArray) -> FloatArray:
    """Median curves of resampled pixels, each screened anew, shape (n_replicates, n_echoes)."""
    n_pixels = signals.shape[1]
    n_drawn = min(n_pixels, MOST_DRAWN)
    drawn = np.random.default_rng(SEED).integers(n_pixels, size=(N_REPLICATES, n_drawn))
    medians = drawn_medians(signals, drawn, tissue(features[:, drawn]))
    return np.asarray(curve + math.sqrt(n_drawn / n_pixels) * (medians - curve), dtype=np.float64)


def _curves_over_sigma(summary: PixelSummary) -> FloatArray:
    """The median curve and its replicates over sigma, shape (1 + n_replicates, n_echoes)."""
    same_length = {len(row) for row in summary.replicates} == {len(summary.curve)}
    laws = ((summary.n_coils, summary.sigma), *summary.rivals)
    lawful = all(1 <= n_coils <= MOST_COILS and 0.0 < sigma < math.inf for n_coils, sigma in laws)
    if same_length and lawful and summary.n_kept >= 1:
        with np.errstate(over="ignore"):
            curves = np.array([summary.curve, *summary.replicates]) / summary.sigma
        if np.all((curves >= 0.0) & (curves < 1e12)):
            return np.asarray(curves, dtype=np.float64)
    what = "What was kept of the region's pixels does not fit together."
    raise FitError("SUMMARY_INVALID", what, "Draw the region on the images again.")


def _six_digits(values: npt.ArrayLike) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in np.asarray(values).tolist())
