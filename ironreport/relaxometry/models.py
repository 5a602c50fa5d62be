"""The three signal models, each one tiny formula with the paper it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ironreport import units
from ironreport.records import FloatArray

TINY = 1e-100
"""Smallest signal a model gives, so that no root or division meets zero; even its square is a number."""


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


def additive_constant(te_ms: FloatArray, s0: float, rate_per_s: float, constant: float) -> FloatArray:
    """Signal S0 exp(-R TE) + C, tissue on top of something that does not decay.

    Ghugre NR, J Magn Reson Imaging 2006 (PMC2892961). Parameters as in `mono_exponential`.

    >>> additive_constant(np.array([0.0, 20.0]), 100.0, 50.0, 10.0).round(2).tolist()
    [110.0, 46.79]
    """
    return mono_exponential(te_ms, s0, rate_per_s) + constant


def quadrature_floor(te_ms: FloatArray, s0: float, rate_per_s: float, floor: float) -> FloatArray:
    """Signal sqrt(A^2 + c^2) with A = S0 exp(-R TE): magnitude noise adds in power.

    The second-moment model of Feng Y, Magn Reson Med 2013;70:1765, here with a free floor.
    Parameters as in `mono_exponential`.

    >>> quadrature_floor(np.array([0.0]), 3.0, 50.0, 4.0).tolist()
    [5.0]
    """
    return np.asarray(np.hypot(mono_exponential(te_ms, s0, rate_per_s), floor), dtype=np.float64)


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
        total = np.maximum(amplitude**self.power + lift, TINY)
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
