"""From measured organs of one exam to its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from os import PathLike

from ironreport.errors import AssessmentError
from ironreport.exam import is_of_another_exam
from ironreport.knowledge import published_knowledge
from ironreport.library.arguments import text_given
from ironreport.library.choosing import UNKNOWN, Answer, context_of, iso_date, positive_or_none
from ironreport.library.measuring import PSEUDONYM, MeasuredOrgan
from ironreport.library.reporting import Report, answer
from ironreport.records import DecaySignal, Exam, PreviousResult, Transfused
from ironreport.records.iron_balance import NOT_STATED
from ironreport.report.pdf import PageSize


def assess(
    measured: MeasuredOrgan | Iterable[MeasuredOrgan] | Exam,
    *,
    disease: str = "unknown",
    facts: Mapping[str, Answer] | None = None,
    previous: Iterable[PreviousResult] = (),
    transfused: Transfused = NOT_STATED,
    exam_date: str = "",
    pseudonym: str = PSEUDONYM,
    settings: bool = True,
) -> Report:
    """The answer for one exam: value, iron and class of each organ, guidance, and the report in words.

    Parameters
    ----------
    measured : MeasuredOrgan, several of them, or Exam
        Organs of one exam, each once. An `Exam`, as an exam file holds it, brings its own context.
    disease : str
        ``tdt``, ``ntdt``, ``scd`` and so on: the names of the files in ``knowledge/diseases``.
    facts : mapping, optional
        Answers to questions of the context form, e.g. ``{"lvef_reduced": "yes"}``.
    previous : iterable of PreviousResult
        Earlier results.
    transfused : Transfused
        What was transfused since the earlier result, and the weight: then the iron balance is drawn.
    exam_date : str
        YYYY-MM-DD; that of the images where it is not given.
    pseudonym : str
        Stands for the name, which is nowhere asked for.
    settings : bool
        Whether the hospital's settings fill what was not chosen, as in the app.

    Raises
    ------
    AssessmentError
        ``NOTHING_MEASURED``, ``ORGAN_TWICE``, ``TWO_EXAMS``, ``NOT_A_DATE``, ``UNKNOWN_DISEASE``, ``UNKNOWN_FACT``,
        ``UNKNOWN_ANSWER``, ``NOT_A_RESULT``, ``NOT_A_NUMBER``, ``NOT_TRANSFUSED``, ``NOT_A_TEXT``,
        ``EXAM_HAS_CONTEXT`` where an `Exam` comes with facts beside it.
    """
    if isinstance(measured, Exam):
        if disease != UNKNOWN or facts or previous or exam_date or transfused != NOT_STATED or pseudonym != PSEUDONYM:
            raise AssessmentError(
                "EXAM_HAS_CONTEXT", "An exam brings disease, facts, date and earlier results of its own.",
                "Give the exam alone, or change its context first: dataclasses.replace(exam, context=...).",
            )  # fmt: skip
        return answer(measured, settings=settings)
    organs = tuple(measured) if isinstance(measured, Iterable) else (measured,)
    _check_transfused(transfused)
    context = context_of(disease, {} if facts is None else facts, previous, published_knowledge())
    dates = (one.exam_date for one in organs if isinstance(one, MeasuredOrgan))
    date = iso_date(exam_date, "an exam") or next(filter(None, dates), "")
    exam = _exam(
        organs,
        Exam(text_given(pseudonym, "pseudonym") or PSEUDONYM, date, context=replace(context, transfused=transfused)),
    )
    images = tuple({id(o.images): o.images for o in organs if o.images is not None}.values())
    return answer(exam, images, settings=settings)


def _check_transfused(transfused: object) -> None:
    if not isinstance(transfused, Transfused):
        raise AssessmentError(
            "NOT_TRANSFUSED", f"{type(transfused).__name__} does not say what was transfused.",
            "Give ir.Transfused(weight_kg=..., n_units=...), or leave it away.",
        )  # fmt: skip
    positive_or_none(transfused, *(field.name for field in fields(transfused)))


def report(
    measured: MeasuredOrgan | Iterable[MeasuredOrgan] | Exam,
    path: str | PathLike[str],
    *,
    disease: str = "unknown",
    facts: Mapping[str, Answer] | None = None,
    previous: Iterable[PreviousResult] = (),
    exam_date: str = "",
    pseudonym: str = PSEUDONYM,
    page_size: PageSize = "A4",
) -> Report:
    """`assess`, written to a file: see `Report.save` for the kinds."""
    made = assess(measured, disease=disease, facts=facts, previous=previous, exam_date=exam_date, pseudonym=pseudonym)
    made.save(path, page_size)
    return made


def _exam(organs: tuple[MeasuredOrgan, ...], exam: Exam) -> Exam:
    """The exam with its organs, one after the other, so that none is of another person and none stands twice."""
    if not organs:
        raise AssessmentError("NOTHING_MEASURED", "There is no organ to assess.", "Measure one: series.region(...).")
    for each in organs:
        if not isinstance(each, MeasuredOrgan):
            raise AssessmentError(
                "NOTHING_MEASURED", f"{type(each).__name__} is no measured organ.", "Measure one: series.region(...)."
            )
        if any(m.organ == each.organ for m in exam.measurements):
            raise AssessmentError(
                "ORGAN_TWICE", f"The {each.organ} was given twice.", "Measure its regions together: a list of regions."
            )
        if isinstance(each.signal, DecaySignal) and is_of_another_exam(each.signal, exam):
            raise AssessmentError(
                "TWO_EXAMS", f"The {each.organ} was measured in images of another patient or study.",
                "Assess each exam by itself.",
            )  # fmt: skip
        exam = _with(exam, each)
    return exam


def _with(exam: Exam, organ: MeasuredOrgan) -> Exam:
    return replace(exam, measurements=(*exam.measurements, organ.measurement))
