"""How each vendor writes a multi-echo exam: what it calls things, what it stores and how it scales it.

Headers follow public exams of each vendor where there are any (ImageType, private elements, rescale); software and
model say that the exam is synthetic. Classic files are written here, enhanced ones in ``synthetic_enhanced``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from ironreport.records import FloatArray
from ironreport.synthetic.acquisition import MHZ_PER_TESLA, Acquired, Recipe
from ironreport.synthetic.anatomy import N_PIXELS, Anatomy
from ironreport.synthetic.instances import Stored, add_pixels, corner_mm, derived_uid, of, written

Kind = Literal["M", "P", "R", "I"]
"""Magnitude, phase, real, imaginary."""

EXAM_DATE = "20261101"
COMPONENTS = {"M": "MAGNITUDE", "P": "PHASE", "R": "REAL", "I": "IMAGINARY"}
_GE_KINDS = {"M": 0, "P": 1, "R": 2, "I": 3}
_TOP = 4095
_PHASE_SLOPE, _PHASE_INTERCEPT = 2.0, -4096.0
_MILLIRADIAN_SLOPE, _MILLIRADIAN_INTERCEPT = 1.53455433455433, -3142.0
_PHILIPS_FLOAT = 0.01
"""Product of rescale slope and private scale slope: Philips' own unit per displayed unit."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What tells one vendor's files from another's.

    Parameters
    ----------
    kinds : tuple of Kind
        What is stored of each image where the phase is kept.
    mixed : bool
        All kinds in one series (True) or each in its own.
    image_type : str
        ImageType with ``{kind}`` and ``{sequence}`` to be filled in.
    """

    manufacturer: str
    image_type: str
    gradient: tuple[str, str]
    spin: tuple[str, str]
    kinds: tuple[Kind, ...] = ("M",)
    mixed: bool = False
    n_bits: int = 12
    signed: bool = False
    implicit: bool = False
    enhanced: bool = False

    def sequence(self, anatomy: Anatomy, recipe: Recipe) -> tuple[list[str], str]:
        """ScanningSequence and the vendor's sequence name."""
        scanning, name = self.spin if anatomy.spin_echo or _spin_inversion(recipe) else self.gradient
        return ([scanning, "IR"] if recipe.ti_ms else [scanning]), name


def _spin_inversion(recipe: Recipe) -> bool:
    return bool(recipe.ti_ms) and not recipe.look_locker


