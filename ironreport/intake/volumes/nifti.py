"""NIfTI files: header by nibabel, voxels by their own description, both within limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

from ironreport.errors import IntakeError
from ironreport.intake.volumes.unpacking import beginning, unpacked, volume_cut

_SIZES = {348: (Nifti1Header, 344, (b"n+1\0",), (b"ni1\0",)), 540: (Nifti2Header, 4, (b"n+2\0",), (b"ni2\0",))}
"""Header size: class, place of the magic word, that of one file and that of a pair."""
TO_PATIENT = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From right, front and head, as NIfTI counts, to left, back and head, as DICOM does."""
SAME_AFFINE_MM = 0.05
_MILLIMETRES = {"mm", "unknown"}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NiftiVolume:
    """Voxels of a NIfTI file as stored, and what its header says of them.

    Parameters
    ----------
    stored : ndarray
        Up to seven axes.
    affine : ndarray, shape (4, 4)
        Index to patient coordinates of DICOM [mm].
    slope, intercept : float
        As written; a slope that is not a number means that none was.
    slice_axis : int or None
        Axis of the slices where the header names it.
    """

    stored: npt.NDArray[np.generic]
    affine: Floats
    slope: float
    intercept: float
    slice_axis: int | None

    def is_scaled(self) -> bool:
        """Whether a scale was written that changes the values."""
        return math.isfinite(self.slope) and self.slope != 0.0 and (self.slope, self.intercept) != (1.0, 0.0)

    def values(self) -> npt.NDArray[np.generic]:
        """Voxels after the scale of the header."""
        if not self.is_scaled():
            return self.stored
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.stored.astype(np.float64) * self.slope + self.intercept)


def is_nifti(content: bytes) -> bool:
    """Whether the bytes start like a NIfTI file, packed or not."""
    head = beginning(content, 352)
    return _kind(head) is not None


def _kind(head: bytes) -> tuple[type[Nifti1Header], str, bool] | None:
    """Class of the header, its byte order, and whether header and voxels stand in one file."""
    for order, name in (("<", "little"), (">", "big")):
        size = int.from_bytes(head[:4], name)  # type: ignore[arg-type]
        if size in _SIZES:
            header, place, single, pair = _SIZES[size]
            magic = head[place : place + 4]
            if magic in (*single, *pair):
                return header, order, magic in single
    return None


def open_nifti(content: bytes) -> NiftiVolume:
    """A NIfTI file of one or two versions, loose or packed as gzip.

    Raises
    ------
    IntakeError
        ``VOLUME_CUT``, ``VOLUME_TOO_BIG``, ``NIFTI_PAIR``, ``NIFTI_UNITS``, ``NIFTI_NO_PLACE``, ``NIFTI_TWO_PLACES``.
    """
    body = unpacked(content)
    kind = _kind(body)
    if kind is None:
        raise volume_cut()
    if not kind[2]:
        raise IntakeError(
            "NIFTI_PAIR", "The header of a NIfTI pair (.hdr and .img).", "Save it as one file: .nii or .nii.gz."
        )
    try:
        header: Any = kind[0](body[: kind[0].sizeof_hdr], endianness=kind[1], check=False)
        return NiftiVolume(
            _voxels(header, body), TO_PATIENT @ _affine(header), float(header["scl_slope"]),
            float(header["scl_inter"]), header.get_dim_info()[2],
        )  # fmt: skip
    except IntakeError:
        raise
    except Exception:  # nibabel raises many kinds of error on damaged headers
        raise volume_cut() from None


def _voxels(header: Any, body: bytes) -> npt.NDArray[np.generic]:
    shape = tuple(int(n) for n in header.get_data_shape())
    dtype = header.get_data_dtype()
    offset = int(header["vox_offset"])
    n_voxels = math.prod(shape)
    if not shape or min(shape) < 1 or offset < header.sizeof_hdr or offset + n_voxels * dtype.itemsize > len(body):
        raise volume_cut()
    stored = np.frombuffer(body, dtype, n_voxels, offset).reshape(shape, order="F")
    return stored.astype(dtype.newbyteorder("="), copy=False)


def _affine(header: Any) -> Floats:
    """Index to place [mm] in the coordinates of NIfTI; where it is stated twice, both must say the same."""
    if header.get_xyzt_units()[0] not in _MILLIMETRES:
        raise IntakeError("NIFTI_UNITS", "The lengths of the volume are not in mm.", "Save it with lengths in mm.")
    sform, s_code = header.get_sform(coded=True)
    qform, q_code = header.get_qform(coded=True)
    if not s_code and not q_code:
        raise IntakeError(
            "NIFTI_NO_PLACE", "The header does not say where the volume lies (neither sform nor qform).",
            "Save it with the geometry of the images.",
        )  # fmt: skip
    if s_code and q_code and not _say_the_same(sform, qform, header.get_data_shape()):
        raise IntakeError(
            "NIFTI_TWO_PLACES", "The header says where the volume lies in two ways (sform and qform) that differ.",
            "Save it again with one geometry; which one is right cannot be known here.",
        )  # fmt: skip
    return np.asarray(sform if s_code else qform, dtype=np.float64)


def _say_the_same(one: Floats, other: Floats, shape: tuple[int, ...]) -> bool:
    """Whether two affines put the corners of a volume at the same places."""
    last = [n - 1 for n in (*shape, 1, 1)[:3]]
    corners = np.array([[i, j, k, 1.0] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])]).T
    with np.errstate(invalid="ignore"):
        return not bool((np.abs((one - other) @ corners) > SAME_AFFINE_MM).any())
