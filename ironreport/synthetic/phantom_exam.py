"""The phantom as DICOM files: classic and enhanced, magnitude and phase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, generate_uid

from ironreport.synthetic.acquisition import MHZ_PER_TESLA
from ironreport.synthetic.decays import TE_MS, noisy_magnitude
from ironreport.synthetic.instances import add_pixels, of, written
from ironreport.synthetic.phantom import N_COLUMNS, N_ROWS, N_SLICES, PIXEL_MM, SLICE_POSITIONS_MM, Phantom

_EXAM_DATE = "20261101"
_RESCALE_SLOPE, _RESCALE_INTERCEPT = 0.5, 0.0
# Phase as one vendor stores it: 0 to 4095 for -pi to pi, shown as -4096 to 4094.
_PHASE_SLOPE, _PHASE_INTERCEPT, _PHASE_STEPS = 2.0, -4096.0, 4096
_OFF_RESONANCE_HZ = 30.0


def write_dicom_exam(
    phantom: Phantom | None = None,
    te_ms: Sequence[float] = TE_MS,
    *,
    field_tesla: float = 1.5,
    phase: bool = False,
) -> dict[str, bytes]:
    """DICOM files by name, one for each slice and echo of a multi-echo gradient-echo series.

    Parameters
    ----------
    phantom : Phantom, optional
        The truth; liver 4 ms, septum 14 ms and spleen 20 ms where not given.
    phase : bool
        Phase instead of magnitude images, as a series of its own within the same study.
    """
    phantom = phantom or Phantom()
    stored = _stored_phase(phantom, te_ms) if phase else _stored_magnitude(phantom, te_ms)
    files = {}
    for k in range(N_SLICES):
        for echo, te in enumerate(te_ms, start=1):
            number = k * len(te_ms) + echo
            dataset = _common(phantom, field_tesla, phase, MRImageStorage, number)
            _add_classic(dataset, phase, te, echo, len(te_ms))
            dataset.update(_plane_position(k))
            dataset.update(_pixel_measures())
            dataset.update(_rescale(phase))
            dataset.ImageOrientationPatient = _AXIAL
            dataset.SliceLocation = SLICE_POSITIONS_MM[k]
            add_pixels(dataset, stored[k, echo - 1])
            files[f"{'phase' if phase else 'magnitude'}/IM{number:04d}.dcm"] = written(dataset)
    return files


def write_enhanced_exam(
    phantom: Phantom | None = None, te_ms: Sequence[float] = TE_MS, *, field_tesla: float = 1.5
) -> dict[str, bytes]:
    """The magnitude series of `write_dicom_exam` as one enhanced multi-frame DICOM file."""
    phantom = phantom or Phantom()
    stored = _stored_magnitude(phantom, te_ms)
    dataset = _common(phantom, field_tesla, False, EnhancedMRImageStorage, 1)
    _add_enhanced(dataset)
    dataset.SharedFunctionalGroupsSequence = [_shared_groups()]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame_groups(k, te, echo) for k in range(N_SLICES) for echo, te in enumerate(te_ms, start=1)
    ]
    dataset.NumberOfFrames = N_SLICES * len(te_ms)
    add_pixels(dataset, stored.reshape(-1, N_ROWS, N_COLUMNS))
    return {"enhanced/IM0001.dcm": written(dataset)}


_AXIAL = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def _stored_magnitude(phantom: Phantom, te_ms: Sequence[float]) -> npt.NDArray[np.uint16]:
    """Stored values of all images, shape (n_slices, n_echoes, n_rows, n_columns)."""
    rng = np.random.default_rng(phantom.seed)
    images = noisy_magnitude(phantom.clean_images(te_ms), phantom.noise_sd, rng)
    return np.asarray(np.round((images - _RESCALE_INTERCEPT) / _RESCALE_SLOPE), dtype=np.uint16)


def _stored_phase(phantom: Phantom, te_ms: Sequence[float]) -> npt.NDArray[np.uint16]:
    """Stored phase of a uniform frequency offset with noise, shaped as the magnitude."""
    clean = phantom.clean_images(te_ms)
    rng = np.random.default_rng(phantom.seed)
    turns = _OFF_RESONANCE_HZ * np.asarray(te_ms, dtype=float) / 1000.0
    turning = clean * np.exp(2j * np.pi * turns)[None, :, None, None]
    real, imaginary = rng.normal(0.0, phantom.noise_sd, (2, *clean.shape))
    part = np.angle(turning + real + 1j * imaginary) / (2 * np.pi) + 0.5
    steps = np.clip(np.floor(part * _PHASE_STEPS), 0, _PHASE_STEPS - 1)
    return np.asarray(steps, dtype=np.uint16)


def _uid(*parts: object) -> str:
    """Unique identifier that is the same for the same parts."""
    return generate_uid(entropy_srcs=["IronReport synthetic", *map(repr, parts)])


def _common(phantom: Phantom, field_tesla: float, phase: bool, storage: str, number: int) -> Dataset:
    """Patient, study, series and device, alike in classic and enhanced files."""
    study = (phantom, field_tesla)
    dataset = Dataset()
    dataset.SOPClassUID = storage
    dataset.SOPInstanceUID = _uid("image", *study, storage, phase, number)
    dataset.PatientName, dataset.PatientID = "SYNTHETIC^PHANTOM", "SYNTHETIC-0001"
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.StudyInstanceUID, dataset.StudyID = _uid("study", *study), "1"
    dataset.SeriesInstanceUID = _uid("series", *study, storage, phase)
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = _uid("frame", *study), ""
    for name in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{name}Date", _EXAM_DATE)
        setattr(dataset, f"{name}Time", "120000")
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.Modality, dataset.BodyPartExamined, dataset.PatientPosition = "MR", "ABDOMEN", "HFS"
    dataset.StudyDescription = "Synthetic phantom, no patient"
    dataset.SeriesDescription = "T2* multi-echo" + (" phase" if phase else "")
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.AcquisitionNumber = 3 + phase, number, 1
    dataset.Manufacturer, dataset.ManufacturerModelName = "IronReport synthetic", "Phantom"
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = "1", "1"
    dataset.MagneticFieldStrength = field_tesla
    return dataset


def _add_classic(dataset: Dataset, phase: bool, te_ms: float, echo: int, n_echoes: int) -> None:
    """What a classic MR image says of its acquisition."""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "P" if phase else "M", "ND"]
    dataset.ScanningSequence, dataset.SequenceVariant, dataset.ScanOptions = "GR", "SP", ""
    dataset.SequenceName, dataset.MRAcquisitionType = "fl2d_me", "2D"
    dataset.RepetitionTime, dataset.FlipAngle, dataset.NumberOfAverages = 200.0, 20.0, 1
    dataset.EchoTime, dataset.EchoNumbers, dataset.EchoTrainLength = te_ms, echo, n_echoes
    dataset.ImagingFrequency = round(dataset.MagneticFieldStrength * MHZ_PER_TESLA, 4)
    dataset.ImagedNucleus, dataset.PixelBandwidth = "1H", 1950.0
    dataset.AcquisitionMatrix, dataset.InPlanePhaseEncodingDirection = [N_ROWS, 0, 0, N_COLUMNS], "COL"


def _add_enhanced(dataset: Dataset) -> None:
    """What an enhanced MR image says once for all its frames."""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    dataset.AcquisitionDateTime, dataset.AcquisitionDuration = f"{_EXAM_DATE}120000", 15.0
    dataset.PulseSequenceName, dataset.EchoPulseSequence = "fl2d_me", "GRADIENT"
    dataset.MRAcquisitionType, dataset.MultipleSpinEcho, dataset.MultiPlanarExcitation = "2D", "NO", "NO"
    dataset.ResonantNucleus, dataset.ContentQualification = "1H", "RESEARCH"
    dataset.PixelPresentation, dataset.VolumetricProperties = "MONOCHROME", "VOLUME"
    dataset.VolumeBasedCalculationTechnique, dataset.ComplexImageComponent = "NONE", "MAGNITUDE"
    dataset.AcquisitionContrast, dataset.BurnedInAnnotation = "T2_STAR", "NO"
    dataset.LossyImageCompression, dataset.PresentationLUTShape = "00", "IDENTITY"
    organization = _uid("dimensions")
    dataset.DimensionOrganizationSequence = [of(DimensionOrganizationUID=organization)]
    dataset.DimensionIndexSequence = [
        of(DimensionOrganizationUID=organization, DimensionIndexPointer=tag, FunctionalGroupPointer=group)
        for tag, group in (
            (tag_for_keyword("InStackPositionNumber"), tag_for_keyword("FrameContentSequence")),
            (tag_for_keyword("EffectiveEchoTime"), tag_for_keyword("MREchoSequence")),
        )
    ]


def _shared_groups() -> Dataset:
    """Functional groups that are the same for all frames."""
    kind = of(
        FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"],
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent="MAGNITUDE",
        AcquisitionContrast="T2_STAR",
    )
    timing = of(RepetitionTime=200.0, FlipAngle=20.0, EchoTrainLength=0, RFEchoTrainLength=0)
    return of(
        PixelMeasuresSequence=[_pixel_measures()],
        PlaneOrientationSequence=[of(ImageOrientationPatient=_AXIAL)],
        MRImageFrameTypeSequence=[kind],
        MRTimingAndRelatedParametersSequence=[timing],
    )


def _frame_groups(k: int, te_ms: float, echo: int) -> Dataset:
    """Functional groups of one frame: where it lies, its echo time and its scale."""
    content = of(
        FrameAcquisitionNumber=1,
        FrameReferenceDateTime=f"{_EXAM_DATE}120000",
        FrameAcquisitionDateTime=f"{_EXAM_DATE}120000",
        FrameAcquisitionDuration=15000.0,
        StackID="1",
        InStackPositionNumber=k + 1,
        DimensionIndexValues=[k + 1, echo],
    )
    return of(
        FrameContentSequence=[content],
        PlanePositionSequence=[_plane_position(k)],
        MREchoSequence=[of(EffectiveEchoTime=te_ms)],
        PixelValueTransformationSequence=[_rescale(False)],
    )


def _pixel_measures() -> Dataset:
    return of(PixelSpacing=[PIXEL_MM, PIXEL_MM], SliceThickness=10.0)


def _plane_position(k: int) -> Dataset:
    corner_mm = -PIXEL_MM * (N_ROWS - 1) / 2
    return of(ImagePositionPatient=[corner_mm, corner_mm, SLICE_POSITIONS_MM[k]])


def _rescale(phase: bool) -> Dataset:
    slope, intercept = (_PHASE_SLOPE, _PHASE_INTERCEPT) if phase else (_RESCALE_SLOPE, _RESCALE_INTERCEPT)
    return of(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US")
