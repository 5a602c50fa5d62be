"""Masks in DICOM segmentations (SEG), matched by the images each frame names, else by frame of reference and plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import (
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from ironreport.errors import IntakeError
from ironreport.intake.decoding import PixelDecoder
from ironreport.intake.masks.dicom_owners import (
    Reference,
    first_item,
    of_this_patient,
    references,
    sequence,
    slices_by_reference,
)
from ironreport.intake.masks.found import BoolArray, FoundMask, found_mask
from ironreport.intake.masks.mismatches import NotTaken, mismatch
from ironreport.intake.masks.placing import Lattice, on_series, on_the_one
from ironreport.intake.pixels import check_declared_size, check_decodable, n_frames, pixel_bytes
from ironreport.intake.reasons import refusal
from ironreport.intake.values import count, numbers, text, value
from ironreport.records import EchoSeries, SlicePlane

SEGMENTATION = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation Storage and Label Map Segmentation Storage."""
_LOSSLESS = {
    RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, HTJ2KLosslessRPCL,
}  # fmt: skip
_ANY_DEPTH_MM = 1.0
Stored = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class _SegFrame:
    """One frame: the segment it belongs to (None in a label map), the images it names, its plane and its pixels."""

    segment: int | None
    references: tuple[Reference, ...]
    plane: SlicePlane | None
    pixels: Stored


def segmentation_masks(dataset: Dataset, file: str, series: Sequence[EchoSeries]) -> Iterator[FoundMask | NotTaken]:
    """One mask for each segment.

    Raises
    ------
    IntakeError
        ``MASK_PATIENT``, ``MASK_SERIES``, ``MASK_FRAME``, ``MASK_FRACTIONAL``, and as `on_series` does.
    """
    frames = _frames(dataset)
    one, by = _series_of(dataset, frames, of_this_patient(dataset, series))
    for number, name in _segments(dataset).items():
        called = name or f"{file}, segment {number}"
        own = [f for f in frames if f.segment in (number, None)]
        own = [replace(f, pixels=f.pixels == (number if f.segment is None else 1)) for f in own]
        try:
            yield found_mask(called, f"DICOM SEG, segment {number}, matched by {by}", one, _on_slices(own, one))
        except IntakeError as error:
            yield NotTaken(called, error)


def _segments(dataset: Dataset) -> dict[int, str]:
    items = sequence(dataset, "SegmentSequence")
    found = {count(item, "SegmentNumber"): text(item, "SegmentLabel") for item in items}
    return {number: name for number, name in found.items() if number}


# ------------------------------------------------------------------------------------ matching


def _series_of(dataset: Dataset, frames: Sequence[_SegFrame], series: Sequence[EchoSeries]) -> tuple[EchoSeries, str]:
    """The one series of a segmentation, and by what it was found."""
    named = {reference for frame in frames for reference in frame.references}
    known = [one for one in series if named & slices_by_reference(one).keys()]
    if len(known) > 1:
        raise mismatch("MASK_SEVERAL_SERIES", n=len(known))
    if known:
        return known[0], "the images it names"
    if named:
        raise mismatch("MASK_SERIES")
    uid = text(dataset, "FrameOfReferenceUID")
    of_frame = [one for one in series if uid and one.origin is not None and one.origin.frame_of_reference_uid == uid]
    if not of_frame:
        raise mismatch("MASK_FRAME")
    return on_the_one(of_frame, lambda one: _on_slices(frames, one))[0], "its frame of reference and planes"


def _on_slices(frames: Sequence[_SegFrame], series: EchoSeries) -> BoolArray:
    """Pixels of the frames of one segment, shape (n_slices, n_rows, n_columns)."""
    slices = slices_by_reference(series)
    found = np.zeros((series.n_slices, *series.images.shape[2:]), dtype=np.bool_)
    for frame in frames:
        if frame.pixels.any():
            index, pixels = _placed(frame, series, slices)
            found[index] |= pixels
    return found


def _placed(frame: _SegFrame, series: EchoSeries, slices: dict[Reference, int]) -> tuple[int, BoolArray]:
    """Slice of a frame and its pixels there; what the references and the plane say must be one."""
    named = {slices[reference] for reference in frame.references if reference in slices}
    if frame.references and len(named) != 1:
        raise mismatch("MASK_SERIES")
    if frame.plane is None or not series.planes or None in series.planes:
        if not named:
            raise mismatch("MASK_NO_PLACE")
        return named.pop(), _of_shape(frame.pixels, series)
    volume = on_series(series, _lattice(frame.plane), frame.pixels.astype(np.uint8)[:, :, np.newaxis])
    held = {int(one) for one in np.flatnonzero(volume.any(axis=(1, 2)))}
    if len(held) != 1 or (named and held != named):
        raise mismatch("MASK_PLANE")
    index = held.pop()
    return index, np.asarray(volume[index] != 0)


