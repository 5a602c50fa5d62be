"""The two routes that know the noise: a region by its pixels, a mean curve by its noise and number of pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Caution, DecaySignal, FloatArray, PixelSummary, RegionFit
from ironreport.relaxometry.bound import largest_rate_per_s
from ironreport.relaxometry.model_choice import CurveChoice, choose_model
from ironreport.relaxometry.models import fat_water, mono_exponential
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.phrases import milliseconds, repeat_earlier
from ironreport.relaxometry.region import fit_summary
from ironreport.relaxometry.unknown_noise import MIDDLE_COILS
from ironreport.units import time_ms

Bools = npt.NDArray[np.bool_]

LARGEST_FALL = 6.0
"""A first echo below 1/400 of S0 says nothing about S0."""

LARGEST_SNR = 1e6
"""Beyond it noise plays no part in what can be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a route reads from a signal of known noise.

    Parameters
    ----------
    words : str
        Method for the reader.
    rate_per_s, low_per_s, high_per_s : float
        R2* (or R2) and its 95 % limits; the upper one is inf beyond the acquisition.
    measured, predicted : ndarray, shape (n_echoes,)
        Signals fitted, and the model at every echo.
    drawn : callable
        The model at any echo times [ms].
    floor : float
        What noise alone would show at every echo.
    reasons : tuple of str
        Choice of the model and its evidence.
    left_out : int or None
        Echo that the model leaves out, from 0.
    """

    words: str
    rate_per_s: float
    low_per_s: float
    high_per_s: float
    s0: float
    log_covariance: tuple[float, float, float] | None
    measured: FloatArray
    predicted: FloatArray
    drawn: Callable[[FloatArray], FloatArray]
    floor: float
    largest_rate_per_s: float | None
    reasons: tuple[str, ...]
    cautions: tuple[Caution, ...]
    left_out: int | None = None

    @property
    def beyond(self) -> bool:
        """Whether only a lower limit of the rate is known."""
        return not math.isfinite(self.high_per_s)

    def widened(self, systematic: float) -> Reading:
        """The reading with a systematic doubt of ln R, added to its interval as a variance."""
        below = math.hypot(math.log(self.rate_per_s / self.low_per_s), systematic)
        above = math.hypot(math.log(self.high_per_s / self.rate_per_s), systematic)
        low, high = self.rate_per_s * math.exp(-below), self.rate_per_s * math.exp(above)
        return replace(self, low_per_s=low, high_per_s=high)

    @property
    def log_half_width(self) -> float:
        """Half the width of the interval of ln R; inf where it is open."""
        return math.log(self.high_per_s / self.low_per_s) / 2.0 if self.low_per_s > 0.0 else math.inf


def knows_noise(signal: DecaySignal) -> bool:
    """Whether a signal brings what a fit of known noise needs."""
    return signal.pixels is not None or (signal.noise_sd is not None and signal.n_pixels is not None)


def read(signal: DecaySignal, kept: Bools) -> Reading:
    """Reading of a signal of known noise.

    Raises
    ------
    FitError
        ``NO_DECAY`` where nothing falls, ``BEYOND_ACQUISITION`` where not even a limit can be given.
    """
    te_ms = np.asarray(signal.te_ms, dtype=np.float64)
    reading = _of_pixels(signal, signal.pixels, te_ms, kept) if signal.pixels else _of_mean(signal, te_ms, kept)
    if reading.low_per_s <= 0.0 and not reading.beyond:
        what = f"The signal does not fall clearly with echo time, so {signal.contrast} cannot be read from it."
        raise FitError("NO_DECAY", what, "Check that the region is tissue and the echoes are in order.")
    used_ms = te_ms[kept]
    if reading.beyond and (reading.low_per_s <= 0.0 or time_ms(reading.low_per_s) > used_ms[-1]):
        what = (
            f"The signal is lost in the noise before the second echo (TE {used_ms[1]:g} ms): {signal.contrast} is too "
            "short for these echoes and heavy iron is likely, or the region holds no tissue."
        )
        raise FitError(
            "BEYOND_ACQUISITION", what, f"{repeat_earlier(signal.contrast)} Check that the region is tissue."
        )
    return reading


def beyond_caution(reading: Reading, signal: DecaySignal) -> Caution:
    """What a result that is only a limit means."""
    limit = milliseconds(time_ms(reading.low_per_s))
    reach = (
        ""
        if reading.largest_rate_per_s is None
        else f" With this noise they measure {signal.contrast} down to about "
        f"{milliseconds(time_ms(reading.largest_rate_per_s))} ms."
    )
    text = (
        f"Beyond this acquisition: the signal is gone too early for echoes that begin at TE {signal.te_ms[0]:g} ms. "
        f"{signal.contrast} is below {limit} ms (95 %); how far below cannot be told.{reach} "
        f"{repeat_earlier(signal.contrast)}"
    )
    return Caution("BEYOND_ACQUISITION", text)


# ------------------------------------------------------------------------------------ the pixels


def _of_pixels(signal: DecaySignal, summary: PixelSummary, te_ms: FloatArray, kept: Bools) -> Reading:
    fit = fit_summary(te_ms, summary, [int(i) for i in np.flatnonzero(~kept)])
    n_even = max(summary.n_kept, 1)
    choice = choose_model(
        te_ms[kept], np.asarray(summary.curve)[kept], summary.sigma, n_even, summary.n_coils, _field(signal),
        of_medians=True,
    )  # fmt: skip
    law = noise_law(summary.n_coils)
    median = _through(law.median, summary.sigma)
    rate, low, high = _with_choice(fit, choice)
    s0 = choice.s0 if _corrects(choice) else fit.s0
    amplitude = _amplitude(choice if _corrects(choice) else None, s0, rate, _field(signal))
    left_out = None if choice.left_out is None else int(np.flatnonzero(kept)[choice.left_out])
    n_coils = "" if summary.n_coils == 1 else f", {summary.n_coils} coils"
    return Reading(
        words=(
            f"Median of {summary.n_kept} of {summary.n_pixels} pixels, {_model_words(choice)}, noise of the pixels "
            f"modelled (SD {summary.sigma:.3g}{n_coils})"
        ),
        rate_per_s=rate,
        low_per_s=low,
        high_per_s=high,
        s0=s0,
        log_covariance=_covariance(choice, low, high),
        measured=np.asarray(summary.curve, dtype=np.float64),
        predicted=median(amplitude(te_ms)),
        drawn=lambda times_ms: median(amplitude(times_ms)),
        floor=float(law.median(np.zeros(1))[0]) * summary.sigma,
        largest_rate_per_s=_largest(
            te_ms[kept], _s0_at_least(s0, low, high, summary.curve, te_ms, kept), summary.sigma, n_even, summary.n_coils
        ),
        reasons=choice.sentences[:1] if choice.misfit_chance is not None and not _choice_cautions(choice) else (),
        cautions=(*(c for c in fit.cautions if c.code != "BEYOND_ACQUISITION"), *_choice_cautions(choice)),
        left_out=left_out,
    )


def _with_choice(fit: RegionFit, choice: CurveChoice) -> tuple[float, float, float]:
    """Rate and limits of a region; a model that the ladder chose brings its own rate, and its doubt is added."""
    if math.isinf(fit.ci_high_per_s) or not (_corrects(choice) or choice.flagged) or not choice.measurable:
        return fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s
    rate = choice.r2star_per_s if _corrects(choice) else fit.r2star_per_s
    below = math.hypot(
        math.log(fit.r2star_per_s / fit.ci_low_per_s), math.log(choice.r2star_per_s / choice.ci_low_per_s)
    )
    above = math.hypot(
        math.log(fit.ci_high_per_s / fit.r2star_per_s), math.log(choice.ci_high_per_s / choice.r2star_per_s)
    )
    return rate, rate * math.exp(-below), rate * math.exp(above)


# ---------------------------------------------------------------------------------- the mean curve


def _of_mean(signal: DecaySignal, te_ms: FloatArray, kept: Bools) -> Reading:
    assert signal.noise_sd is not None and signal.n_pixels is not None  # noqa: S101 - knows_noise() was asked
    values = np.asarray(signal.signal, dtype=np.float64)
    sigma, n_pixels = signal.noise_sd, signal.n_pixels
    choice = choose_model(te_ms[kept], values[kept], sigma, n_pixels, signal.n_coils, _field(signal))
    law = noise_law(signal.n_coils)
    mean = _through(law.mean, sigma)
    amplitude = _amplitude(choice, choice.s0, choice.r2star_per_s, _field(signal))
    left_out = None if choice.left_out is None else int(np.flatnonzero(kept)[choice.left_out])
    s0 = _s0_at_least(choice.s0, choice.ci_low_per_s, choice.ci_high_per_s, signal.signal, te_ms, kept)
    return Reading(
        words=f"{_model_words(choice).capitalize()}, noise known (SD {sigma:.3g}, {n_pixels} pixels)",
        rate_per_s=choice.r2star_per_s,
        low_per_s=choice.ci_low_per_s,
        high_per_s=choice.ci_high_per_s,
        s0=choice.s0,
        log_covariance=choice.log_covariance,
        measured=values,
        predicted=mean(amplitude(te_ms)),
        drawn=lambda times_ms: mean(amplitude(times_ms)),
        floor=float(law.mean(np.zeros(1))[0]) * sigma,
        largest_rate_per_s=_largest(te_ms[kept], s0, sigma, n_pixels, signal.n_coils),
        reasons=choice.sentences[1:] if _choice_cautions(choice, noise_given=True) else choice.sentences,
        cautions=_choice_cautions(choice, noise_given=True),
        left_out=left_out,
    )


def read_floor(te_ms: FloatArray, values: FloatArray, kept: Bools) -> Reading | None:
    """Reading of a curve of unknown noise that has reached its floor; None where the floor leaves the rate open."""
    choice = choose_model(te_ms[kept], values[kept])
    if choice.model != "floor" or not choice.measurable or not choice.noise_floor:
        return None
    law, floor = noise_law(MIDDLE_COILS), choice.noise_floor
    amplitude = _amplitude(None, choice.s0, choice.r2star_per_s, None)
    mean = _through(law.mean, floor / float(law.mean(np.zeros(1))[0]))
    return Reading(
        words="Exponential on a noise floor, chosen automatically",
        rate_per_s=choice.r2star_per_s,
        low_per_s=choice.ci_low_per_s,
        high_per_s=choice.ci_high_per_s,
        s0=choice.s0,
        log_covariance=choice.log_covariance,
        measured=values,
        predicted=mean(amplitude(te_ms)),
        drawn=lambda times_ms: mean(amplitude(times_ms)),
        floor=floor,
        largest_rate_per_s=None,
        reasons=choice.sentences,
        cautions=(),
    )


# ------------------------------------------------------------------------------------------ shared


def _corrects(choice: CurveChoice) -> bool:
    return choice.model in ("fat", "bad echo")


def _model_words(choice: CurveChoice) -> str:
    if choice.model == "fat":
        return f"one exponential with {100 * (choice.fat_fraction or 0.0):.0f} % fat"
    return "one exponential without its bad echo" if choice.model == "bad echo" else "one exponential"


def _choice_cautions(choice: CurveChoice, *, noise_given: bool = False) -> tuple[Caution, ...]:
    """What the ladder corrected, flagged, or could not explain."""
    if choice.flagged or (noise_given and choice.noise in ("larger", "smaller")):
        return (Caution("MODEL_UNSURE", choice.sentences[0], blocks_grade=True),)
    if choice.model == "fat":
        return (Caution("FAT_FITTED", choice.sentences[0]),)
    if choice.model == "bad echo":
        return (Caution("ECHO_LEFT_OUT", choice.sentences[0]),)
    return ()


def _field(signal: DecaySignal) -> float | None:
    """Field strength [T] where fat can bend the decay; a spin echo refocuses it."""
    return signal.field_tesla if signal.contrast == "T2*" else None


def _amplitude(
    choice: CurveChoice | None, s0: float, rate_per_s: float, field_tesla: float | None
) -> Callable[[FloatArray], FloatArray]:
    if choice is not None and choice.fat_fraction is not None and field_tesla is not None:
        fraction = choice.fat_fraction
        return lambda te_ms: fat_water(te_ms, s0, rate_per_s, fraction, field_tesla)
    return lambda te_ms: mono_exponential(te_ms, s0, rate_per_s)


def _through(law: Callable[[FloatArray], FloatArray], sigma: float) -> Callable[[FloatArray], FloatArray]:
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
