"""What a route reads from a signal; the two routes that know the noise: pixels of a region, a mean with its noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Caution, DecaySignal, FloatArray, PixelSummary, RegionFit
from ironreport.relaxometry.bound import largest_rate_per_s
from ironreport.relaxometry.model_choice import CurveChoice, FatReading, choose_model, unless_bent
from ironreport.relaxometry.models import fat_bend, fat_water, mono_exponential
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.quality import only_first_echo_falls, refuse_lost
from ironreport.relaxometry.region import fit_summary
from ironreport.relaxometry.region_doubts import fat_at_its_limit
from ironreport.units import time_ms

Bools = npt.NDArray[np.bool_]

Curve = Callable[[FloatArray], FloatArray]
"""From echo times [ms] to signals."""

WIDEST_LOG_INTERVAL = 10.0
"""An interval of a factor above e^10 either way says that nothing is known; none is given then."""

LARGEST_FALL = 6.0
"""A first echo below 1/400 of S0 says nothing about S0."""

LARGEST_SNR = 1e6
"""Beyond it noise plays no part in what can be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a route reads from a signal: everything a `DecayFit` is made of, but the doubts.

    Parameters
    ----------
    words : str
        Method for the reader.
    rate_per_s : float
        R2* (or R2) [s^-1].
    low_per_s, high_per_s : float or None
        95 % limits; None where no interval is known. The upper one is inf beyond the acquisition.
    used : ndarray of bool, shape (n_echoes,)
        Echoes that the reading rests on.
    measured, predicted : ndarray, shape (n_echoes,)
        Signals fitted, and the model at every echo.
    drawn : callable
        The model at any echo times [ms].
    bare : callable
        The decay at any echo times [ms], with fat where it was fitted, without the bend of known noise.
    rss : float
        Residual sum of squares of the used echoes.
    floor : float or None
        Signal where only noise is left; None where the curve has not shown one.
    reasons : tuple of str
        Choice of the model and its evidence.
    cautions : tuple of Caution
        What the route itself doubts.
    n_parameters : int
        Fitted parameters of the curve; three with a floor.
    fat : FatReading or None
        What fat that would not show would make of the rate.
    """

    words: str
    rate_per_s: float
    low_per_s: float | None
    high_per_s: float | None
    s0: float
    log_covariance: tuple[float, float, float] | None
    used: Bools
    measured: FloatArray
    predicted: FloatArray
    drawn: Curve
    bare: Curve
    rss: float
    floor: float | None
    largest_rate_per_s: float | None = None
    reasons: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    n_parameters: int = 2
    fat: FatReading | None = None

    @property
    def beyond(self) -> bool:
        """Whether only a lower limit of the rate is known."""
        return self.high_per_s is not None and not math.isfinite(self.high_per_s)

    @property
    def time_ms(self) -> float:
        """Relaxation time [ms]; beyond the acquisition the longest it can be."""
        return time_ms(self.low_per_s if self.beyond and self.low_per_s is not None else self.rate_per_s)

    @property
    def log_half_width(self) -> float | None:
        """Half the width of the interval of ln R; inf where it is open, None where there is none."""
        if self.low_per_s is None or self.high_per_s is None:
            return None
        return math.log(self.high_per_s / self.low_per_s) / 2.0 if self.low_per_s > 0.0 else math.inf

    @property
    def dof(self) -> int:
        """Degrees of freedom left for the noise."""
        return int(self.used.sum()) - self.n_parameters

    @property
    def residual_sd(self) -> float | None:
        """Scatter of the used echoes about the curve; None without degrees of freedom."""
        return math.sqrt(self.rss / self.dof) if self.dof > 0 else None

    @property
    def r_squared(self) -> float | None:
        """Share of the signal's changes that the curve explains; None for two echoes, where it is 1 by force."""
        values = self.measured[self.used]
        total = float(np.sum((values - values.mean()) ** 2))
        return 1.0 - self.rss / total if self.dof > 0 and total > 0.0 else None

    def widened(self, systematic: float) -> Reading:
        """The reading with a systematic doubt of ln R, added to its interval as a variance."""
        if self.low_per_s is None or self.high_per_s is None:
            return self
        below = math.hypot(math.log(self.rate_per_s / self.low_per_s), systematic)
        above = math.hypot(math.log(self.high_per_s / self.rate_per_s), systematic)
        low, high = self.rate_per_s * math.exp(-below), self.rate_per_s * math.exp(above)
        return replace(self, low_per_s=low, high_per_s=high)


