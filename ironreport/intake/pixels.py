"""Pixels as the header declares them, checked before anything is decoded."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1

from ironreport.errors import IntakeError
from ironreport.intake.reasons import refusal
from ironreport.intake.values import count, text

MAX_SIDE_PIXELS = 4096
MAX_PIXEL_BYTES = 64 * 2**20

_BITS_ALLOCATED = (8, 16, 32)
_OWN_SYNTAXES = {JPEGLossless, JPEGLosslessSV1}
_LOSSY_SYNTAXES = {f"1.2.840.10008.1.2.4.{suffix}" for suffix in (50, 51, 81)}
_JPEG_BITS = 8
"""JPEG Extended with more bits is read by no decoder under a permissive licence."""


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


def pixel_defect(dataset: Dataset) -> IntakeError | None:
    """Fault of the pixels that header and length alone show, or None."""
    data = dataset.get("PixelData")
    if not isinstance(data, bytes) or not data or min(count(dataset, "Rows") or 0, count(dataset, "Columns") or 0) < 1:
        return refusal("NO_PIXELS")
    if (count(dataset, "SamplesPerPixel") or 1) != 1 or not text(dataset, "PhotometricInterpretation").startswith(
        "MONOCHROME"
    ):
        return refusal("COLOUR")
    if count(dataset, "BitsAllocated") not in _BITS_ALLOCATED:
        return refusal("UNREADABLE_PIXELS")
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated and len(data) < bytes_declared(dataset):
        return refusal("TRUNCATED_PIXELS")
    return None


def is_lossy(dataset: Dataset) -> bool:
    """Whether the image went through lossy compression, now or earlier."""
    return text(dataset, "LossyImageCompression") == "01" or dataset.file_meta.TransferSyntaxUID in _LOSSY_SYNTAXES