_ENHANCED_TYPE = "ORIGINAL PRIMARY {kind} NONE"
DIALECTS: dict[str, Dialect] = {
    "siemens": Dialect("SIEMENS", "ORIGINAL PRIMARY {kind} ND", ("GR", "*fl2d10"), ("SE", "*se2d8"), ("M", "P")),
    "siemens-xa": Dialect(
        "Siemens Healthineers", _ENHANCED_TYPE, ("GR", "*fl2d10"), ("SE", "*se2d8"), ("M", "P"), enhanced=True
    ),
    "ge": Dialect(
        "GE MEDICAL SYSTEMS", "ORIGINAL PRIMARY OTHER", ("RM", "FGRE"), ("SE", "MEMP"), ("M", "R", "I"),
        mixed=True, n_bits=16, signed=True, implicit=True,
    ),
    "philips": Dialect(
        "Philips", "ORIGINAL PRIMARY {kind}_{sequence} {kind} {sequence}", ("GR", "FFE"), ("SE", "SE"), ("M", "P"),
        mixed=True,
    ),
    "philips-enhanced": Dialect(
        "Philips Medical Systems", _ENHANCED_TYPE, ("GR", "FFE"), ("SE", "SE"), ("M", "P"), mixed=True, enhanced=True
    ),
    "uih": Dialect("UIH", "ORIGINAL PRIMARY {kind} UCA", ("GR", "gre"), ("SE", "se"), ("M", "P"), n_bits=16),
    "canon": Dialect("CANON_MEC", "ORIGINAL PRIMARY GDC", ("GR", "FE2D"), ("SE", "SE2D"), n_bits=16, signed=True),
    "hitachi": Dialect(
        "Hitachi Medical Corporation", "ORIGINAL PRIMARY OTHER", ("GR", "GE"), ("SE", "SE"), signed=True
    ),
}  # fmt: skip
"""How each vendor writes, by its name here."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredImage:
    """One image as it is stored: which slice, which echo or inversion time, and how to scale it back."""

    kind: Kind
    slice_index: int
    number: int
    te_ms: float
    ti_ms: float | None
    stored: Stored
    slope: float
    intercept: float

    @property
    def private_slope(self) -> float:
        """Philips' scale slope (2005,100E): the same floating unit whatever the rescale slope."""
        return _PHILIPS_FLOAT / self.slope


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written: by whom, of what, how made."""

    vendor: str
    anatomy: Anatomy
    recipe: Recipe

    @property
    def dialect(self) -> Dialect:
        """How the vendor writes."""
        return DIALECTS[self.vendor]

    @property
    def te_ms(self) -> tuple[float, ...]:
        """Echo times [ms]; one for an inversion recovery."""
        times = self.recipe.te_ms or self.anatomy.te_ms
        return times[:1] if self.recipe.ti_ms else times

    def uid(self, *parts: object) -> str:
        """Identifier of something in this exam."""
        return derived_uid(self.vendor, self.anatomy.organ, self.recipe, *parts)

    def series_number(self, image: StoredImage) -> int:
        """Series of an image: by kind where the vendor parts them, and by inversion time."""
        kind = 1 if self.dialect.mixed else 1 + self.dialect.kinds.index(image.kind)
        return kind + (10 * image.number if _spin_inversion(self.recipe) else 0)

    def position_mm(self, image: StoredImage) -> list[float]:
        """ImagePositionPatient."""
        anatomy = self.anatomy
        return corner_mm(anatomy.cosines, anatomy.pixel_mm, N_PIXELS, anatomy.slice_gap_mm * image.slice_index)


def stored_images(plan: Plan, acquired: Acquired) -> Iterator[StoredImage]:
    """All images of an exam, by slice, by echo or inversion time, by kind."""
    recipe, dialect = plan.recipe, plan.dialect
    top = float(acquired.magnitude.max())
    for k in range(recipe.n_slices):
        for number in range(acquired.magnitude.shape[1]):
            magnitude, phase = acquired.magnitude[k, number], acquired.phase_rad[k, number]
            ti_ms = recipe.ti_ms[number] if recipe.ti_ms else None
            te_ms = plan.te_ms[0 if recipe.ti_ms else number]
            for kind in dialect.kinds if recipe.phase else dialect.kinds[:1]:
                brightest = float(magnitude.max()) if recipe.scaled_each else top
                values, slope, intercept = _scaled(dialect, kind, magnitude, phase, brightest)
                yield StoredImage(kind, k, number, te_ms, ti_ms, values, slope, intercept)


def _scaled(
    dialect: Dialect, kind: Kind, magnitude: FloatArray, phase_rad: FloatArray, brightest: float
) -> tuple[Stored, float, float]:
    """Stored values with the slope and intercept that lead back."""
    is_philips = dialect.manufacturer.startswith("Philips")
    slope, intercept = 1.0, 0.0
    if kind == "P" and is_philips:
        shown, slope, intercept = 1000.0 * phase_rad, _MILLIRADIAN_SLOPE, _MILLIRADIAN_INTERCEPT
    elif kind == "P":
        shown, slope, intercept = -_PHASE_INTERCEPT * phase_rad / np.pi, _PHASE_SLOPE, _PHASE_INTERCEPT
    elif kind == "M":
        shown = magnitude
        slope = float(f"{brightest / _TOP:.10g}") if is_philips else 1.0
    else:
        shown = magnitude * (np.cos(phase_rad) if kind == "R" else np.sin(phase_rad))
    stored = np.round((shown - intercept) / slope)
    limits = (
        np.array([-(2**dialect.n_bits) // 2, 2**dialect.n_bits // 2 - 1]) if dialect.signed else np.array([0, _TOP])
    )
    return np.clip(stored, *limits).astype(np.int16 if dialect.signed else np.uint16), slope, intercept


def exam_header(plan: Plan, storage: str, series: int, instance: int) -> Dataset:
    """What every file of an exam says: a person who never lived, the study, the series, the scanner."""
    organ, dialect, recipe = plan.anatomy.organ, plan.dialect, plan.recipe
    return of(
        SpecificCharacterSet="ISO_IR 100",
        SOPClassUID=storage, SOPInstanceUID=plan.uid("image", series, instance),
        StudyInstanceUID=plan.uid("study"), SeriesInstanceUID=plan.uid("series", series),
        FrameOfReferenceUID=plan.uid("frame of reference"), PositionReferenceIndicator="",
        PatientName=f"Synthetic^{organ.capitalize()}", PatientID=f"SYNTHETIC-{organ.upper()}",
        PatientBirthDate="", PatientSex="O", PatientPosition="HFS",
        StudyDate=EXAM_DATE, SeriesDate=EXAM_DATE, AcquisitionDate=EXAM_DATE, ContentDate=EXAM_DATE,
        StudyTime="120000", SeriesTime="120000", AcquisitionTime="120000", ContentTime="120000",
        AccessionNumber="", ReferringPhysicianName="", StudyID="SYNTHETIC", Modality="MR",
        Manufacturer=dialect.manufacturer, ManufacturerModelName="Synthetic", SoftwareVersions="IronReport synthetic",
        InstitutionName="Synthetic", DeviceSerialNumber="0",
        StudyDescription="Synthetic exam", SeriesDescription=f"{organ} {len(plan.te_ms)} echoes, synthetic",
        ProtocolName=f"{organ} iron, synthetic", BodyPartExamined=plan.anatomy.body_part,
        SeriesNumber=series, AcquisitionNumber=1, InstanceNumber=instance,
        MagneticFieldStrength=recipe.field_tesla, ImagingFrequency=round(recipe.field_tesla * MHZ_PER_TESLA, 4),
        ImagedNucleus="1H",
    )  # fmt: skip


def classic_files(plan: Plan, acquired: Acquired) -> dict[str, bytes]:
    """One file for each image, by name."""
    files: dict[str, bytes] = {}
    counts: dict[int, int] = {}
    for image in stored_images(plan, acquired):
        series = plan.series_number(image)
        counts[series] = instance = counts.get(series, 0) + 1
        dataset = exam_header(plan, MRImageStorage, series, instance)
        dataset.update(_classic_elements(plan, image))
        _VENDOR_ELEMENTS.get(plan.vendor, _rescaled)(dataset, image)
        add_pixels(dataset, image.stored, plan.dialect.n_bits)
        files[f"series{series:03d}/IM{instance:04d}.dcm"] = written(dataset, implicit=plan.dialect.implicit)
    return files


def _classic_elements(plan: Plan, image: StoredImage) -> Dataset:
    """Elements that all vendors fill, each in its own words."""
    anatomy, dialect, recipe = plan.anatomy, plan.dialect, plan.recipe
    scanning, name = dialect.sequence(anatomy, recipe)
    found = of(
        ImageType=_image_type(dialect, image.kind, name),
        ScanningSequence=scanning, SequenceVariant="SK", ScanOptions="", MRAcquisitionType="2D",
        RepetitionTime=2000.0 if anatomy.spin_echo else 200.0, FlipAngle=90.0 if anatomy.spin_echo else 20.0,
        NumberOfAverages=1, EchoTime=image.te_ms, EchoTrainLength=len(plan.te_ms),
        EchoNumbers=None if plan.vendor == "uih" else 1 if recipe.ti_ms else image.number + 1,
        SliceThickness=anatomy.slice_gap_mm, SpacingBetweenSlices=anatomy.slice_gap_mm,
        PixelSpacing=[anatomy.pixel_mm, anatomy.pixel_mm], ImageOrientationPatient=list(anatomy.cosines),
        ImagePositionPatient=plan.position_mm(image), SliceLocation=anatomy.slice_gap_mm * image.slice_index,
    )  # fmt: skip
    if image.ti_ms is not None:
        found.InversionTime = image.ti_ms
    if plan.vendor not in ("philips", "ge"):
        found.SequenceName = name
    return found


def _image_type(dialect: Dialect, kind: Kind, sequence: str) -> list[str]:
    words = dialect.image_type.format(kind=kind, sequence=sequence).split()
    return ["PHASE MAP" if word == f"P_{sequence}" else word for word in words]


def _rescaled(dataset: Dataset, image: StoredImage) -> None:
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = image.slope, image.intercept, "US"


def _siemens(dataset: Dataset, image: StoredImage) -> None:
    if image.kind == "P":  # magnitude has no rescale there
        _rescaled(dataset, image)


def _ge(dataset: Dataset, image: StoredImage) -> None:
    """GE tells the kind of an image and the sequence in private elements only."""
    dataset.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", _GE_KINDS[image.kind])
    name = "MEMP" if "SE" in dataset.ScanningSequence else "FGRE"
    dataset.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x9E, "LO", name)


def _philips(dataset: Dataset, image: StoredImage) -> None:
    _rescaled(dataset, image)
    add_philips_scale(dataset, image)


def add_philips_scale(dataset: Dataset, image: StoredImage) -> None:
    """Philips' private scale: intercept (2005,100D), slope (2005,100E) and kind (2005,1011)."""
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0D, "FL", -image.intercept / image.slope + 0.0)
    block.add_new(0x0E, "FL", image.private_slope)
    block.add_new(0x11, "CS", image.kind)


def _uih(dataset: Dataset, image: StoredImage) -> None:
    _rescaled(dataset, image)
    dataset.ComplexImageComponent = COMPONENTS[image.kind]


_VENDOR_ELEMENTS = {"siemens": _siemens, "ge": _ge, "philips": _philips, "uih": _uih}
