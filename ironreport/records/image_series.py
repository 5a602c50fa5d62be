"""Image series: magnitudes of a stack of slices at several times."""

from __future__ import annotations

from dataclasses import dataclass, field

from ironreport.records.origins import DicomOrigin, SlicePlane
from ironreport.records.signals import Caution, Contrast, Technique
from ironreport.records.small_images import Magnitudes


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that were not used, counted by reason."""

    code: str
    what: str
    cure: str
    n_files: int
    example: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ImageSeries:
    """Magnitude images of one stack of slices, each at several times; what they are at is said by the kind of series.

    Parameters
    ----------
    key : str
        Short content key, stable for the same files, free of identifiers.
    label : str
        Number and description as the scanner wrote them; outside text, which may name a person.
    images : ndarray of float32, shape (n_slices, n_times, n_rows, n_columns), or the same kept small
        Signal after rescale [arbitrary units], without the sign of the magnetisation.
    contrast : {"T2*", "T2"}
        Gradient echo (T2*) or spin echo (T2).
    patient_key, study_key : str
        Keys that differ between patients and studies without naming them.
    scale_lines : tuple of (slope, intercept)
        By which the stored numbers of each image were made signals, slice by slice; empty where they are the signals.
    header_text : str
        What the header says of body part, series and protocol, in capitals: words in it may suggest an organ.
        In memory only.
    number : int or None
        Of the series, as the scanner counts them; None where the header has none.
    acquisition : int
        Which of the several acquisitions that the series holds, 0 where it holds one.
    """

    key: str
    label: str
    images: Magnitudes = field(repr=False)
    contrast: Contrast
    field_tesla: float | None
    pixel_spacing_mm: tuple[float, float] | None
    slice_positions_mm: tuple[float | None, ...] = field(repr=False)
    technique: Technique = field(repr=False)
    patient_key: str = field(repr=False)
    study_key: str = field(repr=False)
    cautions: tuple[Caution, ...] = field(default=(), repr=False)
    header_text: str = field(default="", repr=False)
    scale_lines: tuple[tuple[float, float], ...] = field(default=(), repr=False)
    number: int | None = None
    acquisition: int = 0

    @property
    def n_slices(self) -> int:
        """Number of slices."""
        return int(self.images.shape[0])

    @property
    def exam_key(self) -> str:
        """Tells the exam of one patient and study from every other."""
        return f"{self.patient_key}/{self.study_key}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EchoSeries(ImageSeries):
    """Magnitude images of one multi-echo series, ordered by slice and echo time.

    Parameters
    ----------
    te_ms : tuple of float, shape (n_echoes,)
        Echo times [ms], ascending.
    origin : DicomOrigin or None
        Whose images these are, for exports into the same study; None where the header does not tell. In memory only.
    planes : tuple of SlicePlane or None, shape (n_slices,) or empty
        Where the slices lie in the patient; None where the header does not say it.

    The other fields are those of `ImageSeries`.
    """

    te_ms: tuple[float, ...]
    origin: DicomOrigin | None = field(default=None, repr=False)
    planes: tuple[SlicePlane | None, ...] = field(default=(), repr=False)

    @property
    def n_echoes(self) -> int:
        """Number of echoes of each slice."""
        return len(self.te_ms)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InversionSeries(ImageSeries):
    """Magnitude images of one slice stack after inversions (T1), ordered by slice and inversion time.

    Parameters
    ----------
    ti_ms : tuple of float, shape (n_times,)
        Inversion times [ms], ascending; they may come from one series or from one series each.
    te_ms : float
        The echo time [ms] that all images share.
    one_series : bool
        Whether all times came in one series, as Look-Locker read-outs (MOLLI) give them.

    The other fields are those of `ImageSeries`.
    """

    ti_ms: tuple[float, ...]
    te_ms: float
    one_series: bool = False

    @property
    def n_times(self) -> int:
        """Number of inversion times of each slice."""
        return len(self.ti_ms)
