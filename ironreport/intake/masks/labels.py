"""Label volumes: each value that is not zero is one mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.masks.found import FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.placing import Lattice, on_series, on_the_one
from ironreport.records import EchoSeries

MAX_LABELS = 256
Labels = npt.NDArray[np.int64]


def label_masks(
    values: npt.NDArray[np.generic],
    lattice: Lattice,
    series: Sequence[EchoSeries],
    *,
    name: str,
    kind: str,
    names: Mapping[int, str],
) -> Iterator[FoundMask | NotTaken]:
    """One mask for each label of a volume, on the one series whose grid it shares.

    Parameters
    ----------
    values : ndarray, shape (n_0, n_1, n_2)
    names : mapping of label to str
        Names that the file gives; other labels are named after the file.

    Raises
    ------
    IntakeError
        ``MASK_EMPTY``, ``MASK_FRACTIONAL``, ``MASK_TOO_MANY_LABELS``, and as `on_the_one` and `on_series` do.
    """
    whole = as_labels(values)
    one, placed = on_the_one(series, lambda images: on_series(images, lattice, whole))
    found = [int(label) for label in np.unique(whole[whole != 0])]
    for label in found:
        called = names.get(label) or (name if len(found) == 1 else f"{name}, label {label}")
        try:
            yield found_mask(called, f"{kind}, label {label}, placed by its affine", one, placed == label)
        except IntakeError as error:
            yield NotTaken(called, error)


def as_labels(values: npt.NDArray[np.generic]) -> Labels:
    """Values as whole numbers.

    Raises
    ------
    IntakeError
        ``MASK_EMPTY``, ``MASK_FRACTIONAL``, ``MASK_TOO_MANY_LABELS``.
    """
    if values.dtype.kind not in "biuf":
        raise mismatch("MASK_ENCODING", what="complex numbers or colours")
    if values.dtype.kind == "f" and not _are_whole(values):
        raise mismatch("MASK_FRACTIONAL")
    whole = values.astype(np.int64)
    if not whole.any():
        raise mismatch("MASK_EMPTY")
    if len(np.unique(whole)) > MAX_LABELS:
        raise mismatch("MASK_TOO_MANY_LABELS", limit=MAX_LABELS)
    return whole


def _are_whole(values: npt.NDArray[np.generic]) -> bool:
    floats = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(floats).all() and (floats == np.rint(floats)).all() and (np.abs(floats) < 2**31).all())


def as_volume(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The same values with three axes; axes of one element are left out or added.

    Raises
    ------
    IntakeError
        ``MASK_DIMENSIONS``.
    """
    n_long = sum(n > 1 for n in values.shape)
    if any(n > 1 for n in values.shape[3:]):
        raise mismatch("MASK_DIMENSIONS", n=n_long)
    return values.reshape((*values.shape[:3], 1, 1, 1)[:3])
