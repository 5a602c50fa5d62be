"""Whose images an upload holds: patients and studies told apart, and none of them named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from ironreport.intake.headers import patient_key, study_key
from ironreport.intake.reasons import clean_text
from ironreport.intake.values import iso_date, text
from ironreport.records import EchoSeries, InversionSeries


@dataclass(frozen=True, slots=True)
class ExamFound:
    """One study of one patient among the images given.

    Parameters
    ----------
    patient_key, study_key : str
        As in the series of the exam.
    patient_number : int
        1 for the patient whose images came first, and so on; stands for the name, which is not shown.
    exam_date : str
        YYYY-MM-DD, or empty.
    scanner : str
        Manufacturer and model as the scanner wrote them; outside text.
    n_files, n_series : int
        MR files of the exam, and series of it that can be used.
    """

    patient_key: str
    study_key: str
    patient_number: int
    exam_date: str
    scanner: str
    n_files: int
    n_series: int


def exams_among(mr_files: Sequence[Dataset], series: Sequence[EchoSeries | InversionSeries]) -> tuple[ExamFound, ...]:
    """Exams that MR files belong to, by patient and date."""
    files: dict[str, list[Dataset]] = {}
    for dataset in mr_files:
        files.setdefault(study_key(dataset), []).append(dataset)
    numbers: dict[str, int] = {}
    for datasets in files.values():
        numbers.setdefault(patient_key(datasets[0]), len(numbers) + 1)
    found = [
        ExamFound(
            patient_key=patient_key(datasets[0]),
            study_key=key,
            patient_number=numbers[patient_key(datasets[0])],
            exam_date=iso_date(datasets[0]),
            scanner=clean_text(f"{text(datasets[0], 'Manufacturer')} {text(datasets[0], 'ManufacturerModelName')}"),
            n_files=len(datasets),
            n_series=sum(one.study_key == key for one in series),
        )
        for key, datasets in files.items()
    ]
    return tuple(sorted(found, key=lambda exam: (exam.patient_number, exam.exam_date)))
