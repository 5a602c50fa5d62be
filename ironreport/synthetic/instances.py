"""DICOM pieces that every synthetic exam is written with: identifiers, geometry, pixels, the file itself."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

Stored = npt.NDArray[np.int16 | np.uint16]


def of(**elements: object) -> Dataset:
    """Dataset of the elements given by keyword."""
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def derived_uid(*parts: object) -> str:
    """Unique identifier under 2.25 (a UUID made from a hash), the same for the same parts.

    >>> derived_uid("study", 1) == derived_uid("study", 1), derived_uid("study", 1)[:5]
    (True, '2.25.')
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    # version and variant bits as RFC 9562 asks of a UUID from a hash of one's own (version 8)
    number = int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0x3 << 62) | (0x8 << 76) | (0x2 << 62)
    return f"2.25.{number}"


def corner_mm(cosines: Sequence[float], pixel_mm: float, n_pixels: int, along_normal_mm: float) -> list[float]:
    """Middle of the top left pixel [mm] of a square slice whose middle lies on the normal through the origin."""
    across, down = np.asarray(cosines[:3]), np.asarray(cosines[3:])
    corner = np.cross(across, down) * along_normal_mm - (across + down) * pixel_mm * (n_pixels - 1) / 2
    return [round(float(c), 4) + 0.0 for c in corner]


def add_pixels(dataset: Dataset, stored: Stored, n_bits: int = 12) -> None:
    """Put stored values, shape (n_rows, n_columns) or (n_frames, n_rows, n_columns), into a dataset."""
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, n_bits, n_bits - 1
    dataset.PixelRepresentation = int(np.issubdtype(stored.dtype, np.signedinteger))
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()


def written(dataset: Dataset, *, implicit: bool = False) -> bytes:
    """File content; the writer names itself, so that it does not change with a library's version."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = generate_uid(entropy_srcs=["IronReport synthetic"])
    dataset.file_meta.ImplementationVersionName = "IRONREPORT"
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