def _of_shape(pixels: Stored, series: EchoSeries) -> BoolArray:
    expected = series.images.shape[2:]
    if pixels.shape != expected:
        raise mismatch("MASK_SHAPE", found=" x ".join(map(str, pixels.shape)), expected=" x ".join(map(str, expected)))
    return np.asarray(pixels != 0)


def _lattice(plane: SlicePlane) -> Lattice:
    """Where (row, column, 0) of a frame lies; its depth is a slice distance nobody needs, but for a slice beside it."""
    to_right, down = np.reshape(plane.cosines, (2, 3))
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = down * plane.spacing_mm[0], to_right * plane.spacing_mm[1]
    affine[:3, 2], affine[:3, 3] = np.cross(to_right, down) * _ANY_DEPTH_MM, plane.position_mm
    return Lattice(affine)


# ------------------------------------------------------------------------------------ the file


def _frames(dataset: Dataset) -> list[_SegFrame]:
    shared = first_item(dataset, "SharedFunctionalGroupsSequence")
    groups = sequence(dataset, "PerFrameFunctionalGroupsSequence")
    pixels = _stored(dataset)
    if len(groups) != len(pixels):
        raise refusal("FRAME_MISMATCH")
    is_map = text(dataset, "SegmentationType").upper() == "LABELMAP"
    return [_frame(group, shared, image, is_map) for group, image in zip(groups, pixels, strict=True)]


def _frame(group: Dataset, shared: Dataset | None, pixels: Stored, is_map: bool) -> _SegFrame:
    derived = sequence(group, "DerivationImageSequence")
    named = [r for item in derived for r in references(sequence(item, "SourceImageSequence"))]
    macro = "SegmentIdentificationSequence"
    identified = first_item(group, macro) or first_item(shared, macro)
    segment = None if is_map or identified is None else count(identified, "ReferencedSegmentNumber")
    if segment is None and not is_map:
        raise mismatch("MASK_UNREADABLE")
    return _SegFrame(segment, tuple(named), _plane(group, shared), pixels)


def _plane(group: Dataset, shared: Dataset | None) -> SlicePlane | None:
    position = numbers(_of_macro(group, shared, "PlanePositionSequence", "ImagePositionPatient"), 3)
    cosines = numbers(_of_macro(group, shared, "PlaneOrientationSequence", "ImageOrientationPatient"), 6)
    spacing = numbers(_of_macro(group, shared, "PixelMeasuresSequence", "PixelSpacing"), 2)
    if position is None or cosines is None or spacing is None:
        return None
    return SlicePlane(position, cosines, (spacing[0], spacing[1]))


def _of_macro(group: Dataset, shared: Dataset | None, macro: str, keyword: str) -> object:
    item = first_item(group, macro) or first_item(shared, macro)
    return None if item is None else value(item, keyword)


def _stored(dataset: Dataset) -> Stored:
    """Frames as stored, shape (n_frames, n_rows, n_columns): 1 where a pixel belongs to the segment, or labels."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return _yes_or_no(dataset, _decoded(dataset))
    found = pixel_bytes(dataset)
    shape = (n_frames(dataset), count(dataset, "Rows") or 0, count(dataset, "Columns") or 0)
    bits, n_pixels = count(dataset, "BitsAllocated"), int(np.prod(shape))
    if found is None or not n_pixels or bits not in (1, 8, 16) or found.n_bytes * 8 < n_pixels * bits:
        raise refusal("TRUNCATED_PIXELS")
    raw = np.frombuffer(found.load(), np.uint8)
    if bits == 1:
        return np.unpackbits(raw, count=n_pixels, bitorder="little").reshape(shape)
    values = raw[: n_pixels * bits // 8].view("u1" if bits == 8 else "<u2").reshape(shape)
    return _yes_or_no(dataset, values)


def _decoded(dataset: Dataset) -> Stored:
    """Frames of a compressed segmentation; a label is right or wrong, so nothing lossy is one."""
    if dataset.file_meta.TransferSyntaxUID not in _LOSSLESS:
        raise mismatch("MASK_ENCODING", what="compression that changes values, or that no decoder here reads")
    if count(dataset, "BitsAllocated") not in (8, 16):
        raise mismatch("MASK_ENCODING", what="compressed pixels of one bit")
    check_declared_size(dataset)
    check_decodable(dataset)
    with PixelDecoder() as decoder:
        return decoder.frames(dataset)


def _yes_or_no(dataset: Dataset, values: Stored) -> Stored:
    """A fractional segmentation that holds nothing and all only; a label map as it is."""
    if text(dataset, "SegmentationType").upper() != "FRACTIONAL":
        return values
    most = count(dataset, "MaximumFractionalValue") or 0
    if not most or np.setdiff1d(values, [0, most]).size:
        raise mismatch("MASK_FRACTIONAL")
    whole: Stored = (values == most).astype(np.uint8)
    return whole
