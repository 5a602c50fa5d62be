"""What is measured: doubts, estimates, regions, signals, printed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError

Contrast = Literal["T2*", "T2"]
Bound = Literal["", "above", "below"]
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
    bound : {"", "above", "below"}
        Not empty where the acquisition cannot measure the quantity: the truth lies above (below) the value, which
        is then a 95 % limit and never an estimate.
    """

    quantity: str
    value: float
    low: float | None = None
    high: float | None = None
    bound: Bound = ""


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
class Region:
    """A region of interest in pixels of one slice, placed by numbers or drawn.

    ``row`` and ``column`` are the centre, counted from 0 at the middle of the top left pixel;
    ``height`` and ``width`` are full extents in pixels. A polygon has its corners in ``points`` beside the centre
    and extent of the box around them.

    Parameters
    ----------
    points : tuple of (row, column), shape (n_points, 2) or empty
        Corners of a polygon in pixels, counted from 0 at the outer corner of the top left pixel, as they are drawn:
        the middle of that pixel lies at (0.5, 0.5).
    """

    shape: Literal["ellipse", "rectangle", "polygon"]
    row: float
    column: float
    height: float
    width: float
    slice_index: int = 0
    points: tuple[tuple[float, float], ...] = ()

    @classmethod
    def polygon(cls, points: Sequence[tuple[float, float]], slice_index: int = 0) -> Region:
        """Region inside a closed line through ``points``, at least one.

        Raises
        ------
        IntakeError
            ``REGION_INVALID`` where they are no pairs of numbers.
        """
        try:
            rows, columns = zip(*((float(row), float(column)) for row, column in points), strict=True)
        except (TypeError, ValueError):
            raise IntakeError(
                "REGION_INVALID", "The corners are no pairs of row and column.", "Give three or more: [(50, 30), ...]."
            ) from None
        height, width = max(rows) - min(rows), max(columns) - min(columns)
        row, column = min(rows) + height / 2 - 0.5, min(columns) + width / 2 - 0.5
        return cls("polygon", row, column, height, width, slice_index, tuple(zip(rows, columns, strict=True)))

    def __repr__(self) -> str:
        """As it is written in Python; of a polygon only the number of its corners."""
        corners = f", {len(self.points)} corners" if self.points else ""
        place = f"row={self.row}, column={self.column}, height={self.height}, width={self.width}"
        return f"Region({self.shape!r}, {place}, slice_index={self.slice_index}{corners})"


@dataclass(frozen=True, slots=True)
class PixelSummary:
    """What the pixels of a region say, without the pixels: enough to fit the region again from a saved exam.

    Parameters
    ----------
    sigma : float
        SD of the noise of one pixel in one real or imaginary channel [unit of the signal].
    n_coils : int
        Number of coils whose noise law fits the pixels best; 1 is the Rician law.
    n_pixels, n_kept : int
        Pixels drawn, and pixels left after the screen for vessels and artefacts.
    curve : tuple of float, shape (n_echoes,)
        Median signal of the kept pixels at each echo.
    replicates : tuple of tuple of float, shape (n_replicates, n_echoes)
        Median curves of resampled pixels, each screened anew: their spread is the doubt of the region.
    rivals : tuple of (int, float)
        Other numbers of coils whose law fits the pixels as well, each with its sigma.
    pixels_per_independent : float
        Pixels that say as much as one with noise of its own, above 1 in filtered and interpolated images; the
        replicates are widened by it.
    powers : tuple of float, shape (n_echoes,) or empty
        Mean squared signal of the kept pixels at each echo; empty in exams saved before it was kept.
    """

    sigma: float
    n_coils: int
    n_pixels: int
    n_kept: int
    curve: tuple[float, ...]
    replicates: tuple[tuple[float, ...], ...]
    cautions: tuple[Caution, ...] = ()
    rivals: tuple[tuple[int, float], ...] = ()
    pixels_per_independent: float = 1.0
    powers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganRegion:
    """One of several regions that are used together, and what it reads alone.

    Parameters
    ----------
    time, rate : Estimate or None
        T2* (or T2) [ms] and R2* (or R2) [s^-1] of this region with the interval of its fit; None where it gives no
        number of its own.
    s0 : float or None
        Its signal at TE 0 [arbitrary units].
    """

    region: Region
    location: str
    n_pixels: int
    time: Estimate | None = None
    rate: Estimate | None = None
    s0: float | None = None


@dataclass(frozen=True, slots=True)
class FasterBeside:
    """Tissue right beside a region that decays much faster than the region does.

    Parameters
    ----------
    rate_per_s : float
        Its R2* (or R2) [s^-1], read from the median curve of its pixels.
    n_pixels : int
        How many of them were seen.
    distance_pixels : int
        From the region to the nearest of them; 0 where some lie in the region, 1 where the two touch.
    """

    rate_per_s: float
    n_pixels: int
    distance_pixels: int


@dataclass(frozen=True, slots=True, repr=False)
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
    pixels : PixelSummary or None
        What the single pixels say, where there were pixels; the region is then fitted by it.
    parts : tuple of DecaySignal
        Regions whose relaxation times are averaged; empty where the signal is fitted as it stands.
    regions : tuple of OrganRegion
        Every region where several are used together, each with what it reads alone; ``region`` is then None.
    header_organs : tuple of str
        Ids of the organs that the header of the images seems to name; empty where it names none.
    noise_sd : float or None
        SD of the noise of one pixel in one channel, where it was measured apart from the curve.
    n_coils : int
        Number of coils combined by root sum of squares, where it is known; 1 is the Rician law.
    beside : FasterBeside or None
        Tissue beside the region that decays much faster: the organ itself, where the region was drawn beside it.
    series_key : str
        Fingerprint of the images the signal was measured in; empty for typed numbers. Holds no identifier.
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
    location: str = ""
    origin: str = "numbers typed or pasted"
    region: Region | None = None
    technique: Technique | None = None
    cautions: tuple[Caution, ...] = ()
    exam_key: str = ""
    series_key: str = ""
    pixels: PixelSummary | None = None
    parts: tuple[DecaySignal, ...] = ()
    regions: tuple[OrganRegion, ...] = ()
    header_organs: tuple[str, ...] = ()
    noise_sd: float | None = None
    n_coils: int = 1
    beside: FasterBeside | None = None

    def __repr__(self) -> str:
        field = "field not known" if self.field_tesla is None else f"{self.field_tesla:g} T"
        pixels = "" if self.n_pixels is None else f", {self.n_pixels} pixels"
        return f"DecaySignal({self.organ}, {self.contrast}, {field}, {self.n_echoes} echoes{pixels})"

    @property
    def n_echoes(self) -> int:
        """Number of echoes."""
        return len(self.te_ms)

    @property
    def drawn(self) -> tuple[Region, ...]:
        """Every region behind the signal; none where numbers were typed."""
        if self.regions:
            return tuple(one.region for one in self.regions)
        alone = (self, *self.parts) if self.region is None else (self,)
        return tuple(one.region for one in alone if one.region is not None)


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
