"""Synthetic images to draw on, with the tissue of every pixel known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from ironreport.intake import region_mask
from ironreport.records import EchoSeries, Region, Technique
from ironreport.synthetic.acquisition import Recipe, acquire
from ironreport.synthetic.anatomy import ANATOMIES, N_PIXELS, Anatomy, Part
from ironreport.teaching.case_file import CaseImages

ENOUGH_OF_ORGAN, FEWEST_PIXELS = 0.95, 30
"""A region is right where this share of it lies in the organ, and it is not too small to be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Images with their truth.

    Parameters
    ----------
    tissue : ndarray of str, shape (n_slices, N_PIXELS, N_PIXELS)
        Name of the tissue in each pixel, empty in air.
    """

    organ: str
    t2star_ms: float
    series: EchoSeries
    tissue: npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class UnderRegion:
    """What lies under a region.

    Parameters
    ----------
    shares : tuple of (tissue, share)
        By share, the largest first.
    """

    n_pixels: int
    shares: tuple[tuple[str, float], ...]
    right: bool

    @property
    def strangers(self) -> tuple[str, ...]:
        """Tissues that do not belong there, the largest share first."""
        return tuple(name for name, share in self.shares[1 if self.right else 0 :] if share > 0.0)


def _liver_scene() -> Anatomy:
    """The liver of the samples, with a gallbladder at its lower face."""
    liver = ANATOMIES["liver"]
    return replace(liver, parts=(*liver.parts, Part("bile", 78, 57, 17, 11, 20)))


def _septum_scene() -> Anatomy:
    """A short axis whose septum is sound, with lung and a vein that spoil the field in the side wall."""
    heart = ANATOMIES["heart"]
    before, chambers = heart.parts[:6], heart.parts[6:8]
    wall = (
        Part("free wall", 62, 76, 46, 46, 0, 0.03),
        Part("spoilt wall", 67, 93, 30, 14, 0, 0.03),
        Part("heart", 62, 58, 26, 10, 0, 0.03),
        Part("blood", 62, 76, 26, 26, 0, 0.03),
        Part("blood", 78, 97, 5, 5),
    )
    return replace(heart, parts=(*before, *chambers, *wall, *heart.parts[10:]))


def _no_spleen_scene() -> Anatomy:
    """The upper abdomen after splenectomy: bowel where the spleen lay."""
    liver = ANATOMIES["liver"]
    return replace(liver, parts=tuple(part for part in liver.parts if part.tissue != "spleen"))


SCENES: dict[str, Callable[[], Anatomy]] = {
    "liver": _liver_scene,
    "septum": _septum_scene,
    "no-spleen": _no_spleen_scene,
}
"""What a case may name as its scene."""


@cache
def scene_of(images: CaseImages) -> Scene:
    """The images of a case; the same case gives the same pixels."""
    anatomy = SCENES[images.scene]()
    recipe = Recipe(images.t2star_ms, noise_sd=images.noise_sd, n_slices=1)
    acquired = acquire(anatomy, recipe)
    whole = np.rint(acquired.magnitude).astype(np.float32)
    series = EchoSeries(
        key=f"lesson-{images.scene}-{images.t2star_ms:g}-{images.noise_sd:g}",
        label=f"Synthetic {anatomy.organ}, for learning",
        images=whole,
        contrast="T2*",
        field_tesla=recipe.field_tesla,
        pixel_spacing_mm=(anatomy.pixel_mm, anatomy.pixel_mm),
        slice_positions_mm=(0.0,),
        technique=Technique(),
        patient_key="lesson",
        study_key=f"lesson-{images.scene}",
        te_ms=anatomy.te_ms,
    )
    return Scene(anatomy.organ, images.t2star_ms, series, anatomy.tissue_map(1))


def under_region(scene: Scene, region: Region) -> UnderRegion:
    """Which tissues a region covers, and whether it is a good one."""
    pixels = region_mask(region, (N_PIXELS, N_PIXELS))
    names = scene.tissue[min(region.slice_index, len(scene.tissue) - 1)][pixels]
    counts = Counter("air outside" if not name else str(name) for name in names)
    n_pixels = int(pixels.sum())
    shares = tuple((name, n / n_pixels) for name, n in counts.most_common())
    right = counts[scene.organ] >= ENOUGH_OF_ORGAN * n_pixels and n_pixels >= FEWEST_PIXELS
    return UnderRegion(n_pixels, shares, right)
