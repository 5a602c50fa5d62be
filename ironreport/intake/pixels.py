"""Pixels as the header declares them: checked before anything is decoded, and what their words mean afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1

from ironreport.errors import IntakeError
from ironreport.intake.reasons import refusal
from ironreport.intake.values import as_parsed, count, number, text, value

Stored = npt.NDArray[Any]
"""Values as stored: integers of any kind, or floating point."""
BoolArray = npt.NDArray[np.bool_]

MAX_SIDE_PIXELS = 4096
MAX_PIXEL_BYTES = 64 * 2**20

FLOAT_PIXELS = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}
"""Floating point pixels by their element; MR scanners write none, programs that compute on images do."""

_BITS_ALLOCATED = {"PixelData": (8, 16, 32), "FloatPixelData": (32,), "DoubleFloatPixelData": (64,)}
_PIXELS = ("PixelData", *FLOAT_PIXELS)
_OWN_SYNTAXES = {JPEGLossless, JPEGLosslessSV1}
_LOSSY_SYNTAXES = {f"1.2.840.10008.1.2.4.{suffix}" for suffix in (50, 51, 81)}
_JPEG_BITS = 8
"""JPEG Extended with more bits is read by no decoder under a permissive licence."""


@dataclass(frozen=True, slots=True, eq=False)
class PixelBytes:
    """Pixels of a file as they lie in it.

    Parameters
    ----------
    keyword, vr : str
        Element that holds them, and its representation.
    load : callable
        Gives the bytes.
    is_view : bool
        Whether these are a part of the file's content, so that they take no memory of their own.
    """

    keyword: str
    vr: str | None
    n_bytes: int
    load: Callable[[], bytes | memoryview]
    is_view: bool = False


def pixel_bytes(dataset: Dataset, content: bytes | None = None) -> PixelBytes | None:
    """Pixels of a dataset just parsed, or None where it has none.

    Parameters
    ----------
    content : bytes, optional
        What the dataset was parsed from, where it is kept: the pixels are then a view of it, unless it was deflated.
    """
    for keyword in _PIXELS:
        raw = as_parsed(dataset, keyword)
        if raw is not None and isinstance(raw.value, bytes) and raw.value:
            return _where(keyword, raw, raw.value, content)
    return None


def _where(keyword: str, raw: RawDataElement | DataElement, data: bytes, content: bytes | None) -> PixelBytes:
    if content is not None and isinstance(raw, RawDataElement) and content.startswith(data, raw.value_tell):
        view = memoryview(content)[raw.value_tell : raw.value_tell + len(data)]
        return PixelBytes(keyword, raw.VR, len(data), lambda: view, is_view=True)
    return PixelBytes(keyword, raw.VR, len(data), lambda: data)


def n_frames(dataset: Dataset) -> int:
    """Frames in a file, 1 where not stated.

    Raises
    ------
    IntakeError
        ``FRAME_MISMATCH`` where the stated number is not a number.
    """
    if "NumberOfFrames" not in dataset or dataset["NumberOfFrames"].is_empty:
        return 1
    number = count(dataset, "NumberOfFrames")
    if number is None or number < 1:
        raise refusal("FRAME_MISMATCH")
    return number


def bytes_declared(dataset: Dataset) -> int:
    """Size of the decoded pixels as the header states it [bytes]."""
    bits = count(dataset, "BitsAllocated") or 16
    samples = count(dataset, "SamplesPerPixel") or 1
    rows, columns = count(dataset, "Rows") or 0, count(dataset, "Columns") or 0
    return rows * columns * n_frames(dataset) * samples * bits // 8


def check_declared_size(dataset: Dataset) -> None:
    """Refuse an image whose header asks for more memory than any MR series needs.

    Raises
    ------
    IntakeError
        ``IMAGE_TOO_LARGE``, ``FRAME_MISMATCH``.
    """
    sides = (count(dataset, "Rows") or 0, count(dataset, "Columns") or 0)
    if max(sides) > MAX_SIDE_PIXELS or bytes_declared(dataset) > MAX_PIXEL_BYTES:
        raise refusal("IMAGE_TOO_LARGE", side=MAX_SIDE_PIXELS, limit=MAX_PIXEL_BYTES // 2**20)


def check_decodable(dataset: Dataset) -> None:
    """Refuse an image compressed in a way that no installed decoder reads.

    Raises
    ------
    IntakeError
        ``COMPRESSED``, naming the transfer syntax, ``COMPRESSED_12_BIT``.
    """
    if "PixelData" not in dataset:
        return
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in _OWN_SYNTAXES:
        return
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        decoder = None
    if decoder is None or not decoder.is_available:
        raise refusal("COMPRESSED", syntax=_syntax_name(syntax))
    is_deep = (count(dataset, "BitsStored") or 16) > _JPEG_BITS
    if syntax == JPEGExtended12Bit and is_deep and decoder.available_plugins == ("pillow",):
        raise refusal("COMPRESSED_12_BIT")


def _syntax_name(syntax: UID) -> str:
    """Name of a transfer syntax by the standard; text of the file itself is never repeated."""
    if syntax.name == str(syntax):
        return "an unknown transfer syntax"
    return syntax.name.split(" (Process 14 [")[0]


def pixel_defect(dataset: Dataset, pixels: PixelBytes | None) -> IntakeError | None:
    """Fault of the pixels that header and length alone show, or None."""
    if pixels is None or min(count(dataset, "Rows") or 0, count(dataset, "Columns") or 0) < 1:
        return refusal("NO_PIXELS")
    if (count(dataset, "SamplesPerPixel") or 1) != 1 or not text(dataset, "PhotometricInterpretation").startswith(
        "MONOCHROME"
    ):
        return refusal("COLOUR")
    if count(dataset, "BitsAllocated") not in _BITS_ALLOCATED.get(pixels.keyword, ()):
        return refusal("UNREADABLE_PIXELS")
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated and pixels.n_bytes < bytes_declared(dataset):
        return refusal("TRUNCATED_PIXELS")
    return None


def is_lossy(dataset: Dataset) -> bool:
    """Whether the image went through lossy compression, now or earlier."""
    return text(dataset, "LossyImageCompression") == "01" or dataset.file_meta.TransferSyntaxUID in _LOSSY_SYNTAXES


# ------------------------------------------------------------------------------------- values out of words

_OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
_OVERLAY_BITS, _OVERLAY_POSITION = 0x0100, 0x0102


class BitLayout(NamedTuple):
    """Which bits of a word hold the value (PS3.5, 8.1.1)."""

    n_allocated: int
    n_stored: int
    high_bit: int
    is_signed: bool

    @property
    def shift(self) -> int:
        """Bits below the value."""
        return self.high_bit + 1 - self.n_stored


def bit_layout(dataset: Dataset) -> BitLayout:
    """Layout of the words of a file.

    Raises
    ------
    IntakeError
        ``UNREADABLE_PIXELS`` where the header does not describe a word.
    """
    allocated, stored = count(dataset, "BitsAllocated"), count(dataset, "BitsStored")
    high = count(dataset, "HighBit")
    if allocated is None or stored is None or not 1 <= stored <= allocated:
        raise refusal("UNREADABLE_PIXELS")
    high = stored - 1 if high is None else high
    if not stored <= high + 1 <= allocated:
        raise refusal("UNREADABLE_PIXELS")
    return BitLayout(allocated, stored, high, count(dataset, "PixelRepresentation") == 1)


def stored_values(words: Stored, dataset: Dataset) -> Stored:
    """Values in words as they lie in the file; padding keeps the value that the header gives it.

    Parameters
    ----------
    words : ndarray of unsigned integer
        As allocated.

    Raises
    ------
    IntakeError
        ``VALUES_BEYOND_BITS`` where a pixel needs more bits than the header says are stored.
    """
    layout = bit_layout(dataset)
    as_written = words.view(np.dtype(f"{'i' if layout.is_signed else 'u'}{words.dtype.itemsize}"))
    if layout.n_stored == layout.n_allocated:
        return as_written
    padded = padding(as_written, dataset)
    values = as_written
    if _has_overlay(dataset, layout):
        values = (words & words.dtype.type(2 ** (layout.high_bit + 1) - 1)).view(as_written.dtype)
    if layout.shift:
        values = values >> values.dtype.type(layout.shift)
    values = _within_bits(values, layout, padded)
    return values if padded is None else np.where(padded, as_written, values)


def _within_bits(values: Stored, layout: BitLayout, padded: BoolArray | None) -> Stored:
    """The values, with their sign, where all of them fit the bits."""
    seen = values if padded is None else values[~padded]
    low, high = (int(seen.min()), int(seen.max())) if seen.size else (0, 0)
    half = 2 ** (layout.n_stored - 1)
    if not layout.is_signed:
        fits = high < 2 * half
    else:
        fits = -half <= low and high < half
        if not fits and low >= 0 and high < 2 * half:  # a negative value whose unused bits were left 0
            return np.where(values >= half, values - values.dtype.type(half) - values.dtype.type(half), values)
    if not fits:
        raise refusal("VALUES_BEYOND_BITS", bits=layout.n_stored)
    return values


def _has_overlay(dataset: Dataset, layout: BitLayout) -> bool:
    """Whether bits above the value hold a graphic, as an older edition of the standard allowed."""
    for group in _OVERLAY_GROUPS:
        bits, position = (_number_of(dataset, group, element) for element in (_OVERLAY_BITS, _OVERLAY_POSITION))
        if bits > 1 and position > layout.high_bit:
            return True
    return False


def _number_of(dataset: Dataset, group: int, element: int) -> float:
    """Number of an element that has no keyword, 0 where there is none."""
    try:
        return number(dataset[group, element].value) or 0.0
    except Exception:  # absent, or damaged in one of many ways
        return 0.0


def padding(values: Stored, dataset: Dataset) -> BoolArray | None:
    """Pixels outside the image (PixelPaddingValue and its range; of floating point also what is no number), or None.

    The value may be written without the sign that the pixels have, and is then taken by its bits.
    """
    if values.dtype.kind == "f":
        mask = ~np.isfinite(values)
        pad = number(value(dataset, "FloatPixelPaddingValue"))
        return mask if pad is None else mask | (values == values.dtype.type(pad))
    ends = [count(dataset, keyword) for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    known = sorted(_of_type(end, values.dtype) for end in ends if end is not None)
    if not known or ends[0] is None:
        return None
    return values == known[0] if len(known) == 1 else (values >= known[0]) & (values <= known[-1])


def _of_type(whole: int, dtype: np.dtype[Any]) -> int:
    """A whole number by its bits, in a type that may have another sign."""
    return int(np.array(whole % 2 ** (8 * dtype.itemsize), f"u{dtype.itemsize}").view(dtype))
