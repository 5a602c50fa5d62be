"""Regions and masks on a series, or bare numbers, as a measured organ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ironreport.canvas import DrawnRegion
from ironreport.errors import IntakeError
from ironreport.intake import number_doubts
from ironreport.intake.masks import FoundMask
from ironreport.intake.outlines import region_of_mask
from ironreport.knowledge import published_knowledge
from ironreport.library.choosing import Answer, context_of, known_organ
from ironreport.library.display import card_html, signal_table
from ironreport.library.reporting import Report, answer
from ironreport.measure import measure as measure_one
from ironreport.measure import measure_together
from ironreport.records import (
    Choices,
    DecayFit,
    DecaySignal,
    EchoSeries,
    Exam,
    Finding,
    Measurement,
    PrintedResult,
    Region,
)
from ironreport.records.signals import Contrast

Drawn = Region | DrawnRegion | FoundMask | npt.ArrayLike | Sequence[Region] | Sequence[DrawnRegion]
"""A region, several, a mask that was found, or one of one slice (n_rows, n_columns) or of all (n_slices, ...)."""


PUBLISHED = Choices()
PSEUDONYM = "Library"


class HoldsImages(Protocol):
    """A series as `read` gives it."""

    @property
    def images(self) -> EchoSeries:
        """The images of the series."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MeasuredOrgan:
    """One organ as it was measured, and the choices made for it.

    Parameters
    ----------
    signal : DecaySignal or PrintedResult
    choices : Choices
        Calibration, ladder, method and echoes left out; what is empty has the published default.
    images : EchoSeries or None
        Where it was measured, for pictures in the report.
    """

    signal: DecaySignal | PrintedResult
    choices: Choices = PUBLISHED
    images: EchoSeries | None = None

    @property
    def organ(self) -> str:
        """Id of the organ."""
        return self.signal.organ

    @property
    def measurement(self) -> Measurement:
        """Signal and choices, as an exam holds them."""
        return Measurement(self.signal, self.choices)

    @property
    def exam_date(self) -> str:
        """Date of the exam as the images say it, YYYY-MM-DD, or empty."""
        technique = self.signal.technique if isinstance(self.signal, DecaySignal) else None
        return technique.exam_date if technique else ""

    @property
    def finding(self) -> Finding:
        """Value, iron and class with their doubts, or why there is none, with nothing known of the patient."""
        found: Finding = self.assess().assessment.findings[0]
        return found

    @property
    def fit(self) -> DecayFit | None:
        """The fit, or None where the signal cannot be fitted: then `finding` says why."""
        return self.finding.fit

    def with_choices(
        self, *, calibration: str = "", ladder: str = "", method: str = "", left_out: Sequence[int] = ()
    ) -> MeasuredOrgan:
        """The same organ read with other choices; echoes in ``left_out`` are counted from 0."""
        kept = self.choices
        chosen = Choices(
            calibration or kept.calibration, ladder or kept.ladder, method or kept.method,
            tuple(left_out) or kept.left_out,
        )  # fmt: skip
        return replace(self, choices=chosen)

    def assess(self, disease: str = "unknown", **facts: Answer) -> Report:
        """The answer for this organ alone: `ironreport.assess` with it as the only one."""
        context = context_of(disease, facts, (), published_knowledge())
        exam = Exam(PSEUDONYM, self.exam_date, measurements=(self.measurement,), context=context)
        return answer(exam, () if self.images is None else (self.images,))

    def report(self, path: str | PathLike[str], disease: str = "unknown", **facts: Answer) -> Report:
        """The report of this organ alone, written to a file whose ending says its kind."""
        written = self.assess(disease, **facts)
        written.save(path)
        return written

    def __repr__(self) -> str:
        return f"MeasuredOrgan({_answer(self.finding)})"

    def _repr_html_(self) -> str:
        (card,) = self.assess().content.cards
        return card_html(card) + signal_table(self.signal)


