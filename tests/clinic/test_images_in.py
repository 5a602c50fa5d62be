"""Images into a clinic: each study by itself, the same file once, what comes later joins its study."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

import ironreport as ir
from ironreport.clinic import (
    Clinic,
    add_exam,
    add_images,
    contents,
    image_files,
    keep_exam,
    make_clinic,
    name_sealing,
    rebuild,
    unpacked,
    visit_of,
)  # fmt: skip
from ironreport.clinic.clinic_queries import worklist
from ironreport.clinic.proposals import proposals
from ironreport.errors import ClinicError
from ironreport.intake.masks import read_upload
from ironreport.records import Exam, Region
from ironreport.synthetic.samples import samples_folder

AT = "2026-11-29T10:00:00"
Files = list[tuple[str, bytes]]


def of_patient(number: str, study: str, *, name: str = "Sentinel^Jane") -> Files:
    """The sample liver as of another patient."""
    made = []
    with zipfile.ZipFile(samples_folder() / "liver_1t5_siemens" / "exam.zip") as archive:
        for member in archive.namelist():
            dataset, out = pydicom.dcmread(io.BytesIO(archive.read(member))), io.BytesIO()
            dataset.PatientID, dataset.PatientName, dataset.StudyInstanceUID = number, name, f"1.2.3.{study}"
            dataset.save_as(out)
            made.append((f"disc/{member}", out.getvalue()))
    return made


JANE = of_patient("1", "1")


def test_a_disc_of_several_patients_becomes_an_exam_for_each_study(clinic: Clinic) -> None:
    others = [(f"b/{name}", content) for name, content in of_patient("2", "2", name="Roe^Mary")]
    arrived = add_images(clinic, [*JANE, *others, ("readme.txt", b"no image")], at=AT)
    assert len(arrived.new) == 2 and arrived.n_kept == len(JANE) + len(others)
    assert [left.code for left in arrived.left_out] == ["LOOSE_FILES"]
    assert {e.state for e in worklist(clinic)} == {"new"} and len({e.pseudonym for e in worklist(clinic)}) == 2
    for visit in arrived.visits:
        found = read_upload(image_files(clinic, visit)).found
        assert found.n_studies == 1 and len(found.series) == 1


def test_the_same_images_again_change_nothing(small_clinic: Clinic) -> None:
    first = add_images(small_clinic, JANE, at=AT)
    again = add_images(small_clinic, [(f"usb/{name}", content) for name, content in JANE], at="2026-12-01T08:00:00")
    assert again.visits == first.visits and not again.new and again.n_kept == 0


def test_a_study_that_grows_is_one_exam_and_doubted_once_it_was_measured(small_clinic: Clinic) -> None:
    half = len(JANE) // 2
    visit = add_images(small_clinic, JANE[:half], at=AT).visits[0]
    assert not add_images(small_clinic, JANE[: half + 1], at=AT).visits[0].doubts
    keep_exam(small_clinic, visit.id, measured(small_clinic, visit.id), at=AT)
    grown = add_images(small_clinic, JANE, at=AT).visits[0]
    assert grown.id == visit.id and len(grown.images) == len(JANE)
    assert [d.code for d in grown.doubts] == ["STUDY_GREW"]


def measured(clinic: Clinic, visit_id: str) -> Exam:
    series = read_upload(image_files(clinic, visit_of(clinic, visit_id))).found.series[0]
    organ = ir.measure(series, Region("rectangle", 40, 30, 8, 8, series.n_slices // 2), "liver")
    return ir.assess(organ, disease="tdt").assessment.exam


def test_regions_of_the_last_visit_are_proposed_with_a_question_and_measure_nothing(small_clinic: Clinic) -> None:
    now = add_images(small_clinic, JANE, at=AT).visits[0]
    before = replace(measured(small_clinic, now.id), exam_date="2025-11-01")
    series = read_upload(image_files(small_clinic, now)).found.series
    assert proposals(small_clinic, now.id, series) == ()
    add_exam(small_clinic, before, now.patient, at=AT)
    (found,) = proposals(small_clinic, now.id, series)
    assert found.organ == "liver" and found.needs_confirmation and "2025-11-01" in found.question
    with pytest.raises(ir.IronReportError, match="2025-11-01"):
        ir.measure(series[0], found, "liver")


def test_a_clinic_takes_no_more_images_than_it_was_allowed(small_clinic: Clinic) -> None:
    tight = replace(small_clinic, settings=replace(small_clinic.settings, images_gib=1e-6))
    with pytest.raises(ClinicError) as caught:
        add_images(tight, JANE, at=AT)
    assert caught.value.refusal.code == "CLINIC_FULL" and not worklist(small_clinic)


def test_images_that_were_taken_away_are_said(small_clinic: Clinic) -> None:
    visit = add_images(small_clinic, JANE, at=AT).visits[0]
    (small_clinic.folder.images_of(visit.id) / visit.images[0]).unlink()
    with pytest.raises(ClinicError) as caught:
        image_files(small_clinic, visit)[0][1]()
    assert caught.value.refusal.code == "CLINIC_GONE"


def test_a_zip_is_unpacked_and_the_command_line_takes_a_folder_of_them(
    tmp_path: Path, small_clinic: Clinic, ironreport: Callable[..., object]
) -> None:
    (tmp_path / "disc").mkdir()
    with zipfile.ZipFile(tmp_path / "disc" / "one.zip", "w") as archive:
        for name, content in JANE:
            archive.writestr(name, content)
    files, left = unpacked([("one.zip", (tmp_path / "disc" / "one.zip").read_bytes())])
    assert len(files) == len(JANE) and not left
    said = ironreport("clinic", "add", small_clinic.folder.root, tmp_path / "disc")
    assert said.returncode == 0 and "new" in said.stdout and "echoes" in said.stdout
    assert "Sentinel" not in said.stdout
    again = ironreport("clinic", "add", small_clinic.folder.root, tmp_path / "disc")
    assert "known, new" in again.stdout


class Ring:
    """A keyring of the tests."""

    def __init__(self, priority: float) -> None:
        self.priority, self.held = priority, {}

    def get_keyring(self) -> Ring:
        return self

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, key: str) -> None:
        self.held[service, name] = key


@pytest.mark.parametrize(("priority", "warns"), [(5.0, False), (0.0, True)])
def test_names_are_kept_only_where_they_are_turned_on_and_then_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, priority: float, warns: bool
) -> None:
    pytest.importorskip("cryptography")
    ring, real = Ring(priority), name_sealing.import_module
    monkeypatch.setattr(name_sealing, "import_module", lambda name: ring if name == "keyring" else real(name))
    clinic = make_clinic(tmp_path / "clinic", names=True)
    (visit,) = add_images(clinic, JANE, at=AT).visits
    assert name_sealing.names_of(clinic, [visit.patient]) == {visit.patient: "Sentinel Jane"}
    assert bool(name_sealing.sealing_of(clinic).warning) == warns == (clinic.folder.root / "names.key").is_file()
    for place in (clinic.folder.patients, clinic.folder.exams):
        assert not any(b"Sentinel" in path.read_bytes() for path in place.rglob("*") if path.is_file())
    before = contents(clinic)
    rebuild(clinic)
    assert contents(clinic) == before
    ring.held.clear()
    (clinic.folder.root / "names.key").unlink(missing_ok=True)
    assert name_sealing.names_of(clinic, [visit.patient]) == {visit.patient: ""}
    clinic.close()


def test_without_the_packages_no_name_is_kept_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(name_sealing, "import_module", missing)
    clinic = make_clinic(tmp_path / "clinic", names=True)
    (visit,) = add_images(clinic, JANE, at=AT).visits
    assert "ironreport[names]" in name_sealing.sealing_of(clinic).warning
    assert name_sealing.names_of(clinic, [visit.patient]) == {}
    clinic.close()
