"""A mask that was found, as pixels of one series."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ironreport.intake.masks.mismatches import mismatch
from ironreport.intake.outlines import region_of_mask
from ironreport.intake.reasons import clean_text
from ironreport.records import EchoSeries, Region

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class FoundMask:
    """Pixels of one series that another program marked.

    Parameters
    ----------
    name : str
        As it was written; text from outside.
    source : str
        What kind of mask it is and how it was matched, in words.
    series_key : str
        Fingerprint of the series whose pixels these are.
    shape : (n_slices, n_rows, n_columns)
    places : ndarray of int32, shape (n_pixels, 3)
        Slice, row and column of each pixel, counted from 0.
    organ : str
        Id of the organ that the name suggests, empty where it suggests none.
    question : str
        What somebody must look at before the mask may be measured; empty where nothing is open.
    """

    name: str
    source: str
    series_key: str
    shape: tuple[int, int, int]
    places: npt.NDArray[np.int32] = field(repr=False)
    organ: str = ""
    question: str = ""

    @property
    def n_pixels(self) -> int:
        """Number of pixels selected."""
        return len(self.places)

    @property
    def slices(self) -> tuple[int, ...]:
        """Slices that hold pixels of the mask, counted from 0."""
        return tuple(int(one) for one in np.unique(self.places[:, 0]))

    @property
    def mask(self) -> BoolArray:
        """The pixels as an array, shape (n_slices, n_rows, n_columns)."""
        selected = np.zeros(self.shape, dtype=np.bool_)
        selected[tuple(self.places.T)] = True
        return selected

    @property
    def regions(self) -> tuple[Region, ...]:
        """One region for each slice, which selects exactly the pixels of the mask."""
        return tuple(region_of_mask(self._on(index), index) for index in self.slices)

    @property
    def needs_confirmation(self) -> bool:
        """Whether somebody must look at the mask before it may be measured."""
        return bool(self.question)

    def confirmed(self) -> FoundMask:
        """The mask once somebody looked at it and its question is answered with yes."""
        return replace(self, question="")

    def _on(self, slice_index: int) -> BoolArray:
        selected = np.zeros(self.shape[1:], dtype=np.bool_)
        selected[tuple(self.places[self.places[:, 0] == slice_index, 1:].T)] = True
        return selected


def found_mask(name: str, source: str, series: EchoSeries, mask: BoolArray, question: str = "") -> FoundMask:
    """A mask of shape (n_slices, n_rows, n_columns) as a record.

    Raises
    ------
    IntakeError
        ``MASK_EMPTY``.
    """
    places = np.argwhere(mask).astype(np.int32)
    if not len(places):
        raise mismatch("MASK_EMPTY")
    n_slices, _, n_rows, n_columns = series.images.shape
    return FoundMask(clean_text(name), source, series.key, (n_slices, n_rows, n_columns), places, question=question)
