"""Outlines that readers drew on the same image: kept with their answers, and how far they lie apart."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from ironreport.intake import region_mask
from ironreport.knowledge.schema import Entry, Number
from ironreport.records import Region
from ironreport.synthetic.anatomy import N_PIXELS

MOST_CORNERS, FEWEST_CORNERS = 200, 3
"""More corners than that change no pixel of an image of this size."""
Place = Annotated[Number, Field(ge=-N_PIXELS, le=2 * N_PIXELS)]
Extent = Annotated[Number, Field(gt=0, le=2 * N_PIXELS)]


class Outline(Entry):
    """One region as it stands in a file, in pixels of the image."""

    shape: Literal["ellipse", "rectangle", "polygon"]
    row: Place
    column: Place
    height: Extent
    width: Extent
    points: Annotated[tuple[tuple[Place, Place], ...], Field(max_length=MOST_CORNERS)] = ()

    @model_validator(mode="after")
    def _has_its_corners(self) -> Self:
        if self.shape == "polygon" and len(self.points) < FEWEST_CORNERS:
            raise ValueError("a polygon needs three corners")
        return self

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """The pixels inside, shape (N_PIXELS, N_PIXELS)."""
        region = Region(self.shape, self.row, self.column, self.height, self.width, points=self.points)
        return region_mask(region, (N_PIXELS, N_PIXELS))


def outline_of(region: Region) -> Outline:
    """A drawn region, to a tenth of a pixel."""
    every = -(-len(region.points) // MOST_CORNERS) or 1
    points = tuple((round(row, 1), round(column, 1)) for row, column in region.points[::every])
    return Outline(
        shape=region.shape, row=region.row, column=region.column, height=region.height, width=region.width,
        points=points,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutlineSpread:
    """How alike the outlines of some readers are.

    Parameters
    ----------
    dice, least_dice : float
        Twice the shared pixels over all pixels of two outlines: mean and least of all pairs; 1 is the same region.
    fewest_pixels, most_pixels : int
    """

    n_readers: int
    dice: float
    least_dice: float
    fewest_pixels: int
    most_pixels: int


def outline_spread(outlines: Sequence[Outline]) -> OutlineSpread | None:
    """The spread of two or more outlines on one image; None of fewer, those without a pixel not counted."""
    masks = [mask for outline in outlines if (mask := outline.mask).any()]
    if len(masks) < 2:
        return None
    pairs = [_dice(a, b) for a, b in itertools.combinations(masks, 2)]
    sizes = [int(mask.sum()) for mask in masks]
    return OutlineSpread(len(masks), statistics.fmean(pairs), min(pairs), min(sizes), max(sizes))


def _dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    return 2.0 * float((a & b).sum()) / float(a.sum() + b.sum())
