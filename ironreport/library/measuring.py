"""Regions and masks on a series, or bare numbers, as a measured organ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Protocol, get_args

from ironreport.assess.measured_where import named_otherwise
from ironreport.errors import IntakeError
from ironreport.intake import number_doubts
from ironreport.intake.masks import FoundMask
from ironreport.knowledge import published_knowledge
from ironreport.library.arguments import (
    echoes_left_out,
    field_given,
    numbers_given,
    text_given,
)
from ironreport.library.choosing import Answer, chosen_names, context_of, known_organ
from ironreport.library.display import card_html, signal_table
from ironreport.library.regions_given import Drawn, of_that_organ, placed_regions
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
)
from ironreport.records.signals import Contrast

PUBLISHED = Choices()
NOT_GIVEN: Any = object()
"""Of a field strength: who knows none says None, who forgot it is told."""
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
        """The same organ read with other choices; echoes in ``left_out`` are counted from 0.

        Raises
        ------
        AssessmentError
            ``UNKNOWN_CALIBRATION``, ``UNKNOWN_LADDER``, ``UNKNOWN_METHOD``, ``NO_SUCH_ECHO``.
        """
        kept = self.choices
        names = chosen_names(self.organ, calibration, ladder, method, published_knowledge())
        n_echoes = len(self.signal.te_ms) if isinstance(self.signal, DecaySignal) else 0
        echoes = echoes_left_out(left_out, n_echoes)
        chosen = Choices(
            names[0] or kept.calibration, names[1] or kept.ladder, names[2] or kept.method, echoes or kept.left_out
        )
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
        ``MASK_FRACTIONAL``, ``NOT_A_SERIES``, ``NO_REGION``, ``REGION_ORGAN``, and as
        `ironreport.measure.measure` does.
    AssessmentError
        ``UNKNOWN_ORGAN``, ``NOT_A_TEXT``.
    """
    images = series if isinstance(series, EchoSeries) else getattr(series, "images", None)
    if not isinstance(images, EchoSeries):
        raise IntakeError(
            "NOT_A_SERIES", f"{type(series).__name__} is no series of images.", "Give one of ir.read(...).series."
        )
    knowledge, location = published_knowledge(), text_given(location, "location")
    of_that_organ(drawn, organ)
    regions = placed_regions(drawn, images, slice_index)
    by_mean = knowledge.organ(known_organ(organ, knowledge)).pooling == "mean-of-regions"
    if len(regions) == 1:
        found = measure_one(images, regions[0], organ, location, screened=screened)
    else:
        placed = [(location, region) for region in regions]
        found = measure_together(images, placed, organ, by_mean=by_mean, screened=screened)
    doubts = named_otherwise(drawn.name, organ, knowledge) if isinstance(drawn, FoundMask) else ()
    cautions = (*found.cautions, *doubts)
    named = replace(found, header_organs=knowledge.organs_named(images.header_text), cautions=cautions)
    return MeasuredOrgan(named, images=images)


def signal(
    organ: str,
    te_ms: Sequence[float],
    signals: Sequence[float],
    *,
    field_tesla: float | None = NOT_GIVEN,
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
        ``NOT_NUMBERS``, ``NO_NUMBERS``, ``UNEQUAL_LENGTHS``, ``NOT_A_FIELD``, ``UNKNOWN_CONTRAST``.
    AssessmentError
        ``UNKNOWN_ORGAN``.
    """
    name, field_tesla = known_organ(organ, published_knowledge()), field_given(field_tesla)
    te_ms, signals = numbers_given(te_ms, "te_ms"), numbers_given(signals, "signals")
    if contrast not in get_args(Contrast):
        known = ", ".join(get_args(Contrast))
        raise IntakeError("UNKNOWN_CONTRAST", f"There is no contrast {str(contrast)[:40]!r}.", f"Known: {known}.")
    if len(te_ms) != len(signals):
        what = f"There are {len(te_ms)} echo times and {len(signals)} signals."
        raise IntakeError("UNEQUAL_LENGTHS", what, "Give one signal for each echo time.")
    if not te_ms:
        raise IntakeError("NO_NUMBERS", "There is no echo.", "Give echo times [ms] and one signal for each.")
    doubts = number_doubts(te_ms, signals, contrast)
    return MeasuredOrgan(DecaySignal(name, te_ms, signals, contrast=contrast, field_tesla=field_tesla, cautions=doubts))


def _answer(finding: Finding) -> str:
    """The finding in a line: organ, time with interval, class or why there is none."""
    time = finding.estimate.time if finding.estimate else finding.fit.time if finding.fit else None
    limits = "" if time is None or time.low is None or time.high is None else f" ({time.low:.4g} to {time.high:.4g})"
    value = "no value" if time is None else f"{time.quantity} {time.value:.4g}{limits}"
    verdict = finding.grading.grade if finding.grading else finding.absence.code if finding.absence else "no class"
    return f"{finding.organ}: {value}, {verdict}"
