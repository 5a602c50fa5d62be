"""How a longitudinal magnetisation comes back after inversion: formulas with their papers, and what a fit gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.records import Caution, Estimate, FloatArray
from ironreport.relaxometry.separable import TINY, Blocks, SeparableFits


def inversion_recovery(ti_ms: FloatArray, m0: float, t1_ms: float, efficiency: float = 2.0) -> FloatArray:
    """Signal M0 (1 - e exp(-TI / T1)) with its sign; e = 2 is a perfect inversion.

    Three parameters as in Barral JK, Magn Reson Med 2010;64:1057.

    Parameters
    ----------
    ti_ms : ndarray, shape (n_times,)
        Inversion times [ms].
    m0 : float
        Signal at rest [arbitrary units].
    t1_ms : float
        T1 [ms].

    Examples
    --------
    >>> inversion_recovery(np.array([0.0, 1000.0]), 100.0, 1000.0).round(2).tolist()
    [-100.0, 26.42]
    """
    return np.asarray(m0 * (1.0 - efficiency * np.exp(-ti_ms / t1_ms)), dtype=np.float64)


def look_locker_t1_ms(apparent_ms: FloatArray, resting: FloatArray, swing: FloatArray) -> FloatArray:
    """T1 [ms] = T1* (B / A - 1) of a curve A - B exp(-TI / T1*), whose read-out pulses pull it to A too early.

    Deichmann R, Haase A, J Magn Reson 1992;96:608. MOLLI: Messroghli DR, Magn Reson Med 2004;52:141.
    NaN where B <= A: the curve then does not start inverted.

    >>> look_locker_t1_ms(np.array([1007.7]), np.array([7472.0]), np.array([15712.0])).round(1).tolist()
    [1111.3]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = swing / resting - 1.0
        return np.where((resting > 0.0) & (factor > 0.0), apparent_ms * factor, np.nan)


@dataclass(frozen=True, slots=True)
class RecoveryModel:
    """What is fitted to an inversion recovery.

    Parameters
    ----------
    name, words : str
        Id, and what the reader sees.
    blocks : tuple of (float, float)
        Building blocks of the signed curve, see `separable`.
    look_locker : bool
        Whether the fitted time is T1* and T1 follows from the inversion.
    """

    name: str
    words: str
    blocks: Blocks
    look_locker: bool = False

    @property
    def n_parameters(self) -> int:
        """One weight for each building block, and T."""
        return len(self.blocks) + 1

    def t1_ms(self, time_ms: FloatArray, constant: FloatArray, amplitude: FloatArray) -> FloatArray:
        """T1 [ms] of fitted times and weights, NaN where there is none."""
        return look_locker_t1_ms(time_ms, constant, -amplitude) if self.look_locker else time_ms

    def log_t1_slopes(self, fits: SeparableFits) -> FloatArray:
        """Slopes of ln T1 by the weights and by ln T, shape (n, n_parameters)."""
        slopes = np.zeros((len(fits.time_ms), self.n_parameters))
        slopes[:, -1] = 1.0
        if self.look_locker:
            resting, swing = fits.constant, -fits.amplitude
            gap = np.where(swing > resting, swing - resting, np.inf)
            slopes[:, 0], slopes[:, 1] = -swing / np.maximum(resting, TINY) / gap, 1.0 / gap
        return slopes


TWO_PARAMETERS = RecoveryModel("two-parameter", "Inversion recovery with perfect inversion", ((1.0, -2.0),))
THREE_PARAMETERS = RecoveryModel("three-parameter", "Inversion recovery with free inversion", ((1.0, 0.0), (0.0, -1.0)))
MOLLI = RecoveryModel("molli", "MOLLI with Look-Locker correction", ((1.0, 0.0), (0.0, -1.0)), look_locker=True)
RECOVERY_MODELS = {model.name: model for model in (TWO_PARAMETERS, THREE_PARAMETERS, MOLLI)}


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
