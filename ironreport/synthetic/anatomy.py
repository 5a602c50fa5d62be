"""Bodies of ellipses, organ by organ, as a reader sees them: what lies where, of which tissue, and where to measure.

Believable enough to draw on, simple enough to know the truth of every pixel. Relaxation times of tissues
beside the measured organ are of the usual order at 1.5 T; nothing is concluded from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ironreport.records import Region

N_PIXELS = 128
"""Rows and columns of every image."""

Mask = npt.NDArray[np.bool_]
OrganName = Literal["liver", "heart", "pancreas", "kidney", "pituitary"]


@dataclass(frozen=True, slots=True)
class BodyTissue:
    """What a pixel holds: signal at TE 0 [arbitrary units], relaxation times and the fat share of the signal."""

    s0: float
    t2star_ms: float
    t2_ms: float
    t1_ms: float
    fat_fraction: float = 0.0


TISSUES = {
    "fat": BodyTissue(900, 30, 70, 260, 0.95),
    "muscle": BodyTissue(400, 30, 45, 950),
    "bowel": BodyTissue(520, 18, 60, 900, 0.15),
    "air": BodyTissue(15, 2, 20, 1000),
    "lung": BodyTissue(70, 2, 20, 1100),
    "bone": BodyTissue(60, 1.5, 5, 400),
    "marrow": BodyTissue(650, 12, 60, 500, 0.4),
    "blood": BodyTissue(1000, 120, 180, 1500),
    "fluid": BodyTissue(1150, 200, 500, 3500),
    "bile": BodyTissue(1100, 150, 400, 2500),
    "free wall": BodyTissue(720, 24, 48, 1000),
    "spoilt wall": BodyTissue(640, 12, 48, 1000),
    "brain": BodyTissue(700, 50, 90, 950),
    "liver": BodyTissue(800, 24, 45, 580),
    "spleen": BodyTissue(880, 22, 70, 1050),
    "pancreas": BodyTissue(760, 26, 50, 600),
    "kidney": BodyTissue(850, 45, 90, 1100),
    "medulla": BodyTissue(900, 35, 100, 1400),
    "heart": BodyTissue(720, 33, 50, 1000),
    "pituitary": BodyTissue(760, 25, 80, 1000),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One ellipse of one tissue, drawn over those before it; centre and full extents in pixels.

    ``taper`` is the share of its size that it loses from slice to slice.
    """

    tissue: str
    row: float
    column: float
    height: float
    width: float
    tilt_deg: float = 0.0
    taper: float = 0.0

    def pixels(self, slice_index: int) -> Mask:
        """Pixels whose centre lies inside, shape (N_PIXELS, N_PIXELS)."""
        rows, columns = np.mgrid[:N_PIXELS, :N_PIXELS]
        down, across = rows - self.row, columns - self.column
        cosine, sine = math.cos(math.radians(self.tilt_deg)), math.sin(math.radians(self.tilt_deg))
        size = 1.0 - self.taper * slice_index
        along = (cosine * down + sine * across) / (self.height / 2 * size)
        beside = (cosine * across - sine * down) / (self.width / 2 * size)
        return np.asarray(along**2 + beside**2 <= 1.0)


@dataclass(frozen=True, slots=True)
class Location:
    """A place to measure, wholly inside its organ in every slice."""

    name: str
    row: float
    column: float
    height: float
    width: float

    def region(self, slice_index: int) -> Region:
        """The place as a region of one slice."""
        return Region("ellipse", self.row, self.column, self.height, self.width, slice_index)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """One body region: its parts from back to front, the locations of its organ and how it is cut."""

    organ: OrganName
    parts: tuple[Part, ...]
    locations: tuple[Location, ...]
    body_part: str
    pixel_mm: float
    slice_gap_mm: float
    cosines: tuple[float, ...]
    te_ms: tuple[float, ...]
    spin_echo: bool = False

    def tissue_map(self, n_slices: int) -> npt.NDArray[np.str_]:
        """Name of the tissue in each pixel, empty in air, shape (n_slices, N_PIXELS, N_PIXELS)."""
        found = np.full((n_slices, N_PIXELS, N_PIXELS), "", dtype="U12")
        for k in range(n_slices):
            for part in self.parts:
                found[k][part.pixels(k)] = part.tissue
        return found


_AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
# Short axis: rows run from the chest wall's right front to the left back, as the septum lies.
_SHORT_AXIS = (0.6, 0.8, 0.0, 0.4, -0.3, -0.866025)


def _train(first_ms: float, spacing_ms: float, n_echoes: int) -> tuple[float, ...]:
    return tuple(round(first_ms + spacing_ms * k, 2) for k in range(n_echoes))


_TRUNK = (
    Part("fat", 66, 64, 92, 120),
    Part("muscle", 66, 64, 82, 108),
    Part("bowel", 60, 64, 66, 94),
)
_SPINE = (
    Part("muscle", 99, 48, 18, 24),
    Part("muscle", 99, 80, 18, 24),
    Part("bone", 100, 64, 18, 14),
    Part("marrow", 89, 64, 18, 22),
    Part("fluid", 102, 64, 7, 9),
    Part("blood", 77, 69, 7, 7),
    Part("blood", 75, 57, 7, 10),
)