def measure(
    series: HoldsImages | EchoSeries,
    drawn: Drawn,
    organ: str,
    *,
    slice_index: int | None = None,
    location: str = "",
    screened: bool = True,
) -> MeasuredOrgan:
    """The organ under a mask or a region of a series.

    Parameters
    ----------
    series : OpenedSeries or EchoSeries
    drawn : Region, FoundMask, sequence of Region, or array_like
        A mask has the rows and columns of the images, and is true (or 1) inside the organ; with three axes its first
        one are the slices.
    organ : str
        Id of an organ of the knowledge files, e.g. ``liver``.
    slice_index : int, optional
        Slice of a mask of two axes, counted from 0; needed where the series has several.
    location : str
        Where in the organ, e.g. ``segment VI``.
    screened : bool
        Whether pixels unlike the rest, as in vessels, are left out of the fit.

    Raises
    ------
    IntakeError
        ``MASK_SHAPE``, ``MASK_LABELS``, ``MASK_EMPTY``, ``MASK_SLICE``, ``MASK_SERIES``, ``MASK_UNCONFIRMED``,
        ``NO_REGION``, ``REGION_ORGAN``, and as
        `ironreport.measure.measure` does.
    AssessmentError
        ``UNKNOWN_ORGAN``.
    """
    images = series if isinstance(series, EchoSeries) else series.images
    knowledge = published_knowledge()
    _of_that_organ(drawn, organ)
    regions = placed_regions(drawn, images, slice_index)
    by_mean = knowledge.organ(known_organ(organ, knowledge)).pooling == "mean-of-regions"
    if len(regions) == 1:
        found = measure_one(images, regions[0], organ, location, screened=screened)
    else:
        placed = [(location, region) for region in regions]
        found = measure_together(images, placed, organ, by_mean=by_mean, screened=screened)
    named = replace(found, header_organs=knowledge.organs_named(images.header_text))
    return MeasuredOrgan(named, images=images)


def signal(
    organ: str,
    te_ms: Sequence[float],
    signals: Sequence[float],
    *,
    field_tesla: float | None,
    contrast: Contrast = "T2*",
) -> MeasuredOrgan:
    """An organ whose mean signals are known and whose images are not.

    Numbers that look like something else (seconds, logarithms, exchanged columns) are doubted, and get no class.

    Parameters
    ----------
    te_ms, signals : sequence of float, shape (n_echoes,)
        Echo times [ms] and mean magnitudes [arbitrary units].
    field_tesla : float or None
        Field strength [T]; without it there is no iron and no class.
    contrast : {"T2*", "T2"}
        Gradient or spin echo.

    Raises
    ------
    IntakeError
        ``UNEQUAL_LENGTHS``.
    AssessmentError
        ``UNKNOWN_ORGAN``.
    """
    if len(te_ms) != len(signals):
        what = f"There are {len(te_ms)} echo times and {len(signals)} signals."
        raise IntakeError("UNEQUAL_LENGTHS", what, "Give one signal for each echo time.")
    pairs = [(float(te), float(value)) for te, value in zip(te_ms, signals, strict=True)]
    return MeasuredOrgan(
        DecaySignal(
            known_organ(organ, published_knowledge()), tuple(te for te, _ in pairs), tuple(value for _, value in pairs),
            contrast=contrast, field_tesla=field_tesla, cautions=number_doubts(te_ms, signals, contrast),
        )
    )  # fmt: skip


