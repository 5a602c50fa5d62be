"""The listing of an upload says what a reader must know before choosing, and names nobody."""

from __future__ import annotations

import json
from collections.abc import Callable

from ironreport.intake.listing import listing, listing_lines
from ironreport.intake.series import read_series
from ironreport.knowledge import published_knowledge

Build = Callable[..., bytes]
NAMED = published_knowledge().organs_named


def upload(mr_file: Build) -> list[tuple[str, bytes]]:
    """A decay of one patient, a recovery of another, and a text named after a third."""
    decay = [(f"e{te}", mr_file(te, BodyPartExamined="LIVER", MagneticFieldStrength=None)) for te in (1.5, 4.0, 8.0)]
    recovery = [
        (f"t{ti}", mr_file(9.0, InversionTime=ti, PatientID="OTHER", StudyDate=None, Manufacturer="Maker"))
        for ti in (100.0, 200.0, 400.0)
    ]
    return [*decay, *recovery, ("DOE JANE.txt", b"text")]


def test_every_fact_of_a_listing_stands_in_its_lines(mr_file: Build) -> None:
    lines = "\n".join(listing_lines(listing(read_series(upload(mr_file)), NAMED)))
    for wanted in (
        "Exam 1: patient 1, 2024-02-29, scanner not stated, 3 MR files, 1 usable series",
        "Exam 2: patient 2, date not stated, Maker, 3 MR files, 1 usable series",
        "choose which one",
        "gradient echo (T2*), field not stated, 1 slice of 16 x 12, 3 images",
        "TE [ms]: 1.5, 4, 8",
        "inversion recovery (T1), 1.5 T",
        "TI [ms]: 100, 200, 400",
        "The header names: liver",
        "Left out: 1 file\n  1 x NOT_DICOM",
    ):
        assert wanted in lines, wanted


def test_a_listing_names_nobody(mr_file: Build) -> None:
    said = json.dumps(listing(read_series(upload(mr_file)), NAMED))
    assert "SECRET" not in said and "DOE" not in said and "OTHER" not in said


def test_an_upload_without_a_series_says_so() -> None:
    assert listing_lines(listing(read_series([]), NAMED)) == ["No usable series."]
