"""The outlines of several readers on the image that they drew on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ironreport.teaching.reader_outlines import Outline
from ironreport.teaching.scenes import Scene
from ironreport.ui.learn.region_lesson import scene_picture

Pixel = TypeVar("Pixel", np.uint8, np.bool_)
TIMES, MARGIN = 8, 20
COLOURS = ((95, 208, 208), (255, 178, 66), (255, 154, 208), (181, 218, 140), (185, 162, 255), (255, 255, 255))
"""Light, for a dark image."""


def outline_picture(scene: Scene, outlines: Sequence[Outline]) -> npt.NDArray[np.uint8]:
    """The image around some outlines in grey, the rim of each in a colour, shape (n_rows, n_columns, 3)."""
    masks = [outline.mask for outline in outlines]
    rows, columns = (_around(np.any(masks, axis=(0, other))) for other in (2, 1))
    grey = _larger(scene_picture(scene)[rows, columns])
    picture = np.repeat(grey[..., None], 3, axis=2)
    for i, mask in enumerate(masks):
        picture[_rim(_larger(mask[rows, columns]))] = COLOURS[i % len(COLOURS)]
    return picture


def _around(used: npt.NDArray[np.bool_]) -> slice:
    """From a little before the first place that is used to a little behind the last."""
    places = np.flatnonzero(used)
    return slice(max(int(places[0]) - MARGIN, 0), int(places[-1]) + MARGIN + 1)


def _larger(image: npt.NDArray[Pixel]) -> npt.NDArray[Pixel]:
    return image.repeat(TIMES, axis=0).repeat(TIMES, axis=1)


def _rim(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels of a mask that have a neighbour outside."""
    around = np.pad(mask, 1)
    inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return mask & ~inner
