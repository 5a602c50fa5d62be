"""The child process in which compressed pixels are decoded: most decoders are in C, and files may be hostile.

It reads requests from its input and writes pixels to its output (``decoding.py`` is the other end), holds no patient
data but the pixels, and has limits of memory, time and files where the system knows them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGLossless, JPEGLosslessSV1, RLELossless

from ironreport.host_system import as_bytes
from ironreport.intake.jpeg_lossless import decode_jpeg_lossless, frame_size

try:
    import resource
except ImportError:  # Windows: the parent's watchdog limits the child
    resource = None  # type: ignore[assignment]

MAX_MEMORY_BYTES = 1536 * 2**20
MOST_RLE_GROWTH, RLE_HEADER_BYTES = 2, 64
"""RLE grows by 1/128 at most; what is longer unpacks to far more than the image."""
OK, REFUSED = b"\x01", b"\x00"

_JPEG_LOSSLESS = (JPEGLossless, JPEGLosslessSV1)
_J2K_START = b"\xff\x4f\xff\x51"


def main() -> None:
    """Answer requests until the input ends."""
    source = sys.stdin.buffer
    # a decoder that prints must not write into the answer
    sink = os.fdopen(as_bytes(os.dup(sys.stdout.fileno())), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _limit_resources()
    while head := source.readline():
        _answer(json.loads(head), source, sink)


def _limit_resources() -> None:
    if resource is None:
        return
    limits = {resource.RLIMIT_AS: MAX_MEMORY_BYTES, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):  # macOS knows no limit of the address space
            resource.setrlimit(kind, (limit, limit))


def _answer(request: dict[str, Any], source: BinaryIO, sink: BinaryIO) -> None:
    """One byte for the outcome, and after success all frames, little endian."""
    content = source.read(request["n_bytes"])
    _allow_seconds(request["cpu_seconds"])
    try:
        frames = decoded(request, content)
        sink.write(OK + frames.tobytes())
    except Exception:  # decoders raise whatever they like on damage
        sink.write(REFUSED)
    _allow_seconds(0.0)
    sink.flush()


def _allow_seconds(cpu_seconds: float) -> None:
    """End this process when it has worked so long; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def decoded(request: dict[str, Any], content: bytes) -> npt.NDArray[np.generic]:
    """All frames of an encapsulated image, as stored, shape (n_frames, n_rows, n_columns), little endian."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(request["syntax"])
    for keyword, value in request["header"].items():
        setattr(dataset, keyword, value)
    shape = (dataset.NumberOfFrames, dataset.Rows, dataset.Columns)
    parts = list(generate_frames(content, number_of_frames=shape[0]))
    if len(parts) != shape[0] or any(_declared_size(part) not in (None, shape[1:]) for part in parts):
        raise ValueError("The stream contradicts the header.")
    most = MOST_RLE_GROWTH * dataset.Rows * dataset.Columns * dataset.BitsAllocated // 8 + RLE_HEADER_BYTES
    if dataset.file_meta.TransferSyntaxUID == RLELossless and max(map(len, parts)) > most:
        raise ValueError("Longer than RLE of any image is.")
    if dataset.file_meta.TransferSyntaxUID in _JPEG_LOSSLESS:
        frames = _signed(np.stack([decode_jpeg_lossless(part) for part in parts]), dataset)
    elif dataset.file_meta.TransferSyntaxUID == RLELossless:
        # the words as they are: HighBit and sign are the parent's matter
        dataset.PixelData, dataset.PixelRepresentation = content, 0
        decoder = cast(Any, get_decoder(RLELossless))  # the option is missing in its types
        frames = decoder.as_array(dataset, raw=True, correct_unused_bits=False)[0].reshape(shape)
    else:
        dataset.PixelData = content
        frames = dataset.pixel_array.reshape(shape)
    kind = "i" if dataset.PixelRepresentation else "u"
    if (frames.dtype.kind, 8 * frames.dtype.itemsize) != (kind, dataset.BitsAllocated):
        raise ValueError("The decoder gives another type than the header states.")
    return frames.astype(frames.dtype.newbyteorder("<"), copy=False)


def _declared_size(part: bytes) -> tuple[int, int] | None:
    """Rows and columns that a stream itself declares, read before any decoder does."""
    if part.startswith(b"\xff\xd8"):
        return frame_size(part)
    at = part.find(_J2K_START, 0, 128)  # some writers put the boxes of a JP2 file before it
    if at < 0:
        return None
    right, bottom, left, top = (int.from_bytes(part[at + i : at + i + 4], "big") for i in (8, 12, 16, 20))
    return bottom - top, right - left


def _signed(frames: npt.NDArray[np.uint16], dataset: Dataset) -> npt.NDArray[np.generic]:
    """Frames in the type that the header states; the stream itself knows no sign."""
    if int(frames.max()) >= 2**dataset.BitsAllocated:
        raise ValueError("More bits than the header states.")
    if dataset.BitsAllocated == 8:
        return frames.astype(np.uint8)
    if not dataset.PixelRepresentation:
        return frames
    unused = np.uint16(16 - dataset.BitsStored)
    return (frames << unused).view(np.int16) >> unused.astype(np.int16)


if __name__ == "__main__":
    main()
