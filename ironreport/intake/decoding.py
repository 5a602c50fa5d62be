"""Pixels of a file decoded: the plain ones here, compressed ones in a child process that may come to harm."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from ironreport.errors import IntakeError
from ironreport.host_system import Watchdog, module_command
from ironreport.intake.decoder_child import MAX_MEMORY_BYTES
from ironreport.intake.pixels import FLOAT_PIXELS, PixelBytes, bytes_declared, n_frames, pixel_bytes, stored_values
from ironreport.intake.reasons import refusal
from ironreport.intake.values import count

_CHILD = "ironreport.intake.decoder_child"
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_LEAST_SECONDS = 0.5
_BYTES_PER_SECOND = 2.5e6
"""A quarter of what the slowest decoder does on an old laptop; hostile streams can take for ever."""
_START_SECONDS, _WALL_FACTOR = 10.0, 10.0
"""Waiting for a start and this many times the working time means that the child hangs, or the machine does."""
MAX_ENDS = 3
"""After so many children have come to an end, the compressed files of an upload are not tried any more."""


class PixelDecoder:
    """Decodes files, with one child process for all compressed ones of an upload; use in a ``with``."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._n_ends = 0

    def __enter__(self) -> PixelDecoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def frames(self, dataset: Dataset, pixels: PixelBytes | None = None) -> npt.NDArray[np.generic]:
        """All frames as stored, before rescale.

        Parameters
        ----------
        dataset : Dataset
            Header.
        pixels : PixelBytes, optional
            Where the pixels lie; in the dataset itself where not given.

        Returns
        -------
        ndarray of integer or floating point, shape (n_frames, n_rows, n_columns)

        Raises
        ------
        IntakeError
            ``UNREADABLE_PIXELS`` where the pixels contradict the header or are damaged, ``VALUES_BEYOND_BITS``,
            ``DECODER_STOPPED`` where decoding them broke the child process or took too long.
        """
        try:
            found = pixels or pixel_bytes(dataset)
            if found is None:
                raise refusal("NO_PIXELS")
            if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
                return self._decoded_apart(dataset, found)
            return _plain(dataset, found)
        except IntakeError:
            raise
        except Exception:  # a damaged header raises many kinds of error
            raise refusal("UNREADABLE_PIXELS") from None

    def _decoded_apart(self, dataset: Dataset, pixels: PixelBytes) -> npt.NDArray[np.generic]:
        if self._n_ends >= MAX_ENDS:
            raise refusal("DECODER_STOPPED")
        content = bytes(pixels.load())
        head, n_bytes = _request(dataset, len(content)), bytes_declared(dataset)
        try:
            answer = self._ask(head + content, 1 + n_bytes, _cpu_seconds(n_bytes))
        except OSError:
            answer = b""
        if answer == b"\0":
            raise refusal("UNREADABLE_PIXELS")
        if len(answer) != 1 + n_bytes:
            self._stop()
            self._n_ends += 1
            raise refusal("DECODER_STOPPED")
        shape = (n_frames(dataset), dataset.Rows, dataset.Columns)
        is_rle = dataset.file_meta.TransferSyntaxUID == RLELossless
        kind = "i" if dataset.PixelRepresentation and not is_rle else "u"
        dtype = np.dtype(f"<{kind}{dataset.BitsAllocated // 8}")
        found = np.frombuffer(answer, dtype, offset=1).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
        return stored_values(found, dataset) if is_rle else found  # the other streams know their own precision

    def _ask(self, request: bytes, n_bytes: int, cpu_seconds: float) -> bytes:
        """Answer of the child, at most ``n_bytes``; short where it ended."""
        if self._child is None:
            self._child = _started()
        child = self._child
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 - both were asked for
        with Watchdog(child, _START_SECONDS + _WALL_FACTOR * cpu_seconds, MAX_MEMORY_BYTES):
            child.stdin.write(request)
            child.stdin.flush()
            outcome = child.stdout.read(1)
            return outcome + child.stdout.read(n_bytes - 1) if outcome == b"\x01" else outcome

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()  # it holds nothing worth an orderly end
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        child.wait()


def _started() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        module_command(_CHILD, safe_path=True),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
    )


def _cpu_seconds(n_bytes: int) -> float:
    return _LEAST_SECONDS + n_bytes / _BYTES_PER_SECOND


def _plain(dataset: Dataset, pixels: PixelBytes) -> npt.NDArray[np.generic]:
    """Frames that lie uncompressed in a file; not copied where they are as this computer has them."""
    shape = (n_frames(dataset), int(dataset.Rows), int(dataset.Columns))
    is_big = dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    n_bytes = int(dataset.BitsAllocated) // 8
    kind = FLOAT_PIXELS.get(pixels.keyword, f"u{n_bytes}")
    content = pixels.load()
    if is_big and n_bytes == 1 and pixels.vr == "OW":
        content = np.frombuffer(content[: len(content) // 2 * 2], "<u2").byteswap().tobytes()
    words = np.frombuffer(content, f"{'>' if is_big else '<'}{kind}", count=math.prod(shape)).reshape(shape)
    native = words.astype(words.dtype.newbyteorder("="), copy=False)
    return stored_values(native, dataset) if kind.startswith("u") else native


def _request(dataset: Dataset, n_bytes: int) -> bytes:
    """First line of a request: what the child must know of the header, and how many bytes follow.

    Raises
    ------
    IntakeError
        ``UNREADABLE_PIXELS`` where the header does not describe an image.
    """
    keywords = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    header: dict[str, object] = {keyword: count(dataset, keyword) for keyword in keywords}
    if None in header.values() or header["PixelRepresentation"] not in (0, 1):
        raise refusal("UNREADABLE_PIXELS")
    header |= {
        "NumberOfFrames": n_frames(dataset),
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
    }
    request = {
        "syntax": dataset.file_meta.TransferSyntaxUID,
        "header": header,
        "n_bytes": n_bytes,
        "cpu_seconds": _cpu_seconds(bytes_declared(dataset)),
    }
    return json.dumps(request).encode() + b"\n"
