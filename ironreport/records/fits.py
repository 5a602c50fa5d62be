"""What a fit gives: a relaxation time with its interval, the echoes it rests on and its doubts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ironreport.records.jupyter import row, table
from ironreport.records.signals import Caution, Estimate, PixelSummary


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What another model reads from the same signal, shown beside the result as a bracket.

    ``curve`` is that model's signal at each echo, empty where it was not kept.
    """

    model: str
    time: Estimate
    rate: Estimate
    curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class DecayFit:
    """A relaxation time with its interval, the echoes it rests on and its doubts.

    Parameters
    ----------
    time, rate : Estimate
        ``t2star_ms`` and ``r2star_per_s``, or ``t2_ms`` and ``r2_per_s`` for spin echo.
    used : tuple of bool, shape (n_echoes,)
    left_out_because : tuple of str, shape (n_echoes,)
        Reason for each echo not used; empty where used.
    predicted, residuals : tuple of float, shape (n_echoes,)
        Model signal, and measured minus model, at every echo, used or not.
    log_covariance : tuple of float or None
        var(ln S0), cov(ln S0, ln R), var(ln R); ``None`` without degrees of freedom.
    curve : tuple of (te_ms, signal)
        The fitted model sampled from TE 0 to past the last echo, for drawing.
    measured : tuple of float, shape (n_echoes,)
        Signals the curve was fitted to: the median of the pixels where there were any, else the mean signal.
    reasons : tuple of str
        Why this model was chosen, with its evidence.
    largest_rate_per_s : float or None
        Fastest rate these echoes, this noise and this region can measure; None where the noise is not known.
    without_blood : Estimate or None
        Rate of a curve alone where a tenth of blood would not show in it and were there; None where it would show.
    with_fat : Estimate or None
        Rate with the fat fraction that moves it farthest of those that would not show; None where fat would show.
    """

    method: str
    s0: float
    time: Estimate
    rate: Estimate
    used: tuple[bool, ...]
    left_out_because: tuple[str, ...]
    predicted: tuple[float, ...]
    residuals: tuple[float, ...]
    residual_sd: float | None = None
    r_squared: float | None = None
    noise_floor: float | None = None
    log_covariance: tuple[float, float, float] | None = None
    bracket: tuple[ModelReading, ...] = ()
    cautions: tuple[Caution, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    measured: tuple[float, ...] = ()
    reasons: tuple[str, ...] = ()
    largest_rate_per_s: float | None = None
    without_blood: Estimate | None = None
    with_fat: Estimate | None = None

    @property
    def n_used(self) -> int:
        """Number of echoes the fit rests on."""
        return sum(self.used)

    def __repr__(self) -> str:
        symbol, value = row(self.time)
        return f"DecayFit({self.method}, {symbol} {value}, {self.n_used} of {len(self.used)} echoes)"

    def _repr_html_(self) -> str:
        """What a notebook shows: values, echoes, doubts."""
        echoes = ("Echoes used", f"{self.n_used} of {len(self.used)}")
        doubts = [("Caution", caution.text) for caution in self.cautions]
        return table(self.method, [row(self.time), row(self.rate), echoes, *doubts])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PixelFits:
    """R2* of many decays, each with its 95 % limits; ``ci_high_per_s`` is inf where the signal is gone too early.

    Parameters
    ----------
    r2star_per_s, ci_low_per_s, ci_high_per_s : ndarray, shape (n,) or the shape of a map
        R2* and its limits [s^-1]; NaN where the input is no signal. Where ``measurable`` is false only the lower
        limit may be shown; R2* may then be inf (only the first echo holds signal) or NaN (noise alone).
    s0 : ndarray, shape (n,)
        Signal at TE 0 [unit of the signal].
    measurable : ndarray of bool, shape (n,)
        False where the interval is open or the pixel holds no decaying signal.
    """

    r2star_per_s: npt.NDArray[np.floating]
    ci_low_per_s: npt.NDArray[np.floating]
    ci_high_per_s: npt.NDArray[np.floating]
    s0: npt.NDArray[np.floating]
    measurable: npt.NDArray[np.bool_]

    def __repr__(self) -> str:
        n_measured = np.count_nonzero(self.measurable)
        return f"PixelFits({n_measured} of {self.measurable.size} decays measured, shape {self.measurable.shape})"

    @property
    def relative_half_width(self) -> npt.NDArray[np.floating]:
        """Half width of the 95 % interval relative to R2*, inf where nothing can be measured."""
        doubt = np.full_like(self.r2star_per_s, np.inf)
        seen = self.measurable
        doubt[seen] = (self.ci_high_per_s[seen] - self.ci_low_per_s[seen]) / (2.0 * self.r2star_per_s[seen])
        return doubt


@dataclass(frozen=True, slots=True)
class RegionFit:
    """R2* of one region of pixels with its 95 % limits; ``ci_high_per_s`` is inf beyond the acquisition.

    Parameters
    ----------
    predicted : tuple of float, shape (n_echoes,)
        Modelled median signal at each echo.
    summary : PixelSummary
        What the fit rests on: noise, kept pixels, median curve, replicates.
    """

    r2star_per_s: float
    ci_low_per_s: float
    ci_high_per_s: float
    s0: float
    predicted: tuple[float, ...] = field(repr=False)
    summary: PixelSummary = field(repr=False)
    cautions: tuple[Caution, ...] = ()
