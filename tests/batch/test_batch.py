"""Many exams in one run: none is mixed with another, none ends the run, and every way of running gives equal files."""

from __future__ import annotations

import csv
import io
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pydicom
import pytest
from PIL import Image

import ironreport as ir
from benchmarks.camp_day import Patient, images_of
from ironreport.batch import BatchOptions, batch_run, measured_exam, run_batch, run_clinic
from ironreport.batch.batch_jobs import jobs_of, sorted_files
from ironreport.batch.batch_run import Stage, Workers
from ironreport.batch.process_pool import over_processes
from ironreport.clinic import Visit, add_images, exam_of, keep_exam, make_clinic, move
from ironreport.clinic.clinic_queries import worklist
from ironreport.errors import ClinicError, IronReportError
from ironreport.exam import open_exam, save_exam
from ironreport.intake.studies import SortedFile, sorted_file, studies_of
from ironreport.library.file_refs import files_below
from ironreport.records import Context, Exam, Measurement, PrintedResult, Region
from ironreport.synthetic.samples import samples_folder

NO_PDF = BatchOptions("tdt", pdf=False)
LIVER = Region("rectangle", 40, 30, 8, 8)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four exams: a liver twice under another patient, in a folder and in a zip; a damaged one; one without regions."""
    root = tmp_path_factory.mktemp("day")
    for number, name in enumerate(("one", "two")):
        folder = root / "images" / f"{name}.zip" if number else root / "images" / name
        _write(folder, f"SENTINEL-{number}")
    shutil.copytree(root / "images" / "one", root / "images" / "bad")
    for path in (root / "images" / "bad").iterdir():
        path.write_bytes(_of_patient(path.read_bytes(), "SENTINEL-2")[:-4000])
    shutil.copy(samples_folder() / "heart_1t5_ge" / "exam.zip", root / "images" / "heart.zip")
    (root / "images" / "readme.txt").write_text("no image", encoding="utf-8")
    (root / "regions").mkdir()
    series = ir.read(root / "images" / "one").series[0]
    middle = series.images.n_slices // 2
    measured = series.region(replace(LIVER, slice_index=middle), "liver")
    made = ir.assess(measured, disease="tdt", facts={"on_chelation": "yes"})
    text = save_exam(made.assessment.exam)
    (root / "regions" / "one.ironreport.json").write_text(text, encoding="utf-8")
    return root


def _of_patient(content: bytes, number: str) -> bytes:
    dataset, out = pydicom.dcmread(io.BytesIO(content)), io.BytesIO()
    dataset.PatientID, dataset.PatientName = number, f"{number}^Name"
    dataset.StudyInstanceUID = f"{dataset.StudyInstanceUID[:50]}.{number[-1]}"
    dataset.save_as(out)
    return out.getvalue()


def _write(place: Path, number: str) -> None:
    with zipfile.ZipFile(samples_folder() / "liver_1t5_siemens" / "exam.zip") as archive:
        files = {Path(n).name: _of_patient(archive.read(n), number) for n in archive.namelist() if n.endswith(".dcm")}
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w") as packed:
            for name, content in files.items():
                packed.writestr(f"inner/{name}", content)
        return
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / name).write_bytes(content)


@pytest.fixture(scope="module")
def done(day: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in this process."""
    out = tmp_path_factory.mktemp("out") / "serial"
    summary = run_batch(day / "images", out, day / "regions", BatchOptions("tdt"))
    assert (summary.n_exams, summary.n_taken_over) == (4, 0)
    return out


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_exam_has_a_row_and_every_missing_number_a_reason(done: Path) -> None:
    patients = {row["source"]: row for row in table(done / "patients.csv")}
    assert {"one", "two.zip/inner", "bad"} < set(patients) and len(patients) == 4
    for row in patients.values():
        assert bool(row["exam_file"]) != bool(row["why_no_number"])
    assert patients["one"]["liver_value"] and not patients["bad"]["liver_value"]
    assert "LOOSE_FILES" in {row["code"] for row in table(done / "log.csv")}


