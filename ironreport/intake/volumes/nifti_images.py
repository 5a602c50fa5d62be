"""NIfTI images as the headers and pixels that DICOM would have: one gate, one set of refusals for both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from ironreport.errors import IntakeError
from ironreport.intake.gate import OpenedFile, pydicom_silenced
from ironreport.intake.kinds import MR_IMAGE_STORAGE
from ironreport.intake.pixels import PixelBytes
from ironreport.intake.reasons import FileSource, Tally, clean_text, refusal
from ironreport.intake.volumes.nifti import NiftiVolume
from ironreport.intake.volumes.sidecars import (
    Sidecar,
    echo_number,
    echo_times_ms,
    is_phase_by_name,
    number_in,
    sequence_in,
    without_echo,
    words_in,
)
from ironreport.units import seconds_to_ms

SQUARE = 1e-3
"""Cosine between rows and columns; more is a sheared volume, whose pixels are no rectangles."""
_TEXTS = (
    "PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID", "SeriesDescription", "ProtocolName",
    "BodyPartExamined", "Manufacturer", "SequenceName", "StudyDate", "AcquisitionDate", "ImageComments",
)  # fmt: skip
_NUMBERS = ("MagneticFieldStrength", "FlipAngle", "SeriesNumber", "AcquisitionNumber", "SliceThickness")
_SECONDS = ("RepetitionTime", "InversionTime")
_LEFT, _BACK, _HEAD = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class NiftiFile:
    """One NIfTI file of images with what its side-car says."""

    source: FileSource
    stem: str
    volume: NiftiVolume
    sidecar: Sidecar
    folder: str = ""

    @property
    def n_images(self) -> int:
        """Images of each slice."""
        return int(np.prod(self.volume.stored.shape[3:], dtype=np.int64))


class _Axes(NamedTuple):
    """Which axis of a volume runs along rows, columns and slices, and whether rows and columns are turned round."""

    row: int
    column: int
    through: int
    is_row_flipped: bool
    is_column_flipped: bool


def nifti_images(files: Sequence[NiftiFile], te_ms: Sequence[float], tally: Tally) -> list[OpenedFile]:
    """Each image of each slice as an opened file; what cannot be used is counted in ``tally``.

    Parameters
    ----------
    te_ms : sequence of float
        Echo times [ms] typed by the reader: for volumes that hold as many images of each slice, or for as many
        files of one series, in the order of their echo numbers. They stand only where no side-car has echo times.
    """
    typed = _typed_times(files, te_ms)
    opened: list[OpenedFile] = []
    for file in files:
        try:
            times = echo_times_ms(file.sidecar, file.n_images) or typed.get(file.source.number, ())
            with pydicom_silenced():
                opened += _images(file, times)
        except IntakeError as error:
            tally.add(file.source, error)
    return opened


def _typed_times(files: Sequence[NiftiFile], te_ms: Sequence[float]) -> dict[int, tuple[float, ...]]:
    """Typed times by the number of the file, where they are as many as the images that need them."""
    untimed = [file for file in files if file.sidecar.get("EchoTime") is None]
    found = {f.source.number: tuple(te_ms) for f in untimed if f.n_images == len(te_ms) > 1}
    series: dict[tuple[str, str], list[NiftiFile]] = {}
    for file in untimed:
        series.setdefault((file.folder, without_echo(file.stem)), []).append(file)
    for single in series.values():
        ordered = sorted(single, key=lambda file: (echo_number(file.stem) or 0, file.stem))
        if len(ordered) == len(te_ms) and all(file.n_images == 1 for file in ordered):
            found |= {file.source.number: (te,) for file, te in zip(ordered, te_ms, strict=True)}
    return found


def _images(file: NiftiFile, te_ms: Sequence[float]) -> list[OpenedFile]:
    """Images of one file.

    Raises
    ------
    IntakeError
        ``NIFTI_TIMES``, ``NIFTI_SLOPE``, ``NIFTI_PLACE``, ``NIFTI_SHEARED``, ``COLOUR``.
    """
    volume = file.volume
    if not te_ms:
        raise IntakeError(
            "NIFTI_TIMES", "The images have no echo times: no side-car (.json) with EchoTime lies beside them.",
            "Give the side-car of dcm2niix too, or the echo times in the order of the images: te_ms=(...).",
        )  # fmt: skip
    if volume.slope == 0.0:
        raise IntakeError(
            "NIFTI_SLOPE", "The scale of the volume (scl_slope) is 0, so its signals are not known.",
            "Save it again with its scale, 1 where the stored values are the signal.",
        )  # fmt: skip
    if volume.stored.dtype.kind not in "iuf":
        raise refusal("COLOUR")
    axes = _axes(volume)
    stored = volume.stored.reshape((*(*volume.stored.shape[:3], 1, 1)[:3], -1), order="F")
    pictures = np.transpose(stored, (3, axes.through, axes.row, axes.column))
    pictures = pictures[:, :, :: -1 if axes.is_row_flipped else 1, :: -1 if axes.is_column_flipped else 1]
    common = _header(file)
    return [
        _image(file, common, pictures[echo, index], te, _place(volume, axes, index))
        for echo, te in enumerate(te_ms)
        for index in range(pictures.shape[1])
    ]


# ---------------------------------------------------------------------------------------- place


def _axes(volume: NiftiVolume) -> _Axes:
    """Rows and columns as a radiologist sees them: left and back to the right, back and feet down."""
    linear = volume.affine[:3, :3]
    lengths = np.linalg.norm(linear, axis=0)
    if not np.isfinite(volume.affine).all() or lengths.min() == 0.0:
        raise IntakeError(
            "NIFTI_PLACE", "The affine of the volume holds values that are no numbers, or no volume.",
            "Convert the images again.",
        )  # fmt: skip
    cosines = linear / lengths
    through = 2 if volume.slice_axis is None else volume.slice_axis
    one, other = (axis for axis in range(3) if axis != through)
    if abs(float(cosines[:, one] @ cosines[:, other])) > SQUARE:
        raise IntakeError(
            "NIFTI_SHEARED", "The rows and columns of the volume are not at right angles.", "Convert again."
        )
    main = {axis: int(np.abs(cosines[:, axis]).argmax()) for axis in (one, other)}
    column, row = (one, other) if main[one] <= main[other] else (other, one)
    to_right, down = cosines[main[column], column], cosines[main[row], row]
    return _Axes(row, column, through, bool(down > 0) == (main[row] == _HEAD), bool(to_right < 0))


def _place(volume: NiftiVolume, axes: _Axes, index: int) -> Dataset:
    """Position, orientation and pixel size of one slice."""
    shape = (*volume.stored.shape, 1, 1)[:3]
    corner = np.zeros(4)
    corner[3], corner[axes.through] = 1.0, index
    corner[axes.row] = shape[axes.row] - 1 if axes.is_row_flipped else 0
    corner[axes.column] = shape[axes.column] - 1 if axes.is_column_flipped else 0
    down = volume.affine[:3, axes.row] * (-1 if axes.is_row_flipped else 1)
    to_right = volume.affine[:3, axes.column] * (-1 if axes.is_column_flipped else 1)
    spacing = [float(np.linalg.norm(down)), float(np.linalg.norm(to_right))]
    place = Dataset()
    place.ImagePositionPatient = _decimals((volume.affine @ corner)[:3])
    place.ImageOrientationPatient = _decimals((*(to_right / spacing[1]), *(down / spacing[0])))
    place.PixelSpacing = _decimals(spacing)
    return place


def _decimals(numbers: Sequence[float] | npt.NDArray[np.float64]) -> list[DSfloat]:
    return [DSfloat(float(number), auto_format=True) for number in numbers]


# --------------------------------------------------------------------------------------- header


def _header(file: NiftiFile) -> Dataset:
    """What the side-car says, in the words of DICOM."""
    said, dataset = file.sidecar, Dataset()
    dataset.SOPClassUID, dataset.Modality = MR_IMAGE_STORAGE, "MR"
    dataset.SeriesInstanceUID = str(said.get("SeriesInstanceUID") or _series_key(file))
    dataset.ImageType = [*words_in(said, "ImageType"), *(["PHASE"] if is_phase_by_name(file.stem) else [])]
    dataset.ScanningSequence = words_in(said, "ScanningSequence") or [sequence_in(file.stem)]
    for key in _TEXTS:
        if isinstance(said.get(key), str):
            setattr(dataset, key, clean_text(said[key]))
    for key in _NUMBERS:
        if (found := number_in(said, key)) is not None:
            setattr(dataset, key, int(found) if found == int(found) else DSfloat(found, auto_format=True))
    for key in _SECONDS:
        if (found := number_in(said, key)) is not None:
            setattr(dataset, key, DSfloat(seconds_to_ms(found), auto_format=True))
    dataset.ManufacturerModelName = clean_text(str(said.get("ManufacturersModelName", "")))
    if "SeriesDescription" not in dataset:
        dataset.SeriesDescription = clean_text(without_echo(file.stem))
    return dataset


def _series_key(file: NiftiFile) -> str:
    """What all files of one series share, where no identifier is left: folder, and name without the echo."""
    digest = hashlib.sha256(f"{file.folder}/{without_echo(file.stem)}".encode()).hexdigest()
    return f"2.25.{int(digest[:30], 16)}"


def _image(
    file: NiftiFile, common: Dataset, picture: npt.NDArray[np.generic], te_ms: float, place: Dataset
) -> OpenedFile:
    dataset = Dataset()
    dataset.update(common)
    dataset.update(place)
    dataset.EchoTime = DSfloat(te_ms, auto_format=True)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = picture.shape
    if file.volume.is_scaled():
        dataset.RescaleSlope = DSfloat(file.volume.slope, auto_format=True)
        dataset.RescaleIntercept = DSfloat(file.volume.intercept, auto_format=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return OpenedFile(file.source, dataset, _pixels(dataset, picture))


def _pixels(dataset: Dataset, picture: npt.NDArray[np.generic]) -> PixelBytes:
    """Pixels as DICOM would store them; what it has no integers for becomes floating point."""
    kind, size = picture.dtype.kind, picture.dtype.itemsize
    if kind in "iu" and size <= 4:
        keyword, dtype = "PixelData", np.dtype(f"<{kind}{size}")
        dataset.BitsAllocated = dataset.BitsStored = 8 * size
        dataset.HighBit, dataset.PixelRepresentation = 8 * size - 1, int(kind == "i")
    else:
        is_single = kind == "f" and size == 4
        keyword, dtype = ("FloatPixelData", np.dtype("<f4")) if is_single else ("DoubleFloatPixelData", np.dtype("<f8"))
        dataset.BitsAllocated = 8 * dtype.itemsize
    return PixelBytes(keyword, None, picture.size * dtype.itemsize, lambda: picture.astype(dtype).tobytes())
