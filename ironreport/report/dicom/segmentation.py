"""Measured regions as a DICOM segmentation on the images they were drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import SegmentationStorage

from ironreport.errors import ReportError
from ironreport.knowledge import Knowledge
from ironreport.records import DicomOrigin, SlicePlane, SourceImage
from ironreport.report.codes import LOCAL_NAME
from ironreport.report.dicom.image_objects import add_picture, decimal, series_item
from ironreport.report.dicom.study import (
    DicomStudy,
    Product,
    code_item,
    derived_uid,
    file_bytes,
    long_string,
    source_sequence,
)

REGIONS = Product("segmentation", SegmentationStorage, "SEG", 9005, "IronReport regions")
BODY_STRUCTURE = ("123037004", "SCT", "Body structure")
SEGMENTATION = ("113076", "DCM", "Segmentation")


@dataclass(frozen=True, slots=True, eq=False)
class OrganMask:
    """Pixels of one organ: its id and an array of bool, shape (n_slices, n_rows, n_columns)."""

    organ: str
    mask: npt.NDArray[np.bool_]


def segmentation_bytes(
    study: DicomStudy, masks: Sequence[OrganMask], origin: DicomOrigin, knowledge: Knowledge
) -> bytes:
    """One segment for each organ, one frame for each slice that it has pixels on.

    Raises
    ------
    ReportError
        ``DICOM_NO_GEOMETRY``, ``DICOM_MASK_SHAPE``.
    """
    planes = _planes(origin, masks)
    frames = [(n, i) for n, one in enumerate(masks, start=1) for i in np.flatnonzero(one.mask.any(axis=(1, 2)))]
    dataset = study.header(REGIONS, origin.series_uid)
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.FrameOfReferenceUID = origin.frame_of_reference_uid or derived_uid("frame", origin.series_uid)
    dataset.PositionReferenceIndicator = ""
    dataset.ContentLabel, dataset.ContentDescription = "REGIONS", "Regions that iron was measured in"
    dataset.ContentCreatorName = ""
    dataset.SegmentationType, dataset.SegmentsOverlap = "BINARY", "UNDEFINED"
    dataset.SegmentSequence = [_segment(n, one.organ, knowledge) for n, one in enumerate(masks, start=1)]
    _add_dimensions(dataset)
    dataset.SharedFunctionalGroupsSequence = [_shared_groups(planes[0])]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame_groups(segment, int(index), planes[index], origin.images[index]) for segment, index in frames
    ]
    dataset.NumberOfFrames = len(frames)
    dataset.ReferencedSeriesSequence = [series_item(origin)]
    add_picture(dataset, origin.shape, 1, "MONOCHROME2", 1)
    del dataset.Laterality  # no part of a segmentation
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 1, 0, 0
    bits = np.packbits(np.stack([masks[n - 1].mask[i] for n, i in frames]).ravel(), bitorder="little").tobytes()
    dataset.PixelData = bits + b"\0" * (len(bits) % 2)
    return file_bytes(dataset)


def _planes(origin: DicomOrigin, masks: Sequence[OrganMask]) -> list[SlicePlane]:
    planes = [plane for plane in origin.planes if plane is not None]
    if len(planes) < len(origin.planes) or len({(plane.cosines, plane.spacing_mm) for plane in planes}) != 1:
        raise ReportError(
            "DICOM_NO_GEOMETRY", "The images do not say where their slices lie, so regions cannot be laid over them.",
            "Save the exam file: it keeps the regions by slice and pixel.",
        )  # fmt: skip
    if not masks or any(one.mask.shape != (len(planes), *origin.shape) or not one.mask.any() for one in masks):
        raise ReportError(
            "DICOM_MASK_SHAPE", "A region and the images differ in size, or it holds no pixel.",
            "Draw the region again on these images.",
        )  # fmt: skip
    return planes


def _segment(number: int, organ: str, knowledge: Knowledge) -> Dataset:
    file = knowledge.organ(organ)
    code = (file.snomed.code, "SCT", file.snomed.meaning) if file.snomed else (organ[:16], LOCAL_NAME, file.name)
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = number, long_string(file.name)
    segment.SegmentAlgorithmType = "MANUAL"
    segment.SegmentedPropertyCategoryCodeSequence = [code_item(*BODY_STRUCTURE)]
    segment.SegmentedPropertyTypeCodeSequence = [code_item(*code)]
    return segment


def _add_dimensions(dataset: Dataset) -> None:
    organization = Dataset()
    organization.DimensionOrganizationUID = derived_uid("dimensions", dataset.SeriesInstanceUID)
    dataset.DimensionOrganizationSequence = [organization]
    dataset.DimensionIndexSequence = []
    for keyword, macro in (
        ("ReferencedSegmentNumber", "SegmentIdentificationSequence"),
        ("InStackPositionNumber", "FrameContentSequence"),
    ):
        index = Dataset()
        index.DimensionOrganizationUID = organization.DimensionOrganizationUID
        index.DimensionIndexPointer, index.FunctionalGroupPointer = Tag(keyword), Tag(macro)
        dataset.DimensionIndexSequence.append(index)


def _shared_groups(plane: SlicePlane) -> Dataset:
    measures, orientation, groups = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [decimal(mm) for mm in plane.spacing_mm]
    measures.SliceThickness = decimal(plane.thickness_mm or 0.0)
    orientation.ImageOrientationPatient = [decimal(cosine) for cosine in plane.cosines]
    groups.PixelMeasuresSequence = [measures]
    groups.PlaneOrientationSequence = [orientation]
    return groups


def _frame_groups(segment: int, index: int, plane: SlicePlane, images: tuple[SourceImage, ...]) -> Dataset:
    content, position, derivation, identification, groups = (Dataset() for _ in range(5))
    content.StackID, content.InStackPositionNumber = "1", index + 1
    content.DimensionIndexValues = [segment, index + 1]
    position.ImagePositionPatient = [decimal(mm) for mm in plane.position_mm]
    derivation.DerivationCodeSequence = [code_item(*SEGMENTATION)]
    derivation.SourceImageSequence = source_sequence(images)
    for source in derivation.SourceImageSequence:
        source.SpatialLocationsPreserved = "YES"
    identification.ReferencedSegmentNumber = segment
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    groups.DerivationImageSequence = [derivation]
    groups.SegmentIdentificationSequence = [identification]
    return groups
