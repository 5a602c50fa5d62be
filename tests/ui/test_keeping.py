"""A copy of the exam is written where it was asked for, whole or not at all."""

from pathlib import Path

import pytest

from ironreport.errors import IronReportError
from ironreport.exam import open_exam
from ironreport.synthetic.samples import sample_exam
from ironreport.ui.keeping import keep_copy


def test_the_copy_opens_as_the_same_exam_and_names_nobody(tmp_path: Path) -> None:
    exam = sample_exam()
    path = keep_copy(exam, tmp_path / "IronReport", "ab12cd34")
    assert open_exam(path.read_text(encoding="utf-8")) == exam
    assert path.name == "ironreport_ab12cd34.ironreport.json"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_unchanged_exam_is_not_written_again(tmp_path: Path) -> None:
    path = keep_copy(sample_exam(), tmp_path, "ab12cd34")
    before = path.stat().st_ino
    assert keep_copy(sample_exam(), tmp_path, "ab12cd34").stat().st_ino == before


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "IronReport").write_text("a file where the folder should be")
    with pytest.raises(IronReportError) as refused:
        keep_copy(sample_exam(), tmp_path / "IronReport", "ab12cd34")
    assert refused.value.refusal.code == "NOT_KEPT"