def limits_of(rate_per_s: float, log_half_width: float | None) -> tuple[float, float] | tuple[None, None]:
    """95 % limits of a rate, symmetric in ln R; none where they would say nothing."""
    if log_half_width is None or log_half_width > WIDEST_LOG_INTERVAL:
        return None, None
    return rate_per_s * math.exp(-log_half_width), rate_per_s * math.exp(log_half_width)


def knows_noise(signal: DecaySignal) -> bool:
    """Whether a signal brings what a fit of known noise needs."""
    return signal.pixels is not None or (signal.noise_sd is not None and signal.n_pixels is not None)


def read_known_noise(signal: DecaySignal, kept: Bools) -> Reading:
    """Reading of a signal of known noise.

    Raises
    ------
    FitError
        ``NO_DECAY`` where nothing falls, ``BEYOND_ACQUISITION`` where not even a limit can be given.
    """
    te_ms = np.asarray(signal.te_ms, dtype=np.float64)
    reading = _of_pixels(signal, signal.pixels, te_ms, kept) if signal.pixels else _of_mean(signal, te_ms, kept)
    low_per_s = reading.low_per_s or 0.0
    if low_per_s <= 0.0 and not reading.beyond:
        what = f"The signal does not fall clearly with echo time, so {signal.contrast} cannot be read from it."
        raise FitError("NO_DECAY", what, "Check that the region is tissue and the echoes are in order.")
    if reading.beyond and (low_per_s <= 0.0 or time_ms(low_per_s) > te_ms[kept][-1]):
        refuse_lost(te_ms[kept], signal.contrast)
    if only_first_echo_falls(reading.measured[kept], reading.predicted[kept], reading.used[kept]):
        refuse_lost(te_ms[kept], signal.contrast)
    return reading


# ------------------------------------------------------------------------------------ the pixels


def _of_pixels(signal: DecaySignal, summary: PixelSummary, te_ms: FloatArray, kept: Bools) -> Reading:
    n_even = max(round(summary.n_kept / max(summary.pixels_per_independent, 1.0)), 1)
    choice = choose_model(
        te_ms[kept], np.asarray(summary.curve)[kept], summary.sigma, n_even, summary.n_coils, _field(signal),
        of_medians=True,
    )  # fmt: skip
    bend = None
    if signal.contrast == "T2*":  # of a spin echo it is the first echo that is off
        curves = np.array([summary.curve, *summary.replicates])[:, kept] / summary.sigma
        choice, bend = unless_bent(choice, te_ms[kept], curves, summary.n_coils)
    field_tesla, fraction = _field(signal), choice.fat_fraction
    mixture = None if fraction is None or field_tesla is None else fat_bend(te_ms, fraction, field_tesla)
    fit = fit_summary(te_ms, summary, [int(i) for i in np.flatnonzero(~kept)], mixture)
    law = noise_law(summary.n_coils)
    median = through(law.median, summary.sigma)
    rate, low, high = _with_choice(fit, choice)
    low = low if bend is None else min(low, bend.low_per_s(rate))
    s0 = choice.s0 if choice.corrects else fit.s0
    amplitude = _amplitude(choice if choice.corrects else None, s0, rate, _field(signal))
    measured, predicted = np.asarray(summary.curve, dtype=np.float64), median(amplitude(te_ms))
    used = _used(kept, choice)
    return Reading(
        words=(
            f"Median of {summary.n_kept} of {summary.n_pixels} pixels, {choice.words}, noise of the pixels "
            f"modelled (SD {summary.sigma:.3g}{f', {summary.n_coils} coils' if summary.n_coils > 1 else ''})"
        ),
        rate_per_s=rate,
        low_per_s=low,
        high_per_s=high,
        s0=s0,
        log_covariance=_covariance(choice, low, high),
        used=used,
        measured=measured,
        predicted=predicted,
        drawn=lambda times_ms: median(amplitude(times_ms)),
        bare=amplitude if math.isfinite(high) else _slowest(s0, low),
        rss=_rss(measured, predicted, used),
        floor=float(law.median(np.zeros(1))[0]) * summary.sigma,
        largest_rate_per_s=_largest(
            te_ms[kept], _s0_at_least(s0, low, high, summary.curve, te_ms, kept), summary.sigma, n_even, summary.n_coils
        ),
        reasons=choice.sentences[:1] if choice.misfit_chance is not None and not _choice_cautions(choice) else (),
        cautions=(
            *(c for c in fit.cautions if c.code != "BEYOND_ACQUISITION"),
            *_choice_cautions(choice),
            *choice.fat_cautions(fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s),
            *(() if bend is None else (bend.caution(rate),)),
        ),
        fat=choice.fat,
    )


