"""What the header of each frame says: echo time, place, scale, and what tells it from others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydicom.dataset import Dataset

from ironreport.errors import IntakeError
from ironreport.intake.gate import OpenedFile
from ironreport.intake.kinds import (
    component,
    contrast,
    image_type,
    inversion,
    is_combined,
    is_mosaic,
    kind_words,
    sequence_name,
)
from ironreport.intake.pixels import PixelBytes, is_lossy, n_frames, pixel_defect
from ironreport.intake.reasons import FileSource, Tally, clean_text, refusal
from ironreport.intake.scaling import StatedScale, stated_scale
from ironreport.intake.values import (
    FrameView,
    count,
    iso_date,
    number,
    numbers,
    seconds,
    short_hash,
    text,
    tokens,
    value,
    whole,
)
from ironreport.records import Contrast, Technique

TE_LOW_MS = 0.05
"""Shorter than any echo time of MR imaging; below it a value is in seconds or wrong."""
TE_HIGH_MS: dict[Contrast, float] = {"T2*": 200.0, "T2": 1000.0}

_OTHER_UNITS = {"seconds": 1e3, "microseconds": 1e-3}
"""Factors to ms. They only find out which unit was meant: an echo time is never converted in silence."""

HIGHEST_FIELD_TESLA = 100.0
"""No magnet for imaging comes near; a larger number is in gauss, as old headers have it."""
GAUSS_PER_TESLA = 10_000.0

MARKS = ("acquisition number", "time point", "trigger delay", "acquisition time", "image time", "image number")
"""The surest first."""
ACQUISITION_NUMBER, ACQUISITION_TIME = 0, 3
MAX_FRAMES = 1e6
"""More than any file holds: the place of a frame in its file comes after its image number."""

SAME_MOMENT_S = 5.0
"""Echoes of one excitation are written with one time, or slice by slice a little later."""


class Traits(NamedTuple):
    """What images of one train of echoes agree in, as far as the header states it."""

    series: str
    series_number: float | None
    contrast: Contrast
    sequence: str
    field_tesla: float | None
    flip_angle_deg: float | None
    repetition_time_ms: float | None
    pixel_mm: float | None
    words: tuple[str, ...]
    protocol: str
    description: str
    frame_uid: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One magnitude frame with an echo time; its pixels are still in the file.

    Parameters
    ----------
    pixels : PixelBytes or None
        Where they lie.
    identity : tuple
        Keys of patient and study, rows and columns.
    series : tuple
        What tells the series of a frame from others, for keys.
    recovery : tuple
        What all images of one inversion recovery share, which may be of several series.
    cosines, corner_mm : tuple of float or None
        Orientation and place of the image in the patient, as stated.
    plane : int
        Number of the plane among those of one patient, -1 where no orientation is stated.
    position_mm : float or None
        Place along the slice normal [mm].
    marks : tuple
        Numbers that may tell repeats apart, in the order of `MARKS`.
    defect : IntakeError or None
        Why the pixels cannot be used; the frame still tells that the slice lacks this echo.
    """

    source: FileSource
    view: FrameView
    pixels: PixelBytes | None
    index: int
    identity: tuple[object, ...]
    series: tuple[object, ...]
    recovery: tuple[object, ...]
    traits: Traits
    te_ms: float
    cosines: tuple[float, ...] | None
    corner_mm: tuple[float, ...] | None
    plane: int
    position_mm: float | None
    marks: tuple[float | None, ...]
    uid: str
    echo_number: int | None
    scale: StatedScale
    inverted: bool
    inversion_ms: float | None
    is_stated_magnitude: bool
    is_combined: bool
    is_copy: bool
    defect: IntakeError | None

    @property
    def clock_s(self) -> float | None:
        """When the frame was acquired [s], counted from no matter when."""
        return self.marks[ACQUISITION_TIME]


