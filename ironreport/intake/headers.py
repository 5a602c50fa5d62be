"""What the header of each frame says: echo time, place, scale, and whose image it is."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from ironreport.errors import IntakeError
from ironreport.intake.gate import OpenedFile
from ironreport.intake.kinds import component, contrast, inversion, is_mosaic, sequence_name
from ironreport.intake.pixels import n_frames, pixel_defect
from ironreport.intake.reasons import FileSource, Tally, clean_text, refusal
from ironreport.intake.values import FrameView, count, iso_date, number, numbers, short_hash, text, value
from ironreport.records import Contrast, Technique

TE_LOW_MS = 0.05
"""Shorter than any echo time of MR imaging; below it a value is in seconds or wrong."""
TE_HIGH_MS: dict[Contrast, float] = {"T2*": 200.0, "T2": 1000.0}

_OTHER_UNITS = {"seconds": 1e3, "microseconds": 1e-3}
"""Factors to ms. They only find out which unit was meant: an echo time is never converted in silence."""

HIGHEST_FIELD_TESLA = 100.0
"""No magnet for imaging comes near; a larger number is in gauss, as old headers have it."""
GAUSS_PER_TESLA = 10_000.0

_PHILIPS_INTERCEPT, _PHILIPS_SLOPE = 0x2005100D, 0x2005100E
_PHILIPS_FRAME = 0x2005140F


class PhilipsScale(NamedTuple):
    """Philips' private scaling: signal = (stored - intercept) / slope."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One magnitude frame with an echo time; its pixels are still in the file.

    Parameters
    ----------
    series : tuple
        What all frames of one series share: patient, study, series, matrix and plane.
    recovery : tuple
        What all images of one inversion recovery share, which may be of several series.
    position_mm : float or None
        Place along the slice normal [mm].
    defect : IntakeError or None
        Why the pixels cannot be used; the frame still tells that the slice lacks this echo.
    """

    source: FileSource
    view: FrameView
    index: int
    series: tuple[object, ...]
    recovery: tuple[object, ...]
    te_ms: float
    position_mm: float | None
    acquisition: tuple[float | None, ...]
    slope: float
    intercept: float
    philips: PhilipsScale | None
    inverted: bool
    inversion_ms: float | None
    is_stated_magnitude: bool
    defect: IntakeError | None


def frames_of(opened: OpenedFile, tally: Tally) -> Iterator[Frame]:
    """Usable frames of a file; the others are counted in ``tally`` by reason."""
    try:
        views = _views(opened.dataset)
    except IntakeError as error:
        tally.add(opened.source, error)
        return
    defect = pixel_defect(opened.dataset)
    if defect is not None:
        tally.add(opened.source, defect)
    identity = _identity(opened.dataset)
    for index, view in enumerate(views):
        try:
            yield _frame(opened.source, view, index, identity, defect)
        except IntakeError as error:
            tally.add(opened.source, error)


def _views(dataset: Dataset) -> list[FrameView]:
    """One view of the header for each frame."""
    n = n_frames(dataset)
    shared = _items(dataset, "SharedFunctionalGroupsSequence")
    own = _items(dataset, "PerFrameFunctionalGroupsSequence")
    if own and len(own) != n:
        raise refusal("FRAME_MISMATCH")
    if not own and n > 1:
        raise refusal("FRAME_MISMATCH")
    common = shared[0] if shared else None
    return [FrameView(dataset, common, item) for item in own] or [FrameView(dataset, common)]


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    found = value(dataset, keyword)
    return [item for item in found if isinstance(item, Dataset)] if isinstance(found, Sequence) else []


def _frame(
    source: FileSource, view: FrameView, index: int, identity: tuple[object, ...], defect: IntakeError | None
) -> Frame:
    """Frame record of one view.

    Raises
    ------
    IntakeError
        ``NOT_MAGNITUDE``, ``MOSAIC``, ``NO_ECHO_TIME``, ``ECHO_TIME_UNIT``, ``BAD_RESCALE``.
    """
    kind = component(view)
    if kind == "other":
        raise refusal("NOT_MAGNITUDE")
    if is_mosaic(view.dataset):
        raise refusal("MOSAIC")
    te_ms = _echo_time_ms(view)
    slope, intercept = _rescale(view)
    plane, position_mm = _place(view)
    inverted, inversion_ms = inversion(view)
    return Frame(
        source=source,
        view=view,
        index=index,
        series=(*identity, _series_key(view.dataset), plane),
        recovery=(*identity, plane, te_ms, sequence_name(view.dataset)),
        te_ms=te_ms,
        position_mm=position_mm,
        acquisition=_acquisition(view),
        slope=slope,
        intercept=intercept,
        philips=_philips_scale(view),
        inverted=inverted,
        inversion_ms=inversion_ms,
        is_stated_magnitude=kind == "magnitude",
        defect=defect,
    )


def _echo_time_ms(view: FrameView) -> float:
    """Echo time [ms] from the place where it belongs, within what MR imaging uses."""
    high_ms = TE_HIGH_MS[contrast(view.dataset)[0]]
    te_ms = number(view.look("EffectiveEchoTime", "MREchoSequence"))
    if te_ms is None:
        te_ms = number(view.look("EchoTime"))
    if te_ms is not None and TE_LOW_MS <= te_ms <= high_ms:
        return te_ms
    for unit, factor in _OTHER_UNITS.items():
        if te_ms is not None and TE_LOW_MS <= te_ms * factor <= high_ms:
            raise refusal("ECHO_TIME_UNIT", unit=unit)
    raise refusal("NO_ECHO_TIME", low=TE_LOW_MS, high=f"{high_ms:g}")


def _rescale(view: FrameView) -> tuple[float, float]:
    """Slope and intercept of the modality lookup, 1 and 0 where not stated."""
    macro = "PixelValueTransformationSequence"
    slope, intercept = view.look("RescaleSlope", macro), view.look("RescaleIntercept", macro)
    slope_number = 1.0 if slope is None else number(slope)
    intercept_number = 0.0 if intercept is None else number(intercept)
    if slope_number is None or intercept_number is None or slope_number <= 0:
        raise refusal("BAD_RESCALE")
    return slope_number, intercept_number


def _place(view: FrameView) -> tuple[tuple[float, ...], float | None]:
    """Slice plane (rounded direction cosines) and place along its normal [mm]."""
    cosines = numbers(view.look("ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    corner = numbers(view.look("ImagePositionPatient", "PlanePositionSequence"), 3)
    plane = tuple(round(c, 2) + 0.0 for c in cosines) if cosines else ()
    if cosines and corner:
        return plane, float(np.dot(np.cross(cosines[:3], cosines[3:]), corner))
    location = number(view.look("SliceLocation"))
    if location is None:
        location = number(view.look("InStackPositionNumber", "FrameContentSequence"))
    return plane, location


def _acquisition(view: FrameView) -> tuple[float | None, ...]:
    """Numbers that may tell repeats within one series apart: acquisition, time point, heart phase."""
    temporal = number(view.look("TemporalPositionIndex", "FrameContentSequence"))
    if temporal is None:
        temporal = number(view.look("TemporalPositionIdentifier"))
    phase = number(view.look("NominalCardiacTriggerDelayTime", "CardiacSynchronizationSequence"))
    if phase is None:
        phase = number(view.look("TriggerTime"))
    return number(view.look("AcquisitionNumber")), temporal, phase


def _philips_scale(view: FrameView) -> PhilipsScale | None:
    """Philips' private scale, where it is stated and can be one."""
    group = view.own if view.own is not None else view.dataset
    try:
        holder = group[_PHILIPS_FRAME].value[0] if _PHILIPS_FRAME in group else group
        slope = _float_of(holder, _PHILIPS_SLOPE)
        intercept = _float_of(holder, _PHILIPS_INTERCEPT) or 0.0
    except Exception:  # damaged private elements are as good as none
        return None
    return PhilipsScale(slope, intercept) if slope is not None and slope > 0 else None