def placed_regions(drawn: Drawn, images: EchoSeries, slice_index: int | None) -> list[Region]:
    """The regions of a series that were meant by what a caller gave; the parameters are those of `measure`."""
    if isinstance(drawn, (Region, DrawnRegion)):
        return _several([drawn])
    if isinstance(drawn, FoundMask):
        return _found(drawn, images)
    if isinstance(drawn, (str, PathLike)):
        raise IntakeError(
            "MASK_SHAPE", "A path is no mask yet.", "Read it: series.masks(path), and measure one of them."
        )
    if isinstance(drawn, Sequence) and all(isinstance(one, (Region, DrawnRegion)) for one in drawn):
        return _several(drawn)
    mask = _mask(drawn)
    expected = (images.images.shape[2], images.images.shape[3])
    if mask.shape[-2:] != expected or mask.ndim not in (2, 3) or (mask.ndim == 3 and len(mask) != images.n_slices):
        what = f"The mask has the shape {mask.shape}; the series has {images.n_slices} slices of {expected} pixels."
        raise IntakeError("MASK_SHAPE", what, "Give a mask drawn on these images; it is never stretched or shifted.")
    if mask.ndim == 3:
        return _of_slices(mask)
    if slice_index is None and images.n_slices > 1:
        what = f"The mask is of one slice and the series has {images.n_slices}."
        raise IntakeError("MASK_SLICE", what, "Say which one: slice_index, counted from 0.")
    return [region_of_mask(mask, slice_index or 0)]


def _of_that_organ(drawn: Drawn, organ: str) -> None:
    """Refuse regions that were drawn on a canvas as another organ."""
    each = drawn if isinstance(drawn, (list, tuple)) else [drawn]
    others = [
        one.organ for one in each if isinstance(one, DrawnRegion) and one.reported and one.organ not in ("", organ)
    ]
    if others:
        what = f"A region that was drawn as {others[0]} was to be measured as {organ}."
        raise IntakeError("REGION_ORGAN", what, f"Measure those of the organ alone: board.organ('{organ}').")


def _several(drawn: Sequence[object]) -> list[Region]:
    """Regions, also those of a canvas, without what its reader took the tick from."""
    regions = [one for one in drawn if isinstance(one, Region)]
    regions += [one.region for one in drawn if isinstance(one, DrawnRegion) and one.reported]
    if not regions:
        raise IntakeError("NO_REGION", "There is no region to measure.", "Draw one on the image.")
    return regions


def _found(mask: FoundMask, images: EchoSeries) -> list[Region]:
    """Regions of a mask that was found on these images and has no question open."""
    if mask.series_key != images.key:
        what = f"The mask '{mask.name}' was found on another series."
        raise IntakeError("MASK_SERIES", what, "Measure it on that one: its series_key is that of the images.")
    if mask.needs_confirmation:
        raise IntakeError("MASK_UNCONFIRMED", mask.question, "If so, measure mask.confirmed().")
    return list(mask.regions)


def _of_slices(mask: npt.NDArray[np.bool_]) -> list[Region]:
    found = [region_of_mask(one, i) for i, one in enumerate(mask) if one.any()]
    if not found:
        raise IntakeError("MASK_EMPTY", "The mask selects no pixel.", "Give one that is not zero inside the organ.")
    return found


def _mask(drawn: object) -> npt.NDArray[np.bool_]:
    """A mask as true and false; what could be several masks in one is not guessed."""
    values = np.asarray(drawn)
    if values.dtype.kind not in "biuf":
        raise IntakeError(
            "MASK_SHAPE", f"{type(drawn).__name__} is neither a region nor a mask.",
            "Give an ironreport.Region or an array of rows and columns.",
        )  # fmt: skip
    labels = np.unique(values[values != 0])
    if len(labels) > 1:
        few = ", ".join(f"{label:g}" for label in labels[:5])
        what = f"The mask holds {len(labels)} different values ({few}{', ...' if len(labels) > 5 else ''})."
        raise IntakeError("MASK_LABELS", what, "Choose one of them, e.g. mask == 1.")
    return np.asarray(values != 0)


def _answer(finding: Finding) -> str:
    """The finding in a line: organ, time with interval, class or why there is none."""
    time = finding.estimate.time if finding.estimate else finding.fit.time if finding.fit else None
    limits = "" if time is None or time.low is None or time.high is None else f" ({time.low:.4g} to {time.high:.4g})"
    value = "no value" if time is None else f"{time.quantity} {time.value:.4g}{limits}"
    verdict = finding.grading.grade if finding.grading else finding.absence.code if finding.absence else "no class"
    return f"{finding.organ}: {value}, {verdict}"