def frames_of(opened: OpenedFile, owner: tuple[str, str], tally: Tally) -> Iterator[Frame]:
    """Usable frames of a file; the others are counted in ``tally`` by reason.

    Parameters
    ----------
    owner : (patient_key, study_key)
    """
    try:
        views = _views(opened.dataset)
    except IntakeError as error:
        tally.add(opened.source, error)
        return
    defect = pixel_defect(opened.dataset, opened.pixels)
    if defect is not None:
        tally.add(opened.source, defect)
    identity = (*owner, count(opened.dataset, "Rows"), count(opened.dataset, "Columns"))
    for index, view in enumerate(views):
        try:
            yield _frame(opened, view, index, identity, defect)
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
    opened: OpenedFile, view: FrameView, index: int, identity: tuple[object, ...], defect: IntakeError | None
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
    cosines = numbers(view.look("ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    rounded = tuple(round(c, 2) + 0.0 for c in cosines) if cosines else ()
    inverted, inversion_ms = inversion(view)
    return Frame(
        source=opened.source,
        view=view,
        pixels=opened.pixels,
        index=index,
        identity=identity,
        series=(*identity, _series_key(view.dataset), rounded),
        recovery=(*identity, te_ms, sequence_name(view)),
        traits=_traits(view),
        te_ms=te_ms,
        cosines=cosines,
        corner_mm=numbers(view.look("ImagePositionPatient", "PlanePositionSequence"), 3),
        plane=-1,
        position_mm=_location_mm(view),
        marks=_marks(view, index),
        uid=text(view.dataset, "SOPInstanceUID"),
        echo_number=whole(view.look("EchoNumbers")),
        scale=stated_scale(view),
        inverted=inverted,
        inversion_ms=inversion_ms,
        is_stated_magnitude=kind == "magnitude",
        is_combined=is_combined(view),
        is_copy=is_lossy(view.dataset) or image_type(view)[:1] == ("DERIVED",),
        defect=defect,
    )


def _traits(view: FrameView) -> Traits:
    timing = "MRTimingAndRelatedParametersSequence"
    spacing = pixel_spacing_mm(view)
    return Traits(
        series=text(view.dataset, "SeriesInstanceUID"),
        series_number=number(view.look("SeriesNumber")),
        contrast=contrast(view)[0],
        sequence=" ".join((*tokens(view.look("ScanningSequence")), sequence_name(view))).strip(),
        field_tesla=field_of(view.dataset)[0],
        flip_angle_deg=number(view.look("FlipAngle", timing)),
        repetition_time_ms=number(view.look("RepetitionTime", timing)),
        pixel_mm=None if spacing is None else spacing[0],
        words=kind_words(view),
        protocol=clean_text(view.look("ProtocolName") or ""),
        description=clean_text(view.look("SeriesDescription") or ""),
        frame_uid=text(view.dataset, "FrameOfReferenceUID"),
    )


def _echo_time_ms(view: FrameView) -> float:
    """Echo time [ms] from the place where it belongs, within what MR imaging uses."""
    high_ms = TE_HIGH_MS[contrast(view)[0]]
    te_ms = number(view.look("EffectiveEchoTime", "MREchoSequence"))
    if te_ms is None:
        te_ms = number(view.look("EchoTime"))
    if te_ms is not None and TE_LOW_MS <= te_ms <= high_ms:
        return te_ms
    for unit, factor in _OTHER_UNITS.items():
        if te_ms is not None and TE_LOW_MS <= te_ms * factor <= high_ms:
            raise refusal("ECHO_TIME_UNIT", unit=unit)
    raise refusal("NO_ECHO_TIME", low=TE_LOW_MS, high=f"{high_ms:g}")


def _location_mm(view: FrameView) -> float | None:
    """Place along the slice normal where no position in the patient is stated."""
    location = number(view.look("SliceLocation"))
    return number(view.look("InStackPositionNumber", "FrameContentSequence")) if location is None else location


def _either(view: FrameView, keyword: str, macro: str, classic: str) -> float | None:
    found = number(view.look(keyword, macro))
    return number(view.look(classic)) if found is None else found


def _acquired_s(view: FrameView) -> float | None:
    """When a frame was acquired, by the most exact element that says so."""
    date = view.look("AcquisitionDate") or ""
    moments = (
        view.look("FrameAcquisitionDateTime", "FrameContentSequence"),
        view.look("AcquisitionDateTime"),
        f"{date}{view.look('AcquisitionTime')}",
        view.look("AcquisitionTime"),
    )
    known = (seconds(moment) for moment in moments if moment is not None)
    return next((moment for moment in known if moment is not None), None)


def _instance(view: FrameView, index: int) -> float | None:
    found = number(view.look("InstanceNumber"))
    return None if found is None and view.own is None else (found or 0.0) + index / MAX_FRAMES


def _marks(view: FrameView, index: int) -> tuple[float | None, ...]:
    """Numbers of a frame in the order of `MARKS`; None where one is not stated."""
    content, cardiac = "FrameContentSequence", "CardiacSynchronizationSequence"
    return (
        _either(view, "FrameAcquisitionNumber", content, "AcquisitionNumber"),
        _either(view, "TemporalPositionIndex", content, "TemporalPositionIdentifier"),
        _either(view, "NominalCardiacTriggerDelayTime", cardiac, "TriggerTime"),
        _acquired_s(view),
        seconds(view.look("ContentTime")),
        _instance(view, index),
    )


def _series_key(dataset: Dataset) -> str:
    return short_hash(text(dataset, "SeriesInstanceUID") or text(dataset, "SeriesNumber"))


def series_label(dataset: Dataset) -> str:
    """Series number and description as the scanner wrote them; outside text."""
    return clean_text(f"{text(dataset, 'SeriesNumber')} {text(dataset, 'SeriesDescription')}") or "unnamed series"


def series_number(dataset: Dataset) -> int | None:
    """Number of the series as the scanner counts them; None where there is none."""
    found = text(dataset, "SeriesNumber").strip()
    return int(found) if found.isdecimal() else None


def technique(view: FrameView) -> Technique:
    """How the images were acquired, as the scanner wrote it."""
    timing = "MRTimingAndRelatedParametersSequence"
    return Technique(
        manufacturer=text(view.dataset, "Manufacturer"),
        scanner=text(view.dataset, "ManufacturerModelName"),
        sequence=sequence_name(view),
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
