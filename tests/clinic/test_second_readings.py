"""Two readers of one exam: the second sees the same images and nothing of the first; where they differ is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ironreport.clinic import (
    Clinic,
    add_exam,
    add_images,
    begin_second,
    contents,
    earlier_ids,
    exam_of,
    image_files,
    keep_exam,
    reading_pairs,
    rebuild,
    visit_of,
)
from ironreport.clinic.clinic_queries import patients, worklist
from ironreport.errors import ClinicError
from ironreport.intake.masks import read_upload

from .conftest import printed_exam
from .test_images_in import AT, JANE, measured


def doubts(clinic: Clinic, visit_id: str) -> list[str]:
    return [doubt.text for doubt in visit_of(clinic, visit_id).doubts if doubt.code == "READERS_DIFFER"]


def test_the_second_reader_gets_the_images_and_no_mark_of_the_first(small_clinic: Clinic) -> None:
    first = add_images(small_clinic, JANE, at=AT).visits[0]
    with pytest.raises(ClinicError, match="Read it once before"):
        begin_second(small_clinic, first.id)
    keep_exam(small_clinic, first.id, measured(small_clinic, first.id), at=AT)
    second = begin_second(small_clinic, first.id, at=AT)
    assert second == begin_second(small_clinic, first.id) and (second.state, second.patient) == ("new", first.patient)
    assert exam_of(small_clinic, second.id).measurements == () and not list(earlier_ids(small_clinic, second.id))
    series = read_upload(image_files(small_clinic, second)).found.series
    assert [one.key for one in series] == [
        one.key for one in read_upload(image_files(small_clinic, first)).found.series
    ]
    with pytest.raises(ClinicError, match="second reading itself"):
        begin_second(small_clinic, second.id)


def test_where_two_readers_differ_stands_in_both_records_until_they_agree(clinic: Clinic) -> None:
    first = add_exam(clinic, printed_exam(heart_ms=25.0), at=AT)
    assert reading_pairs(clinic, first.id) == ()
    second = begin_second(clinic, first.id, at=AT)
    keep_exam(clinic, second.id, printed_exam(heart_ms=8.0), at=AT)
    heart, liver = sorted(reading_pairs(clinic, first.id), key=lambda pair: pair.organ)
    assert (heart.difference, heart.differs) == ("-68 %", True) and "severe" in heart.second
    assert (liver.difference, liver.differs) == ("+0 %", False)
    assert reading_pairs(clinic, second.id) == reading_pairs(clinic, first.id)
    (said,) = doubts(clinic, first.id)
    assert doubts(clinic, second.id) == [said] and "heart" in said and "liver" not in said
    assert [(p.n_exams, p.pseudonym) for p in patients(clinic)] == [(1, first.patient)]
    before = contents(clinic)
    rebuild(clinic)
    assert contents(clinic) == before and {e.second_of for e in worklist(clinic)} == {"", first.id}
    keep_exam(clinic, first.id, printed_exam(heart_ms=8.0), at=AT)
    assert not doubts(clinic, first.id) and not doubts(clinic, second.id)


def test_an_organ_that_only_one_reader_measured_is_a_difference(small_clinic: Clinic) -> None:
    first = add_exam(small_clinic, printed_exam(), at=AT)
    second = begin_second(small_clinic, first.id, at=AT)
    keep_exam(small_clinic, second.id, printed_exam(liver_per_s=None), at=AT)
    pairs = {pair.organ: pair for pair in reading_pairs(small_clinic, first.id)}
    assert pairs["liver"].second == "not measured" and pairs["liver"].differs and not pairs["heart"].differs


def test_a_disc_with_a_file_that_cannot_be_read_is_taken_but_for_that_file_and_doubted(
    small_clinic: Clinic, tmp_path: Path
) -> None:
    def lost() -> bytes:
        raise ClinicError("CLINIC_GONE", "x", "y")

    (name, _), *others = JANE
    arrived = add_images(small_clinic, [(name, lost), *others], at=AT)
    assert [left.code for left in arrived.left_out] == ["FILES_NOT_READ"]
    assert [d.code for d in arrived.visits[0].doubts] == ["FILES_NOT_READ"]
    assert not add_images(small_clinic, JANE, at=AT).visits[0].doubts
