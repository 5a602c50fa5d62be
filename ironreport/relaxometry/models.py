"""Every signal model of the program, with its equation and its paper.

========================== =========================================== ==============================================
model                      equation                                    paper
========================== =========================================== ==============================================
`mono_exponential`         S = S0 exp(-R TE)                           He T, Magn Reson Med 2008 (PMC2593631)
`CONSTANT`                 S = A + C                                   Ghugre NR, J Magn Reson Imaging 2006
                                                                       (PMC2892961)
`QUADRATURE`               S = sqrt(A^2 + c^2)                         Feng Y, Magn Reson Med 2013;70:1765
`fat_water`                S = A |1 - f + f c(TE)|                     Bydder M, Magn Reson Imaging 2008;26:347;
                                                                       spectrum: Hamilton G, NMR Biomed 2011;24:784
two exponentials           S = A1 exp(-TE / T1) + A2 exp(-TE / T2)     see `biexponential`, for suspicion only
`inversion_recovery`       S = M0 (1 - e exp(-TI / T1))                Barral JK, Magn Reson Med 2010;64:1057
`look_locker_t1_ms`        T1 = T1* (B / A - 1)                        Deichmann R, Haase A, J Magn Reson 1992;96:608
========================== =========================================== ==============================================

A is S0 exp(-R TE), c(TE) the phasor of fat. What noise makes of a model stands in `noise_law`; the expected curves
with their slopes, as the solver wants them, are at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport import units
from ironreport.records import FloatArray
from ironreport.relaxometry.noise_law import PLAIN, Moment
from ironreport.relaxometry.separable import TINY, Blocks, SeparableFits

Curves = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From points, shape (n, p), to the expected curves, shape (n, n_echoes), and their slopes, shape (n, n_echoes, p)."""

PER_MS = units.rate_per_s(1.0)
"""One per ms, in s^-1."""

SMALLEST_SIGNAL = 1e-100
"""Smallest signal a model gives, so that no root or division meets zero; even its square is a number."""

LARGEST_EXPONENT = 300.0
LARGEST_LOG = 700.0
"""Keep exponentials finite."""

# ------------------------------------------------------------------------------------------ the decay


