"""Regions of the patient's last visit on the images of this one: proposals, never measured before a person looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ironreport.clinic.exam_keeping import earlier_ids, exam_of
from ironreport.clinic.opened_clinic import Clinic
from ironreport.errors import IronReportError
from ironreport.intake.masks import FoundMask
from ironreport.intake.masks.found import found_mask
from ironreport.intake.regions import region_mask
from ironreport.records import DecaySignal, EchoSeries, Exam, Region


def proposals(clinic: Clinic, visit_id: str, series: Sequence[EchoSeries]) -> tuple[FoundMask, ...]:
    """Regions of the latest earlier exam that has some, at the same pixels of a series with the same number of echoes.

    Each carries a question: the patient lies otherwise today, and only the eye can tell.
    """
    for earlier in reversed(earlier_ids(clinic, visit_id)):
        try:
            exam = exam_of(clinic, earlier)
        except IronReportError:
            continue
        if found := tuple(_of_exam(exam, series)):
            return found
    return ()


def _of_exam(exam: Exam, series: Sequence[EchoSeries]) -> Iterator[FoundMask]:
    signals = [m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)]
    for signal in signals:
        alike = [one for one in series if (one.contrast, one.n_echoes) == (signal.contrast, signal.n_echoes)]
        for region in signal.drawn if len(alike) == 1 else ():
            try:
                yield _proposal(signal, region, alike[0], exam.exam_date)
            except IronReportError:
                continue  # it lies beside these images


def _proposal(signal: DecaySignal, region: Region, one: EchoSeries, date: str) -> FoundMask:
    n_slices, _, n_rows, n_columns = one.images.shape
    mask = np.zeros((n_slices, n_rows, n_columns), dtype=np.bool_)
    if 0 <= region.slice_index < n_slices:
        mask[region.slice_index] = region_mask(region, (n_rows, n_columns))
    drawn = f"The region was drawn on the images of {date or 'an earlier visit'}."
    question = f"{drawn} Does it lie in the {signal.organ} on these?"
    name = f"{signal.organ} of {date or 'the last visit'}"
    made = found_mask(name, "Proposal from the last visit, at the same pixels", one, mask, question)
    return replace(made, organ=signal.organ)