def test_the_context_of_an_exam_file_is_kept(done: Path) -> None:
    (file,) = (row["exam_file"] for row in table(done / "patients.csv") if row["source"] == "one")
    exam = open_exam((done / file).read_bytes())
    assert exam.context.disease == "tdt" and exam.context.fact("on_chelation") == "yes"


def test_no_file_of_a_run_names_a_patient(done: Path) -> None:
    for name, content in files_of(done).items():
        assert b"SENTINEL" not in content and "SENTINEL" not in name


def test_patients_are_never_mixed_although_their_images_are_alike(done: Path) -> None:
    rows = table(done / "patients.csv")
    assert len({row["patient"] for row in rows}) == len(rows)


def test_the_workbook_says_what_the_csv_files_say(done: Path) -> None:
    book = openpyxl.load_workbook(done / "results.xlsx")
    assert book.sheetnames == ["patients", "regions", "log"]
    assert book["patients"].max_row == 1 + len(table(done / "patients.csv"))


def test_a_picture_of_each_region_stands_on_the_contact_sheet(done: Path) -> None:
    with Image.open(done / "contact_sheet_001.png") as sheet:
        assert sheet.width > 1000
    n_regions = len(table(done / "regions.csv"))
    assert len(list((done / "pictures").iterdir())) == n_regions >= 1


@pytest.mark.slow
def test_several_processes_write_the_same_bytes_as_one(day: Path, done: Path, tmp_path: Path) -> None:
    shutil.copy(done / "batch.key", tmp_path / "batch.key")
    run_batch(day / "images", tmp_path, day / "regions", BatchOptions("tdt"), Workers(2))
    assert files_of(tmp_path) == files_of(done)


def test_a_run_goes_on_where_it_stopped_and_ends_in_the_same_bytes(day: Path, done: Path, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path / "again")
    again = tmp_path / "again"
    first, *_ = sorted((again / "exams").glob("*.outcome.json"))
    first.unlink()
    (again / "patients.csv").unlink()
    stages: list[Stage] = []
    summary = run_batch(day / "images", again, day / "regions", BatchOptions("tdt"), progress=stages.append)
    assert summary.n_taken_over == 3
    assert files_of(again) == files_of(done)
    assert stages[-1].n_done == stages[-1].n_total == 4 and stages[-1].left_s == 0


def test_other_options_measure_anew(day: Path, done: Path, tmp_path: Path) -> None:
    refs = files_below(day / "images")
    found = sorted_files(refs)
    keys = [
        {job.name: job.key for job in jobs_of(refs, found, [], options, b"k" * 32, versions)[0]}
        for options, versions in ((NO_PDF, "1"), (NO_PDF, "2"), (BatchOptions("scd", pdf=False), "1"))
    ]
    assert all(len({made[name] for made in keys}) == 3 for name in keys[0])


