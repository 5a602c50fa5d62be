"""The outlines of several readers on the image that they drew on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ironreport.teaching.reader_outlines import Outline
from ironreport.teaching.scenes import Scene
from ironreport.ui.learn.region_lesson import scene_picture

TIMES = 4
COLOURS = ((95, 208, 208), (255, 178, 66), (255, 154, 208), (181, 218, 140), (185, 162, 255), (255, 255, 255))
"""Light, for a dark image."""


def outline_picture(scene: Scene, outlines: Sequence[Outline]) -> npt.NDArray[np.uint8]:
    """Grey image with the rim of each outline in a colour, shape (TIMES * n_rows, TIMES * n_columns, 3)."""
    grey = scene_picture(scene).repeat(TIMES, axis=0).repeat(TIMES, axis=1)
    picture = np.repeat(grey[..., None], 3, axis=2)
    for i, outline in enumerate(outlines):
        mask = outline.mask.repeat(TIMES, axis=0).repeat(TIMES, axis=1)
        picture[_rim(mask)] = COLOURS[i % len(COLOURS)]
    return picture


def _rim(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels of a mask that have a neighbour outside."""
    around = np.pad(mask, 1)
    inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return mask & ~inner
