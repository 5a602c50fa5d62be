"""The one function of a run: files of an exam in, its outcome out. Pure but for the reading of its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import extract_tb

from ironreport.assess.answerable import check_answerable
from ironreport.batch.batch_jobs import EXAM_ENDING, BatchJob
from ironreport.batch.checking_picture import checking_picture
from ironreport.batch.exam_outcome import ExamOutcome, Reason, Sight
from ironreport.errors import IronReportError, Refusal
from ironreport.exam import open_exam, save_exam
from ironreport.intake import ReadResult
from ironreport.intake.masks import FoundMask, read_masks, read_upload
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.library.file_refs import FileRef, loaders
from ironreport.library.masks_found import with_organs
from ironreport.library.measuring import MeasuredOrgan, measure
from ironreport.library.reporting import Report, answer
from ironreport.records import Choices, Context, DecaySignal, EchoSeries, Exam, LeftOut
from ironreport.report.content import Card
from ironreport.report.rows import rows


@dataclass(slots=True)
class _Found:
    """What is known of an exam while it is read."""

    job: BatchJob
    reasons: list[Reason]

    def gone(self, refusal: Refusal, organ: str = "") -> None:
        self.reasons.append(Reason(refusal.code, refusal.what, refusal.cure, organ))


def measured_exam(job: BatchJob) -> ExamOutcome:
    """What came of one exam; never raises: what went wrong is a reason in it."""
    found = _Found(job, [Reason(d.code, d.text) for d in job.doubts])
    start = ExamOutcome(job.key, job.name, job.patient, job.exam_date, job.source)
    try:
        return _measured(start, found)
    except IronReportError as error:
        found.gone(error.refusal)
    except Exception as error:  # one bad exam must not cost the others; the text of an exception may hold a name
        last = extract_tb(error.__traceback__)[-1]
        what = f"A defect of the program: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}."
        found.reasons.append(Reason("DEFECT", what, "Report the kind and the place."))
    return replace(start, reasons=tuple(found.reasons))


def _measured(start: ExamOutcome, found: _Found) -> ExamOutcome:
    job, knowledge = found.job, published_knowledge()
    if job.kept is not None:
        return _as_kept(start, job.kept, found, knowledge)
    upload = read_upload(loaders(job.files))
    found.reasons += _left_out(upload.found.left_out)
    series = upload.found.series
    _check_one_exam(upload.found)
    start = replace(start, n_series=len(series))
    masks = [*with_organs(upload.masks).masks]
    found.reasons += _left_out(upload.masks.left_out)
    example = _exam_of(job.regions, series, knowledge)
    given = [ref for ref in job.regions if not ref.name.lower().endswith(EXAM_ENDING)]
    given += [example[0]] if example else []
    if given and series:
        read = with_organs(read_masks(loaders(given), series))
        masks += read.masks
        found.reasons += _left_out(read.left_out)
    organs = _measure_all(masks, series, example[1] if example else None, found)
    if not organs:
        found.reasons.append(_why_nothing(series, masks))
        return replace(start, reasons=tuple(found.reasons))
    return _answered(start, organs, example[1] if example else None, found, knowledge)


def _check_one_exam(read: ReadResult) -> None:
    if len(read.exams) > 1:
        raise IronReportError(
            "SEVERAL_EXAMS", "The files turned out to be of more than one patient or study.", "Look at their headers."
        )


def _left_out(gone: Sequence[LeftOut]) -> list[Reason]:
    return [Reason(one.code, one.what, one.cure, n_files=one.n_files) for one in gone]


def _exam_of(
    refs: Sequence[FileRef], series: Sequence[EchoSeries], knowledge: Knowledge
) -> tuple[FileRef, Exam] | None:
    """The exam file whose regions were drawn on these images, by their fingerprint."""
    keys = {one.key for one in series}
    for ref in refs:
        if not ref.name.lower().endswith(EXAM_ENDING):
            continue
        try:
            content = ref.read()
            if not any(key.encode() in content for key in keys):
                continue
            exam = open_exam(content)
            check_answerable(exam, knowledge)
        except IronReportError:
            continue
        if keys & {m.signal.series_key for m in exam.measurements if isinstance(m.signal, DecaySignal)}:
            return ref, exam
    return None


def _measure_all(
    masks: Sequence[FoundMask], series: Sequence[EchoSeries], example: Exam | None, found: _Found
) -> list[MeasuredOrgan]:
    """Every organ of which a mask may be measured; the others with their reasons."""
    by_organ: dict[str, list[FoundMask]] = defaultdict(list)
    for mask in dict.fromkeys(masks):
        if not mask.organ:
            what = "A mask whose name tells no organ, or several, was not measured."
            found.reasons.append(Reason("MASK_ORGAN", what, "Name it by the organ: liver, heart, ..."))
        elif mask.needs_confirmation:
            found.reasons.append(Reason("MASK_UNCONFIRMED", mask.question, "Measure it in the app.", mask.organ))
        else:
            by_organ[mask.organ].append(mask)
    organs = []
    for organ in sorted(by_organ):
        try:
            organs.append(_measure(organ, by_organ[organ], series, example, found))
        except IronReportError as error:
            found.gone(error.refusal, organ)
    return organs


def _measure(
    organ: str, masks: Sequence[FoundMask], series: Sequence[EchoSeries], example: Exam | None, found: _Found
) -> MeasuredOrgan:
    """One organ on the first series that has masks of it; what lies on another series is not mixed in."""
    on = next(one for one in series if any(mask.series_key == one.key for mask in masks))
    if any(mask.series_key != on.key for mask in masks):
        what = f"The {organ} has masks on several series; that on the first one was measured."
        found.reasons.append(Reason("SECOND_SERIES", what, "Measure the other series in a run of its own.", organ))
    regions = [region for mask in masks if mask.series_key == on.key for region in mask.regions]
    made = measure(on, regions, organ)
    held = next((m.choices for m in example.measurements if m.organ == organ), Choices()) if example else Choices()
    return replace(made, choices=held)


def _why_nothing(series: Sequence[EchoSeries], masks: Sequence[FoundMask]) -> Reason:
    if not series:
        return Reason("NO_SERIES", "No series of several echoes was found.", "The other reasons say what was there.")
    if masks:
        return Reason("NOTHING_MEASURED", "No mask could be measured.", "The other reasons say why.")
    return Reason("NO_REGION", "There is no region for this exam.", "Give masks or exam files, or draw in the app.")


def _answered(
    start: ExamOutcome, organs: Sequence[MeasuredOrgan], example: Exam | None, found: _Found, knowledge: Knowledge
) -> ExamOutcome:
    job = found.job
    date = next(filter(None, (job.exam_date, *(one.exam_date for one in organs))), "")
    context = example.context if example else Context(job.options.disease)
    exam = Exam(job.patient, date, tuple(one.measurement for one in organs), context)
    images = tuple({id(o.images): o.images for o in organs if o.images is not None}.values())
    return _told(replace(start, exam_date=date), exam, images, found, knowledge)


def _as_kept(start: ExamOutcome, kept: FileRef, found: _Found, knowledge: Knowledge) -> ExamOutcome:
    """The exam that a reader kept, with pictures where its images can be read."""
    exam = open_exam(kept.read())
    check_answerable(exam, knowledge)
    series = read_upload(loaders(found.job.files)).found.series if found.job.files else ()
    measured = {m.signal.series_key for m in exam.measurements if isinstance(m.signal, DecaySignal)}
    images = tuple(one for one in series if one.key in measured)
    return _told(replace(start, exam_date=exam.exam_date or start.exam_date), exam, images, found, knowledge)


def _told(
    start: ExamOutcome, exam: Exam, images: tuple[EchoSeries, ...], found: _Found, knowledge: Knowledge
) -> ExamOutcome:
    """The outcome of an exam with its rows, files and pictures."""
    made = answer(exam, images, settings=found.job.options.settings)
    for card in made.content.cards:
        if card.absence and not card.severity:
            found.reasons.append(Reason("NO_CLASS", " ".join(card.absence), organ=card.organ))
    return replace(
        start,
        rows=rows(made.assessment, made.content, knowledge),
        reasons=tuple(found.reasons),
        next_scan=" ".join(line.text for line in made.content.next_scan),
        has_exam=True,
        exam_text=save_exam(made.assessment.exam, made.assessment),
        pdf=made.pdf(found.job.options.paper) if found.job.options.pdf else b"",
        sights=_sights(made),
    )


def _sights(made: Report) -> tuple[Sight, ...]:
    return tuple(
        Sight(card.organ, _words(card), bool(card.cautions), checking_picture(card.picture))
        for card in made.content.cards
        if card.picture is not None
    )


def _words(card: Card) -> str:
    return f"{card.name}: {card.headline}{f', {card.class_word}' if card.class_word else ''}"
