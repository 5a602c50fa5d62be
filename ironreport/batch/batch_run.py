"""A run: files told apart, what was done before taken over, the rest measured, tables at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from ironreport.batch.batch_jobs import BatchJob, BatchOptions, jobs_of, sorted_files
from ironreport.batch.batch_out import OutFolder, reason_counts
from ironreport.batch.clinic_source import clinic_jobs, keep_in_clinic, opened
from ironreport.batch.dask_cluster import over_cluster
from ironreport.batch.exam_outcome import ExamOutcome, Reason
from ironreport.batch.late_files import came_meanwhile, without_number
from ironreport.batch.measured_exam import measured_exam
from ironreport.batch.process_pool import over_processes
from ironreport.errors import IntakeError
from ironreport.hospital.settings import hospital_settings
from ironreport.intake.studies import SortedFile
from ironreport.knowledge import published_knowledge
from ironreport.library.file_refs import FileRef, files_below

CHUNK = 50
"""Files told apart at a time."""
Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a run has come: what is done, out of how many, and the time that is left [s], None where not known."""

    doing: str
    n_done: int
    n_total: int
    left_s: float | None = None


Progress = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run did."""

    n_exams: int
    n_with_number: int
    n_taken_over: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works: processes of this computer, or a Dask scheduler."""

    n_processes: int = 1
    dask: str = ""

    def over(
        self, work: Callable[[Item], Made], items: Sequence[Item], lost: Callable[[Item], Made]
    ) -> Iterator[tuple[int, Made]]:
        """Number of each item and what was made of it, as they are done."""
        if self.dask:
            return over_cluster(work, items, self.dask, lost)
        return over_processes(work, items, self.n_processes, lost)


