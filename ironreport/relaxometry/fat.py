"""Fat in the liver: its six spectral peaks and the zig-zag they draw into a magnitude decay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ironreport import units
from ironreport.records import FloatArray
from ironreport.relaxometry.models import mono_exponential

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
        f, 0 to 1. The rest as in `models.mono_exponential` and `fat_phasor`.

    Examples
    --------
    >>> fat_water(np.array([0.0, 2.3]), 100.0, 0.001, 0.2, 1.5).round(1).tolist()
    [100.0, 64.1]
    """
    mixture = np.abs(1.0 - fat_fraction + fat_fraction * fat_phasor(te_ms, field_tesla))
    return mono_exponential(te_ms, s0, rate_per_s) * mixture