def mono_exponential(te_ms: FloatArray, s0: float, rate_per_s: float) -> FloatArray:
    """Signal S0 exp(-R TE) of one tissue without noise.

    The model of the truncation school, which leaves out the echoes at the noise floor:
    He T, Magn Reson Med 2008 (PMC2593631).

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    s0 : float
        Signal at TE = 0 [arbitrary units].
    rate_per_s : float
        R2* or R2 [s^-1].

    Returns
    -------
    ndarray, shape (n_echoes,)

    Examples
    --------
    >>> mono_exponential(np.array([0.0, 20.0]), 100.0, 50.0).round(2).tolist()
    [100.0, 36.79]
    """
    return np.asarray(s0 * np.exp(-te_ms / units.time_ms(rate_per_s)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class DecayModel:
    """How a decaying amplitude A and a constant floor c make the signal: (A^p + c^p)^(1/p).

    Parameters
    ----------
    name : str
        Id, as in `METHODS` of the fitting module.
    words : str
        What the reader sees.
    power : int
        p of the formula: 1 adds the floor, 2 adds it in quadrature.
    has_floor : bool
        Whether the floor is fitted; without it the floor is zero.
    """

    name: str
    words: str
    power: int
    has_floor: bool

    @property
    def n_parameters(self) -> int:
        """Number of fitted parameters: S0, R and, where there is one, the floor."""
        return 3 if self.has_floor else 2

    def combine(self, amplitude: FloatArray, lift: FloatArray | float) -> FloatArray:
        """Signal of an amplitude and a lift = c^p, which the solver may take below zero on its way."""
        total = np.maximum(amplitude**self.power + lift, SMALLEST_SIGNAL)
        return np.asarray(total if self.power == 1 else np.sqrt(total), dtype=np.float64)

    def slopes(self, amplitude: FloatArray, lift: float) -> tuple[FloatArray, FloatArray]:
        """Slopes of the signal by ln A and by the lift c^p, each of shape (n_echoes,)."""
        weight = self.combine(amplitude, lift) ** (1 - self.power)
        return amplitude**self.power * weight, weight / self.power

    def signal(self, te_ms: FloatArray, s0: float, rate_per_s: float, floor: float) -> FloatArray:
        """Signal at each echo time, shape (n_echoes,)."""
        return self.combine(mono_exponential(te_ms, s0, rate_per_s), floor**self.power)


MONO = DecayModel("mono", "Mono-exponential", power=1, has_floor=False)
CONSTANT = DecayModel("constant", "Exponential with additive constant", power=1, has_floor=True)
QUADRATURE = DecayModel("quadrature", "Exponential with noise floor in quadrature", power=2, has_floor=True)


# ------------------------------------------------------------------------------------------ fat

WATER_PPM = 4.70
FAT_PPM = np.array([5.30, 4.20, 2.75, 2.10, 1.30, 0.90])
FAT_AREA = np.array([0.047, 0.039, 0.006, 0.120, 0.700, 0.088])
"""Shifts and relative areas of the triglyceride peaks of human liver at 1.5 and 3 T (Hamilton G, NMR Biomed
2011;24:784, table of the liver spectrum; sum of areas 1)."""

LARMOR_MHZ_PER_TESLA = 42.577
"""Proton gyromagnetic ratio over 2 pi (CODATA: 42.577 MHz/T)."""


def fat_phasor(te_ms: FloatArray, field_tesla: float) -> npt.NDArray[np.complex128]:
    """Signal of pure fat relative to pure water at each echo time, without decay.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    field_tesla : float
        Field strength [T].

    Returns
    -------
    ndarray of complex, shape (n_echoes,)
        1 at TE 0, where all peaks are in phase.

    Examples
    --------
    >>> abs(fat_phasor(np.array([0.0, 2.3]), 1.5)).round(2).tolist()
    [1.0, 0.8]
    """
    cycles_per_s = (FAT_PPM - WATER_PPM) * LARMOR_MHZ_PER_TESLA * field_tesla
    cycles = te_ms[:, None] * cycles_per_s / units.rate_per_s(1.0)
    return np.asarray(np.exp(2j * np.pi * cycles) @ FAT_AREA, dtype=np.complex128)


def fat_water(te_ms: FloatArray, s0: float, rate_per_s: float, fat_fraction: float, field_tesla: float) -> FloatArray:
    """Signal S0 exp(-R TE) |1 - f + f c(TE)| of fat and water that decay alike.

    One R2* for both (Bydder M, Magn Reson Imaging 2008;26:347); f is the fat fraction of the signal at TE 0.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms].
    fat_fraction : float
        f, 0 to 1. The rest as in `mono_exponential` and `fat_phasor`.

    Examples
    --------
    >>> fat_water(np.array([0.0, 2.3]), 100.0, 0.001, 0.2, 1.5).round(1).tolist()
    [100.0, 64.1]
    """
    return mono_exponential(te_ms, s0, rate_per_s) * fat_bend(te_ms, fat_fraction, field_tesla)


def fat_bend(te_ms: FloatArray, fat_fraction: float, field_tesla: float) -> FloatArray:
    """Factor |1 - f + f c(TE)| by which fat bends the decay of each echo, shape (n_echoes,)."""
    return np.asarray(np.abs(1.0 - fat_fraction + fat_fraction * fat_phasor(te_ms, field_tesla)), dtype=np.float64)


# ------------------------------------------------------------------------------ inversion recovery


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


# -------------------------------------------------------------------- expected curves and their slopes
# A point is ln A at the first echo, ln R [1/ms] and, in richer models, a third parameter.


def decays(te_ms: FloatArray, points: FloatArray) -> FloatArray:
    """A exp(-R (TE - TE1)) of every point, shape (n, n_echoes)."""
    return _fallen(te_ms - te_ms[0], points, np.exp(points[:, 1:2]))


def _fallen(delay_ms: FloatArray, points: FloatArray, rate: FloatArray) -> FloatArray:
    exponent = np.maximum(points[:, :1] - rate * delay_ms, -LARGEST_EXPONENT)
    return np.asarray(np.exp(exponent, out=exponent), dtype=np.float64)


def rates_per_s(log_rate: FloatArray) -> FloatArray:
    """Rates [s^-1] of ln R [1/ms]; inf stays inf."""
    return np.where(np.isposinf(log_rate), np.inf, finite_exp(log_rate) * PER_MS)


def finite_exp(exponent: FloatArray) -> FloatArray:
    """Exponential that stays finite."""
    return np.asarray(np.exp(np.minimum(exponent, LARGEST_LOG)), dtype=np.float64)


def decay_model(te_ms: FloatArray, moment: Moment, phasor: npt.NDArray[np.complex128] | None = None) -> Curves:
    """The expected curve of a decay, with fat where its phasor is given."""
    delay = te_ms - te_ms[0]

    def evaluate(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        rate = np.exp(points[:, 1:2])
        amplitude = _fallen(delay, points, rate)
        slopes = np.empty((*amplitude.shape, 2 if phasor is None else 3))
        if phasor is not None:
            mixture = 1.0 + points[:, 2:3] * (phasor - 1.0)
            size = np.maximum(np.abs(mixture), 1e-12)
            np.multiply(amplitude, np.real(np.conj(mixture) * (phasor - 1.0)) / size, out=slopes[..., 2])
            amplitude *= size
        slopes[..., 0] = amplitude
        np.multiply(amplitude, rate * -delay, out=slopes[..., 1])
        if moment is PLAIN:
            return amplitude, slopes
        slopes *= moment.slope(amplitude)[..., None]
        return moment.value(amplitude), slopes

    return evaluate


def other_noise_model(te_ms: FloatArray, moment: Moment, mixture: FloatArray | float = 1.0) -> Curves:
    """The expected curve of a decay whose noise differs from the noise given; the third parameter is ln factor.

    ``mixture`` is the factor of each echo by which fat bends the decay.
    """
    delay = te_ms - te_ms[0]

    def evaluate(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        rate, factor = np.exp(points[:, 1:2]), np.exp(points[:, 2:3])
        amplitude = _fallen(delay, points, rate)
        amplitude *= mixture
        theta = amplitude / factor
        value, by_amplitude = factor * moment.value(theta), amplitude * moment.slope(theta)
        slopes = np.empty((*amplitude.shape, 3))
        slopes[..., 0] = by_amplitude
        np.multiply(by_amplitude, rate * -delay, out=slopes[..., 1])
        np.subtract(value, by_amplitude, out=slopes[..., 2])
        return value, slopes

    return evaluate


def quadrature_model(te_ms: FloatArray, phasor: npt.NDArray[np.complex128] | None = None) -> Curves:
    """The curve sqrt(A^2 + c^2); the last parameter is c^2 (Feng Y, Magn Reson Med 2013;70:1765)."""
    bare = decay_model(te_ms, PLAIN, phasor)

    def evaluate(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        amplitude, slopes = bare(points[:, :-1])
        signal = np.sqrt(amplitude**2 + points[:, -1:])
        lifted = np.empty((*signal.shape, points.shape[1]))
        np.multiply(slopes, (amplitude / signal)[..., None], out=lifted[..., :-1])
        np.divide(0.5, signal, out=lifted[..., -1])
        return signal, lifted

    return evaluate
