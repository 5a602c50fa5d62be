"""Paths, bytes and open files in, series that can be measured out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ironreport.errors import FitError, IntakeError
from ironreport.intake import ExamFound, ReadResult, listing, listing_lines
from ironreport.intake.masks import MasksFound, read_upload
from ironreport.knowledge import published_knowledge
from ironreport.library.arguments import echo_times_given
from ironreport.library.canvas_opening import open_workbench
from ironreport.library.display import exam_table, map_html, series_table
from ironreport.library.masks_found import OpenedMasks, mask_line, opened_masks, with_organs
from ironreport.library.measuring import MeasuredOrgan, measure
from ironreport.library.regions_given import Drawn
from ironreport.library.sources import Source, files_in
from ironreport.measure import IronMap, MapNoise, iron_map
from ironreport.records import EchoSeries, LeftOut

if TYPE_CHECKING:
    from ironreport.library.workbench import Workbench

Progress = Callable[[int, int], None]

NO_MASKS = MasksFound(())
SILENT_S = 1.0
"""A reading that takes less says nothing of its progress."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenedMap:
    """R2* (R2 of spin echoes) of every pixel of a series.

    Parameters
    ----------
    found : IronMap
        Rates with their limits, noise, and which pixels cannot be measured.
    label : str
        Stands below the picture.
    """

    found: IronMap
    label: str

    @property
    def rates_per_s(self) -> npt.NDArray[np.float32]:
        """Rates [s^-1], shape (n_slices, n_rows, n_columns), nan where they cannot be measured."""
        return self.found.rates_per_s

    @property
    def times_ms(self) -> npt.NDArray[np.float32]:
        """T2* or T2 [ms], nan where it cannot be measured."""
        return self.found.times_ms

    def __repr__(self) -> str:
        n_measured = int(np.count_nonzero(self.found.fits.measurable))
        return f"OpenedMap({self.found.rate_quantity}, {n_measured} pixels measured, {self.found.noise.words[:120]})"

    def _repr_html_(self) -> str:
        return map_html(self.found, self.label)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenedSeries:
    """One multi-echo series of an exam.

    Parameters
    ----------
    images : EchoSeries
        Echo times, signals and geometry, as every stage takes them.
    """

    images: EchoSeries

    @property
    def label(self) -> str:
        """Number and description of the series, as the scanner wrote them. Text from outside."""
        return self.images.label

    @property
    def te_ms(self) -> tuple[float, ...]:
        """Echo times [ms], ascending."""
        return self.images.te_ms

    @property
    def field_tesla(self) -> float | None:
        """Field strength [T]."""
        return self.images.field_tesla

    @property
    def signals(self) -> npt.NDArray[np.float32]:
        """Magnitudes [arbitrary units], shape (n_slices, n_echoes, n_rows, n_columns)."""
        return np.asarray(self.images.images, dtype=np.float32)

    def region(
        self, drawn: Drawn, organ: str, *, slice_index: int | None = None, location: str = "", screened: bool = True
    ) -> MeasuredOrgan:
        """The organ under a mask or region of this series: `measure` with this series as its first argument."""
        return measure(self, drawn, organ, slice_index=slice_index, location=location, screened=screened)

    def draw(self, organ: str = "") -> Workbench:
        """The series on the app's canvas, to draw on in a notebook; needs the extra ``notebook``.

        Parameters
        ----------
        organ : str
            Id of the organ to begin with; another can be chosen on the canvas.

        Raises
        ------
        IntakeError
            ``NO_CANVAS`` without the extra, ``TOO_LARGE_TO_DRAW``.
        AssessmentError
            ``UNKNOWN_ORGAN``.
        """
        return open_workbench(self.images, organ)

    def masks(self, source: Source | Iterable[Source], *, slice_index: int | None = None) -> OpenedMasks:
        """Masks drawn elsewhere that fit this series: as `OpenedExam.masks`, on no other series."""
        return opened_masks(source, (self.images,), slice_index)

    def map(self, noise: MapNoise | None = None) -> OpenedMap:
        """R2* (R2 of spin echoes) of every pixel with its limits.

        Raises
        ------
        FitError
            ``NOT_A_NOISE``; where the noise cannot be told or the echoes cannot be mapped.
        """
        if noise is not None and not isinstance(noise, MapNoise):
            raise FitError("NOT_A_NOISE", f"{type(noise).__name__} is no noise of a map.", "Give none: series.map().")
        return OpenedMap(iron_map(self.images, noise), f"{self.images.label}, middle slice")

    def __repr__(self) -> str:
        one = self.images
        shape = " x ".join(map(str, (one.n_slices, one.n_echoes, *one.images.shape[2:])))
        return f"OpenedSeries({one.label[:60]!r}, {one.contrast}, {_tesla(one)}, {shape}, TE {_span(one.te_ms)} ms)"

    def _repr_html_(self) -> str:
        return series_table(self.images)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenedExam:
    """What was read from files of one patient or of several.

    Parameters
    ----------
    found : ReadResult
        Series, exams among them and what was left out, as the stages take them.
    masks_beside : MasksFound
        Masks that lay beside the images, each on the series it fits, and those that fit none.
    """

    found: ReadResult
    masks_beside: MasksFound = NO_MASKS

    @property
    def series(self) -> tuple[OpenedSeries, ...]:
        """Usable multi-echo series, in the order of reading."""
        return tuple(OpenedSeries(one) for one in self.found.series)

    @property
    def exams(self) -> tuple[ExamFound, ...]:
        """Patients and studies among the images; more than one are never measured together."""
        return self.found.exams

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Files that were not used, counted by reason, masks among them."""
        return (*self.found.left_out, *self.masks_beside.left_out)

    def of_exam(self, number: int) -> OpenedExam:
        """The part of one of ``exams``, counted from 0.

        Raises
        ------
        IntakeError
            ``NO_EXAM``.
        """
        if not isinstance(number, Integral) or not 0 <= number < len(self.exams):
            raise IntakeError("NO_EXAM", f"There is no exam {number}.", f"There are {len(self.exams)}, counted from 0.")
        part = self.found.of_exam(self.exams[number].study_key)
        keys = {one.key for one in part.series}
        masks = tuple(mask for mask in self.masks_beside.masks if mask.series_key in keys)
        return OpenedExam(part, MasksFound(masks, self.masks_beside.left_out))

    def masks(self, source: Source | Iterable[Source] | None = None, *, slice_index: int | None = None) -> OpenedMasks:
        """Masks drawn elsewhere, each on the one series it fits; none is stretched or shifted.

        Parameters
        ----------
        source : path, bytes, open binary file, or several of them, optional
            DICOM SEG and RTSTRUCT, NIfTI, NRRD, ImageJ and Fiji areas, exports of Horos and OsiriX (XML, JSON, CSV),
            exam files; a folder or zip of them. Without it those that lay beside the images.
        slice_index : int, optional
            Slice of areas that name none, counted from 0.

        Raises
        ------
        IntakeError
            ``MASK_PATIENT`` where a mask is of another patient. Where no mask could be taken, why. What else does not
            fit stands in ``left_out``.
        """
        if source is None:
            return OpenedMasks(self.masks_beside)
        return opened_masks(source, self.found.series, slice_index)

    def listing(self) -> dict[str, Any]:
        """Series, times, field, and what is left out and why; names nobody."""
        return listing(self.found, published_knowledge().organs_named)

    def __repr__(self) -> str:
        n_left = sum(one.n_files for one in self.left_out)
        n = len(self.masks())
        masks = f", {n} mask{'s' if n > 1 else ''}" if n else ""
        return f"OpenedExam({len(self.series)} series, {len(self.exams)} exams{masks}, {n_left} files left out)"

    def __str__(self) -> str:
        masks = [f"Mask {one.name}: {mask_line(one)}" for one in self.masks()]
        gone = [f"  {one.n_files} x {one.code}: {one.what} {one.cure}" for one in self.masks_beside.left_out]
        return "\n".join([*listing_lines(self.listing()), *masks, *(["Masks left out:", *gone] if gone else [])])

    def _repr_html_(self) -> str:
        masks = self.masks()
        return exam_table(self.found) + (masks._repr_html_() if masks or masks.left_out else "")


def read(
    source: Source | Iterable[Source], *, te_ms: Sequence[float] = (), progress: Progress | None = None
) -> OpenedExam:
    """The multi-echo series in a folder, zip or files.

    Parameters
    ----------
    source : path, bytes, open binary file, or several of them
        A folder is read with all folders in it; what is no MR image is left out and counted.
    te_ms : sequence of float, optional
        Echo times [ms] in the order of the images, where one echo time stands in the headers of all echoes.
    progress : callable, optional
        Called with the steps done and their total. Without it a reading of more than a second writes its progress to
        the error stream.

    Raises
    ------
    IntakeError
        ``NO_FILE``, ``NOT_A_SOURCE``, ``NOT_NUMBERS``, ``TE_NOT_POSITIVE``, ``NOT_CALLABLE``, ``NO_SERIES`` (with the
        reasons of the files left out).

    Examples
    --------
    >>> from ironreport.synthetic.samples import samples_folder
    >>> read(samples_folder() / "liver_1t5_siemens").series[0].te_ms[:3]
    (1.2, 2.5, 3.8)
    """
    files, te_ms = files_in(source), echo_times_given(te_ms)
    if progress is not None and not callable(progress):
        raise IntakeError(
            "NOT_CALLABLE", "progress is no function.", "Give one that takes the steps done and their total, or none."
        )
    if progress is not None:
        upload = read_upload(files, progress, te_ms)
    else:
        with _Said() as said:
            upload = read_upload(files, said, te_ms)
    if not upload.found.series and not upload.found.inversion_series:
        raise _no_series(upload.found, upload.masks)
    return OpenedExam(upload.found, with_organs(upload.masks))


def _no_series(found: ReadResult, masks: MasksFound) -> IntakeError:
    """Why nothing can be measured: the commonest reason but for files that are no image, and how many files had it."""
    if not found.left_out and masks.left_out:
        return IntakeError(
            "NO_SERIES", "There are masks or single volumes among the files, and no series of several echoes.",
            "Give the images too: DICOM, or NIfTI with their JSON side-cars or with te_ms=(...).",
        )  # fmt: skip
    if not found.left_out:
        return IntakeError(
            "NO_SERIES", "There is no image among the files.",
            "Give the folder or zip of the images. The text of an exam file: ironreport.exam.open_exam, then "
            "ironreport.assess.",
        )  # fmt: skip
    reasons = [one for one in found.left_out if one.code != "NOT_DICOM"] or list(found.left_out)
    most = max(reasons, key=lambda one: one.n_files)
    return IntakeError(
        "NO_SERIES", f"No series of several echoes was found. {most.n_files} of the files: {most.what}", most.cure
    )


class _Said:
    """Progress on the error stream, once a reading takes long."""

    def __init__(self) -> None:
        self.began, self.last, self.is_said = time.monotonic(), 0.0, False

    def __enter__(self) -> _Said:
        return self

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.began > SILENT_S and now - self.last > SILENT_S / 4:
            self.last, self.is_said = now, True
            said = f"Reading: {done} of {total} steps"
            sys.stderr.write(f"\r{said}")
            sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self.is_said:
            sys.stderr.write("\r" + " " * 40 + "\r")


def _tesla(series: EchoSeries) -> str:
    return "field not known" if series.field_tesla is None else f"{series.field_tesla:g} T"


def _span(times_ms: Sequence[float]) -> str:
    return f"{times_ms[0]:g} to {times_ms[-1]:g}"
