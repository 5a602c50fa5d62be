"""What a reader must know about a series before trusting a number from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ironreport.intake.headers import Frame, field_of
from ironreport.intake.kinds import contrast
from ironreport.intake.pixels import is_lossy
from ironreport.intake.scaling import SAME_SCALE_RELATIVE, spread
from ironreport.intake.values import count, number
from ironreport.records import Caution

MIN_CLIPPED_PIXELS = 10
"""Scanners scale an image so that its brightest pixel reaches the top; many such pixels are clipped."""


def series_cautions(rows: Sequence[Sequence[Frame]], n_copies: int) -> tuple[Caution, ...]:
    """Doubts that the headers of a series raise.

    Parameters
    ----------
    rows : sequence of sequences of Frame
        Frames by slice and echo.
    n_copies : int
        Images given twice, equal in every pixel.
    """
    first = rows[0][0]
    found = list(_header_cautions(first.view.dataset, [frame for row in rows for frame in row]))
    if n_copies:
        found.append(
            Caution(
                "DUPLICATE_IMAGES", f"{n_copies} images were given twice, equal in every pixel; one of each was used."
            )
        )
    if missing := _missing_echoes(rows[0]):
        found.append(
            Caution(
                "ECHO_GAP",
                f"Echo {missing} of the train is missing by its number; check that all echoes were exported.",
            )
        )
    return tuple(found)


def _header_cautions(dataset: Dataset, frames: Sequence[Frame]) -> Iterator[Caution]:
    if not contrast(dataset)[1]:
        yield Caution(
            "CONTRAST_UNKNOWN",
            "The header does not say whether this is a gradient echo (T2*) or a spin echo (T2) series; it was taken "
            "as gradient echo. Check the sequence name, because T2 read as T2* hides iron.",
        )
    if field_of(dataset)[1]:
        yield Caution(
            "FIELD_IN_GAUSS",
            f"The header gives the field strength in gauss; it was read as {field_of(dataset)[0]:g} T.",
        )
    if not all(frame.is_stated_magnitude for frame in frames):
        yield Caution(
            "MAGNITUDE_ASSUMED",
            "The header does not say whether the images are magnitude; they were taken as such. Check the pictures.",
        )
    if any(frame.inverted for frame in frames):
        yield Caution(
            "INVERSION_PREPARED",
            "The images were acquired after an inversion pulse (for example black blood); weak signals are unsafe.",
        )
    if is_lossy(dataset):
        yield Caution(
            "LOSSY", "The images went through lossy compression, which changes signals. Export the originals."
        )


def _missing_echoes(row: Sequence[Frame]) -> str:
    """Numbers of echoes missing in a train, by the echo numbers in the headers."""
    numbers = {count(frame.view.dataset, "EchoNumbers") for frame in row}
    known = {n for n in numbers if n is not None}
    if len(known) < len(row) or max(known) > 2 * len(row):
        return ""
    return ", ".join(str(n) for n in sorted(set(range(1, max(known) + 1)) - known))


def scale_cautions(frames: Sequence[Frame], is_private: bool) -> Iterator[Caution]:
    """Doubts about scaling that differs from image to image (Philips)."""
    if is_private:
        yield Caution(
            "PRIVATE_SCALE",
            "The standard rescale would leave the images of this series on different scales; they were scaled by the "
            "private Philips elements (2005,100D) and (2005,100E). Check that the decay is smooth.",
        )
        return
    slopes = [frame.slope for frame in frames]
    if spread(slopes) > SAME_SCALE_RELATIVE:
        yield Caution(
            "RESCALE_DIFFERS",
            f"The rescale slope differs between images ({min(slopes):g} to {max(slopes):g}); each image was rescaled "
            "by its own slope and intercept. Check that the decay is smooth.",
        )


def image_cautions(
    dataset: Dataset, stored: Sequence[npt.NDArray[np.generic]], images: npt.NDArray[np.float32]
) -> Iterator[Caution]:
    """Doubts that the pixels of a series raise: clipped or negative signals."""
    n_negative = int(np.count_nonzero(images < 0))
    if n_negative:
        yield Caution(
            "NEGATIVE_VALUES",
            f"{n_negative} pixels ({n_negative / images.size:.2%}) are negative, which magnitude never is; "
            "keep the region away from them.",
        )
    top = top_of_range(dataset)
    n_clipped = max((int(np.count_nonzero(image == top)) for image in stored), default=0) if top else 0
    if n_clipped >= MIN_CLIPPED_PIXELS:
        yield Caution(
            "CLIPPED",
            f"Up to {n_clipped} pixels of an image stand at the largest value that can be stored and may be clipped; "
            "keep the region away from the brightest parts.",
        )


def top_of_range(dataset: Dataset) -> int | None:
    """Largest value that the stored bits can hold, or None where the header does not say."""
    bits = number(count(dataset, "BitsStored"))
    if bits is None or not 2 <= bits <= 32:
        return None
    is_signed = count(dataset, "PixelRepresentation") == 1
    return int(2 ** (int(bits) - is_signed)) - 1
