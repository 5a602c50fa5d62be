"""What a fit of an inversion recovery gives, what it is refused for, and what is doubted about its T1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError
from ironreport.records import Caution, Estimate, FloatArray
from ironreport.relaxometry.models import (
    RECOVERY_MODELS,
    THREE_PARAMETERS,
    RecoveryModel,
)


@dataclass(frozen=True, slots=True, eq=False)
class RecoveryPixels:
    """T1 of many recoveries with 95 % limits; every array has shape (n,) or that of the map.

    Parameters
    ----------
    t1_ms, low_ms, high_ms : ndarray
        T1 and its limits [ms]; NaN where the signal does not recover.
    time_ms, constant, amplitude : ndarray
        The signed curve a + b exp(-TI / T); T is T1* for MOLLI, otherwise T1.
    n_negative : ndarray of int
        How many of the earliest signals were taken as negative.
    rss : ndarray
        Residual sum of squares.
    n_places : ndarray of int
        Places of the sign change that fit within the 95 % limit.
    """

    t1_ms: FloatArray
    low_ms: FloatArray
    high_ms: FloatArray
    time_ms: FloatArray
    constant: FloatArray
    amplitude: FloatArray
    n_negative: npt.NDArray[np.intp]
    rss: FloatArray
    n_places: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class RecoveryFit:
    """T1 of one curve with its interval and its doubts.

    Parameters
    ----------
    method : str
        Model in words.
    t1, r1 : Estimate
        ``t1_ms`` and ``r1_per_s``.
    apparent_ms : float
        Fitted time constant [ms]: T1* for MOLLI, otherwise T1.
    resting, inversion : float
        A, the signal at rest, and B / A (2 is a perfect inversion) of A - B exp(-TI / T).
    ti_ms, signal, predicted, residuals : tuple of float, shape (n_times,)
        By ascending inversion time; ``predicted`` is a magnitude where the signal is one.
    n_negative : int or None
        How many of the earliest magnitudes stand for negative signal; None where the signs were measured.
    """

    method: str
    t1: Estimate
    r1: Estimate
    apparent_ms: float
    resting: float
    inversion: float
    ti_ms: tuple[float, ...]
    signal: tuple[float, ...]
    predicted: tuple[float, ...]
    residuals: tuple[float, ...]
    residual_sd: float
    n_negative: int | None
    cautions: tuple[Caution, ...] = ()


LEAST_EXPLAINED = 0.5
"""A curve that leaves half of the signal's changes unexplained shows no recovery."""

NOTICEABLE_INTERVAL = 1.1
"""A sign that moves T1 by less than a tenth needs no sentence; a time close to the zero crossing often has none."""

WIDEST_INTERVAL = 1.5
"""Upper per lower limit of T1 above which the number is only printed with a warning."""

SHORT_RECOVERY = 2.0
"""A last time below 2 T1 has seen less than 86 % of the way back."""

LEAST_INVERSION, MOST_INVERSION = 1.5, 2.15
"""Usual adiabatic pulses reach 1.8 to 2; more than 2 is no inversion but noise, or a signal that did not rest."""

LARGE_MISFIT = 0.05
"""Root mean square of the residuals per largest signal; clean curves stay well below."""


# --------------------------------------------------------------------------- what is refused


def model_named(method: str) -> RecoveryModel:
    """Model with this id; a name that is not known is refused."""
    try:
        return RECOVERY_MODELS[method]
    except KeyError:
        what = "The T1 method asked for is not known."
        raise FitError("UNKNOWN_METHOD", what, f"Choose one of: {', '.join(RECOVERY_MODELS)}.") from None


def check_times(model: RecoveryModel, times: FloatArray, n_signals: int) -> None:
    """Refuse times that do not belong to the signals, or are too few for the model."""
    if times.ndim != 1 or len(times) != n_signals or not np.all(np.isfinite(times)) or np.any(times < 0.0):
        what = "Each signal needs one inversion time, zero or later."
        raise FitError("BAD_TIMES", what, "Check the list of inversion times (TI, in ms).")
    n_different = len(np.unique(times))
    if n_different <= model.n_parameters:
        what = f"{n_different} inversion times are too few for this model: {model.words}."
        raise FitError("TOO_FEW_TIMES", what, f"Measure at least {model.n_parameters + 1} inversion times.")


