"""The exams of a clinic as the jobs of a run.

New ones are measured where masks lie beside their images, and kept in the clinic; what a reader has measured is
reported as it was kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ironreport.batch.batch_jobs import BatchJob, BatchOptions
from ironreport.batch.exam_outcome import ExamOutcome
from ironreport.clinic import Clinic, Visit, keep_exam, move, open_clinic, visit_of
from ironreport.clinic.clinic_queries import worklist
from ironreport.exam import open_exam
from ironreport.library.file_refs import FileRef

SETTINGS = "clinic.toml"


def is_clinic(folder: Path) -> bool:
    """Whether the folder holds a clinic, and not just images."""
    return (folder / SETTINGS).is_file()


@contextmanager
def opened(folder: Path) -> Iterator[Clinic]:
    """The clinic in a folder, for as long as a run lasts."""
    clinic = open_clinic(folder)
    try:
        yield clinic
    finally:
        clinic.close()


@dataclass(frozen=True, slots=True)
class ClinicJobs:
    """Jobs of the exams that are not signed off, and the exam of each."""

    visits: tuple[Visit, ...]
    jobs: tuple[BatchJob, ...]


def clinic_jobs(clinic: Clinic, options: BatchOptions, versions: str) -> ClinicJobs:
    """One job for each exam that is not signed off; second readings are no exams of their own here."""
    visits = tuple(visit_of(clinic, one.id) for one in worklist(clinic) if not one.second_of)
    return ClinicJobs(visits, tuple(_job(clinic, visit, options, versions) for visit in visits))


def _job(clinic: Clinic, visit: Visit, options: BatchOptions, versions: str) -> BatchJob:
    images = clinic.folder.images_of(visit.id)
    files = tuple(FileRef(name, str(images / name)) for name in visit.images)
    own = clinic.folder.exam_file(visit.id)
    kept = FileRef(own.name, str(own)) if own.is_file() else None
    # an image is named by its content; what lies beside it, and the exam file, are not
    prints = [name if name.endswith(".dcm") and "/" not in name else _print(images / name) for name in visit.images]
    prints += [_print(own)] if kept else []
    doubts = [f"{doubt.code} {doubt.text}" for doubt in visit.doubts]
    key = "\x1f".join([visit.id, *prints, *doubts, options.words, versions, visit.patient])
    name = f"{visit.patient}_{visit.exam_date or 'undated'}_{visit.id[:6]}"
    return BatchJob(
        hashlib.sha256(key.encode()).hexdigest()[:32], name, visit.patient, visit.exam_date, f"exam {visit.id}",
        files, doubts=visit.doubts, options=options, kept=kept,
    )  # fmt: skip


def _print(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def keep_in_clinic(clinic: Clinic, visit: Visit, outcome: ExamOutcome) -> None:
    """Keep what was measured of a new exam, and say that a read one was printed, where it was."""
    if visit.state == "new" and outcome.exam_text:
        keep_exam(clinic, visit.id, open_exam(outcome.exam_text.encode()))
    elif visit.state == "read" and outcome.pdf:
        move(clinic, visit.id, "printed")
