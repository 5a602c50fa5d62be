"""The command line: findings as text, a report as PDF, files checked, errors as sentences."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from ironreport.exam import save_exam
from ironreport.knowledge import published_knowledge
from ironreport.synthetic.samples import sample_exam, samples_folder

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_fit_prints_the_finding_with_unit_interval_class_and_sources(ironreport: Command) -> None:
    file = samples_folder() / "liver_1t5_heavy" / "signal.csv"
    done = ironreport("fit", file, "--organ", "liver", "--field", "1.5")
    assert done.returncode == 0, done.stderr
    for wanted in ("Liver: LIC 8.5 mg/g dry weight", "95 %", "moderate", "hernando-2023", "ESGAR/SAR", "No interval"):
        assert wanted in done.stdout


def test_fit_at_another_field_gives_no_class(ironreport: Command) -> None:
    file = samples_folder() / "liver_1t5_heavy" / "signal.csv"
    done = ironreport("fit", file, "--organ", "liver", "--field", "0.55")
    assert done.returncode == 0
    assert "no class" in done.stdout and "LIC 8" not in done.stdout


def test_fit_asks_what_a_doubtful_table_means_and_takes_the_number_of_the_answer(
    tmp_path: Path, ironreport: Command
) -> None:
    file = tmp_path / "table.tsv"
    rows = zip((1200, 2500, 3800, 5100, 6400, 7700), (812.4, 640.1, 502.7, 396.2, 311.8, 245.3), strict=True)
    file.write_text("TE (µs)\tS\n" + "\n".join(f"{te}\t{value}" for te, value in rows), encoding="utf-8")
    asked = ironreport("fit", file, "--organ", "liver", "--field", "1.5")
    assert asked.returncode == 1 and "microseconds" in asked.stderr and "--answer 1" in asked.stderr
    assert "LIC" not in asked.stdout
    done = ironreport("fit", file, "--organ", "liver", "--field", "1.5", "--answer", "1")
    assert done.returncode == 0 and "LIC" in done.stdout and "as you answered" in done.stdout


@pytest.mark.parametrize(
    ("text", "organ", "said"),
    [
        ("1.3 650\n2.5 abc\n", "liver", "line 2"),
        ("1.3 650\n2.5 430\n", "lung", "no knowledge file"),
        ("", "liver", "pairs"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_code_1(
    tmp_path: Path, text: str, organ: str, said: str, ironreport: Command
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    done = ironreport("fit", file, "--organ", organ, "--field", "1.5")
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_missing_file_is_named(ironreport_process: Command) -> None:
    done = ironreport_process("fit", "nowhere.csv", "--organ", "liver", "--field", "1.5")
    assert done.returncode == 1 and "nowhere.csv cannot be read" in done.stderr and "Traceback" not in done.stderr


def test_report_writes_a_pdf_that_reads_back(tmp_path: Path, ironreport: Command, poppler: Callable[..., str]) -> None:
    exam = tmp_path / "exam.ironreport.json"
    exam.write_text(save_exam(sample_exam()), encoding="utf-8")
    pdf = tmp_path / "report.pdf"
    done = ironreport("report", exam, "--pdf", pdf)
    assert done.returncode == 0, done.stderr
    text = poppler("pdftotext", pdf, "-layout")
    assert "tdt-i2" not in text
    assert ironreport("report", exam, "--pdf", pdf, "--appendix", "--for-patient").returncode == 0
    text = poppler("pdftotext", pdf, "-layout")
    assert "IN PLAIN WORDS" in text
    wanted = (
        "T2* 8.1", "7.0 to 9.3", "severe", "Kirk 2009", "LIC 8.5", "mg/g dry weight", "7.7 to 9.3", "moderate",
        "hernando-2023", "ESGAR/SAR 2023", "tdt-i2", "tdt-l2", "About 6 months", "10.1161/CIRCULATIONAHA.109.874487",
        "CRITICAL", "Referring physician informed", "Not validated as a medical device",
    )  # fmt: skip
    for value in wanted:
        assert value in text, value


def test_check_counts_the_entries_and_recomputes_the_examples(ironreport: Command) -> None:
    done = ironreport("check")
    assert done.returncode == 0
    assert "all files are valid" in done.stdout
    assert "dassignies-2018" in done.stdout and "status C" in done.stdout
    assert "gives 1.603, as written" in done.stdout


def test_check_lists_kinds_contradictions_and_every_reason_for_disabling(ironreport: Command) -> None:
    said = ironreport("check").stdout
    for wanted in ("entries by status:", "source read", "entries by kind:", "calibration", "contradictions"):
        assert wanted in said, wanted
    disabled = said.partition("Disabled: ")[2].partition("Worked examples")[0].splitlines()
    assert len(disabled) == int(disabled[0]) + 1
    assert all(line.partition(": ")[2] for line in disabled[1:])


def test_check_recomputes_the_example_of_every_calibration(ironreport: Command) -> None:
    said = ironreport("check").stdout
    calibrations = [c for o in published_knowledge().organs.values() for c in o.calibration]
    assert len(calibrations) == said.count("as written")
    assert all(f"{c.field} T {c.id}: " in said for c in calibrations)


def test_check_names_a_mistake_in_a_folder_of_files(tmp_path: Path, ironreport: Command) -> None:
    (tmp_path / "shared.toml").write_text("reviewed = 1,2", encoding="utf-8")
    done = ironreport("check", tmp_path)
    assert done.returncode == 1 and "shared.toml" in done.stderr and "Traceback" not in done.stderr


def test_version_names_software_and_knowledge(ironreport_process: Command) -> None:
    assert "knowledge" in ironreport_process("--version").stdout


# ------------------------------------------------------------------------------------- inspect


@pytest.fixture(scope="module")
def phantom() -> Path:
    return samples_folder() / "phantom_1t5_dicom" / "exam.zip"


def test_inspect_prints_series_times_field_and_what_is_left_out(
    phantom: Path, tmp_path: Path, ironreport: Command
) -> None:
    (tmp_path / "exam.zip").write_bytes(phantom.read_bytes())
    (tmp_path / "JANE DOE.txt").write_text("no image", encoding="utf-8")
    done = ironreport("inspect", tmp_path)
    assert done.returncode == 0, done.stderr
    for wanted in ("Exam 1: patient 1", "gradient echo (T2*)", "1.5 T", "TE [ms]: ", "1 x NOT_DICOM"):
        assert wanted in done.stdout, wanted
    assert "DOE" not in done.stdout


def test_inspect_gives_the_same_as_json(phantom: Path, ironreport: Command) -> None:
    found = json.loads(ironreport("inspect", phantom, "--json").stdout)
    lines = ironreport("inspect", phantom).stdout
    assert found["series"]
    for series in found["series"]:
        assert f"Series {series['series']} (exam {series['exam']})" in lines
        assert ", ".join(f"{te:g}" for te in series["te_ms"]) in lines
    assert sum(exam["series"] for exam in found["exams"]) == len(found["series"])


def test_inspect_reads_nifti_images_and_the_masks_beside_them(tmp_path: Path, ironreport: Command) -> None:
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    decay = 1000.0 * np.exp(-np.array([1.2, 2.5, 3.8]) / 5.0)
    images, mask = np.ones((16, 12, 2, 1)) * decay, np.zeros((16, 12, 2), np.uint8)
    mask[4:8, 4:8, 1] = 1
    nibabel.save(nibabel.Nifti1Image(images.astype(np.float32), affine), tmp_path / "JANE_DOE_MEGRE.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mask, affine), tmp_path / "JANE_DOE_liver.nii.gz")
    sidecar = {"EchoTime": [0.0012, 0.0025, 0.0038], "MagneticFieldStrength": 1.5, "Modality": "MR"}
    (tmp_path / "JANE_DOE_MEGRE.json").write_text(json.dumps(sidecar), encoding="utf-8")
    done = ironreport("inspect", tmp_path)
    assert "TE [ms]: 1.2, 2.5, 3.8" in done.stdout
    assert "Mask 1: 16 pixels on slice 2; suggests liver." in done.stdout
    found = json.loads(ironreport("inspect", tmp_path, "--json").stdout)
    assert found["masks"][0] | {"pixels": 16, "slices": [2], "organ": "liver"} == found["masks"][0]
    assert "DOE" not in json.dumps(found["masks"])


@pytest.mark.parametrize("argument", ["nowhere", "nowhere.zip"])
def test_inspect_of_nothing_is_a_sentence(argument: str, ironreport: Command) -> None:
    done = ironreport("inspect", argument)
    assert done.returncode == 1 and "is not there" in done.stderr and "Traceback" not in done.stderr