def checked(model: RecoveryModel, ti_ms: Sequence[float], signal: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Times and signals in ascending order of time."""
    times, values = np.asarray(ti_ms, dtype=np.float64), np.asarray(signal, dtype=np.float64)
    check_times(model, times, len(values))
    if not np.all(np.isfinite(values)) or not np.any(values):
        raise FitError("BAD_SIGNAL", "The signals are not all numbers, or all zero.", "Check the region or the table.")
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def refuse_no_recovery(
    pixel: RecoveryPixels, times: FloatArray, values: FloatArray, predicted: FloatArray, signed: bool
) -> None:
    """Refuse a signal that never turns back, or that the curve does not explain."""
    if not signed and (int(pixel.n_negative[0]) == len(times) or int(np.argmin(values)) == len(times) - 1):
        what = f"The signal still falls at the last inversion time ({times[-1]:g} ms), so its recovery is not seen."
        raise FitError("NULL_NOT_PASSED", what, "Measure later inversion times, and check that this is no echo train.")
    changes = float(np.sum((values - values.mean()) ** 2))
    missed = float(np.sum((values - predicted) ** 2)) if np.all(np.isfinite(predicted)) else math.inf
    if not math.isfinite(float(pixel.t1_ms[0])) or missed > (1.0 - LEAST_EXPLAINED) * changes:
        what = "The signal does not come back with inversion time as after an inversion, so T1 cannot be read from it."
        raise FitError("NO_RECOVERY", what, "Check the inversion times, the order of the images and the region.")


# --------------------------------------------------------------------------- what is doubted


def recovery_doubts(model: RecoveryModel, fit: RecoveryFit, n_places: int) -> Iterator[Caution]:
    """Cautions of a T1, the ones that make it unusable first; ``n_places`` is that of `RecoveryPixels`."""
    t1 = fit.t1
    if t1.low is None or t1.high is None or t1.high > WIDEST_INTERVAL * t1.low:
        text = "The 95 % interval of T1 is open or too wide to rely on: measure more inversion times."
        yield Caution("WIDE_INTERVAL", text, blocks_grade=True)
    misfit = math.sqrt(float(np.mean(np.square(fit.residuals)))) / max(map(abs, fit.signal))
    if misfit > LARGE_MISFIT:
        text = f"The signal scatters by {100 * misfit:.0f} % of its largest value around the curve: check for motion."
        yield Caution("NOT_EXPONENTIAL", text, blocks_grade=True)
    if n_places > 1 and (t1.low is None or t1.high is None or t1.high > NOTICEABLE_INTERVAL * t1.low):
        text = (
            "The magnitudes fit another place of the sign change nearly as well; the interval of T1 spans all of them."
        )
        yield Caution("SIGN_UNCERTAIN", text)
    if fit.n_negative == 0:
        text = f"The first inversion time ({fit.ti_ms[0]:g} ms) lies behind the zero crossing: measure an earlier one."
        yield Caution("NULL_BEFORE_FIRST", text)
    if fit.ti_ms[-1] < SHORT_RECOVERY * fit.apparent_ms:
        share = 1.0 - math.exp(-fit.ti_ms[-1] / fit.apparent_ms)
        text = f"The last inversion time has seen {100 * share:.0f} % of the way back; a later one makes T1 surer."
        yield Caution("SHORT_RECOVERY", text)
    if model is THREE_PARAMETERS and not LEAST_INVERSION <= fit.inversion <= MOST_INVERSION:
        text = f"The inversion reads {fit.inversion:.2f} where 2 is perfect: check the pulse and the inversion times."
        yield Caution("ODD_INVERSION", text)
