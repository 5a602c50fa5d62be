"""Decays of known T2*: the clean signal, its noisy magnitude, and the table it is typed as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ironreport.records import FloatArray

TE_MS = tuple(round(1.3 + 1.2 * k, 1) for k in range(10))
"""Ten echoes as liver protocols at 1.5 T have them [ms]."""


def decay(te_ms: Sequence[float], s0: float, t2star_ms: float) -> FloatArray:
    """Signal S0 exp(-TE / T2*) at each echo time, shape (n_echoes,).

    >>> decay([0.0, 4.0], 1000.0, 4.0).round(1).tolist()
    [1000.0, 367.9]
    """
    te = np.asarray(te_ms, dtype=np.float64)
    return np.asarray(s0 * np.exp(-te / t2star_ms))


def noisy_magnitude(clean: FloatArray, sd: float, rng: np.random.Generator) -> FloatArray:
    """Magnitude of a signal with Gaussian noise of standard deviation ``sd`` in both channels.

    The result follows the Rice distribution (Gudbjartsson and Patz, Magn Reson Med
    1995;34:910-914).
    """
    real, imaginary = rng.normal(0.0, sd, (2, *clean.shape))
    return np.asarray(np.hypot(clean + real, imaginary))


def decay_text(te_ms: Sequence[float], signal: Sequence[float] | FloatArray, separator: str = ",") -> str:
    r"""Table of echo times [ms] and signals as a text file holds it, with a heading.

    >>> decay_text([1.3], [500.26], ";")
    'TE (ms);signal\n1.3;500.3\n'
    """
    lines = (f"{te:g}{separator}{value:.1f}" for te, value in zip(te_ms, signal, strict=True))
    return "\n".join((f"TE (ms){separator}signal", *lines, ""))