def run_batch(
    folder: Path,
    out: Path,
    regions: Path | None = None,
    options: BatchOptions | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> BatchSummary:
    """Measure every exam below a folder where regions exist; a run that was stopped goes on where it stopped.

    Parameters
    ----------
    folder : Path
        Images of many patients, in folders or zips; masks may lie beside them.
    out : Path
        Folder of the results.
    regions : Path, optional
        Folder of masks or exam files.

    Raises
    ------
    IntakeError
        ``NO_FILE``, ``NO_EXAM`` where there is no image at all.
    ClinicError
        ``NOT_WRITTEN``, ``DISK_FULL``: what was written before is whole, and is taken over by the next run.
    """
    options, workers, said = options or BatchOptions(), workers or Workers(), progress or (lambda _: None)
    place = OutFolder(out)
    key = place.key()
    refs = _images_below(folder, out)
    found = _sorted(refs, workers, said)
    given = files_below(regions) if regions is not None else []
    jobs, loose = jobs_of(refs, found, given, options, key, _versions(options))
    if not jobs:
        raise IntakeError("NO_EXAM", f"There is no MR image among {len(refs)} files.", "Give the folder of the images.")
    outcomes, n_held = _outcomes(place, jobs, workers, said)
    late = came_meanwhile(partial(_images_below, folder, out), dict(zip(refs, found, strict=True)), jobs, given, key)
    for n in late.grown:
        outcomes[n] = without_number(jobs[n])
        place.put(outcomes[n])
    place.put_tables(outcomes, [*_loose(loose), *late.reasons])
    return _summary(outcomes, n_held)


def run_clinic(
    folder: Path,
    out: Path,
    options: BatchOptions | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> BatchSummary:
    """Report every exam of a clinic that is not signed off; new ones are measured where masks lie beside their images.

    What is measured here stands in the clinic as drawn, for a reader to look at; an exam that was read is printed.

    Raises
    ------
    IntakeError
        ``NO_EXAM`` where no exam waits.
    ClinicError
        As `ironreport.clinic.open_clinic`; ``NOT_WRITTEN``, ``DISK_FULL``.
    """
    options, workers, said = options or BatchOptions(), workers or Workers(), progress or (lambda _: None)
    place = OutFolder(out)
    with opened(folder) as clinic:
        todo = clinic_jobs(clinic, options, _versions(options))
        if not todo.jobs:
            raise IntakeError("NO_EXAM", "No exam of the clinic waits.", "Put images in, or look at the registry.")
        kept = partial(keep_in_clinic, clinic)
        outcomes, n_held = _outcomes(place, todo.jobs, workers, said, lambda n, made: kept(todo.visits[n], made))
        place.put_tables(outcomes)
    return _summary(outcomes, n_held)


def _outcomes(
    place: OutFolder, jobs: Sequence[BatchJob], workers: Workers, said: Progress,
    done: Callable[[int, ExamOutcome], None] = lambda _n, _made: None,
) -> tuple[list[ExamOutcome], int]:  # fmt: skip
    """The outcome of every job, each written when it is there, and how many an earlier run had made."""
    held = [place.held(job.name, job.key) for job in jobs]
    made = dict(enumerate(held))
    for n, outcome in _timed(workers, jobs, held, said):
        done(n, outcome)  # before its files: what ends in between is made again
        place.put(outcome)
        made[n] = outcome
    return [one for one in made.values() if one is not None], sum(one is not None for one in held)


def _summary(outcomes: Sequence[ExamOutcome], n_held: int) -> BatchSummary:
    counts = tuple(sorted(reason_counts(outcomes).items()))
    return BatchSummary(len(outcomes), sum(bool(one.rows) for one in outcomes), n_held, counts)


def _images_below(folder: Path, out: Path) -> list[FileRef]:
    return [ref for ref in files_below(folder) if not Path(ref.path).is_relative_to(out)]


def _sorted(refs: Sequence[FileRef], workers: Workers, said: Progress) -> list[SortedFile]:
    chunks = [refs[start : start + CHUNK] for start in range(0, len(refs), CHUNK)]
    found: list[list[SortedFile]] = [[] for _ in chunks]
    for n_done, (n, files) in enumerate(workers.over(sorted_files, chunks, _unsorted), start=1):
        found[n] = files
        said(Stage("Telling files apart", min(n_done * CHUNK, len(refs)), len(refs)))
    return [file for files in found for file in files]


def _unsorted(refs: Sequence[FileRef]) -> list[SortedFile]:
    return [SortedFile(ref.name, "", 0, "other") for ref in refs]


def _timed(
    workers: Workers, jobs: Sequence[BatchJob], held: Sequence[ExamOutcome | None], said: Progress
) -> Iterator[tuple[int, ExamOutcome]]:
    """Outcomes of the exams that were not done before, with the time that is left said after each."""
    numbers = [n for n, outcome in enumerate(held) if outcome is None]
    n_held, began = len(jobs) - len(numbers), time.monotonic()
    said(Stage("Measuring", n_held, len(jobs)))
    todo = [jobs[n] for n in numbers]
    for n_done, (n, outcome) in enumerate(workers.over(measured_exam, todo, _lost), start=1):
        yield numbers[n], outcome
        left_s = (time.monotonic() - began) / n_done * (len(todo) - n_done)
        said(Stage("Measuring", n_held + n_done, len(jobs), left_s))


def _lost(job: BatchJob) -> ExamOutcome:
    what = "The process that read this exam ended twice, as one does that runs out of memory."
    reason = Reason("WORKER_ENDED", what, "Read it alone in the app, or report it with the files.")
    return ExamOutcome(job.key, job.name, job.patient, job.exam_date, job.source, reasons=(reason,))


def _loose(files: Sequence[SortedFile]) -> list[Reason]:
    n_lost = sum(not file.sha256 for file in files)
    found = (
        (
            "LOOSE_FILES", "Files that are no MR image, and of which it cannot be told to which exam they belong.",
            "Put masks beside the images of their exam.", len(files) - n_lost,
        ),
        (
            "FILES_NOT_READ", "Files that could not be read: a damaged disc, or a drive that went away.",
            "Look whether an exam lacks images, and run it again.", n_lost,
        ),
    )  # fmt: skip
    return [Reason(code, what, cure, n_files=n) for code, what, cure, n in found if n]


def _versions(options: BatchOptions) -> str:
    """Program, knowledge and settings of the site: with others everything is measured anew."""
    knowledge = published_knowledge()
    site = hospital_settings(knowledge).file.model_dump_json() if options.settings else ""
    return json.dumps([version("ironreport"), knowledge.version, site])