def test_a_defect_of_the_program_is_a_reason_and_no_end(day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = files_below(day / "images")
    jobs, _ = jobs_of(refs, sorted_files(refs), [], NO_PDF, b"k" * 32, "")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("SENTINEL")

    monkeypatch.setattr(sys.modules["ironreport.batch.measured_exam"], "read_upload", broken)
    outcome = measured_exam(jobs[0])
    assert [r.code for r in outcome.reasons] == ["DEFECT"] and "SENTINEL" not in outcome.reasons[0].what
    assert "test_batch.py" in outcome.reasons[0].what


def test_a_full_disk_ends_a_run_with_a_sentence_and_keeps_what_is_whole(
    day: Path, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    shutil.copy(done / "batch.key", tmp_path / "batch.key")
    with monkeypatch.context() as patched, pytest.raises(ClinicError) as caught:
        patched.setattr("ironreport.writing.os.fsync", full)
        run_batch(day / "images", tmp_path, None, NO_PDF)
    assert caught.value.refusal.code == "DISK_FULL"
    assert not list(tmp_path.rglob("*.outcome.json")) and not list(tmp_path.rglob("*.part"))


@pytest.mark.slow
def test_a_process_that_is_killed_takes_no_other_item_with_it() -> None:
    ends = "__import__('os')._exit(9)"
    made = dict(over_processes(eval, ["1", "2", ends, "4"], 2, lambda _: "lost"))
    assert made == {0: 1, 1: 2, 2: "lost", 3: 4}


# ------------------------------------------------------------------------------------- told apart


def image(name: str, study: str, number: str, *, content: str = "") -> SortedFile:
    return SortedFile(name, content or name, 1, "image", study, (number, "", ""))


def test_what_lies_beside_images_belongs_to_them_only_where_one_study_is_there() -> None:
    masks = [SortedFile(n, n, 1, "other") for n in ("a/liver.nii", "b/liver.nii", "liver.roi")]
    seg = SortedFile("x/seg.dcm", "s", 1, "dicom", "1.2", ("", "", ""))
    files = [image("a/1", "1.1", "A"), image("b/1", "1.2", "B"), image("b/2", "1.3", "C"), *masks, seg]
    found, loose = studies_of(files)
    assert [[f.name for f in study.beside] for study in found] == [["a/liver.nii"], ["x/seg.dcm"], [], []]
    assert [f.name for f in found[3].images] == ["b/liver.nii"]  # a folder of volumes may be an exam of its own
    assert [f.name for f in loose] == ["liver.roi"]


def test_a_file_twice_counts_once_and_two_patients_in_one_study_are_two_exams() -> None:
    same = [image("a/1", "1.1", "A", content="x"), image("copy/1", "1.1", "A", content="x")]
    found, _ = studies_of([*same, image("a/2", "1.1", "B")])
    assert [len(study.images) for study in found] == [1, 1]


@pytest.mark.parametrize("content", [b"", b"text", b"\x00" * 132 + b"DICM" + b"\xff" * 40])
def test_a_file_that_is_no_dicom_is_sorted_as_such(content: bytes) -> None:
    assert sorted_file("x", content).kind == "other"


# ------------------------------------------------------------------------------------- command line


def test_the_command_says_what_was_done_and_names_mistakes(
    day: Path, tmp_path: Path, ironreport: Callable[..., object]
) -> None:
    (tmp_path / "in").mkdir()
    shutil.copytree(day / "images" / "one", tmp_path / "in" / "one")
    out = tmp_path / "out"
    said = ironreport(
        "batch", tmp_path / "in", "--out", out, "--regions", day / "regions", "--workers", "1", "--no-pdf"
    )
    assert said.returncode == 0 and "1 exams; 1 with a number." in said.stdout and "Measuring: 1 of 1" in said.stderr
    assert not (out / "reports").exists()
    assert ironreport("batch", tmp_path / "nowhere", "--out", out).returncode == 1
    assert "no such disease" in ironreport("batch", tmp_path, "--out", out, "--disease", "x").stderr
    assert "NO_EXAM" not in ironreport("batch", out / "exams", "--out", tmp_path / "o").stderr


def test_a_scheduler_that_is_not_there_is_said(day: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(IronReportError) as caught:
        run_batch(day / "images", tmp_path, None, NO_PDF, Workers(dask="nonsense://"))
    assert caught.value.refusal.code == "NO_SCHEDULER"


# ------------------------------------------------------------------------------------- a folder that changes


def test_an_exam_that_grows_while_it_is_read_has_no_number_before_it_rests(
    day: Path, done: Path, tmp_path: Path
) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    shutil.copytree(day / "images", images)
    held = min((images / "one").iterdir())
    content = held.read_bytes()
    held.unlink()

    def copying(stage: Stage) -> None:
        if stage.doing == "Measuring" and stage.n_done == stage.n_total:
            held.write_bytes(content)
            (images / "late").mkdir(exist_ok=True)
            (images / "late" / "1.dcm").write_bytes(_of_patient(content, "SENTINEL-7"))

    run_batch(images, out, day / "regions", NO_PDF, progress=copying)
    (row,) = (row for row in table(out / "patients.csv") if row["source"] == "one")
    assert row["why_no_number"].startswith("STILL_GROWING") and not row["exam_file"]
    assert not table(out / "regions.csv") and "STILL_GROWING" in (out / "log.csv").read_text(encoding="utf-8")
    assert "CAME_LATER" in {row["code"] for row in table(out / "log.csv")}
    again = run_batch(images, out, day / "regions", NO_PDF)
    assert (again.n_exams, again.n_taken_over) == (5, 3)
    (row,) = (row for row in table(out / "patients.csv") if row["source"] == "one")
    (whole,) = (row for row in table(done / "patients.csv") if row["source"] == "one")
    assert row["liver_value"] == whole["liver_value"]


def test_a_file_that_cannot_be_read_is_said_and_is_not_taken_for_one_that_is_no_image(tmp_path: Path) -> None:
    files = [image("a/1", "1.1", "A"), image("a/2", "1.2", "B"), SortedFile("a/3", "", 0, "other")]
    _, loose = studies_of(files)
    assert [reason.code for reason in batch_run._loose(loose)] == ["FILES_NOT_READ"]
    with pytest.raises(IronReportError) as caught:
        files_below(tmp_path / "no")
    assert caught.value.refusal.code == "NO_FILE"


def test_a_drive_that_goes_away_while_it_is_looked_through_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr("ironreport.library.file_refs.os.scandir", gone)
    with pytest.raises(IronReportError) as caught:
        files_below(tmp_path)
    assert caught.value.refusal.code == "FOLDER_GONE" and caught.value.refusal.cure


# ------------------------------------------------------------------------------------- a clinic as the source


def test_a_run_over_a_clinic_measures_masks_keeps_them_there_and_reports_what_a_reader_kept(
    tmp_path: Path,
) -> None:
    both = [Patient(0, by_store=True, has_mask=True), Patient(3, by_store=True, has_mask=False)]
    root, out = tmp_path / "clinic", tmp_path / "out"
    clinic = make_clinic(root)
    for patient in both:
        files, _ = images_of(patient)
        (visit,) = add_images(clinic, [(f"{patient.number}/{name}", content) for name, content in files.items()]).visits
    by_hand = printed_elsewhere(visit)
    keep_exam(clinic, visit.id, by_hand)
    summary = run_clinic(root, out, NO_PDF)
    assert (summary.n_exams, summary.n_with_number) == (2, 2)
    states = {one.id: one.state for one in worklist(clinic)}
    assert set(states.values()) == {"drawn"}
    assert [m.signal for m in exam_of(clinic, visit.id).measurements] == [m.signal for m in by_hand.measurements]
    rows = table(out / "regions.csv")
    assert {row["patient"] for row in rows} == {one.pseudonym for one in worklist(clinic)}
    assert [row["t2star_ms"] for row in rows if row["patient"] == visit.patient] == ["17.5"]
    for one in states:
        move(clinic, one, "read")
    run_clinic(root, out, BatchOptions("tdt"))
    assert {one.state for one in worklist(clinic)} == {"printed"}
    clinic.close()


def printed_elsewhere(visit: Visit) -> Exam:
    heart = PrintedResult("heart", 1.5, t2star_ms=17.5)
    return Exam(visit.patient, visit.exam_date, (Measurement(heart),), Context("tdt"))


def test_regions_are_not_given_to_a_clinic_twice(tmp_path: Path, ironreport: Callable[..., object]) -> None:
    make_clinic(tmp_path / "clinic").close()
    said = ironreport("batch", tmp_path / "clinic", "--out", tmp_path / "out", "--regions", tmp_path)
    assert said.returncode == 1 and "beside their images" in said.stderr
    said = ironreport("batch", tmp_path / "clinic", "--out", tmp_path / "out")
    assert said.returncode == 1 and "No exam of the clinic waits" in said.stderr
