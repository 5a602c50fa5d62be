"""A folder of very many files, listed and told apart: ``python -m benchmarks.many_files --files 100000``."""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from benchmarks.batch_speed import held_mib
from ironreport.batch import BatchOptions
from ironreport.batch.batch_jobs import jobs_of, sorted_files
from ironreport.library.file_refs import files_below

PER_STUDY = 50
Made = TypeVar("Made")


def write_files(root: Path, n_files: int) -> None:
    """Small MR images, fifty of a study, each study of a patient of its own."""
    for start in range(0, n_files, PER_STUDY):
        folder = root / f"{start // 5000:03d}" / f"{start // PER_STUDY:05d}"
        folder.mkdir(parents=True)
        template = _image(start // PER_STUDY)
        for n in range(min(PER_STUDY, n_files - start)):
            (folder / f"{n:03d}.dcm").write_bytes(template.replace(b"@@@", f"{n:03d}".encode()))


def _image(study: int) -> bytes:
    image = pydicom.Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = MRImageStorage
    image.SOPInstanceUID = UID(f"1.2.3.{study + 1}.1")
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.PatientID, image.PatientName, image.PatientBirthDate = _person(study)
    image.StudyInstanceUID, image.SeriesInstanceUID = f"1.2.3.{study + 1}", f"1.2.3.{study + 1}.0"
    image.Modality, image.StudyDate, image.SeriesDescription = "MR", "20261101", "image @@@"
    out = io.BytesIO()
    image.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _person(study: int) -> tuple[str, str, str]:
    """Number, name and a birth date that a few of thousands share."""
    return f"P{study:06d}", f"Synthetic^N{study}", f"{1950 + study % 60}{1 + study // 60 % 12:02d}01"


def main() -> None:
    """Print what each step takes, and what the process holds after it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, asked.files)
        print(f"{asked.files} files; at the start {held_mib():.0f} MiB")
        refs = _timed("listed", lambda: files_below(root))
        found = _timed("told apart", lambda: sorted_files(refs))
        jobs = _timed("made into jobs", lambda: jobs_of(refs, found, [], BatchOptions(), b"k" * 32, "")[0])
        print(f"{len(jobs)} exams of {sum(len(job.files) for job in jobs)} files")


def _timed(name: str, work: Callable[[], Made]) -> Made:
    began, worked = time.perf_counter(), time.process_time()
    made = work()
    taken, of_processor = time.perf_counter() - began, time.process_time() - worked
    print(f"  {name:16} {taken:7.1f} s, {of_processor:.1f} s of processor; {held_mib():.0f} MiB", flush=True)
    return made


if __name__ == "__main__":
    main()