_LIVER = Anatomy(
    "liver",
    (
        *_TRUNK,
        *_SPINE,
        Part("air", 42, 86, 12, 20),
        Part("bowel", 54, 88, 20, 24),
        Part("spleen", 72, 101, 34, 16, -12),
        Part("liver", 46, 62, 24, 44, 8, 0.05),
        Part("liver", 61, 40, 58, 48, -10, 0.03),
        Part("blood", 45, 40, 4, 16, 30),
        Part("blood", 51, 53, 5, 13, -25),
        Part("blood", 60, 57, 7, 9),
        Part("blood", 43, 62, 4, 9, 10),
    ),
    (
        Location("right lobe", 68, 36, 24, 22),
    ),
    "ABDOMEN", 3.0, 10.0, _AXIAL, _train(1.2, 1.3, 10),
)  # fmt: skip

_PANCREAS = Anatomy(
    "pancreas",
    (
        *_TRUNK,
        *_SPINE,
        Part("liver", 52, 34, 46, 38, -10),
        Part("spleen", 76, 104, 26, 13, -12),
        Part("kidney", 84, 36, 22, 15, 15),
        Part("kidney", 84, 93, 22, 15, -15),
        Part("fat", 66, 70, 24, 54),
        Part("fluid", 66, 41, 16, 7),
        Part("pancreas", 66, 51, 16, 14),
        Part("pancreas", 60, 67, 10, 30),
        Part("pancreas", 64, 88, 11, 24, -12),
        Part("blood", 69, 63, 6, 6),
        Part("blood", 68, 75, 3, 18, -12),
    ),
    (
        Location("head", 66, 50, 9, 8),
        Location("body", 59.5, 68, 5, 12),
        Location("tail", 64, 89, 6, 10),
    ),
    "ABDOMEN", 2.8, 6.0, _AXIAL, _train(1.3, 1.4, 10),
)  # fmt: skip

_KIDNEY = Anatomy(
    "kidney",
    (
        *_TRUNK,
        *_SPINE,
        Part("liver", 50, 32, 32, 28, 0, 0.1),
        Part("fat", 74, 34, 38, 30),
        Part("fat", 74, 94, 38, 30),
        *(
            part
            for column, inward in ((34, 1), (94, -1))
            for part in (
                Part("kidney", 74, column, 32, 22, 0, 0.04),
                Part("medulla", 66, column + 3 * inward, 5, 5),
                Part("medulla", 82, column + 3 * inward, 5, 5),
                Part("fat", 74, column + 7 * inward, 12, 9),
                Part("fluid", 74, column + 8 * inward, 5, 6),
            )
        ),
    ),
    (
        Location("right kidney", 74, 28, 16, 6),
        Location("left kidney", 74, 100, 16, 6),
    ),
    "ABDOMEN", 2.8, 8.0, _AXIAL, _train(4.6, 4.6, 12),
)  # fmt: skip

_HEART = Anatomy(
    "heart",
    (
        Part("fat", 66, 64, 112, 122),
        Part("muscle", 66, 64, 102, 110),
        Part("lung", 62, 64, 88, 96),
        Part("liver", 98, 46, 26, 54, 8),
        Part("bowel", 98, 92, 20, 34, -10),
        Part("fat", 63, 66, 58, 72),
        Part("heart", 64, 56, 44, 46, 0, 0.04),
        Part("blood", 64, 56, 38, 40, 0, 0.04),
        Part("heart", 62, 76, 46, 46, 0, 0.03),
        Part("blood", 62, 76, 26, 26, 0, 0.03),
        Part("heart", 70, 71, 5, 4),
        Part("heart", 70, 82, 5, 4),
        Part("blood", 108, 74, 8, 8),
    ),
    (Location("septum", 62, 58, 16, 6),),
    "HEART", 2.5, 12.0, _SHORT_AXIS, _train(2.0, 2.2, 8),
)  # fmt: skip

_PITUITARY = Anatomy(
    "pituitary",
    (
        Part("fat", 62, 64, 116, 118),
        Part("bone", 62, 64, 108, 110),
        Part("fluid", 60, 64, 98, 102),
        Part("brain", 54, 64, 82, 96),
        Part("fluid", 54, 62, 8, 30, -8),
        Part("muscle", 112, 40, 34, 44),
        Part("air", 92, 30, 26, 30),
        Part("marrow", 96, 54, 26, 9, 20),
        Part("brain", 88, 68, 40, 16, -8),
        Part("brain", 90, 90, 28, 26),
        Part("fluid", 86, 78, 9, 6),
        Part("fluid", 74, 48, 8, 16),
        Part("pituitary", 82, 46, 10, 13),
    ),
    (Location("anterior lobe", 82, 46, 6, 9),),
    "HEAD", 1.2, 3.0, _SAGITTAL, _train(15.0, 15.0, 8), spin_echo=True,
)  # fmt: skip

ANATOMIES: dict[str, Anatomy] = {anatomy.organ: anatomy for anatomy in (_LIVER, _HEART, _PANCREAS, _KIDNEY, _PITUITARY)}