def _float_of(holder: Dataset, tag: int) -> float | None:
    """Number of a private element, also where implicit VR left it as four bytes."""
    found = holder[tag].value if tag in holder else None
    if isinstance(found, bytes) and len(found) == 4:
        found = struct.unpack("<f", found)[0]
    return number(found)


def patient_key(dataset: Dataset) -> str:
    """Key that differs between patients without naming them."""
    return short_hash(*(text(dataset, keyword) for keyword in ("PatientID", "PatientName", "PatientBirthDate")))


def study_key(dataset: Dataset) -> str:
    """Key that differs between studies without naming them."""
    return short_hash(patient_key(dataset), text(dataset, "StudyInstanceUID"))


def _identity(dataset: Dataset) -> tuple[object, ...]:
    return patient_key(dataset), study_key(dataset), count(dataset, "Rows"), count(dataset, "Columns")


def _series_key(dataset: Dataset) -> str:
    return short_hash(text(dataset, "SeriesInstanceUID") or text(dataset, "SeriesNumber"))


def series_label(dataset: Dataset) -> str:
    """Series number and description as the scanner wrote them; outside text."""
    return clean_text(f"{text(dataset, 'SeriesNumber')} {text(dataset, 'SeriesDescription')}") or "unnamed series"


def technique(view: FrameView) -> Technique:
    """How the images were acquired, as the scanner wrote it."""
    timing = "MRTimingAndRelatedParametersSequence"
    return Technique(
        manufacturer=text(view.dataset, "Manufacturer"),
        scanner=text(view.dataset, "ManufacturerModelName"),
        sequence=sequence_name(view.dataset),
        series=series_label(view.dataset),
        exam_date=iso_date(view.dataset),
        repetition_time_ms=number(view.look("RepetitionTime", timing)),
        flip_angle_deg=number(view.look("FlipAngle", timing)),
        slice_thickness_mm=number(view.look("SliceThickness", "PixelMeasuresSequence")),
    )


def pixel_spacing_mm(view: FrameView) -> tuple[float, float] | None:
    """Distance of rows and of columns [mm], or None."""
    spacing = numbers(view.look("PixelSpacing", "PixelMeasuresSequence"), 2)
    return (spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None


def field_of(dataset: Dataset) -> tuple[float | None, bool]:
    """Field strength [T], None where not stated, and whether the header gave it in gauss."""
    field = number(value(dataset, "MagneticFieldStrength"))
    if field is None or field <= 0:
        return None, False
    in_gauss = field > HIGHEST_FIELD_TESLA
    return (field / GAUSS_PER_TESLA if in_gauss else field), in_gauss
