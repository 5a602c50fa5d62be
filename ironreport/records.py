"""What flows along the arrow: frozen records from the signal to the assessment.

Every record is immutable and knows nothing of screens, files or clocks. Doubts raised by a stage
travel as ``cautions`` and reach the printed page word for word. Units stand in the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ironreport.errors import Refusal

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


# --------------------------------------------------------------------------- images and signals


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

    @property
    def n_echoes(self) -> int:
        """Number of echoes."""
        return len(self.te_ms)


@dataclass(frozen=True, slots=True)
class PrintedResult:
    """Numbers read off another report, without the curve they came from."""

    organ: str
    field_tesla: float | None = None
    r2star_per_s: float | None = None
    t2star_ms: float | None = None
    lic_mg_per_g: float | None = None
    ferriscan_r2_per_s: float | None = None
    calibration: str = ""
    origin: str = "number printed in another report"
    cautions: tuple[Caution, ...] = ()


# ----------------------------------------------------------------------------------------- fit


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What another model reads from the same signal, shown beside the result as a bracket.

    ``curve`` is that model's signal at each echo, empty where it was not kept.
    """

    model: str
    time: Estimate
    rate: Estimate
    curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DecayFit:
    """A relaxation time with its interval, the echoes it rests on and its doubts.

    Parameters
    ----------
    time, rate : Estimate
        ``t2star_ms`` and ``r2star_per_s``, or ``t2_ms`` and ``r2_per_s`` for spin echo.
    used : tuple of bool, shape (n_echoes,)
    left_out_because : tuple of str, shape (n_echoes,)
        Reason for each echo not used; empty where used.
    predicted, residuals : tuple of float, shape (n_echoes,)
        Model signal, and measured minus model, at every echo, used or not.
    log_covariance : tuple of float or None
        var(ln S0), cov(ln S0, ln R), var(ln R); ``None`` without degrees of freedom.
    curve : tuple of (te_ms, signal)
        The fitted model sampled from TE 0 to past the last echo, for drawing.
    """

    method: str
    s0: float
    time: Estimate
    rate: Estimate
    used: tuple[bool, ...]
    left_out_because: tuple[str, ...]
    predicted: tuple[float, ...]
    residuals: tuple[float, ...]
    residual_sd: float | None = None
    r_squared: float | None = None
    noise_floor: float | None = None
    log_covariance: tuple[float, float, float] | None = None
    bracket: tuple[ModelReading, ...] = ()
    cautions: tuple[Caution, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()

    @property
    def n_used(self) -> int:
        """Number of echoes the fit rests on."""
        return sum(self.used)


# -------------------------------------------------------------------------------- assessment


@dataclass(frozen=True, slots=True)
class CalibratedIron:
    """Iron concentration by one calibration; ``beyond_range`` above its calibrated range."""

    calibration: str
    iron: Estimate
    beyond_range: bool = False


@dataclass(frozen=True, slots=True)
class IronEstimate:
    """Relaxation and iron of one organ, with the measurement interval (fit or repeatability).

    ``time`` and ``rate`` are None only where a printed LIC came without its calibration.
    """

    organ: str
    time: Estimate | None
    rate: Estimate | None
    field: str | None
    interval_basis: str
    precision: str | None = None
    iron: CalibratedIron | None = None
    others: tuple[CalibratedIron, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Grading:
    """The class of one organ on one ladder, and the two flags printed with it.

    ``grades_in_interval`` holds every grade the measurement interval touches, best to worst;
    ``guidance_value`` is the value that rules look at (safe-12 of the guidance rules).
    """

    ladder: str
    quantity: str
    value: float
    grade: str
    grades_in_interval: tuple[str, ...]
    grades_by_calibration: tuple[tuple[str, str], ...]
    guidance_value: float
    provisional: bool = False
    flags: tuple[str, ...] = ()

    @property
    def borderline(self) -> bool:
        """True where the measurement interval crosses a class limit (flag-borderline)."""
        return len(self.grades_in_interval) > 1

    @property
    def calibration_sensitive(self) -> bool:
        """True where another calibration of the field gives another class."""
        return any(grade != self.grade for _, grade in self.grades_by_calibration)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the reader chose for one measurement; empty text means the published default."""

    calibration: str = ""
    ladder: str = ""
    method: str = "auto"
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """One organ's signal (or printed number) with the choices made for it."""

    signal: DecaySignal | PrintedResult
    choices: Choices = Choices()

    @property
    def organ(self) -> str:
        """Organ id of the measurement."""
        return self.signal.organ


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is known of one measured organ: as far down the line as it came.

    ``absence`` says why the line ended early; a failure is never a number.
    """

    organ: str
    measurement: Measurement
    fit: DecayFit | None = None
    estimate: IronEstimate | None = None
    grading: Grading | None = None
    absence: Refusal | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the patient beyond the images; a fact not listed is unknown."""

    disease: str = "unknown"
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str:
        """Value of a fact, or ``unknown``."""
        return dict(self.facts).get(name, "unknown")


@dataclass(frozen=True, slots=True)
class ReportDetails:
    """What the reader adds for the printed report. All text is from outside: escape it."""

    hospital: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    referring_physician: str = ""
    question: str = ""
    scanner: str = ""
    technique: str = ""
    impression: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Exam:
    """One exam as it travels through the pages: whose, what was measured, what is known."""

    pseudonym: str
    exam_date: str = ""
    measurements: tuple[Measurement, ...] = ()
    context: Context = Context()
    details: ReportDetails = ReportDetails()


@dataclass(frozen=True, slots=True)
class GuidanceLine:
    """One printed line of guidance with the rule, evidence status and sources behind it."""

    rule: str
    kind: str
    text: str
    evidence: str
    sources: tuple[str, ...]
    organ: str | None = None
    disease: str | None = None
    industry: bool = False


@dataclass(frozen=True, slots=True)
class Guidance:
    """Prompts and the suggested time to the next scan; ``months`` is None without a rule.

    ``missing`` names the facts that would change the interval; ``critical`` holds ids of flags and rules.
    """

    months: int | None = None
    interval: tuple[GuidanceLine, ...] = ()
    prompts: tuple[GuidanceLine, ...] = ()
    information: tuple[GuidanceLine, ...] = ()
    missing: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole answer for one exam, ready to be described."""

    exam: Exam
    findings: tuple[Finding, ...]
    guidance: Guidance
    sentences: tuple[GuidanceLine, ...]
    knowledge_version: str

    def finding(self, organ: str) -> Finding | None:
        """The finding of an organ, or None where it was not measured."""
        return next((f for f in self.findings if f.organ == organ), None)