def _with_choice(fit: RegionFit, choice: CurveChoice) -> tuple[float, float, float]:
    """Rate and limits of a region; a model that the ladder chose brings its own rate, and its doubt is added."""
    rate, low, high = fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s
    if math.isinf(high):
        return rate, low, high
    below, above = math.log(rate / low), math.log(high / rate)
    if (choice.corrects or choice.flagged) and choice.measurable:
        below = math.hypot(below, math.log(choice.r2star_per_s / choice.ci_low_per_s))
        above = math.hypot(above, math.log(choice.ci_high_per_s / choice.r2star_per_s))
        rate = choice.r2star_per_s if choice.corrects else rate
    low, high, fat = rate * math.exp(-below), rate * math.exp(above), choice.fat
    return (rate, low, high) if fat is None else (rate, min(low, fat.low_per_s), max(high, fat.high_per_s))


# ---------------------------------------------------------------------------------- the mean curve


def _of_mean(signal: DecaySignal, te_ms: FloatArray, kept: Bools) -> Reading:
    assert signal.noise_sd is not None and signal.n_pixels is not None  # noqa: S101 - knows_noise() was asked
    values = np.asarray(signal.signal, dtype=np.float64)
    sigma, n_pixels = signal.noise_sd, signal.n_pixels
    choice = choose_model(te_ms[kept], values[kept], sigma, n_pixels, signal.n_coils, _field(signal))
    law = noise_law(signal.n_coils)
    mean = through(law.mean, sigma)
    amplitude = _amplitude(choice, choice.s0, choice.r2star_per_s, _field(signal))
    predicted, used = mean(amplitude(te_ms)), _used(kept, choice)
    s0 = _s0_at_least(choice.s0, choice.ci_low_per_s, choice.ci_high_per_s, signal.signal, te_ms, kept)
    return Reading(
        words=f"{choice.words.capitalize()}, noise known (SD {sigma:.3g}, {n_pixels} pixels)",
        rate_per_s=choice.r2star_per_s,
        low_per_s=choice.ci_low_per_s,
        high_per_s=choice.ci_high_per_s,
        s0=choice.s0,
        log_covariance=choice.log_covariance if math.isfinite(choice.ci_high_per_s) else None,
        used=used,
        measured=values,
        predicted=predicted,
        drawn=lambda times_ms: mean(amplitude(times_ms)),
        bare=amplitude if math.isfinite(choice.ci_high_per_s) else _slowest(choice.s0, choice.ci_low_per_s),
        rss=_rss(values, predicted, used),
        floor=float(law.mean(np.zeros(1))[0]) * sigma,
        largest_rate_per_s=_largest(te_ms[kept], s0, sigma, n_pixels, signal.n_coils),
        reasons=choice.sentences[1:] if _choice_cautions(choice, noise_given=True) else choice.sentences,
        cautions=(
            *_choice_cautions(choice, noise_given=True),
            *choice.fat_cautions(choice.r2star_per_s, choice.r2star_per_s, choice.r2star_per_s),
        ),
        fat=choice.fat,
    )


