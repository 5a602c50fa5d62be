"""Pictures for an archive: the R2* map with its numbers, and a colour picture that any viewer shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ParametricMapStorage, SecondaryCaptureImageStorage

from ironreport.errors import ReportError
from ironreport.records import DicomOrigin, SlicePlane, SourceImage
from ironreport.report.codes import QUANTITY_CODE, UCUM_UNIT
from ironreport.report.dicom.study import (
    DicomStudy,
    Product,
    code_item,
    derived_uid,
    file_bytes,
    files_of,
    source_sequence,
)

Colours = npt.NDArray[np.uint8]

MAP = Product("map", ParametricMapStorage, "MR", 9003, "IronReport R2* map")
CAPTURE = Product("capture", SecondaryCaptureImageStorage, "OT", 9004, "IronReport pictures")
QUANTITY = "r2star_per_s"
NOT_MEASURED = -1.0
"""Stands where a pixel has no R2*, outside the range said to have one: no rate is negative."""
WINDOW_PERCENTILE = 99.0


def map_bytes(study: DicomStudy, r2star_per_s: npt.NDArray[np.floating], origin: DicomOrigin) -> bytes:
    """The R2* map of a series as a Parametric Map, one frame for each slice.

    Parameters
    ----------
    r2star_per_s : ndarray, shape (n_slices, n_rows, n_columns)
        R2* [s^-1], not finite where nothing can be measured.

    Raises
    ------
    ReportError
        ``DICOM_NO_GEOMETRY``, ``DICOM_MAP_SHAPE``, ``DICOM_MAP_EMPTY``.
    """
    planes = [plane for plane in origin.planes if plane is not None]
    values = np.asarray(r2star_per_s, dtype=np.float32)
    _check_map(values, origin, planes)
    finite = np.isfinite(values)
    dataset = study.header(MAP, origin.series_uid)  # a series has one frame of reference
    dataset.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"]
    dataset.FrameOfReferenceUID = origin.frame_of_reference_uid or derived_uid("frame", origin.series_uid)
    dataset.PositionReferenceIndicator = ""
    dataset.ContentQualification = "RESEARCH"
    dataset.ContentLabel = "R2STAR"
    dataset.ContentDescription = "R2* in 1/s; pixels without a value are padded"
    dataset.ContentCreatorName = ""
    dataset.AcquisitionContextSequence = []
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.RecognizableVisualFeatures = "NO"
    _add_dimensions(dataset)
    dataset.SharedFunctionalGroupsSequence = [_shared_groups(planes[0], values[finite])]
    rows = zip(planes, origin.images, strict=True)
    dataset.PerFrameFunctionalGroupsSequence = [_frame_groups(n, *row) for n, row in enumerate(rows, start=1)]
    dataset.NumberOfFrames = len(values)
    dataset.ReferencedSeriesSequence = [series_item(origin)]
    add_picture(dataset, values.shape[1:3], 1, "MONOCHROME2", 32)
    dataset.FloatPixelPaddingValue = dataset.FloatPixelPaddingRangeLimit = NOT_MEASURED
    dataset.FloatPixelData = np.where(finite, values, np.float32(NOT_MEASURED)).astype("<f4").tobytes()
    return file_bytes(dataset)


def _check_map(values: npt.NDArray[np.float32], origin: DicomOrigin, planes: list[SlicePlane]) -> None:
    if len(planes) < len(origin.planes) or len({(plane.cosines, plane.spacing_mm) for plane in planes}) != 1:
        raise ReportError(
            "DICOM_NO_GEOMETRY",
            "The images do not say where their slices lie, so a map cannot be laid over them.",
            "Export the other objects; the picture of the map can be stored as a secondary capture.",
        )
    if values.shape != (len(planes), *origin.shape):
        raise ReportError(
            "DICOM_MAP_SHAPE", "The map and the images differ in size.", "Make the map again from these images."
        )
    if not np.isfinite(values).any():
        raise ReportError("DICOM_MAP_EMPTY", "No pixel of the map could be measured.", "Export the other objects.")


def _add_dimensions(dataset: Dataset) -> None:
    organization = Dataset()
    organization.DimensionOrganizationUID = derived_uid("dimensions", dataset.SeriesInstanceUID)
    index = Dataset()
    index.DimensionOrganizationUID = organization.DimensionOrganizationUID
    index.DimensionIndexPointer = Tag("InStackPositionNumber")
    index.FunctionalGroupPointer = Tag("FrameContentSequence")
    dataset.DimensionOrganizationSequence = [organization]
    dataset.DimensionIndexSequence = [index]


def _shared_groups(plane: SlicePlane, values: npt.NDArray[np.float32]) -> Dataset:
    """What holds for all frames: size of a pixel, direction of the slices, and what a stored number means."""
    measures, orientation, kind, window, identity = Dataset(), Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [decimal(mm) for mm in plane.spacing_mm]
    measures.SliceThickness = decimal(plane.thickness_mm or 0.0)
    orientation.ImageOrientationPatient = [decimal(cosine) for cosine in plane.cosines]
    kind.FrameType = ["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"]
    window.WindowWidth = decimal(max(float(np.percentile(values, WINDOW_PERCENTILE)), 1.0))
    window.WindowCenter = decimal(window.WindowWidth / 2)
    identity.RescaleIntercept, identity.RescaleSlope, identity.RescaleType = "0", "1", "US"
    groups = Dataset()
    groups.PixelMeasuresSequence = [measures]
    groups.PlaneOrientationSequence = [orientation]
    groups.ParametricMapFrameTypeSequence = [kind]
    groups.PixelValueTransformationSequence = [identity]
    groups.FrameVOILUTSequence = [window]
    groups.RealWorldValueMappingSequence = [_meaning(values)]
    return groups


def _meaning(values: npt.NDArray[np.float32]) -> Dataset:
    """Stored numbers are R2* in s^-1 within the range that was measured, and nothing outside it."""
    _, code, name = QUANTITY_CODE[QUANTITY]
    quantity = Dataset()
    quantity.ValueType = "CODE"
    quantity.ConceptNameCodeSequence = [code_item("246205007", "SCT", "Quantity")]
    quantity.ConceptCodeSequence = [code_item(code, "DCM", name)]
    item = Dataset()
    item.DoubleFloatRealWorldValueFirstValueMapped = float(values.min())
    item.DoubleFloatRealWorldValueLastValueMapped = float(values.max())
    item.RealWorldValueIntercept, item.RealWorldValueSlope = 0.0, 1.0
    item.LUTLabel, item.LUTExplanation = "R2STAR", "R2* in 1/s"
    item.MeasurementUnitsCodeSequence = [code_item(UCUM_UNIT[QUANTITY], "UCUM", "per second")]
    item.QuantityDefinitionSequence = [quantity]
    return item


def _frame_groups(number: int, plane: SlicePlane, images: tuple[SourceImage, ...]) -> Dataset:
    content, position, derivation = Dataset(), Dataset(), Dataset()
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", number, [number]
    position.ImagePositionPatient = [decimal(mm) for mm in plane.position_mm]
    _, code, name = QUANTITY_CODE[QUANTITY]
    derivation.DerivationCodeSequence = [code_item(code, "DCM", name)]
    derivation.SourceImageSequence = source_sequence(images)
    groups = Dataset()
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [position]
    groups.DerivationImageSequence = [derivation]
    return groups


def series_item(origin: DicomOrigin) -> Dataset:
    """Item that names a series and all its images."""
    item = Dataset()
    item.SeriesInstanceUID = origin.series_uid
    item.ReferencedInstanceSequence = files_of(image for row in origin.images for image in row)
    return item


def decimal(number: float) -> str:
    """The number within the 16 characters of a decimal string.

    >>> decimal(-123.45678901234567), decimal(1.0)
    ('-123.456789', '1')
    """
    return f"{number:.9g}"


def add_picture(dataset: Dataset, shape: tuple[int, ...], n_samples: int, kind: str, n_bits: int) -> None:
    """Size and kind of the pixels of an object, and that nobody is named in them."""
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = n_samples, kind
    dataset.Rows, dataset.Columns = shape
    dataset.Laterality = ""  # asked for, and not known
    dataset.BitsAllocated = n_bits
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"


# ------------------------------------------------------------------------------ colour pictures


def capture_bytes(
    study: DicomStudy, picture: Colours, sources: tuple[SourceImage, ...] = (), *, number: int = 1
) -> bytes:
    """A colour picture as a Secondary Capture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (n_rows, n_columns, 3)
        Red, green and blue; it must name nobody.
    sources : tuple of SourceImage
        Images that were drawn on.
    number : int
        Place among the pictures of the report, counted from 1.
    """
    dataset = study.header(CAPTURE)
    dataset.InstanceNumber = number
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.ConversionType = "WSD"
    dataset.PatientOrientation = ""
    dataset.DerivationDescription = "Picture with the outline of the measured region"
    if sources:
        dataset.SourceImageSequence = source_sequence(sources)
    add_picture(dataset, picture.shape[:2], 3, "RGB", 8)
    dataset.BitsStored, dataset.HighBit = 8, 7
    dataset.PixelRepresentation = dataset.PlanarConfiguration = 0
    pixels = np.ascontiguousarray(picture, dtype=np.uint8).tobytes()
    dataset.PixelData = pixels + b"\0" * (len(pixels) % 2)
    return file_bytes(dataset)
