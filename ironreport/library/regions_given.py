"""Regions and masks in every form a caller may give them, as regions of a series."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
import numpy.typing as npt

from ironreport.canvas import DrawnRegion
from ironreport.errors import IntakeError
from ironreport.intake.masks import FoundMask
from ironreport.intake.outlines import region_of_mask
from ironreport.library.arguments import slice_given
from ironreport.records import EchoSeries, Region

Drawn = Region | DrawnRegion | FoundMask | npt.ArrayLike | Sequence[Region] | Sequence[DrawnRegion]
"""A region, several, a mask that was found, or one of one slice (n_rows, n_columns) or of all (n_slices, ...)."""


def placed_regions(drawn: Drawn, images: EchoSeries, slice_index: int | None) -> list[Region]:
    """The regions of a series that were meant by what a caller gave; the parameters are those of `measure`."""
    slice_index = slice_given(slice_index)
    found = _regions(drawn, images)
    if found is None:
        return _of_mask(drawn, images, slice_index)
    _on_that_slice(found, slice_index)
    return found


def _regions(drawn: Drawn, images: EchoSeries) -> list[Region] | None:
    """Regions that know their slice; None where an array may have been given."""
    if isinstance(drawn, (Region, DrawnRegion)):
        return _several([drawn])
    if isinstance(drawn, FoundMask):
        return _found(drawn, images)
    if isinstance(drawn, (str, PathLike)):
        raise IntakeError(
            "MASK_SHAPE", "A path is no mask yet.", "Read it: series.masks(path), and measure one of them."
        )
    if isinstance(drawn, Sequence) and all(isinstance(one, (Region, DrawnRegion)) for one in drawn):
        return _several(drawn)
    if isinstance(drawn, Sequence) and drawn and all(isinstance(one, FoundMask) for one in drawn):
        raise IntakeError("MASK_SHAPE", "Several masks were given at once.", "Measure one of them, e.g. masks[0].")
    return None


def _on_that_slice(regions: Sequence[Region], slice_index: int | None) -> None:
    """Refuse regions of another slice than the one named beside them: nobody knows which of the two was meant."""
    others = [one.slice_index for one in regions if slice_index not in (None, one.slice_index)]
    if others:
        raise IntakeError(
            "MASK_SLICE", f"The region lies on slice {others[0]}, and slice_index says {slice_index}.",
            "Leave slice_index away, or put the region on that slice.",
        )  # fmt: skip


def _of_mask(drawn: Drawn, images: EchoSeries, slice_index: int | None) -> list[Region]:
    mask = _mask(drawn)
    expected = (images.images.shape[2], images.images.shape[3])
    if mask.shape[-2:] != expected or mask.ndim not in (2, 3) or (mask.ndim == 3 and len(mask) != images.n_slices):
        what = f"The mask has the shape {mask.shape}; the series has {images.n_slices} slices of {expected} pixels."
        raise IntakeError("MASK_SHAPE", what, "Give a mask drawn on these images; it is never stretched or shifted.")
    if mask.ndim == 3:
        found = _of_slices(mask)
        _on_that_slice(found, slice_index)
        return found
    if slice_index is None and images.n_slices > 1:
        what = f"The mask is of one slice and the series has {images.n_slices}."
        raise IntakeError("MASK_SLICE", what, "Say which one: slice_index, counted from 0.")
    return [region_of_mask(mask, slice_index or 0)]


def of_that_organ(drawn: Drawn, organ: str) -> None:
    """Refuse regions that were drawn on a canvas as another organ."""
    each = drawn if isinstance(drawn, (list, tuple)) else [drawn]
    others = [
        one.organ for one in each if isinstance(one, DrawnRegion) and one.reported and one.organ not in ("", organ)
    ]
    if others:
        what = f"A region that was drawn as {others[0]} was to be measured as {organ}."
        raise IntakeError("REGION_ORGAN", what, f"Measure those of the organ alone: board.organ('{organ}').")


def _several(drawn: Sequence[object]) -> list[Region]:
    """Regions, also those of a canvas, without what its reader took the tick from."""
    regions = [one for one in drawn if isinstance(one, Region)]
    regions += [one.region for one in drawn if isinstance(one, DrawnRegion) and one.reported]
    if not regions:
        raise IntakeError("NO_REGION", "There is no region to measure.", "Draw one on the image.")
    return regions


def _found(mask: FoundMask, images: EchoSeries) -> list[Region]:
    """Regions of a mask that was found on these images and has no question open."""
    if mask.series_key != images.key:
        what = f"The mask '{mask.name}' was found on another series."
        raise IntakeError("MASK_SERIES", what, "Measure it on that one: its series_key is that of the images.")
    if mask.needs_confirmation:
        raise IntakeError("MASK_UNCONFIRMED", mask.question, "If so, measure mask.confirmed().")
    return list(mask.regions)


def _of_slices(mask: npt.NDArray[np.bool_]) -> list[Region]:
    found = [region_of_mask(one, i) for i, one in enumerate(mask) if one.any()]
    if not found:
        raise IntakeError("MASK_EMPTY", "The mask selects no pixel.", "Give one that is not zero inside the organ.")
    return found


def _mask(drawn: object) -> npt.NDArray[np.bool_]:
    """A mask as true and false; what could be several masks in one is not guessed."""
    try:
        values = np.asarray(np.ma.filled(drawn, 0) if isinstance(drawn, np.ma.MaskedArray) else drawn)
    except ValueError:  # rows of unequal length
        values = np.empty(0, dtype=object)
    if values.dtype.kind not in "biuf":
        raise IntakeError(
            "MASK_SHAPE", f"{type(drawn).__name__} is neither a region nor a mask.",
            "Give an ironreport.Region or an array of rows and columns.",
        )  # fmt: skip
    labels = np.unique(values[values != 0])
    if len(labels) > 1:
        few = ", ".join(f"{label:g}" for label in labels[:5])
        what = f"The mask holds {len(labels)} different values ({few}{', ...' if len(labels) > 5 else ''})."
        raise IntakeError("MASK_LABELS", what, "Choose one of them, e.g. mask == 1.")
    if values.dtype.kind == "f" and not all(float(label).is_integer() for label in labels):
        raise IntakeError(
            "MASK_FRACTIONAL", "The mask holds a share or no number inside, not yes or no.",
            "Give an array that is true inside the organ, e.g. mask > 0.5.",
        )  # fmt: skip
    return np.asarray(values != 0)
