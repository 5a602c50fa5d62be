"""Files that came while a run read the folder: an exam that grew has no number, and a later run measures it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ironreport.batch.batch_jobs import BatchJob, jobs_of, sorted_files
from ironreport.batch.exam_outcome import ExamOutcome, Reason
from ironreport.errors import IntakeError
from ironreport.intake.studies import SortedFile
from ironreport.library.file_refs import FileRef


@dataclass(frozen=True, slots=True)
class LateFiles:
    """Numbers of the exams that grew, and reasons for what has no exam yet."""

    grown: tuple[int, ...] = ()
    reasons: tuple[Reason, ...] = ()


def came_meanwhile(
    look: Callable[[], list[FileRef]], known: Mapping[FileRef, SortedFile], jobs: Sequence[BatchJob],
    regions: Sequence[FileRef], key: bytes,
) -> LateFiles:  # fmt: skip
    """What another look at the folder finds that was not there, or was not as it is, when the run began.

    What was taken away since is no matter: an exam whose file was missing when it was read says so itself.
    """
    try:
        now = look()
    except IntakeError as error:
        return LateFiles(reasons=(Reason(error.refusal.code, error.refusal.what, error.refusal.cure),))
    fresh = [ref for ref in now if ref not in known]
    if not fresh:
        return LateFiles()
    found = {**known, **dict(zip(fresh, sorted_files(fresh), strict=True))}
    again, _ = jobs_of(now, [found[ref] for ref in now], regions, jobs[0].options, key, "")
    numbers = {job.name: n for n, job in enumerate(jobs)}
    grown = [
        numbers[job.name] for job in again if job.name in numbers and {*job.files} - {*jobs[numbers[job.name]].files}
    ]
    n_new = sum(job.name not in numbers for job in again)
    return LateFiles(tuple(grown), (_later(n_new),) if n_new else ())


def _later(n_exams: int) -> Reason:
    many = "1 exam" if n_exams == 1 else f"{n_exams} exams"
    return Reason("CAME_LATER", f"{many} came into the folder while the run was under way.", "Run it again.")


def without_number(job: BatchJob) -> ExamOutcome:
    """The outcome of an exam that grew; it has no key by which a later run could take it over."""
    what = "Files of this exam came or changed while the run was under way, so it has no number yet."
    reason = Reason("STILL_GROWING", what, "Run it again when the copying has ended; the others are taken over.")
    return ExamOutcome("", job.name, job.patient, job.exam_date, job.source, reasons=(reason,))
