"""T1 with its interval from signals after inversion, for one curve and for maps.

Magnitude images have lost the sign of the signal. Every place where it may have changed is tried, the one with the
least squares is taken (Nekolla S, J Comput Assist Tomogr 1992;16:327), and places that fit nearly as well widen the
interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ironreport import units
from ironreport.records import Estimate, FloatArray
from ironreport.relaxometry.models import THREE_PARAMETERS, RecoveryModel
from ironreport.relaxometry.recovery_doubts import (
    RecoveryFit,
    RecoveryPixels,
    check_times,
    checked,
    model_named,
    recovery_doubts,
    refuse_no_recovery,
)
from ironreport.relaxometry.separable import SeparableFits, fit_separable

CONFIDENCE = 0.95
"""Of every interval of T1, as of T2*."""

SHORTEST_PER_FIRST_TIME = 0.2
LONGEST_PER_LAST_TIME = 10.0
"""Outside of these the inversion times hold nothing of the recovery."""

LARGEST_INVERSION = 5.0
"""B / A is 2 for a perfect inversion and up to 3 under read-out pulses; above 5 nothing is left of a signal at rest."""

PIXELS_AT_ONCE = 2048
"""Keeps the working arrays at some MB; no result depends on it."""

SINGULAR = 1e-12
"""Determinant of the normalised slopes below which the times do not determine T1."""

LONGEST_KNOWN = 100.0
"""An upper limit of a hundred times T1 says that nothing is known above; no interval is given then."""

LARGEST_LOG_TIME = 600.0
"""Keeps an open upper limit a number until it is told to be open."""


def fit_recovery(ti_ms: Sequence[float], signal: Sequence[float], method: str = THREE_PARAMETERS.name) -> RecoveryFit:
    """T1 of one inversion recovery; signals with a negative value are taken with their sign, others as magnitudes.

    Parameters
    ----------
    ti_ms, signal : sequence of float, length n_times
        Inversion times [ms], in any order, and signals.
    method : str
        One of `RECOVERY_MODELS`.

    Raises
    ------
    FitError
        ``UNKNOWN_METHOD``, ``TOO_FEW_TIMES``, ``BAD_TIMES``, ``BAD_SIGNAL``, ``NULL_NOT_PASSED`` or ``NO_RECOVERY``.
    """
    model = model_named(method)
    times, values = checked(model, ti_ms, signal)
    signed = bool(values.min() < 0.0)
    pixel = _fit_pixels(model, times, values[None], signed)
    curve = pixel.constant[0] + pixel.amplitude[0] * np.exp(-times / pixel.time_ms[0])
    predicted = curve if signed else np.abs(curve)
    refuse_no_recovery(pixel, times, values, predicted, signed)
    t1_ms, low_ms, high_ms = float(pixel.t1_ms[0]), float(pixel.low_ms[0]), float(pixel.high_ms[0])
    known = high_ms < LONGEST_KNOWN * t1_ms
    t1 = Estimate("t1_ms", t1_ms, low_ms if known else None, high_ms if known else None)
    rate = units.rate_per_s(t1_ms)
    r1 = Estimate("r1_per_s", rate, *((units.rate_per_s(high_ms), units.rate_per_s(low_ms)) if known else ()))
    fit = RecoveryFit(
        method=model.words,
        t1=t1,
        r1=r1,
        apparent_ms=float(pixel.time_ms[0]),
        resting=float(pixel.constant[0]),
        inversion=float(-pixel.amplitude[0] / pixel.constant[0]),
        ti_ms=tuple(times.tolist()),
        signal=tuple(values.tolist()),
        predicted=tuple(predicted.tolist()),
        residuals=tuple((values - predicted).tolist()),
        residual_sd=math.sqrt(float(pixel.rss[0]) / (len(times) - model.n_parameters)),
        n_negative=None if signed else int(pixel.n_negative[0]),
    )
    return replace(fit, cautions=tuple(recovery_doubts(model, fit, int(pixel.n_places[0]))))


def fit_recovery_map(
    ti_ms: Sequence[float],
    signals: npt.NDArray[np.floating],
    method: str = THREE_PARAMETERS.name,
    *,
    signed: bool = False,
    slice_delay_ms: float = 0.0,
) -> RecoveryPixels:
    """T1 of every pixel, with its limits; arrays have the shape of the map, (n_slices, ...).

    Parameters
    ----------
    ti_ms : sequence of float, length n_times
        Inversion times [ms] of the first slice.
    signals : ndarray, shape (n_slices, ..., n_times)
    method : str
        One of `RECOVERY_MODELS`.
    signed : bool
        Whether the signals carry their sign.
    slice_delay_ms : float
        How much later [ms] each slice is read than the one before it, after the same inversion.

    Raises
    ------
    FitError
        ``UNKNOWN_METHOD``, ``TOO_FEW_TIMES`` or ``BAD_TIMES``.
    """
    model = model_named(method)
    times = np.asarray(ti_ms, dtype=np.float64)
    check_times(model, times, signals.shape[-1])
    order = np.argsort(times, kind="stable")
    flat = np.asarray(signals, dtype=np.float64)[..., order].reshape(len(signals), -1, len(times))
    parts = [
        _fit_pixels(model, times[order] + position * slice_delay_ms, rows[start : start + PIXELS_AT_ONCE], signed)
        for position, rows in enumerate(flat)
        for start in range(0, max(len(rows), 1), PIXELS_AT_ONCE)
    ]
    whole = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts]).reshape(signals.shape[:-1])
        for field in fields(RecoveryPixels)
    }
    return RecoveryPixels(**whole)


# --------------------------------------------------------------------------- the fit


def _fit_pixels(model: RecoveryModel, ti_ms: FloatArray, signals: FloatArray, signed: bool) -> RecoveryPixels:
    """Best curve over all places of the sign change, for signals of shape (n, n_times)."""
    n_times = len(ti_ms)
    signs = np.where(np.arange(n_times) < np.arange(1 if signed else n_times + 1)[:, None], -1.0, 1.0)
    shape = (len(signals), len(signs))
    range_ms = (SHORTEST_PER_FIRST_TIME * float(ti_ms[ti_ms > 0.0][0]), LONGEST_PER_LAST_TIME * float(ti_ms[-1]))
    fits = fit_separable(ti_ms, (signals[:, None] * signs).reshape(-1, n_times), model.blocks, range_ms)
    t1_ms = model.t1_ms(fits.time_ms, fits.constant, fits.amplitude)
    half_width = _log_half_width(model, ti_ms, fits).reshape(shape)
    rss, place = fits.rss.reshape(shape), np.argmin(fits.rss.reshape(shape), axis=1)
    row, n_dof = np.arange(shape[0]), n_times - model.n_parameters
    rests = -fits.amplitude < LARGEST_INVERSION * fits.constant
    good = (fits.settled & rests & np.isfinite(t1_ms)).reshape(shape)
    recovers = good[row, place] & (signed | ((place < n_times) & (np.argmin(signals, axis=1) < n_times - 1)))
    # The usual limit of a profile likelihood with the noise estimated from the residuals.
    limit = rss[row, place] * (1.0 + float(stdtrit(n_dof, 0.5 + CONFIDENCE / 2)) ** 2 / n_dof)
    plausible = good & (rss <= limit[:, None])
    with np.errstate(invalid="ignore", over="ignore"):
        log_t1 = np.log(t1_ms).reshape(shape)
        low = np.min(np.where(plausible, log_t1 - half_width, np.inf), axis=1)
        high = np.max(np.where(plausible, log_t1 + half_width, -np.inf), axis=1)

    def chosen(values: FloatArray) -> FloatArray:
        return np.where(recovers, values.reshape(shape)[row, place], np.nan)

    return RecoveryPixels(
        t1_ms=chosen(t1_ms),
        low_ms=np.where(recovers, np.exp(low), np.nan),
        high_ms=np.where(recovers, np.exp(np.minimum(high, LARGEST_LOG_TIME)), np.nan),
        time_ms=chosen(fits.time_ms),
        constant=chosen(fits.constant),
        amplitude=chosen(fits.amplitude),
        n_negative=place,
        rss=rss[row, place],
        n_places=plausible.sum(axis=1),
    )


def _log_half_width(model: RecoveryModel, ti_ms: FloatArray, fits: SeparableFits) -> FloatArray:
    """Half width of the 95 % interval of ln T1, shape (n,): delta method with Student t; inf where T1 is left open."""
    relative = ti_ms / fits.time_ms[:, None]
    decay = np.exp(-relative)
    columns = [constant + slope * decay for constant, slope in model.blocks]
    slopes = np.stack([*columns, fits.amplitude[:, None] * decay * relative], axis=2)
    lengths = np.maximum(np.linalg.norm(slopes, axis=1), np.finfo(float).tiny)
    unit = slopes / lengths[:, None]
    information = np.swapaxes(unit, 1, 2) @ unit
    determined = np.linalg.det(information) > SINGULAR
    inverse = np.linalg.inv(np.where(determined[:, None, None], information, np.eye(model.n_parameters)))
    reach = model.log_t1_slopes(fits) / lengths
    variance = np.einsum("ni,nij,nj->n", reach, inverse, reach)
    n_dof = len(ti_ms) - model.n_parameters
    quantile = float(stdtrit(n_dof, 0.5 + CONFIDENCE / 2))
    with np.errstate(invalid="ignore", over="ignore"):
        half_width = quantile * np.sqrt(np.abs(variance) * fits.rss / n_dof)
    return np.where(determined & fits.settled, half_width, np.inf)
