"""What is measured: doubts, estimates, image series, regions, signals, printed numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Contrast = Literal["T2*", "T2"]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Caution:
    """A doubt: a stable code and a sentence saying what, how much and what to do.

    ``blocks_grade`` is true where the doubt is too large for a severity class.
    """

    code: str
    text: str
    blocks_grade: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its doubt.

    Parameters
    ----------
    quantity : str
        Unit-bearing name, e.g. ``t2star_ms``; ``units.NOTATION`` says how it is written.
    value : float
    low, high : float or None
        95 % limits in the unit of the quantity; ``None`` where no interval is known.
    """

    quantity: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Technique:
    """How images were acquired, as the scanner wrote it. Text is from outside: escape it."""

    manufacturer: str = ""
    scanner: str = ""
    sequence: str = ""
    series: str = ""
    exam_date: str = ""
    repetition_time_ms: float | None = None
    flip_angle_deg: float | None = None
    slice_thickness_mm: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that were not used, counted by reason."""

    code: str
    what: str
    cure: str
    n_files: int
    example: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class EchoSeries:
    """Magnitude images of one multi-echo series, ordered by slice and echo time.

    Parameters
    ----------
    key : str
        Short content key, stable for the same files, free of identifiers.
    te_ms : tuple of float, shape (n_echoes,)
        Echo times [ms], ascending.
    images : ndarray of float32, shape (n_slices, n_echoes, n_rows, n_columns)
        Signal after rescale [arbitrary units].
    contrast : {"T2*", "T2"}
        Gradient echo (T2*) or spin echo (T2).
    patient_key, study_key : str
        Keys that differ between patients and studies without naming them.
    """

    key: str
    label: str
    te_ms: tuple[float, ...]
    images: npt.NDArray[np.float32]
    contrast: Contrast
    field_tesla: float | None
    pixel_spacing_mm: tuple[float, float] | None
    slice_positions_mm: tuple[float | None, ...]
    technique: Technique
    patient_key: str
    study_key: str
    cautions: tuple[Caution, ...] = ()

    @property
    def n_slices(self) -> int:
        """Number of slices."""
        return int(self.images.shape[0])

    @property
    def n_echoes(self) -> int:
        """Number of echoes of each slice."""
        return len(self.te_ms)


@dataclass(frozen=True, slots=True)
class Region:
    """A region of interest placed by numbers, in pixels of one slice.

    ``row`` and ``column`` are the centre, counted from 0 at the middle of the top left pixel;
    ``height`` and ``width`` are full extents in pixels.
    """

    shape: Literal["ellipse", "rectangle"]
    row: float
    column: float
    height: float
    width: float
    slice_index: int = 0


@dataclass(frozen=True, slots=True)
class DecaySignal:
    """Mean signal of one region or one pasted table at each echo time.

    Parameters
    ----------
    organ : str
        Organ id of the knowledge files, e.g. ``liver``.
    te_ms : tuple of float, shape (n_echoes,)
        Echo times [ms], ascending.
    signal : tuple of float, shape (n_echoes,)
        Mean magnitude signal [arbitrary units].
    sd : tuple of float, shape (n_echoes,) or empty
        Standard deviation over the region's pixels, where pixels were available.
    origin : str
        Where the numbers came from, in words for the reader.
    exam_key : str
        Tells the images of one patient and study from those of another without naming them;
        empty where no images stand behind the numbers. Never saved.
    """

    organ: str
    te_ms: tuple[float, ...]
    signal: tuple[float, ...]
    contrast: Contrast = "T2*"
    field_tesla: float | None = None
    sd: tuple[float, ...] = ()
    n_pixels: int | None = None
    site: str = ""
    origin: str = "numbers typed or pasted"
    region: Region | None = None
    technique: Technique | None = None
    cautions: tuple[Caution, ...] = ()
    exam_key: str = ""

    @property
    def n_echoes(self) -> int:
        """Number of echoes."""
        return len(self.te_ms)


@dataclass(frozen=True, slots=True)
class PrintedResult:
    """Numbers read off another report, without the curve they came from.

    ``r2_per_s`` is a spin-echo R2; for the liver only one that was declared as FerriScan's.
    """

    organ: str
    field_tesla: float | None = None
    r2star_per_s: float | None = None
    t2star_ms: float | None = None
    lic_mg_per_g: float | None = None
    r2_per_s: float | None = None
    calibration: str = ""
    origin: str = "number printed in another report"
    cautions: tuple[Caution, ...] = ()
