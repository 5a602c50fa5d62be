"""NRRD files: header by pynrrd, voxels by their own description; nothing but the bytes given is opened."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nrrd
import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.volumes.unpacking import GZIP, unpacked, volume_cut

MAGIC = b"NRRD000"
MAX_HEADER_BYTES = 2**20
_SIGNS = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
"""Signs that turn the axes of a space towards left, back and head."""
_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(("longlong", "long long", "int64", "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "uint64", "uint64_t"), "u8"),
    "float": "f4", "double": "f8",
}  # fmt: skip
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NrrdVolume:
    """Voxels of an NRRD file with their place; axes without a place in space come first.

    Parameters
    ----------
    values : ndarray, shape (n_layers, n_0, n_1, n_2)
    affine : ndarray, shape (4, 4)
        Index of the last three axes to patient coordinates of DICOM [mm].
    header : mapping
        As pynrrd reads it; text from outside.
    """

    values: npt.NDArray[np.generic]
    affine: Floats
    header: Mapping[str, Any]


def open_nrrd(content: bytes) -> NrrdVolume:
    """An NRRD file whose voxels stand in it, raw or as gzip.

    Raises
    ------
    IntakeError
        ``VOLUME_CUT``, ``VOLUME_TOO_BIG``, ``NRRD_DETACHED``, ``NRRD_ENCODING``, ``NRRD_SPACE``.
    """
    end = _end_of_header(content)
    try:
        header = nrrd.read_header(io.BytesIO(content[:end]))
        return _volume(header, content[end:])
    except IntakeError:
        raise
    except Exception:  # pynrrd raises many kinds of error on damaged headers
        raise volume_cut() from None


def _end_of_header(content: bytes) -> int:
    ends = [place + len(gap) for gap in (b"\n\n", b"\r\n\r\n") if (place := content.find(gap, 0, MAX_HEADER_BYTES)) > 0]
    if not ends or not content.startswith(MAGIC):
        raise volume_cut()
    return min(ends)


def _volume(header: Mapping[str, Any], packed: bytes) -> NrrdVolume:
    if "data file" in header or "datafile" in header:
        raise IntakeError(
            "NRRD_DETACHED", "An NRRD header whose voxels stand in another file.", "Save it as one .nrrd."
        )
    encoding, kind = str(header.get("encoding")).lower(), _TYPES.get(str(header.get("type")).lower())
    skips = [int(header.get(key, 0)) for key in ("line skip", "lineskip", "byte skip", "byteskip")]
    if encoding not in ("raw", "gzip", "gz") or kind is None or any(skips):
        raise IntakeError(
            "NRRD_ENCODING", "The voxels of the NRRD file are stored in a way that is not read here.",
            "Save it raw or as gzip.",
        )  # fmt: skip
    if encoding != "raw" and not packed.startswith(GZIP):
        raise volume_cut()
    body = packed if encoding == "raw" else unpacked(packed)
    order = ">" if str(header.get("endian", "little")).lower() == "big" else "<"
    shape = tuple(int(n) for n in header["sizes"])
    dtype = np.dtype(f"{order}{kind}")
    if not shape or min(shape) < 1 or math.prod(shape) * dtype.itemsize > len(body):
        raise volume_cut()
    stored = np.frombuffer(body, dtype, math.prod(shape)).reshape(shape, order="F").astype(dtype.newbyteorder("="))
    return _placed(header, stored)


def _placed(header: Mapping[str, Any], stored: npt.NDArray[np.generic]) -> NrrdVolume:
    signs = _SIGNS.get(str(header.get("space", "")).lower())
    if signs is None or header.get("space directions") is None or header.get("space origin") is None:
        raise IntakeError(
            "NRRD_SPACE", "The NRRD file does not say where it lies (space, space directions, space origin).",
            "Save it with its space, e.g. left-posterior-superior.",
        )  # fmt: skip
    rows = [np.asarray(row, dtype=np.float64) for row in _directions(header["space directions"])]
    spatial = [axis for axis, row in enumerate(rows) if not np.isnan(row).all()]
    if len(rows) != stored.ndim or len(spatial) != 3:
        raise volume_cut()
    other = [axis for axis in range(stored.ndim) if axis not in spatial]
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([rows[axis] for axis in spatial])
    affine[:3, 3] = header["space origin"]
    values = np.transpose(stored, (*other, *spatial)).reshape(-1, *(stored.shape[a] for a in spatial))
    return NrrdVolume(values, np.diag([*signs, 1.0]) @ affine, header)


def _directions(found: Any) -> list[Any]:
    """Rows of the space directions; one of nothing but NaN belongs to an axis that has none."""
    return [np.full(3, np.nan) if row is None else row for row in found]
