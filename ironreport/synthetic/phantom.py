"""A torso in two slices whose T2* is known everywhere: liver and spleen below, heart above.

Ellipses of single tissues, drawn one over the other. Not anatomy, but each organ is where a
reader looks for it, and each region lies wholly inside its organ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray, Region

N_ROWS = N_COLUMNS = 128
N_SLICES = 2
PIXEL_MM = 2.5
SLICE_POSITIONS_MM = (0.0, 120.0)

REGIONS = {
    "liver": Region("ellipse", row=64.0, column=42.0, height=24.0, width=20.0, slice_index=0),
    "spleen": Region("ellipse", row=66.0, column=98.0, height=18.0, width=10.0, slice_index=0),
    "heart": Region("ellipse", row=62.0, column=56.0, height=12.0, width=6.0, slice_index=1),
}
"""Where to measure, by organ id; for the heart the septum."""


@dataclass(frozen=True, slots=True)
class Tissue:
    """One ellipse filled with one tissue; ``s0`` is its signal at TE = 0 [arbitrary units]."""

    name: str
    place: Region
    s0: float
    t2star_ms: float


@dataclass(frozen=True, slots=True)
class Phantom:
    """The truth: T2* of each organ [ms], standard deviation of the noise in each channel, seed."""

    liver_t2star_ms: float = 4.0
    heart_t2star_ms: float = 14.0
    spleen_t2star_ms: float = 20.0
    noise_sd: float = 8.0
    seed: int = 20261101

    def tissues(self) -> tuple[Tissue, ...]:
        """All tissues in the order in which they cover each other."""
        return (
            *(_tissue("subcutaneous fat", k, 64, 64, 100, 120, 900, 25) for k in range(N_SLICES)),
            *(_tissue("muscle", k, 64, 64, 88, 108, 350, 30) for k in range(N_SLICES)),
            _tissue("liver", 0, 58, 42, 60, 44, 1000, self.liver_t2star_ms),
            _tissue("liver vein", 0, 40, 42, 6, 6, 800, 60),
            _tissue("spleen", 0, 66, 98, 32, 18, 900, self.spleen_t2star_ms),
            _tissue("right lung", 1, 64, 28, 60, 26, 60, 2),
            _tissue("left lung", 1, 64, 104, 56, 20, 60, 2),
            _tissue("right ventricle", 1, 62, 46, 34, 24, 1000, 80),
            _tissue("heart", 1, 62, 74, 44, 44, 800, self.heart_t2star_ms),
            _tissue("left ventricle", 1, 62, 74, 28, 28, 1000, 80),
        )

    def t2star_ms(self, organ: str) -> float:
        """True T2* of an organ [ms]."""
        return next(tissue.t2star_ms for tissue in self.tissues() if tissue.name == organ)

    def clean_images(self, te_ms: Sequence[float]) -> FloatArray:
        """Signal without noise, shape (n_slices, n_echoes, n_rows, n_columns)."""
        s0 = np.zeros((N_SLICES, N_ROWS, N_COLUMNS))
        r2star_per_ms = np.zeros_like(s0)
        for tissue in self.tissues():
            pixels = inside(tissue.place)
            s0[tissue.place.slice_index][pixels] = tissue.s0
            r2star_per_ms[tissue.place.slice_index][pixels] = 1.0 / tissue.t2star_ms
        te = np.asarray(te_ms, dtype=float)[None, :, None, None]
        return s0[:, None] * np.exp(-te * r2star_per_ms[:, None])


def inside(place: Region) -> npt.NDArray[np.bool_]:
    """Pixels whose centre lies inside an ellipse, shape (n_rows, n_columns)."""
    rows, columns = np.mgrid[:N_ROWS, :N_COLUMNS]
    down, across = (rows - place.row) / (place.height / 2), (columns - place.column) / (place.width / 2)
    return np.asarray(down**2 + across**2 <= 1.0)


def _tissue(
    name: str, k: int, row: float, column: float, height: float, width: float, s0: float, t2star_ms: float
) -> Tissue:
    return Tissue(name, Region("ellipse", row, column, height, width, k), s0, t2star_ms)