# ------------------------------------------------------------------------------------------ shared


def _used(kept: Bools, choice: CurveChoice) -> Bools:
    """The kept echoes without the bad one that the model leaves out."""
    used = kept.copy()
    if choice.left_out is not None:
        used[np.flatnonzero(kept)[choice.left_out]] = False
    return used


def _rss(measured: FloatArray, predicted: FloatArray, used: Bools) -> float:
    return float(np.sum((measured - predicted)[used] ** 2))


def _slowest(s0: float, low_per_s: float) -> Curve:
    """Beyond the acquisition the slowest decay that is possible."""
    return lambda te_ms: mono_exponential(te_ms, s0, low_per_s)


def _choice_cautions(choice: CurveChoice, *, noise_given: bool = False) -> tuple[Caution, ...]:
    """What the ladder corrected, flagged, or could not explain."""
    if choice.flagged or (noise_given and choice.noise in ("larger", "smaller")):
        return (Caution("MODEL_UNSURE", choice.sentences[0], blocks_grade=True),)
    if choice.model == "fat":
        return (Caution("FAT_FITTED", choice.sentences[0]), *fat_at_its_limit(choice.fat_fraction))
    if choice.model == "bad echo":
        return (Caution("ECHO_LEFT_OUT", choice.sentences[0]),)
    return ()


def _field(signal: DecaySignal) -> float | None:
    """Field strength [T] where fat can bend the decay; a spin echo refocuses it."""
    return signal.field_tesla if signal.contrast == "T2*" else None


def _amplitude(choice: CurveChoice | None, s0: float, rate_per_s: float, field_tesla: float | None) -> Curve:
    if choice is not None and choice.fat_fraction is not None and field_tesla is not None:
        fraction = choice.fat_fraction
        return lambda te_ms: fat_water(te_ms, s0, rate_per_s, fraction, field_tesla)
    return lambda te_ms: mono_exponential(te_ms, s0, rate_per_s)


def through(law: Curve, sigma: float) -> Curve:
    """What noise makes of an amplitude."""
    return lambda amplitude: np.asarray(law(amplitude / sigma) * sigma, dtype=np.float64)


def _covariance(choice: CurveChoice, low: float, high: float) -> tuple[float, float, float] | None:
    """Of ln S0 and ln R, stretched so that R scatters as widely as its interval says."""
    if choice.log_covariance is None or math.isinf(high) or low <= 0.0 or choice.log_covariance[2] <= 0.0:
        return None
    stretch = (math.log(high / low) / 3.92) ** 2 / choice.log_covariance[2]
    s0, both, rate = choice.log_covariance
    return s0 * stretch, both * stretch, rate * stretch


def _s0_at_least(
    s0: float, low_per_s: float, high_per_s: float, values: Sequence[float], te_ms: FloatArray, kept: Bools
) -> float:
    """S0, or where the interval is open the first echo traced back by the slowest decay it allows."""
    if math.isfinite(high_per_s) and math.isfinite(s0):
        return s0
    first = int(np.flatnonzero(kept)[0])
    return float(values[first]) * math.exp(min(float(te_ms[first]) / time_ms(max(low_per_s, 1.0)), LARGEST_FALL))


def _largest(te_ms: FloatArray, s0: float, sigma: float, n_pixels: int, n_coils: int) -> float | None:
    """Fastest rate that echoes, noise and region can measure; None where that says nothing."""
    return largest_rate_per_s(te_ms, min(s0 / sigma, LARGEST_SNR), n_pixels, n_coils) if len(te_ms) > 1 else None
