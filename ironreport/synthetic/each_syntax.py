"""One small exam in every transfer syntax that can be written here, from the same pixels."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from ironreport.synthetic.instances import derived_uid
from ironreport.synthetic.jpeg_lossless_stream import jpeg_lossless_stream
from ironreport.synthetic.phantom_exam import write_dicom_exam

TE_MS = (1.2, 2.6, 4.0, 5.4)
SIZE, CORNER = 32, 40
"""Pixels of a side, no fewer than JPEG 2000 asks for, and where they are cut from the phantom."""

SYNTAXES: dict[str, UID] = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG Lossless": JPEGLosslessSV1,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000": JPEG2000Lossless,
}
"""By their everyday names. High-throughput JPEG 2000 is read too, but nothing here can write it."""


@dataclass(frozen=True, slots=True, eq=False)
class WrittenSeries:
    """The files of one series, its number, its stored pixels, shape (n_echoes, n_rows, n_columns), and their scale."""

    syntax: str
    number: int
    files: dict[str, bytes]
    stored: npt.NDArray[np.uint16]
    slope: float


def series_of_each_syntax() -> tuple[WrittenSeries, ...]:
    """One series of four echoes in each syntax; no two hold the same pixels."""
    plain = _plain()
    return tuple(_series(name, number, plain) for number, name in enumerate(SYNTAXES, start=1))


def damaged_series() -> dict[str, bytes]:
    """The series in JPEG-LS with streams that end in their middle and go on as noise."""
    files = {}
    for name, content in next(one for one in series_of_each_syntax() if one.syntax == "JPEG-LS").files.items():
        half = len(content) - SIZE * SIZE // 2
        files[name] = content[:half] + bytes(255 - k % 256 for k in range(len(content) - half - 8)) + content[-8:]
    return files


def _plain() -> list[Dataset]:
    """One slice of the phantom at each echo."""
    return [dcmread(io.BytesIO(content)) for content in list(write_dicom_exam(te_ms=TE_MS).values())[: len(TE_MS)]]


def _series(name: str, number: int, plain: list[Dataset]) -> WrittenSeries:
    files, stored = {}, []
    for echo, one in enumerate(plain, start=1):
        dataset, image = _cut(one, number)
        dataset.SeriesInstanceUID, dataset.SeriesNumber = derived_uid("syntax", name), number
        dataset.SOPInstanceUID = derived_uid("syntax", name, echo)
        files[f"{number}/{echo}.dcm"] = WRITERS.get(name, _by_pydicom)(dataset, image, SYNTAXES[name])
        stored.append(image)
    return WrittenSeries(name, number, files, np.stack(stored), float(plain[0].RescaleSlope))


def _cut(plain: Dataset, more: int) -> tuple[Dataset, npt.NDArray[np.uint16]]:
    """A copy of a header with a corner of its pixels, each greater by ``more``."""
    dataset = copy.deepcopy(plain)
    image = (plain.pixel_array[CORNER : CORNER + SIZE, CORNER : CORNER + SIZE] + more).astype(np.uint16)
    dataset.Rows, dataset.Columns, dataset.PixelData = SIZE, SIZE, image.astype("<u2").tobytes()
    return dataset, image


def _by_pydicom(dataset: Dataset, image: npt.NDArray[np.uint16], syntax: UID) -> bytes:
    if syntax.is_encapsulated:
        dataset.compress(syntax, image, generate_instance_uid=False)
    return _file(dataset, syntax)


def _lossless(dataset: Dataset, image: npt.NDArray[np.uint16], syntax: UID) -> bytes:
    dataset.PixelData = encapsulate([jpeg_lossless_stream(image)])
    return _file(dataset, syntax)


def _big_endian(dataset: Dataset, image: npt.NDArray[np.uint16], syntax: UID) -> bytes:
    dataset.PixelData = image.astype(">u2").tobytes()
    return _file(dataset, syntax)


WRITERS: dict[str, Callable[[Dataset, npt.NDArray[np.uint16], UID], bytes]] = {
    "JPEG Lossless": _lossless,
    "big endian": _big_endian,
}


def _file(dataset: Dataset, syntax: UID) -> bytes:
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax.is_encapsulated:
        dataset["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
