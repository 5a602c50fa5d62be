"""Simulated decays whose truth is known: the same arguments give the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

S0 = 1000.0
"""Signal at TE 0, of the size that scanners store; the noise follows from the SNR."""

SNRS = (10.0, 20.0, 30.0, 50.0, 100.0)
"""S0 by the SD of the noise of one pixel in one channel."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Echo times of an organ [ms] and the T2* tried [ms]; ``te_ms`` has shape (n_echoes,)."""

    organ: str
    te_ms: Floats
    t2star_ms: tuple[float, ...]


LIVER = Protocol(
    "liver", 1.30 + 1.25 * np.arange(12), (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0)
)
HEART = Protocol(
    "heart", 2.0 + 16.0 / 7.0 * np.arange(8), (3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0)
)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Decays of one protocol at one SNR.

    Parameters
    ----------
    t2star_ms : ndarray, shape (n,)
        Truth of each row.
    pixels : ndarray, shape (n, n_pixels, n_echoes)
        Magnitudes; ``n_pixels`` is 1 where single pixels are tried.
    """

    protocol: Protocol
    snr: float
    t2star_ms: Floats
    pixels: Floats

    @property
    def sigma(self) -> float:
        """SD of the noise of one pixel in one channel."""
        return S0 / self.snr

    @property
    def n_pixels(self) -> int:
        """Pixels of each region."""
        return int(self.pixels.shape[1])

    @property
    def means(self) -> Floats:
        """Mean curve of each region, shape (n, n_echoes): what software without pixels is given."""
        return np.asarray(self.pixels.mean(axis=1))


def rician(clean: Floats, sigma: float, rng: np.random.Generator) -> Floats:
    """Magnitude of a signal with noise of SD ``sigma`` in both channels (Gudbjartsson and Patz, MRM 1995;34:910)."""
    real, imaginary = rng.normal(0.0, sigma, (2, *clean.shape))
    return np.asarray(np.hypot(clean + real, imaginary))


def decays(te_ms: Floats, t2star_ms: Floats) -> Floats:
    """Noise-free signals, shape (n, n_echoes)."""
    return np.asarray(S0 * np.exp(-te_ms / t2star_ms[:, None]))


def trials(protocol: Protocol, n_pixels: int, n_per_cell: int, seed: int = 0) -> list[Trial]:
    """One trial for each SNR, with ``n_per_cell`` regions of ``n_pixels`` for each T2*."""
    t2star_ms = np.repeat(protocol.t2star_ms, n_per_cell)
    clean = np.repeat(decays(protocol.te_ms, t2star_ms)[:, None, :], n_pixels, axis=1)
    return [
        Trial(protocol, snr, t2star_ms, rician(clean, S0 / snr, np.random.default_rng([seed, n_pixels, int(snr)])))
        for snr in SNRS
    ]


def whole_slice(side: int = 256, snr: float = 50.0, seed: int = 606) -> tuple[Floats, npt.NDArray[np.float32], float]:
    """Echo times, pixels of a slice with T2* from 1 to 30 ms, shape (side^2, n_echoes), and the SD of the noise."""
    rng = np.random.default_rng(seed)
    t2star_ms = np.exp(rng.uniform(np.log(1.0), np.log(30.0), side * side))
    s0 = np.exp(0.15 * rng.standard_normal(side * side))
    clean = s0[:, None] * decays(LIVER.te_ms, t2star_ms)
    return LIVER.te_ms, rician(clean, S0 / snr, rng).astype(np.float32), S0 / snr
